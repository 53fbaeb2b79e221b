#include "media/encoder.h"

#include <assert.h>
#include <libavcodec/avcodec.h>
#include <libavutil/dict.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/cuda_context.h"
#include "media/download.h"
#include "media/encoder_nvenc.h"
#include "media/encoder_pending.h"
#include "media/encoder_settings.h"
#include "media/encoder_times.h"
#include "media/ffmpeg.h"
#include "media/planar.h"
#include "media/tone_map.h"

struct df_encoder {
  AVCodecContext *context;      /* of NVENC or of the software; NULL where nothing is encoded */
  AVBufferRef *frames;          /* NVENC's; NULL where it does not encode */
  struct df_download *download; /* NULL but where software encodes what is in device memory */
  struct df_pending *pending;   /* what is inside NVENC; NULL where it never encoded */
  struct df_encoder_options options;
  char preset[16];             /* what the options' one is a copy of */
  struct df_log *log;          /* borrowed */
  char refusal[DF_ERROR_TEXT]; /* of NVENC; "" none */
  struct df_encoder_plan plan;
  struct df_colour colour; /* of the pictures as encoded */
  struct df_tone_map *tone_map;
  struct df_pool *planar; /* NULL when the encoder takes what is composed */
  struct df_encoder_times times;
  int64_t sent;      /* pictures given */
  bool fed;          /* the codec has had one */
  bool counted;      /* at the gate, as having NVENC open */
  bool ended;        /* there are no more pictures */
  bool ending;       /* the codec is to be told so once what it has is received */
  bool retaking;     /* pictures that were inside NVENC when it failed are being given again */
  size_t retaken;    /* of them, so far */
  int64_t released;  /* packets handed on */
  int64_t failed_at; /* packets that had been when NVENC failed last; -1 never */
};

static void say_losses(const struct df_encoder_options *options, const struct df_encoder_plan *plan,
    struct df_log *log)
{
  const char *codec = df_codec_names[plan->codec];
  if (plan->tone_map)
    df_log_say(log, DF_LOG_NOTE,
        "HDR (%s) is tone-mapped to BT.709, 8 bit, for %s; hevc and av1 would keep it",
        options->transfer == DF_TRANSFER_PQ ? "PQ" : "HLG", codec);
  else if (options->depth > plan->format.depth)
    df_log_say(log, DF_LOG_NOTE, "%d bit are reduced to %d for %s; hevc and av1 would keep them",
        options->depth, plan->format.depth, codec);
}

/* SVT-AV1 reports on stderr unless told otherwise, which can only be done so. A user's own word stands. */
static void quiet_svt(void)
{
  setenv("SVT_LOG", "0", 0);
}

static int open_software(
    struct df_encoder *encoder, const struct df_encoder_options *options, struct df_error *err)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  const char *name = df_profile_get(encoder->plan.codec, options->profile)->encoder;
  const AVCodec *codec = avcodec_find_encoder_by_name(name);
  if (!codec)
    return df_fail(err, DF_EMISSING,
        "this FFmpeg was built without %s, so %s cannot be encoded; install Debian's FFmpeg "
        "libraries or choose another codec",
        name, df_codec_names[encoder->plan.codec]);
  encoder->context = avcodec_alloc_context3(codec);
  if (!encoder->context)
    return df_fail(err, DF_ENOMEM, "no memory for %s", name);

  if (encoder->plan.codec == DF_CODEC_AV1)
    pthread_once(&once, quiet_svt);
  AVDictionary *dictionary = NULL;
  int result = df_encoder_settings(
      options, &encoder->plan, &encoder->colour, encoder->context, &dictionary, err);
  if (encoder->pending && encoder->times.delay == 0)
    encoder->context->max_b_frames = 0; /* as NVENC began */
  if (result == 0) {
    df_ffmpeg_forget();
    int opened = df_ffmpeg_fault(DF_FAULT_AT_ENCODE_OPEN, options->input);
    if (opened == 0)
      opened = avcodec_open2(encoder->context, codec, &dictionary);
    if (opened < 0)
      result = df_ffmpeg_error(err, DF_ELIBRARY, opened, "%s cannot be opened for %dx%d", name,
          options->width, options->height);
    else if (av_dict_count(dictionary) > 0)
      result = df_fail(err, DF_ELIBRARY, "%s does not know its option %s", name,
          av_dict_get(dictionary, "", NULL, AV_DICT_IGNORE_SUFFIX)->key);
  }
  av_dict_free(&dictionary);
  return result;
}

