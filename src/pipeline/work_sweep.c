#include "pipeline/work_sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/whole_file.h"
#include "pipeline/work.h"

enum { NAME_DIGITS = 32, DAY = 24 * 60 * 60 };

/* What a folder has. */
struct content {
  int64_t bytes;
  time_t newest; /* change */
};

static struct content look(const char *folder)
{
  char path[DF_PATH_BYTES];
  struct content content = {0};
  struct stat info;
  if (stat(folder, &info) == 0)
    content.newest = info.st_mtim.tv_sec;
  DIR *stream = opendir(folder);
  for (struct dirent *entry; stream && (entry = readdir(stream));) {
    bool fits = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < (int)sizeof path;
    if (!fits || lstat(path, &info) < 0 || !S_ISREG(info.st_mode))
      continue;
    content.bytes += info.st_size;
    if (info.st_mtim.tv_sec > content.newest)
      content.newest = info.st_mtim.tv_sec;
  }
  if (stream)
    closedir(stream);
  return content;
}

/* What a line of the job's says of its input; the caller's. NULL: nothing. */
static char *read_key(const char *folder, const char *key)
{
  char path[DF_PATH_BYTES], *line = NULL, *found = NULL;
  size_t size = 0, length = strlen(key);
  bool fits = snprintf(path, sizeof path, "%s/job", folder) < (int)sizeof path;
  FILE *stream = fits ? fopen(path, "re") : NULL;
  while (stream && !found && getline(&line, &size, stream) > 0)
    if (strncmp(line, key, length) == 0 && line[length] == ' ') {
      line[strcspn(line, "\n")] = '\0';
      found = strdup(line + length + 1);
    }
  if (stream)
    fclose(stream);
  free(line);
  return found;
}

/* A file that is missing although its folder is there. Where that is missing too, a disk may not be mounted. */
static bool is_gone(const char *path)
{
  char folder[DF_PATH_BYTES];
  struct stat info;
  if (errno != ENOENT || snprintf(folder, sizeof folder, "%s", path) >= (int)sizeof folder)
    return false;
  *strrchr(folder, '/') = '\0';
  return stat(folder[0] ? folder : "/", &info) == 0;
}

/* Whether the input that the folder is of is no more what it was. Where nothing is known of it, it may be. */
static bool is_orphan(const char *folder)
{
  char *input = read_key(folder, "input"), *size = read_key(folder, "input-size");
  char *modified = read_key(folder, "input-time"), now[2][64];
  struct stat info;
  bool known = input && size && modified && input[0] == '/', orphan = false;
  if (known && stat(input, &info) < 0) {
    orphan = is_gone(input);
  } else if (known) {
    snprintf(now[0], sizeof now[0], "%lld", (long long)info.st_size);
    snprintf(
        now[1], sizeof now[1], "%lld.%09ld", (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    orphan = strcmp(size, now[0]) != 0 || strcmp(modified, now[1]) != 0;
  }
  free(input);
  free(size);
  free(modified);
  return orphan;
}

/* The lock, held, as a run takes it; -1 when one has it. */
static int take_lock(const char *folder)
{
  char path[DF_PATH_BYTES];
  if (snprintf(path, sizeof path, "%s/lock", folder) >= (int)sizeof path)
    return -1;
  int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) < 0) {
    close(lock);
    return -1;
  }
  return lock;
}

/* By its age only before the lock is taken, since that is a change. */
static void sweep_one(const char *folder, double days, struct df_work_sweep *sweep)
{
  const struct content content = look(folder);
  bool is_old = difftime(time(NULL), content.newest) > days * DAY;
  int lock = take_lock(folder);
  if (lock >= 0 && (is_old || is_orphan(folder))) {
    df_work_discard(folder);
    sweep->swept++;
    sweep->bytes += content.bytes;
  } else {
    sweep->kept++;
  }
  if (lock >= 0)
    close(lock);
}

enum kind { OTHER, WORK, DISCARDED };

static enum kind kind_of(const char *name)
{
  size_t digits = strspn(name, "0123456789abcdef");
  if (digits != NAME_DIGITS)
    return OTHER;
  return !name[digits] ? WORK : strcmp(name + digits, DF_WORK_DISCARDED) == 0 ? DISCARDED : OTHER;
}

int df_work_sweep(
    const char *folder, double days, struct df_work_sweep *ret_sweep, struct df_error *err)
{
  char path[DF_PATH_BYTES];
  struct df_work_sweep sweep = {0};
  DIR *stream = opendir(folder);
  if (!stream && errno != ENOENT)
    return df_fail(err, DF_EOUTPUT, "cannot look through %s: %s", folder, strerror(errno));
  for (struct dirent *entry; stream && (entry = readdir(stream));) {
    enum kind kind = kind_of(entry->d_name);
    if (kind == OTHER ||
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path)
      continue;
    if (kind == WORK) {
      sweep_one(path, days, &sweep);
      continue;
    }
    sweep.swept++;
    sweep.bytes += look(path).bytes;
    df_work_delete(path);
  }
  if (stream)
    closedir(stream);
  *ret_sweep = sweep;
  return 0;
}
