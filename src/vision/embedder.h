/*
 * Turns an aligned face into an embedding: a unit vector whose cosine with another says whether both are
 * one person.
 */
#ifndef DF_VISION_EMBEDDER_H
#define DF_VISION_EMBEDDER_H

#include "base/embedding.h"
#include "base/error.h"
#include "vision/manifest.h"
#include "vision/runtime.h"

struct df_embedder;

/** Loads the embedder. Borrows `runtime` (must outlive it), copies `model`. */
int df_embedder_create(struct df_runtime *runtime, const struct df_model *model, int threads,
    struct df_embedder **ret_embedder, struct df_error *err);
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

#endif
