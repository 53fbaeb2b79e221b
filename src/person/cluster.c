/* Keeps of each cluster its nearest one among those behind it, so that a join costs little more than one row. */
#include "person/cluster.h"

#include <stdlib.h>

#include "base/error.h"

struct table {
  size_t count;
  float *likeness;
  double *weight;
  size_t *cluster; /* where an item was joined to, itself while it stands for a cluster */
  size_t *nearest; /* of those that follow; `count` for none */
};

static float *at(const struct table *t, size_t a, size_t b)
{
  return &t->likeness[a * t->count + b];
}

static void find_nearest(struct table *t, size_t a)
{
  t->nearest[a] = t->count;
  for (size_t b = a + 1; b < t->count; b++)
    if (t->cluster[b] == b &&
        (t->nearest[a] == t->count || *at(t, a, b) > *at(t, a, t->nearest[a])))
      t->nearest[a] = b;
}

/* The first of the most alike pair; `count` when none is alike enough. */
static size_t most_alike(const struct table *t, float least)
{
  size_t best = t->count;
  for (size_t a = 0; a < t->count; a++) {
    if (t->cluster[a] != a || t->nearest[a] == t->count)
      continue;
    float likeness = *at(t, a, t->nearest[a]);
    if (likeness >= least && (best == t->count || likeness > *at(t, best, t->nearest[best])))
      best = a;
  }
  return best;
}

static float mean_likeness(const struct table *t, size_t a, size_t b, size_t other)
{
  float first = *at(t, a, other), second = *at(t, b, other);
  if (first <= DF_APART || second <= DF_APART)
    return DF_APART;
  double sum = t->weight[a] + t->weight[b];
  return (float)((t->weight[a] * (double)first + t->weight[b] * (double)second) / sum);
}

/* b becomes part of a. */
static void mix(struct table *t, size_t a, size_t b)
{
  for (size_t other = 0; other < t->count; other++)
    if (t->cluster[other] == other && other != a && other != b)
      *at(t, a, other) = *at(t, other, a) = mean_likeness(t, a, b, other);
  t->weight[a] += t->weight[b];
  t->cluster[b] = a;
}

/* The same of a pair that is the most alike, a being the first. */
static void join(struct table *t, size_t a, size_t b)
{
  mix(t, a, b);
  find_nearest(t, a);
  for (size_t other = 0; other < b; other++) {
    if (t->cluster[other] != other || other == a)
      continue;
    size_t nearest = t->nearest[other];
    if (nearest == a || nearest == b)
      find_nearest(t, other);
    else if (other<a && * at(t, other, a)> * at(t, other, nearest))
      t->nearest[other] = a;
  }
}

void df_cluster_join(
    size_t count, float *likeness, double *weight, size_t *cluster, size_t to, size_t from)
{
  struct table t = {.count = count, .likeness = likeness, .weight = weight, .cluster = cluster};
  mix(&t, to, from);
  for (size_t i = 0; i < count; i++)
    if (cluster[i] == from)
      cluster[i] = to;
}

int df_cluster(size_t count, float *likeness, double *weight, float least, size_t *ret_cluster)
{
  struct table t = {.count = count, .likeness = likeness, .weight = weight, .cluster = ret_cluster};
  t.nearest = malloc((count + 1) * sizeof *t.nearest);
  if (!t.nearest)
    return DF_ENOMEM;
  for (size_t i = 0; i < count; i++)
    ret_cluster[i] = i;
  for (size_t i = 0; i < count; i++)
    find_nearest(&t, i);
  size_t a;
  while ((a = most_alike(&t, least)) < count)
    join(&t, a, t.nearest[a]);
  for (size_t i = 0; i < count; i++) /* an item is joined to one before it */
    ret_cluster[i] = ret_cluster[ret_cluster[i]];
  free(t.nearest);
  return 0;
}
