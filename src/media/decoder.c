#include "media/decoder.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "media/conform.h"
#include "media/ffmpeg.h"
#include "media/video_info.h"

enum {
  THREADS_MAX = 16,
  PIXELS_MIN_LIMIT = 64 << 20, /* a damaged header may ask for absurd pictures; 8K is 32 << 20 */
  REPEAT_PART = 4,             /* see order_pts */
};

struct df_decoder {
  struct df_input *input; /* borrowed */
  const struct df_video_info *info;
  AVCodecContext *context;
  AVFrame *frame;
  struct df_conform *conform;
  struct df_span span;
  int64_t first_pts; /* of a file that has no time stamps */
  int64_t last_pts;  /* INT64_MIN before the first picture */
  int64_t step;      /* a picture's duration, time base; at least 1 */
  bool ended;        /* the decoder has given all */
  atomic_llong damaged;
};

static int choose_threads(int threads)
{
  long cores = threads > 0 ? threads : sysconf(_SC_NPROCESSORS_ONLN);
  return cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (int)cores;
}

static int open_codec(struct df_decoder *d, int threads, struct df_error *err)
{
  AVStream *stream = df_input_video_stream(d->input);
  const AVCodecParameters *parameters = stream->codecpar;
  const char *name = avcodec_get_name(parameters->codec_id);
  const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
  if (!codec)
    return df_fail(err, DF_EMISSING, "this machine's FFmpeg has no decoder for %s", name);
  d->context = avcodec_alloc_context3(codec);
  d->frame = av_frame_alloc();
  if (!d->context || !d->frame)
    return df_fail(err, DF_ENOMEM, "out of memory");
  df_ffmpeg_forget();
  int ret = avcodec_parameters_to_context(d->context, parameters);
  d->context->pkt_timebase = stream->time_base;
  d->context->thread_count = choose_threads(threads);
  d->context->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
  int64_t pixels = (int64_t)parameters->width * parameters->height * 4;
  d->context->max_pixels = FFMAX(pixels, PIXELS_MIN_LIMIT);
  if (ret >= 0)
    ret = avcodec_open2(d->context, codec, NULL);
  return ret < 0 ? df_ffmpeg_error(err, DF_EINPUT, ret, "the %s decoder cannot be opened", name)
                 : 0;
}

int df_decoder_create(struct df_input *input, int threads, struct df_log *log,
    struct df_decoder **ret_decoder, struct df_error *err)
{
  df_ffmpeg_quiet();
  struct df_decoder *d = calloc(1, sizeof *d);
  if (!d)
    return df_fail(err, DF_ENOMEM, "out of memory");
  d->input = input;
  d->info = df_input_video(input);
  d->span = df_input_span(input);
  d->last_pts = INT64_MIN;
  int64_t start = df_input_video_stream(input)->start_time;
  d->first_pts = start == AV_NOPTS_VALUE ? 0 : start;
  AVRational rate = {d->info->frame_rate.num, d->info->frame_rate.den};
  AVRational time_base = {d->info->time_base.num, d->info->time_base.den};
  d->step = FFMAX(1, av_rescale_q(1, av_inv_q(rate), time_base));
  int ret = open_codec(d, threads, err);
  if (ret == 0) {
    enum AVPixelFormat format =
        df_video_target((enum AVPixelFormat)df_input_video_stream(input)->codecpar->format);
    d->conform = df_conform_create(d->info, format, choose_threads(threads), log);
    if (!d->conform)
      ret = df_fail(err, DF_ENOMEM, "out of memory");
  }
  if (ret < 0) {
    df_decoder_destroy(&d);
    return ret;
  }
  *ret_decoder = d;
  return 0;
}

void df_decoder_destroy(struct df_decoder **decoder)
{
  struct df_decoder *d = *decoder;
  if (!d)
    return;
  df_conform_destroy(&d->conform);
  av_frame_free(&d->frame);
  avcodec_free_context(&d->context);
  free(d);
  *decoder = NULL;
}

