#include "media/timeline.h"

#include <stdlib.h>

enum { SECOND = 1000000, JUMP_BACK = SECOND, JUMP_AHEAD = 10 * SECOND, REORDER_MAX = 60 * SECOND };

/* Microseconds beyond which a time stamp means nothing (285 years), and a duration (a day). */
static const int64_t time_max = INT64_C(1) << 53, duration_max = INT64_C(86400) * SECOND;

/* A file that does not say how long it is may pause so long, but not longer. */
static const int64_t pause_max = INT64_C(3600) * SECOND;

struct stream {
  AVRational time_base;
  enum AVMediaType type;
  int64_t now;   /* newest decode time, microseconds; INT64_MIN before the first packet */
  int64_t end;   /* latest presentation time and duration */
  int64_t shift; /* added to the times of this stream alone: they were damaged */
};

struct df_timeline {
  bool may_leap;    /* the format's time stamps are those of a broadcast */
  int64_t shift;    /* added to all times, microseconds */
  int64_t promised; /* where the file says that it ends; INT64_MAX when it does not */
  unsigned count;
  struct stream streams[];
};

static int64_t promised_end(const AVFormatContext *context)
{
  if (context->duration == AV_NOPTS_VALUE || context->duration <= 0 ||
      context->duration > time_max ||
      context->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE)
    return INT64_MAX;
  int64_t start = context->start_time == AV_NOPTS_VALUE ? 0 : context->start_time;
  return start >= -time_max && start <= time_max ? start + context->duration : INT64_MAX;
}

struct df_timeline *df_timeline_create(const AVFormatContext *context)
{
  unsigned count = context->nb_streams;
  struct df_timeline *t = calloc(1, sizeof *t + count * sizeof t->streams[0]);
  if (!t)
    return NULL;
  t->may_leap = context->iformat->flags & AVFMT_TS_DISCONT;
  t->count = count;
  t->promised = promised_end(context);
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
  for (unsigned i = 0; i < timeline->count; i++) {
    timeline->streams[i].now = timeline->streams[i].end = INT64_MIN;
    timeline->streams[i].shift = 0;
  }
}

static bool is_absurd(int64_t time, AVRational unit, int64_t bound)
{
  int64_t microseconds = av_rescale_q(time, unit, AV_TIME_BASE_Q);
  return microseconds < -bound || microseconds > bound;
}

/* What only damage explains is better not known. */
static void forget_absurd(const struct stream *s, AVPacket *packet)
{
  if (packet->dts != AV_NOPTS_VALUE && is_absurd(packet->dts, s->time_base, time_max))
    packet->dts = AV_NOPTS_VALUE;
  if (packet->pts != AV_NOPTS_VALUE && is_absurd(packet->pts, s->time_base, time_max))
    packet->pts = AV_NOPTS_VALUE;
  bool both = packet->dts != AV_NOPTS_VALUE && packet->pts != AV_NOPTS_VALUE;
  if (both && is_absurd(packet->pts - packet->dts, s->time_base, REORDER_MAX))
    packet->pts = AV_NOPTS_VALUE;
  if (packet->duration < 0 || is_absurd(packet->duration, s->time_base, duration_max))
    packet->duration = 0;
}

/* A leap of one stream to where the file does not reach; nothing that was recorded looks so. */
static bool leaps_out(const struct df_timeline *t, int64_t time, int64_t jump)
{
  if (t->promised == INT64_MAX)
    return jump > pause_max;
  return jump > JUMP_AHEAD && time > t->promised + JUMP_AHEAD;
}

static void mend_jump(
    struct df_timeline *t, struct stream *s, const AVPacket *packet, struct df_log *log)
{
  if (s->now == INT64_MIN || packet->dts == AV_NOPTS_VALUE)
    return;
  if (s->type != AVMEDIA_TYPE_VIDEO && s->type != AVMEDIA_TYPE_AUDIO)
    return;
  int64_t time = av_rescale_q(packet->dts, s->time_base, AV_TIME_BASE_Q) + t->shift;
  int64_t jump = time + s->shift - s->now;
  if (s->shift && time - s->now > -JUMP_BACK && time - s->now < JUMP_AHEAD) {
    s->shift = 0; /* the damage is over */
    return;
  }
  bool seam = jump <= -JUMP_BACK || (t->may_leap && jump > JUMP_AHEAD);
  if (!seam && !leaps_out(t, time + s->shift, jump))
    return;
  int64_t step = av_rescale_q(packet->duration, s->time_base, AV_TIME_BASE_Q);
  *(seam ? &t->shift : &s->shift) -= jump - step;
  df_log_say(log, DF_LOG_WARNING, "the time stamps jump by %.1f s at %.1f s; joined without a gap",
      (double)jump / SECOND, (double)s->now / SECOND);
}

void df_timeline_pass(struct df_timeline *t, AVPacket *packet, struct df_log *log)
{
  if (packet->stream_index < 0 || (unsigned)packet->stream_index >= t->count)
    return;
  struct stream *s = &t->streams[packet->stream_index];
  forget_absurd(s, packet);
  mend_jump(t, s, packet, log);
  int64_t shift = av_rescale_q(t->shift + s->shift, AV_TIME_BASE_Q, s->time_base);
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
