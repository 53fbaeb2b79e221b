#include "jobs/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/paths.h"

enum { BLOCK = 1 << 16 };

static int64_t mtime_ns(const struct stat *info)
{
  return (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

static int cannot_read(const char *path, int reason, struct df_error *err)
{
  return df_fail(
      err, df_read_error_code(reason), "cannot read the input %s: %s", path, strerror(reason));
}

static int check_kind(const char *path, const struct stat *info, struct df_error *err)
{
  if (S_ISDIR(info->st_mode))
    return df_fail(err, DF_EINPUT, "the input %s is a folder, a video file is wanted", path);
  if (!S_ISREG(info->st_mode))
    return df_fail(err, DF_EINPUT, "the input %s is not a regular file; copy it into one", path);
  if (info->st_size == 0)
    return df_fail(err, DF_EINPUT, "the input %s is empty", path);
  return 0;
}

/* An open file, or the error; a pipe does not keep us waiting for its other end. */
static int open_input(const char *path, struct stat *info, struct df_error *err)
{
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0 && errno == ENXIO)
    return df_fail(err, DF_EINPUT, "the input %s is not a regular file; copy it into one", path);
  if (file < 0)
    return cannot_read(path, errno, err);
  int result = fstat(file, info) < 0 ? cannot_read(path, errno, err) : check_kind(path, info, err);
  if (result < 0) {
    close(file);
    return result;
  }
  return file;
}

static int resolve(const char *path, char *ret_path, struct df_error *err)
{
  char *absolute = realpath(path, NULL);
  if (!absolute)
    return cannot_read(path, errno, err);
  int length = snprintf(ret_path, DF_PATH_BYTES, "%s", absolute);
  free(absolute);
  return length < DF_PATH_BYTES ? 0 : cannot_read(path, ENAMETOOLONG, err);
}

static int fill(
    const char *path, const struct stat *info, struct df_identity *identity, struct df_error *err)
{
  identity->size = info->st_size;
  identity->mtime_ns = mtime_ns(info);
  memset(identity->sum, 0, sizeof identity->sum);
  return resolve(path, identity->path, err);
}

int df_identity_look(const char *path, struct df_identity *ret_identity, struct df_error *err)
{
  struct stat info;
  struct df_identity identity;
  int file = open_input(path, &info, err);
  if (file < 0)
    return file;
  close(file);
  int result = fill(path, &info, &identity, err);
  if (result == 0)
    *ret_identity = identity;
  return result;
}

/* Adds bytes from..to of the file: 0 or an errno; ESTALE when it ends before. */
static int add_range(struct df_sha256 *sha, int file, int64_t from, int64_t to)
{
  uint8_t block[BLOCK];
  while (from < to) {
    size_t wanted = to - from < BLOCK ? (size_t)(to - from) : BLOCK;
    ssize_t count = pread(file, block, wanted, from);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return count < 0 ? errno : ESTALE;
    df_sha256_update(sha, block, (size_t)count);
    from += count;
  }
  return 0;
}

/* 0 or an errno. */
static int sum_ends(int file, struct df_identity *identity)
{
  struct df_sha256 *sha = df_sha256_create(false);
  if (!sha)
    return ENOMEM;
  int64_t size = identity->size, head = size, tail = size;
  if (size > 2 * DF_IDENTITY_END) {
    head = DF_IDENTITY_END;
    tail = size - DF_IDENTITY_END;
  }
  int reason = add_range(sha, file, 0, head);
  if (reason == 0)
    reason = add_range(sha, file, tail, size);
  if (reason == 0)
    df_sha256_final(sha, identity->sum);
  df_sha256_destroy(&sha);
  return reason;
}

static int read_open(const char *path, int file, const struct stat *before,
    struct df_identity *identity, struct df_error *err)
{
  struct stat after;
  int result = fill(path, before, identity, err);
  if (result < 0)
    return result;
  int reason = sum_ends(file, identity);
  if (reason == 0 && fstat(file, &after) < 0)
    reason = errno;
  if (reason && reason != ESTALE)
    return cannot_read(path, reason, err);
  if (reason == ESTALE || after.st_size != before->st_size || mtime_ns(&after) != mtime_ns(before))
    return df_fail(err, DF_EINPUT,
        "the input %s changed while it was read; wait until it is whole and try again", path);
  return 0;
}

int df_identity_read(const char *path, struct df_identity *ret_identity, struct df_error *err)
{
  struct stat info;
  struct df_identity identity;
  int file = open_input(path, &info, err);
  if (file < 0)
    return file;
  int result = read_open(path, file, &info, &identity, err);
  close(file);
  if (result == 0)
    *ret_identity = identity;
  return result;
}

bool df_identity_same_content(const struct df_identity *a, const struct df_identity *b)
{
  return a->size == b->size && memcmp(a->sum, b->sum, sizeof a->sum) == 0;
}

bool df_identity_unchanged(const struct df_identity *a, const struct df_identity *b)
{
  return a->size == b->size && a->mtime_ns == b->mtime_ns && strcmp(a->path, b->path) == 0;
}

int df_identity_place(const char *path, char *ret_path, size_t size, struct df_error *err)
{
  char folder[DF_PATH_BYTES];
  const char *slash = strrchr(path, '/');
  int length = slash == path ? 1 : slash ? (int)(slash - path) : 1;
  if (snprintf(folder, sizeof folder, "%.*s", length, slash ? path : ".") >= (int)sizeof folder)
    return df_fail(err, DF_EOUTPUT, "%.80s...: the path of the output is too long", path);
  char *absolute = realpath(folder, NULL);
  if (!absolute)
    return df_fail(err, DF_EOUTPUT, "the folder %s of the output cannot be used: %s%s", folder,
        strerror(errno), errno == ENOENT ? "; create it first" : "");
  bool fits = df_path_join(absolute, slash ? slash + 1 : path, ret_path, size);
  free(absolute);
  return fits ? 0 : df_fail(err, DF_EOUTPUT, "%.80s...: the path of the output is too long", path);
}