static int open_conversion(
    struct df_encoder *encoder, const struct df_encoder_options *options, struct df_error *err)
{
  assert(encoder->context);
  if (encoder->context->pix_fmt == AV_PIX_FMT_NV12)
    return 0;
  encoder->planar =
      df_pool_create(df_planar_format(encoder->plan.format), options->width, options->height);
  if (!encoder->planar)
    return df_fail(err, DF_ENOMEM, "no memory for pictures to encode");
  if (!encoder->plan.tone_map)
    return 0;
  struct df_tone_map_options tone_map = {
      .width = options->width,
      .height = options->height,
      .colour = options->colour,
      .transfer = options->transfer,
      .hdr = options->hdr,
      .threads = options->threads,
  };
  return df_tone_map_create(&tone_map, &encoder->tone_map, err);
}

static int64_t nominal_duration(const struct df_encoder_options *options)
{
  AVRational frame = {options->frame_rate.den, options->frame_rate.num};
  AVRational unit = {options->time_base.num, options->time_base.den};
  if (frame.num <= 0 || frame.den <= 0)
    return 0;
  return av_rescale_q(1, frame, unit);
}

/*
 * Pictures that come out before one that is shown earlier: with a B-frame that others refer to, two. What a
 * packet of AV1 holds back is never shown by another, so there it is none.
 */
static size_t reordering(const struct df_encoder *encoder, const struct df_encoder_options *options)
{
  enum df_codec codec = encoder->plan.codec;
  if (codec == DF_CODEC_AV1)
    return 0;
  int b_frames = encoder->frames ? encoder->context->max_b_frames
                                 : df_encoder_b_frames(codec, options->profile, options->preset);
  return b_frames > 1 ? 2 : (size_t)b_frames;
}

/* Whoever wants NVENC where it cannot be gets `refused` as the error, others a word and its software twin. */
static int refuse(struct df_encoder *encoder, const struct df_error *refused, struct df_error *err)
{
  const struct df_encoder_options *options = &encoder->options;
  if (options->hardware == DF_HARDWARE_NVENC || refused->code == DF_ENOMEM)
    return df_fail(err, refused->code, "%s", refused->text);
  snprintf(encoder->refusal, sizeof encoder->refusal, "%s", refused->text);
  df_log_say(encoder->log, DF_LOG_WARNING, "%s encodes on the CPU: %s",
      df_profile_get(encoder->plan.codec, options->profile)->encoder, refused->text);
  return 0;
}

/* Tells the gate who has NVENC open now. */
static void pass_gate(struct df_encoder *encoder, bool opened)
{
  if (!encoder->options.gate || encoder->counted == opened)
    return;
  if (opened)
    df_nvenc_gate_opened(encoder->options.gate);
  else
    df_nvenc_gate_closed(encoder->options.gate);
  encoder->counted = opened;
}

