/* Puts the parts of solving in order and writes what they found into the plan. */
#include "person/solve.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

/* Two stretches of one face may overlap by less, where a track begins before the one before has ended. */
static const double together_least = 0.1; /* seconds */

bool df_tracklets_apart(const struct df_tracklet *a, const struct df_tracklet *b)
{
  long first = a->first > b->first ? a->first : b->first;
  long last = a->last < b->last ? a->last : b->last;
  if (first > last)
    return false;
  long a_frames = a->last - a->first + 1, b_frames = b->last - b->first + 1;
  long shorter = a_frames < b_frames ? a_frames : b_frames;
  return fmin(a->ends, b->ends) - fmax(a->begins, b->begins) >= together_least ||
         2 * (last - first + 1) >= shorter;
}

size_t df_solver_begun_by(const struct df_solver *s, double t)
{
  size_t low = 0, high = s->tracklets->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (s->tracklets->kept[s->by_time[middle]].begins <= t)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool df_solver_apart(const struct df_solver *s, size_t i, int cluster)
{
  const struct df_tracklet *tracklet = &s->tracklets->kept[i];
  for (size_t k = df_solver_begun_by(s, tracklet->ends);
       k-- > 0 && s->longest[k] >= tracklet->begins;) {
    size_t other = s->by_time[k];
    if (other != i && s->cluster[other] == cluster &&
        df_tracklets_apart(tracklet, &s->tracklets->kept[other]))
      return true;
  }
  return false;
}

struct moment {
  double begins;
  size_t index;
};

static int compare_moments(const void *a, const void *b)
{
  const struct moment *x = a, *y = b;
  if (x->begins != y->begins)
    return x->begins < y->begins ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

static int put_in_order(struct df_solver *s)
{
  size_t count = s->tracklets->count;
  struct moment *moments = malloc((count + 1) * sizeof *moments);
  s->cluster = malloc((count + 1) * sizeof *s->cluster);
  s->by_time = malloc((count + 1) * sizeof *s->by_time);
  s->longest = malloc((count + 1) * sizeof *s->longest);
  if (!moments || !s->cluster || !s->by_time || !s->longest) {
    free(moments);
    return DF_ENOMEM;
  }
  for (size_t i = 0; i < count; i++) {
    s->cluster[i] = -1;
    moments[i] = (struct moment){s->tracklets->kept[i].begins, i};
  }
  qsort(moments, count, sizeof *moments, compare_moments);
  double longest = -INFINITY;
  for (size_t i = 0; i < count; i++) {
    s->by_time[i] = moments[i].index;
    longest = fmax(longest, s->tracklets->kept[moments[i].index].ends);
    s->longest[i] = longest;
  }
  free(moments);
  return 0;
}

static int compare_spans(const void *a, const void *b)
{
  const struct df_stretch *x = a, *y = b;
  if (x->track != y->track)
    return x->track < y->track ? -1 : 1;
  return x->first < y->first ? -1 : x->first > y->first;
}

/* `person` of a cluster is found at the tracklet that stands for it. */
static int write_spans(const struct df_solver *s, const int *person, struct df_plan *plan)
{
  size_t count = s->tracklets->count;
  plan->spans = malloc((count + 1) * sizeof *plan->spans);
  if (!plan->spans)
    return DF_ENOMEM;
  for (size_t i = 0; i < count; i++) {
    const struct df_tracklet *t = &s->tracklets->kept[i];
    plan->spans[i] = (struct df_stretch){.track = t->track,
        .first = t->first,
        .last = t->last,
        .dwell = t->dwell,
        .person = s->cluster[i] < 0 ? DF_NOBODY : person[s->cluster[i]]};
  }
  plan->span_count = count;
  qsort(plan->spans, count, sizeof *plan->spans, compare_spans);
  return 0;
}

static int solve(struct df_solver *s, struct df_plan *plan)
{
  int result = put_in_order(s);
  if (result == 0)
    result = df_solver_cluster_looks(s);
  if (result == 0)
    result = df_solver_follow_places(s);
  if (result < 0)
    return result;
  int *person = malloc((s->tracklets->count + 1) * sizeof *person);
  if (!person)
    return DF_ENOMEM;
  result = df_solver_seat(s, plan, person);
  if (result == 0)
    result = write_spans(s, person, plan);
  free(person);
  return result;
}

int df_solve(const struct df_tracklets *tracklets, const struct df_identifier_options *options,
    const struct df_gallery photos[DF_SEATS], struct df_plan **ret_plan)
{
  struct df_solver s = {.tracklets = tracklets,
      .threshold = options->threshold,
      .width = fmax((double)options->picture_width, 1),
      .height = fmax((double)options->picture_height, 1),
      .swap = options->swap,
      .photos = photos};
  struct df_plan *plan = calloc(1, sizeof *plan);
  if (!plan)
    return DF_ENOMEM;
  int result = solve(&s, plan);
  free(s.cluster);
  free(s.by_time);
  free(s.longest);
  if (result < 0)
    df_plan_destroy(&plan);
  else
    *ret_plan = plan;
  return result;
}
