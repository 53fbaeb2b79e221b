/*
 * Joins the stretches that have been looked at. What is compared are means over all looks at a stretch, in which a good
 * look counts for more than a poor one.
 */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "person/cluster.h"
#include "person/solve.h"

/* Tables grow with the square: so many stretches, the longest, are clustered; the rest goes to their clusters. */
enum { ITEMS_MAX = 3000 };
/* Looks at one stretch count for no more than this in the mean of a cluster. */
static const double weight_most = 3;
/* Cosines, added to the threshold. */
static const float join_extra = 0;         /* two clusters are one person */
static const float lenient_extra = -0.13f; /* enough where nobody else comes near */
static const float lenient_gap = 0.12f;
static const float poor_penalty = 0.08f;    /* where a stretch has poor looks only */
static const float continues_bonus = 0.16f; /* where one goes on from the other by track */

struct items {
  size_t count;
  int dimensions;
  size_t *tracklet;
  float *unit; /* count x dimensions */
  double *weight;
  float *likeness;
  size_t *cluster;
};

static void finish(struct items *items)
{
  free(items->tracklet);
  free(items->unit);
  free(items->weight);
  free(items->likeness);
  free(items->cluster);
}

struct candidate {
  double value;
  size_t index;
};

static int compare_candidates(const void *a, const void *b)
{
  const struct candidate *x = a, *y = b;
  if (x->value != y->value)
    return x->value > y->value ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

static int compare_indices(const void *a, const void *b)
{
  const size_t *x = a, *y = b;
  return *x < *y ? -1 : *x > *y;
}

/* The stretches that are clustered, in their order; the dimensions are those of the first. */
static int choose(const struct df_solver *s, struct items *items)
{
  size_t all = s->tracklets->count, count = 0;
  struct candidate *candidates = malloc((all + 1) * sizeof *candidates);
  items->tracklet = malloc((all + 1) * sizeof *items->tracklet);
  if (!candidates || !items->tracklet) {
    free(candidates);
    return DF_ENOMEM;
  }
  for (size_t i = 0; i < all; i++) {
    const struct df_tracklet *t = &s->tracklets->kept[i];
    if (!t->sum || !(t->weight > 0))
      continue;
    items->dimensions = items->dimensions ? items->dimensions : t->dimensions;
    if (t->dimensions == items->dimensions)
      candidates[count++] = (struct candidate){t->dwell, i};
  }
  qsort(candidates, count, sizeof *candidates, compare_candidates);
  items->count = count < ITEMS_MAX ? count : ITEMS_MAX;
  for (size_t i = 0; i < items->count; i++)
    items->tracklet[i] = candidates[i].index;
  qsort(items->tracklet, items->count, sizeof *items->tracklet, compare_indices);
  free(candidates);
  return 0;
}

static void write_unit(const struct df_tracklet *tracklet, float *ret_unit)
{
  double sum = 0;
  for (int i = 0; i < tracklet->dimensions; i++)
    sum += (double)tracklet->sum[i] * (double)tracklet->sum[i];
  double scale = sum > 0 ? 1 / sqrt(sum) : 0;
  for (int i = 0; i < tracklet->dimensions; i++)
    ret_unit[i] = (float)((double)tracklet->sum[i] * scale);
}

static float dot(const float *a, const float *b, int dimensions)
{
  float sum = 0;
  for (int i = 0; i < dimensions; i++)
    sum += a[i] * b[i];
  return sum;
}

static int prepare(const struct df_solver *s, struct items *items)
{
  size_t n = items->count;
  items->unit = malloc((n * (size_t)items->dimensions + 1) * sizeof *items->unit);
  items->weight = malloc((n + 1) * sizeof *items->weight);
  items->likeness = malloc((n * n + 1) * sizeof *items->likeness);
  items->cluster = malloc((n + 1) * sizeof *items->cluster);
  if (!items->unit || !items->weight || !items->likeness || !items->cluster)
    return DF_ENOMEM;
  for (size_t i = 0; i < n; i++) {
    const struct df_tracklet *t = &s->tracklets->kept[items->tracklet[i]];
    items->weight[i] = fmin(t->weight, weight_most);
    write_unit(t, &items->unit[i * (size_t)items->dimensions]);
  }
  return 0;
}

static float likeness_of(const struct df_solver *s, const struct items *items, size_t a, size_t b)
{
  const struct df_tracklet *x = &s->tracklets->kept[items->tracklet[a]];
  const struct df_tracklet *y = &s->tracklets->kept[items->tracklet[b]];
  if (df_tracklets_apart(x, y))
    return DF_APART;
  size_t width = (size_t)items->dimensions;
  float likeness = dot(&items->unit[a * width], &items->unit[b * width], items->dimensions);
  likeness -= x->fair_looks == 0 ? poor_penalty : 0;
  likeness -= y->fair_looks == 0 ? poor_penalty : 0;
  if (x->before == (int)items->tracklet[b] || y->before == (int)items->tracklet[a])
    likeness += continues_bonus;
  return likeness;
}

static void compare_all(const struct df_solver *s, struct items *items)
{
  size_t n = items->count;
  for (size_t a = 0; a < n; a++) {
    items->likeness[a * n + a] = DF_APART;
    for (size_t b = 0; b < a; b++)
      items->likeness[a * n + b] = items->likeness[b * n + a] = likeness_of(s, items, a, b);
  }
}

/* The clusters that are most like one, and how much; of two at most. */
static void two_most_alike(
    const struct items *items, size_t a, size_t *ret_best, float ret_likeness[2])
{
  *ret_best = items->count;
  ret_likeness[0] = ret_likeness[1] = -1;
  for (size_t b = 0; b < items->count; b++) {
    float likeness = items->likeness[a * items->count + b];
    if (b == a || items->cluster[b] != b || likeness <= ret_likeness[1])
      continue;
    if (likeness > ret_likeness[0]) {
      ret_likeness[1] = ret_likeness[0];
      ret_likeness[0] = likeness;
      *ret_best = b;
    } else {
      ret_likeness[1] = likeness;
    }
  }
}

/* The cluster that cluster `a` goes to because it is a little like that one and like no other; `a` for none. */
static size_t lenient_home(const struct df_solver *s, const struct items *items, size_t a)
{
  size_t best;
  float likeness[2];
  two_most_alike(items, a, &best, likeness);
  if (best == items->count || items->weight[best] <= items->weight[a])
    return a;
  bool clear = likeness[0] - fmaxf(likeness[1], 0) >= lenient_gap;
  return clear && likeness[0] >= s->threshold + lenient_extra ? best : a;
}

/* One stray cluster after the other, those with the fewest looks first. */
static int take_home_strays(const struct df_solver *s, struct items *items)
{
  size_t count = 0;
  struct candidate *strays = malloc((items->count + 1) * sizeof *strays);
  if (!strays)
    return DF_ENOMEM;
  for (size_t a = 0; a < items->count; a++)
    if (items->cluster[a] == a)
      strays[count++] = (struct candidate){-items->weight[a], a};
  qsort(strays, count, sizeof *strays, compare_candidates);
  for (size_t i = 0; i < count; i++) {
    size_t a = strays[i].index, home = lenient_home(s, items, a);
    if (home != a)
      df_cluster_join(items->count, items->likeness, items->weight, items->cluster, home, a);
  }
  free(strays);
  return 0;
}

static void write_clusters(struct df_solver *s, const struct items *items)
{
  for (size_t i = 0; i < items->count; i++)
    s->cluster[items->tracklet[i]] = (int)items->tracklet[items->cluster[i]];
}

/* The most similar cluster of those that a stretch which found no room in the table may be in. */
static void find_home(struct df_solver *s, const struct items *items, size_t tracklet, float *unit)
{
  float most = s->threshold + join_extra;
  write_unit(&s->tracklets->kept[tracklet], unit);
  for (size_t i = 0; i < items->count; i++) {
    int cluster = s->cluster[items->tracklet[i]];
    float likeness = dot(unit, &items->unit[i * (size_t)items->dimensions], items->dimensions);
    if (likeness < most || df_solver_apart(s, tracklet, cluster))
      continue;
    most = likeness;
    s->cluster[tracklet] = cluster;
  }
}

static int find_homes(struct df_solver *s, const struct items *items)
{
  float *unit = malloc(((size_t)items->dimensions + 1) * sizeof *unit);
  if (!unit)
    return DF_ENOMEM;
  for (size_t i = 0; i < s->tracklets->count; i++) {
    const struct df_tracklet *t = &s->tracklets->kept[i];
    if (s->cluster[i] < 0 && t->fair_looks > 0 && t->dimensions == items->dimensions)
      find_home(s, items, i, unit);
  }
  free(unit);
  return 0;
}

int df_solver_cluster_looks(struct df_solver *s)
{
  struct items items = {0};
  int result = choose(s, &items);
  if (result == 0)
    result = prepare(s, &items);
  if (result == 0) {
    compare_all(s, &items);
    result = df_cluster(
        items.count, items.likeness, items.weight, s->threshold + join_extra, items.cluster);
  }
  if (result == 0)
    result = take_home_strays(s, &items);
  if (result == 0) {
    write_clusters(s, &items);
    result = find_homes(s, &items);
  }
  finish(&items);
  return result;
}
