/*
 * Holds frames back until enough of their future is known, has the operators of both seats plan and
 * show them, and hands out the directions. What is decided depends on the pushed frames alone, not
 * on when directions are popped.
 *
 * The last part of the look-ahead is what planning sees; the ways of the windows go through all that is
 * planned before and, less surely, through what is seen there. Frames are decided as soon as the look-ahead is there or
 * the shot is known to end.
 */
#include "camera/director.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "camera/operator.h"
#include "camera/timeline.h"

/* Of the look-ahead, for planning; the last of a long one. */
static const double sight_share = 0.6, sight_seconds = 0.9, long_sight_seconds = 3;
static const double past_seconds = 2.5; /* kept for rests and medians */
static const double least_step = 1e-3;  /* between frames whose times do not grow */
static const double hair = 1e-6;
enum { DROP_AT_ONCE = 64 };

const char *const df_window_state_names[DF_WINDOW_STATES] = {
    "seen", "interpolated", "held", "wide", "frozen", "black", "blurred"};
const char *const df_absent_policy_names[DF_ABSENT_POLICIES] = {
    "wide", "hold", "freeze", "black", "blur-background"};

const char *const df_match_size_names[DF_MATCH_SIZES] = {"on", "off"};

struct df_director {
  struct df_timeline timeline;
  struct df_operator operators[DF_SEATS];
  double lookahead;
  size_t lookahead_frames; /* 0: no bound */
  double ahead;            /* seconds of planned future when a frame is shown */
  float width, height;
  /* Of the timeline: popped <= decided <= planned <= its count; no cut in (decided, scanned). */
  size_t popped, decided, planned, scanned;
  bool anybody, finished, match_size;
};

static double usable(double seconds)
{
  return isfinite(seconds) && seconds > 0 ? seconds : 0;
}

struct df_director *df_director_create(const struct df_director_options *options)
{
  struct df_director *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;
  d->lookahead = usable(options->lookahead);
  d->lookahead_frames = options->lookahead_frames > 0 ? (size_t)options->lookahead_frames : 0;
  d->match_size = options->match_size == DF_MATCH_SIZE_ON;
  double sight = d->lookahead < DF_LONG_LOOKAHEAD ? sight_seconds : long_sight_seconds;
  d->ahead = d->lookahead - fmin(d->lookahead * sight_share, sight);
  for (enum df_seat s = 0; s < DF_SEATS; s++)
    df_operator_init(&d->operators[s], options, s, d->lookahead);
  d->width = d->operators[DF_LEFT].framing.width;
  d->height = d->operators[DF_LEFT].framing.height;
  return d;
}

void df_director_destroy(struct df_director **director)
{
  struct df_director *d = *director;
  if (!d)
    return;
  for (int s = 0; s < DF_SEATS; s++)
    df_operator_finish(&d->operators[s]);
  df_timeline_finish(&d->timeline);
  free(d);
  *director = NULL;
}

/* A face that can be framed: of numbers, and not larger than a face in this picture can be. */
static bool is_face(const struct df_director *d, struct df_box face)
{
  bool numbers = isfinite(face.x) && isfinite(face.y) && isfinite(face.w) && isfinite(face.h);
  float most = 4 * fmaxf(d->width, d->height);
  if (!numbers || df_box_empty(face) || face.w > most || face.h > most)
    return false;
  struct df_box picture = {0, 0, d->width, d->height};
  return !df_box_empty(df_box_intersect(face, picture));
}

/* What others measured, made fit to calculate with. */
static struct df_scene cleaned(const struct df_director *d, const struct df_scene *scene)
{
  struct df_scene clean = *scene;
  size_t count = d->timeline.count;
  for (int s = 0; s < DF_SEATS; s++) {
    clean.seen[s] = scene->seen[s] && is_face(d, scene->face[s]);
    clean.turn[s] = isfinite(scene->turn[s]) ? fmaxf(-1, fminf(scene->turn[s], 1)) : 0;
  }
  if (count == 0) {
    clean.t = isfinite(scene->t) ? scene->t : 0;
    clean.cut = true; /* nothing came before */
    return clean;
  }
  double last = d->timeline.moments[count - 1].scene.t;
  if (!isfinite(scene->t) || scene->t <= last)
    clean.t = last + least_step;
  return clean;
}

/* Whether the shot of the next frame to decide is known to its end. */
static bool shot_is_whole(struct df_director *d)
{
  if (d->scanned <= d->decided)
    d->scanned = d->decided + 1;
  while (d->scanned < d->timeline.count && !d->timeline.moments[d->scanned].scene.cut)
    d->scanned++;
  return d->finished || d->scanned < d->timeline.count;
}

