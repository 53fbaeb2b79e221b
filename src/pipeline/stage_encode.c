/* Encodes composed pictures and gives the packets to the output. One instance for each file being made. */
#include <libavcodec/avcodec.h>

#include "base/clock.h"
#include "pipeline/stages.h"

static int drain(
    struct df_pipeline *p, struct df_sink *sink, AVPacket *packet, struct df_error *err)
{
  int result;
  while ((result = df_encoder_receive(sink->encoder, packet, err)) == 1) {
    if (sink == &p->sinks[DF_SINK_MAIN] && p->result->first_frame_seconds == 0)
      p->result->first_frame_seconds = df_clock_now() - p->started;
    result = df_output_write_video(sink->output, packet, err);
    av_packet_unref(packet);
    if (result < 0)
      return result;
  }
  return result;
}

static int encode_all(
    struct df_pipeline *p, struct df_sink *sink, AVPacket *packet, struct df_error *err)
{
  void *item;
  int result;
  while ((result = df_queue_pop(sink->queue, &item)) == 1) {
    struct df_picture *picture = item;
    result = df_encoder_send(sink->encoder, picture, err);
    df_picture_unref(&picture);
    if (result == 0)
      result = drain(p, sink, packet, err);
    if (result < 0)
      return result;
    if (sink == &p->sinks[DF_SINK_MAIN])
      p->result->frames++;
  }
  if (result == 0)
    result = df_encoder_send(sink->encoder, NULL, err);
  if (result == 0)
    result = drain(p, sink, packet, err);
  return result;
}

static int encode(struct df_pipeline *p, struct df_sink *sink, struct df_error *err)
{
  AVPacket *packet = av_packet_alloc();
  if (!packet)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = encode_all(p, sink, packet, err);
  av_packet_free(&packet);
  return result;
}

int df_stage_encode(struct df_pipeline *p, struct df_error *err)
{
  return encode(p, &p->sinks[DF_SINK_MAIN], err);
}

int df_stage_encode_debug(struct df_pipeline *p, struct df_error *err)
{
  return encode(p, &p->sinks[DF_SINK_DEBUG], err);
}