static int open_nvenc(struct df_encoder *encoder, struct df_error *err)
{
  const struct df_encoder_options *options = &encoder->options;
  struct df_encoder_nvenc nvenc = {0};
  struct df_error refused = {0};
  if (encoder->plan.tone_map)
    df_fail(&refused, DF_EUNSUPPORTED,
        "HDR is tone-mapped to BT.709 by the CPU; hevc or av1 would keep it, on NVENC");
  else
    df_encoder_nvenc_open_in_turn(
        options, &encoder->plan, &encoder->colour, encoder->log, &nvenc, &refused);
  if (refused.code < 0)
    return refuse(encoder, &refused, err);
  encoder->context = nvenc.context;
  encoder->frames = nvenc.frames;
  encoder->counted = options->gate; /* by who opened it */
  encoder->pending = df_pending_create();
  if (!encoder->pending)
    return df_fail(err, DF_ENOMEM, "no memory for an encoder");
  if (options->preset && !df_encoder_is_nvenc_preset(options->preset))
    df_log_say(encoder->log, DF_LOG_NOTE, "the preset %s is not NVENC's, which goes by the profile",
        options->preset);
  return 0;
}

/* The software twin, and what brings it pictures that are in device memory. */
static int open_twin(struct df_encoder *encoder, struct df_error *err)
{
  struct df_encoder_options own = encoder->options;
  if (own.preset && df_encoder_is_nvenc_preset(own.preset) && own.gpu)
    own.preset = NULL;
  int result = open_software(encoder, &own, err);
  if (result == 0)
    result = open_conversion(encoder, &own, err);
  if (result == 0 && own.gpu)
    result = df_download_create(
        own.gpu, own.stream, encoder->plan.format, own.width, own.height, &encoder->download, err);
  return result;
}

static int open_any(struct df_encoder *encoder, struct df_error *err)
{
  const struct df_encoder_options *options = &encoder->options;
  if (encoder->plan.codec == DF_CODEC_NONE)
    return 0;
  int result = 0;
  if (options->gpu && options->hardware != DF_HARDWARE_SOFTWARE)
    result = open_nvenc(encoder, err);
  if (result == 0 && !encoder->context)
    result = open_twin(encoder, err);
  if (result < 0)
    return result;
  encoder->times.delay = reordering(encoder, options);
  say_losses(options, &encoder->plan, encoder->log);
  return 0;
}

int df_encoder_create(const struct df_encoder_options *options, struct df_log *log,
    struct df_encoder **ret_encoder, struct df_error *err)
{
  df_ffmpeg_quiet();
  struct df_encoder_plan plan;
  int result = df_encoder_plan(options, &plan, err);
  if (result < 0)
    return result;
  struct df_encoder *encoder = calloc(1, sizeof *encoder);
  if (!encoder)
    return df_fail(err, DF_ENOMEM, "no memory for an encoder");
  encoder->plan = plan;
  encoder->colour = plan.tone_map ? df_tone_map_colour : options->colour;
  encoder->times.last_duration = nominal_duration(options);
  encoder->options = *options;
  if (options->preset) {
    snprintf(encoder->preset, sizeof encoder->preset, "%s", options->preset);
    encoder->options.preset = encoder->preset;
  }
  encoder->log = log;
  encoder->failed_at = -1;
  result = open_any(encoder, err);
  if (result < 0) {
    df_encoder_destroy(&encoder);
    return result;
  }
  *ret_encoder = encoder;
  return 0;
}

/*
 * SVT-AV1 waits for ever when it is closed before it saw a picture, so it is shown a blank one. Without
 * memory for that it is rather left open.
 */
static bool may_be_closed(struct df_encoder *encoder)
{
  AVCodecContext *context = encoder->context;
  bool svt = encoder->plan.codec == DF_CODEC_AV1 && !encoder->frames;
  if (!context || !avcodec_is_open(context) || encoder->fed || !svt)
    return true;
  AVFrame *blank = av_frame_alloc();
  if (!blank)
    return false;
  blank->width = context->width;
  blank->height = context->height;
  blank->format = context->pix_fmt;
  blank->pts = 0;
  bool shown = av_frame_get_buffer(blank, 0) >= 0 && avcodec_send_frame(context, blank) >= 0;
  av_frame_free(&blank);
  return shown;
}

