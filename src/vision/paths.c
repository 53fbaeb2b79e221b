#include "vision/paths.h"

#include <stdio.h>
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
