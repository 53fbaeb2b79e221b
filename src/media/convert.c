#include "media/convert.h"

#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>

#include "media/ffmpeg.h"
#include "media/video_info.h"

enum { ALIGNMENT = 64, THREADS_MAX = 4 };

struct df_convert {
  int width, height, threads;
  enum AVPixelFormat format;
  struct df_colour colour;
  AVBufferPool *pool;
  struct SwsContext *scaler; /* for frames of the source below; NULL at first */
  int source_width, source_height;
  enum AVPixelFormat source_format;
};

struct df_convert *df_convert_create(
    int width, int height, enum AVPixelFormat format, struct df_colour colour, int threads)
{
  struct df_convert *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->width = width;
  c->height = height;
  c->format = format;
  c->colour = colour;
  c->threads = threads > 0 && threads < THREADS_MAX ? threads : THREADS_MAX;
  return c;
}

void df_convert_destroy(struct df_convert **convert)
{
  struct df_convert *c = *convert;
  if (!c)
    return;
  sws_freeContext(c->scaler);
  av_buffer_pool_uninit(&c->pool);
  free(c);
  *convert = NULL;
}

/* swscale takes the full-range twins for another range than the one told; their plain names are safe. */
static enum AVPixelFormat plain_name(enum AVPixelFormat format)
{
  struct df_format layout;
  if (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_ALPHA)
    return format;
  return df_ffmpeg_format(format, &layout) ? df_ffmpeg_pixel_format(layout) : format;
}

static bool fits(const struct df_convert *c, const AVFrame *frame)
{
  struct df_format layout;
  return frame->width == c->width && frame->height == c->height &&
         df_ffmpeg_format(frame->format, &layout) && df_ffmpeg_pixel_format(layout) == c->format;
}

/* Between Y'CbCr formats range and matrix stay; only R'G'B' sources are given the target's. */
static int set_colour(struct df_convert *c, struct SwsContext *scaler)
{
  const int *matrix = sws_getCoefficients(c->colour.matrix);
  int full = c->colour.full_range;
  bool rgb = df_video_is_rgb(c->source_format);
  return sws_setColorspaceDetails(
      scaler, matrix, rgb ? 1 : full, matrix, full, 0, 1 << 16, 1 << 16);
}

static int make_scaler(struct df_convert *c, const AVFrame *frame)
{
  sws_freeContext(c->scaler);
  c->source_width = frame->width;
  c->source_height = frame->height;
  c->source_format = frame->format;
  struct SwsContext *s = c->scaler = sws_alloc_context();
  if (!s)
    return AVERROR(ENOMEM);
  av_opt_set_int(s, "srcw", frame->width, 0);
  av_opt_set_int(s, "srch", frame->height, 0);
  av_opt_set_int(s, "src_format", plain_name(frame->format), 0);
  av_opt_set_int(s, "dstw", c->width, 0);
  av_opt_set_int(s, "dsth", c->height, 0);
  av_opt_set_int(s, "dst_format", c->format, 0);
  av_opt_set_int(s, "sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, 0);
  av_opt_set_int(s, "threads", c->threads, 0);
  int ret = sws_init_context(s, NULL, NULL);
  if (ret >= 0)
    set_colour(c, s); /* where it does not apply it says so, harmlessly */
  if (ret < 0) {
    sws_freeContext(s);
    c->scaler = NULL;
  }
  return ret;
}

static AVFrame *new_frame(struct df_convert *c)
{
  if (!c->pool) {
    int size = av_image_get_buffer_size(c->format, c->width, c->height, ALIGNMENT);
    c->pool = size > 0 ? av_buffer_pool_init((size_t)size + ALIGNMENT, NULL) : NULL;
    if (!c->pool)
      return NULL;
  }
  AVFrame *frame = av_frame_alloc();
  if (!frame)
    return NULL;
  frame->buf[0] = av_buffer_pool_get(c->pool);
  if (!frame->buf[0]) {
    av_frame_free(&frame);
    return NULL;
  }
  frame->width = c->width;
  frame->height = c->height;
  frame->format = c->format;
  av_image_fill_arrays(
      frame->data, frame->linesize, frame->buf[0]->data, c->format, c->width, c->height, ALIGNMENT);
  return frame;
}

static int convert_into(struct df_convert *c, AVFrame *to, const AVFrame *from)
{
  bool known = c->scaler && c->source_width == from->width && c->source_height == from->height &&
               c->source_format == from->format;
  int ret = known ? 0 : make_scaler(c, from);
  if (ret < 0)
    return ret;
  /* scaled through a nameless twin, so that swscale sees nothing but the samples */
  AVFrame *bare = av_frame_clone(from);
  if (!bare)
    return AVERROR(ENOMEM);
  bare->format = plain_name(from->format);
  ret = sws_scale_frame(c->scaler, to, bare);
  av_frame_free(&bare);
  return ret;
}

int df_convert_frame(struct df_convert *c, AVFrame **frame_ptr, struct df_error *err)
{
  AVFrame *from = *frame_ptr;
  if (fits(c, from))
    return 0;
  AVFrame *to = new_frame(c);
  if (!to)
    return df_fail(err, DF_ENOMEM, "out of memory");
  df_ffmpeg_forget();
  int ret = convert_into(c, to, from);
  if (ret >= 0)
    ret = av_frame_copy_props(to, from);
  if (ret < 0) {
    av_frame_free(&to);
    const char *name = av_get_pix_fmt_name(from->format);
    return df_ffmpeg_error(err, DF_EUNSUPPORTED, ret, "pictures in %s cannot be converted",
        name ? name : "an unknown format");
  }
  av_frame_free(frame_ptr);
  *frame_ptr = to;
  return 0;
}
