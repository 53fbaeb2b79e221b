#include "pipeline/sink.h"

#include <stdlib.h>

#include "pipeline/device_cuda.h"

/* Beside those that wait one is drawn, one encoded, one on its way from here to there, and one kept to be shown again.
   NVENC keeps more. */
enum { UNDER_WAY = 4 };

static int make_gpu_pools(
    struct df_sink *sink, const struct df_sink_options *o, struct df_error *err)
{
  struct df_gpu *gpu = df_device_cuda_gpu(o->device);
  int result =
      df_gpu_pool_create(gpu, o->device, o->format, o->width, o->height, &sink->gpu_pool, err);
  sink->locked = df_locked_pool_create(gpu, o->format, o->width, o->height);
  if (result == 0 && !sink->locked)
    result = df_fail(err, DF_ENOMEM, "out of memory");
  if (result == 0)
    result = df_gpu_pool_reserve(sink->gpu_pool, o->waiting + UNDER_WAY, err);
  if (result == 0 && sink->fetched)
    result = df_locked_pool_reserve(sink->locked, o->waiting + UNDER_WAY, err);
  return result;
}

int df_sink_init(struct df_sink *sink, const struct df_sink_options *o, struct df_error *err)
{
  int result = 0;
  sink->device = o->device;
  sink->for_device = o->device && o->for_device;
  sink->fetched = o->device && (o->fetched || !o->for_device);
  sink->awaited = sink->fetched || (o->device && o->awaited);
  sink->queue = df_queue_create(o->waiting, df_composed_free);
  if (o->device)
    result = make_gpu_pools(sink, o, err);
  else
    sink->pool = df_pool_create(o->format, o->width, o->height);
  bool all = sink->queue && (o->device || sink->pool);
  return result < 0 || all ? result : df_fail(err, DF_ENOMEM, "out of memory");
}

void df_sink_finish(struct df_sink *sink)
{
  df_queue_destroy(&sink->queue);
  df_output_destroy(&sink->output);
  df_encoder_destroy(&sink->encoder);
  df_pool_destroy(&sink->pool);
  df_gpu_pool_destroy(&sink->gpu_pool);
  df_locked_pool_destroy(&sink->locked);
}

int df_composed_create(
    struct df_sink *sink, struct df_composed **ret_composed, struct df_error *err)
{
  struct df_composed *composed = calloc(1, sizeof *composed);
  if (!composed)
    return df_fail(err, DF_ENOMEM, "out of memory");
  composed->device = sink->device;
  int result = 0;
  if (sink->device)
    result = df_gpu_pool_take(sink->gpu_pool, &composed->picture, err);
  else if (!(composed->picture = df_pool_take(sink->pool)))
    result = df_fail(err, DF_ENOMEM, "out of memory");
  if (result < 0) {
    free(composed);
    return result;
  }
  *ret_composed = composed;
  return 0;
}

void df_composed_free(void *item)
{
  struct df_composed *composed = item;
  if (!composed)
    return;
  if (composed->mark)
    df_device_cuda_forget(composed->device, &composed->mark);
  df_picture_unref(&composed->host);
  df_picture_unref(&composed->picture);
  free(composed);
}

/* Puts the copy on the GPU's stream; it is there when a later mark has been waited for. */
static int begin_fetch(struct df_sink *sink, struct df_composed *composed, struct df_error *err)
{
  const struct df_picture *from = composed->picture;
  int result = df_locked_pool_take(sink->locked, &composed->host, err);
  if (result < 0)
    return result;
  composed->host->pts = from->pts;
  composed->host->duration = from->duration;
  composed->host->colour = from->colour;
  return df_gpu_copy_picture(df_device_cuda_gpu(sink->device), from, composed->host,
      df_device_cuda_stream(sink->device), err);
}

int df_composed_fetch(struct df_sink *sink, struct df_composed *composed,
    struct df_picture **ret_host, struct df_error *err)
{
  int result = 0;
  if (sink->device && !composed->host) {
    result = begin_fetch(sink, composed, err);
    if (result == 0)
      result = df_device_cuda_mark(sink->device, &composed->mark, err);
    if (result == 0)
      result = df_composed_wait(composed, err);
  }
  if (result == 0)
    *ret_host = df_composed_host(composed);
  return result;
}

int df_sink_push(struct df_sink *sink, struct df_composed *composed, struct df_error *err)
{
  int result = 0;
  bool whole = composed->host; /* it was fetched, and so waited for */
  if (!whole && sink->fetched)
    result = begin_fetch(sink, composed, err);
  if (!whole && sink->awaited && result == 0)
    result = df_device_cuda_mark(sink->device, &composed->mark, err);
  if (result < 0) {
    df_composed_free(composed);
    return result;
  }
  return df_queue_push(sink->queue, composed);
}

int df_composed_wait(struct df_composed *composed, struct df_error *err)
{
  return composed->mark ? df_device_cuda_wait(composed->device, &composed->mark, err) : 0;
}
