/* Makes one segment after the other by its plan, each with stages of its own, and notes it as done. */
#include <assert.h>
#include <libavcodec/avcodec.h>

#include "media/packet_file.h"
#include "pipeline/crew.h"
#include "pipeline/stages.h"
#include "pipeline/work.h"

/* From the file to the segment. */
static int run_stages(struct df_pipeline *p, struct df_error *err)
{
  struct df_queue *composed = p->sinks[DF_SINK_MAIN].queue;
  struct df_stage_job jobs[] = {
      {p, df_stage_demux},
      {p, df_stage_decode},
      {p, df_stage_show},
      {p, df_stage_compose},
      {p, df_stage_encode},
  };
  const struct df_crew_member members[] = {
      {"demux", df_stage_run, &jobs[0], {NULL}, {p->packets}},
      {"decode", df_stage_run, &jobs[1], {p->packets}, {p->decoded}},
      {"show", df_stage_run, &jobs[2], {p->decoded}, {p->decided}},
      {"compose", df_stage_run, &jobs[3], {p->decided}, {composed}},
      {"encode", df_stage_run, &jobs[4], {composed}, {NULL}},
  };
  return df_crew_run(
      members, sizeof members / sizeof members[0], &p->progress->stop, df_stages_cancel, p, err);
}

/* What it would have come to in the hands of one encoding thread. */
static struct df_segments begin(const struct df_pipeline *whole, const struct df_segment_plan *plan)
{
  const struct df_place *entry = &plan->pictures[0].place;
  struct df_segments s = {
      .work = whole->segments.work,
      .header = whole->segments.header,
      .first = plan->segment.first,
      .begin = entry->n,
      .skip = entry->n,
      .skip_pts = entry->pts,
      .current =
          {
              .index = plan->segment.index,
              .first = plan->segment.first,
              .tail_count = plan->before_count,
          },
  };
  for (int i = 0; i < DF_SEGMENT_TAIL; i++)
    s.current.tail[i] = plan->before[i];
  return s;
}

static int make(struct df_pipeline *p, struct df_engine *engine, struct df_segment *ret_segment,
    struct df_error *err)
{
  struct df_segments *s = &p->segments;
  char path[DF_PATH_BYTES];
  df_work_segment_path(s->work, s->current.index, path);
  int result = df_pipeline_open_segment(p, engine, err);
  if (result == 0)
    result = df_packet_file_create(path, s->header, &s->writer, err);
  if (result == 0)
    result = run_stages(p, err);
  if (result < 0)
    return result;
  assert(s->current.first == p->plan->segment.first && s->current.count == p->plan->segment.count);
  *ret_segment = p->plan->segment;
  return df_packet_file_finish(&s->writer, &ret_segment->bytes, err);
}

/* The first word and the worst are what is told of all of them. */
static void report(struct df_pipeline *whole, struct df_pipeline *p)
{
  struct df_result *result = whole->result;
  double first = p->result->first_frame_seconds;
  df_pipeline_report_encoder(p);
  if (p->result->encoder.refusal[0] && !result->encoder.refusal[0])
    result->encoder = p->result->encoder;
  result->undrawn += p->result->undrawn;
  if (first > 0 && (result->first_frame_seconds == 0 || first < result->first_frame_seconds))
    result->first_frame_seconds = first;
}

/* The video's last one counts only when all stages have ended well (df_segments_finish). */
static int end(struct df_pipeline *whole, struct df_pipeline *p, int result,
    const struct df_segment *segment, struct df_error *err)
{
  if (atomic_load(&p->misfit))
    atomic_store(&whole->misfit, true);
  pthread_mutex_lock(&whole->renderers.lock);
  report(whole, p);
  if (result == 0 && segment->last)
    whole->renderers.last = *segment;
  else if (result == 0)
    result = df_segments_commit(whole, segment, err);
  pthread_mutex_unlock(&whole->renderers.lock);
  return result;
}

static int render(
    struct df_renderer *renderer, const struct df_segment_plan *plan, struct df_error *err)
{
  struct df_pipeline *whole = renderer->of;
  struct df_result own = {0};
  struct df_segment segment = {0};
  struct df_pipeline p = {
      .task = whole->task,
      .log = whole->log,
      .progress = &renderer->progress,
      .result = &own,
      .started = whole->started,
      .segments = begin(whole, plan),
      .plan = plan,
      .whole = whole,
  };
  int result = make(&p, renderer->engine, &segment, err);
  result = end(whole, &p, result, &segment, err);
  p.segments.work = NULL; /* these are the task's own */
  p.segments.header = NULL;
  df_pipeline_close(&p, false);
  return result;
}

int df_stage_render(struct df_renderer *renderer, struct df_error *err)
{
  void *item;
  int result;
  while ((result = df_queue_pop(renderer->of->renderers.plans, &item)) == 1) {
    result = render(renderer, item, err);
    df_segment_plan_free(item);
    if (result < 0)
      return result;
  }
  return result;
}
