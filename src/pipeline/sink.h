/*
 * A file being made, from the composed picture to the encoder: where pictures for it come from, and how one
 * that a GPU draws gets to an encoder that works in host memory.
 */
#ifndef DF_PIPELINE_SINK_H
#define DF_PIPELINE_SINK_H

#include "base/error.h"
#include "base/queue.h"
#include "frame/device.h"
#include "frame/gpu_pool.h"
#include "frame/locked_pool.h"
#include "frame/picture.h"
#include "media/encoder.h"
#include "media/output.h"

/** Composed pictures go in by the queue, packets go out. Zero-initialise. */
struct df_sink {
  struct df_encoder *encoder;
  struct df_encoder_options encoder_options; /* what it was made with */
  struct df_output *output;                  /* NULL: packets are dropped */
  struct df_queue *queue;       /* of struct df_composed; NULL: this file is not wanted */
  struct df_device *device;     /* a GPU: where pictures are drawn; NULL: in host memory */
  bool for_device;              /* with a GPU: the encoder takes pictures there */
  bool fetched;                 /* with a GPU: every picture is wanted in host memory (too) */
  bool awaited;                 /* with a GPU: who takes a picture waits until it is drawn */
  struct df_pool *pool;         /* without a GPU */
  struct df_gpu_pool *gpu_pool; /* with one */
  struct df_locked_pool *locked;
};

/** A composed picture on its way to its encoder. A GPU may still be drawing it. */
struct df_composed {
  struct df_picture *picture; /* where it is drawn */
  struct df_picture *host;    /* with a GPU: the same in host memory; NULL: not fetched */
  struct df_device *device;   /* the sink's */
  df_gpu_event mark;          /* NULL: nothing to wait for */
};

/** See the fields of struct df_sink. */
struct df_sink_options {
  struct df_device *device; /* borrowed */
  struct df_format format;
  int width, height;
  bool for_device, fetched, awaited;
  size_t waiting; /* pictures in the queue */
};

/** Makes pools and queue. What is made is released by df_sink_finish, also after a failure. */
int df_sink_init(struct df_sink *sink, const struct df_sink_options *options, struct df_error *err);
/** Releases everything, encoder and output too. No picture may be on its way any more. */
void df_sink_finish(struct df_sink *sink);

/** Whether the task makes this file. */
static inline bool df_sink_wanted(const struct df_sink *sink)
{
  return sink->queue != NULL;
}

/** Takes a picture to draw on; its content is undefined. */
int df_composed_create(
    struct df_sink *sink, struct df_composed **ret_composed, struct df_error *err);
/** For queues; accepts NULL. */
void df_composed_free(void *composed);

/** The drawn picture in host memory, now: waits for the GPU, if there is one. Borrowed. */
int df_composed_fetch(struct df_sink *sink, struct df_composed *composed,
    struct df_picture **ret_host, struct df_error *err);

/** Hands a drawn picture on; takes it. 0, DF_ECLOSED or an error. */
int df_sink_push(struct df_sink *sink, struct df_composed *composed, struct df_error *err);

/** Waits until it is drawn and fetched, where the sink's options say so. */
int df_composed_wait(struct df_composed *composed, struct df_error *err);

/** The picture in host memory, where there is one: borrowed. */
static inline struct df_picture *df_composed_host(const struct df_composed *composed)
{
  return composed->device ? composed->host : composed->picture;
}

#endif
