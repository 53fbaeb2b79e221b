#include "pipeline/segment_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct df_segment_planner {
  int64_t warm_up;
  struct df_segment_plan *plan; /* of the segment that pictures are in now; NULL before the first */
  size_t entry;                 /* in it: where decoding begins to come to the newest picture */
  struct df_still stills[DF_SEATS];
};

void df_segment_plan_free(void *item)
{
  struct df_segment_plan *plan = item;
  if (!plan)
    return;
  free(plan->pictures);
  free(plan);
}

struct df_segment_planner *df_segment_planner_create(int64_t warm_up)
{
  struct df_segment_planner *planner = calloc(1, sizeof *planner);
  if (!planner)
    return NULL;
  planner->warm_up = warm_up;
  for (int s = 0; s < DF_SEATS; s++)
    planner->stills[s].place.n = -1;
  return planner;
}

void df_segment_planner_destroy(struct df_segment_planner **planner)
{
  if (!*planner)
    return;
  df_segment_plan_free((*planner)->plan);
  free(*planner);
  *planner = NULL;
}

static int append(struct df_segment_plan *plan, const struct df_planned *picture)
{
  if (plan->count == plan->capacity) {
    size_t capacity = plan->capacity * 2 + 64;
    struct df_planned *pictures = realloc(plan->pictures, capacity * sizeof *pictures);
    if (!pictures)
      return DF_ENOMEM;
    plan->pictures = pictures;
    plan->capacity = capacity;
  }
  plan->pictures[plan->count++] = *picture;
  return 0;
}

/* The last picture that is as far before this one as it takes to warm up. */
static void find_entry(struct df_segment_planner *planner, int64_t pts)
{
  const struct df_segment_plan *plan = planner->plan;
  while (plan && planner->entry + 1 < plan->count &&
         plan->pictures[planner->entry + 1].place.pts <= pts - planner->warm_up)
    planner->entry++;
}

/* A plan that begins with what there is of the one before from the entry on. */
static struct df_segment_plan *begin(const struct df_segment_planner *planner, int64_t index)
{
  const struct df_segment_plan *old = planner->plan;
  struct df_segment_plan *plan = calloc(1, sizeof *plan);
  int result = plan ? 0 : DF_ENOMEM;
  for (size_t i = planner->entry; old && i < old->count && result == 0; i++)
    result = append(plan, &old->pictures[i]);
  if (result < 0) {
    df_segment_plan_free(plan);
    return NULL;
  }
  plan->lead = plan->count;
  plan->segment.index = index;
  for (int s = 0; s < DF_SEATS; s++)
    plan->stills[s] = planner->stills[s];
  if (!old)
    return plan;
  plan->segment.first = old->segment.first + old->segment.count;
  plan->segment.tail_count = plan->before_count = old->segment.tail_count;
  memcpy(plan->segment.tail, old->segment.tail, sizeof plan->segment.tail);
  memcpy(plan->before, old->segment.tail, sizeof plan->before);
  return plan;
}

/* What each seat would go on showing if it froze now. */
static void note_stills(struct df_segment_planner *planner, const struct df_planned *picture)
{
  for (int s = 0; s < DF_SEATS; s++) {
    const struct df_shot_window *shot = &picture->shots[s];
    if (shot->state != DF_WINDOW_FROZEN && shot->state != DF_WINDOW_BLACK)
      planner->stills[s] = (struct df_still){
          .place = picture->place,
          .entry = planner->plan->pictures[planner->entry].place,
          .window = shot->window,
      };
  }
}

int df_segment_planner_push(struct df_segment_planner *planner, const struct df_planned *picture,
    int64_t index, struct df_segment_plan **ret_plan)
{
  int done = 0;
  find_entry(planner, picture->place.pts);
  if (!planner->plan || planner->plan->segment.index != index) {
    struct df_segment_plan *plan = begin(planner, index);
    if (!plan)
      return DF_ENOMEM;
    if (planner->plan) {
      planner->plan->after = picture->place.pts;
      *ret_plan = planner->plan;
      done = 1;
    }
    planner->plan = plan;
    planner->entry = 0;
  }
  if (append(planner->plan, picture) < 0)
    return DF_ENOMEM;
  df_segment_note(&planner->plan->segment, picture->place.pts);
  note_stills(planner, picture);
  return done;
}

struct df_segment_plan *df_segment_planner_end(struct df_segment_planner *planner)
{
  struct df_segment_plan *plan = planner->plan;
  if (plan)
    plan->segment.last = 1;
  planner->plan = NULL;
  return plan;
}
