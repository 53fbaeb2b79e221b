/* The encoding itself, by libx264 or libx265 through FFmpeg. */
#include <assert.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_nvenc.h"

static void set_rate(AVCodecContext *codec, const NV_ENC_RC_PARAMS *rc)
{
  codec->bit_rate = rc->averageBitRate;
  codec->rc_max_rate = rc->averageBitRate ? rc->maxBitRate : 0;
  codec->rc_buffer_size = rc->averageBitRate ? (int)rc->vbvBufferSize : 0;
}

static void set_options(struct sim_session *session, const NV_ENC_CONFIG *config)
{
  AVCodecContext *codec = session->codec;
  const NV_ENC_RC_PARAMS *rc = &config->rcParams;
  av_opt_set(codec->priv_data, "preset", "ultrafast", 0);
  av_opt_set(codec->priv_data, "forced-idr", "1", 0);
  if (session->interval == 1)
    av_opt_set(codec->priv_data, "tune", "zerolatency", 0);
  if (session->hevc)
    av_opt_set(codec->priv_data, "x265-params",
        "log-level=none:pools=1:frame-threads=1:b-adapt=0:rc-lookahead=4:open-gop=0", 0);
  else
    av_opt_set(codec->priv_data, "x264-params",
        "b-adapt=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:force-cfr=0", 0);
  if (rc->averageBitRate == 0)
    av_opt_set_double(codec->priv_data, "crf", rc->targetQuality ? rc->targetQuality : 23, 0);
  set_rate(codec, rc);
}

static bool header_apart(const struct sim_session *session, const NV_ENC_CONFIG *config)
{
  return session->hevc ? config->encodeCodecConfig.hevcConfig.disableSPSPPS
                       : config->encodeCodecConfig.h264Config.disableSPSPPS;
}

static enum AVPixelFormat pixel_format(
    const struct sim_session *session, const NV_ENC_CONFIG *config)
{
  if (!session->hevc)
    return AV_PIX_FMT_NV12;
  return config->encodeCodecConfig.hevcConfig.pixelBitDepthMinus8 ? AV_PIX_FMT_YUV420P10LE
                                                                  : AV_PIX_FMT_YUV420P;
}

NVENCSTATUS sim_encode_open(struct sim_session *session, const NV_ENC_INITIALIZE_PARAMS *parameters)
{
  const NV_ENC_CONFIG *config = parameters->encodeConfig;
  const AVCodec *codec = avcodec_find_encoder_by_name(session->hevc ? "libx265" : "libx264");
  session->interval = (unsigned)config->frameIntervalP;
  session->codec = codec ? avcodec_alloc_context3(codec) : NULL;
  session->frame = av_frame_alloc();
  if (!session->codec || !session->frame)
    return NV_ENC_ERR_OUT_OF_MEMORY;
  session->codec->width = (int)parameters->encodeWidth;
  session->codec->height = (int)parameters->encodeHeight;
  session->codec->pix_fmt = pixel_format(session, config);
  session->codec->time_base =
      (AVRational){(int)parameters->frameRateDen, (int)parameters->frameRateNum};
  session->codec->framerate = av_inv_q(session->codec->time_base);
  session->codec->gop_size = (int)config->gopLength;
  session->codec->max_b_frames = config->frameIntervalP - 1;
  session->codec->thread_count = 1;
  if (header_apart(session, config))
    session->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  set_options(session, config);
  if (avcodec_open2(session->codec, codec, NULL) < 0)
    return NV_ENC_ERR_INVALID_PARAM;
  session->frame->width = session->codec->width;
  session->frame->height = session->codec->height;
  session->frame->format = session->codec->pix_fmt;
  return av_frame_get_buffer(session->frame, 0) < 0 ? NV_ENC_ERR_OUT_OF_MEMORY : NV_ENC_SUCCESS;
}

