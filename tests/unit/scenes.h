/*
 * Scripted scenes for the director's tests: faces on given ways with repeatable noise, directed from the
 * first frame to the last, and what tests ask of the result.
 */
#ifndef DF_TESTS_SCENES_H
#define DF_TESTS_SCENES_H

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "camera/director.h"

enum { SCENES_MAX = 1200 };

/* One take: what is pushed and what came back. */
struct take {
  struct df_director_options options;
  int count;
  struct df_scene scenes[SCENES_MAX];
  struct df_direction directions[SCENES_MAX];
};

static inline struct df_director_options take_options(double lookahead)
{
  return (struct df_director_options){
      .picture_width = 1920,
      .picture_height = 1080,
      .aspect = {8.f / 9, 8.f / 9},
      .tile_height = {1080, 1080},
      .lookahead = lookahead,
  };
}

/* -1..1, the same sequence each time. */
static inline float noise(uint32_t *seed)
{
  *seed = *seed * 1664525u + 1013904223u;
  return (float)(*seed >> 8) / (float)(1 << 23) - 1;
}

static inline struct df_box face_at(float x, float y, float height)
{
  return (struct df_box){x - 0.38f * height, y - height / 2, 0.76f * height, height};
}

/* The same face as a detector sees it: up to `share` of its height off in place and size. */
static inline struct df_box jittered(struct df_box face, float share, uint32_t *seed)
{
  float by = share * face.h;
  face.x += by * noise(seed);
  face.y += by * noise(seed);
  face.w += by * noise(seed);
  face.h += by * noise(seed);
  return face;
}

static inline struct take *take_create(double lookahead, int count, double fps)
{
  struct take *take = calloc(1, sizeof *take);
  assert(take && count <= SCENES_MAX);
  take->options = take_options(lookahead);
  take->count = count;
  for (int i = 0; i < count; i++) {
    take->scenes[i].n = i;
    take->scenes[i].t = i / fps;
  }
  return take;
}

static inline void take_see(struct take *take, int i, enum df_seat seat, struct df_box face)
{
  take->scenes[i].seen[seat] = true;
  take->scenes[i].face[seat] = face;
}

static inline int take_pop(struct take *take, struct df_director *director, int done)
{
  struct df_direction direction;
  while (df_director_pop(director, &direction) == 1) {
    assert(done < take->count);
    take->directions[done++] = direction;
  }
  return done;
}

/* Directs all scenes, popping after every `pop_every` pushes. Returns how many came back. */
static inline int take_direct(struct take *take, int pop_every)
{
  struct df_director *director = df_director_create(&take->options);
  assert(director);
  int done = 0;
  memset(take->directions, 0, sizeof take->directions);
  for (int i = 0; i < take->count; i++) {
    if (df_director_push(director, &take->scenes[i]) < 0)
      abort();
    if ((i + 1) % pop_every == 0)
      done = take_pop(take, director, done);
  }
  df_director_finish(director);
  done = take_pop(take, director, done);
  df_director_destroy(&director);
  return done;
}

static inline struct df_shot_window shot_at(const struct take *take, int i, enum df_seat seat)
{
  return take->directions[i].seats[seat];
}

static inline struct df_box window_at(const struct take *take, int i, enum df_seat seat)
{
  return take->directions[i].seats[seat].window;
}

static inline bool same_box(struct df_box a, struct df_box b)
{
  return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

static inline bool box_inside(struct df_box a, struct df_box b)
{
  return a.x >= b.x && a.y >= b.y && a.x + a.w <= b.x + b.w && a.y + a.h <= b.y + b.h;
}

static inline bool boxes_touch(struct df_box a, struct df_box b)
{
  return !df_box_empty(df_box_intersect(a, b));
}

static inline float centre_x(struct df_box b)
{
  return b.x + b.w / 2;
}

/* Largest change of speed of the window's centre over frames [first, last), output pixels a frame^2. */
static inline float hardest_push(const struct take *take, enum df_seat seat, int first, int last)
{
  float most = 0;
  for (int i = first + 2; i < last; i++) {
    struct df_box a = window_at(take, i - 2, seat), b = window_at(take, i - 1, seat);
    struct df_box c = window_at(take, i, seat);
    float x = a.x + a.w / 2 - 2 * (b.x + b.w / 2) + c.x + c.w / 2;
    float y = a.y + a.h / 2 - 2 * (b.y + b.h / 2) + c.y + c.h / 2;
    most = fmaxf(most, hypotf(x, y) * 1080 / b.h);
  }
  return most;
}

/* The part of a window in which a face is safe: the central 80 %, less what rounding takes. */
static inline struct df_box safe_area(struct df_box w)
{
  float x = 0.099f * w.w, y = 0.099f * w.h;
  return (struct df_box){w.x + x, w.y + y, w.w - 2 * x, w.h - 2 * y};
}

#endif
