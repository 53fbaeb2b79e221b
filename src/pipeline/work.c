#include "pipeline/work.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/paths.h"
#include "media/packet_file.h"

enum { KEY_MAX = 64 };

static const char *const unfinished[DF_UNFINISHED] = {"unfinished-video", "unfinished-tracks"};
static const char *const named[DF_UNFINISHED] = {"named-video", "named-tracks"};

struct df_work {
  char folder[DF_PATH_BYTES - 64]; /* leaves room for the names in it */
  int lock;                        /* -1: not held */
  struct df_journal *journal;
};

static void path_of(const struct df_work *work, const char *name, char ret_path[DF_PATH_BYTES])
{
  snprintf(ret_path, DF_PATH_BYTES, "%s/%s", work->folder, name);
}

void df_work_path(const struct df_work *work, const char *name, char ret_path[DF_PATH_BYTES])
{
  path_of(work, name, ret_path);
}

void df_work_log_path(const struct df_work *work, char ret_path[DF_PATH_BYTES])
{
  path_of(work, "observations", ret_path);
}

static void segment_name(int64_t index, char ret_name[32])
{
  snprintf(ret_name, 32, "segment-%06" PRId64, index);
}

void df_work_segment_path(const struct df_work *work, int64_t index, char ret_path[DF_PATH_BYTES])
{
  char name[32];
  segment_name(index, name);
  path_of(work, name, ret_path);
}

static int failed(const struct df_work *work, struct df_error *err)
{
  return df_fail(err, df_write_error_code(errno),
      "cannot keep what is done in %s: %s; --state names "
      "another place, --segment 0 keeps nothing",
      work->folder, strerror(errno));
}

/* Whether the file is of use: what is said of the job, and the segments that are done. */
static bool is_known(const struct df_work *work, const char *name)
{
  static const char *const always[] = {"lock", "job", "journal", "observations", "decided"};
  for (int i = 0; i < DF_UNFINISHED; i++)
    if (strcmp(name, unfinished[i]) == 0 || strcmp(name, named[i]) == 0)
      return true;
  for (size_t i = 0; i < sizeof always / sizeof *always; i++)
    if (strcmp(name, always[i]) == 0)
      return true;
  char *end, wanted[32];
  if (strncmp(name, "segment-", 8) != 0)
    return false;
  int64_t index = strtoll(name + 8, &end, 10);
  segment_name(index, wanted);
  return *end == '\0' && strcmp(name, wanted) == 0 && df_journal_find(work->journal, index);
}

/* Deletes what is in the folder: all but the lock, or only what is of no use. */
static void sweep(const struct df_work *work, bool all)
{
  char path[DF_PATH_BYTES];
  DIR *folder = opendir(work->folder);
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    bool stays = all ? strcmp(entry->d_name, "lock") == 0 : is_known(work, entry->d_name);
    if (stays || entry->d_type == DT_DIR)
      continue;
    path_of(work, entry->d_name, path);
    unlink(path);
  }
  if (folder)
    closedir(folder);
}

/* The text in a small file, the caller's; NULL when there is none. What is there and cannot be read is an error: it
   must not pass for another job's. */
static int read_file(const char *path, char **ret_text, struct df_error *err)
{
  char *text = NULL;
  size_t size = 0;
  FILE *stream = fopen(path, "re");
  int reason = stream ? 0 : errno;
  errno = 0;
  if (stream && getdelim(&text, &size, '\0', stream) < 0) {
    reason = errno;
    free(text);
    text = NULL;
  }
  if (stream)
    fclose(stream);
  *ret_text = text;
  if (reason == 0 || reason == ENOENT)
    return 0;
  return df_fail(err, df_read_error_code(reason), "cannot read %s: %s", path, strerror(reason));
}

static int read_text(
    const struct df_work *work, const char *name, char **ret_text, struct df_error *err)
{
  char path[DF_PATH_BYTES];
  path_of(work, name, path);
  return read_file(path, ret_text, err);
}