void df_encoder_destroy(struct df_encoder **encoder_ptr)
{
  struct df_encoder *encoder = *encoder_ptr;
  if (!encoder)
    return;
  if (may_be_closed(encoder))
    avcodec_free_context(&encoder->context);
  av_buffer_unref(&encoder->frames);
  pass_gate(encoder, false);
  df_download_destroy(&encoder->download);
  df_pending_destroy(&encoder->pending);
  df_tone_map_destroy(&encoder->tone_map);
  df_pool_destroy(&encoder->planar);
  df_encoder_times_finish(&encoder->times);
  free(encoder);
  *encoder_ptr = NULL;
}

int df_encoder_follow(
    struct df_encoder *encoder, const int64_t *pts, size_t count, struct df_error *err)
{
  int result = df_encoder_times_follow(&encoder->times, pts, count);
  return result < 0 ? df_fail(err, result, "no memory for a picture's time") : 0;
}

void df_encoder_lead(struct df_encoder *encoder, int64_t pts)
{
  df_encoder_times_end(&encoder->times, pts);
}

/* The picture as the encoder wants it: itself, or its samples laid out anew. NULL: out of memory. */
static AVFrame *frame_of(struct df_encoder *encoder, struct df_picture *picture)
{
  if (encoder->frames)
    return df_cuda_frame(encoder->frames, picture);
  if (!encoder->planar)
    return df_ffmpeg_frame(picture);
  struct df_picture *planar = df_pool_take(encoder->planar);
  if (!planar)
    return NULL;
  df_planar_copy(picture, planar);
  planar->pts = picture->pts;
  AVFrame *frame = df_ffmpeg_frame(planar);
  df_picture_unref(&planar);
  return frame;
}

static int prepare(struct df_encoder *encoder, struct df_picture *picture, AVFrame **ret_frame,
    struct df_error *err)
{
  AVFrame *frame = frame_of(encoder, picture);
  if (!frame)
    return df_fail(err, DF_ENOMEM, "no memory for a picture to encode");
  int result = encoder->tone_map ? df_tone_map_apply(encoder->tone_map, &frame, err) : 0;
  if (result < 0) {
    av_frame_free(&frame);
    return result;
  }
  df_ffmpeg_set_colour(frame, encoder->colour);
  *ret_frame = frame;
  return 0;
}

/*
 * The software twin takes over in mid-stream. The output's header is NVENC's, so the twin says its own parameter
 * sets before each key frame.
 */
static int take_over(struct df_encoder *encoder, struct df_error *err)
{
  encoder->options.global_header = false;
  int result = open_twin(encoder, err);
  if (result == 0)
    df_log_say(encoder->log, DF_LOG_WARNING,
        "%s goes on from picture %lld with headers of its own, which some players may not follow",
        encoder->context->codec->name, (long long)encoder->released);
  return result;
}

/* Parameter sets, as an encoder gave them for the output's header. */
struct header {
  uint8_t *data;
  int size;
};

/* NVENC anew, when it got on since it failed last and says the same parameter sets: true. */
static bool reopen(struct df_encoder *encoder, const struct header *header)
{
  struct df_encoder_nvenc nvenc = {0};
  if (encoder->released == encoder->failed_at ||
      df_encoder_nvenc_open(&encoder->options, &encoder->plan, &encoder->colour, &nvenc, NULL) < 0)
    return false;
  const AVCodecContext *context = nvenc.context;
  if (context->extradata_size != header->size ||
      (header->size > 0 && memcmp(context->extradata, header->data, (size_t)header->size) != 0)) {
    df_encoder_nvenc_close(&nvenc);
    return false;
  }
  encoder->context = nvenc.context;
  encoder->frames = nvenc.frames;
  pass_gate(encoder, true);
  return true;
}

