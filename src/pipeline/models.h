/* The models of a task: found, described, and the sessions made from them. */
#ifndef DF_PIPELINE_MODELS_H
#define DF_PIPELINE_MODELS_H

#include <stdbool.h>

#include "base/embedding.h"
#include "base/error.h"
#include "base/log.h"
#include "frame/device.h"
#include "vision/detector.h"
#include "vision/embedder.h"
#include "vision/manifest.h"
#include "vision/runtime.h"

/** The manifest and the library. Zero-initialise; plain memory of the caller's. */
struct df_models {
  struct df_log *log; /* set before: for notes about photos; NULL: none */
  bool for_gpu;       /* set before: ONNX Runtime's build for GPUs is wanted where there is one */
  struct df_runtime *shared; /* set before: one to use in place of an own one; borrowed */
  struct df_manifest *manifest;
  struct df_runtime *runtime;
  const struct df_model *detector, *embedder; /* the manifest's */
};

/**
 * Finds the manifest, both models and ONNX Runtime; loads no model yet. NULL for names takes the
 * manifest's defaults, NULL for `path` the usual places.
 */
int df_models_init(struct df_models *models, const char *path, const char *detector,
    const char *embedder, struct df_error *err);
void df_models_finish(struct df_models *models);

/** Faces below this are of no use even to the tracker. */
#define DF_LOW_SCORE 0.1f

/**
 * Cuts a face out of a picture and embeds it; `display_x`/`display_y` as in df_video_info. An unusable
 * face gives dimensions 0. `tensor` is scratch of df_models_tensor_size floats.
 */
int df_models_embed(struct df_device *device, struct df_embedder *embedder,
    const struct df_picture *picture, const struct df_face *face, float display_x, float display_y,
    float *tensor, struct df_embedding *ret_embedding, float *ret_sharpness, struct df_error *err);

/** Floats in an input of 3 x height x width. */
size_t df_models_tensor_size(int width, int height);

/**
 * Finds the one face of a photo and embeds it. Of several the largest is taken, with a note, if it is at least twice
 * as large as any other. DF_EINPUT when there is none, or several of like size.
 */
int df_models_embed_photo(const struct df_models *models, struct df_device *device,
    struct df_embedder *embedder, const char *path, struct df_embedding *ret_embedding,
    struct df_error *err);

#endif
