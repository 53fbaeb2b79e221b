#include "cli/work.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vision/paths.h"
#include "vision/sha256.h"

enum { NAME_BYTES = 16 }; /* of the sum: enough that no two outputs of one machine are ever alike */

/* Writes the state folder; false when there is none. *ret_chosen: the user named it. */
static bool find_state(const char *given, char ret_path[DF_PATH_BYTES], bool *ret_chosen)
{
  const char *named = given ? given : getenv("DUALFACE_STATE");
  const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  *ret_chosen = named && named[0];
  if (*ret_chosen)
    return df_path_join("", named, ret_path, DF_PATH_BYTES);
  if (xdg && xdg[0] == '/') /* as its specification says, a relative one is to be ignored */
    return df_path_join(xdg, "dualface", ret_path, DF_PATH_BYTES);
  return home && home[0] && df_path_join(home, ".local/state/dualface", ret_path, DF_PATH_BYTES);
}

/* Whether the folder is there and can be written, or could be made. */
static bool may_write(const char *path)
{
  char part[DF_PATH_BYTES];
  snprintf(part, sizeof part, "%s", path);
  while (access(part, F_OK) < 0) {
    char *slash = strrchr(part, '/');
    if (!slash || slash == part)
      return access(slash ? "/" : ".", W_OK) == 0;
    *slash = '\0';
  }
  return df_path_is_folder(part) && access(part, W_OK | X_OK) == 0;
}

/* The output by a name that does not depend on where the program was started; false when it has none. */
static bool name_output(const struct df_task *task, char ret_name[2 * PATH_MAX])
{
  char folder[PATH_MAX], resolved[PATH_MAX], input[PATH_MAX];
  if (df_path_is_folder(task->output)) {
    bool known = realpath(task->output, resolved) && realpath(task->input, input);
    return known && snprintf(ret_name, 2 * PATH_MAX, "%s\n%s", resolved, input) > 0;
  }
  const char *slash = strrchr(task->output, '/');
  int length = slash ? (int)(slash - task->output) + 1 : 0;
  snprintf(folder, sizeof folder, "%.*s.", length, task->output);
  return realpath(folder, resolved) &&
         snprintf(ret_name, 2 * PATH_MAX, "%s/%s", resolved, task->output + length) > 0;
}

static bool name_folder(const char *state, const char *output, char folder[DF_PATH_BYTES])
{
  uint8_t sum[DF_SHA256_BYTES];
  char name[2 * NAME_BYTES + 1];
  struct df_sha256 *sha = df_sha256_create(false);
  if (!sha)
    return false;
  df_sha256_update(sha, (const uint8_t *)output, strlen(output));
  df_sha256_final(sha, sum);
  df_sha256_destroy(&sha);
  for (int i = 0; i < NAME_BYTES; i++)
    snprintf(name + 2 * i, 3, "%02x", sum[i]);
  return snprintf(folder, DF_PATH_BYTES, "%s/work/%s", state, name) < DF_PATH_BYTES;
}

void df_cli_work_begin(
    struct df_task *task, const char *state, char folder[DF_PATH_BYTES], struct df_log *log)
{
  char path[DF_PATH_BYTES], output[2 * PATH_MAX];
  bool chosen;
  if (task->kind != DF_TASK_RUN || task->segment <= 0)
    return;
  bool found = find_state(state, path, &chosen);
  if (!chosen && (!found || !may_write(path))) {
    df_log_say(log, DF_LOG_NOTE,
        "should this run be broken off, it cannot be taken up: there is no folder to keep what is "
        "done in; --state names one");
    return;
  }
  /* An output without a folder is refused by who opens it. */
  if (found && name_output(task, output) && name_folder(path, output, folder))
    task->work = folder;
}

void df_cli_work_end(const struct df_task *task)
{
  if (!task->work)
    return;
  char folder[DF_PATH_BYTES];
  snprintf(folder, sizeof folder, "%s", task->work);
  *strrchr(folder, '/') = '\0';
  rmdir(folder); /* stays while anything is in it */
}
