/*
 * One inference thread a GPU, shared by all videos: takes letterboxed pictures of all of them, groups those of
 * one input size, and runs a batch when it is full or its oldest picture has waited long enough; the videos
 * with the least served take precedence (weighted fair), so a slow one is not starved and a stuck one holds up
 * nobody. Where the device's memory does not hold a batch, smaller ones are run, and after a while larger ones are
 * tried again. Embeddings pass through the same thread, ahead of detections.
 *
 *   video's thread   letterbox and sketch kernels on the video's stream into a slot; event
 *   inference thread waits for the events on its own stream (the host does not), runs the detector there,
 *                    selects candidates there, copies them (with the sketches) to page-locked memory; event;
 *                    the host waits once a batch
 *   video's thread   takes its results in order
 */
#ifndef DF_VISION_BATCHER_H
#define DF_VISION_BATCHER_H

#include "base/embedding.h"
#include "base/error.h"
#include "base/log.h"
#include "frame/picture.h"
#include "gpu/gpu.h"
#include "vision/detector.h"
#include "vision/manifest.h"
#include "vision/session.h"
#include "vision/sketch.h"

struct df_batcher;
struct df_batcher_client;

struct df_batcher_options {
  struct df_gpu *gpu;                         /* borrowed */
  struct df_runtime *runtime;                 /* borrowed */
  const struct df_model *detector, *embedder; /* borrowed; embedder may be NULL */
  float low_score;
  int batch;   /* most pictures a run; 0: the best by measurement, at most 8 */
  double wait; /* seconds the oldest picture waits for company; 0: 0.006 */
  const char
      *cache; /* folder for engines and measurements; NULL: the XDG cache folder's dualface/ */
  struct df_log *log;
};

/** Which provider runs the detector now: "TensorRT", "CUDA" or "CPU"; lives for ever. Thread-safe. */
const char *df_batcher_provider(const struct df_batcher *batcher);
/** The same, and why not a better one; df_provider_describe makes a text of it. Thread-safe. */
void df_batcher_report(const struct df_batcher *batcher, struct df_provider_report *ret_report);

int df_batcher_create(const struct df_batcher_options *options, struct df_batcher **ret_batcher,
    struct df_error *err);
/** All clients must be gone. Accepts NULL. */
void df_batcher_destroy(struct df_batcher **batcher);

/** What was seen in one picture. */
struct df_sight_result {
  void *tag; /* as submitted */
  struct df_luma_sketch sketch;
  struct df_face faces[DF_FACES_MAX];
  size_t count;
};

/** A video's side. `stream` is the video's. `pending` (1..32) pictures may be under way at once; `weight` > 0
 * is its share. One thread submits, one (the same or another) takes. */
int df_batcher_join(struct df_batcher *batcher, df_gpu_stream stream,
    const struct df_letterbox *letterbox, int pending, float weight,
    struct df_batcher_client **ret_client, struct df_error *err);
/** Waits for what is under way. Accepts NULL. */
void df_batcher_leave(struct df_batcher_client **client);

/** From now on df_batcher_submit returns DF_ECLOSED, in a thread that waits in it too: for when nobody takes
 * any more. Thread-safe. */
void df_batcher_cancel(struct df_batcher_client *client);

/** Looks at a picture (borrowed until its result is taken). Waits while `pending` are under way. */
int df_batcher_submit(
    struct df_batcher_client *client, struct df_picture *picture, void *tag, struct df_error *err);
/** 1 with the oldest picture's result (waits for it), 0 when none is under way, or the inference's error. */
int df_batcher_take(
    struct df_batcher_client *client, struct df_sight_result *ret_result, struct df_error *err);

/** Embeds one face cut out by `matrix` (preprocess.h); waits for the answer. */
int df_batcher_embed(struct df_batcher_client *client, const struct df_picture *picture,
    const float matrix[6], struct df_embedding *ret_embedding, float *ret_sharpness,
    struct df_error *err);

#endif
