#include "jobs/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/paths.h"
#include "base/whole_file.h"

static int find(const char *given, char *ret_path, size_t size, struct df_error *err)
{
  const char *own = getenv("DUALFACE_STATE"), *xdg = getenv("XDG_STATE_HOME");
  const char *home = getenv("HOME");
  bool fits;
  if (given || (own && own[0]))
    fits = df_path_join("", given ? given : own, ret_path, size);
  else if (xdg && xdg[0] == '/') /* as its specification says, a relative one is to be ignored */
    fits = df_path_join(xdg, "dualface", ret_path, size);
  else if (home && home[0])
    fits = df_path_join(home, ".local/state/dualface", ret_path, size);
  else
    return df_fail(err, DF_EUSAGE,
        "there is no folder to keep the jobs in: HOME is not set; name one with --state");
  return fits ? 0 : df_fail(err, DF_EUSAGE, "the path of the folder for the jobs is too long");
}

int df_state_folder(const char *given, bool make, char *ret_path, size_t size, struct df_error *err)
{
  char path[DF_PATH_BYTES];
  int result = find(given, path, sizeof path, err);
  if (result < 0)
    return result;
  if (make && !df_path_make_folder(path))
    return df_fail(err, df_write_error_code(errno),
        "the folder %s for the jobs cannot be made: %s; name another one with --state", path,
        strerror(errno));
  if (!df_path_join("", path, ret_path, size))
    return df_fail(err, DF_EUSAGE, "the path of the folder for the jobs is too long");
  return 0;
}

int df_state_ledger(const char *given, bool make, char *ret_path, size_t size, struct df_error *err)
{
  char folder[DF_PATH_BYTES];
  int result = df_state_folder(given, make, folder, sizeof folder, err);
  if (result == 0 && !df_path_join(folder, "ledger.db", ret_path, size))
    return df_fail(err, DF_EUSAGE, "the path of the folder for the jobs is too long");
  return result;
}
