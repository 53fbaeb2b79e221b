#include "pipeline/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/whole_file.h"
#include "media/record.h"

enum { ROOM_MIN = 16, RECORD_BYTES = sizeof(struct df_record_head) + sizeof(struct df_segment) };

struct df_journal {
  char path[DF_PATH_BYTES];
  FILE *stream;
  struct df_segment *items;
  size_t count, capacity;
};

static int failed(const struct df_journal *journal, struct df_error *err)
{
  return df_fail(
      err, df_write_error_code(errno), "cannot write %s: %s", journal->path, strerror(errno));
}

static bool follows(const struct df_journal *journal, const struct df_segment *segment)
{
  const struct df_segment *before = journal->count > 0 ? &journal->items[journal->count - 1] : NULL;
  bool shaped = segment->count > 0 && segment->tail_count > 0 &&
                segment->tail_count <= DF_SEGMENT_TAIL && segment->bytes >= 0;
  if (!before)
    return shaped && segment->first == 0;
  return shaped && !before->last && segment->first == before->first + before->count &&
         segment->index > before->index;
}

static int keep(struct df_journal *journal, const struct df_segment *segment, struct df_error *err)
{
  if (journal->count == journal->capacity) {
    size_t capacity = journal->capacity * 2 + ROOM_MIN;
    struct df_segment *items = realloc(journal->items, capacity * sizeof *items);
    if (!items)
      return df_fail(err, DF_ENOMEM, "out of memory");
    journal->items = items;
    journal->capacity = capacity;
  }
  journal->items[journal->count++] = *segment;
  return 0;
}

static int read_all(struct df_journal *journal, struct df_error *err)
{
  struct df_segment segment;
  size_t size = 0;
  int result = 0;
  while (result == 0 && df_record_read(journal->stream, &segment, sizeof segment, &size) == 1 &&
         size == sizeof segment && follows(journal, &segment))
    result = keep(journal, &segment, err);
  return result < 0 ? result : df_journal_cut(journal, journal->count, err);
}

int df_journal_open(const char *path, struct df_journal **ret_journal, struct df_error *err)
{
  struct df_journal *journal = calloc(1, sizeof *journal);
  if (!journal)
    return df_fail(err, DF_ENOMEM, "out of memory");
  snprintf(journal->path, sizeof journal->path, "%s", path);
  journal->stream = fopen(path, "a+e");
  int result = journal->stream ? read_all(journal, err) : failed(journal, err);
  if (result < 0) {
    df_journal_close(&journal);
    return result;
  }
  *ret_journal = journal;
  return 0;
}

void df_journal_close(struct df_journal **journal_ptr)
{
  struct df_journal *journal = *journal_ptr;
  if (!journal)
    return;
  if (journal->stream)
    fclose(journal->stream);
  free(journal->items);
  free(journal);
  *journal_ptr = NULL;
}

size_t df_journal_count(const struct df_journal *journal)
{
  return journal->count;
}

const struct df_segment *df_journal_at(const struct df_journal *journal, size_t i)
{
  assert(i < journal->count);
  return &journal->items[i];
}

static bool make_durable(const struct df_journal *journal)
{
  return fflush(journal->stream) == 0 && fsync(fileno(journal->stream)) == 0;
}

int df_journal_append(
    struct df_journal *journal, const struct df_segment *segment, struct df_error *err)
{
  assert(follows(journal, segment));
  int result = df_fault_check(DF_FAULT_AT_JOURNAL_WRITE, NULL, DF_EOUTPUT, err);
  if (result < 0)
    return result;
  if (!df_record_write(journal->stream, segment, sizeof *segment) || !make_durable(journal))
    return failed(journal, err);
  return keep(journal, segment, err);
}

int df_journal_cut(struct df_journal *journal, size_t count, struct df_error *err)
{
  assert(count <= journal->count);
  journal->count = count;
  if (ftruncate(fileno(journal->stream), (off_t)(count * RECORD_BYTES)) < 0 ||
      fseek(journal->stream, 0, SEEK_END) < 0 || !make_durable(journal))
    return failed(journal, err);
  return 0;
}
