/* Where a task keeps what is done of it, so that a later run takes it up. */
#ifndef DF_JOBS_WORKPLACE_H
#define DF_JOBS_WORKPLACE_H

#include "base/whole_file.h"
#include "pipeline/pipeline.h"
#include "pipeline/work_sweep.h"

/**
 * Sets task->work to a folder for this output alone, below the state folder (state.h; `state` is what the user
 * said), and writes it to `folder`, which must live as long. Makes nothing. A task that wants none, or whose output
 * has no name yet, is left alone. NULL; or, where the user named no place and the usual one cannot be, why not.
 */
const char *df_workplace_choose(
    struct df_task *task, const char *state, char folder[DF_PATH_BYTES]);

/**
 * Deletes the folders of tasks that no run will go on with, below the state folder (`state` likewise): see
 * df_work_sweep, where DF_WORKPLACE_DAYS is how long one may lie. DF_EUSAGE, DF_EOUTPUT.
 */
enum { DF_WORKPLACE_DAYS = 30 };
int df_workplace_sweep(const char *state, struct df_work_sweep *ret_sweep, struct df_error *err);

/** After the task: leaves no empty folder behind. */
void df_workplace_leave(const struct df_task *task);

#endif
