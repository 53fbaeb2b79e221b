#include "pipeline/segments.h"

#include <libavcodec/avcodec.h>
#include <libavutil/mathematics.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "media/packet_file.h"
#include "pipeline/decide.h"
#include "pipeline/work.h"

int64_t df_segments_warm_up(const struct df_pipeline *p)
{
  AVRational unit = {p->video->time_base.num, p->video->time_base.den};
  return av_rescale_q_rnd(DF_WARM_UP, (AVRational){1, 1}, unit, AV_ROUND_UP);
}

int64_t df_segments_index(const struct df_pipeline *p, int64_t pts)
{
  return (int64_t)floor(df_decide_seconds(p, pts) / p->task->segment);
}

int df_segments_drain(struct df_pipeline *p, AVPacket *packet, struct df_error *err)
{
  struct df_encoder *encoder = p->sinks[DF_SINK_MAIN].encoder;
  int result;
  while ((result = df_encoder_receive(encoder, packet, err)) == 1) {
    if (p->result->first_frame_seconds == 0)
      p->result->first_frame_seconds = df_clock_now() - p->started;
    result = df_packet_file_append(p->segments.writer, packet, err);
    av_packet_unref(packet);
    if (result < 0)
      return result;
  }
  return result;
}

static int flush(struct df_pipeline *p, AVPacket *packet, struct df_error *err)
{
  int result = df_encoder_send(p->sinks[DF_SINK_MAIN].encoder, NULL, err);
  return result == 0 ? df_segments_drain(p, packet, err) : result;
}

int df_segments_commit(
    struct df_pipeline *p, const struct df_segment *segment, struct df_error *err)
{
  int result = df_observation_sync(p->segments.log_writer, err);
  return result == 0 ? df_work_commit(p->segments.work, segment, err) : result;
}

static int finish_segment(struct df_pipeline *p, struct df_error *err)
{
  struct df_segments *s = &p->segments;
  int result = df_packet_file_finish(&s->writer, &s->current.bytes, err);
  return result == 0 ? df_segments_commit(p, &s->current, err) : result;
}

static bool says_the_same(const AVCodecContext *a, const AVCodecContext *b)
{
  return a->extradata_size == b->extradata_size &&
         (a->extradata_size == 0 ||
             memcmp(a->extradata, b->extradata, (size_t)a->extradata_size) == 0);
}

int df_segments_next_encoder(struct df_pipeline *p, struct df_error *err)
{
  struct df_sink *sink = &p->sinks[DF_SINK_MAIN];
  struct df_encoder_options options = sink->encoder_options;
  df_encoder_destroy(
      &sink->encoder); /* first, since an encoder of a GPU may be the only one allowed */
  int result = df_encoder_create(&options, p->log, &sink->encoder, err);
  if (result < 0 || !options.global_header ||
      says_the_same(df_encoder_context(sink->encoder), p->segments.header))
    return result;
  df_encoder_destroy(&sink->encoder);
  options.global_header = false;
  return df_encoder_create(&options, p->log, &sink->encoder, err);
}

static int begin_segment(struct df_pipeline *p, int64_t index, struct df_error *err)
{
  struct df_segments *s = &p->segments;
  struct df_segment *c = &s->current;
  char path[DF_PATH_BYTES];
  c->first += c->count;
  c->count = 0;
  c->index = index;
  df_work_segment_path(s->work, index, path);
  int result = df_packet_file_create(path, s->header, &s->writer, err);
  if (result == 0 && c->tail_count > 0)
    result = df_encoder_follow(p->sinks[DF_SINK_MAIN].encoder, c->tail, (size_t)c->tail_count, err);
  return result;
}

int df_segments_enter(struct df_pipeline *p, int64_t pts, AVPacket *packet, struct df_error *err)
{
  struct df_segments *s = &p->segments;
  int64_t index = df_segments_index(p, pts);
  int result = 0;
  if (s->writer && index > s->current.index) {
    df_encoder_lead(p->sinks[DF_SINK_MAIN].encoder, pts);
    result = flush(p, packet, err);
    if (result == 0)
      result = finish_segment(p, err);
    if (result == 0)
      result = df_segments_next_encoder(p, err);
  }
  if (result == 0 && !s->writer)
    result = begin_segment(p, index, err);
  if (result == 0)
    df_segment_note(&s->current, pts);
  return result;
}

int df_segments_end(struct df_pipeline *p, AVPacket *packet, struct df_error *err)
{
  if (p->plan && !p->plan->segment.last)
    df_encoder_lead(p->sinks[DF_SINK_MAIN].encoder, p->plan->after);
  return p->segments.writer ? flush(p, packet, err) : 0; /* or all were done before */
}

int df_segments_finish(struct df_pipeline *p, struct df_error *err)
{
  struct df_segments *s = &p->segments;
  if (p->renderers.last.count > 0)
    return df_segments_commit(p, &p->renderers.last, err);
  if (!s->writer)
    return 0;
  s->current.last = 1;
  return finish_segment(p, err);
}

int df_segments_misfit(struct df_pipeline *p, const char *what, struct df_error *err)
{
  atomic_store(&p->misfit, true);
  return df_fail(err, DF_EINPUT, "%s", what);
}
