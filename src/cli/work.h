/* Where a task keeps what is done of it, so that a later run takes it up. */
#ifndef DF_CLI_WORK_H
#define DF_CLI_WORK_H

#include "base/log.h"
#include "base/whole_file.h"
#include "pipeline/pipeline.h"

/**
 * Sets task->work to a folder for this output alone (written to `folder`, which must live as long) below `state`,
 * else $DUALFACE_STATE, else the folder for such things that the XDG rules name; makes nothing. Where there is no
 * place that can be written and none was asked for, the task goes without, and `log` hears of it.
 */
void df_cli_work_begin(
    struct df_task *task, const char *state, char folder[DF_PATH_BYTES], struct df_log *log);

/** After the task: leaves no empty folder behind. */
void df_cli_work_end(const struct df_task *task);

#endif
