#include "media/locked_pool.h"

static void *allocate(void *context, size_t size)
{
  void *memory = NULL;
  return df_gpu_allocate_host(context, size, &memory, NULL) < 0 ? NULL : memory;
}

static void release(void *context, void *memory)
{
  df_gpu_free_host(context, &memory);
}

struct df_pool *df_locked_pool_create(
    struct df_gpu *gpu, struct df_format format, int width, int height)
{
  struct df_pool_memory memory = {allocate, release, gpu};
  return df_pool_create_from(&memory, format, width, height);
}
