/*
 * What becomes of work on one picture that failed: that it could not be searched for faces, that a face could not be
 * embedded, or that it could not be drawn is no reason to stop. Something stands in for what is missing; it is said
 * once, and counted. What fails for good ends the run.
 */
#ifndef DF_PIPELINE_MISSES_H
#define DF_PIPELINE_MISSES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"

enum { DF_MISSES_IN_A_ROW = 100 /* are for good */ };

/** Set the first two, such as "a picture could not be searched for faces" and "shows nobody"; zero the rest. */
struct df_misses {
  const char *what, *instead;
  int64_t count;
  int in_row;
  bool any_good; /* one that did not fail */
  struct df_error last;
};

/**
 * Takes what an attempt came to: `result`, with its sentence in `cause`. 0 when it was good; 1 when it failed and the
 * run goes on; else the error in `err`: one of those in a row that are for good, or one that is not about the picture
 * itself (whatever is not DF_ELIBRARY).
 */
int df_misses_take(struct df_misses *misses, int result, const struct df_error *cause,
    struct df_log *log, struct df_error *err);

/** After the last attempt: the error if not one was good. */
int df_misses_finish(const struct df_misses *misses, struct df_error *err);

#endif
