#include "base/whole_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"

enum {
  ATTEMPTS_MAX = 1000,
  NAME_MAX_KEPT = 80,
  EXTENSION_MAX = 16, /* what follows a dot in a sentence is no extension, and may be long */
};

int df_write_error_code(int error_number)
{
  if (error_number == ENOMEM)
    return DF_ENOMEM;
  bool full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  return full ? DF_ENOSPACE : DF_EOUTPUT;
}

int df_read_error_code(int error_number)
{
  return error_number == ENOMEM ? DF_ENOMEM : DF_EINPUT;
}

/* "DIR/.NAME.PID-K.part.EXT": hidden, and of the same extension, which libraries look at. */
static int temporary_name(struct df_whole_file *file, int attempt, struct df_error *err)
{
  const char *slash = strrchr(file->path, '/');
  const char *name = slash ? slash + 1 : file->path;
  const char *dot = strrchr(name, '.');
  const char *extension = dot && dot != name && strlen(dot) <= EXTENSION_MAX ? dot : "";
  int length = snprintf(file->temporary, sizeof file->temporary, "%.*s.%.*s.%ld-%d.part%s",
      (int)(name - file->path), file->path, NAME_MAX_KEPT, name, (long)getpid(), attempt,
      extension);
  if (length >= (int)sizeof file->temporary)
    return df_fail(err, DF_EOUTPUT, "%.80s...: the path is too long", file->path);
  return 0;
}

/* A name that could not be given in the end is refused in the beginning. */
static int refuse_target(const struct df_whole_file *file, struct df_error *err)
{
  struct stat info;
  if (lstat(file->path, &info) < 0)
    return errno == ENOENT ? 0
                           : df_fail(err, df_write_error_code(errno), "cannot write %s: %s",
                                 file->path, strerror(errno));
  if (stat(file->path, &info) < 0)
    return df_fail(
        err, DF_EOUTPUT, "%s is a link to what cannot be found (%s)", file->path, strerror(errno));
  if (S_ISDIR(info.st_mode))
    return df_fail(err, DF_EOUTPUT, "%s is a folder, a file is wanted", file->path);
  if (!S_ISREG(info.st_mode))
    return df_fail(
        err, DF_EOUTPUT, "%s is not a regular file; the output can only be one", file->path);
  if (!file->overwrite)
    return df_fail(err, DF_EOUTPUT, "%s exists; --overwrite replaces it", file->path);
  return 0;
}

/* A link stays one, and what it leads to is replaced: /dev/stdout is a link to be kept. */
static int follow_link(struct df_whole_file *file, struct df_error *err)
{
  struct stat info;
  if (lstat(file->path, &info) < 0 || !S_ISLNK(info.st_mode))
    return 0;
  char *target = realpath(file->path, NULL);
  if (!target || strlen(target) >= sizeof file->path) {
    int reason = target ? ENAMETOOLONG : errno;
    free(target);
    return df_fail(err, DF_EOUTPUT, "cannot write %s: %s", file->path, strerror(reason));
  }
  strcpy(file->path, target);
  free(target);
  return 0;
}

static int create_temporary(struct df_whole_file *file, struct df_error *err)
{
  for (int attempt = 0;; attempt++) {
    int result = temporary_name(file, attempt, err);
    if (result < 0)
      return result;
    int fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) {
      close(fd);
      return 0;
    }
    if (errno != EEXIST || attempt >= ATTEMPTS_MAX)
      return df_fail(
          err, df_write_error_code(errno), "cannot write %s: %s", file->path, strerror(errno));
  }
}

int df_whole_file_begin(
    struct df_whole_file *file, const char *path, bool overwrite, struct df_error *err)
{
  *file = (struct df_whole_file){.overwrite = overwrite};
  if (snprintf(file->path, sizeof file->path, "%s", path) >= (int)sizeof file->path)
    return df_fail(err, DF_EOUTPUT, "%.80s...: the path is too long", path);
  int result = refuse_target(file, err);
  if (result == 0)
    result = follow_link(file, err);
  if (result == 0)
    result = create_temporary(file, err);
  if (result < 0)
    file->temporary[0] = '\0';
  return result;
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

/* The name too must outlive a crash: what it was made of may be deleted next, on another disk. */
static void sync_folder(const char *path)
{
  char folder[DF_PATH_BYTES];
  const char *slash = strrchr(path, '/');
  snprintf(folder, sizeof folder, "%.*s.", slash ? (int)(slash - path) + 1 : 0, path);
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) /* one that may be written and not read */
    return;
  fsync(fd);
  close(fd);
}

