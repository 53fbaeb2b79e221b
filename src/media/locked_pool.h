/* Pictures in page-locked host memory, which copies to and from a GPU need not wait for. Internal to media/. */
#ifndef DF_MEDIA_LOCKED_POOL_H
#define DF_MEDIA_LOCKED_POOL_H

#include "frame/picture.h"
#include "gpu/gpu.h"

/** A df_pool of such pictures. `gpu` must outlive them. NULL when memory runs out. */
struct df_pool *df_locked_pool_create(
    struct df_gpu *gpu, struct df_format format, int width, int height);

#endif
