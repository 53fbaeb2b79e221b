/* The program: finds the command, and sees to it that what was written to standard output got there. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "jobs/heartbeat.h"

/* A standard descriptor that is closed would be given to the next file, and get what is printed. */
static void open_standard_descriptors(void)
{
  int fd;
  do
    fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0)
    close(fd);
}

static enum df_exit general(int argc, const char *const *argv)
{
  struct df_options options;
  struct df_error err = {0};
  if (df_options_parse(DF_COMMAND_GENERAL, argc, argv, &options, &err) < 0) {
    df_console_error(err.text);
    return df_cli_exit(err.code);
  }
  if (options.version)
    df_cli_version(stdout);
  else if (options.manual)
    df_options_manual(stdout);
  else
    df_options_help(DF_COMMAND_GENERAL, stdout);
  return DF_EXIT_DONE;
}

static enum df_exit unknown_command(const char *name)
{
  struct df_error err = {0};
  const struct df_command_info *near = df_command_nearest(name);
  if (near)
    df_fail(&err, DF_EUSAGE, "unknown command \"%s\"; did you mean %s? See dualface --help", name,
        near->name);
  else
    df_fail(&err, DF_EUSAGE,
        "unknown command \"%s\"; the command comes first, such as in dualface run INPUT -o OUT. "
        "See "
        "dualface --help",
        name);
  df_console_error(err.text);
  return DF_EXIT_USAGE;
}

/* What is to fail on purpose, if anybody said so. */
static bool set_up_faults(void)
{
  struct df_error err = {0};
  if (df_fault_set_up(getenv("DUALFACE_FAULT"), df_heartbeat_attempt(), &err) == 0)
    return true;
  df_console_error(err.text);
  return false;
}

static enum df_exit dispatch(int argc, const char *const *argv)
{
  if (argc < 2) {
    df_console_error("say what to do, such as dualface run INPUT -o OUT; see dualface --help");
    return DF_EXIT_USAGE;
  }
  if (argv[1][0] == '-')
    return general(argc - 1, argv + 1);
  const struct df_command_info *info = df_command_find(argv[1]);
  if (!info)
    return unknown_command(argv[1]);
  switch (info->command) {
  case DF_COMMAND_RUN:
    return df_cli_run(argc - 2, argv + 2);
  case DF_COMMAND_SERVE:
    return df_cli_serve(argc - 2, argv + 2);
  case DF_COMMAND_ANALYZE:
    return df_cli_analyze(argc - 2, argv + 2);
  case DF_COMMAND_PEOPLE:
    return df_cli_people(argc - 2, argv + 2);
  case DF_COMMAND_RENDER:
    return df_cli_render(argc - 2, argv + 2);
  case DF_COMMAND_DOCTOR:
    return df_cli_doctor(argc - 2, argv + 2);
  case DF_COMMAND_BENCH:
    return df_cli_bench(argc - 2, argv + 2);
  case DF_COMMAND_JOBS:
    return df_cli_jobs(argc - 2, argv + 2);
  case DF_COMMAND_EVAL:
    return df_cli_eval(argc - 2, argv + 2);
  default:
    return unknown_command(argv[1]);
  }
}

/* Whether standard output is a pipe that nobody reads any more. */
static bool reader_is_gone(void)
{
  struct pollfd out = {.fd = STDOUT_FILENO};
  return poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP));
}

/* A reader that went away wanted no more; any other loss is told. */
static enum df_exit finish_output(enum df_exit status)
{
  int code = fflush(stdout) == 0 ? 0 : errno;
  if ((code == 0 && !ferror(stdout)) || reader_is_gone())
    return status;
  char line[256];
  snprintf(line, sizeof line, "standard output could not be written%s%s", code ? ": " : "",
      code ? strerror(code) : "");
  df_console_error(line);
  return status == DF_EXIT_DONE ? DF_EXIT_FAILED : status;
}

int main(int argc, char **argv)
{
  open_standard_descriptors();
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN); /* a file-size limit is an error of the write, with its sentence */
  /* The inference library must not collect usage data of people's videos, nor leave files of it behind. */
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  /* Pictures and tensors come and go between threads all the time: one heap serves them from what others
     gave back, where a heap for each thread keeps its own and asks the system for more. */
  mallopt(M_ARENA_MAX, 1);
  /* What is large goes back to the system when it is freed; else the first model that was loaded would raise
     this bound, and holes of its size would stay. */
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  if (!set_up_faults())
    return DF_EXIT_USAGE;
  return finish_output(dispatch(argc, (const char *const *)argv));
}