int df_decoder_send(struct df_decoder *d, const AVPacket *packet, struct df_error *err)
{
  int ret = avcodec_send_packet(d->context, packet);
  if (ret == AVERROR(ENOMEM))
    return df_fail(err, DF_ENOMEM, "out of memory");
  if (ret < 0 && ret != AVERROR_EOF)
    atomic_fetch_add(&d->damaged, 1);
  return 0;
}

/*
 * The file's time stamp, or a made-up one that keeps the order. None: one picture's duration after the
 * last. Repeated or going back: a part of that after the last, so that the file's own stamps soon take
 * over again and nothing drifts.
 */
static void order_pts(struct df_decoder *d, AVFrame *frame)
{
  int64_t duration = df_ffmpeg_duration(frame), step = duration > 0 ? duration : d->step;
  int64_t pts = frame->best_effort_timestamp;
  if (d->last_pts == INT64_MIN)
    pts = pts == AV_NOPTS_VALUE ? d->first_pts : pts;
  else if (pts == AV_NOPTS_VALUE)
    pts = d->last_pts + step;
  else if (pts <= d->last_pts)
    pts = d->last_pts + FFMAX(1, d->step / REPEAT_PART);
  d->last_pts = frame->pts = pts;
}

static bool is_wanted(const struct df_decoder *d, int64_t pts)
{
  AVRational time_base = {d->info->time_base.num, d->info->time_base.den};
  int64_t time = av_rescale_q(pts, time_base, AV_TIME_BASE_Q);
  return time >= d->span.begin && time < d->span.end;
}

static bool is_damaged(const AVFrame *frame)
{
  return frame->decode_error_flags || frame->flags & AV_FRAME_FLAG_CORRUPT;
}

/* 1 with a frame that is wanted in d->frame, 0 when there is none for now or (d->ended) for ever. */
static int next_frame(struct df_decoder *d, struct df_error *err)
{
  for (;;) {
    int ret = avcodec_receive_frame(d->context, d->frame);
    d->ended = ret == AVERROR_EOF;
    if (d->ended || ret == AVERROR(EAGAIN))
      return 0;
    if (ret == AVERROR(ENOMEM))
      return df_fail(err, DF_ENOMEM, "out of memory");
    if (ret < 0) {
      atomic_fetch_add(&d->damaged, 1);
      continue;
    }
    order_pts(d, d->frame);
    if (is_wanted(d, d->frame->pts))
      break;
    av_frame_unref(d->frame);
  }
  if (is_damaged(d->frame))
    atomic_fetch_add(&d->damaged, 1);
  return 1;
}

/* Hands the decoder's next frame, or the end, to conform: 1 done, 0 nothing to hand. */
static int feed_conform(struct df_decoder *d, struct df_error *err)
{
  if (d->ended)
    return 0;
  int ret = next_frame(d, err);
  if (ret < 0 || (ret == 0 && !d->ended))
    return ret;
  AVFrame *frame = NULL;
  if (!d->ended) {
    frame = av_frame_alloc();
    if (!frame)
      return df_fail(err, DF_ENOMEM, "out of memory");
    av_frame_move_ref(frame, d->frame);
  }
  ret = df_conform_send(d->conform, frame ? &frame : NULL, err);
  return ret < 0 ? ret : 1;
}

int df_decoder_receive(struct df_decoder *d, struct df_picture **ret_picture, struct df_error *err)
{
  AVFrame *frame = NULL;
  while (!df_conform_receive(d->conform, &frame)) {
    int ret = feed_conform(d, err);
    if (ret <= 0)
      return ret;
  }
  struct df_picture *picture = df_ffmpeg_wrap(&frame, d->info->colour);
  if (!picture) {
    av_frame_free(&frame);
    return df_fail(err, DF_ENOMEM, "out of memory");
  }
  *ret_picture = picture;
  return 1;
}

int64_t df_decoder_damaged(const struct df_decoder *d)
{
  return atomic_load(&d->damaged) + df_input_damaged(d->input);
}
