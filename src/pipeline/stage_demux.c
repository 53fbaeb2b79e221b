/* Reads packets from the file: video goes to the decoder's queue, the rest straight into the outputs. */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "pipeline/stages.h"

/* Gives every output that wants it a reference of its own. */
static int write_other(struct df_pipeline *p, const struct AVPacket *packet, struct df_error *err)
{
  for (int s = 0; s < DF_SINKS; s++) {
    struct df_output *output = p->sinks[s].output;
    if (!output || !df_output_wants(output, packet->stream_index))
      continue;
    AVPacket *copy = av_packet_clone(packet);
    if (!copy)
      return df_fail(err, DF_ENOMEM, "out of memory");
    int result = df_output_write_other(output, copy, err);
    av_packet_free(&copy);
    if (result < 0)
      return result;
  }
  return 0;
}

int df_stage_demux(struct df_pipeline *p, struct df_error *err)
{
  const int video = df_input_video_stream(p->input)->index;
  for (;;) {
    AVPacket *packet = av_packet_alloc();
    if (!packet)
      return df_fail(err, DF_ENOMEM, "out of memory");
    int result = df_input_read(p->input, packet, err);
    if (result == 1 && packet->stream_index == video) {
      result = df_queue_push(p->packets, packet); /* takes it */
      if (result < 0)
        return result;
      continue;
    }
    if (result == 1)
      result = write_other(p, packet, err);
    else if (result == 0)
      result = DF_ECLOSED; /* the end: nothing more for anybody */
    av_packet_free(&packet);
    if (result < 0)
      return result;
  }
}
