#include "media/decoder.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "media/backlog.h"
#include "media/conform.h"
#include "media/ffmpeg.h"
#include "media/nvdec.h"
#include "media/stand_in.h"
#include "media/upload.h"
#include "media/video_info.h"

enum {
  THREADS_MAX = 16,
  BACKLOG_MAX = 256 << 20,     /* bytes of packets kept for the CPU while NVDEC decodes */
  PIXELS_MIN_LIMIT = 64 << 20, /* a damaged header may ask for absurd pictures; 8K is 32 << 20 */
  REPEAT_PART = 4,             /* see order_pts */
};

struct df_decoder {
  struct df_input *input; /* borrowed, as is the log */
  struct df_log *log;
  struct df_decoder_options options;
  const struct df_video_info *info;
  AVCodecContext *context;
  AVFrame *frame;
  struct df_conform *conform;
  struct df_nvdec *nvdec;     /* NULL: the CPU decodes */
  struct df_backlog *backlog; /* NULL when NVDEC never decoded */
  struct df_upload *upload;   /* NULL: the CPU's pictures stay in host memory */
  bool replaying;             /* the CPU is being given what NVDEC was given */
  bool flushed;               /* the end of the stream was sent */
  int64_t given;              /* pictures that came out of the codec and were not repeats */
  char refusal[DF_ERROR_TEXT];
  struct df_span span;
  int64_t first_pts; /* of a file that has no time stamps */
  int64_t last_pts;  /* INT64_MIN before the first picture */
  int64_t step;      /* a picture's duration, time base; at least 1 */
  bool ended;        /* the decoder has given all */
  bool closed;       /* and what stands in for its last pictures was asked for */
  int64_t sent_pts;  /* the latest that was given to it, of those wanted; INT64_MIN: none */
  struct df_stand_in stand_in;
  atomic_llong damaged;
  int64_t hurt; /* the same, with what was seen again while replaying */
};

static int choose_threads(int threads)
{
  long cores = threads > 0 ? threads : sysconf(_SC_NPROCESSORS_ONLN);
  return cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (int)cores;
}

/* FFmpeg's own decoder of a codec is the one that can use NVDEC; for AV1 it prefers another one. */
static const AVCodec *find_decoder(enum AVCodecID id, bool nvdec)
{
  const AVCodec *codec =
      nvdec && id == AV_CODEC_ID_AV1 ? avcodec_find_decoder_by_name("av1") : NULL;
  return codec ? codec : avcodec_find_decoder(id);
}

/* With NVDEC where there is d->nvdec. */
static int open_codec(struct df_decoder *d, struct df_error *err)
{
  AVStream *stream = df_input_video_stream(d->input);
  const AVCodecParameters *parameters = stream->codecpar;
  const char *name = avcodec_get_name(parameters->codec_id);
  const AVCodec *codec = find_decoder(parameters->codec_id, d->nvdec);
  if (!codec)
    return df_fail(err, DF_EMISSING, "this machine's FFmpeg has no decoder for %s", name);
  d->context = avcodec_alloc_context3(codec);
  if (!d->context)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int ret = avcodec_parameters_to_context(d->context, parameters);
  d->context->pkt_timebase = stream->time_base;
  d->context->thread_count = choose_threads(d->options.threads);
  d->context->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
  int64_t pixels = (int64_t)parameters->width * parameters->height * 4;
  d->context->max_pixels = FFMAX(pixels, PIXELS_MIN_LIMIT);
  if (d->backlog)
    df_ffmpeg_number_packets(d->context);
  if (d->nvdec && df_nvdec_attach(d->nvdec, d->context, err) < 0)
    return DF_ENOMEM;
  df_ffmpeg_forget();
  if (ret >= 0)
    ret = df_ffmpeg_fault(DF_FAULT_AT_DECODE_OPEN, df_input_path(d->input));
  if (ret >= 0)
    ret = avcodec_open2(d->context, codec, NULL);
  return ret < 0 ? df_ffmpeg_error(err, DF_EINPUT, ret, "the %s decoder cannot be opened", name)
                 : 0;
}

