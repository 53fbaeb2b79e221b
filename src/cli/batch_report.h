/* What is said of many videos: a line for each that ends, and the sum at the end. Internal to cli/. */
#ifndef DF_CLI_BATCH_REPORT_H
#define DF_CLI_BATCH_REPORT_H

#include <stdio.h>

#include "cli/batch_plan.h"
#include "jobs/runner.h"

/** "talk-split.mp4: 2880 frames in 15.4 s, 187.0 fps, 7.48x real time". */
void df_batch_report_done(FILE *out, const struct df_runner_end *end);

/** The sum of a batch. */
struct df_batch_sum {
  long long done, failed, stopped; /* jobs of this run */
  const struct df_plan *plan;
  struct df_events *events;
  long long frames;
  double seconds; /* wall time */
};
/** "12 videos done (3 before), 1 failed, 2 skipped; 34560 frames in 80.1 s, 431.5 fps". */
void df_batch_report_sum(FILE *out, const struct df_batch_sum *sum);
/** The line {"type":"summary",...}; flushed. */
void df_batch_report_json_sum(
    FILE *out, const struct df_batch_sum *sum, const struct df_error *error);

#endif
