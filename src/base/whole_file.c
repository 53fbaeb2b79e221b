#include "base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int df_write_error_code(int error_number)
{
  bool full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  return full ? DF_ENOSPACE : DF_EOUTPUT;
}

/* "DIR/.NAME.XXXXXX.part.EXT": hidden, and of the same extension, which libraries look at. */
static int temporary_name(struct df_whole_file *file, int *ret_suffix, struct df_error *err)
{
  const char *slash = strrchr(file->path, '/');
  const char *name = slash ? slash + 1 : file->path;
  const char *dot = strrchr(name, '.');
  const char *extension = dot && dot != name ? dot : "";
  int length = snprintf(file->temporary, sizeof file->temporary, "%.*s.%.80s.XXXXXX.part%s",
                        (int)(name - file->path), file->path, name, extension);
  if (length >= (int)sizeof file->temporary)
    return df_fail(err, DF_EOUTPUT, "%.80s...: the path is too long", file->path);
  *ret_suffix = (int)(strlen(".part") + strlen(extension));
  return 0;
}

static int refuse_target(const struct df_whole_file *file, struct df_error *err)
{
  struct stat info;
  if (stat(file->path, &info) < 0)
    return 0;
  if (S_ISDIR(info.st_mode))
    return df_fail(err, DF_EOUTPUT, "%s is a folder, a file is wanted", file->path);
  if (!file->overwrite)
    return df_fail(err, DF_EOUTPUT, "%s exists; --overwrite replaces it", file->path);
  return 0;
}

int df_whole_file_begin(struct df_whole_file *file, const char *path, bool overwrite,
                        struct df_error *err)
{
  *file = (struct df_whole_file){.overwrite = overwrite};
  if (snprintf(file->path, sizeof file->path, "%s", path) >= (int)sizeof file->path)
    return df_fail(err, DF_EOUTPUT, "%.80s...: the path is too long", path);
  int suffix = 0;
  int result = refuse_target(file, err);
  if (result == 0)
    result = temporary_name(file, &suffix, err);
  if (result < 0) {
    file->temporary[0] = '\0';
    return result;
  }
  int fd = mkostemps(file->temporary, suffix, O_CLOEXEC);
  if (fd < 0) {
    int error = errno;
    file->temporary[0] = '\0';
    return df_fail(err, df_write_error_code(error), "cannot write %s: %s", path, strerror(error));
  }
  mode_t mask = umask(0);
  umask(mask);
  fchmod(fd, 0666 & ~mask); /* mkostemps makes it private; a result is an ordinary file */
  close(fd);
  return 0;
}

/* Data first, then the name: a crash in between leaves the old file or the whole new one. */
static int make_durable(const char *path)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return errno;
  int error = fsync(fd) < 0 ? errno : 0;
  close(fd);
  return error == EINVAL || error == EROFS ? 0 : error; /* some file systems cannot, and need not */
}

static int give_name(const struct df_whole_file *file)
{
  if (file->overwrite)
    return rename(file->temporary, file->path) < 0 ? errno : 0;
  if (renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path, RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  /* A file system without that flag: a link refuses an existing name as well. */
  if (link(file->temporary, file->path) == 0)
    return unlink(file->temporary) < 0 ? errno : 0;
  if (errno == EEXIST)
    return errno;
  return rename(file->temporary, file->path) < 0 ? errno : 0;
}

int df_whole_file_commit(struct df_whole_file *file, struct df_error *err)
{
  int error = make_durable(file->temporary);
  if (error == 0)
    error = give_name(file);
  if (error == 0) {
    file->temporary[0] = '\0';
    return 0;
  }
  df_whole_file_abandon(file);
  if (error == EEXIST)
    return df_fail(err, DF_EOUTPUT, "%s came to exist meanwhile; --overwrite replaces it",
                   file->path);
  return df_fail(err, df_write_error_code(error), "cannot finish %s: %s", file->path,
                 strerror(error));
}

void df_whole_file_abandon(struct df_whole_file *file)
{
  if (file->temporary[0])
    unlink(file->temporary);
  file->temporary[0] = '\0';
}
