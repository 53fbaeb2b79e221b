#include "base/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool df_path_join(const char *folder, const char *name, char *ret_path, size_t size)
{
  bool alone = name[0] == '/' || folder[0] == '\0';
  const char *slash = alone || folder[strlen(folder) - 1] == '/' ? "" : "/";
  int length = snprintf(ret_path, size, "%s%s%s", alone ? "" : folder, slash, name);
  return length >= 0 && (size_t)length < size;
}

bool df_path_beside_executable(const char *relative, char *ret_path, size_t size)
{
  char executable[4096];
  ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
  if (length <= 0)
    return false;
  executable[length] = '\0';
  char *slash = strrchr(executable, '/');
  if (!slash)
    return false;
  slash[1] = '\0';
  return df_path_join(executable, relative, ret_path, size);
}

bool df_path_make_folder(const char *path)
{
  char part[4096];
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof part) {
    errno = length == 0 ? ENOENT : ENAMETOOLONG;
    return false;
  }
  for (size_t i = 1; i <= length; i++) {
    if (path[i] != '/' && path[i] != '\0')
      continue;
    memcpy(part, path, i);
    part[i] = '\0';
    if (mkdir(part, 0777) == 0 || errno == EEXIST)
      continue;
    int reason = errno;
    if (!df_path_is_folder(part)) {
      errno = reason;
      return false;
    }
  }
  if (df_path_is_folder(path))
    return true;
  errno = ENOTDIR;
  return false;
}

bool df_path_cache(const char *given, char *ret_path, size_t size)
{
  const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  bool known;
  if (given && given[0])
    known = df_path_join("", given, ret_path, size);
  else if (xdg && xdg[0] == '/') /* as its specification says, a relative one is to be ignored */
    known = df_path_join(xdg, "dualface", ret_path, size);
  else
    known = home && home[0] && df_path_join(home, ".cache/dualface", ret_path, size);
  return known && df_path_make_folder(ret_path);
}

bool df_path_is_file(const char *path)
{
  struct stat info;
  return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

bool df_path_is_folder(const char *path)
{
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}
