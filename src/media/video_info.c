#include "media/video_info.h"

#include <libavcodec/avcodec.h>
#include <libavutil/display.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "media/ffmpeg.h"

enum { CHROMATICITY_UNIT = 50000, LUMINANCE_UNIT = 10000 };

bool df_video_is_rgb(enum AVPixelFormat pixel_format)
{
  const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(pixel_format);
  return d && (d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BAYER) ||
                  pixel_format == AV_PIX_FMT_XYZ12LE || pixel_format == AV_PIX_FMT_XYZ12BE ||
                  pixel_format == AV_PIX_FMT_MONOWHITE || pixel_format == AV_PIX_FMT_MONOBLACK);
}

bool df_video_is_grey(enum AVPixelFormat pixel_format)
{
  const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(pixel_format);
  return d && d->nb_components < 3 && !df_video_is_rgb(pixel_format);
}

enum AVPixelFormat df_video_target(enum AVPixelFormat pixel_format)
{
  struct df_format format;
  if (df_ffmpeg_format(pixel_format, &format))
    return df_ffmpeg_pixel_format(format);
  const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(pixel_format);
  if (!d)
    return AV_PIX_FMT_NONE;
  bool deep = d->comp[0].depth > 8;
  if (df_video_is_grey(pixel_format))
    return deep ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
  if (df_video_is_rgb(pixel_format) || d->log2_chroma_w == 0)
    return deep ? AV_PIX_FMT_YUV444P10LE : AV_PIX_FMT_YUV444P;
  if (d->log2_chroma_h == 0)
    return deep ? AV_PIX_FMT_YUV422P10LE : AV_PIX_FMT_YUV422P;
  return deep ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
}

/* Colour in FFmpeg's terms, from the frame where it says something, else from the stream. */
struct tags {
  enum AVPixelFormat format;
  enum AVColorPrimaries primaries;
  enum AVColorTransferCharacteristic transfer;
  enum AVColorSpace matrix;
  enum AVColorRange range;
  enum AVChromaLocation location;
};

static struct tags read_tags(const AVCodecParameters *codec, const AVFrame *frame)
{
  struct tags t = {(enum AVPixelFormat)codec->format, codec->color_primaries, codec->color_trc,
      codec->color_space, codec->color_range, codec->chroma_location};
  if (!frame)
    return t;
  t.format = (enum AVPixelFormat)frame->format;
  if (frame->color_primaries != AVCOL_PRI_UNSPECIFIED)
    t.primaries = frame->color_primaries;
  if (frame->color_trc != AVCOL_TRC_UNSPECIFIED)
    t.transfer = frame->color_trc;
  if (frame->colorspace != AVCOL_SPC_UNSPECIFIED)
    t.matrix = frame->colorspace;
  if (frame->color_range != AVCOL_RANGE_UNSPECIFIED)
    t.range = frame->color_range;
  if (frame->chroma_location != AVCHROMA_LOC_UNSPECIFIED)
    t.location = frame->chroma_location;
  return t;
}

static bool says_nothing(int value)
{
  return value == 0 || value == 2; /* reserved or unspecified */
}

struct system {
  uint8_t primaries, transfer, matrix;
};
static const struct system hd = {AVCOL_PRI_BT709, AVCOL_TRC_BT709, AVCOL_SPC_BT709};
static const struct system uhd = {AVCOL_PRI_BT2020, AVCOL_TRC_BT2020_10, AVCOL_SPC_BT2020_NCL};
static const struct system pal = {AVCOL_PRI_BT470BG, AVCOL_TRC_SMPTE170M, AVCOL_SPC_BT470BG};
static const struct system ntsc = {AVCOL_PRI_SMPTE170M, AVCOL_TRC_SMPTE170M, AVCOL_SPC_SMPTE170M};

/* The family that what is said belongs to; where nothing is, that of pictures of this many lines. */
static struct system guess_system(const struct tags *t, int lines)
{
  if (t->matrix == AVCOL_SPC_BT709)
    return hd;
  if (t->matrix == AVCOL_SPC_BT2020_NCL || t->matrix == AVCOL_SPC_BT2020_CL)
    return uhd;
  if (t->matrix == AVCOL_SPC_BT470BG)
    return pal;
  if (t->matrix == AVCOL_SPC_SMPTE170M || t->matrix == AVCOL_SPC_FCC)
    return ntsc;
  if (t->primaries == AVCOL_PRI_BT2020)
    return uhd;
  if (t->primaries == AVCOL_PRI_BT709)
    return lines >= 720 || df_video_is_rgb(t->format) ? hd : lines == 576 ? pal : ntsc;
  if (t->primaries == AVCOL_PRI_BT470BG)
    return pal;
  if (t->primaries == AVCOL_PRI_SMPTE170M)
    return ntsc;
  if (lines >= 720 || df_video_is_rgb(t->format))
    return hd;
  return lines == 576 || lines == 288 ? pal : ntsc;
}

