/*
 * Which segments of a video are done: a file that is appended to, each entry durable before the call returns
 * (docs/segments.md). What a crash tears off its end is cut away when it is opened. Segments that are made side by
 * side are done in any order: then there are gaps until those before are done too.
 */
#ifndef DF_PIPELINE_JOURNAL_H
#define DF_PIPELINE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** Pictures before a segment that its encoder must know the times of. */
enum { DF_SEGMENT_TAIL = 2 };

/** A segment that is done. A plain value, written as it is. */
struct df_segment {
  int64_t index;                 /* it begins at or after index times the length of a segment */
  int64_t first, count;          /* its pictures, by number */
  int64_t tail[DF_SEGMENT_TAIL]; /* times of the video's last pictures so far, the newest last */
  int64_t tail_count;
  int64_t bytes; /* of its file */
  int64_t last;  /* 1: the video ends here */
};

/** Counts one more picture, of this time, as its last. */
void df_segment_note(struct df_segment *segment, int64_t pts);

struct df_journal;

/**
 * Opens the journal at `path`, empty when there is none. Entries count up to the first that cannot be of the same
 * video as those before it; the rest is cut away. DF_EOUTPUT, DF_ENOSPACE.
 */
int df_journal_open(const char *path, struct df_journal **ret_journal, struct df_error *err);
/** Accepts NULL, sets *journal to NULL. */
void df_journal_close(struct df_journal **journal);

/** Entries from the beginning of the video on, without a gap. */
size_t df_journal_count(const struct df_journal *journal);
/** All entries, also those behind a gap. */
size_t df_journal_total(const struct df_journal *journal);
/** The i-th of all in order of time; borrowed until the journal changes. */
const struct df_segment *df_journal_at(const struct df_journal *journal, size_t i);
/** The entry of this index, borrowed likewise; NULL when that segment is not done. */
const struct df_segment *df_journal_find(const struct df_journal *journal, int64_t index);

/** Adds an entry, which must lie in a gap or behind all others, and makes it durable. */
int df_journal_append(
    struct df_journal *journal, const struct df_segment *segment, struct df_error *err);

/** Forgets all entries but the first `count` in order of time. */
int df_journal_cut(struct df_journal *journal, size_t count, struct df_error *err);

#endif
