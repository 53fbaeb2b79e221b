/*
 * From counters to what a person wants to know: how far, how fast, how long still. Pure: the caller says
 * what time it is.
 */
#ifndef DF_CLI_PROGRESS_H
#define DF_CLI_PROGRESS_H

#include <stddef.h>

/** Where a task stands at one moment. */
struct df_standing {
  double now;                         /* seconds, df_clock_now() */
  long long frames, frames_total;     /* total 0: unknown */
  long long media_us, media_total_us; /* total 0: unknown */
};

enum { DF_METER_SAMPLES = 25 };

/** Remembers the last standings, for speeds that are of now and not of the whole time. */
struct df_meter {
  struct df_standing first;
  struct df_standing samples[DF_METER_SAMPLES]; /* a ring */
  size_t count, next;
};

/** What is shown. Negative numbers are not known. */
struct df_reading {
  long long frames, frames_total;
  double share;   /* done, 0..1 */
  double fps;     /* frames a second, lately */
  double speed;   /* media seconds a second, lately */
  double elapsed; /* seconds */
  double eta;     /* seconds still to go */
};

/** Begins at `first`. */
void df_meter_init(struct df_meter *meter, const struct df_standing *first);

/** Adds a standing, later than all before, and says how things are. Lately is the last 25 readings. */
struct df_reading df_meter_read(struct df_meter *meter, const struct df_standing *standing);

/** Writes a reading as the one line that a terminal shows; returns `text`. */
const char *df_reading_line(const struct df_reading *reading, char *text, size_t size);

/** Writes seconds as "8:05" or "1:02:03"; returns `text`. */
const char *df_duration_text(double seconds, char *text, size_t size);

#endif
