/* Robust looks at the faces around a frame; see sight.h. */
#include "camera/sight.h"

#include <math.h>

enum { SAMPLES_MAX = 41, BESIDE = 2 /* frames on each side of the one that is cleaned */ };

static const double beside_seconds = 0.25; /* but none further away than this */
static const double height_seconds = 0.8;  /* on each side */
static const double turn_seconds = 1;
static const double soon_seconds = 0.6; /* a face that is back by then has not gone */
static const double zoom_seconds = 0.8;
static const double hair = 1e-6; /* times are compared up to this */

const double df_sight_rest_seconds = 0.4;

struct samples {
  float x[SAMPLES_MAX], y[SAMPLES_MAX], w[SAMPLES_MAX], h[SAMPLES_MAX];
  int count;
};

static float median(float *values, int count)
{
  for (int i = 1; i < count; i++) {
    float value = values[i];
    int at = i;
    for (; at > 0 && values[at - 1] > value; at--)
      values[at] = values[at - 1];
    values[at] = value;
  }
  int middle = count / 2;
  return count % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/* Takes the sightings of [first, last), every so many that there is room for them. */
static void collect(const struct df_shot *shot, enum df_seat seat, size_t first, size_t last,
    struct samples *ret_samples)
{
  size_t stride = (last - first + SAMPLES_MAX - 1) / SAMPLES_MAX;
  ret_samples->count = 0;
  for (size_t i = first; i < last; i += stride) {
    const struct df_scene *scene = df_shot_scene(shot, i);
    if (!scene->seen[seat])
      continue;
    struct df_point centre = df_box_centre(scene->face[seat]);
    int n = ret_samples->count++;
    ret_samples->x[n] = centre.x;
    ret_samples->y[n] = centre.y;
    ret_samples->w[n] = scene->face[seat].w;
    ret_samples->h[n] = scene->face[seat].h;
  }
}

static struct df_box median_box(struct samples *s)
{
  float w = median(s->w, s->count), h = median(s->h, s->count);
  return (struct df_box){median(s->x, s->count) - w / 2, median(s->y, s->count) - h / 2, w, h};
}

/* First and one past the last frame within so many seconds of the shot's own. */
static void frames_within(
    const struct df_shot *shot, double before, double after, size_t *ret_first, size_t *ret_last)
{
  size_t first = shot->at, last = shot->at + 1;
  while (first > shot->begin && df_shot_dt(shot, first - 1) >= -before - hair)
    first--;
  while (last < shot->end && df_shot_dt(shot, last) <= after + hair)
    last++;
  *ret_first = first;
  *ret_last = last;
}

bool df_sight_seen(const struct df_shot *shot, enum df_seat seat)
{
  return df_shot_scene(shot, shot->at)->seen[seat];
}

bool df_sight_face(const struct df_shot *shot, enum df_seat seat, struct df_box *ret_face)
{
  size_t first, last;
  frames_within(shot, beside_seconds, beside_seconds, &first, &last);
  if (shot->at - first > BESIDE)
    first = shot->at - BESIDE;
  if (last - shot->at > BESIDE + 1)
    last = shot->at + BESIDE + 1;
  struct samples samples;
  collect(shot, seat, first, last, &samples);
  if (samples.count == 0)
    return false;
  *ret_face = median_box(&samples);
  return true;
}

static float middle(float a, float b, float c)
{
  return fmaxf(fminf(a, b), fminf(fmaxf(a, b), c));
}

bool df_sight_glimpse(
    const struct df_shot *shot, enum df_seat seat, size_t i, struct df_box *ret_face)
{
  if (i == shot->begin || i + 1 >= shot->end)
    return false;
  const struct df_scene *a = df_shot_scene(shot, i - 1), *b = df_shot_scene(shot, i),
                        *c = df_shot_scene(shot, i + 1);
  if (!a->seen[seat] || !b->seen[seat] || !c->seen[seat])
    return false;
  struct df_box p = a->face[seat], q = b->face[seat], r = c->face[seat];
  float w = middle(p.w, q.w, r.w), h = middle(p.h, q.h, r.h);
  float x = middle(p.x + p.w / 2, q.x + q.w / 2, r.x + r.w / 2);
  float y = middle(p.y + p.h / 2, q.y + q.h / 2, r.y + r.h / 2);
  *ret_face = (struct df_box){x - w / 2, y - h / 2, w, h};
  return true;
}

struct df_box df_sight_place(
    const struct df_shot *shot, enum df_seat seat, size_t from, double seconds)
{
  size_t last = from + 1;
  double until = df_shot_dt(shot, from) + seconds + hair;
  while (last < shot->end && df_shot_dt(shot, last) <= until)
    last++;
  struct samples samples;
  collect(shot, seat, from, last, &samples);
  if (samples.count == 0)
    return df_shot_scene(shot, from)->face[seat];
  return median_box(&samples);
}

float df_sight_height(const struct df_shot *shot, enum df_seat seat)
{
  size_t first, last;
  frames_within(shot, height_seconds, height_seconds, &first, &last);
  struct samples samples;
  collect(shot, seat, first, last, &samples);
  if (samples.count == 0) /* all but every so many were looked at */
    return df_shot_scene(shot, shot->at)->face[seat].h;
  return median(samples.h, samples.count);
}

float df_sight_turn(const struct df_shot *shot, enum df_seat seat)
{
  size_t first, last;
  float sum = 0;
  int count = 0;
  frames_within(shot, turn_seconds, turn_seconds, &first, &last);
  for (size_t i = first; i < last; i++)
    if (df_shot_scene(shot, i)->seen[seat]) {
      sum += df_shot_scene(shot, i)->turn[seat];
      count++;
    }
  return count > 0 ? sum / (float)count : 0;
}

size_t df_sight_next(const struct df_shot *shot, enum df_seat seat, double seconds)
{
  for (size_t i = shot->at + 1; i < shot->end && df_shot_dt(shot, i) <= seconds + hair; i++)
    if (df_shot_scene(shot, i)->seen[seat])
      return i;
  return shot->end;
}

static struct df_box around(struct df_box a, struct df_box b)
{
  if (df_box_empty(a))
    return b;
  float x0 = fminf(a.x, b.x), y0 = fminf(a.y, b.y);
  float x1 = fmaxf(a.x + a.w, b.x + b.w), y1 = fmaxf(a.y + a.h, b.y + b.h);
  return (struct df_box){x0, y0, x1 - x0, y1 - y0};
}

struct df_box df_sight_swept(
    const struct df_shot *shot, enum df_seat seat, double before, double after, float grow)
{
  size_t first, last;
  frames_within(shot, before, after, &first, &last);
  struct df_box swept = {0};
  for (size_t i = first; i < last; i++)
    if (df_shot_scene(shot, i)->seen[seat])
      swept = around(swept, df_box_grown(df_shot_scene(shot, i)->face[seat], grow, grow));
  return swept;
}

struct ranging {
  struct df_follow_range *range;
  float sum;
  int count;
};

static void range_take(struct ranging *r, float value)
{
  if (r->count == 0)
    r->range->now = r->range->low = r->range->high = value;
  r->range->low = fminf(r->range->low, value);
  r->range->high = fmaxf(r->range->high, value);
  r->sum += value - r->range->now; /* small numbers keep their digits */
  r->count++;
  r->range->mean = r->range->now + r->sum / (float)r->count;
}

static void look_ahead(const struct df_shot *shot, enum df_seat seat, struct df_follow_sight *sight)
{
  sight->x.soon_low = sight->x.soon_high = sight->x.now;
  sight->y.soon_low = sight->y.soon_high = sight->y.now;
  for (size_t i = shot->at + 1; i < shot->end && df_shot_dt(shot, i) <= soon_seconds + hair; i++) {
    if (!df_shot_scene(shot, i)->seen[seat])
      continue;
    struct df_point at = df_box_centre(df_shot_scene(shot, i)->face[seat]);
    sight->x.soon_low = fminf(sight->x.soon_low, at.x);
    sight->x.soon_high = fmaxf(sight->x.soon_high, at.x);
    sight->y.soon_low = fminf(sight->y.soon_low, at.y);
    sight->y.soon_high = fmaxf(sight->y.soon_high, at.y);
  }
}

struct df_follow_sight df_sight_follow(const struct df_shot *shot, enum df_seat seat)
{
  struct df_follow_sight sight = {0};
  struct ranging x = {&sight.x, 0, 0}, y = {&sight.y, 0, 0}, height = {&sight.height, 0, 0};
  for (size_t i = shot->at + 1; i-- > shot->begin;) {
    const struct df_plan *plan = df_shot_plan(shot, i, seat);
    double age = -df_shot_dt(shot, i);
    if (!plan->followed || age > zoom_seconds + hair)
      break;
    struct df_point centre = df_box_centre(plan->face);
    if (age <= df_sight_rest_seconds + hair) {
      range_take(&x, centre.x);
      range_take(&y, centre.y);
    }
    range_take(&height, plan->height);
  }
  look_ahead(shot, seat, &sight);
  if (shot->at > shot->begin)
    sight.dt = -df_shot_dt(shot, shot->at - 1);
  return sight;
}
