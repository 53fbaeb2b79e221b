/*
 * Where segments are made side by side: hands the plan of each on as soon as all its pictures are decided. What an
 * earlier run did of them must be what would be made now.
 */
#include "pipeline/decide.h"
#include "pipeline/work.h"

/* The same but for the size of the file, which is not known before it is made. */
static bool is_same(const struct df_segment *a, const struct df_segment *b)
{
  bool same = a->index == b->index && a->first == b->first && a->count == b->count &&
              a->tail_count == b->tail_count && a->last == b->last;
  for (int64_t i = 0; i < a->tail_count && same; i++)
    same = a->tail[i] == b->tail[i];
  return same;
}

/* 1 when the segment is done already, 0 when not. */
static int is_done(struct df_pipeline *p, const struct df_segment_plan *plan, struct df_error *err)
{
  pthread_mutex_lock(&p->renderers.lock);
  const struct df_segment *found =
      df_journal_find(df_work_journal(p->segments.work), plan->segment.index);
  bool same = found && is_same(found, &plan->segment);
  pthread_mutex_unlock(&p->renderers.lock);
  if (found && !same)
    return df_segments_misfit(p, "the segments are not those of the log", err);
  return found != NULL;
}

static void count_done(struct df_pipeline *p, const struct df_segment_plan *plan)
{
  for (size_t i = plan->lead; i < plan->count; i++)
    df_renderers_progress(p, plan, i);
}

/* Takes the plan. */
static int hand_on(struct df_pipeline *p, struct df_segment_plan *plan, struct df_error *err)
{
  p->result->frames = plan->segment.first + plan->segment.count;
  int result = is_done(p, plan, err);
  if (result == 0)
    return df_queue_push(p->renderers.plans, plan);
  if (result == 1)
    count_done(p, plan);
  df_segment_plan_free(plan);
  return result < 0 ? result : 0;
}

static int plan_frame(struct df_pipeline *p, struct df_segment_planner *planner,
    const struct df_frame *frame, struct df_error *err)
{
  const struct df_tracks_frame *decided = &frame->decided;
  struct df_planned picture = {
      .place = {decided->n, decided->pts},
      .difference = frame->difference,
  };
  struct df_segment_plan *plan = NULL;
  for (int s = 0; s < DF_SEATS; s++)
    picture.shots[s] = decided->seats[s].shot;
  int result =
      df_segment_planner_push(planner, &picture, df_segments_index(p, decided->pts), &plan);
  if (result < 0)
    return df_fail(err, result, "out of memory");
  return result == 1 ? hand_on(p, plan, err) : 0;
}

static int plan_all(struct df_pipeline *p, struct df_segment_planner *planner, struct df_error *err)
{
  void *item;
  int result;
  while ((result = df_queue_pop(p->decided, &item)) == 1) {
    result = plan_frame(p, planner, item, err);
    df_frame_free(item);
    if (result < 0)
      return result;
  }
  struct df_segment_plan *last = result == 0 ? df_segment_planner_end(planner) : NULL;
  return last ? hand_on(p, last, err) : result;
}

int df_stage_plan(struct df_pipeline *p, struct df_error *err)
{
  struct df_segment_planner *planner = df_segment_planner_create(df_segments_warm_up(p));
  int result = planner ? plan_all(p, planner, err) : df_fail(err, DF_ENOMEM, "out of memory");
  df_segment_planner_destroy(&planner);
  return result;
}
