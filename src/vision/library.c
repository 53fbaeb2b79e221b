/*
 * The loader names one missing library at a time; that one is looked for, loaded by its path, and the first
 * is tried again, whose need is then met by name.
 */
#include "vision/library.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/paths.h"

enum { DEPTH = 8, NEEDS = 64, NAME = 256, SAID = 300 };

static bool find(const struct df_library_set *set, const char *name, char *ret_path, size_t size)
{
  for (size_t i = 0; i < set->folder_count; i++)
    if (df_path_join(set->folders[i], name, ret_path, size) && df_path_is_file(ret_path))
      return true;
  return false;
}

/* "libX.so.1: cannot open shared object file: ...": the name, or false for any other complaint. */
static bool missing_name(const char *complaint, char ret_name[NAME])
{
  const char *end = strstr(complaint, ": cannot open shared object file");
  size_t length = end ? (size_t)(end - complaint) : 0;
  if (length == 0 || length >= NAME)
    return false;
  memcpy(ret_name, complaint, length);
  ret_name[length] = '\0';
  return true;
}

static int load_one(
    const struct df_library_set *set, const char *name, int depth, struct df_error *err)
{
  char path[4096], previous[NAME] = "";
  if (strchr(name, '/') || !find(set, name, path, sizeof path))
    snprintf(path, sizeof path, "%s", name);
  for (int i = 0; i < NEEDS; i++) {
    if (dlopen(path, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE))
      return 0;
    char complaint[600], need[NAME];
    snprintf(complaint, sizeof complaint, "%s", dlerror());
    bool known = missing_name(complaint, need) && strcmp(need, path) != 0;
    if (!known || strcmp(need, previous) == 0 || depth == 0 ||
        !find(set, need, (char[4096]){0}, 4096))
      return df_fail(err, DF_EMISSING, "%s", complaint);
    int result = load_one(set, need, depth - 1, err);
    if (result < 0)
      return result;
    strcpy(previous, need);
  }
  return df_fail(err, DF_EMISSING, "%s needs more than %d other libraries", path, NEEDS);
}

int df_library_load(const struct df_library_set *set, struct df_error *err)
{
  int result = 0;
  if (set->before)
    set->before(set->context);
  for (size_t i = 0; result == 0 && i < set->count; i++)
    result = load_one(set, set->names[i], DEPTH, err);
  return result;
}

/* What the child leaves for us, in memory that both have. */
struct outcome {
  int ended; /* 1 when it came to its end */
  int result;
  struct df_error err;
};

static void be_quiet(int noise)
{
  static const int fatal[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTERM, SIGINT};
  for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
    signal(fatal[i], SIG_DFL);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  dup2(noise, STDOUT_FILENO);
  dup2(noise, STDERR_FILENO);
}

static void run_child(const struct df_library_set *set, struct outcome *outcome, int noise)
{
  be_quiet(noise);
  outcome->result = df_library_load(set, &outcome->err);
  if (outcome->result == 0 && set->then)
    set->then(set->context);
  outcome->ended = 1;
  _exit(0);
}

/* The child's status, or -1 when it had to be ended because it took too long. */
static int wait_for(pid_t child, double seconds)
{
  double end = df_clock_now() + seconds;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (df_clock_now() > end) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return -1;
    }
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
  }
  return status;
}

/* The last of what the child said, on one line. */
static void read_noise(int noise, char ret_text[SAID])
{
  off_t size = lseek(noise, 0, SEEK_END);
  off_t from = size > SAID - 1 ? size - (SAID - 1) : 0;
  ssize_t count = pread(noise, ret_text, SAID - 1, from);
  ret_text[count > 0 ? count : 0] = '\0';
  for (char *c = ret_text; *c; c++)
    if ((unsigned char)*c < ' ')
      *c = ' ';
  for (size_t n = strlen(ret_text); n > 0 && ret_text[n - 1] == ' '; n--)
    ret_text[n - 1] = '\0';
}

static int judge(const struct df_library_set *set, const struct outcome *outcome, int status,
    int noise, double seconds, struct df_error *err)
{
  const char *name = set->names[set->count - 1];
  char said[SAID];
  if (status == -1)
    return df_fail(
        err, DF_ELIBRARY, "%s did not finish loading within %.0f seconds", name, seconds);
  if (outcome->ended)
    return outcome->result < 0 ? df_fail(err, outcome->result, "%s", outcome->err.text) : 0;
  read_noise(noise, said);
  const char *before = said[0] ? "; it said: " : "";
  if (WIFSIGNALED(status))
    return df_fail(err, DF_ELIBRARY, "loading %s ends the process (signal %d, %s)%s%s", name,
        WTERMSIG(status), strsignal(WTERMSIG(status)), before, said);
  return df_fail(err, DF_ELIBRARY, "loading %s ends the process (exit code %d)%s%s", name,
      WEXITSTATUS(status), before, said);
}

int df_library_try(const struct df_library_set *set, double seconds, struct df_error *err)
{
  struct outcome *outcome =
      mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (outcome == MAP_FAILED)
    return df_fail(err, DF_ENOMEM, "no memory to try %s", set->names[set->count - 1]);
  int noise = memfd_create("dualface-noise", MFD_CLOEXEC);
  pid_t child = noise < 0 ? -1 : fork();
  if (child == 0)
    run_child(set, outcome, noise);
  int result;
  if (child < 0)
    result =
        df_fail(err, DF_ELIBRARY, "cannot start a child to try %s in", set->names[set->count - 1]);
  else
    result = judge(set, outcome, wait_for(child, seconds), noise, seconds, err);
  if (noise >= 0)
    close(noise);
  munmap(outcome, sizeof *outcome);
  return result;
}