/* Ends the session, whose place another one may need. What its header was is the caller's. */
static struct header close_failed(struct df_encoder *encoder)
{
  AVCodecContext *context = encoder->context;
  struct header header = {context->extradata, context->extradata_size};
  context->extradata = NULL;
  context->extradata_size = 0;
  avcodec_free_context(&encoder->context);
  av_buffer_unref(&encoder->frames);
  pass_gate(encoder, false);
  df_pending_forget(encoder->pending);
  return header;
}

/*
 * NVENC failed: another encoder, itself or its twin, goes on from the first picture whose packet was not handed
 * on, with a key frame.
 */
static int recover(struct df_encoder *encoder, const struct df_error *failed, struct df_error *err)
{
  struct header header = close_failed(encoder);
  bool reopened = reopen(encoder, &header);
  av_free(header.data);
  encoder->failed_at = encoder->released;
  encoder->retaking = true;
  encoder->retaken = 0;
  encoder->ending = false;
  if (!reopened && encoder->options.hardware == DF_HARDWARE_NVENC)
    return df_fail(err, failed->code, "%s", failed->text);
  df_log_say(encoder->log, DF_LOG_WARNING, "%s", failed->text);
  if (reopened) {
    df_log_say(encoder->log, DF_LOG_WARNING, "NVENC was opened anew and goes on from picture %lld",
        (long long)encoder->released);
    return 0;
  }
  if (!encoder->refusal[0])
    snprintf(encoder->refusal, sizeof encoder->refusal, "%s", failed->text);
  return take_over(encoder, err);
}

/* What an error of FFmpeg's means for the stream: recovered where it was NVENC's. */
static int handle_failure(struct df_encoder *encoder, int avcode, struct df_error *err)
{
  struct df_error failed = {0};
  df_ffmpeg_error(&failed, DF_ELIBRARY, avcode, "%s failed on picture %lld",
      encoder->context->codec->name, (long long)encoder->sent - 1);
  if (!encoder->frames)
    return df_fail(err, failed.code, "%s", failed.text);
  return recover(encoder, &failed, err);
}

/* Gives the codec a picture, or the end when it is NULL. */
static int feed(struct df_encoder *encoder, struct df_picture *picture, struct df_error *err)
{
  AVFrame *frame = NULL;
  if (!picture && !encoder->fed)
    return 0; /* nothing to flush, and SVT-AV1 would wait for it for ever */
  int result = picture ? prepare(encoder, picture, &frame, err) : 0;
  if (result < 0)
    return result;
  df_ffmpeg_forget();
  int sent = df_ffmpeg_fault(DF_FAULT_AT_ENCODE, encoder->options.input);
  if (sent == 0)
    sent = avcodec_send_frame(encoder->context, frame);
  av_frame_free(&frame);
  encoder->fed = true;
  return sent < 0 && sent != AVERROR_EOF ? handle_failure(encoder, sent, err) : 0;
}

/* The copy of the picture before, when there is one, goes in; the end follows once that is received. */
static int feed_copy(struct df_encoder *encoder, struct df_picture *picture, struct df_error *err)
{
  struct df_picture *ready = NULL;
  int result = df_download_exchange(encoder->download, picture, &ready, err);
  if (result == 0 && ready)
    result = feed(encoder, ready, err);
  df_picture_unref(&ready);
  encoder->ending = !picture;
  return result;
}

static int pass(struct df_encoder *encoder, struct df_picture *picture, struct df_error *err)
{
  return encoder->download ? feed_copy(encoder, picture, err) : feed(encoder, picture, err);
}

/* Gives the next of the pictures that were inside NVENC again, then the end if it had come: 1, or 0. */
static int retake(struct df_encoder *encoder, struct df_error *err)
{
  if (!encoder->retaking)
    return 0;
  struct df_picture *picture = NULL;
  if (encoder->retaken < df_pending_count(encoder->pending))
    picture = df_picture_ref(df_pending_at(encoder->pending, encoder->retaken++));
  else
    encoder->retaking = false;
  int result = picture || encoder->ended ? pass(encoder, picture, err) : 0;
  df_picture_unref(&picture);
  return result < 0 ? result : 1;
}