static int open_nvdec(struct df_decoder *d, struct df_error *err)
{
  if (!df_nvdec_knows(df_input_video_stream(d->input)->codecpar->codec_id)) {
    snprintf(d->refusal, sizeof d->refusal, "it does not know %s", d->info->codec);
    return 0;
  }
  d->backlog = df_backlog_create(BACKLOG_MAX);
  if (!d->backlog)
    return df_fail(err, DF_ENOMEM, "out of memory");
  return df_nvdec_create(d->options.gpu, d->options.device, d->options.stream, d->info,
      d->options.pictures, &d->nvdec, err);
}

/* One that is refused from the start is so for what the machine has, as others of its kind will be. */
static void say_refusal(const struct df_decoder *d)
{
  static const char words[] = "the CPU decodes, and pictures are uploaded";
  if (d->given == 0)
    df_log_event_of_all(
        d->log, DF_LOG_WARNING, DF_EVENT_DECODER_TO_CPU, "%s: %s", words, d->refusal);
  else
    df_log_event(d->log, DF_LOG_WARNING, DF_EVENT_DECODER_TO_CPU, "%s: %s", words, d->refusal);
}

static int open_all(struct df_decoder *d, struct df_error *err)
{
  d->frame = av_frame_alloc();
  enum AVPixelFormat format =
      df_video_target((enum AVPixelFormat)df_input_video_stream(d->input)->codecpar->format);
  d->conform = df_conform_create(d->info, format, choose_threads(d->options.threads), d->log);
  if (!d->frame || !d->conform)
    return df_fail(err, DF_ENOMEM, "out of memory");
  struct df_gpu *gpu = d->options.gpu;
  int ret = 0;
  if (gpu)
    ret = df_upload_create(
        gpu, d->options.device, d->options.stream, d->options.pictures, &d->upload, err);
  if (gpu && ret == 0)
    ret = open_nvdec(d, err);
  if (ret == 0)
    ret = open_codec(d, err);
  if (gpu && ret == 0 && !d->nvdec)
    say_refusal(d);
  return ret;
}

int df_decoder_create(struct df_input *input, const struct df_decoder_options *options,
    struct df_log *log, struct df_decoder **ret_decoder, struct df_error *err)
{
  df_ffmpeg_quiet();
  struct df_decoder *d = calloc(1, sizeof *d);
  if (!d)
    return df_fail(err, DF_ENOMEM, "out of memory");
  d->input = input;
  d->log = log;
  d->options = *options;
  d->info = df_input_video(input);
  d->span = df_input_span(input);
  d->last_pts = d->sent_pts = INT64_MIN;
  int64_t start = df_input_video_stream(input)->start_time;
  d->first_pts = start == AV_NOPTS_VALUE ? 0 : start;
  AVRational rate = {d->info->frame_rate.num, d->info->frame_rate.den};
  AVRational time_base = {d->info->time_base.num, d->info->time_base.den};
  d->step = d->stand_in.step = FFMAX(1, av_rescale_q(1, av_inv_q(rate), time_base));
  int ret = open_all(d, err);
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
  df_stand_in_finish(&d->stand_in);
  df_conform_destroy(&d->conform);
  av_frame_free(&d->frame);
  avcodec_free_context(&d->context);
  df_nvdec_destroy(&d->nvdec);
  df_upload_destroy(&d->upload);
  df_backlog_destroy(&d->backlog);
  free(d);
  *decoder = NULL;
}

/*
 * From NVDEC to the CPU: all packets that are kept are decoded again, and of what comes of them what was
 * given before is left out, so that neither a picture is missing nor one comes twice.
 */
static int fall_back(struct df_decoder *d, const char *reason, struct df_error *err)
{
  snprintf(d->refusal, sizeof d->refusal, "%s", reason);
  if (!df_backlog_rewind(d->backlog))
    return df_fail(err, DF_ELIBRARY,
        "NVDEC failed at picture %lld (%s), and since the last key frame more was read than is "
        "kept "
        "to decode again: use the CPU (--device cpu)",
        (long long)d->given, d->refusal);
  say_refusal(d);
  av_frame_unref(d->frame);
  avcodec_free_context(&d->context);
  df_nvdec_destroy(&d->nvdec);
  d->replaying = true;
  return open_codec(d, err);
}

