/*
 * Measures the pipeline: several videos at once on one device, first decoded only, which is the limit, then with
 * everything on. Both in one run by the same code, so that their ratio says what everything else costs.
 */
#ifndef DF_PIPELINE_BENCH_H
#define DF_PIPELINE_BENCH_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/error.h"
#include "base/log.h"
#include "pipeline/pipeline.h"

enum { DF_BENCH_STREAMS_MAX = 32 };

struct df_bench_options {
  const struct df_task *task; /* what to do with each; input, output and engine are not looked at */
  const char *const *inputs;  /* taken in turn by the streams */
  size_t input_count;
  int streams;    /* 1..DF_BENCH_STREAMS_MAX */
  double seconds; /* of each pass; 0: to the end of the inputs */
  double rate;    /* pictures a second that each stream is fed; 0: as many as it takes */
  bool loop;      /* inputs begin again when they end */
};

/** One pass over all streams. */
struct df_bench_pass {
  int64_t frames;
  double seconds; /* from the first decoded picture of any stream to the last that was done */
  double latency_median, latency_95; /* seconds from the decoder to the encoder */
  double processor_seconds;          /* of all threads of the process in that time */
  struct df_gpu_use gpu;
  long long device_memory; /* bytes in use on the whole GPU at most; 0 without one */
};

struct df_bench_result {
  struct df_bench_pass decode, whole;
  struct df_result first;             /* of the first stream, everything on */
  char md5[DF_BENCH_STREAMS_MAX][33]; /* of each stream, when the task asks for it */
};

/**
 * Runs both passes; `stop` ends them (DF_ESTOPPED). Returns 0 or the first error of any stream, whose sentence
 * begins with the number of the stream where there are several.
 */
int df_bench_run(const struct df_bench_options *options, struct df_log *log, atomic_bool *stop,
    struct df_bench_result *ret_result, struct df_error *err);

#endif
