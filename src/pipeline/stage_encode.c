/* Encodes composed pictures and gives the packets to the output, or to segments that it is joined of. One instance
 * for each file being made. For benchmarks also the end of the line that does nothing. */
#include <libavcodec/avcodec.h>

#include "base/clock.h"
#include "pipeline/stages.h"

static bool is_cut(const struct df_pipeline *p, const struct df_sink *sink)
{
  return sink == &p->sinks[DF_SINK_MAIN] && df_segments_wanted(&p->segments);
}

static int drain(
    struct df_pipeline *p, struct df_sink *sink, AVPacket *packet, struct df_error *err)
{
  int result;
  if (is_cut(p, sink))
    return df_segments_drain(p, packet, err);
  while ((result = df_encoder_receive(sink->encoder, packet, err)) == 1) {
    if (sink == &p->sinks[DF_SINK_MAIN] && p->result->first_frame_seconds == 0)
      p->result->first_frame_seconds = df_clock_now() - p->started;
    result = sink->output ? df_output_write_video(sink->output, packet, err) : 0;
    av_packet_unref(packet);
    if (result < 0)
      return result;
  }
  return result;
}

/* What is to be known of the split screen's pictures. */
static int note(struct df_pipeline *p, const struct df_composed *composed, struct df_error *err)
{
  if (p->md5)
    df_picture_md5_add(p->md5, df_composed_host(composed));
  if (p->task->probe && df_probe_ready(p->task->probe) < 0)
    return df_fail(err, DF_ENOMEM, "out of memory");
  return 0;
}

/* Takes the picture. */
static int encode_one(struct df_pipeline *p, struct df_sink *sink, struct df_composed *composed,
    AVPacket *packet, struct df_error *err)
{
  bool main = sink == &p->sinks[DF_SINK_MAIN];
  int result = df_composed_wait(composed, err);
  if (result == 0 && main)
    result = note(p, composed, err);
  if (result == 0 && is_cut(p, sink))
    result = df_segments_enter(p, composed->picture->pts, packet, err);
  if (result == 0)
    result = df_encoder_send(
        sink->encoder, sink->for_device ? composed->picture : df_composed_host(composed), err);
  df_composed_free(composed);
  if (result == 0)
    result = drain(p, sink, packet, err);
  if (result == 0 && main) /* the other encoder's thread must not touch it */
    p->result->frames++;
  return result;
}

static int encode_all(
    struct df_pipeline *p, struct df_sink *sink, AVPacket *packet, struct df_error *err)
{
  void *item;
  int result;
  while ((result = df_queue_pop(sink->queue, &item)) == 1) {
    result = encode_one(p, sink, item, packet, err);
    if (result < 0)
      return result;
  }
  if (result == 0 && is_cut(p, sink))
    return df_segments_end(p, packet, err);
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
  p->result->frames = p->segments.first; /* done before */
  return encode(p, &p->sinks[DF_SINK_MAIN], err);
}

int df_stage_encode_debug(struct df_pipeline *p, struct df_error *err)
{
  return encode(p, &p->sinks[DF_SINK_DEBUG], err);
}

int df_stage_drop(struct df_pipeline *p, struct df_error *err)
{
  void *item;
  int result;
  while ((result = df_queue_pop(p->decoded, &item)) == 1) {
    df_frame_free(item);
    if (df_probe_ready(p->task->probe) < 0)
      return df_fail(err, DF_ENOMEM, "out of memory");
    p->result->frames++;
  }
  return result;
}
