#include "media/conform.h"

#include <assert.h>
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <stdlib.h>

#include "media/convert.h"
#include "media/ffmpeg.h"
#include "media/filter_chain.h"
#include "media/video_info.h"

enum {
  READY_MAX = 8, /* a chain that ends gives a few frames at once */
  BWDIF_WIDTH = 3,
  BWDIF_HEIGHT = 4, /* it refuses smaller pictures */
};

struct df_conform {
  const struct df_video_info *info;
  struct df_log *log;
  int threads;
  int width, height;         /* wanted before rotation */
  enum AVPixelFormat format; /* wanted before rotation */
  bool deinterlace;          /* from the first interlaced frame on */
  bool said_change;
  struct df_convert *convert;
  struct df_filter_chain *chain; /* NULL while none is needed */
  AVFrame *ready[READY_MAX];
  int ready_count, ready_next;
};

struct df_conform *df_conform_create(
    const struct df_video_info *info, enum AVPixelFormat format, int threads, struct df_log *log)
{
  struct df_conform *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  bool turned = info->rotation % 180 != 0;
  c->info = info;
  c->log = log;
  c->threads = threads;
  c->format = format;
  c->width = turned ? info->height : info->width;
  c->height = turned ? info->width : info->height;
  c->convert = df_convert_create(c->width, c->height, format, info->colour, threads);
  if (!c->convert)
    df_conform_destroy(&c);
  return c;
}

void df_conform_destroy(struct df_conform **conform)
{
  struct df_conform *c = *conform;
  if (!c)
    return;
  for (int i = c->ready_next; i < c->ready_count; i++)
    av_frame_free(&c->ready[i]);
  df_filter_chain_destroy(&c->chain);
  df_convert_destroy(&c->convert);
  free(c);
  *conform = NULL;
}

static bool is_upright(const struct df_conform *c)
{
  return c->info->rotation == 0 && !c->info->flipped;
}

/* Filters in the order they apply. */
static void describe(const struct df_conform *c, char *text, size_t size)
{
  static const char *const turns[] = {"null", "transpose=clock", "hflip,vflip", "transpose=cclock"};
  snprintf(text, size, "%s,%s,%s",
      c->deinterlace ? "bwdif=mode=send_frame:deint=interlaced" : "null",
      c->info->flipped ? "hflip" : "null", turns[c->info->rotation / 90]);
}

/* 4:2:2 turned is 4:4:0, which nothing downstream knows: all of its chroma is kept as 4:4:4. */
static enum AVPixelFormat turned_format(const struct df_conform *c)
{
  if (c->info->rotation % 180 == 0)
    return c->format;
  if (c->format == AV_PIX_FMT_YUV422P)
    return AV_PIX_FMT_YUV444P;
  if (c->format == AV_PIX_FMT_YUV422P10LE)
    return AV_PIX_FMT_YUV444P10LE;
  return c->format;
}

static int build_chain(struct df_conform *c, struct df_error *err)
{
  char filters[128], text[256];
  describe(c, filters, sizeof filters);
  snprintf(text, sizeof text, "%s,format=%s", filters, av_get_pix_fmt_name(turned_format(c)));
  const struct df_filter_chain_options options = {
      .filters = text,
      .what = "turning or deinterlacing",
      .format = c->format,
      .width = c->width,
      .height = c->height,
      .time_base = {c->info->time_base.num, c->info->time_base.den},
      .colour = &c->info->colour,
      .threads = c->threads,
  };
  return df_filter_chain_create(&options, &c->chain, err);
}

static void put_ready(struct df_conform *c, AVFrame *frame)
{
  assert(c->ready_count < READY_MAX);
  c->ready[c->ready_count++] = frame;
}

/* bwdif doubles the time base; durations are not all filters' concern, so they travel in `opaque`. */
static int collect(struct df_conform *c, struct df_error *err)
{
  AVRational time_base = {c->info->time_base.num, c->info->time_base.den};
  for (;;) {
    AVFrame *frame = av_frame_alloc();
    int ret = frame ? df_filter_chain_receive(c->chain, frame, err)
                    : df_fail(err, DF_ENOMEM, "out of memory");
    if (ret <= 0) {
      av_frame_free(&frame);
      return ret;
    }
    frame->pts = av_rescale_q(frame->pts, df_filter_chain_time_base(c->chain), time_base);
    df_ffmpeg_set_duration(frame, (int64_t)(intptr_t)frame->opaque);
    put_ready(c, frame);
  }
}

static int end_chain(struct df_conform *c, struct df_error *err)
{
  if (!c->chain)
    return 0;
  int ret = df_filter_chain_send(c->chain, NULL, err);
  if (ret == 0)
    ret = collect(c, err);
  df_filter_chain_destroy(&c->chain);
  return ret;
}

/* A chain with bwdif is made when the first interlaced frame shows, so progressive ones never pay. */
static int prepare_chain(struct df_conform *c, const AVFrame *frame, struct df_error *err)
{
  if (!c->deinterlace && df_ffmpeg_interlaced(frame) && c->width >= BWDIF_WIDTH &&
      c->height >= BWDIF_HEIGHT) {
    int ret = end_chain(c, err);
    if (ret < 0)
      return ret;
    c->deinterlace = true;
  }
  if (c->chain || (!c->deinterlace && is_upright(c)))
    return 0;
  return build_chain(c, err);
}

/* What a stream turns into in its middle, said once. */
static void say_change(struct df_conform *c, const AVFrame *frame)
{
  bool resized = frame->width != c->width || frame->height != c->height;
  bool reformatted = df_video_target(frame->format) != c->format;
  if (c->said_change || (!resized && !reformatted))
    return;
  c->said_change = true;
  const char *name = av_get_pix_fmt_name(frame->format);
  df_log_say(c->log, DF_LOG_WARNING,
      "the pictures change to %dx%d %s at %.1f s; converted to the first ones' %dx%d %s",
      frame->width, frame->height, name ? name : "of an unknown format",
      (double)frame->pts * c->info->time_base.num / c->info->time_base.den, c->width, c->height,
      av_get_pix_fmt_name(c->format));
}

int df_conform_send(struct df_conform *c, AVFrame **frame_ptr, struct df_error *err)
{
  if (c->ready_next == c->ready_count)
    c->ready_next = c->ready_count = 0;
  if (!frame_ptr)
    return end_chain(c, err);
  AVFrame *frame = *frame_ptr;
  *frame_ptr = NULL;
  say_change(c, frame);
  int ret = df_convert_frame(c->convert, &frame, err);
  if (ret == 0)
    ret = prepare_chain(c, frame, err);
  if (ret < 0 || !c->chain) {
    if (ret == 0)
      put_ready(c, frame);
    else
      av_frame_free(&frame);
    return ret;
  }
  frame->opaque = (void *)(intptr_t)df_ffmpeg_duration(frame);
  frame->sample_aspect_ratio = (AVRational){1, 1};
  df_ffmpeg_set_colour(frame, c->info->colour);
  ret = df_filter_chain_send(c->chain, frame, err);
  av_frame_free(&frame);
  return ret < 0 ? ret : collect(c, err);
}

int df_conform_receive(struct df_conform *c, AVFrame **ret_frame)
{
  if (c->ready_next == c->ready_count)
    return 0;
  *ret_frame = c->ready[c->ready_next++];
  return 1;
}