static bool is_ready(struct df_director *d)
{
  if (d->decided == d->timeline.count)
    return false;
  if (shot_is_whole(d))
    return true;
  size_t last = d->timeline.count - 1;
  const struct df_moment *moments = d->timeline.moments;
  if (d->lookahead_frames > 0 && last - d->decided >= d->lookahead_frames)
    return true;
  return moments[last].scene.t - moments[d->decided].scene.t >= d->lookahead - hair;
}

static void plan_next(struct df_director *d)
{
  struct df_shot shot = df_timeline_shot(&d->timeline, d->planned);
  d->anybody |= df_shot_scene(&shot, shot.at)->seen[DF_LEFT];
  d->anybody |= df_shot_scene(&shot, shot.at)->seen[DF_RIGHT];
  for (int s = 0; s < DF_SEATS; s++)
    df_operator_measure(&d->operators[s], &shot);
  if (d->match_size)
    df_operator_match(&d->operators[DF_LEFT], &d->operators[DF_RIGHT]);
  for (int s = 0; s < DF_SEATS; s++)
    df_operator_plan(&d->operators[s], &d->timeline, &shot, d->anybody);
  df_operator_part(&d->operators[DF_LEFT], &d->operators[DF_RIGHT], &d->timeline, &shot);
  df_operator_part(&d->operators[DF_RIGHT], &d->operators[DF_LEFT], &d->timeline, &shot);
  for (int s = 0; s < DF_SEATS; s++)
    df_operator_settle(&d->operators[s], &d->timeline, &shot);
  d->planned++;
}

/* Plans what the way of the next frame depends on. */
static void plan_ahead(struct df_director *d, const struct df_shot *shot)
{
  size_t at = d->decided, end = shot->end;
  if (d->lookahead_frames > 0 && end - at > d->lookahead_frames / 2 + 1)
    end = at + d->lookahead_frames / 2 + 1;
  while (
      d->planned < end && (d->planned <= at || df_shot_dt(shot, d->planned - 1) < d->ahead - hair))
    plan_next(d);
}

static void decide_next(struct df_director *d)
{
  struct df_shot shot = df_timeline_shot(&d->timeline, d->decided);
  plan_ahead(d, &shot);
  bool whole = shot_is_whole(d);
  struct df_direction *direction = &d->timeline.moments[d->decided].direction;
  direction->n = df_shot_scene(&shot, shot.at)->n;
  size_t end = d->planned < shot.end ? d->planned : shot.end;
  for (int s = 0; s < DF_SEATS; s++)
    direction->seats[s] = df_operator_show(&d->operators[s], &d->timeline, &shot, end, whole);
  d->decided++;
}

static void decide_ready(struct df_director *d)
{
  while (is_ready(d))
    decide_next(d);
}

/* Forgets what has been popped and lies too far back to matter; by many at once, to move memory
 * rarely. */
static void forget(struct df_director *d)
{
  const struct df_moment *moments = d->timeline.moments;
  size_t drop = 0;
  while (drop < d->popped && moments[d->popped].scene.t - moments[drop].scene.t > past_seconds)
    drop++;
  if (drop < DROP_AT_ONCE)
    return;
  df_timeline_drop(&d->timeline, drop);
  d->popped -= drop;
  d->decided -= drop;
  d->planned -= drop;
  d->scanned -= drop < d->scanned ? drop : d->scanned;
}

/* Makes room for ways through all that is in hand, so that deciding cannot fail. */
static int reserve(struct df_director *d)
{
  struct df_moment *first = d->timeline.moments, *last = &first[d->timeline.count - 1];
  last->passed =
      last == first ? 0 : last[-1].passed + fmin(last->scene.t - last[-1].scene.t, DF_LONGEST_GAP);
  for (int s = 0; s < DF_SEATS; s++)
    if (df_operator_reserve(&d->operators[s], d->timeline.count, last->passed - first->passed) < 0)
      return DF_ENOMEM;
  return 0;
}

int df_director_push(struct df_director *director, const struct df_scene *scene)
{
  struct df_scene clean = cleaned(director, scene);
  if (df_timeline_push(&director->timeline, &clean) < 0)
    return DF_ENOMEM;
  if (reserve(director) < 0) {
    director->timeline.count--;
    return DF_ENOMEM;
  }
  if (director->popped < director->timeline.count)
    forget(director);
  decide_ready(director);
  return 0;
}

void df_director_finish(struct df_director *director)
{
  director->finished = true;
  decide_ready(director);
}

int df_director_pop(struct df_director *director, struct df_direction *ret_direction)
{
  if (director->popped == director->decided)
    return 0;
  *ret_direction = director->timeline.moments[director->popped++].direction;
  return 1;
}
