/*
 * Which files of a watched folder are complete: those that have not changed for a while, since who copies a file there
 * does not say when it is done. Knows what was seen before; looks at no file itself. Not thread-safe.
 */
#ifndef DF_JOBS_ARRIVALS_H
#define DF_JOBS_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct df_arrivals;

/** A file is complete once it has been the same for `settle` seconds (>= 0). NULL when memory runs out. */
struct df_arrivals *df_arrivals_create(double settle);
/** Accepts NULL, sets *arrivals to NULL. */
void df_arrivals_destroy(struct df_arrivals **arrivals);

/** A look at the whole folder begins at `now` (seconds of a steady clock). */
void df_arrivals_begin(struct df_arrivals *arrivals, double now);
/**
 * A file is there, with this size and time of change. 1 when it is complete now, once for each content; 0 when it was
 * told before or is not complete yet, DF_ENOMEM.
 */
int df_arrivals_see(struct df_arrivals *arrivals, const char *path, int64_t size, int64_t mtime_ns);
/** The look has ended: what was not seen in it is forgotten, and is new should it come again. */
void df_arrivals_end(struct df_arrivals *arrivals);

/** How many files are there that are not complete yet. */
size_t df_arrivals_pending(const struct df_arrivals *arrivals);

#endif
