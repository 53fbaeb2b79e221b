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
  struct df_segment *items; /* in order of time */
  size_t total, capacity;
  size_t count;  /* of them, from the beginning without a gap */
  bool in_order; /* they lie in the file as in `items` */
};

void df_segment_note(struct df_segment *segment, int64_t pts)
{
  if (segment->tail_count == DF_SEGMENT_TAIL)
    memmove(segment->tail, segment->tail + 1, (DF_SEGMENT_TAIL - 1) * sizeof segment->tail[0]);
  else
    segment->tail_count++;
  segment->tail[segment->tail_count - 1] = pts;
  segment->count++;
}

static int failed(const struct df_journal *journal, struct df_error *err)
{
  return df_fail(
      err, df_write_error_code(errno), "cannot write %s: %s", journal->path, strerror(errno));
}

static bool is_shaped(const struct df_segment *segment)
{
  return segment->count > 0 && segment->tail_count > 0 && segment->tail_count <= DF_SEGMENT_TAIL &&
         segment->bytes >= 0 && segment->first >= 0 && segment->first <= INT64_MAX - segment->count;
}

static bool is_before(const struct df_segment *a, const struct df_segment *b)
{
  return a->index < b->index && !a->last && a->first + a->count <= b->first;
}

/* Where a segment of this index is or would be. */
static size_t place_of(const struct df_journal *journal, int64_t index)
{
  size_t low = 0, high = journal->total;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (journal->items[middle].index < index)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Whether a segment may be one of the same video as those that are there. */
static bool fits(const struct df_journal *journal, const struct df_segment *segment)
{
  size_t at = place_of(journal, segment->index);
  return is_shaped(segment) && (at == 0 || is_before(&journal->items[at - 1], segment)) &&
         (at == journal->total || is_before(segment, &journal->items[at]));
}

/* Counts on to the next gap. */
static void count_on(struct df_journal *journal)
{
  const struct df_segment *items = journal->items;
  for (size_t i = journal->count; i < journal->total; i = ++journal->count) {
    int64_t next = i > 0 ? items[i - 1].first + items[i - 1].count : 0;
    if (items[i].first != next)
      return;
  }
}

static int keep(struct df_journal *journal, const struct df_segment *segment, struct df_error *err)
{
  size_t at = place_of(journal, segment->index);
  if (journal->total == journal->capacity) {
    size_t capacity = journal->capacity * 2 + ROOM_MIN;
    struct df_segment *items = realloc(journal->items, capacity * sizeof *items);
    if (!items)
      return df_fail(err, DF_ENOMEM, "out of memory");
    journal->items = items;
    journal->capacity = capacity;
  }
  memmove(&journal->items[at + 1], &journal->items[at],
      (journal->total - at) * sizeof journal->items[0]);
  journal->items[at] = *segment;
  journal->in_order &= at == journal->total++;
  count_on(journal);
  return 0;
}

static int read_all(struct df_journal *journal, struct df_error *err)
{
  struct df_segment segment;
  size_t size = 0;
  int result = 0;
  while (result == 0 && df_record_read(journal->stream, &segment, sizeof segment, &size) == 1 &&
         size == sizeof segment && fits(journal, &segment))
    result = keep(journal, &segment, err);
  return result < 0 ? result : df_journal_cut(journal, journal->total, err);
}

int df_journal_open(const char *path, struct df_journal **ret_journal, struct df_error *err)
{
  struct df_journal *journal = calloc(1, sizeof *journal);
  if (!journal)
    return df_fail(err, DF_ENOMEM, "out of memory");
  snprintf(journal->path, sizeof journal->path, "%s", path);
  journal->in_order = true;
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

size_t df_journal_total(const struct df_journal *journal)
{
  return journal->total;
}

const struct df_segment *df_journal_at(const struct df_journal *journal, size_t i)
{
  assert(i < journal->total);
  return &journal->items[i];
}

const struct df_segment *df_journal_find(const struct df_journal *journal, int64_t index)
{
  size_t at = place_of(journal, index);
  bool found = at < journal->total && journal->items[at].index == index;
  return found ? &journal->items[at] : NULL;
}

static bool make_durable(const struct df_journal *journal)
{
  return fflush(journal->stream) == 0 && fsync(fileno(journal->stream)) == 0;
}

int df_journal_append(
    struct df_journal *journal, const struct df_segment *segment, struct df_error *err)
{
  assert(fits(journal, segment));
  int result = df_fault_check(DF_FAULT_AT_JOURNAL_WRITE, NULL, DF_EOUTPUT, err);
  if (result < 0)
    return result;
  if (!df_record_write(journal->stream, segment, sizeof *segment) || !make_durable(journal))
    return failed(journal, err);
  return keep(journal, segment, err);
}

/* Writes the entries in order of time to a file that takes the journal's place when it is whole. */
static int write_anew(struct df_journal *journal, struct df_error *err)
{
  struct df_whole_file file;
  int result = df_whole_file_begin(&file, journal->path, true, err);
  if (result < 0)
    return result;
  FILE *stream = fopen(file.temporary, "a+e");
  bool written = stream;
  for (size_t i = 0; i < journal->total && written; i++)
    written = df_record_write(stream, &journal->items[i], sizeof journal->items[i]);
  written = written && fflush(stream) == 0;
  result = written ? df_whole_file_commit(&file, err) : failed(journal, err);
  df_whole_file_abandon(&file);
  if (result < 0) {
    if (stream)
      fclose(stream);
    return result;
  }
  fclose(journal->stream);
  journal->stream = stream;
  journal->in_order = true;
  return 0;
}

int df_journal_cut(struct df_journal *journal, size_t count, struct df_error *err)
{
  assert(count <= journal->total);
  bool all = count == journal->total;
  journal->total = count;
  journal->count = count < journal->count ? count : journal->count;
  if (!all && !journal->in_order)
    return write_anew(journal, err);
  if (ftruncate(fileno(journal->stream), (off_t)(count * RECORD_BYTES)) < 0 ||
      fseek(journal->stream, 0, SEEK_END) < 0 || !make_durable(journal))
    return failed(journal, err);
  return 0;
}
