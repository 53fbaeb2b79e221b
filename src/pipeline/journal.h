/*
 * Which segments of a video are done: a file that is only appended to, each entry durable before the call
 * returns (docs/segments.md). What a crash tears off its end is cut away when it is opened.
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

struct df_journal;

/**
 * Opens the journal at `path`, empty when there is none. Entries count as far as each follows from the one
 * before; the rest is cut away. DF_EOUTPUT, DF_ENOSPACE.
 */
int df_journal_open(const char *path, struct df_journal **ret_journal, struct df_error *err);
/** Accepts NULL, sets *journal to NULL. */
void df_journal_close(struct df_journal **journal);

size_t df_journal_count(const struct df_journal *journal);
/** Borrowed until the journal changes. */
const struct df_segment *df_journal_at(const struct df_journal *journal, size_t i);

/** Adds an entry, which must follow from the last one, and makes it durable. */
int df_journal_append(
    struct df_journal *journal, const struct df_segment *segment, struct df_error *err);

/** Forgets all entries but the first `count`. */
int df_journal_cut(struct df_journal *journal, size_t count, struct df_error *err);

#endif
