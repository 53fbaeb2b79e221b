/* What makes a task the same task: all that its output depends on, as text. */
#ifndef DF_PIPELINE_TASK_TEXT_H
#define DF_PIPELINE_TASK_TEXT_H

#include "pipeline/stages.h"

/**
 * Describes the task of an open pipeline: a line for each thing, a key, a space and a value. The same text means
 * the same output, to the bit; a file is known by its path, size, time and the SHA-256 of its first and last MiB.
 * The caller frees it. NULL when memory runs out.
 */
char *df_task_describe(const struct df_pipeline *p);

#endif
