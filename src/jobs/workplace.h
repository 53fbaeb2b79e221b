/* Where a task keeps what is done of it, so that a later run takes it up. */
#ifndef DF_JOBS_WORKPLACE_H
#define DF_JOBS_WORKPLACE_H

#include "base/whole_file.h"
#include "pipeline/pipeline.h"

/**
 * Sets task->work to a folder for this output alone, below the state folder (state.h; `state` is what the user
 * said), and writes it to `folder`, which must live as long. Makes nothing. A task that wants none, or whose output
 * has no name yet, is left alone. NULL; or, where the user named no place and the usual one cannot be, why not.
 */
const char *df_workplace_choose(
    struct df_task *task, const char *state, char folder[DF_PATH_BYTES]);

/** After the task: leaves no empty folder behind. */
void df_workplace_leave(const struct df_task *task);

#endif
