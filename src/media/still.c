/*
 * Photos in and pictures out, through the same demuxing, conversion and turning as videos. A photo is the
 * first picture of whatever file it is; what is written appears only when it is whole.
 */
#include "media/still.h"

#include <assert.h>
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <string.h>

#include "base/whole_file.h"
#include "media/conform.h"
#include "media/demux.h"
#include "media/ffmpeg.h"
#include "media/first_frame.h"
#include "media/video_info.h"

enum { PACKETS_MAX = 100 };

struct reader {
  AVFormatContext *context;
  AVPacket *packet;
  int stream, packets;
};

static const AVPacket *next_packet(void *opaque)
{
  struct reader *r = opaque;
  while (r->packets++ < PACKETS_MAX) {
    av_packet_unref(r->packet);
    if (av_read_frame(r->context, r->packet) < 0)
      return NULL;
    if (r->packet->stream_index == r->stream)
      return r->packet;
  }
  return NULL;
}

static AVFrame *decode_first(AVFormatContext *context, int stream)
{
  struct reader reader = {context, av_packet_alloc(), stream, 0};
  AVFrame *frame = NULL;
  if (reader.packet)
    frame = df_first_frame(context->streams[stream]->codecpar, next_packet, &reader);
  av_packet_free(&reader.packet);
  return frame;
}

/* Takes the frame. */
static int finish(const struct df_video_info *info, AVFrame **frame,
    struct df_picture **ret_picture, struct df_error *err)
{
  assert(*frame);
  (*frame)->pts = 0;
  enum AVPixelFormat format = df_video_target((enum AVPixelFormat)(*frame)->format);
  struct df_conform *conform = df_conform_create(info, format, 1, NULL);
  AVFrame *ready = NULL;
  int ret = conform ? df_conform_send(conform, frame, err) : DF_ENOMEM;
  if (ret == 0)
    ret = df_conform_send(conform, NULL, err);
  if (ret == 0 && df_conform_receive(conform, &ready))
    *ret_picture = df_ffmpeg_wrap(&ready, info->colour);
  av_frame_free(frame);
  av_frame_free(&ready);
  df_conform_destroy(&conform);
  if (ret == 0 && *ret_picture)
    return 0;
  return df_fail(err, ret < 0 ? ret : DF_ENOMEM, "the picture cannot be prepared: %s",
      df_error_text(ret < 0 ? ret : DF_ENOMEM));
}

int df_still_read(const char *path, struct df_picture **ret_picture, struct df_error *err)
{
  AVFormatContext *context = NULL;
  struct df_video_info info;
  int ret = df_demux_open(path, NULL, &context, err);
  if (ret < 0)
    return ret;
  int stream = df_demux_best_video(context);
  AVFrame *frame = stream >= 0 ? decode_first(context, stream) : NULL;
  if (!frame)
    ret = df_fail(err, DF_EINPUT, "%s holds no picture that can be decoded", path);
  if (ret == 0)
    ret = df_video_info_fill(context, context->streams[stream], frame,
        (struct df_span){INT64_MIN, INT64_MAX}, &info, err);
  struct df_picture *picture = NULL;
  if (ret == 0)
    ret = finish(&info, &frame, &picture, err);
  av_frame_free(&frame);
  df_demux_close(&context);
  if (ret == 0)
    *ret_picture = picture;
  return ret;
}

static int encode_png(
    const unsigned char *rgb, int width, int height, AVPacket *packet, struct df_error *err)
{
  const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  if (!codec)
    return df_fail(err, DF_EMISSING, "this machine's FFmpeg has no PNG encoder");
  AVCodecContext *encoder = avcodec_alloc_context3(codec);
  AVFrame *frame = av_frame_alloc();
  int ret = AVERROR(ENOMEM);
  if (encoder && frame) {
    encoder->width = frame->width = width;
    encoder->height = frame->height = height;
    encoder->pix_fmt = AV_PIX_FMT_RGB24;
    encoder->time_base = (AVRational){1, 1};
    encoder->thread_count = 1;
    frame->format = AV_PIX_FMT_RGB24;
    ret = av_frame_get_buffer(frame, 0);
  }
  for (int y = 0; ret >= 0 && y < height; y++)
    memcpy(frame->data[0] + y * frame->linesize[0], rgb + (size_t)y * width * 3, (size_t)width * 3);
  if (ret >= 0)
    ret = avcodec_open2(encoder, codec, NULL);
  if (ret >= 0)
    ret = avcodec_send_frame(encoder, frame);
  if (ret >= 0)
    ret = avcodec_receive_packet(encoder, packet);
  av_frame_free(&frame);
  avcodec_free_context(&encoder);
  return ret < 0 ? df_ffmpeg_error(err, DF_ELIBRARY, ret, "the PNG cannot be encoded") : 0;
}

static int write_bytes(const char *path, const AVPacket *packet, struct df_error *err)
{
  FILE *file = fopen(path, "wb");
  bool fine = file && fwrite(packet->data, 1, (size_t)packet->size, file) == (size_t)packet->size;
  int cause = errno;
  if (file && fclose(file) != 0 && fine) {
    fine = false;
    cause = errno;
  }
  return fine ? 0
              : df_fail(err, df_write_error_code(cause), "%s cannot be written: %s", path,
                    strerror(cause));
}

int df_still_write_png(
    const char *path, const unsigned char *rgb, int width, int height, struct df_error *err)
{
  df_ffmpeg_quiet();
  df_ffmpeg_forget();
  AVPacket *packet = av_packet_alloc();
  if (!packet)
    return df_fail(err, DF_ENOMEM, "out of memory");
  struct df_whole_file file = {0};
  int ret = encode_png(rgb, width, height, packet, err);
  if (ret == 0)
    ret = df_whole_file_begin(&file, path, true, err);
  if (ret == 0)
    ret = write_bytes(file.temporary, packet, err);
  if (ret == 0)
    ret = df_whole_file_commit(&file, err);
  else
    df_whole_file_abandon(&file);
  av_packet_free(&packet);
  return ret;
}

int df_still_to_rgb(const struct df_picture *picture, int width, int height, unsigned char *rgb,
    struct df_error *err)
{
  df_ffmpeg_quiet();
  df_ffmpeg_forget();
  enum AVPixelFormat format = df_ffmpeg_pixel_format(picture->format);
  struct SwsContext *scaler = sws_getContext(picture->width, picture->height, format, width, height,
      AV_PIX_FMT_RGB24, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
  if (!scaler)
    return df_fail(err, DF_ELIBRARY, "a picture of %dx%d cannot be converted to %dx%d RGB",
        picture->width, picture->height, width, height);
  const int *matrix = sws_getCoefficients(picture->colour.matrix);
  sws_setColorspaceDetails(scaler, matrix, picture->colour.full_range,
      sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
  const uint8_t *planes[4] = {picture->planes[0], picture->planes[1], picture->planes[2], NULL};
  int strides[4] = {0}, to_stride[4] = {width * 3};
  for (int p = 0; p < 3; p++)
    strides[p] = (int)picture->strides[p];
  uint8_t *to[4] = {rgb};
  int rows = sws_scale(scaler, planes, strides, 0, picture->height, to, to_stride);
  sws_freeContext(scaler);
  return rows == height ? 0 : df_fail(err, DF_ELIBRARY, "a picture cannot be converted to RGB");
}
