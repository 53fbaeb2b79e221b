/*
 * Random tiles of random pictures, for what must compose them as the scalar reference does. For one test
 * program each, so all is static.
 */
#ifndef DF_TESTS_SUPPORT_COMPOSE_CASES_H
#define DF_TESTS_SUPPORT_COMPOSE_CASES_H

#include "pictures.h"

#include "compose/compose.h"

enum { OUT_FILL = 0xA5, TILES_MAX = 3 };

/* Mostly inside, at times whole pixels, beyond the edge, or nothing at all. */
static inline struct df_box random_window(struct random *r, int width, int height)
{
  double w = random_real(r, 0.01, width), h = random_real(r, 0.01, height);
  struct df_box box = {(float)random_real(r, -0.1 * w, width - 0.9 * w),
      (float)random_real(r, -0.1 * h, height - 0.9 * h), (float)w, (float)h};
  if (random_int(r, 0, 3) == 0)
    box = (struct df_box){floorf(box.x), floorf(box.y), ceilf(box.w), ceilf(box.h)};
  if (random_int(r, 0, 30) == 0)
    box.w = random_int(r, 0, 1) ? NAN : 0;
  return box;
}

static inline struct df_tile random_tile(
    struct random *r, const struct df_picture *picture, int width, int height)
{
  struct df_tile tile = {.picture = random_int(r, 0, 20) ? picture : NULL};
  tile.window = random_window(r, picture->width, picture->height);
  tile.display_x = random_int(r, 0, 3) ? 1 : (float)random_real(r, 0.5, 2);
  tile.display_y = random_int(r, 0, 3) ? 1 : (float)random_real(r, 0.5, 2);
  tile.fit = (enum df_fit)random_int(r, DF_FIT_COVER, DF_FIT_CENTRE);
  tile.rect.w = 2 * random_int(r, 1, width / 2);
  tile.rect.h = 2 * random_int(r, 1, height / 2);
  tile.rect.x = 2 * random_int(r, 0, (width - tile.rect.w) / 2);
  tile.rect.y = 2 * random_int(r, 0, (height - tile.rect.h) / 2);
  if (random_int(r, 0, 3) == 0) { /* a picture pixel for an output pixel */
    tile.window.w = (float)tile.rect.w;
    tile.window.h = (float)tile.rect.h;
    tile.display_x = tile.display_y = 1;
  }
  tile.blurred = random_int(r, 0, 4) == 0;
  return tile;
}

/*
 * Two copies of one picture of noise that differ in their padding, in the direction of their rows
 * and in the bits that are no part of a sample.
 */
static inline void make_pair(struct random *r, struct test_picture pair[2])
{
  struct df_format format = random_format(r);
  int width = random_side(r), height = random_side(r), siting = random_int(r, 0, 6);
  uint64_t seed = random_next(r);
  for (int i = 0; i < 2; i++) {
    int padding = random_int(r, 0, 40);
    test_picture_init(&pair[i], format, width, height, padding, 85 << i, random_int(r, 0, 1));
    pair[i].picture.colour.chroma_location = (uint8_t)siting;
    fill_noise(&pair[i].picture, seed);
  }
  dirty_unused_bits(r, &pair[1].picture);
}

struct case_of_two {
  struct test_picture in[TILES_MAX][2], out[2];
  struct df_tile tiles[TILES_MAX][2];
  size_t count;
};

static inline void make_case(struct random *r, struct case_of_two *c)
{
  *c = (struct case_of_two){.count = (size_t)random_int(r, 1, TILES_MAX)};
  int width = 2 * random_int(r, 1, 150), height = 2 * random_int(r, 1, 100);
  bool ten = random_int(r, 0, 1), full = random_int(r, 0, 1);
  for (int i = 0; i < 2; i++) {
    test_picture_init(&c->out[i], ten ? DF_FORMAT_P010 : DF_FORMAT_NV12, width, height,
        random_int(r, 0, 70), OUT_FILL, false);
    c->out[i].picture.colour.full_range = full;
  }
  for (size_t t = 0; t < c->count; t++) {
    make_pair(r, c->in[t]);
    c->tiles[t][0] = random_tile(r, &c->in[t][0].picture, width, height);
    c->tiles[t][1] = c->tiles[t][0];
    if (c->tiles[t][0].picture)
      c->tiles[t][1].picture = &c->in[t][1].picture;
  }
}

static inline void finish_case(struct case_of_two *c)
{
  for (int i = 0; i < 2; i++) {
    for (size_t t = 0; t < c->count; t++)
      test_picture_finish(&c->in[t][i]);
    test_picture_finish(&c->out[i]);
  }
}

#endif
