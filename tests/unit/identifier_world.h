/*
 * A small world for tests of the identifier: actors with faces, tracks and embeddings, shown to it frame
 * by frame. Embeddings are unit vectors of their own direction a person, with noise; deterministic.
 */
#ifndef DF_TESTS_IDENTIFIER_WORLD_H
#define DF_TESTS_IDENTIFIER_WORLD_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "person/identifier.h"

enum { WORLD_ACTORS = 64, WORLD_DIMENSIONS = 128 };

static const float world_width = 1280, world_height = 720;

struct actor {
  bool here;
  int who;    /* whose embeddings the face gives */
  int track;  /* 0: none */
  float x, y; /* centre */
  float size; /* width of the box */
  bool profile;
  float turn; /* of the nose from the middle, in widths of the box */
};

struct world {
  struct df_identifier *identifier;
  struct actor actors[WORLD_ACTORS];
  int frame;
  double fps;
  bool cut_next;
  float noise;    /* 0.5: two looks at one person have a cosine of about 0.8 */
  float likeness; /* above 0: looks have this cosine with the person's own direction, no noise */
  float sharpness;
  bool no_embedder; /* every answer is empty */
  uint32_t random;
  int asked, asked_why[DF_ASK_WHYS];
  struct df_identities result; /* of the last frame */
  size_t face_of[WORLD_ACTORS];
};

static inline float world_uniform(uint32_t *random)
{
  *random = *random * 1664525u + 1013904223u;
  return (float)(*random >> 8) / (float)(1 << 24);
}

/* Roughly normal, deviation 1. */
static inline float world_normal(uint32_t *random)
{
  float sum = -6;
  for (int i = 0; i < 12; i++)
    sum += world_uniform(random);
  return sum;
}

static inline struct df_embedding world_look(int who, float noise, uint32_t *random)
{
  struct df_embedding e = {.dimensions = WORLD_DIMENSIONS};
  uint32_t own = (uint32_t)who * 7919u + 17u;
  for (int i = 0; i < WORLD_DIMENSIONS; i++)
    e.values[i] = world_normal(&own) + noise * world_normal(random);
  df_embedding_normalise(&e);
  return e;
}

/* A look at a person from an unusual side: of exactly this cosine with his own direction. */
static inline struct df_embedding world_side_look(int who, int side, float likeness)
{
  uint32_t random = 0;
  struct df_embedding own = world_look(who, 0, &random), other = world_look(side, 0, &random);
  float common = df_embedding_cosine(&own, &other);
  for (int i = 0; i < WORLD_DIMENSIONS; i++)
    other.values[i] -= common * own.values[i];
  df_embedding_normalise(&other);
  for (int i = 0; i < WORLD_DIMENSIONS; i++)
    own.values[i] = likeness * own.values[i] + sqrtf(1 - likeness * likeness) * other.values[i];
  return own;
}

static inline struct world world_begin(struct df_identifier_options options)
{
  struct world world = {.fps = 30, .noise = 0.5f, .sharpness = 10, .random = 99};
  options.picture_width = world_width;
  options.picture_height = world_height;
  options.fps = 30;
  world.identifier = df_identifier_create(&options);
  assert_non_null(world.identifier);
  return world;
}

static inline void world_end(struct world *world)
{
  df_identifier_destroy(&world->identifier);
  assert_null(world->identifier);
}

static inline void world_place(struct world *world, int actor, int track, float x, float size)
{
  world->actors[actor] =
      (struct actor){.here = true, .who = actor, .track = track, .x = x, .y = 300, .size = size};
}

