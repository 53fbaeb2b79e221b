#include "media/upload.h"

#include <stdlib.h>
#include <string.h>

#include "frame/gpu_pool.h"
#include "frame/locked_pool.h"
#include "media/planar.h"

enum { STAGES = 3 }; /* one is filled while another is copied */

/* Page-locked samples on their way. */
struct stage {
  struct df_picture *picture; /* NULL: none */
  df_gpu_event copied;
};

struct df_upload {
  struct df_gpu *gpu;
  struct df_device *device;
  df_gpu_stream stream;
  size_t pictures;
  struct df_gpu_pool *pool; /* NULL before the first picture */
  struct df_locked_pool *locked;
  struct stage stages[STAGES];
  int next;
};

int df_upload_create(struct df_gpu *gpu, struct df_device *device, df_gpu_stream stream,
    size_t pictures, struct df_upload **ret_upload, struct df_error *err)
{
  struct df_upload *u = calloc(1, sizeof *u);
  if (!u)
    return df_fail(err, DF_ENOMEM, "out of memory");
  u->gpu = gpu;
  u->device = device;
  u->stream = stream;
  u->pictures = pictures;
  int ret = 0;
  for (int i = 0; i < STAGES && ret == 0; i++)
    ret = df_gpu_event_create(gpu, &u->stages[i].copied, err);
  if (ret < 0) {
    df_upload_destroy(&u);
    return ret;
  }
  *ret_upload = u;
  return 0;
}

void df_upload_destroy(struct df_upload **upload)
{
  struct df_upload *u = *upload;
  if (!u)
    return;
  for (int i = 0; i < STAGES; i++) {
    struct stage *stage = &u->stages[i];
    if (stage->picture) /* when the GPU is lost nothing reads any more */
      df_gpu_event_wait_host(u->gpu, stage->copied, NULL);
    df_picture_unref(&stage->picture);
    if (stage->copied)
      df_gpu_event_destroy(u->gpu, &stage->copied);
  }
  df_locked_pool_destroy(&u->locked);
  df_gpu_pool_destroy(&u->pool);
  free(u);
  *upload = NULL;
}

/* How pictures of this layout are laid out on the device. */
static struct df_format device_format(struct df_format format)
{
  if (format.shift_x != 1 || format.shift_y != 1 || format.semi_planar)
    return format;
  return format.depth > 8 ? DF_FORMAT_P010 : DF_FORMAT_NV12;
}

static int open_pools(struct df_upload *u, const struct df_picture *picture, struct df_error *err)
{
  struct df_format format = device_format(picture->format);
  int width = picture->width, height = picture->height;
  u->locked = df_locked_pool_create(u->gpu, format, width, height);
  if (!u->locked)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int ret = df_locked_pool_reserve(u->locked, STAGES, err);
  if (ret == 0)
    ret = df_gpu_pool_create(u->gpu, u->device, format, width, height, &u->pool, err);
  if (ret == 0 && df_gpu_pool_reserve(u->pool, u->pictures, NULL) < 0)
    ret = 0; /* as in nvdec.c */
  return ret;
}

static void copy_rows(const struct df_picture *from, struct df_picture *to)
{
  int planes = from->format.semi_planar ? 2 : 3;
  for (int p = 0; p < planes; p++) {
    size_t bytes = (size_t)df_format_plane_width(from->format, p, from->width);
    bytes *= (from->format.depth > 8 ? 2 : 1) * (p > 0 && from->format.semi_planar ? 2 : 1);
    int rows = df_format_plane_height(from->format, p, from->height);
    for (int y = 0; y < rows; y++)
      memcpy(to->planes[p] + y * to->strides[p], from->planes[p] + y * from->strides[p], bytes);
  }
}

/* A stage whose samples have been copied, with the picture's in it. */
static int fill_stage(struct df_upload *u, const struct df_picture *picture, struct stage *stage,
    struct df_error *err)
{
  int ret = 0;
  if (stage->picture) {
    ret = df_gpu_event_done(u->gpu, stage->copied, err);
    if (ret == 0)
      ret = df_gpu_event_wait_host(u->gpu, stage->copied, err);
    if (ret < 0)
      return ret;
    df_picture_unref(&stage->picture);
  }
  ret = df_locked_pool_take(u->locked, &stage->picture, err);
  if (ret < 0)
    return ret;
  if (stage->picture->format.semi_planar && !picture->format.semi_planar)
    df_planar_join(picture, stage->picture);
  else
    copy_rows(picture, stage->picture);
  return 0;
}

static int copy_stage(
    struct df_upload *u, struct stage *stage, struct df_picture *to, struct df_error *err)
{
  int ret = df_gpu_copy_picture(u->gpu, stage->picture, to, u->stream, err);
  return ret < 0 ? ret : df_gpu_event_record(u->gpu, stage->copied, u->stream, err);
}

int df_upload_picture(struct df_upload *u, const struct df_picture *picture,
    struct df_picture **ret_picture, struct df_error *err)
{
  struct stage *stage = &u->stages[u->next];
  struct df_picture *to = NULL;
  int ret = u->pool ? 0 : open_pools(u, picture, err);
  if (ret == 0)
    ret = fill_stage(u, picture, stage, err);
  if (ret == 0)
    ret = df_gpu_pool_take(u->pool, &to, err);
  if (ret == 0)
    ret = copy_stage(u, stage, to, err);
  if (ret < 0) {
    df_picture_unref(&to);
    return ret;
  }
  u->next = (u->next + 1) % STAGES;
  to->colour = picture->colour;
  to->pts = picture->pts;
  to->duration = picture->duration;
  to->repeated = picture->repeated;
  *ret_picture = to;
  return 0;
}
