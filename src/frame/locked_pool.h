/*
 * Pictures in page-locked host memory: where a GPU's copies go without holding anybody up.
 */
#ifndef DF_FRAME_LOCKED_POOL_H
#define DF_FRAME_LOCKED_POOL_H

#include "base/error.h"
#include "frame/picture.h"
#include "gpu/gpu.h"

/** A pool like df_pool. */
struct df_locked_pool;

/** Borrows `gpu`. Allocates no picture yet. NULL when memory runs out. Sizes > 0. */
struct df_locked_pool *df_locked_pool_create(
    struct df_gpu *gpu, struct df_format format, int width, int height);

/**
 * Ends the pool. Pictures still out stay valid and free themselves when dropped, which must be before `gpu`
 * is closed. Accepts NULL, sets *pool to NULL.
 */
void df_locked_pool_destroy(struct df_locked_pool **pool);

/** Makes `count` pictures more, so that taking them allocates nothing. Thread-safe. */
int df_locked_pool_reserve(struct df_locked_pool *pool, size_t count, struct df_error *err);

/** Takes a picture with one reference, contents undefined. Thread-safe; so is dropping it. */
int df_locked_pool_take(
    struct df_locked_pool *pool, struct df_picture **ret_picture, struct df_error *err);

#endif
