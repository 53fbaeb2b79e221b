/*
 * What becomes of a look that failed: one picture that could not be searched for faces, or one face that could not be
 * embedded, is no reason to stop. It counts as having shown nothing, which the camera bridges as it does a face that
 * is missed; it is said once, and counted. What fails for good ends the run.
 */
#ifndef DF_PIPELINE_MISSES_H
#define DF_PIPELINE_MISSES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"

enum { DF_MISSES_IN_A_ROW = 100 /* are for good */ };

/** Set `what` ("a picture could not be searched for faces"), zero the rest. */
struct df_misses {
  const char *what;
  int64_t count;
  int in_row;
  bool any_good; /* a look that did not fail */
  struct df_error last;
};

/**
 * Takes what a look came to: `result`, with its sentence in `cause`. 0 when it was good; 1 when it failed and the run
 * goes on; else the error in `err`: one of those in a row that are for good, or one that is not about the look itself
 * (whatever is not DF_ELIBRARY).
 */
int df_misses_take(struct df_misses *misses, int result, const struct df_error *cause,
    struct df_log *log, struct df_error *err);

/** After the last look: the error if not one of them was good. */
int df_misses_finish(const struct df_misses *misses, struct df_error *err);

#endif
