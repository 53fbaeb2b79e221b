/* Memory of the device and page-locked memory of the host, and copies between them. */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "gpu/gpu.h"
#include "gpu/internal.h"

enum { PORTABLE = 1 }; /* CU_MEMHOSTALLOC_PORTABLE: page-locked for every context */

static bool make_room(struct df_gpu *gpu)
{
  if (gpu->block_count < gpu->block_room)
    return true;
  size_t room = gpu->block_room ? 2 * gpu->block_room : 64;
  struct df_gpu_block *blocks = realloc(gpu->blocks, room * sizeof *blocks);
  if (!blocks)
    return false;
  gpu->blocks = blocks;
  gpu->block_room = room;
  return true;
}

static void count_allocated(struct df_gpu_counters *counters, long long change)
{
  long long now = atomic_fetch_add(&counters->allocated, change) + change;
  long long most = atomic_load(&counters->allocated_most);
  while (now > most && !atomic_compare_exchange_weak(&counters->allocated_most, &most, now))
    continue;
}

/* Remembers how large it is, which the driver would only say rounded. */
static bool remember(struct df_gpu *gpu, df_gpu_memory address, size_t size)
{
  pthread_mutex_lock(&gpu->lock);
  bool fits = make_room(gpu);
  if (fits)
    gpu->blocks[gpu->block_count++] = (struct df_gpu_block){address, size};
  pthread_mutex_unlock(&gpu->lock);
  return fits;
}

/* The size of what is held at the address, which it is no longer; 0 when nothing is. */
static size_t forget(struct df_gpu *gpu, df_gpu_memory address)
{
  size_t size = 0;
  pthread_mutex_lock(&gpu->lock);
  for (size_t i = 0; i < gpu->block_count && size == 0; i++)
    if (gpu->blocks[i].address == address) {
      size = gpu->blocks[i].size;
      gpu->blocks[i] = gpu->blocks[--gpu->block_count];
    }
  pthread_mutex_unlock(&gpu->lock);
  return size;
}

int df_gpu_allocate(struct df_gpu *gpu, size_t size, const char *what, df_gpu_memory *ret_memory,
    struct df_error *err)
{
  assert(size > 0);
  int r = df_fault_check(DF_FAULT_AT_GPU_MEMORY, NULL, DF_ELIBRARY, err);
  if (r == 0)
    r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  CUdeviceptr memory = 0;
  CUresult result = gpu->driver->cuMemAlloc_v2(&memory, size);
  if (result == CUDA_SUCCESS && !remember(gpu, memory, size)) {
    gpu->driver->cuMemFree_v2(memory);
    df_gpu_leave(gpu);
    return df_fail(err, DF_ENOMEM, "out of host memory for %s", what);
  }
  df_gpu_leave(gpu);
  r = df_driver_check(gpu->driver, result, err, "%zu bytes for %s on %s (device %d): cuMemAlloc",
      size, what, gpu->info.name, gpu->info.ordinal);
  if (r < 0)
    return r;
  atomic_fetch_add(&gpu->counters.allocations, 1);
  count_allocated(&gpu->counters, (long long)size);
  *ret_memory = memory;
  return 0;
}

void df_gpu_free(struct df_gpu *gpu, df_gpu_memory *memory)
{
  if (!*memory)
    return;
  size_t size = forget(gpu, *memory);
  assert(size > 0); /* else freed twice, or never allocated here */
  if (df_gpu_enter(gpu, NULL) == 0) {
    gpu->driver->cuMemFree_v2(*memory);
    df_gpu_leave(gpu);
  }
  count_allocated(&gpu->counters, -(long long)size);
  *memory = 0;
}

int df_gpu_allocate_host(struct df_gpu *gpu, size_t size, void **ret_memory, struct df_error *err)
{
  assert(size > 0);
  int r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  void *memory = NULL;
  CUresult result = gpu->driver->cuMemHostAlloc(&memory, size, PORTABLE);
  df_gpu_leave(gpu);
  r = df_driver_check(
      gpu->driver, result, err, "%zu bytes of page-locked host memory: cuMemHostAlloc", size);
  if (r < 0)
    return r;
  atomic_fetch_add(&gpu->counters.allocations, 1);
  memset(memory, 0, size);
  *ret_memory = memory;
  return 0;
}

void df_gpu_free_host(struct df_gpu *gpu, void **memory)
{
  if (!*memory || df_gpu_enter(gpu, NULL) < 0)
    return;
  gpu->driver->cuMemFreeHost(*memory);
  df_gpu_leave(gpu);
  *memory = NULL;
}

/* Rows without gaps on both sides are one run of bytes, which the driver copies with the least ado. */
static CUresult copy_run(const struct df_gpu *gpu, const struct df_gpu_rows *to,
    const struct df_gpu_rows *from, size_t size, CUstream stream)
{
  const struct df_driver *driver = gpu->driver;
  if (from->host)
    return driver->cuMemcpyHtoDAsync_v2(to->device, from->host, size, stream);
  if (to->host)
    return driver->cuMemcpyDtoHAsync_v2(to->host, from->device, size, stream);
  return driver->cuMemcpyDtoDAsync_v2(to->device, from->device, size, stream);
}

static CUresult copy_rows(const struct df_gpu *gpu, const struct df_gpu_rows *to,
    const struct df_gpu_rows *from, size_t width, size_t rows, CUstream stream)
{
  CUDA_MEMCPY2D copy = {
      .srcMemoryType = from->host ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE,
      .srcHost = from->host,
      .srcDevice = from->device,
      .srcPitch = (size_t)from->stride,
      .dstMemoryType = to->host ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE,
      .dstHost = to->host,
      .dstDevice = to->device,
      .dstPitch = (size_t)to->stride,
      .WidthInBytes = width,
      .Height = rows,
  };
  return gpu->driver->cuMemcpy2DAsync_v2(&copy, stream);
}

int df_gpu_copy(struct df_gpu *gpu, const struct df_gpu_rows *to, const struct df_gpu_rows *from,
    size_t width, size_t rows, df_gpu_stream stream, struct df_error *err)
{
  assert(!(to->host && from->host) && width > 0 && rows > 0);
  assert(rows == 1 || (to->stride >= (ptrdiff_t)width && from->stride >= (ptrdiff_t)width));
  int r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  bool is_run = rows == 1 || (to->stride == (ptrdiff_t)width && from->stride == (ptrdiff_t)width);
  CUresult result = is_run ? copy_run(gpu, to, from, width * rows, stream)
                           : copy_rows(gpu, to, from, width, rows, stream);
  df_gpu_leave(gpu);
  const char *way = from->host ? "to the GPU" : to->host ? "from the GPU" : "within the GPU";
  r = df_driver_check(
      gpu->driver, result, err, "copying %zu rows of %zu bytes %s", rows, width, way);
  if (r < 0)
    return r;
  if (from->host)
    atomic_fetch_add(&gpu->counters.bytes_up, (long long)(width * rows));
  if (to->host)
    atomic_fetch_add(&gpu->counters.bytes_down, (long long)(width * rows));
  return 0;
}

int df_gpu_fill(struct df_gpu *gpu, df_gpu_memory memory, int value, size_t size,
    df_gpu_stream stream, struct df_error *err)
{
  int r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  CUresult result = gpu->driver->cuMemsetD8Async(memory, (unsigned char)value, size, stream);
  df_gpu_leave(gpu);
  return df_driver_check(gpu->driver, result, err, "filling %zu bytes of the GPU", size);
}