int df_encoder_send(struct df_encoder *encoder, struct df_picture *picture, struct df_error *err)
{
  if (encoder->plan.codec == DF_CODEC_NONE)
    return 0;
  encoder->ended = !picture;
  if (picture) {
    assert(picture->width == encoder->context->width);
    assert(picture->height == encoder->context->height);
    assert(picture->format.depth == encoder->plan.format.depth && picture->format.semi_planar);
    assert(!picture->device == !(encoder->frames || encoder->download));
    if (df_encoder_times_push(&encoder->times, picture->pts, picture->duration) < 0 ||
        (encoder->pending && df_pending_add(encoder->pending, picture) < 0))
      return df_fail(err, DF_ENOMEM, "no memory for a picture's time");
    encoder->sent++;
  }
  return pass(encoder, picture, err);
}

/* Those whose packets may be handed on now are no more among the ones to be given again. */
static int hold(struct df_encoder *encoder, AVPacket *packet, struct df_error *err)
{
  size_t before = df_pending_count(encoder->pending);
  int result = df_pending_hold(encoder->pending, packet, err);
  size_t gone = before - df_pending_count(encoder->pending);
  encoder->retaken -= FFMIN(gone, encoder->retaken);
  return result;
}

/* 1 with a packet that may be handed on, 0 when there is none for now. */
static int next_packet(struct df_encoder *encoder, AVPacket *packet, struct df_error *err)
{
  for (;;) {
    if (encoder->pending && df_pending_release(encoder->pending, packet))
      return 1;
    df_ffmpeg_forget();
    int received = avcodec_receive_packet(encoder->context, packet), result;
    if (received >= 0 && !encoder->pending)
      return 1;
    if (received >= 0)
      result = hold(encoder, packet, err);
    else if (received != AVERROR(EAGAIN) && received != AVERROR_EOF)
      result = handle_failure(encoder, received, err);
    else if ((result = retake(encoder, err)) == 0) {
      if (!encoder->ending)
        return 0;
      encoder->ending = false;
      result = feed(encoder, NULL, err);
    }
    if (result < 0)
      return result;
  }
}

int df_encoder_receive(struct df_encoder *encoder, struct AVPacket *packet, struct df_error *err)
{
  if (!encoder->fed)
    return 0;
  int result = next_packet(encoder, packet, err);
  if (result <= 0)
    return result;
  df_encoder_times_stamp(&encoder->times, packet);
  encoder->released++;
  return 1;
}

int df_encoder_set_bitrate(struct df_encoder *encoder, int bitrate, struct df_error *err)
{
  assert(bitrate > 0);
  AVCodecContext *context = encoder->context;
  if (!context)
    return 0; /* nothing is encoded */
  if (context->bit_rate <= 0)
    return df_fail(err, DF_EUNSUPPORTED,
        "%s holds a quality, so it has no bit rate to change; give one from the start",
        context->codec->name);
  if (!encoder->frames && encoder->plan.codec != DF_CODEC_H264)
    return df_fail(
        err, DF_EUNSUPPORTED, "%s cannot change its bit rate while it runs", context->codec->name);
  df_encoder_set_rate(context, bitrate, context->rc_max_rate == context->bit_rate);
  encoder->options.bitrate = bitrate; /* of whoever may have to go on */
  encoder->options.crf = -1;
  return 0;
}

const char *df_encoder_refusal(const struct df_encoder *encoder)
{
  return encoder->refusal[0] ? encoder->refusal : NULL;
}

const char *df_encoder_name(const struct df_encoder *encoder)
{
  return encoder->context ? encoder->context->codec->name : "none";
}

struct AVCodecContext *df_encoder_context(struct df_encoder *encoder)
{
  return encoder->context;
}