void sim_encode_close(struct sim_session *session)
{
  for (size_t i = 0; i < session->packet_count; i++)
    av_packet_free(&session->packets[i]);
  free(session->packets);
  free(session->times);
  av_frame_free(&session->frame);
  avcodec_free_context(&session->codec);
}

static void copy_rows(
    const unsigned char *from, unsigned pitch, unsigned char *to, int stride, int bytes, int rows)
{
  for (int y = 0; y < rows; y++)
    memcpy(to + y * stride, from + (size_t)y * pitch, (size_t)bytes);
}

/* NV12 or P010 into the planes of x265. */
static void split(const struct sim_resource *r, AVFrame *frame)
{
  bool deep = frame->format == AV_PIX_FMT_YUV420P10LE;
  const unsigned char *chroma = r->memory + (size_t)r->pitch * r->height;
  for (unsigned y = 0; y < r->height; y++)
    for (unsigned x = 0; x < r->width; x++) {
      const unsigned char *row = r->memory + (size_t)r->pitch * y;
      unsigned char *to = frame->data[0] + (size_t)frame->linesize[0] * y;
      if (deep)
        ((uint16_t *)(void *)to)[x] = ((const uint16_t *)(const void *)row)[x] >> 6;
      else
        to[x] = row[x];
    }
  for (unsigned y = 0; y < r->height / 2; y++)
    for (unsigned x = 0; x < r->width; x++) {
      const unsigned char *row = chroma + (size_t)r->pitch * y;
      unsigned char *to = frame->data[1 + x % 2] + (size_t)frame->linesize[1 + x % 2] * y;
      if (deep)
        ((uint16_t *)(void *)to)[x / 2] = ((const uint16_t *)(const void *)row)[x] >> 6;
      else
        to[x / 2] = row[x];
    }
}

static void fill_frame(struct sim_session *session, const struct sim_resource *r)
{
  AVFrame *frame = session->frame;
  if (session->hevc) {
    split(r, frame);
    return;
  }
  int width = (int)r->width, height = (int)r->height;
  copy_rows(r->memory, r->pitch, frame->data[0], frame->linesize[0], width, height);
  copy_rows(r->memory + (size_t)r->pitch * r->height, r->pitch, frame->data[1], frame->linesize[1],
      width, height / 2);
}

static void keep_packets(struct sim_session *session)
{
  for (;;) {
    AVPacket *packet = av_packet_alloc();
    if (avcodec_receive_packet(session->codec, packet) < 0) {
      av_packet_free(&packet);
      return;
    }
    session->packets =
        realloc(session->packets, (session->packet_count + 1) * sizeof *session->packets);
    session->packets[session->packet_count++] = packet;
  }
}

NVENCSTATUS sim_encode(
    struct sim_session *session, const struct sim_resource *resource, int64_t time)
{
  if (!resource) {
    if (!session->ended)
      avcodec_send_frame(session->codec, NULL);
    session->ended = true;
    keep_packets(session);
    return NV_ENC_SUCCESS;
  }
  if (av_frame_make_writable(session->frame) < 0)
    return NV_ENC_ERR_OUT_OF_MEMORY;
  fill_frame(session, resource);
  int64_t number = session->pictures++;
  session->times = realloc(session->times, (size_t)session->pictures * sizeof *session->times);
  session->times[number] = time;
  session->frame->pts = number;
  session->frame->pict_type = session->force_key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  session->force_key = false;
  if (avcodec_send_frame(session->codec, session->frame) < 0)
    return NV_ENC_ERR_GENERIC;
  keep_packets(session);
  return number % session->interval == 0 ? NV_ENC_SUCCESS : NV_ENC_ERR_NEED_MORE_INPUT;
}

AVPacket *sim_encode_take(struct sim_session *session)
{
  if (session->packet_count == 0)
    return NULL;
  AVPacket *packet = session->packets[0];
  session->packet_count--;
  memmove(session->packets, session->packets + 1, session->packet_count * sizeof packet);
  return packet;
}
