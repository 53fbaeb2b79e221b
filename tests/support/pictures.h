/*
 * Pictures for tests of what reads or writes samples: every plane in memory of its own that ends at
 * a page nobody may touch, rows with padding of known bytes, and samples from seeded generators.
 * For one test program each, so all is static.
 */
#ifndef DF_TESTS_SUPPORT_PICTURES_H
#define DF_TESTS_SUPPORT_PICTURES_H

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "frame/picture.h"

/* A generator of its own, so that seeds mean the same on every machine (splitmix64). */
struct random {
  uint64_t state;
};

static inline uint32_t random_next(struct random *r)
{
  uint64_t z = r->state += 0x9E3779B97F4A7C15U;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
  z = (z ^ z >> 27) * 0x94D049BB133111EBU;
  return (uint32_t)(z >> 32);
}

static inline int random_int(struct random *r, int low, int high)
{
  return low + (int)(random_next(r) % (uint32_t)(high - low + 1));
}

static inline double random_real(struct random *r, double low, double high)
{
  return low + (high - low) * random_next(r) / 4294967296.0;
}

struct test_picture {
  struct df_picture picture;
  uint8_t *maps[3];
  size_t map_sizes[3], row_bytes[3];
};

static inline int plane_count(struct df_format format)
{
  return format.semi_planar ? 2 : 3;
}

/* Samples in a row of plane `p`, Cb and Cr of a semi-planar one counted both. */
static inline int row_samples(const struct df_picture *picture, int p)
{
  int width = df_format_plane_width(picture->format, p, picture->width);
  return p && picture->format.semi_planar ? 2 * width : width;
}

/* The last row ends at the forbidden page; each has `padding` bytes more, all of them `fill`. */
static inline void test_picture_init(struct test_picture *t, struct df_format format, int width,
    int height, int padding, int fill, bool upside_down)
{
  memset(t, 0, sizeof *t);
  t->picture.format = format;
  t->picture.width = width;
  t->picture.height = height;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  for (int p = 0; p < plane_count(format); p++) {
    size_t rows = (size_t)df_format_plane_height(format, p, height);
    t->row_bytes[p] = (size_t)row_samples(&t->picture, p) * (format.depth > 8 ? 2 : 1);
    size_t stride = t->row_bytes[p] + (size_t)padding;
    size_t bytes = stride * rows - (size_t)padding, room = (bytes + page - 1) / page * page;
    t->map_sizes[p] = room + 2 * page;
    t->maps[p] = mmap(NULL, t->map_sizes[p], PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (t->maps[p] == MAP_FAILED || mprotect(t->maps[p] + page, room, PROT_READ | PROT_WRITE) != 0)
      abort();
    uint8_t *first = t->maps[p] + page + room - bytes;
    memset(t->maps[p] + page, fill, room);
    t->picture.planes[p] = upside_down ? first + (rows - 1) * stride : first;
    t->picture.strides[p] = upside_down ? -(ptrdiff_t)stride : (ptrdiff_t)stride;
  }
}

static inline void test_picture_finish(struct test_picture *t)
{
  for (int p = 0; p < 3; p++)
    if (t->maps[p])
      munmap(t->maps[p], t->map_sizes[p]);
}

static inline uint8_t *test_row(const struct df_picture *picture, int p, int y)
{
  return picture->planes[p] + (ptrdiff_t)y * picture->strides[p];
}

/* Sample `x` of a row as a number of the format's depth. */
static inline int get_sample(const struct df_picture *picture, int p, int x, int y)
{
  const uint8_t *row = test_row(picture, p, y);
  if (picture->format.depth == 8)
    return row[x];
  uint16_t value;
  memcpy(&value, row + 2 * x, sizeof value);
  return picture->format.high_aligned ? value >> 6 : value;
}

static inline void set_sample(const struct df_picture *picture, int p, int x, int y, int value)
{
  uint8_t *row = test_row(picture, p, y);
  if (picture->format.depth == 8) {
    row[x] = (uint8_t)value;
    return;
  }
  uint16_t stored = (uint16_t)(picture->format.high_aligned ? value << 6 : value);
  memcpy(row + 2 * x, &stored, sizeof stored);
}

typedef int sample_fn(void *context, int p, int x, int y);

/* Sets every sample to what `fn` says, plane by plane, row by row. */
static inline void fill_picture(const struct df_picture *picture, sample_fn *fn, void *context)
{
  for (int p = 0; p < plane_count(picture->format); p++)
    for (int y = 0; y < df_format_plane_height(picture->format, p, picture->height); y++)
      for (int x = 0; x < row_samples(picture, p); x++)
        set_sample(picture, p, x, y, fn(context, p, x, y));
}

struct noise {
  struct random random;
  int depth;
};

static inline int noise_sample(void *context, int p, int x, int y)
{
  struct noise *noise = context;
  (void)p, (void)x, (void)y;
  return (int)(random_next(&noise->random) >> (32 - noise->depth));
}

static inline void fill_noise(const struct df_picture *picture, uint64_t seed)
{
  struct noise noise = {{seed}, picture->format.depth};
  fill_picture(picture, noise_sample, &noise);
}

static inline struct df_format random_format(struct random *r)
{
  struct df_format format = {.depth = random_int(r, 0, 1) ? 8 : 10,
      .shift_x = (uint8_t)random_int(r, 0, 1),
      .semi_planar = random_int(r, 0, 1),
      .high_aligned = random_int(r, 0, 1)};
  format.shift_y = format.shift_x ? (uint8_t)random_int(r, 0, 1) : 0;
  return format;
}

static inline int random_side(struct random *r)
{
  switch (random_int(r, 0, 4)) {
  case 0:
    return random_int(r, 1, 8);
  case 1:
    return random_int(r, 200, 700);
  default:
    return random_int(r, 9, 160);
  }
}

/* Sets the six bits of every two-byte sample that are none of its ten. */
static inline void dirty_unused_bits(struct random *r, const struct df_picture *picture)
{
  if (picture->format.depth == 8)
    return;
  for (int p = 0; p < plane_count(picture->format); p++)
    for (int y = 0; y < df_format_plane_height(picture->format, p, picture->height); y++)
      for (int x = 0; x < row_samples(picture, p); x++) {
        unsigned value = (unsigned)get_sample(picture, p, x, y), dirt = random_next(r) & 63;
        unsigned stored = picture->format.high_aligned ? value << 6 | dirt : value | dirt << 10;
        memcpy(test_row(picture, p, y) + 2 * x, &(uint16_t){(uint16_t)stored}, 2);
      }
}

static inline bool same_pictures(const struct test_picture *a, const struct test_picture *b)
{
  for (int p = 0; p < plane_count(a->picture.format); p++)
    for (int y = 0; y < df_format_plane_height(a->picture.format, p, a->picture.height); y++)
      if (memcmp(test_row(&a->picture, p, y), test_row(&b->picture, p, y), a->row_bytes[p]) != 0)
        return false;
  return true;
}

/* Whether all bytes of the planes' memory that are no samples are still `fill`. */
static inline bool padding_intact(const struct test_picture *t, int fill)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  for (int p = 0; p < plane_count(t->picture.format); p++) {
    int rows = df_format_plane_height(t->picture.format, p, t->picture.height);
    bool flipped = t->picture.strides[p] < 0;
    const uint8_t *at = t->maps[p] + page;
    for (int i = 0; i < rows; i++) {
      const uint8_t *row = test_row(&t->picture, p, flipped ? rows - 1 - i : i);
      for (; at < row; at++)
        if (*at != fill)
          return false;
      at += t->row_bytes[p];
    }
  }
  return true;
}

#endif
