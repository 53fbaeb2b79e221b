#include "media/first_frame.h"

#include <stdbool.h>

static AVCodecContext *open_decoder(const AVCodecParameters *parameters)
{
  const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
  AVCodecContext *decoder = codec ? avcodec_alloc_context3(codec) : NULL;
  if (!decoder)
    return NULL;
  /* slices only: threads by frame would want a frame for each before they give the first */
  decoder->thread_type = FF_THREAD_SLICE;
  decoder->thread_count = 0;
  decoder->flags |= AV_CODEC_FLAG_LOW_DELAY;
  if (avcodec_parameters_to_context(decoder, parameters) < 0 ||
      avcodec_open2(decoder, codec, NULL) < 0)
    avcodec_free_context(&decoder);
  return decoder;
}

/* A packet that fails to decode is passed over; NULL from `next` drains what the decoder holds back. */
static bool decode(AVCodecContext *decoder, df_next_packet_fn *next, void *context, AVFrame *frame)
{
  const AVPacket *packet;
  do {
    packet = next(context);
    avcodec_send_packet(decoder, packet);
    if (avcodec_receive_frame(decoder, frame) == 0)
      return true;
  } while (packet);
  return false;
}

AVFrame *df_first_frame(const AVCodecParameters *parameters, df_next_packet_fn *next, void *context)
{
  AVCodecContext *decoder = open_decoder(parameters);
  if (!decoder)
    return NULL;
  AVFrame *frame = av_frame_alloc();
  if (frame && !decode(decoder, next, context, frame))
    av_frame_free(&frame);
  avcodec_free_context(&decoder);
  return frame;
}
