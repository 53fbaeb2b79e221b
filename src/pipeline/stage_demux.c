/*
 * Reads packets from the file: video goes to the decoder's queue, the rest straight into the outputs, unless those
 * are joined of segments later; a task that is taken up begins in mid-file. In a benchmark the file is read over and over, each turn's times going on where those of the one before ended.
 */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <time.h>

#include "base/clock.h"
#include "pipeline/stages.h"

struct reader {
  struct df_pipeline *p;
  struct df_input *input; /* the pipeline's; in a later turn, or in mid-file, one of our own */
  struct df_input *own;
  int video;          /* the stream's index */
  int64_t shift;      /* added to the times of the video in this turn */
  int64_t first, end; /* of the video's times in this turn, as the file has them */
  double began;       /* when the first packet was handed on */
  int64_t packets;
};

/* Gives every output that wants it a reference of its own. */
static int write_other(struct df_pipeline *p, const struct AVPacket *packet, struct df_error *err)
{
  if (df_segments_wanted(&p->segments)) /* they are read again in the end */
    return 0;
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

static void begin_turn(struct reader *r)
{
  r->first = INT64_MAX;
  r->end = INT64_MIN;
}

/* Makes the times of a packet of the video those of this turn. */
static void shift_times(struct reader *r, AVPacket *packet)
{
  const struct df_video_info *video = r->p->video;
  AVRational frame = {video->frame_rate.den, video->frame_rate.num};
  int64_t nominal =
      av_rescale_q(1, frame, (AVRational){video->time_base.num, video->time_base.den});
  int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
  if (time != AV_NOPTS_VALUE) {
    r->first = FFMIN(r->first, time);
    r->end = FFMAX(r->end, time + (packet->duration > 0 ? packet->duration : nominal));
  }
  if (packet->pts != AV_NOPTS_VALUE)
    packet->pts += r->shift;
  if (packet->dts != AV_NOPTS_VALUE)
    packet->dts += r->shift;
}

/* Waits until it is this packet's turn. */
static void keep_pace(struct reader *r, double rate)
{
  double now = df_clock_now();
  if (r->packets++ == 0)
    r->began = now;
  double wait = r->began + (double)(r->packets - 1) / rate - now;
  if (wait <= 0)
    return;
  struct timespec time = {.tv_sec = (time_t)wait};
  time.tv_nsec = (long)((wait - (double)time.tv_sec) * 1e9);
  nanosleep(&time, NULL);
}

/* Opens the file anew, at its end. 0 when it is to end here. */
static int next_turn(struct reader *r, struct df_error *err)
{
  const struct df_probe *probe = r->p->task->probe;
  if (!probe || !probe->loop || r->first >= r->end)
    return 0;
  r->shift += r->end - r->first;
  begin_turn(r);
  df_input_close(&r->own);
  int result = df_input_open(r->p->task->input, NULL, NULL, &r->own, err);
  r->input = r->own;
  return result < 0 ? result : 1;
}

/* 1 with a packet, 0 at the end. */
static int read_packet(struct reader *r, AVPacket *packet, struct df_error *err)
{
  struct df_probe *probe = r->p->task->probe;
  for (;;) {
    if (probe && df_probe_is_over(probe))
      return 0;
    int result = df_input_read(r->input, packet, err);
    if (result == 0)
      result = next_turn(r, err);
    else if (result == 1)
      return 1;
    if (result <= 0)
      return result;
  }
}

static int push_video(struct reader *r, AVPacket *packet)
{
  const struct df_probe *probe = r->p->task->probe;
  if (probe) {
    shift_times(r, packet);
    if (probe->rate > 0)
      keep_pace(r, probe->rate);
  }
  return df_queue_push(r->p->packets, packet); /* takes it */
}

static int read_all(struct reader *r, struct df_error *err)
{
  for (;;) {
    AVPacket *packet = av_packet_alloc();
    if (!packet)
      return df_fail(err, DF_ENOMEM, "out of memory");
    int result = read_packet(r, packet, err);
    if (result == 1 && packet->stream_index == r->video) {
      result = push_video(r, packet);
      if (result < 0)
        return result;
      continue;
    }
    if (result == 1)
      result = write_other(r->p, packet, err);
    else if (result == 0)
      result = DF_ECLOSED; /* the end: nothing more for anybody */
    av_packet_free(&packet);
    if (result < 0)
      return result;
  }
}

/* Opens the file once more, so that it is entered at the first picture to decode. */
static int enter(struct reader *r, struct df_error *err)
{
  const struct df_pipeline *p = r->p;
  AVRational unit = {p->video->time_base.num, p->video->time_base.den};
  struct df_input_options part = {
      .start = p->task->start,
      .duration = p->task->duration,
      .entry = av_rescale_q(p->segments.skip_pts, unit, AV_TIME_BASE_Q),
  };
  int result = df_input_open(p->task->input, &part, p->log, &r->own, err);
  r->input = r->own;
  return result;
}

int df_stage_demux(struct df_pipeline *p, struct df_error *err)
{
  struct reader r = {.p = p, .input = p->input};
  if (p->segments.whole)
    return 0;
  r.video = df_input_video_stream(p->input)->index;
  begin_turn(&r);
  int result = p->segments.skip > 0 ? enter(&r, err) : 0;
  if (result == 0)
    result = read_all(&r, err);
  df_input_close(&r.own);
  return result;
}
