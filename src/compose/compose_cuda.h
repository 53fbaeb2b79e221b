/*
 * The composer on a GPU: the same tiles, tables and integer arithmetic as df_composer_draw (kernels.h), so
 * the same samples to the bit. Tables are built on the host (filter.h) and copied when they change; two
 * kernels a plane and tile: across into 16-bit intermediates, down into samples.
 */
#ifndef DF_COMPOSE_COMPOSE_CUDA_H
#define DF_COMPOSE_COMPOSE_CUDA_H

#include "compose/compose.h"
#include "gpu/gpu.h"

struct df_cuda_composer;

/** Borrows `gpu` and `stream`, in whose order it works. One thread at a time. */
int df_cuda_composer_create(struct df_gpu *gpu, df_gpu_stream stream,
    struct df_cuda_composer **ret_composer, struct df_error *err);
/** Waits for its work. Accepts NULL. */
void df_cuda_composer_destroy(struct df_cuda_composer **composer);

/** As df_composer_draw, with the tiles' pictures and `out` in device memory. Does not wait for the device. */
int df_cuda_composer_draw(struct df_cuda_composer *composer, const struct df_tile *tiles,
    size_t count, struct df_picture *out, struct df_error *err);

#endif
