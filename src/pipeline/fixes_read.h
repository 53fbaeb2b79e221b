/* The corrections of a task: read from where they stand, and checked against the video. */
#ifndef DF_PIPELINE_FIXES_READ_H
#define DF_PIPELINE_FIXES_READ_H

#include "pipeline/stages.h"

/**
 * Reads the task's corrections into p->fixes. DF_EUSAGE for a rule that is wrong, DF_EINPUT for a file that cannot be
 * read or has such a rule (file, line and column), for one that begins after the end of the video, and in `render` for
 * one that is no exchange.
 */
int df_fixes_open(struct df_pipeline *p, struct df_error *err);

/** After the last frame: warns of rules about people who were not found, and says who was. */
void df_fixes_check_people(const struct df_pipeline *p);

#endif
