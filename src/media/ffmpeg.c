#include "media/ffmpeg.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
#include <libavutil/pixdesc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char complaint[DF_FFMPEG_REASON];
static _Thread_local char transcript[DF_FFMPEG_TRANSCRIPT];

static void add_to_transcript(const char *line)
{
  size_t used = strlen(transcript);
  if (strstr(transcript, line) || used + strlen(line) + 3 > sizeof transcript)
    return;
  snprintf(transcript + used, sizeof transcript - used, "%s%s", used ? "; " : "", line);
}

__attribute__((format(printf, 3, 0))) static void keep_complaint(
    void *context, int level, const char *format, va_list args)
{
  (void)context;
  if (level > AV_LOG_WARNING)
    return;
  char line[DF_FFMPEG_REASON];
  vsnprintf(line, sizeof line, format, args);
  line[strcspn(line, "\r\n")] = '\0';
  if (!line[0])
    return;
  add_to_transcript(line);
  if (level <= AV_LOG_ERROR)
    memcpy(complaint, line, sizeof line);
}

static void take_log_over(void)
{
  av_log_set_callback(keep_complaint);
}

void df_ffmpeg_quiet(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, take_log_over);
}

void df_ffmpeg_forget(void)
{
  complaint[0] = '\0';
  transcript[0] = '\0';
}

const char *df_ffmpeg_complaint(void)
{
  return complaint;
}

const char *df_ffmpeg_transcript(void)
{
  return transcript;
}

static int code_of(int avcode, int otherwise)
{
  switch (avcode) {
  case AVERROR(ENOMEM):
    return DF_ENOMEM;
  case AVERROR(ENOSPC):
  case AVERROR(EDQUOT):
    return DF_ENOSPACE;
  case AVERROR_EXIT:
    return DF_ESTOPPED;
  default:
    return otherwise;
  }
}

int df_ffmpeg_error(struct df_error *err, int code, int avcode, const char *format, ...)
{
  char sentence[DF_ERROR_TEXT / 2], text[AV_ERROR_MAX_STRING_SIZE] = "";
  va_list args;
  va_start(args, format);
  vsnprintf(sentence, sizeof sentence, format, args);
  va_end(args);
  av_strerror(avcode, text, sizeof text);
  return df_fail(err, code_of(avcode, code), "%s (%s%s%s)", sentence, text,
      complaint[0] ? ": " : "", complaint);
}

int df_ffmpeg_fault_code(const struct df_fault *fault)
{
  df_fault_text(fault, complaint, sizeof complaint);
  add_to_transcript(complaint);
  switch (fault->kind) {
  case DF_FAULT_ENOMEM:
    return AVERROR(ENOMEM);
  case DF_FAULT_ENOSPC:
    return AVERROR(ENOSPC);
  default:
    return AVERROR(EIO);
  }
}

int df_ffmpeg_fault(enum df_fault_point point, const char *input)
{
  struct df_fault fault;
  return df_fault_hit(point, input, &fault) ? df_ffmpeg_fault_code(&fault) : 0;
}

/* Each layout with the pixel formats that have it; the first one is its name for FFmpeg. */
static const struct {
  struct df_format format;
  enum AVPixelFormat names[3];
} layouts[] = {
    {{8, 1, 1, false, false}, {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVA420P}},
    {{8, 1, 0, false, false}, {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVA422P}},
    {{8, 0, 0, false, false}, {AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVA444P}},
    {{10, 1, 1, false, false}, {AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUVA420P10LE, AV_PIX_FMT_NONE}},
    {{10, 1, 0, false, false}, {AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUVA422P10LE, AV_PIX_FMT_NONE}},
    {{10, 0, 0, false, false}, {AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_YUVA444P10LE, AV_PIX_FMT_NONE}},
    {{8, 1, 1, true, false}, {AV_PIX_FMT_NV12, AV_PIX_FMT_NONE, AV_PIX_FMT_NONE}},
    {{10, 1, 1, true, true}, {AV_PIX_FMT_P010LE, AV_PIX_FMT_NONE, AV_PIX_FMT_NONE}},
};
enum { LAYOUTS = sizeof layouts / sizeof *layouts };

bool df_ffmpeg_format(enum AVPixelFormat pixel_format, struct df_format *ret_format)
{
  if (pixel_format == AV_PIX_FMT_NONE)
    return false;
  for (int i = 0; i < LAYOUTS; i++)
    for (int j = 0; j < 3; j++)
      if (layouts[i].names[j] == pixel_format) {
        *ret_format = layouts[i].format;
        return true;
      }
  return false;
}

static bool same(struct df_format a, struct df_format b)
{
  return a.depth == b.depth && a.shift_x == b.shift_x && a.shift_y == b.shift_y &&
         a.semi_planar == b.semi_planar && a.high_aligned == b.high_aligned;
}

enum AVPixelFormat df_ffmpeg_pixel_format(struct df_format format)
{
  for (int i = 0; i < LAYOUTS; i++)
    if (same(layouts[i].format, format))
      return layouts[i].names[0];
  return AV_PIX_FMT_NONE;
}