static inline struct df_face world_face(const struct actor *a)
{
  float w = a->size, h = a->size * 1.2f;
  struct df_face face = {.box = {a->x - w / 2, a->y - h / 2, w, h}, .score = 0.9f};
  float turn = a->profile ? 0.35f : 0;
  const float at[DF_FACE_POINTS][2] = {{-0.22f + turn, -0.12f}, {0.22f, -0.12f},
      {turn * 1.3f, 0.05f}, {-0.16f + turn, 0.25f}, {0.16f, 0.25f}};
  for (int i = 0; i < DF_FACE_POINTS; i++)
    face.points[i] =
        (struct df_point){a->x + (at[i][0] + (i == 2 ? a->turn : 0)) * w, a->y + at[i][1] * h};
  return face;
}

static inline struct df_embedding world_embed(struct world *world, int who)
{
  if (world->likeness > 0)
    return world_side_look(who, 900 + who, world->likeness);
  return world_look(who, world->noise, &world->random);
}

static inline void world_answer(
    struct world *world, const struct df_ask *ask, struct df_answer *ret_answer)
{
  *ret_answer = (struct df_answer){
      .face = ask->face, .track = ask->track, .why = ask->why, .sharpness = world->sharpness};
  world->asked++;
  world->asked_why[ask->why]++;
  for (int i = 0; i < WORLD_ACTORS; i++)
    if (world->actors[i].here && world->face_of[i] == ask->face && !world->no_embedder)
      ret_answer->embedding = world_embed(world, world->actors[i].who);
}

/* No face of a frame may be the same person as another, and a seat's face is its person's. */
static inline void world_check(const struct world *world, size_t count)
{
  const struct df_identities *r = &world->result;
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < i; j++)
      assert_true(r->person[i] == DF_NOBODY || r->person[i] != r->person[j]);
  for (int seat = 0; seat < DF_SEATS; seat++)
    if (r->seat_face[seat] >= 0) {
      assert_true((size_t)r->seat_face[seat] < count);
      assert_int_equal(r->person[r->seat_face[seat]], r->seat_person[seat]);
    }
  assert_true(r->seat_person[0] == DF_NOBODY || r->seat_person[0] != r->seat_person[1]);
}

/* Shows one frame. */
static inline void world_step(struct world *world)
{
  struct df_face faces[WORLD_ACTORS];
  struct df_tracked tracked[WORLD_ACTORS] = {0};
  size_t count = 0;
  for (int i = 0; i < WORLD_ACTORS; i++) {
    if (!world->actors[i].here)
      continue;
    world->face_of[i] = count;
    faces[count] = world_face(&world->actors[i]);
    tracked[count++].track = world->actors[i].track;
  }
  struct df_ask asks[DF_ASK_MAX];
  struct df_answer answers[DF_ASK_MAX];
  int asked = df_identifier_ask(
      world->identifier, world->frame++ / world->fps, world->cut_next, faces, tracked, count, asks);
  assert_in_range(asked, 0, DF_ASK_MAX);
  world->cut_next = false;
  for (int i = 0; i < asked; i++)
    world_answer(world, &asks[i], &answers[i]);
  assert_int_equal(
      df_identifier_tell(world->identifier, answers, (size_t)asked, &world->result), 0);
  world_check(world, count);
}

static inline void world_run(struct world *world, double seconds)
{
  int frames = (int)(seconds * world->fps + 0.5);
  for (int i = 0; i < frames; i++)
    world_step(world);
}

/* A cut to the same actors, whose tracks begin anew. */
static inline void world_cut(struct world *world)
{
  world->cut_next = true;
  for (int i = 0; i < WORLD_ACTORS; i++)
    if (world->actors[i].track > 0)
      world->actors[i].track += 100;
}

static inline int world_person(const struct world *world, int actor)
{
  return world->result.person[world->face_of[actor]];
}

/* The actor who is shown at a seat in the last frame, -1 for none. */
static inline int world_shown(const struct world *world, enum df_seat seat)
{
  for (int i = 0; i < WORLD_ACTORS; i++)
    if (world->actors[i].here && world->result.seat_face[seat] == (int)world->face_of[i])
      return i;
  return -1;
}

#endif