static int write_text(
    const struct df_work *work, const char *name, const char *text, struct df_error *err)
{
  struct df_whole_file file;
  char path[DF_PATH_BYTES];
  path_of(work, name, path);
  int result = df_whole_file_begin(&file, path, true, err);
  if (result < 0)
    return result;
  FILE *stream = fopen(file.temporary, "we");
  bool written = stream && fputs(text, stream) >= 0;
  written = stream && fclose(stream) == 0 && written;
  result = written ? df_whole_file_commit(&file, err) : failed(work, err);
  df_whole_file_abandon(&file);
  return result;
}

/* Writes the key of the first line that differs. */
static void find_difference(const char *before, const char *now, char ret_key[KEY_MAX])
{
  while (*before && *now) {
    size_t length = strcspn(now, "\n");
    if (strcspn(before, "\n") != length || strncmp(before, now, length) != 0)
      break;
    before += length + (before[length] != '\0');
    now += length + (now[length] != '\0');
  }
  const char *line = *now ? now : before;
  snprintf(ret_key, KEY_MAX, "%.*s", (int)strcspn(line, " \n"), line);
}

/* Hidden files of the kind that is made beside a final name, as the run that was killed noted them. */
static int drop_unfinished(const struct df_work *work, struct df_error *err)
{
  int result = 0;
  for (int i = 0; i < DF_UNFINISHED && result == 0; i++) {
    char *path = NULL;
    result = read_text(work, unfinished[i], &path, err);
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (slash && slash[1] == '.' && strstr(slash, ".part"))
      unlink(path);
    free(path);
  }
  return result;
}

static void forget_unfinished(const struct df_work *work)
{
  char path[DF_PATH_BYTES];
  for (int i = 0; i < DF_UNFINISHED; i++) {
    path_of(work, unfinished[i], path);
    unlink(path);
  }
}

/* Only one run may use the folder; the system lets go of the lock however a run ends. */
static int take_lock(struct df_work *work, struct df_error *err)
{
  char path[DF_PATH_BYTES];
  path_of(work, "lock", path);
  work->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (work->lock < 0)
    return failed(work, err);
  if (flock(work->lock, LOCK_EX | LOCK_NB) == 0)
    return 0;
  int reason = errno;
  close(work->lock);
  work->lock = -1;
  errno = reason;
  if (reason != EWOULDBLOCK)
    return failed(work, err);
  return df_fail(err, DF_EOUTPUT,
      "another run is making this very output, and keeps what is done in %s; wait until it ends",
      work->folder);
}

/* Begins the job, or finds that it has begun. */
static int match_job(
    struct df_work *work, const char *job, struct df_log *log, struct df_error *err)
{
  char *before = NULL, key[KEY_MAX];
  int result = drop_unfinished(work, err);
  if (result == 0)
    result = read_text(work, "job", &before, err);
  if (result < 0)
    return result;
  forget_unfinished(work);
  bool same = before && strcmp(before, job) == 0;
  if (before && !same) {
    find_difference(before, job, key);
    df_log_say(log, DF_LOG_NOTE,
        "begun anew: \"%s\" is not as it was in the run that was broken off", key);
  }
  free(before);
  if (same)
    return 0;
  sweep(work, true);
  return write_text(work, "job", job, err);
}

static int open_all(struct df_work *work, const char *job, struct df_log *log, struct df_error *err)
{
  char path[DF_PATH_BYTES];
  if (!df_path_make_folder(work->folder))
    return failed(work, err);
  int result = take_lock(work, err);
  if (result == 0)
    result = match_job(work, job, log, err);
  if (result < 0)
    return result;
  path_of(work, "journal", path);
  return df_journal_open(path, &work->journal, err);
}

int df_work_open(const char *folder, const char *job, struct df_log *log, struct df_work **ret_work,
    struct df_error *err)
{
  struct df_work *work = calloc(1, sizeof *work);
  if (!work)
    return df_fail(err, DF_ENOMEM, "out of memory");
  work->lock = -1;
  int length = snprintf(work->folder, sizeof work->folder, "%s", folder);
  int result = length < (int)sizeof work->folder
                   ? open_all(work, job, log, err)
                   : df_fail(err, DF_EOUTPUT, "%.80s...: the path is too long", folder);
  if (result < 0) {
    df_work_close(&work);
    return result;
  }
  *ret_work = work;
  return 0;
}