/* What the driver says, with the picture at which it said it. */
static int fall_back_failed(struct df_decoder *d, int avcode, struct df_error *err)
{
  const char *said = df_ffmpeg_transcript();
  char reason[DF_FFMPEG_TRANSCRIPT + 64], at[48] = "", text[AV_ERROR_MAX_STRING_SIZE] = "";
  if (d->given > 0)
    snprintf(at, sizeof at, " at picture %lld", (long long)d->given);
  av_strerror(avcode < 0 ? avcode : AVERROR_EXTERNAL, text, sizeof text);
  snprintf(reason, sizeof reason, "NVDEC refused%s (%s)", at, said[0] ? said : text);
  return fall_back(d, reason, err);
}

static void count_damage(struct df_decoder *d, const char *what)
{
  atomic_fetch_add(&d->damaged, 1);
  df_log_event(d->log, DF_LOG_WARNING, DF_EVENT_DAMAGED, "%s", what);
}

/* What NVDEC was given before was counted then, if it was told. */
static void note_damage(struct df_decoder *d)
{
  d->hurt++;
  if (!d->replaying)
    count_damage(d, "damaged packets that cannot be decoded are passed over");
}

static int send(struct df_decoder *d, const AVPacket *packet, struct df_error *err)
{
  df_ffmpeg_forget();
  int ret = df_ffmpeg_fault(DF_FAULT_AT_DECODE, df_input_path(d->input));
  if (ret == 0)
    ret = avcodec_send_packet(d->context, packet);
  if (d->nvdec && df_nvdec_failed(d->nvdec, ret))
    return fall_back_failed(d, ret, err);
  if (ret == AVERROR(ENOMEM))
    return df_ffmpeg_error(err, DF_ENOMEM, ret, "%s cannot be decoded on", df_input_path(d->input));
  if (ret < 0 && ret != AVERROR_EOF)
    note_damage(d);
  return 0;
}

static bool is_wanted(const struct df_decoder *d, int64_t pts)
{
  AVRational time_base = {d->info->time_base.num, d->info->time_base.den};
  int64_t time = av_rescale_q(pts, time_base, AV_TIME_BASE_Q);
  return time >= d->span.begin && time < d->span.end;
}

int df_decoder_send(struct df_decoder *d, const AVPacket *packet, struct df_error *err)
{
  d->flushed = !packet;
  if (packet && packet->pts != AV_NOPTS_VALUE && is_wanted(d, packet->pts))
    d->sent_pts = FFMAX(d->sent_pts, packet->pts);
  if (d->backlog && packet && df_backlog_push(d->backlog, packet, &packet) < 0)
    return df_fail(err, DF_ENOMEM, "out of memory");
  return send(d, packet, err);
}

