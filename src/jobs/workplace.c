#include "jobs/workplace.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/sha256.h"
#include "jobs/state.h"

enum { NAME_BYTES = 16 }; /* of the sum: enough that no two outputs of one machine are ever alike */

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

/* Whether the user said where. */
static bool is_chosen(const char *state)
{
  const char *own = getenv("DUALFACE_STATE");
  return state || (own && own[0]);
}

const char *df_workplace_choose(struct df_task *task, const char *state, char folder[DF_PATH_BYTES])
{
  char path[DF_PATH_BYTES], output[2 * PATH_MAX];
  if (task->kind != DF_TASK_RUN || task->segment <= 0)
    return NULL;
  bool found = df_state_folder(state, false, path, sizeof path, NULL) == 0;
  if (!is_chosen(state) && (!found || !may_write(path)))
    return "there is no folder to keep what is done in; --state names one";
  /* An output without a folder is refused by who opens it. */
  if (found && name_output(task, output) && name_folder(path, output, folder))
    task->work = folder;
  return NULL;
}

int df_workplace_sweep(const char *state, struct df_work_sweep *ret_sweep, struct df_error *err)
{
  char path[DF_PATH_BYTES - 8], work[DF_PATH_BYTES];
  int result = df_state_folder(state, false, path, sizeof path, err);
  if (result < 0)
    return result;
  snprintf(work, sizeof work, "%s/work", path);
  result = df_work_sweep(work, DF_WORKPLACE_DAYS, ret_sweep, err);
  rmdir(work); /* stays while anything is in it */
  return result;
}

void df_workplace_leave(const struct df_task *task)
{
  char folder[DF_PATH_BYTES];
  if (!task->work)
    return;
  snprintf(folder, sizeof folder, "%s", task->work);
  *strrchr(folder, '/') = '\0';
  rmdir(folder); /* stays while anything is in it */
}
