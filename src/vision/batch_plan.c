#include "vision/batch_plan.h"

#include <math.h>

const int df_batch_sizes[DF_BATCH_SIZES] = {1, 2, 4, DF_BATCH_MOST};

/* What is known of the pictures of one size. */
struct group {
  size_t count;
  double oldest;
  double least; /* virtual time of its least served client */
  bool more;    /* a client of it may submit more */
};

static bool same_size(const struct df_batch_share *a, const struct df_batch_share *b)
{
  return a->width == b->width && a->height == b->height;
}

/* The group of client `first`'s size. */
static struct group gather(const struct df_batch_request *requests, size_t count,
    const struct df_batch_share *shares, size_t clients, size_t first)
{
  struct group g = {.oldest = INFINITY, .least = INFINITY};
  for (size_t i = 0; i < clients; i++) {
    const struct df_batch_share *s = &shares[i];
    if (!same_size(s, &shares[first]))
      continue;
    g.more |= !s->full;
    if (s->waiting > 0)
      g.least = fmin(g.least, s->served);
  }
  for (size_t i = 0; i < count; i++) {
    if (!same_size(&shares[requests[i].client], &shares[first]))
      continue;
    g.count++;
    g.oldest = fmin(g.oldest, requests[i].since);
  }
  return g;
}

/* Seconds until it is due; 0 or less: now. */
static double due_in(const struct group *g, const struct df_batch_rules *rules, double now)
{
  if (g->count >= rules->most || !g->more)
    return 0;
  return g->oldest + rules->wait - now;
}

static size_t client_before(const struct df_batch_share *shares, size_t i)
{
  for (size_t k = 0; k < i; k++)
    if (same_size(&shares[k], &shares[i]))
      return k;
  return i;
}

/* The place of the oldest of `client`'s pictures that is not among those chosen. */
static size_t next_of(const struct df_batch_request *requests, size_t count, size_t client,
    const size_t *chosen, size_t chosen_count)
{
  for (size_t i = 0; i < count; i++) {
    bool taken = requests[i].client != client;
    for (size_t k = 0; !taken && k < chosen_count; k++)
      taken = chosen[k] == i;
    if (!taken)
      return i;
  }
  return count;
}

static size_t choose(const struct df_batch_request *requests, size_t count,
    struct df_batch_share *shares, size_t clients, size_t group, size_t most, double *virtual_time,
    size_t *ret_chosen)
{
  size_t chosen = 0;
  while (chosen < most) {
    size_t best = clients;
    for (size_t i = 0; i < clients; i++)
      if (shares[i].waiting > 0 && same_size(&shares[i], &shares[group]) &&
          (best == clients || shares[i].served < shares[best].served))
        best = i;
    if (best == clients)
      break;
    ret_chosen[chosen] = next_of(requests, count, best, ret_chosen, chosen);
    chosen++;
    shares[best].waiting--;
    *virtual_time = fmax(*virtual_time, shares[best].served);
    shares[best].served += 1 / shares[best].weight;
  }
  return chosen;
}

size_t df_batch_plan(const struct df_batch_request *requests, size_t count,
    struct df_batch_share *shares, size_t clients, const struct df_batch_rules *rules, double now,
    double *virtual_time, size_t *ret_chosen, double *ret_wait)
{
  for (size_t i = 0; i < clients; i++)
    shares[i].waiting = 0;
  for (size_t i = 0; i < count; i++)
    shares[requests[i].client].waiting++;
  double wait = INFINITY, least = INFINITY;
  size_t group = clients;
  for (size_t i = 0; i < clients; i++) {
    if (client_before(shares, i) != i)
      continue;
    struct group g = gather(requests, count, shares, clients, i);
    if (g.count == 0)
      continue;
    double due = due_in(&g, rules, now);
    wait = fmin(wait, due);
    if (due <= 0 && g.least < least) {
      least = g.least;
      group = i;
    }
  }
  if (group < clients)
    return choose(requests, count, shares, clients, group, rules->most, virtual_time, ret_chosen);
  *ret_wait = wait;
  return 0;
}

void df_batch_enter(struct df_batch_share *share, double virtual_time)
{
  share->served = fmax(share->served, virtual_time);
}

enum { PATIENCE_MOST = 1 << 16 };

void df_batch_limit_init(struct df_batch_limit *limit, size_t wanted, int patience)
{
  *limit = (struct df_batch_limit){.most = wanted, .wanted = wanted, .patience = patience};
}

void df_batch_limit_shrink(struct df_batch_limit *limit, size_t count)
{
  limit->patience = limit->patience < PATIENCE_MOST / 2 ? 2 * limit->patience : PATIENCE_MOST;
  limit->most = count / 2;
  limit->good = 0;
}

bool df_batch_limit_learn(struct df_batch_limit *limit, size_t count)
{
  if (limit->most == limit->wanted || count < limit->most || ++limit->good < limit->patience)
    return false;
  limit->most = limit->most * 2 < limit->wanted ? limit->most * 2 : limit->wanted;
  limit->good = 0;
  return true;
}

int df_batch_padded(int count)
{
  for (int i = 0; i < DF_BATCH_SIZES - 1; i++)
    if (df_batch_sizes[i] >= count)
      return df_batch_sizes[i];
  return DF_BATCH_MOST;
}

int df_batch_best(const double seconds[DF_BATCH_SIZES])
{
  double best = 0;
  for (int i = 0; i < DF_BATCH_SIZES; i++)
    if (seconds[i] > 0)
      best = fmax(best, df_batch_sizes[i] / seconds[i]);
  for (int i = 0; i < DF_BATCH_SIZES; i++)
    if (seconds[i] > 0 && df_batch_sizes[i] / seconds[i] >= 0.95 * best)
      return df_batch_sizes[i];
  return 1;
}