struct wrapped {
  struct df_picture picture; /* first: a picture of ours is its wrapped */
  AVFrame *frame;
};

static void release_wrapped(struct df_picture *picture)
{
  struct wrapped *wrapped = (struct wrapped *)picture;
  av_frame_free(&wrapped->frame);
  free(wrapped);
}

struct df_picture *df_ffmpeg_wrap(AVFrame **frame_ptr, struct df_colour colour)
{
  AVFrame *frame = *frame_ptr;
  struct df_format format;
  if (!df_ffmpeg_format(frame->format, &format))
    return NULL;
  struct wrapped *wrapped = calloc(1, sizeof *wrapped);
  if (!wrapped)
    return NULL;
  struct df_picture *picture = &wrapped->picture;
  atomic_init(&picture->references, 1);
  picture->width = frame->width;
  picture->height = frame->height;
  picture->format = format;
  picture->colour = colour;
  int planes = format.semi_planar ? 2 : 3;
  for (int p = 0; p < planes; p++) {
    picture->planes[p] = frame->data[p];
    picture->strides[p] = frame->linesize[p];
  }
  picture->pts = frame->pts == AV_NOPTS_VALUE ? 0 : frame->pts;
  picture->duration = df_ffmpeg_duration(frame);
  picture->release = release_wrapped;
  wrapped->frame = frame;
  *frame_ptr = NULL;
  return picture;
}

static void drop_picture(void *opaque, uint8_t *data)
{
  (void)data;
  struct df_picture *picture = opaque;
  df_picture_unref(&picture);
}

AVFrame *df_ffmpeg_frame(struct df_picture *picture)
{
  AVFrame *frame = av_frame_alloc();
  if (!frame)
    return NULL;
  size_t bytes = (size_t)llabs(picture->strides[0]) * (size_t)picture->height;
  frame->buf[0] =
      av_buffer_create(picture->planes[0], bytes, drop_picture, picture, AV_BUFFER_FLAG_READONLY);
  if (!frame->buf[0]) {
    av_frame_free(&frame);
    return NULL;
  }
  df_picture_ref(picture);
  for (int p = 0; p < 3; p++) {
    frame->data[p] = picture->planes[p];
    frame->linesize[p] = (int)picture->strides[p];
  }
  frame->width = picture->width;
  frame->height = picture->height;
  frame->format = df_ffmpeg_pixel_format(picture->format);
  frame->pts = picture->pts;
  df_ffmpeg_set_colour(frame, picture->colour);
  return frame;
}

void df_ffmpeg_set_colour(AVFrame *frame, struct df_colour colour)
{
  frame->color_primaries = (enum AVColorPrimaries)colour.primaries;
  frame->color_trc = (enum AVColorTransferCharacteristic)colour.transfer;
  frame->colorspace = (enum AVColorSpace)colour.matrix;
  frame->color_range = colour.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  frame->chroma_location = (enum AVChromaLocation)colour.chroma_location;
}

bool df_ffmpeg_interlaced(const AVFrame *frame)
{
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  return frame->flags & AV_FRAME_FLAG_INTERLACED;
#else
  return frame->interlaced_frame;
#endif
}

int64_t df_ffmpeg_duration(const AVFrame *frame)
{
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  int64_t duration = frame->duration;
#else
  int64_t duration = frame->pkt_duration;
#endif
  return duration > 0 ? duration : 0;
}

void df_ffmpeg_set_duration(AVFrame *frame, int64_t duration)
{
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  frame->duration = duration;
#else
  frame->pkt_duration = duration;
#endif
}

/* Newer releases carry a pointer of the user's; in older ones nothing but frames reads a packet's position. */
void df_ffmpeg_number_packets(AVCodecContext *context)
{
#ifdef AV_CODEC_FLAG_COPY_OPAQUE
  context->flags |= AV_CODEC_FLAG_COPY_OPAQUE;
#else
  (void)context;
#endif
}

void df_ffmpeg_set_number(AVPacket *packet, int64_t number)
{
#ifdef AV_CODEC_FLAG_COPY_OPAQUE
  packet->opaque = (void *)(intptr_t)(number + 1);
#else
  packet->pos = number;
#endif
}

int64_t df_ffmpeg_number(const AVFrame *frame)
{
#ifdef AV_CODEC_FLAG_COPY_OPAQUE
  return (int64_t)(intptr_t)frame->opaque - 1;
#else
  return frame->pkt_pos;
#endif
}

const uint8_t *df_ffmpeg_side_data(const struct AVStream *stream, int type, size_t *ret_size)
{
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
  const AVPacketSideData *data = av_packet_side_data_get(stream->codecpar->coded_side_data,
      stream->codecpar->nb_coded_side_data, (enum AVPacketSideDataType)type);
  if (!data)
    return NULL;
  *ret_size = data->size;
  return data->data;
#else
  return av_stream_get_side_data(stream, (enum AVPacketSideDataType)type, ret_size);
#endif
}