/* Gives the CPU the next packet of those that NVDEC had: 1 done, 0 there is none. */
static int replay(struct df_decoder *d, struct df_error *err)
{
  if (!d->replaying)
    return 0;
  const AVPacket *packet = df_backlog_read(d->backlog);
  if (!packet)
    d->replaying = false;
  if (!packet && !d->flushed)
    return 0;
  int ret = send(d, packet, err);
  return ret < 0 ? ret : 1;
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

static bool is_damaged(const AVFrame *frame)
{
  return frame->decode_error_flags || frame->flags & AV_FRAME_FLAG_CORRUPT;
}

/*
 * 1 with what the codec has next in d->frame, 0 when there is none for now or (d->ended) for ever. Where NVDEC
 * stops the CPU goes on.
 */
static int codec_frame(struct df_decoder *d, struct df_error *err)
{
  for (;;) {
    df_ffmpeg_forget();
    int ret = avcodec_receive_frame(d->context, d->frame), result = 0;
    const char *unfit = ret >= 0 && d->nvdec ? df_nvdec_unfit(d->nvdec, d->frame) : NULL;
    if (d->nvdec && df_nvdec_failed(d->nvdec, ret))
      result = fall_back_failed(d, ret, err);
    else if (unfit)
      result = fall_back(d, unfit, err);
    else if (ret == AVERROR(EAGAIN) && (result = replay(d, err)) == 0)
      return 0;
    else if ((d->ended = ret == AVERROR_EOF))
      return 0;
    else if (ret == AVERROR(ENOMEM))
      return df_fail(err, DF_ENOMEM, "out of memory");
    else if (ret >= 0)
      return 1;
    else if (ret != AVERROR(EAGAIN))
      note_damage(d);
    if (result < 0)
      return result;
  }
}

/* Whether NVDEC gave the same picture before; notes what it gives. */
static bool is_repeat(struct df_decoder *d)
{
  if (d->backlog && !d->nvdec && df_backlog_repeats(d->backlog, df_ffmpeg_number(d->frame)))
    return true;
  if (d->nvdec)
    df_backlog_given(d->backlog, df_ffmpeg_number(d->frame));
  d->given++;
  return false;
}

/* As codec_frame, with a frame that is wanted and has its time. */
static int next_frame(struct df_decoder *d, struct df_error *err)
{
  int ret;
  while ((ret = codec_frame(d, err)) == 1) {
    if (!is_repeat(d)) {
      order_pts(d, d->frame);
      if (is_wanted(d, d->frame->pts))
        break;
    }
    av_frame_unref(d->frame);
  }
  if (ret == 1 && is_damaged(d->frame)) {
    d->hurt++;
    count_damage(d, "some pictures are damaged, and shown as far as they can be decoded");
  }
  return ret;
}

/* The next frame, the caller's: 1; NULL at the end of the stream; 0 when there is none for now or for ever. */
static int take_frame(struct df_decoder *d, AVFrame **ret_frame, struct df_error *err)
{
  *ret_frame = NULL;
  if (d->ended)
    return 0;
  int ret = next_frame(d, err);
  if (ret < 0 || (ret == 0 && !d->ended))
    return ret;
  if (d->ended)
    return 1;
  *ret_frame = av_frame_alloc();
  if (!*ret_frame)
    return df_fail(err, DF_ENOMEM, "out of memory");
  av_frame_move_ref(*ret_frame, d->frame);
  return 1;
}

/* A picture of what the CPU made, where it is wanted; takes the frame. */
static int finish(
    struct df_decoder *d, AVFrame *frame, struct df_picture **ret_picture, struct df_error *err)
{
  struct df_picture *picture = df_ffmpeg_wrap(&frame, d->info->colour);
  if (!picture) {
    av_frame_free(&frame);
    return df_fail(err, DF_ENOMEM, "out of memory");
  }
  if (!d->upload) {
    *ret_picture = picture;
    return 1;
  }
  int ret = df_upload_picture(d->upload, picture, ret_picture, err);
  df_picture_unref(&picture);
  return ret < 0 ? ret : 1;
}

/* The next picture that really came. */
static int receive(struct df_decoder *d, struct df_picture **ret_picture, struct df_error *err)
{
  AVFrame *frame = NULL;
  while (!df_conform_receive(d->conform, &frame)) {
    int ret = take_frame(d, &frame, err);
    if (ret <= 0)
      return ret;
    if (frame && d->nvdec) {
      ret = df_nvdec_take(d->nvdec, &frame, ret_picture, err);
      return ret < 0 ? ret : 1;
    }
    ret = df_conform_send(d->conform, frame ? &frame : NULL, err);
    if (ret < 0)
      return ret;
  }
  return finish(d, frame, ret_picture, err);
}

int df_decoder_receive(struct df_decoder *d, struct df_picture **ret_picture, struct df_error *err)
{
  for (;;) {
    struct df_picture *picture = NULL;
    int ret = df_stand_in_pop(&d->stand_in, ret_picture, err);
    if (ret == 0)
      ret = receive(d, &picture, err);
    else
      return ret;
    int64_t hurt = d->hurt + df_input_damaged(d->input);
    if (ret == 1)
      df_stand_in_push(&d->stand_in, picture, hurt);
    else if (ret == 0 && d->ended && !d->closed)
      df_stand_in_end(&d->stand_in, d->sent_pts, hurt);
    else
      return ret;
    d->closed = ret == 0;
  }
}

int64_t df_decoder_damaged(const struct df_decoder *d)
{
  return atomic_load(&d->damaged) + df_input_damaged(d->input);
}

const char *df_decoder_refusal(const struct df_decoder *d)
{
  return d->refusal[0] ? d->refusal : NULL;
}
