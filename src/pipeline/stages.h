/*
 * What the stages of one task share, and the stages themselves; for the files of this folder only. The
 * table in pipeline.h says which stage hands what to whom.
 *
 * A stage is a function that runs in its own thread from the first item to the last. It returns 0 at the
 * end, or a negative code with the sentence in `err`; DF_ECLOSED from a queue means that the next stage
 * wants no more and is no error. Its queues are closed, in both directions, by who started it.
 */
#ifndef DF_PIPELINE_STAGES_H
#define DF_PIPELINE_STAGES_H

#include <pthread.h>

#include "base/queue.h"
#include "frame/device.h"
#include "media/decoder.h"
#include "media/encoder.h"
#include "media/input.h"
#include "media/output.h"
#include "person/fixes.h"
#include "pipeline/contact_sheet.h"
#include "pipeline/decider.h"
#include "pipeline/engine.h"
#include "pipeline/found.h"
#include "pipeline/gauge.h"
#include "pipeline/models.h"
#include "pipeline/observation.h"
#include "pipeline/picture_md5.h"
#include "pipeline/pipeline.h"
#include "pipeline/probe.h"
#include "pipeline/renderers.h"
#include "pipeline/segment_plan.h"
#include "pipeline/segments.h"
#include "pipeline/sink.h"
#include "pipeline/tracks.h"
#include "vision/effort.h"

/** A picture on its way, with what is known of it so far. */
struct df_frame {
  int64_t n;
  struct df_picture *picture;         /* NULL: it is in a segment that is done */
  struct df_observation *observation; /* from detect to decide */
  bool from_log;                      /* the observation's answers are to be used */
  bool exchanged;                     /* `decided` has the halves of the tracks file exchanged */
  float difference;                   /* the observation's, from decide on */
  struct df_tracks_frame decided;     /* from decide on */
};

/** NULL when memory runs out. Takes `picture`. */
struct df_frame *df_frame_create(int64_t n, struct df_picture *picture);
/** For queues; accepts NULL. */
void df_frame_free(void *frame);

enum { DF_SINK_MAIN, DF_SINK_DEBUG, DF_SINKS };

/** Pictures of one video that the batcher has at most. Two batches: one that runs, one that fills. */
enum { DF_UNDER_WAY = 16 };

struct df_pipeline {
  const struct df_task *task;
  struct df_log *log;
  struct df_progress *progress;
  struct df_result *result; /* each field has one stage that writes it */
  double started;

  struct df_input *input;
  const struct df_video_info *video; /* the input's */
  struct df_decoder *decoder;
  struct df_device *device; /* for pictures in host memory */
  int64_t lookahead_bytes;  /* that pictures waiting for their future may take */
  struct df_models models;

  bool wants_gpu; /* it is, or was to be, on a GPU */

  /* On a GPU, else NULL. */
  struct df_engine *engine, *own_engine; /* own: opened by this task */
  struct df_device *cuda;                /* for pictures in its memory */
  struct df_batcher *batcher;
  struct df_batcher_client *client;
  struct df_picture *held[DF_UNDER_WAY]; /* that the batcher may be looking at */
  struct df_gauge gauge;

  struct df_letterbox letterboxes[DF_EFFORT_LEVELS]; /* the detector's inputs, the largest first */
  struct df_tracks_writer *tracks_writer;
  int seat_person[DF_SEATS]; /* for its header, once the last frame is decided */
  struct df_tracks_reader *tracks_reader;
  struct df_tracks_header tracks_header; /* of the reader */
  struct df_fixes fixes;                 /* corrections by hand */
  struct df_census census;               /* of the people in all decided frames */
  struct df_observation_writer *log_writer;
  struct df_observation_reader *log_reader;
  bool log_ended; /* the reader's */
  struct df_contact_sheet *contact_sheet;
  struct df_picture_md5 *md5; /* NULL: not wanted */
  struct df_sink sinks[DF_SINKS];

  struct df_segments segments;
  bool replaces;       /* what has the results' names was made by an earlier run of the task */
  enum df_trust trust; /* in what an earlier run left of the task */
  atomic_bool misfit;  /* it does not fit */

  struct df_renderers renderers; /* of its segments */