/* FFmpeg writes grey of its own making in full range; what a broadcast codec calls grey is Y' alone. */
static bool is_full_range(const struct tags *t, enum AVCodecID codec)
{
  if (df_video_is_rgb(t->format))
    return false;
  if (t->range != AVCOL_RANGE_UNSPECIFIED)
    return t->range == AVCOL_RANGE_JPEG;
  switch (t->format) {
  case AV_PIX_FMT_YUVJ420P:
  case AV_PIX_FMT_YUVJ422P:
  case AV_PIX_FMT_YUVJ444P:
  case AV_PIX_FMT_YUVJ440P:
  case AV_PIX_FMT_YUVJ411P:
    return true;
  default:
    break;
  }
  bool broadcast = codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC ||
                   codec == AV_CODEC_ID_AV1 || codec == AV_CODEC_ID_VP9;
  return df_video_is_grey(t->format) && !broadcast;
}

static void fill_colour(
    const struct tags *t, enum AVCodecID codec, int lines, struct df_video_info *info)
{
  struct system guess = guess_system(t, lines);
  bool no_matrix = says_nothing(t->matrix) || df_video_is_rgb(t->format);
  info->colour = (struct df_colour){
      .primaries = says_nothing(t->primaries) ? guess.primaries : (uint8_t)t->primaries,
      .transfer = says_nothing(t->transfer) ? guess.transfer : (uint8_t)t->transfer,
      .matrix = no_matrix ? df_video_is_rgb(t->format) ? AVCOL_SPC_BT709 : guess.matrix
                          : (uint8_t)t->matrix,
      .full_range = is_full_range(t, codec),
      .chroma_location = (uint8_t)t->location,
  };
  info->transfer = t->transfer == AVCOL_TRC_SMPTE2084      ? DF_TRANSFER_PQ
                   : t->transfer == AVCOL_TRC_ARIB_STD_B67 ? DF_TRANSFER_HLG
                                                           : DF_TRANSFER_SDR;
}

/* Mirrors first, then turns clockwise by the nearest right angle: what a display matrix comes to. */
static void fill_rotation(const int32_t *matrix, struct df_video_info *info)
{
  if (!matrix)
    return;
  double a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  info->flipped = a * d - b * c < 0;
  double angle = atan2(info->flipped ? -b : b, info->flipped ? -a : a) * 180 / M_PI;
  int quarter = (int)lround(angle / 90);
  info->rotation = (quarter + 4) % 4 * 90;
}

static const int32_t *display_matrix(const AVStream *stream, const AVFrame *frame)
{
  size_t size = 0;
  const uint8_t *data = df_ffmpeg_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (data && size >= 9 * sizeof(int32_t))
    return (const int32_t *)(const void *)data;
  const AVFrameSideData *side =
      frame ? av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX) : NULL;
  return side && side->size >= 9 * sizeof(int32_t) ? (const int32_t *)(void *)side->data : NULL;
}

static struct df_rational in_units(AVRational value, int unit)
{
  return (struct df_rational){value.den ? (int)lround(av_q2d(value) * unit) : 0, unit};
}

static void fill_mastering(const AVMasteringDisplayMetadata *m, struct df_hdr *hdr)
{
  if (!m->has_primaries || !m->has_luminance)
    return;
  hdr->has_mastering = true;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 2; j++)
      hdr->primaries[i][j] = in_units(m->display_primaries[i][j], CHROMATICITY_UNIT);
  for (int j = 0; j < 2; j++)
    hdr->white[j] = in_units(m->white_point[j], CHROMATICITY_UNIT);
  hdr->min_luminance = in_units(m->min_luminance, LUMINANCE_UNIT);
  hdr->max_luminance = in_units(m->max_luminance, LUMINANCE_UNIT);
}

/* The same kind of data from the container or, failing that, from the picture itself. */
static const void *hdr_data(const AVStream *stream, const AVFrame *frame, int stream_type,
    enum AVFrameSideDataType frame_type, size_t wanted)
{
  size_t size = 0;
  const uint8_t *data = df_ffmpeg_side_data(stream, stream_type, &size);
  if (data && size >= wanted)
    return data;
  const AVFrameSideData *side = frame ? av_frame_get_side_data(frame, frame_type) : NULL;
  return side && side->size >= wanted ? side->data : NULL;
}

static void fill_hdr(const AVStream *stream, const AVFrame *frame, struct df_hdr *hdr)
{
  const AVMasteringDisplayMetadata *mastering =
      hdr_data(stream, frame, AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
          AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, sizeof *mastering);
  if (mastering)
    fill_mastering(mastering, hdr);
  const AVContentLightMetadata *light = hdr_data(stream, frame, AV_PKT_DATA_CONTENT_LIGHT_LEVEL,
      AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, sizeof *light);
  if (light) {
    hdr->has_light = true;
    hdr->max_content_light = light->MaxCLL;
    hdr->max_average_light = light->MaxFALL;
  }
}

