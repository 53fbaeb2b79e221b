#include "media/encoder.h"

#include <assert.h>
#include <libavcodec/avcodec.h>
#include <libavutil/dict.h>
#include <pthread.h>
#include <stdlib.h>

#include "media/encoder_settings.h"
#include "media/encoder_times.h"
#include "media/ffmpeg.h"
#include "media/planar.h"
#include "media/tone_map.h"

enum { SIDE_MIN = 16, SIDE_MAX = 16384, SVT_SIDE_MIN = 64, SVT_HEIGHT_MAX = 8704 };

struct df_encoder {
  AVCodecContext *context;
  struct df_encoder_plan plan;
  struct df_colour colour; /* of the pictures as encoded */
  struct df_tone_map *tone_map;
  struct df_pool *planar; /* NULL when the encoder takes what is composed */
  struct df_encoder_times times;
  bool fed; /* a picture has gone in */
};

static int check_size(enum df_codec codec, int width, int height, struct df_error *err)
{
  int side_min = codec == DF_CODEC_AV1 ? SVT_SIDE_MIN : SIDE_MIN;
  int height_max = codec == DF_CODEC_AV1 ? SVT_HEIGHT_MAX : SIDE_MAX;
  if (width < side_min || height < side_min || width > SIDE_MAX || height > height_max)
    return df_fail(err, DF_EUNSUPPORTED,
        "%s cannot encode %dx%d; it takes %dx%d to %dx%d: choose another size or codec",
        df_codec_names[codec], width, height, side_min, side_min, SIDE_MAX, height_max);
  if (width % 2 || height % 2)
    return df_fail(err, DF_EUNSUPPORTED, "%dx%d cannot be encoded; width and height must be even",
        width, height);
  return 0;
}

static enum df_codec choose_codec(const struct df_encoder_options *options)
{
  if (options->codec != DF_CODEC_AUTO)
    return options->codec;
  return options->transfer == DF_TRANSFER_SDR ? DF_CODEC_H264 : DF_CODEC_HEVC;
}

int df_encoder_plan(const struct df_encoder_options *options, struct df_encoder_plan *ret_plan,
    struct df_error *err)
{
  enum df_codec codec = choose_codec(options);
  int result = check_size(codec, options->width, options->height, err);
  if (result == 0)
    result = df_encoder_check_rate(codec, options->crf, options->bitrate, err);
  if (result == 0 && options->preset)
    result = df_encoder_check_preset(codec, options->preset, err);
  if (result < 0)
    return result;

  bool hdr = options->transfer != DF_TRANSFER_SDR, keeps_ten = codec != DF_CODEC_H264;
  bool ten = hdr || (keeps_ten && options->depth > 8);
  *ret_plan = (struct df_encoder_plan){
      .codec = codec,
      .format = ten ? DF_FORMAT_P010 : DF_FORMAT_NV12,
      .tone_map = hdr && !keeps_ten,
      .keeps_hdr = hdr && keeps_ten,
  };
  return 0;
}

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

static int open_codec(
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
  if (result == 0) {
    df_ffmpeg_forget();
    int opened = avcodec_open2(encoder->context, codec, &dictionary);
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
static size_t reordering(enum df_codec codec, const struct df_encoder_options *options)
{
  int b_frames = df_encoder_b_frames(codec, options->profile, options->preset);
  if (codec == DF_CODEC_AV1)
    return 0;
  return b_frames > 1 ? 2 : (size_t)b_frames;
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
  encoder->times.delay = reordering(plan.codec, options);
  result = open_codec(encoder, options, err);
  if (result == 0)
    result = open_conversion(encoder, options, err);
  if (result < 0) {
    df_encoder_destroy(&encoder);
    return result;
  }
  say_losses(options, &plan, log);
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
  if (!context || !avcodec_is_open(context) || encoder->fed || encoder->plan.codec != DF_CODEC_AV1)
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
  df_tone_map_destroy(&encoder->tone_map);
  df_pool_destroy(&encoder->planar);
  df_encoder_times_finish(&encoder->times);
  free(encoder);
  *encoder_ptr = NULL;
}

/* The picture as the encoder wants it: itself, or its samples laid out anew. NULL: out of memory. */
static AVFrame *frame_of(struct df_encoder *encoder, struct df_picture *picture)
{
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

int df_encoder_send(struct df_encoder *encoder, struct df_picture *picture, struct df_error *err)
{
  AVFrame *frame = NULL;
  if (picture) {
    assert(picture->width == encoder->context->width);
    assert(picture->height == encoder->context->height);
    assert(picture->format.depth == encoder->plan.format.depth && picture->format.semi_planar);
    int result = prepare(encoder, picture, &frame, err);
    if (result < 0)
      return result;
    if (df_encoder_times_push(&encoder->times, picture->pts, picture->duration) < 0) {
      av_frame_free(&frame);
      return df_fail(err, DF_ENOMEM, "no memory for a picture's time");
    }
  } else if (!encoder->fed)
    return 0; /* nothing to flush, and SVT-AV1 would wait for it for ever */
  df_ffmpeg_forget();
  int sent = avcodec_send_frame(encoder->context, frame);
  av_frame_free(&frame);
  if (sent < 0 && sent != AVERROR_EOF)
    return df_ffmpeg_error(
        err, DF_ELIBRARY, sent, "%s failed on a picture", encoder->context->codec->name);
  encoder->fed = true;
  return 0;
}

int df_encoder_receive(struct df_encoder *encoder, struct AVPacket *packet, struct df_error *err)
{
  if (!encoder->fed)
    return 0;
  df_ffmpeg_forget();
  int result = avcodec_receive_packet(encoder->context, packet);
  if (result == AVERROR(EAGAIN) || result == AVERROR_EOF)
    return 0;
  if (result < 0)
    return df_ffmpeg_error(err, DF_ELIBRARY, result, "%s failed", encoder->context->codec->name);
  df_encoder_times_stamp(&encoder->times, packet);
  return 1;
}

struct AVCodecContext *df_encoder_context(struct df_encoder *encoder)
{
  return encoder->context;
}
