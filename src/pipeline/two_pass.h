/*
 * A task in two passes: first the whole video is seen, into an observation log; then all is decided from that log, with
 * every moment of the video known; and then, in a `run`, it is drawn, as `render` does, from what was decided.
 *
 * With a work folder the log stays there until all is done, so that a later run goes on with the first pass where it was
 * broken off, or need not see the video again.
 */
#ifndef DF_PIPELINE_TWO_PASS_H
#define DF_PIPELINE_TWO_PASS_H

#include "pipeline/pipeline.h"

/** As df_pipeline_run, for a task that is wanted in two passes. */
int df_two_pass_run(const struct df_task *task, struct df_log *log, struct df_progress *progress,
    struct df_result *ret_result, struct df_error *err);

#endif
