/*
 * The frames that a director has in hand, in one stretch of memory: those that wait for their
 * future and a short past that smoothing looks back at. Grows up to what is in hand at once, then
 * stays.
 *
 * A shot is the part of it around one frame in which no cut lies: all that may be looked at when
 * that frame is decided.
 */
#ifndef DF_CAMERA_TIMELINE_H
#define DF_CAMERA_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "camera/director.h"
#include "camera/path.h"

/** Seconds between neighbouring frames: over a longer gap nothing is glided. */
enum { DF_LONGEST_GAP = 2 };

/** What was decided for a seat at a frame, besides its path point. */
struct df_plan {
  enum df_window_state state;
  bool followed;      /* `face` is valid: the person is there, seen, bridged or coming in */
  struct df_box face; /* cleaned of jitter and outliers */
  float height;       /* the window height that the face asks for */
};

struct df_moment {
  struct df_scene scene;
  struct df_plan plans[DF_SEATS];
  struct df_direction direction;
  double passed; /* seconds since the first of all moments, long gaps not counted */
};

/** Zero-initialise; df_timeline_finish releases. */
struct df_timeline {
  struct df_moment *moments;
  struct df_path_point *points[DF_SEATS]; /* one a moment, valid once planned */
  size_t count, capacity;
  size_t shot_begin, shot_end; /* the shot that was asked for last, as far as it was in hand then */
};

/** Indices into a timeline: `begin` <= `at` < `end`. */
struct df_shot {
  const struct df_timeline *timeline;
  size_t begin, at, end;
};

/** Appends a moment. 0 or DF_ENOMEM, after which nothing has changed. */
int df_timeline_push(struct df_timeline *timeline, const struct df_scene *scene);

/** Forgets the first `count` moments; every index falls by as much. */
void df_timeline_drop(struct df_timeline *timeline, size_t count);

void df_timeline_finish(struct df_timeline *timeline);

/** The shot around `at`, as far as it is in hand. Remembers it, since most are asked for again and again. */
struct df_shot df_timeline_shot(struct df_timeline *timeline, size_t at);

static inline const struct df_scene *df_shot_scene(const struct df_shot *shot, size_t i)
{
  return &shot->timeline->moments[i].scene;
}

static inline const struct df_plan *df_shot_plan(
    const struct df_shot *shot, size_t i, enum df_seat seat)
{
  return &shot->timeline->moments[i].plans[seat];
}

/** Time of moment i against the shot's own, in seconds. */
static inline double df_shot_dt(const struct df_shot *shot, size_t i)
{
  return df_shot_scene(shot, i)->t - df_shot_scene(shot, shot->at)->t;
}

#endif