void df_work_close(struct df_work **work_ptr)
{
  struct df_work *work = *work_ptr;
  if (!work)
    return;
  df_journal_close(&work->journal);
  if (work->lock >= 0) {
    forget_unfinished(work);
    close(work->lock);
  }
  free(work);
  *work_ptr = NULL;
}

void df_work_remove(struct df_work **work_ptr)
{
  if (*work_ptr)
    df_work_discard((*work_ptr)->folder);
  df_work_close(work_ptr);
}

void df_work_delete(const char *path)
{
  char file[DF_PATH_BYTES];
  DIR *folder = opendir(path);
  for (struct dirent *entry; folder && (entry = readdir(folder));)
    if (snprintf(file, sizeof file, "%s/%s", path, entry->d_name) < (int)sizeof file)
      unlink(file); /* what is a folder stays, and "." is one */
  if (folder)
    closedir(folder);
  rmdir(path);
}

void df_work_discard(const char *folder)
{
  char discarded[DF_PATH_BYTES];
  snprintf(discarded, sizeof discarded, "%s" DF_WORK_DISCARDED, folder);
  df_work_delete(discarded); /* as one that was killed here left it */
  df_work_delete(rename(folder, discarded) == 0 ? discarded : folder);
}

int df_work_empty(struct df_work *work, struct df_error *err)
{
  char path[DF_PATH_BYTES];
  int result = df_journal_cut(work->journal, 0, err);
  df_work_log_path(work, path);
  unlink(path);
  sweep(work, false);
  return result;
}

int df_work_cut(struct df_work *work, size_t count, struct df_error *err)
{
  if (count == df_journal_total(work->journal))
    return 0;
  int result = df_journal_cut(work->journal, count, err);
  sweep(work, false);
  return result;
}

int df_work_verify(struct df_work *work, const struct AVCodecContext *video, struct df_log *log,
    struct df_error *err)
{
  struct df_error why = {0};
  char path[DF_PATH_BYTES];
  size_t good = 0, count = df_journal_total(work->journal);
  int result = 0;
  for (; good < count && result == 0; good += result == 0) {
    df_work_segment_path(work, df_journal_at(work->journal, good)->index, path);
    result = df_packet_file_check(path, video, &why);
  }
  if (result == DF_ENOMEM)
    return df_fail(err, result, "out of memory");
  if (good < count) {
    df_log_say(log, DF_LOG_WARNING, "what was done is used up to segment %zu of %zu: %s", good,
        count, why.text);
    result = df_journal_cut(work->journal, good, err);
  }
  sweep(work, false);
  return result;
}

const struct df_journal *df_work_journal(const struct df_work *work)
{
  return work->journal;
}

int df_work_commit(struct df_work *work, const struct df_segment *segment, struct df_error *err)
{
  return df_journal_append(work->journal, segment, err);
}

int df_work_note_naming(struct df_work *work, enum df_unfinished which, const char *temporary,
    const char *path, struct df_error *err)
{
  struct stat info;
  char text[DF_PATH_BYTES + 64];
  if (stat(temporary, &info) < 0)
    return df_fail(err, df_read_error_code(errno), "%s: %s", temporary, strerror(errno));
  snprintf(text, sizeof text, "%ju %ju %s", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino, path);
  return write_text(work, named[which], text, err);
}

void df_work_forget_naming(struct df_work *work, enum df_unfinished which)
{
  char path[DF_PATH_BYTES];
  path_of(work, named[which], path);
  unlink(path);
}

bool df_work_has_named(const char *folder, enum df_unfinished which, const char *path)
{
  char file[DF_PATH_BYTES], *text = NULL;
  struct stat info;
  uintmax_t device = 0, inode = 0;
  int at = 0;
  bool fits = snprintf(file, sizeof file, "%s/%s", folder, named[which]) < (int)sizeof file;
  bool noted = fits && read_file(file, &text, NULL) == 0 && text &&
               sscanf(text, "%ju %ju %n", &device, &inode, &at) == 2;
  bool found = noted && (!path || strcmp(path, text + at) == 0) && stat(text + at, &info) == 0 &&
               info.st_dev == device && info.st_ino == inode;
  free(text);
  return found;
}

int df_work_note_unfinished(
    struct df_work *work, enum df_unfinished which, const char *path, struct df_error *err)
{
  return write_text(work, unfinished[which], path, err);
}
