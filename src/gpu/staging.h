/*
 * Page-locked memory through which small tables go up to the device without holding the host up: a ring of
 * buffers, each filled by the host, copied in the order of a stream, and filled anew when its copy is done.
 * The host waits only when all of them are still on their way.
 */
#ifndef DF_GPU_STAGING_H
#define DF_GPU_STAGING_H

#include "gpu/gpu.h"

/** One thread at a time. */
struct df_staging;

/** Borrows `gpu`. Allocates no buffer yet. */
int df_staging_create(struct df_gpu *gpu, struct df_staging **ret_staging, struct df_error *err);
/** Waits for its copies. Accepts NULL, sets *staging to NULL. */
void df_staging_destroy(struct df_staging **staging);

/** Room for `size` > 0 bytes, 16-byte aligned, borrowed until it is sent; contents undefined. */
int df_staging_take(
    struct df_staging *staging, size_t size, void **ret_memory, struct df_error *err);
/** Copies the first `size` bytes of what was taken last to `to`, in the order of `stream`. */
int df_staging_send(struct df_staging *staging, df_gpu_memory to, size_t size, df_gpu_stream stream,
    struct df_error *err);

#endif