bool df_video_info_wants_frame(const AVStream *stream)
{
  const AVCodecParameters *codec = stream->codecpar;
  if (codec->format == AV_PIX_FMT_NONE || codec->width <= 0 || codec->height <= 0)
    return true;
  size_t size;
  if (codec->color_trc == AVCOL_TRC_SMPTE2084 || codec->color_trc == AVCOL_TRC_ARIB_STD_B67)
    return !df_ffmpeg_side_data(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, &size) ||
           !df_ffmpeg_side_data(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, &size);
  /* HLG may call itself BT.2020 for old players and say the truth in an SEI message only */
  return codec->color_primaries == AVCOL_PRI_BT2020;
}

/* The picture is enlarged in one direction, never shrunk, so that no sample is lost. */
static void fill_display(AVRational aspect, struct df_video_info *info)
{
  double ratio = aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1;
  if (info->rotation % 180)
    ratio = 1 / ratio;
  if (ratio < 0.05 || ratio > 20) /* a mistake; nothing is that far from square */
    ratio = 1;
  info->display_x = ratio > 1 ? (float)(1 / ratio) : 1;
  info->display_y = ratio < 1 ? (float)ratio : 1;
  info->display_width = (int)lround(ratio > 1 ? info->width * ratio : info->width);
  info->display_height = (int)lround(ratio < 1 ? info->height / ratio : info->height);
}

static AVRational nominal_rate(AVFormatContext *context, AVStream *stream)
{
  AVRational rate = av_guess_frame_rate(context, stream, NULL), average = stream->avg_frame_rate;
  /* the base rate of a variable one can be far above anything the file has */
  if (average.num > 0 && average.den > 0 && av_q2d(rate) > 2 * av_q2d(average))
    rate = average;
  return rate.num > 0 && rate.den > 0 ? rate : (AVRational){25, 1};
}

static void fill_times(
    AVFormatContext *context, AVStream *stream, struct df_span span, struct df_video_info *info)
{
  AVRational rate = nominal_rate(context, stream), tb = stream->time_base;
  info->time_base = (struct df_rational){tb.num, tb.den};
  info->frame_rate = (struct df_rational){rate.num, rate.den};
  int64_t start = stream->start_time != AV_NOPTS_VALUE ? stream->start_time : 0;
  int64_t length = stream->duration;
  if (length == AV_NOPTS_VALUE || length <= 0)
    length = context->duration == AV_NOPTS_VALUE || context->duration <= 0
                 ? 0
                 : av_rescale_q(context->duration, AV_TIME_BASE_Q, tb);
  int64_t begin = start, end = length > 0 ? start + length : INT64_MAX;
  if (span.begin != INT64_MIN)
    begin = FFMAX(begin, av_rescale_q_rnd(span.begin, AV_TIME_BASE_Q, tb, AV_ROUND_UP));
  if (span.end != INT64_MAX)
    end = FFMIN(end, av_rescale_q_rnd(span.end, AV_TIME_BASE_Q, tb, AV_ROUND_UP));
  info->start_pts = begin;
  if (end != INT64_MAX)
    info->duration = end > begin ? (double)(end - begin) * av_q2d(tb) : 0;
  double average = stream->avg_frame_rate.num > 0 ? av_q2d(stream->avg_frame_rate) : INFINITY;
  info->frames = llround(info->duration * fmin(average, av_q2d(rate)));
  /* exact where the container counts frames; some count fields or time base ticks */
  bool whole = span.begin == INT64_MIN && span.end == INT64_MAX;
  if (whole && llabs(stream->nb_frames - info->frames) <= 2 + info->frames / 20)
    info->frames = stream->nb_frames;
}

int df_video_info_fill(AVFormatContext *context, AVStream *stream, const AVFrame *frame,
    struct df_span span, struct df_video_info *info, struct df_error *err)
{
  const AVCodecParameters *codec = stream->codecpar;
  int width = frame ? frame->width : codec->width, height = frame ? frame->height : codec->height;
  struct tags tags = read_tags(codec, frame);
  enum AVPixelFormat target = df_video_target(tags.format);
  struct df_format format;
  if (width <= 0 || height <= 0 || !df_ffmpeg_format(target, &format))
    return df_fail(err, DF_EINPUT,
        "%s has a video stream (%s), but no picture of it can be decoded", context->url,
        avcodec_get_name(codec->codec_id));
  *info = (struct df_video_info){.depth = format.depth};
  fill_rotation(display_matrix(stream, frame), info);
  bool turned = info->rotation % 180 != 0;
  info->width = turned ? height : width;
  info->height = turned ? width : height;
  fill_display(av_guess_sample_aspect_ratio(context, stream, NULL), info);
  fill_colour(&tags, codec->codec_id, height, info);
  fill_hdr(stream, frame, &info->hdr);
  fill_times(context, stream, span, info);
  snprintf(info->codec, sizeof info->codec, "%s", avcodec_get_name(codec->codec_id));
  return 0;
}
