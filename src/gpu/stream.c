/* Streams and events: the order of the work. */
#include <assert.h>

#include "gpu/gpu.h"
#include "gpu/internal.h"

int df_gpu_stream_create(struct df_gpu *gpu, df_gpu_stream *ret_stream, struct df_error *err)
{
  int r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  CUstream stream = NULL;
  CUresult result = gpu->driver->cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING);
  df_gpu_leave(gpu);
  r = df_driver_check(gpu->driver, result, err, "cuStreamCreate");
  if (r == 0)
    *ret_stream = stream;
  return r;
}

void df_gpu_stream_destroy(struct df_gpu *gpu, df_gpu_stream *stream)
{
  /* Where the context is lost there is nothing to wait for and nothing to give back. */
  if (!*stream || df_gpu_enter(gpu, NULL) < 0)
    return;
  gpu->driver->cuStreamSynchronize(*stream);
  atomic_fetch_add(&gpu->counters.host_waits, 1);
  gpu->driver->cuStreamDestroy_v2(*stream);
  df_gpu_leave(gpu);
  *stream = NULL;
}

int df_gpu_event_create(struct df_gpu *gpu, df_gpu_event *ret_event, struct df_error *err)
{
  int r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  CUevent event = NULL;
  CUresult result =
      gpu->driver->cuEventCreate(&event, CU_EVENT_DISABLE_TIMING | CU_EVENT_BLOCKING_SYNC);
  df_gpu_leave(gpu);
  r = df_driver_check(gpu->driver, result, err, "cuEventCreate");
  if (r == 0)
    *ret_event = event;
  return r;
}

void df_gpu_event_destroy(struct df_gpu *gpu, df_gpu_event *event)
{
  if (!*event || df_gpu_enter(gpu, NULL) < 0)
    return;
  gpu->driver->cuEventDestroy_v2(*event);
  df_gpu_leave(gpu);
  *event = NULL;
}

int df_gpu_event_record(
    struct df_gpu *gpu, df_gpu_event event, df_gpu_stream stream, struct df_error *err)
{
  int r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  CUresult result = gpu->driver->cuEventRecord(event, stream);
  df_gpu_leave(gpu);
  return df_driver_check(gpu->driver, result, err, "cuEventRecord");
}

int df_gpu_stream_wait(
    struct df_gpu *gpu, df_gpu_stream stream, df_gpu_event event, struct df_error *err)
{
  int r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  CUresult result = gpu->driver->cuStreamWaitEvent(stream, event, 0);
  df_gpu_leave(gpu);
  return df_driver_check(gpu->driver, result, err, "cuStreamWaitEvent");
}

int df_gpu_event_done(struct df_gpu *gpu, df_gpu_event event, struct df_error *err)
{
  int r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  CUresult result = gpu->driver->cuEventQuery(event);
  df_gpu_leave(gpu);
  if (result == CUDA_ERROR_NOT_READY)
    return 0;
  r = df_driver_check(gpu->driver, result, err, "work on the GPU (cuEventQuery)");
  return r < 0 ? r : 1;
}

int df_gpu_event_wait_host(struct df_gpu *gpu, df_gpu_event event, struct df_error *err)
{
  int r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  atomic_fetch_add(&gpu->counters.host_waits, 1);
  CUresult result = gpu->driver->cuEventSynchronize(event);
  df_gpu_leave(gpu);
  return df_driver_check(gpu->driver, result, err, "work on the GPU (cuEventSynchronize)");
}
