/* Forwards composing to the CUDA composer and keeps the marks for reuse; holds no pixels itself. */
#include "pipeline/device_cuda.h"

#include <pthread.h>
#include <stdlib.h>

#include "compose/compose_cuda.h"
#include "frame/gpu_pool.h"

/* More marks than these at a time are made anew: as many as pictures wait for encoders, and some. */
enum { MARKS_KEPT = 32 };

struct cuda {
  struct df_device device; /* first: a device of this kind is its cuda */
  struct df_gpu *gpu;
  df_gpu_stream stream;
  struct df_cuda_composer *composer;
  pthread_mutex_t lock; /* over the marks */
  df_gpu_event marks[MARKS_KEPT];
  size_t mark_count;
};

static int compose(struct df_device *device, const struct df_tile *tiles, size_t count,
    struct df_picture *out, struct df_error *err)
{
  struct cuda *cuda = (struct cuda *)device;
  return df_cuda_composer_draw(cuda->composer, tiles, count, out, err);
}

static void destroy(struct df_device *device)
{
  struct cuda *cuda = (struct cuda *)device;
  df_cuda_composer_destroy(&cuda->composer);
  while (cuda->mark_count > 0)
    df_gpu_event_destroy(cuda->gpu, &cuda->marks[--cuda->mark_count]);
  df_gpu_stream_destroy(cuda->gpu, &cuda->stream);
  pthread_mutex_destroy(&cuda->lock);
  free(cuda);
}

static const struct df_device_operations operations = {
    .name = "cuda",
    .compose = compose,
    .destroy = destroy,
};

int df_device_cuda_create(struct df_gpu *gpu, struct df_device **ret_device, struct df_error *err)
{
  struct cuda *cuda = calloc(1, sizeof *cuda);
  if (!cuda)
    return df_fail(err, DF_ENOMEM, "out of memory");
  cuda->device.operations = &operations;
  cuda->gpu = gpu;
  pthread_mutex_init(&cuda->lock, NULL);
  int result = df_gpu_stream_create(gpu, &cuda->stream, err);
  if (result == 0)
    result = df_cuda_composer_create(gpu, cuda->stream, &cuda->composer, err);
  if (result < 0) {
    destroy(&cuda->device);
    return result;
  }
  *ret_device = &cuda->device;
  return 0;
}

struct df_gpu *df_device_cuda_gpu(struct df_device *device)
{
  return ((struct cuda *)device)->gpu;
}

df_gpu_stream df_device_cuda_stream(struct df_device *device)
{
  return ((struct cuda *)device)->stream;
}

int df_device_cuda_mark(struct df_device *device, df_gpu_event *ret_mark, struct df_error *err)
{
  struct cuda *cuda = (struct cuda *)device;
  df_gpu_event mark = NULL;
  pthread_mutex_lock(&cuda->lock);
  if (cuda->mark_count > 0)
    mark = cuda->marks[--cuda->mark_count];
  pthread_mutex_unlock(&cuda->lock);
  int result = mark ? 0 : df_gpu_event_create(cuda->gpu, &mark, err);
  if (result == 0)
    result = df_gpu_event_record(cuda->gpu, mark, cuda->stream, err);
  if (result < 0) {
    df_device_cuda_forget(device, &mark);
    return result;
  }
  *ret_mark = mark;
  return 0;
}

int df_device_cuda_wait(struct df_device *device, df_gpu_event *mark, struct df_error *err)
{
  struct cuda *cuda = (struct cuda *)device;
  int result = *mark ? df_gpu_event_wait_host(cuda->gpu, *mark, err) : 0;
  df_device_cuda_forget(device, mark);
  return result;
}

void df_device_cuda_forget(struct df_device *device, df_gpu_event *mark)
{
  struct cuda *cuda = (struct cuda *)device;
  if (!*mark)
    return;
  pthread_mutex_lock(&cuda->lock);
  bool keep = cuda->mark_count < MARKS_KEPT;
  if (keep)
    cuda->marks[cuda->mark_count++] = *mark;
  pthread_mutex_unlock(&cuda->lock);
  if (!keep)
    df_gpu_event_destroy(cuda->gpu, mark);
  *mark = NULL;
}

int df_device_cuda_fetch(struct df_device *device, const struct df_picture *picture,
    struct df_picture *host, struct df_error *err)
{
  struct cuda *cuda = (struct cuda *)device;
  df_gpu_event mark = NULL;
  int result = df_gpu_copy_picture(cuda->gpu, picture, host, cuda->stream, err);
  if (result == 0)
    result = df_device_cuda_mark(device, &mark, err);
  return result == 0 ? df_device_cuda_wait(device, &mark, err) : result;
}
