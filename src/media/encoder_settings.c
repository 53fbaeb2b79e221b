#include "media/encoder_settings.h"

#include <libavcodec/avcodec.h>
#include <libavutil/cpu.h>
#include <libavutil/dict.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "media/hdr.h"

enum {
  RATE_MIN = 100,     /* kb/s that any picture gets */
  VBV_SECONDS = 2,    /* how long a rate may be exceeded */
  SVT_RATE_MAX = 240, /* pictures a second; also SVT-AV1's own limit */
  X264_THREADS_MAX = 16,
  SVT_THREADS_MAX = 6, /* newer releases count levels, up to this one, instead of threads */
  PARAMS_BYTES = 1024,
};

/* A nominal rate beyond these is a guess of a demuxer, not a camera. */
static const double rate_min = 0.1, rate_max = 1000, nominal_rate = 25;

static const char *const x26_presets[] = {"ultrafast", "superfast", "veryfast", "faster", "fast",
    "medium", "slow", "slower", "veryslow", "placebo", NULL};
static const char *const svt_presets[] = {
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", NULL};

static const struct {
  const char *const *presets;
  int crf_min, crf_max;
} limits[DF_CODECS] = {
    [DF_CODEC_H264] = {x26_presets, 0, 51},
    [DF_CODEC_HEVC] = {x26_presets, 0, 51},
    [DF_CODEC_AV1] = {svt_presets, 1, 63}, /* 0 is "not set" to FFmpeg */
};

static const char *const nvenc_presets[] = {"p1", "p2", "p3", "p4", "p5", "p6", "p7", NULL};

static bool contains(const char *const *names, const char *name)
{
  for (int i = 0; names[i]; i++)
    if (strcmp(names[i], name) == 0)
      return true;
  return false;
}

bool df_encoder_is_nvenc_preset(const char *preset)
{
  return contains(nvenc_presets, preset);
}

static void join(const char *const *names, char *text, size_t size)
{
  size_t used = 0;
  for (int i = 0; names[i] && used < size; i++)
    used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", names[i]);
}

int df_encoder_check_preset(enum df_codec codec, const char *preset, struct df_error *err)
{
  const char *const *names = limits[codec].presets;
  if (contains(names, preset))
    return 0;
  char text[256] = "";
  join(names, text, sizeof text);
  return df_fail(err, DF_EUSAGE, "%s has no encoder preset \"%s\"; it has %s",
      df_codec_names[codec], preset, text);
}

int df_encoder_check_rate(enum df_codec codec, int crf, int bitrate, struct df_error *err)
{
  if (crf >= 0 && bitrate > 0)
    return df_fail(err, DF_EUSAGE,
        "a constant quality (crf) and a bit rate exclude each other; give one of them");
  if (bitrate < 0)
    return df_fail(err, DF_EUSAGE, "a bit rate of %d kb/s cannot be; give one above 0", bitrate);
  if (crf >= 0 && (crf < limits[codec].crf_min || crf > limits[codec].crf_max))
    return df_fail(err, DF_EUSAGE, "crf %d is not on the scale of %s; it goes from %d to %d", crf,
        df_codec_names[codec], limits[codec].crf_min, limits[codec].crf_max);
  return 0;
}

/* Who chooses x264's fastest preset wants it as x264 has it; those of x265 leave B-frames alone. */
int df_encoder_b_frames(enum df_codec codec, enum df_profile_name profile, const char *preset)
{
  if (codec == DF_CODEC_H264 && preset && strcmp(preset, "ultrafast") == 0)
    return 0;
  return df_profile_get(codec, profile)->b_frames;
}

/* Only what rate control goes by; the pictures' own times are what is written. */
static AVRational rate_hint(const struct df_encoder_options *options, enum df_codec codec)
{
  struct df_rational rate = options->frame_rate;
  double per_second = rate.den > 0 ? (double)rate.num / rate.den : 0;
  if (per_second < rate_min)
    per_second = per_second > 0 ? rate_min : nominal_rate;
  else if (per_second <= (codec == DF_CODEC_AV1 ? SVT_RATE_MAX : rate_max))
    return (AVRational){rate.num, rate.den};
  else
    per_second = codec == DF_CODEC_AV1 ? SVT_RATE_MAX : rate_max;
  return av_d2q(per_second, 1001000);
}

/* From 1080p30: with the number of samples, and damped with the rate, as pictures get more alike. */
static int profile_bitrate(int at_1080p30, int width, int height, double rate)
{
  double samples = (double)width * height / (1920.0 * 1080.0);
  double scaled = at_1080p30 * pow(samples, 0.75) * sqrt(rate / 30);
  return scaled < RATE_MIN ? RATE_MIN : (int)lrint(scaled);
}

struct rate_control {
  int crf;     /* -1: bitrate rules */
  int bitrate; /* kb/s */
};

static struct rate_control choose_rate(
    const struct df_encoder_options *options, const struct df_profile *profile, double rate)
{
  if (options->crf >= 0)
    return (struct rate_control){options->crf, 0};
  if (options->bitrate > 0)
    return (struct rate_control){-1, options->bitrate};
  if (profile->bitrate == 0)
    return (struct rate_control){profile->crf, 0};
  return (struct rate_control){
      -1, profile_bitrate(profile->bitrate, options->width, options->height, rate)};
}

/* What is being put together; a setting that found no memory is remembered, not each time asked for. */
struct draft {
  const struct df_encoder_options *options;
  const struct df_encoder_plan *plan;
  const struct df_colour *colour;
  AVCodecContext *context;
  AVDictionary **dictionary;
  bool low_delay;
  char params[PARAMS_BYTES]; /* the encoder's own options, "a=1:b=2" */
  bool out_of_memory;
};

static void set(struct draft *draft, const char *key, const char *text)
{
  if (av_dict_set(draft->dictionary, key, text, 0) < 0)
    draft->out_of_memory = true;
}

__attribute__((format(printf, 2, 3))) static void add_param(
    struct draft *draft, const char *format, ...)
{
  size_t length = strlen(draft->params);
  if (length > 0 && length + 1 < sizeof draft->params)
    draft->params[length++] = ':';
  va_list args;
  va_start(args, format);
  vsnprintf(draft->params + length, sizeof draft->params - length, format, args);
  va_end(args);
}

void df_encoder_set_rate(AVCodecContext *context, int bitrate, bool constant)
{
  context->bit_rate = bitrate * INT64_C(1000);
  context->rc_max_rate = constant ? context->bit_rate : context->bit_rate * 3 / 2;
  context->rc_buffer_size = (int)FFMIN(context->bit_rate * VBV_SECONDS, INT32_MAX);
}

static void set_rate(struct draft *draft, struct rate_control control)
{
  AVCodecContext *context = draft->context;
  context->bit_rate = 0;
  if (control.crf >= 0) {
    char text[16];
    snprintf(text, sizeof text, "%d", control.crf);
    set(draft, "crf", text);
    return;
  }
  df_encoder_set_rate(context, control.bitrate, false);
  if (draft->plan->codec == DF_CODEC_AV1) /* it bounds its rate itself */
    context->rc_max_rate = context->rc_buffer_size = 0;
}

static enum AVPixelFormat pixel_format(const struct df_encoder_plan *plan)
{
  if (plan->tone_map)
    return AV_PIX_FMT_YUV420P;
  if (plan->codec == DF_CODEC_H264)
    return AV_PIX_FMT_NV12;
  return plan->format.depth > 8 ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
}

static void set_picture(struct draft *draft)
{
  AVCodecContext *context = draft->context;
  const struct df_encoder_options *options = draft->options;
  const struct df_colour *colour = draft->colour;
  context->width = options->width;
  context->height = options->height;
  context->pix_fmt = pixel_format(draft->plan);
  context->sample_aspect_ratio = (AVRational){1, 1};
  context->time_base = (AVRational){options->time_base.num, options->time_base.den};
  context->framerate = rate_hint(options, draft->plan->codec);
  context->color_range = colour->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  context->color_primaries = (enum AVColorPrimaries)colour->primaries;
  context->color_trc = (enum AVColorTransferCharacteristic)colour->transfer;
  context->colorspace = (enum AVColorSpace)colour->matrix;
  context->chroma_sample_location = (enum AVChromaLocation)colour->chroma_location;
}

/* Both of x26 count chroma locations from 0, "left", and leave the field out unless told. */
static void add_chroma_location(struct draft *draft)
{
  if (draft->colour->chroma_location != AVCHROMA_LOC_UNSPECIFIED)
    add_param(draft, "chromaloc=%d", draft->colour->chroma_location - 1);
}

/*
 * Each of x264's threads holds pictures of its own. Its own choice, half as many threads again as there are
 * cores, pays where nothing else runs; here the other stages keep the cores busy too. (Its thread that
 * decides on frame types ahead of them stays: without it a core was seen to idle.)
 */
static void set_x264(struct draft *draft)
{
  int threads = draft->options->threads;
  if (threads <= 0)
    threads = FFMIN(av_cpu_count(), X264_THREADS_MAX);
  draft->context->thread_count = threads;
  /* "zerolatency" would have the times taken for those of a constant rate. */
  add_param(draft, "force-cfr=0");
  add_chroma_location(draft);
  set(draft, "x264-params", draft->params);
}

static void set_x265(struct draft *draft)
{
  const struct df_encoder_options *options = draft->options;
  add_param(draft, "log-level=none");
  add_param(draft, "open-gop=0");
  add_chroma_location(draft);
  if (options->threads > 0)
    add_param(draft, "pools=%d", options->threads);
  if (draft->plan->keeps_hdr && options->transfer == DF_TRANSFER_PQ)
    add_param(draft, "hdr10=1:hdr10-opt=1");
  if (draft->plan->keeps_hdr)
    df_hdr_x265(&options->hdr, draft->params, sizeof draft->params);
  set(draft, "x265-params", draft->params);
}

static void set_svt(struct draft *draft)
{
  const struct df_encoder_options *options = draft->options;
  draft->context->flags |= AV_CODEC_FLAG_CLOSED_GOP;
  /* Not every release can hold a bit rate without delay. */
  bool low_delay = draft->low_delay && draft->context->bit_rate == 0;
  add_param(draft, "pred-struct=%d", low_delay ? 1 : 2);
  if (options->threads > 0)
    add_param(draft, "lp=%d", FFMIN(options->threads, SVT_THREADS_MAX));
  if (draft->plan->keeps_hdr)
    df_hdr_svt(&options->hdr, draft->params, sizeof draft->params);
  set(draft, "svtav1-params", draft->params);
}

static void set_codec(struct draft *draft)
{
  switch (draft->plan->codec) {
  case DF_CODEC_H264:
    set_x264(draft);
    break;
  case DF_CODEC_HEVC:
    set_x265(draft);
    break;
  default:
    set_svt(draft);
  }
}

int df_encoder_settings(const struct df_encoder_options *options,
    const struct df_encoder_plan *plan, const struct df_colour *colour,
    struct AVCodecContext *context, struct AVDictionary **dictionary, struct df_error *err)
{
  const struct df_profile *profile = df_profile_get(plan->codec, options->profile);
  int b_frames = df_encoder_b_frames(plan->codec, options->profile, options->preset);
  struct draft draft = {options, plan, colour, context, dictionary, .low_delay = b_frames == 0};
  set_picture(&draft);
  double rate = av_q2d(context->framerate);
  context->gop_size = FFMAX(2, (int)lrint(profile->gop_seconds * rate));
  context->max_b_frames = b_frames;
  if (options->global_header)
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  set_rate(&draft, choose_rate(options, profile, rate));
  set_codec(&draft);
  set(&draft, "preset", options->preset ? options->preset : profile->preset);
  if (profile->tune)
    set(&draft, "tune", profile->tune);
  if (draft.out_of_memory)
    return df_fail(err, DF_ENOMEM, "no memory for the encoder's settings");
  return 0;
}

/*
 * NVENC's constant quality is a variable bit rate without a target. A profile that is bound to a bit rate holds
 * it constant; one that the user gives is an average.
 */
static void set_nvenc_rate(struct draft *draft, const struct df_profile *profile, double rate)
{
  struct rate_control control = choose_rate(draft->options, profile, rate);
  bool constant = control.crf < 0 && profile->bitrate > 0;
  set(draft, "rc", constant ? "cbr" : "vbr");
  draft->context->bit_rate = 0;
  if (control.crf < 0) {
    df_encoder_set_rate(draft->context, control.bitrate, constant);
    return;
  }
  char text[16];
  snprintf(text, sizeof text, "%d", control.crf);
  set(draft, "cq", text);
}

static void set_nvenc(struct draft *draft, const struct df_nvenc_profile *nvenc, bool plain)
{
  const char *preset = draft->options->preset;
  char text[16];
  set(draft, "preset", preset && df_encoder_is_nvenc_preset(preset) ? preset : nvenc->preset);
  set(draft, "tune", nvenc->tune);
  set(draft, "multipass", nvenc->multipass);
  if (draft->plan->codec == DF_CODEC_H264)
    set(draft, "profile", "high");
  if (strcmp(nvenc->tune, "hq") != 0)
    set(draft, "delay", "0");
  if (plain)
    return;
  if (nvenc->lookahead > 0) {
    snprintf(text, sizeof text, "%d", nvenc->lookahead);
    set(draft, "rc-lookahead", text);
  }
  if (nvenc->b_frames > 1 && nvenc->b_references)
    set(draft, "b_ref_mode", "middle");
  if (nvenc->adaptive) {
    set(draft, "spatial-aq", "1");
    set(draft, "temporal-aq", "1");
  }
}

int df_encoder_nvenc_settings(const struct df_encoder_options *options,
    const struct df_encoder_plan *plan, const struct df_colour *colour, bool plain,
    AVCodecContext *context, AVDictionary **dictionary, struct df_error *err)
{
  const struct df_profile *profile = df_profile_get(plan->codec, options->profile);
  const struct df_nvenc_profile *nvenc = df_profile_nvenc(options->profile);
  struct draft draft = {options, plan, colour, context, dictionary};
  set_picture(&draft);
  context->pix_fmt = AV_PIX_FMT_CUDA;
  double rate = av_q2d(context->framerate);
  context->gop_size = FFMAX(2, (int)lrint(profile->gop_seconds * rate));
  context->max_b_frames = plain ? 0 : nvenc->b_frames;
  if (options->global_header)
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  set_nvenc_rate(&draft, profile, rate);
  set_nvenc(&draft, nvenc, plain);
  return draft.out_of_memory ? df_fail(err, DF_ENOMEM, "no memory for the encoder's settings") : 0;
}
