/*
 * Work folders (work.h) that no run will go on with. They take as much room as the videos in them would, and nobody
 * else deletes them.
 */
#ifndef DF_PIPELINE_WORK_SWEEP_H
#define DF_PIPELINE_WORK_SWEEP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** What came of it. */
struct df_work_sweep {
  size_t swept, kept; /* folders */
  int64_t bytes;      /* in those that were swept */
};

/**
 * Deletes, of the work folders in `folder`, those whose input is gone from its folder or is another file by now (its
 * size or its time differ), those in which nothing was done for `days`, and what is left of those that were being deleted. Never one
 * that a run is using; files and folders of other names are not touched. A `folder` that is not there has none.
 * DF_EOUTPUT when it cannot be read.
 */
int df_work_sweep(
    const char *folder, double days, struct df_work_sweep *ret_sweep, struct df_error *err);

#endif
