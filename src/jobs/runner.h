/*
 * Does many jobs, several at a time: every stream is a thread that takes one job after the other from a source
 * and runs the pipeline on it. Streams fail alone: what ends one job is told of that job and stops no other.
 *
 * When the memory does not suffice for so many at once, the job that failed of it is done again with one stream
 * less beside it; once jobs end well again, the streams come back one by one.
 */
#ifndef DF_JOBS_RUNNER_H
#define DF_JOBS_RUNNER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "pipeline/pipeline.h"

enum { DF_RUNNER_STREAMS_MAX = 32, DF_RUNNER_GPUS_MAX = 16 };

/** One piece of work. What the task's strings point to is the source's, and stays until the job's end is told. */
struct df_runner_job {
  int64_t id;
  struct df_task task; /* `engine` and `runtime` are set by the runner */
  bool again;          /* it was begun before, by a process that died */
  void *of_source;     /* whatever the source wants to know of it */
};

/** How a job ended; all borrowed for the time of the call. */
struct df_runner_end {
  int code;                       /* 0, or the error's */
  const struct df_error *err;     /* when code < 0 */
  const struct df_result *result; /* when code is 0 */
  double media_seconds;           /* how much of the video was done */
  struct df_log *log;             /* what was said meanwhile */
};

enum df_runner_take { DF_RUNNER_NONE, DF_RUNNER_TAKEN, DF_RUNNER_LATER };

/** Where jobs come from. Called by several threads, one call at a time. */
struct df_runner_source {
  void *context;
  /** An enum df_runner_take: LATER when there may be one in a while; or an error, which ends the runner. */
  int (*take)(void *context, struct df_runner_job *ret_job, struct df_error *err);
  /** About once a second while a job runs; other than 0 stops the job. NULL: not wanted. */
  int (*beat)(void *context, const struct df_runner_job *job, long long frames, long long total);
  /** Once for each job taken. */
  void (*ended)(void *context, const struct df_runner_job *job, const struct df_runner_end *end);
};

/** What does a job: df_pipeline_run, or what stands for it in a test. */
typedef int df_runner_work(const struct df_task *task, struct df_log *log,
    struct df_progress *progress, struct df_result *ret_result, struct df_error *err);

struct df_runner_options {
  struct df_runner_source source;
  int streams;                      /* 1 .. DF_RUNNER_STREAMS_MAX */
  struct df_engine *const *engines; /* the GPUs to spread the streams over; borrowed */
  size_t engine_count;              /* 0: the CPU */
  struct df_runtime *runtime;       /* ONNX Runtime for all streams; borrowed; NULL: each its own */
  struct df_log *
      log; /* of all jobs; says what holds for all, and publishes what becomes of each; may be NULL */
  df_log_fn *say; /* what is said of a job, behind its input's name; one call at a time */
  void *say_context;
  df_runner_work *work; /* NULL: df_pipeline_run */
};

struct df_runner;

/** Begins. Everything borrowed must live until df_runner_finish. DF_ENOMEM. */
int df_runner_start(
    const struct df_runner_options *options, struct df_runner **ret_runner, struct df_error *err);

/** Takes no more jobs and stops those that run: they end with DF_ESTOPPED. May be called in a signal's wake. */
void df_runner_stop(struct df_runner *runner);

/** Waits at most `seconds`; true once all streams have ended. */
bool df_runner_wait(struct df_runner *runner, double seconds);

/** Where it stands. */
struct df_runner_view {
  int running, allowed;   /* streams at work, and how many may be */
  long long done, failed; /* jobs */
  long long frames;       /* of all jobs, ended or not */
  long long media_us;     /* of all jobs, ended or not */
};
/** Thread-safe. */
void df_runner_look(struct df_runner *runner, struct df_runner_view *ret_view);

/** Waits for the end. Returns the source's error if there was one, else 0. Sets *runner to NULL. */
int df_runner_finish(struct df_runner **runner, struct df_error *err);

#endif
