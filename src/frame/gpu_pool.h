/*
 * Pictures in the memory of a GPU.
 *
 * A picture whose `device` is not NULL lives on that device: its planes are device addresses (CUdeviceptr),
 * which the host never follows. All pictures of one video are written and read in the order of one stream
 * (df_gpu_pool's), so a picture may be dropped, and taken anew, while work on it is still to be done.
 */
#ifndef DF_FRAME_GPU_POOL_H
#define DF_FRAME_GPU_POOL_H

#include "base/error.h"
#include "frame/picture.h"
#include "gpu/gpu.h"

/** A pool like df_pool, of pictures in device memory. Rows are a multiple of 256 bytes, plane 1 begins `height`
 * rows (rounded up to even) after plane 0, as NVENC wants it of NV12 and P010. */
struct df_gpu_pool;

/** Borrows `gpu`; `device` is what the pictures say they live on. Allocates no picture yet. */
int df_gpu_pool_create(struct df_gpu *gpu, struct df_device *device, struct df_format format,
    int width, int height, struct df_gpu_pool **ret_pool, struct df_error *err);
/** Ends the pool; pictures still out free themselves when dropped, which must be before `gpu` is closed. */
void df_gpu_pool_destroy(struct df_gpu_pool **pool);
/** Makes pictures until there are `count` in all, so that taking no more than these allocates nothing. On
 * failure the pool is as it was. Thread-safe. */
int df_gpu_pool_reserve(struct df_gpu_pool *pool, size_t count, struct df_error *err);
/** Takes a picture with one reference, contents undefined. DF_ENOMEM names the device. Thread-safe. */
int df_gpu_pool_take(
    struct df_gpu_pool *pool, struct df_picture **ret_picture, struct df_error *err);
/** Pictures ever allocated. */
size_t df_gpu_pool_allocated(struct df_gpu_pool *pool);

/** Copies between host and device pictures of one size and format (either way; not host to host), in the
 * order of `stream`. Copies samples only, not times or colour. */
int df_gpu_copy_picture(struct df_gpu *gpu, const struct df_picture *from, struct df_picture *to,
    df_gpu_stream stream, struct df_error *err);

/**
 * Turns a picture in device memory by `rotation` (0, 90, 180, 270 degrees clockwise, after a mirroring across
 * the vertical axis when `flipped`) into `to`, whose size is the turned one. NV12 and P010. The same samples
 * as media/conform.c gives on the CPU. Rows begin at multiples of the size of a pair of chroma (the pools' do).
 */
struct df_turner;
int df_turner_create(struct df_gpu *gpu, struct df_turner **ret_turner, struct df_error *err);
void df_turner_destroy(struct df_turner **turner);
int df_turner_turn(struct df_turner *turner, const struct df_picture *from, int rotation,
    bool flipped, struct df_picture *to, df_gpu_stream stream, struct df_error *err);

#endif
