#include "pipeline/segments.h"

#include <libavcodec/avcodec.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "media/packet_file.h"
#include "pipeline/decide.h"
#include "pipeline/work.h"

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

/* What was seen is durable before the segment counts, so that its successor can always be decided anew. */
static int finish_segment(struct df_pipeline *p, struct df_error *err)
{
  struct df_segments *s = &p->segments;
  int result = df_packet_file_finish(&s->writer, &s->current.bytes, err);
  if (result == 0)
    result = df_observation_sync(s->log_writer, err);
  return result == 0 ? df_work_commit(s->work, &s->current, err) : result;
}

static bool says_the_same(const AVCodecContext *a, const AVCodecContext *b)
{
  return a->extradata_size == b->extradata_size &&
         (a->extradata_size == 0 ||
             memcmp(a->extradata, b->extradata, (size_t)a->extradata_size) == 0);
}

/* One whose headers are not the output's, since another had to take over, says them before each key frame. */
static int next_encoder(struct df_pipeline *p, struct df_error *err)
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
  df_work_segment_path(s->work, df_journal_count(df_work_journal(s->work)), path);
  int result = df_packet_file_create(path, s->header, &s->writer, err);
  if (result == 0 && c->tail_count > 0)
    result = df_encoder_follow(p->sinks[DF_SINK_MAIN].encoder, c->tail, (size_t)c->tail_count, err);
  return result;
}

static void note_picture(struct df_segment *c, int64_t pts)
{
  if (c->tail_count == DF_SEGMENT_TAIL)
    memmove(c->tail, c->tail + 1, (DF_SEGMENT_TAIL - 1) * sizeof c->tail[0]);
  else
    c->tail_count++;
  c->tail[c->tail_count - 1] = pts;
  c->count++;
}

int df_segments_enter(struct df_pipeline *p, int64_t pts, AVPacket *packet, struct df_error *err)
{
  struct df_segments *s = &p->segments;
  int64_t index = (int64_t)floor(df_decide_seconds(p, pts) / p->task->segment);
  int result = 0;
  if (s->writer && index > s->current.index) {
    df_encoder_lead(p->sinks[DF_SINK_MAIN].encoder, pts);
    result = flush(p, packet, err);
    if (result == 0)
      result = finish_segment(p, err);
    if (result == 0)
      result = next_encoder(p, err);
  }
  if (result == 0 && !s->writer)
    result = begin_segment(p, index, err);
  if (result == 0)
    note_picture(&s->current, pts);
  return result;
}

int df_segments_end(struct df_pipeline *p, AVPacket *packet, struct df_error *err)
{
  return p->segments.writer ? flush(p, packet, err) : 0; /* or all were done before */
}

int df_segments_finish(struct df_pipeline *p, struct df_error *err)
{
  struct df_segments *s = &p->segments;
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

void df_segments_made(const struct df_pipeline *p, int64_t *ret_bytes, int64_t *ret_frames)
{
  const struct df_journal *journal = df_work_journal(p->segments.work);
  *ret_bytes = *ret_frames = 0;
  for (size_t i = 0; i < df_journal_count(journal); i++) {
    *ret_bytes += df_journal_at(journal, i)->bytes;
    *ret_frames += df_journal_at(journal, i)->count;
  }
}
