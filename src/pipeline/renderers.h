/*
 * Segments made side by side (docs/segments.md): the pictures of the video are decided on once, in their order, and
 * dropped; each segment's plan (segment_plan.h) goes to one of several renderers, which decodes its pictures again,
 * composes and encodes them, each with the stages of a task of its own.
 *
 *   plan     stage_plan.c     df_frame -> df_segment_plan       queue
 *   render   stage_render.c   df_segment_plan -> a segment      the work folder; several of them, a thread each
 *     demux, decode, show (stage_show.c), compose, encode
 *
 * What comes of a plan depends on nothing but the plan, so the segments are those that one encoding thread makes.
 */
#ifndef DF_PIPELINE_RENDERERS_H
#define DF_PIPELINE_RENDERERS_H

#include <pthread.h>
#include <stdbool.h>

#include "base/error.h"
#include "pipeline/engine.h"
#include "pipeline/journal.h"
#include "pipeline/pipeline.h"
#include "pipeline/segment_plan.h"

enum { DF_RENDERERS_GPUS_MAX = 16 };

struct df_pipeline;
struct df_queue;

/** One of them. */
struct df_renderer {
  struct df_pipeline *of;
  struct df_engine *engine;    /* the GPU that it uses, borrowed; NULL: the CPU */
  struct df_progress progress; /* of its own stages; its `stop` ends them */
};

/** Part of struct df_pipeline. All zero: its segments are made one after the other. */
struct df_renderers {
  int count;
  struct df_renderer each[DF_JOBS_MAX];
  struct df_queue *plans;                          /* of struct df_segment_plan */
  struct df_engine *others[DF_RENDERERS_GPUS_MAX]; /* further GPUs */
  size_t other_count;
  pthread_mutex_t lock;   /* of what follows, the journal and the task's result */
  struct df_segment last; /* of the video, made; count 0: not yet */
};

/**
 * Decides whether segments are made side by side: where that is wanted, and the input can be entered in its middle.
 * After the device and the work folder are open.
 */
int df_renderers_open(struct df_pipeline *p, struct df_error *err);
/** Accepts what was never opened. */
void df_renderers_close(struct df_pipeline *p);

/** Ends their stages soon; any thread. */
void df_renderers_stop(struct df_pipeline *p);

/** Adds the i-th picture of a plan to what is done of the task; any thread. */
void df_renderers_progress(struct df_pipeline *p, const struct df_segment_plan *plan, size_t i);

#endif
