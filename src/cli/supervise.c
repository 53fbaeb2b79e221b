/*
 * `--supervise`: this process starts the program again, with the same command line, as a worker and looks after
 * it. Nothing of codecs, models or a GPU is touched here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/whole_file.h"
#include "cli/batch.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/report.h"
#include "jobs/supervisor.h"
#include "jobs/workplace.h"

/* Without a sign of life, which comes five times a second; and between SIGTERM and SIGKILL. */
static const double hang_seconds = 60, grace_seconds = 5;

/* Pictures a second of the slowest usual video: a segment has so many at least. */
static const double slowest_fps = 24;

enum { PATH_BYTES = 4096 };

/* The file of this program, or, where it has been replaced meanwhile, the system's name for it. */
static void find_program(char path[PATH_BYTES])
{
  static const char self[] = "/proc/self/exe";
  ssize_t length = readlink(self, path, PATH_BYTES - 1);
  path[length > 0 ? length : 0] = '\0';
  if (access(path, X_OK) < 0)
    strcpy(path, self);
}

/* What the names of the outputs begin with: the input's name, or anything where there are several. */
static void stem_of(const struct df_options *options, char *stem, size_t size)
{
  const char *input = df_batch_is_meant(options) ? "" : options->task.input;
  const char *slash = strrchr(input, '/');
  snprintf(stem, size, "%s", slash ? slash + 1 : input);
  char *dot = strrchr(stem, '.');
  if (dot && dot != stem)
    *dot = '\0';
}

/* What is looked after. */
struct ward {
  const struct df_options *options;
  char outputs
      [2]
      [PATH_BYTES]; /* what the video may be called; empty: nothing, or it is no sign that it was made */
  bool done;        /* though the worker died before it could say so */
};

/* In a folder either of the two containers that are chosen by themselves. */
static void name_outputs(struct ward *ward)
{
  const char *output = ward->options->task.output;
  char stem[PATH_BYTES];
  stem_of(ward->options, stem, sizeof stem);
  if (df_path_is_folder(output)) {
    snprintf(ward->outputs[0], PATH_BYTES, "%s/%s-split.mp4", output, stem);
    snprintf(ward->outputs[1], PATH_BYTES, "%s/%s-split.mkv", output, stem);
  } else {
    snprintf(ward->outputs[0], PATH_BYTES, "%s", output);
  }
}

/* A video that is there later was made by a worker: none replaces what it did not make. */
static void note_outputs(struct ward *ward)
{
  const struct df_options *options = ward->options;
  if (!options->task.output || options->task.overwrite || df_batch_is_meant(options) ||
      options->watch)
    return;
  name_outputs(ward);
  for (int i = 0; i < 2; i++)
    if (access(ward->outputs[i], F_OK) == 0)
      ward->outputs[i][0] = '\0';
}

/* The video gets its name last, or there is a work folder until the rest has too (docs/segments.md). */
static bool was_done(void *context)
{
  struct ward *ward = context;
  struct df_task task = ward->options->task;
  char work[DF_PATH_BYTES];
  bool made = false;
  for (int i = 0; i < 2; i++)
    made |= ward->outputs[i][0] && access(ward->outputs[i], F_OK) == 0;
  if (!made)
    return false;
  df_workplace_choose(&task, ward->options->state, work);
  return ward->done = !task.work || !df_path_is_folder(task.work);
}

/* Nothing of a worker that died is of use to the next one. */
static void clear_away(void *context, pid_t worker)
{
  const struct ward *ward = context;
  const struct df_options *options = ward->options;
  const struct df_task *task = &options->task;
  const char *written[] = {task->output, task->debug, task->contact_sheet,
      task->kind == DF_TASK_RENDER ? NULL : task->tracks};
  char stem[PATH_BYTES];
  stem_of(options, stem, sizeof stem);
  for (size_t i = 0; i < sizeof written / sizeof *written; i++)
    if (written[i])
      df_whole_file_sweep(written[i], stem, (long)worker);
}

/* The worker's command line: this one's. NULL when memory runs out; the caller frees the list. */
static const char **copy_arguments(
    const struct df_cli_command *command, int argc, const char *const *argv)
{
  const char **copy = calloc((size_t)argc + 3, sizeof *copy);
  if (!copy)
    return NULL;
  copy[0] = "dualface";
  copy[1] = df_cli_command_name(command->command);
  for (int i = 0; i < argc; i++)
    copy[i + 2] = argv[i];
  return copy;
}

static int supervise(const struct df_cli_command *command, struct ward *ward, struct df_log *log,
    int argc, const char *const *argv, int *ret_status, struct df_error *err)
{
  const struct df_options *options = ward->options;
  char program[PATH_BYTES];
  const char **arguments = copy_arguments(command, argc, argv);
  if (!log || !arguments) {
    free(arguments);
    return df_fail(err, DF_ENOMEM, "out of memory");
  }
  bool several = df_batch_is_meant(options);
  struct df_recovery_policy policy = several ? df_recovery_of_many : df_recovery_default;
  if (!several &&
      options->task.segment > 0) /* the next attempt goes on after the last whole segment */
    policy.progress_least = 1 + (int64_t)(options->task.segment * slowest_fps);
  find_program(program);
  note_outputs(ward);
  struct df_supervisor_options how = {
      .program = program,
      .argv = arguments,
      .hang_seconds = hang_seconds,
      .stall_seconds = options->stall,
      .grace_seconds = grace_seconds,
      .policy = &policy,
      .died = clear_away,
      .was_done = was_done,
      .context = ward,
  };
  int result = df_supervise(&how, log, ret_status, err);
  if (result < 0 && result != DF_ESTOPPED)
    df_error_prefix(err, "%s", several ? options->task.output : options->task.input);
  free(arguments);
  return result;
}

/* A df_log_fn: a worker that died may have left its progress line there, which is wiped as if it were ours. */
static void say(void *context, enum df_log_level level, const char *line)
{
  struct df_console *console = context;
  console->drawn = console->draws;
  df_console_say(console, level, line);
}

/* What the worker could not say any more. */
static void report(const struct df_cli_command *command, const struct df_options *options,
    struct df_log *log, const struct df_error *err)
{
  if (options->json)
    df_report_json_result(stdout, &(struct df_report){
                                      .command = df_cli_command_name(command->command),
                                      .task = &options->task,
                                      .log = log,
                                      .error = err,
                                  });
}

enum df_exit df_cli_supervise(const struct df_cli_command *command,
    const struct df_options *options, int argc, const char *const *argv)
{
  struct df_console console;
  struct ward ward = {.options = options};
  struct df_error err = {0};
  int status = 0;
  df_console_init(&console, options->quiet, !options->json);
  struct df_log *log = df_log_create(DF_LOG_NOTE, say, &console);
  int result = supervise(command, &ward, log, argc, argv, &status, &err);
  if (result < 0)
    say(&console, DF_LOG_ERROR, err.text);
  if (result < 0 || ward.done)
    report(command, options, log, &err);
  df_log_destroy(&log);
  df_console_finish(&console);
  return result < 0 ? df_cli_exit(result) : (enum df_exit)status;
}