int df_whole_file_commit(struct df_whole_file *file, struct df_error *err)
{
  int result = df_fault_check(DF_FAULT_AT_FINISH, NULL, DF_EOUTPUT, err);
  if (result < 0) {
    df_error_prefix(err, "cannot finish %s", file->path);
    df_whole_file_abandon(file);
    return result;
  }
  int error = make_durable(file->temporary);
  if (error == 0)
    error = give_name(file);
  if (error == 0) {
    sync_folder(file->path);
    file->temporary[0] = '\0';
    return df_fault_check(DF_FAULT_AT_NAMED, NULL, DF_EOUTPUT, err);
  }
  df_whole_file_abandon(file);
  if (error == EEXIST)
    return df_fail(
        err, DF_EOUTPUT, "%s came to exist meanwhile; --overwrite replaces it", file->path);
  return df_fail(
      err, df_write_error_code(error), "cannot finish %s: %s", file->path, strerror(error));
}

void df_whole_file_abandon(struct df_whole_file *file)
{
  if (file->temporary[0])
    unlink(file->temporary);
  file->temporary[0] = '\0';
}

/* Whether a name is one that temporary_name gives, of a file whose name begins so, in that process. */
static bool is_left_over(const char *name, const char *beginning, long process)
{
  char mark[32];
  size_t length = strlen(beginning);
  if (length > NAME_MAX_KEPT)
    length = NAME_MAX_KEPT;
  if (name[0] != '.' || strncmp(name + 1, beginning, length) != 0)
    return false;
  snprintf(mark, sizeof mark, ".%ld-", process);
  const char *at = strstr(name + 1 + length, mark);
  return at &&
         strncmp(at + strlen(mark) + strspn(at + strlen(mark), "0123456789"), ".part", 5) == 0;
}

static void sweep_folder(const char *folder, const char *beginning, long process)
{
  DIR *list = opendir(folder);
  struct dirent *entry;
  while (list && (entry = readdir(list)))
    if (is_left_over(entry->d_name, beginning, process))
      unlinkat(dirfd(list), entry->d_name, 0);
  if (list)
    closedir(list);
}

void df_whole_file_sweep(const char *path, const char *stem, long process)
{
  char folder[DF_PATH_BYTES];
  struct stat info;
  const char *slash = strrchr(path, '/');
  if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
    sweep_folder(path, stem, process);
    return;
  }
  snprintf(folder, sizeof folder, "%.*s.", slash ? (int)(slash + 1 - path) : 0, path);
  sweep_folder(folder, slash ? slash + 1 : path, process);
}

static bool copy_bytes(FILE *from, FILE *to)
{
  char block[1 << 14];
  size_t size;
  while ((size = fread(block, 1, sizeof block, from)) > 0)
    if (fwrite(block, 1, size, to) != size)
      return false;
  return !ferror(from);
}

int df_whole_file_copy(const char *from, const char *to, bool overwrite, struct df_error *err)
{
  struct df_whole_file file;
  FILE *source = fopen(from, "re");
  if (!source)
    return df_fail(err, df_read_error_code(errno), "cannot read %s: %s", from, strerror(errno));
  int result = df_whole_file_begin(&file, to, overwrite, err);
  if (result == 0) {
    FILE *target = fopen(file.temporary, "we");
    bool copied = target && copy_bytes(source, target);
    copied = target && fclose(target) == 0 && copied;
    if (!copied)
      result = df_fail(err, df_write_error_code(errno), "cannot write %s: %s", to, strerror(errno));
  }
  if (result == 0)
    result = df_whole_file_commit(&file, err);
  df_whole_file_abandon(&file);
  fclose(source);
  return result;
}
