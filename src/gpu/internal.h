/* What the files of src/gpu know of a GPU. */
#ifndef DF_GPU_INTERNAL_H
#define DF_GPU_INTERNAL_H

#include <pthread.h>

#include "gpu/driver.h"
#include "gpu/gpu.h"

/* Device memory that is held: where and how much. */
struct df_gpu_block {
  df_gpu_memory address;
  size_t size;
};

struct df_gpu {
  const struct df_driver *driver;
  CUdevice device;
  CUcontext context;
  struct df_gpu_info info;
  struct df_gpu_counters counters;
  pthread_mutex_t lock; /* of what follows */
  struct df_gpu_block *blocks;
  size_t block_count, block_room;
};

#endif
