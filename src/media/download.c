#include "media/download.h"

#include <stdlib.h>

#include "frame/gpu_pool.h"
#include "frame/locked_pool.h"

/* A picture on its way. */
struct copy {
  struct df_picture *picture; /* NULL: none */
  df_gpu_event done;
};

struct df_download {
  struct df_gpu *gpu;
  df_gpu_stream stream;
  struct df_locked_pool *locked;
  struct copy copies[2]; /* the older one is `older` */
  int older;
};

int df_download_create(struct df_gpu *gpu, df_gpu_stream stream, struct df_format format, int width,
    int height, struct df_download **ret_download, struct df_error *err)
{
  struct df_download *d = calloc(1, sizeof *d);
  if (!d)
    return df_fail(err, DF_ENOMEM, "no memory to copy pictures from the GPU");
  d->gpu = gpu;
  d->stream = stream;
  d->locked = df_locked_pool_create(gpu, format, width, height);
  int result = d->locked ? 0 : df_fail(err, DF_ENOMEM, "no memory to copy pictures from the GPU");
  if (result == 0)
    result = df_locked_pool_reserve(d->locked, 2 + 1, err); /* one more is in the encoder's hands */
  for (int i = 0; i < 2 && result == 0; i++)
    result = df_gpu_event_create(gpu, &d->copies[i].done, err);
  if (result < 0) {
    df_download_destroy(&d);
    return result;
  }
  *ret_download = d;
  return 0;
}

void df_download_destroy(struct df_download **download)
{
  struct df_download *d = *download;
  if (!d)
    return;
  for (int i = 0; i < 2; i++) {
    struct copy *copy = &d->copies[i];
    if (copy->picture) /* when the GPU is lost nothing writes any more */
      df_gpu_event_wait_host(d->gpu, copy->done, NULL);
    df_picture_unref(&copy->picture);
    if (copy->done)
      df_gpu_event_destroy(d->gpu, &copy->done);
  }
  df_locked_pool_destroy(&d->locked);
  free(d);
  *download = NULL;
}

static int begin(
    struct df_download *d, struct df_picture *picture, struct copy *copy, struct df_error *err)
{
  struct df_picture *to = NULL;
  int result = df_locked_pool_take(d->locked, &to, err);
  if (result < 0)
    return result;
  to->colour = picture->colour;
  to->pts = picture->pts;
  to->duration = picture->duration;
  to->repeated = picture->repeated;
  copy->picture = to;
  result = df_gpu_copy_picture(d->gpu, picture, to, d->stream, err);
  return result < 0 ? result : df_gpu_event_record(d->gpu, copy->done, d->stream, err);
}

int df_download_exchange(struct df_download *d, struct df_picture *picture,
    struct df_picture **ret_ready, struct df_error *err)
{
  struct copy *older = &d->copies[d->older], *newer = &d->copies[!d->older];
  *ret_ready = NULL;
  int result = picture ? begin(d, picture, newer, err) : 0;
  if (result == 0 && older->picture)
    result = df_gpu_event_wait_host(d->gpu, older->done, err);
  if (result < 0)
    return result;
  *ret_ready = older->picture;
  older->picture = NULL;
  d->older = !d->older;
  return 0;
}
