/* Devices and their primary contexts; memory.c, stream.c and module.c do the rest of gpu.h. */
#include "gpu/gpu.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/internal.h"

int df_gpu_count(struct df_error *err)
{
  const struct df_driver *driver = NULL;
  if (df_driver_get(&driver, err) < 0)
    return 0;
  int count = 0;
  if (df_driver_check(driver, driver->cuDeviceGetCount(&count), err, "cuDeviceGetCount") < 0)
    return 0;
  if (count == 0)
    df_fail(err, DF_EMISSING, "the NVIDIA driver is there, but no device that it serves");
  return count;
}

static int find_device(struct df_gpu *gpu, int ordinal, struct df_error *err)
{
  int count = df_gpu_count(err);
  if (count == 0)
    return DF_EMISSING;
  if (ordinal < 0 || ordinal >= count)
    return df_fail(err, DF_EMISSING,
        "there is no CUDA device %d; this machine has %d, counted from 0", ordinal, count);
  return df_driver_check(gpu->driver, gpu->driver->cuDeviceGet(&gpu->device, ordinal), err,
      "cuDeviceGet of device %d", ordinal);
}

static CUresult attribute(const struct df_gpu *gpu, CUdevice_attribute which, int *ret_value)
{
  return gpu->driver->cuDeviceGetAttribute(ret_value, which, gpu->device);
}

/* As NVML writes it: GPU-8-4-4-4-12. */
static void write_uuid(char *to, size_t size, const CUuuid *uuid)
{
  const unsigned char *b = (const unsigned char *)uuid->bytes;
  snprintf(to, size, "GPU-%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
      b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
      b[15]);
}

static int read_info(struct df_gpu *gpu, int ordinal, struct df_error *err)
{
  const struct df_driver *driver = gpu->driver;
  struct df_gpu_info *info = &gpu->info;
  info->ordinal = ordinal;
  CUuuid uuid = {0};
  CUresult results[] = {
      driver->cuDeviceGetName(info->name, sizeof info->name, gpu->device),
      driver->cuDeviceGetUuid(&uuid, gpu->device),
      attribute(gpu, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, &info->major),
      attribute(gpu, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, &info->minor),
      attribute(gpu, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, &info->processors),
      driver->cuDeviceTotalMem_v2(&info->memory, gpu->device),
      driver->cuDriverGetVersion(&info->driver),
  };
  write_uuid(info->uuid, sizeof info->uuid, &uuid);
  int r = 0;
  for (size_t i = 0; i < sizeof results / sizeof results[0] && r == 0; i++)
    r = df_driver_check(driver, results[i], err, "asking device %d what it is", ordinal);
  return r;
}

static int refuse_old(const struct df_gpu_info *info, struct df_error *err)
{
  if (info->major > DF_GPU_MAJOR_MIN ||
      (info->major == DF_GPU_MAJOR_MIN && info->minor >= DF_GPU_MINOR_MIN))
    return 0;
  return df_fail(err, DF_EMISSING,
      "%s (device %d) is too old: its compute capability is %d.%d, %d.%d (Turing) is the least; "
      "use "
      "another card or --device cpu",
      info->name, info->ordinal, info->major, info->minor, DF_GPU_MAJOR_MIN, DF_GPU_MINOR_MIN);
}

static int retain_context(struct df_gpu *gpu, struct df_error *err)
{
  const struct df_driver *driver = gpu->driver;
  /* The host sleeps while it waits instead of spinning, and FFmpeg insists on just this. Who made the
   * context before us has chosen for us. */
  CUresult result = driver->cuDevicePrimaryCtxSetFlags_v2(gpu->device, CU_CTX_SCHED_BLOCKING_SYNC);
  int r = 0;
  if ((int)result != DF_CUDA_PRIMARY_CONTEXT_ACTIVE)
    r = df_driver_check(driver, result, err, "cuDevicePrimaryCtxSetFlags");
  if (r < 0)
    return r;
  return df_driver_check(driver, driver->cuDevicePrimaryCtxRetain(&gpu->context, gpu->device), err,
      "making a context on %s (device %d)", gpu->info.name, gpu->info.ordinal);
}

int df_gpu_open(int ordinal, struct df_gpu **ret_gpu, struct df_error *err)
{
  struct df_gpu *gpu = calloc(1, sizeof *gpu);
  if (!gpu)
    return df_fail(err, DF_ENOMEM, "out of memory for a GPU's description");
  pthread_mutex_init(&gpu->lock, NULL);
  int r = df_driver_get(&gpu->driver, err);
  if (r == 0)
    r = find_device(gpu, ordinal, err);
  if (r == 0)
    r = read_info(gpu, ordinal, err);
  if (r == 0)
    r = refuse_old(&gpu->info, err);
  if (r == 0)
    r = retain_context(gpu, err);
  if (r < 0) {
    df_gpu_close(&gpu);
    return r;
  }
  *ret_gpu = gpu;
  return 0;
}

void df_gpu_close(struct df_gpu **gpu)
{
  struct df_gpu *g = *gpu;
  if (!g)
    return;
  if (g->context)
    g->driver->cuDevicePrimaryCtxRelease_v2(g->device);
  pthread_mutex_destroy(&g->lock);
  free(g->blocks);
  free(g);
  *gpu = NULL;
}

const struct df_gpu_info *df_gpu_info(const struct df_gpu *gpu)
{
  return &gpu->info;
}

struct df_gpu_counters *df_gpu_counters(struct df_gpu *gpu)
{
  return &gpu->counters;
}

void *df_gpu_context(const struct df_gpu *gpu)
{
  return gpu->context;
}

int df_gpu_enter(struct df_gpu *gpu, struct df_error *err)
{
  return df_driver_check(
      gpu->driver, gpu->driver->cuCtxPushCurrent_v2(gpu->context), err, "cuCtxPushCurrent");
}

void df_gpu_leave(struct df_gpu *gpu)
{
  CUcontext popped = NULL;
  CUresult result = gpu->driver->cuCtxPopCurrent_v2(&popped);
  /* Who entered a context and did not leave it has broken every later caller of this thread. */
  assert(result != CUDA_SUCCESS || popped == gpu->context);
}

int df_gpu_memory_free(
    struct df_gpu *gpu, size_t *ret_free, size_t *ret_total, struct df_error *err)
{
  int r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  CUresult result = gpu->driver->cuMemGetInfo_v2(ret_free, ret_total);
  df_gpu_leave(gpu);
  return df_driver_check(gpu->driver, result, err, "cuMemGetInfo");
}