  /* In the stages of a renderer, else NULL. */
  const struct df_segment_plan *plan;
  struct df_pipeline *whole;           /* the task's own */
  struct df_picture *stills[DF_SEATS]; /* what the plan's are; NULL: not needed */

  struct df_queue *packets;                                /* of struct AVPacket */
  struct df_queue *decoded, *looking, *observed, *decided; /* of struct df_frame */
};

/**
 * Opens all that the task needs, in the order in which a user would want to hear of what is missing.
 * df_pipeline_close releases what is open, also after a failure; unfinished files go. What is kept for a later run
 * goes when the task is `done`.
 */
int df_pipeline_open(struct df_pipeline *p, struct df_error *err);
void df_pipeline_close(struct df_pipeline *p, bool done);

/** The device's part of opening and closing: what is on it must be gone when it is closed. */
int df_pipeline_open_device(struct df_pipeline *p, struct df_error *err);
void df_pipeline_close_device(struct df_pipeline *p);

/** The same of the stages of a renderer, which have the plan already: on a GPU of `engine`, NULL: on the CPU. */
int df_pipeline_open_segment(struct df_pipeline *p, struct df_engine *engine, struct df_error *err);
int df_pipeline_share_device(struct df_pipeline *p, struct df_engine *engine, struct df_error *err);
int df_pipeline_open_decoder(
    struct df_pipeline *p, struct df_decoder **ret_decoder, struct df_error *err);
/** Finds the stills that the plan needs. */
int df_pipeline_open_stills(struct df_pipeline *p, struct df_error *err);

/** How many threads there may be for the codecs of the task. */
int df_pipeline_threads(const struct df_task *task);

/** What a log of this task says of itself. */
struct df_observation_header df_pipeline_log_header(const struct df_pipeline *p);

/** Writes who did what into the result; while all is open. */
void df_pipeline_report(struct df_pipeline *p);
/** Its part of who encodes. */
void df_pipeline_report_encoder(struct df_pipeline *p);

/** Adds to the error that ended the task what to do about it, where the stage could not know. */
int df_pipeline_explain(struct df_pipeline *p, int result, struct df_error *err);

/** Whether what is to be shown is read, not decided. */
static inline bool df_pipeline_follows(const struct df_pipeline *p)
{
  return p->task->kind == DF_TASK_RENDER || p->task->pass == DF_PASS_DRAW;
}

/** The device that pictures are on. */
static inline struct df_device *df_pipeline_device(const struct df_pipeline *p)
{
  return p->cuda ? p->cuda : p->device;
}

/** A stage as a member of a crew: df_stage_run is what the member runs, this its context. */
struct df_stage_job {
  struct df_pipeline *p;
  int (*run)(struct df_pipeline *p, struct df_error *err);
};
int df_stage_run(void *job, struct df_error *err);

/** Wakes what waits outside of the queues, for df_crew_run; `pipeline` is a struct df_pipeline. */
void df_stages_cancel(void *pipeline);

int df_stage_demux(struct df_pipeline *p, struct df_error *err);
int df_stage_decode(struct df_pipeline *p, struct df_error *err);
int df_stage_detect(struct df_pipeline *p, struct df_error *err);
/** On a GPU, in place of detect. */
int df_stage_look(struct df_pipeline *p, struct df_error *err);
int df_stage_see(struct df_pipeline *p, struct df_error *err);
int df_stage_decide(struct df_pipeline *p, struct df_error *err);
/** In `render`, in place of detect and decide: windows from the tracks file. */
int df_stage_follow(struct df_pipeline *p, struct df_error *err);
int df_stage_compose(struct df_pipeline *p, struct df_error *err);
int df_stage_encode(struct df_pipeline *p, struct df_error *err);
int df_stage_encode_debug(struct df_pipeline *p, struct df_error *err);
/** Where segments are made side by side, in place of compose and encode. */
int df_stage_plan(struct df_pipeline *p, struct df_error *err);
int df_stage_render(struct df_renderer *renderer, struct df_error *err);
/** In a renderer, in place of detect and decide: windows from the plan. */
int df_stage_show(struct df_pipeline *p, struct df_error *err);
/** In a benchmark of decoding, in place of all that follows it. */
int df_stage_drop(struct df_pipeline *p, struct df_error *err);

#endif
