/*
 * Turns an aligned face into an embedding: a unit vector whose cosine with another says whether both are
 * one person.
 */
#ifndef DF_VISION_EMBEDDER_H
#define DF_VISION_EMBEDDER_H

#include "base/embedding.h"
#include "base/error.h"
#include "vision/manifest.h"
#include "vision/session.h"

struct df_embedder;

/** Loads the embedder. Borrows `runtime` (must outlive it), copies `model`. */
int df_embedder_create(struct df_runtime *runtime, const struct df_model *model, int threads,
    struct df_embedder **ret_embedder, struct df_error *err);
/** Loads it at a GPU; `place` is copied, its `shapes` are left to the embedder: up to `batch` faces a run. */
int df_embedder_create_at(struct df_runtime *runtime, const struct df_model *model,
    const struct df_session_place *place, int batch, struct df_embedder **ret_embedder,
    struct df_error *err);
void df_embedder_destroy(struct df_embedder **embedder);

/** The model it was made from; borrowed. */
const struct df_model *df_embedder_model(const struct df_embedder *embedder);

/**
 * Runs on one aligned face ([1,3,H,W] in `tensor`). The result has length 1, or no dimensions when the
 * model gives nothing that could be brought to it. DF_EINPUT when it gives another number of values than
 * its manifest says. One thread at a time.
 */
int df_embedder_run(struct df_embedder *embedder, const float *tensor,
    struct df_embedding *ret_embedding, struct df_error *err);

/**
 * Runs an embedder at a GPU on `batch` aligned faces ([batch,3,H,W] in device memory), in the order of its
 * stream: [batch][dimensions] floats in device memory that is valid until the next run.
 */
int df_embedder_run_at(struct df_embedder *embedder, df_gpu_memory tensor, int batch,
    df_gpu_memory *ret_values, struct df_error *err);

/** An embedding of what the model gave for one face: `dimensions` of its values. Pure. */
void df_embedder_finish(
    const struct df_model *model, const float *values, struct df_embedding *ret_embedding);

/** Which provider runs it and why not a better one. Thread-safe. */
void df_embedder_provider_report(
    const struct df_embedder *embedder, struct df_provider_report *ret_report);

#endif
