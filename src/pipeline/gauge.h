/*
 * What a task cost the GPU: the GPU's counters from the task's beginning to its end. They are the GPU's, not
 * the task's: where several tasks share it each sees what all of them did.
 */
#ifndef DF_PIPELINE_GAUGE_H
#define DF_PIPELINE_GAUGE_H

#include <stdbool.h>
#include <stdint.h>

#include "gpu/gpu.h"
#include "pipeline/pipeline.h"

/** Zero-initialise; one thread at a time. */
struct df_gauge {
  struct df_gpu *gpu; /* NULL: there is none, and every function here does nothing */
  long long bytes_up, bytes_down, host_waits; /* when it began */
  long long allocations;                      /* after warm-up */
  double first_time;                          /* df_clock_now() of the first picture; 0 before */
  bool warm;
};

/** Begins; borrows `gpu`. */
void df_gauge_begin(struct df_gauge *gauge, struct df_gpu *gpu);
/** Another picture is done. After the first second of these everything is thought to be warmed up. */
void df_gauge_picture(struct df_gauge *gauge);
/** Writes what it came to. */
void df_gauge_read(const struct df_gauge *gauge, struct df_gpu_use *ret_use);

#endif
