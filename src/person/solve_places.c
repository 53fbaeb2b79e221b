/*
 * Stretches without a usable look: they go on with the track they are of, or with who was at their place shortly before
 * or comes there shortly after; else they are somebody new, if they were there long enough to be anybody.
 */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "person/solve.h"

/* Seconds that a stretch must last to found a person. */
static const double found_after = 1.0, found_after_blind = 0.3;
/* Smallest face (displayed pixels) and mean score that can. */
static const float width_least = 16;
static const double score_least = 0.55;
/* Seconds between two stretches in one place, in one shot. */
static const double gap_most = 3, gap_most_blind = 60;
/* In shares of the picture: how far apart they are at most, and how fast that grows. */
static const double reach = 0.2, reach_a_second = 0.2, reach_after_cut = 1.0;

static double centre_distance(const struct df_solver *s, struct df_box a, struct df_box b)
{
  struct df_point x = df_box_centre(a), y = df_box_centre(b);
  double dx = (double)(x.x - y.x) / s->width, dy = (double)(x.y - y.y) / s->height;
  double size = fabs(log((double)df_box_area(a) / (double)df_box_area(b)));
  return sqrt(dx * dx + dy * dy) + 0.05 * size;
}

/* How far a stretch is from one that came before it or after it; INFINITY beyond reach. */
static double place_cost(
    const struct df_solver *s, const struct df_tracklet *a, const struct df_tracklet *b)
{
  bool follows = b->begins >= a->ends;
  double gap = follows ? b->begins - a->ends : a->begins - b->ends;
  double cost = follows ? centre_distance(s, a->box_last, b->box_first)
                        : centre_distance(s, b->box_last, a->box_first);
  if (a->shot != b->shot)
    return cost <= reach_after_cut ? cost : INFINITY;
  return gap <= gap_most && cost <= reach + reach_a_second * fmax(gap, 0) ? cost : INFINITY;
}

static bool may_join(const struct df_solver *s, size_t i, int cluster)
{
  return cluster >= 0 && !df_solver_apart(s, i, cluster);
}

/* The cluster of what the track was before, else of what it is afterwards; -1 where neither can be. */
static int linked(const struct df_solver *s, size_t i, const int *after)
{
  int before = s->tracklets->kept[i].before;
  int earlier = before >= 0 ? s->cluster[before] : -1;
  int later = after[i] >= 0 ? s->cluster[after[i]] : -1;
  if (may_join(s, i, earlier))
    return earlier;
  return may_join(s, i, later) ? later : -1;
}

static bool is_in_reach(const struct df_solver *s, size_t i, size_t other, bool blind)
{
  const struct df_tracklet *a = &s->tracklets->kept[i], *b = &s->tracklets->kept[other];
  if (s->cluster[other] < 0)
    return false;
  /* Between shots a place says little, unless it is all there is. */
  return a->shot == b->shot || (blind && (a->shot == b->shot + 1 || b->shot == a->shot + 1));
}

/* Of those that are near in time; where nothing but places is known, also of a good while before. */
static int nearest(const struct df_solver *s, size_t i, bool blind)
{
  const struct df_tracklet *tracklet = &s->tracklets->kept[i];
  double span = blind ? gap_most_blind : gap_most, least = INFINITY;
  int best = -1;
  size_t k = df_solver_begun_by(s, tracklet->ends + span);
  while (k-- > 0 && s->longest[k] >= tracklet->begins - span) {
    size_t other = s->by_time[k];
    if (other == i || !is_in_reach(s, i, other, blind))
      continue;
    double cost = place_cost(s, tracklet, &s->tracklets->kept[other]);
    if (cost < least && may_join(s, i, s->cluster[other])) {
      least = cost;
      best = s->cluster[other];
    }
  }
  return best;
}

static bool can_found(const struct df_tracklet *tracklet, bool blind)
{
  return tracklet->dwell >= (blind ? found_after_blind : found_after) &&
         tracklet->box_last.w >= width_least &&
         tracklet->score_sum >= score_least * tracklet->dwell;
}

static void follow(struct df_solver *s, size_t i, const int *after, bool blind)
{
  int cluster = linked(s, i, after);
  if (cluster < 0)
    cluster = nearest(s, i, blind);
  if (cluster < 0 && can_found(&s->tracklets->kept[i], blind))
    cluster = (int)i;
  s->cluster[i] = cluster;
}

int df_solver_follow_places(struct df_solver *s)
{
  size_t count = s->tracklets->count;
  bool blind = true;
  int *after = malloc((count + 1) * sizeof *after);
  if (!after)
    return DF_ENOMEM;
  for (size_t i = 0; i < count; i++)
    after[i] = -1;
  for (size_t i = 0; i < count; i++) {
    blind &= s->cluster[i] < 0;
    if (s->tracklets->kept[i].before >= 0)
      after[s->tracklets->kept[i].before] = (int)i;
  }
  for (size_t k = 0; k < count; k++)
    if (s->cluster[s->by_time[k]] < 0)
      follow(s, s->by_time[k], after, blind);
  free(after);
  return 0;
}
