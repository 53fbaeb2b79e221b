/* The encoding itself: H.264 by libx264 through FFmpeg, HEVC in hevc.c. */
#include <libavutil/opt.h>
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
  /* Nothing may be held back longer than FFmpeg waits: by B-frames only. */
  av_opt_set(codec->priv_data, "x264-params",
      "b-adapt=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:force-cfr=1", 0);
  if (rc->averageBitRate == 0)
    av_opt_set_double(codec->priv_data, "crf", rc->targetQuality ? rc->targetQuality : 23, 0);
  set_rate(codec, rc);
}

static NVENCSTATUS open_h264(
    struct sim_session *session, const NV_ENC_INITIALIZE_PARAMS *parameters)
{
  const NV_ENC_CONFIG *config = parameters->encodeConfig;
  const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
  session->codec = codec ? avcodec_alloc_context3(codec) : NULL;
  session->frame = av_frame_alloc();
  if (!session->codec || !session->frame)
    return NV_ENC_ERR_OUT_OF_MEMORY;
  session->codec->width = session->width;
  session->codec->height = session->height;
  session->codec->pix_fmt = AV_PIX_FMT_NV12;
  session->codec->time_base =
      (AVRational){(int)parameters->frameRateDen, (int)parameters->frameRateNum};
  session->codec->framerate = av_inv_q(session->codec->time_base);
  session->codec->gop_size = (int)config->gopLength;
  session->codec->max_b_frames = config->frameIntervalP - 1;
  session->codec->thread_count = 1;
  if (config->encodeCodecConfig.h264Config.disableSPSPPS)
    session->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  set_options(session, config);
  if (avcodec_open2(session->codec, codec, NULL) < 0)
    return NV_ENC_ERR_INVALID_PARAM;
  session->frame->width = session->width;
  session->frame->height = session->height;
  session->frame->format = AV_PIX_FMT_NV12;
  return av_frame_get_buffer(session->frame, 0) < 0 ? NV_ENC_ERR_OUT_OF_MEMORY : NV_ENC_SUCCESS;
}

NVENCSTATUS sim_encode_open(struct sim_session *session, const NV_ENC_INITIALIZE_PARAMS *parameters)
{
  session->interval = (unsigned)parameters->encodeConfig->frameIntervalP;
  session->width = (int)parameters->encodeWidth;
  session->height = (int)parameters->encodeHeight;
  if (!session->hevc)
    return open_h264(session, parameters);
  session->hevc_codec = sim_hevc_open(parameters);
  return session->hevc_codec ? NV_ENC_SUCCESS : NV_ENC_ERR_INVALID_PARAM;
}

const unsigned char *sim_encode_header(struct sim_session *session, uint32_t *ret_size)
{
  if (session->hevc)
    return sim_hevc_header(session->hevc_codec, ret_size);
  *ret_size = (uint32_t)session->codec->extradata_size;
  return session->codec->extradata;
}

void sim_encode_close(struct sim_session *session)
{
  for (size_t i = 0; i < session->packet_count; i++)
    av_packet_free(&session->packets[i]);
  free(session->packets);
  free(session->times);
  av_frame_free(&session->frame);
  avcodec_free_context(&session->codec);
  sim_hevc_close(session->hevc_codec);
}

static void copy_rows(
    const unsigned char *from, unsigned pitch, unsigned char *to, int stride, int bytes, int rows)
{
  for (int y = 0; y < rows; y++)
    memcpy(to + y * stride, from + (size_t)y * pitch, (size_t)bytes);
}

static void fill_frame(struct sim_session *session, const struct sim_resource *r)
{
  AVFrame *frame = session->frame;
  int width = session->width, height = session->height;
  copy_rows(r->memory, r->pitch, frame->data[0], frame->linesize[0], width, height);
  copy_rows(r->memory + (size_t)r->pitch * r->height, r->pitch, frame->data[1], frame->linesize[1],
      width, height / 2);
}

static void keep(struct sim_session *session, AVPacket *packet)
{
  size_t size = (session->packet_count + 1) * sizeof packet;
  session->packets = realloc(session->packets, size);
  session->packets[session->packet_count++] = packet;
}

static int encode_h264(
    struct sim_session *session, const struct sim_resource *resource, int64_t number, bool key)
{
  AVFrame *frame = NULL;
  if (resource) {
    frame = session->frame;
    if (av_frame_make_writable(frame) < 0)
      return -1;
    fill_frame(session, resource);
    frame->pts = number;
    frame->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  }
  if (avcodec_send_frame(session->codec, frame) < 0)
    return -1;
  for (;;) {
    AVPacket *packet = av_packet_alloc();
    if (avcodec_receive_packet(session->codec, packet) < 0) {
      av_packet_free(&packet);
      return 0;
    }
    keep(session, packet);
  }
}

static int encode_hevc(
    struct sim_session *session, const struct sim_resource *resource, int64_t number, bool key)
{
  AVPacket *packet = NULL;
  int result;
  while ((result = sim_hevc_encode(session->hevc_codec, resource, number, key, &packet)) == 1) {
    keep(session, packet);
    if (resource)
      return 0;
  }
  return result;
}

static NVENCSTATUS encode(
    struct sim_session *session, const struct sim_resource *resource, int64_t number)
{
  bool key = session->force_key;
  session->force_key = false;
  int result = session->hevc ? encode_hevc(session, resource, number, key)
                             : encode_h264(session, resource, number, key);
  return result < 0 ? NV_ENC_ERR_GENERIC : NV_ENC_SUCCESS;
}

NVENCSTATUS sim_encode(
    struct sim_session *session, const struct sim_resource *resource, int64_t time)
{
  if (!resource) {
    bool ended = session->ended;
    session->ended = true;
    return ended ? NV_ENC_SUCCESS : encode(session, NULL, 0);
  }
  int64_t number = session->pictures++;
  session->times = realloc(session->times, (size_t)session->pictures * sizeof *session->times);
  session->times[number] = time;
  NVENCSTATUS status = encode(session, resource, number);
  return status == NV_ENC_SUCCESS && number % session->interval ? NV_ENC_ERR_NEED_MORE_INPUT
                                                                : status;
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
