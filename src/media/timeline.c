#include "media/timeline.h"

#include <stdlib.h>

enum { SECOND = 1000000, JUMP_BACK = SECOND, JUMP_AHEAD = 10 * SECOND };

struct stream {
  AVRational time_base;
  enum AVMediaType type;
  int64_t now; /* newest decode time, microseconds; INT64_MIN before the first packet */
  int64_t end; /* latest presentation time and duration */
};

struct df_timeline {
  bool may_leap; /* the format's time stamps are those of a broadcast */
  int64_t shift; /* added to all times, microseconds */
  unsigned count;
  struct stream streams[];
};

struct df_timeline *df_timeline_create(const AVFormatContext *context)
{
  unsigned count = context->nb_streams;
  struct df_timeline *t = calloc(1, sizeof *t + count * sizeof t->streams[0]);
  if (!t)
    return NULL;
  t->may_leap = context->iformat->flags & AVFMT_TS_DISCONT;
  t->count = count;
  for (unsigned i = 0; i < count; i++) {
    t->streams[i].time_base = context->streams[i]->time_base;
    t->streams[i].type = context->streams[i]->codecpar->codec_type;
  }
  df_timeline_reset(t);
  return t;
}

void df_timeline_destroy(struct df_timeline **timeline)
{
  free(*timeline);
  *timeline = NULL;
}

void df_timeline_reset(struct df_timeline *timeline)
{
  timeline->shift = 0;
  for (unsigned i = 0; i < timeline->count; i++)
    timeline->streams[i].now = timeline->streams[i].end = INT64_MIN;
}

static void mend_jump(
    struct df_timeline *t, const struct stream *s, const AVPacket *packet, struct df_log *log)
{
  if (s->now == INT64_MIN || packet->dts == AV_NOPTS_VALUE)
    return;
  if (s->type != AVMEDIA_TYPE_VIDEO && s->type != AVMEDIA_TYPE_AUDIO)
    return;
  int64_t time = av_rescale_q(packet->dts, s->time_base, AV_TIME_BASE_Q) + t->shift;
  int64_t jump = time - s->now;
  if (jump > -JUMP_BACK && !(t->may_leap && jump > JUMP_AHEAD))
    return;
  int64_t step =
      av_rescale_q(packet->duration > 0 ? packet->duration : 0, s->time_base, AV_TIME_BASE_Q);
  t->shift -= jump - step;
  df_log_say(log, DF_LOG_WARNING, "the time stamps jump by %.1f s at %.1f s; joined without a gap",
      (double)jump / SECOND, (double)s->now / SECOND);
}

void df_timeline_pass(struct df_timeline *t, AVPacket *packet, struct df_log *log)
{
  if (packet->stream_index < 0 || (unsigned)packet->stream_index >= t->count)
    return;
  struct stream *s = &t->streams[packet->stream_index];
  mend_jump(t, s, packet, log);
  int64_t shift = av_rescale_q(t->shift, AV_TIME_BASE_Q, s->time_base);
  if (packet->dts != AV_NOPTS_VALUE)
    packet->dts += shift;
  if (packet->pts != AV_NOPTS_VALUE)
    packet->pts += shift;
  int64_t decode = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
  int64_t show = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
  if (decode == AV_NOPTS_VALUE)
    return;
  s->now = av_rescale_q(decode, s->time_base, AV_TIME_BASE_Q);
  int64_t end = av_rescale_q(show + packet->duration, s->time_base, AV_TIME_BASE_Q);
  if (end > s->end)
    s->end = end;
}

int64_t df_timeline_end(const struct df_timeline *timeline)
{
  int64_t end = INT64_MIN;
  for (unsigned i = 0; i < timeline->count; i++)
    if (timeline->streams[i].end > end)
      end = timeline->streams[i].end;
  return end;
}

int64_t df_timeline_stream_end(const struct df_timeline *timeline, int stream)
{
  return timeline->streams[stream].end;
}

bool df_timeline_passed(const struct df_timeline *timeline, int stream, int64_t time)
{
  int64_t now = timeline->streams[stream].now;
  return now != INT64_MIN && now >= time;
}

bool df_timeline_all_passed(
    const struct df_timeline *timeline, int video, int64_t time, int64_t overrun)
{
  if (!df_timeline_passed(timeline, video, time))
    return false;
  if (df_timeline_passed(timeline, video, time + overrun))
    return true;
  for (unsigned i = 0; i < timeline->count; i++)
    if (timeline->streams[i].type == AVMEDIA_TYPE_AUDIO &&
        !df_timeline_passed(timeline, (int)i, time))
      return false;
  return true;
}
