#include "media/planar.h"

#include <assert.h>
#include <string.h>

enum { P010_SHIFT = 6 };

struct df_format df_planar_format(struct df_format format)
{
  format.semi_planar = false;
  format.high_aligned = false;
  return format;
}

/* The loops carry nothing from one sample to the next, so compilers turn them into vector code. */
static void split_8(
    const uint8_t *restrict pairs, uint8_t *restrict first, uint8_t *restrict second, int count)
{
  for (int i = 0; i < count; i++) {
    first[i] = pairs[2 * i];
    second[i] = pairs[2 * i + 1];
  }
}

static void split_16(
    const uint16_t *restrict pairs, uint16_t *restrict first, uint16_t *restrict second, int count)
{
  for (int i = 0; i < count; i++) {
    first[i] = pairs[2 * i] >> P010_SHIFT;
    second[i] = pairs[2 * i + 1] >> P010_SHIFT;
  }
}

static void lower_16(const uint16_t *restrict from, uint16_t *restrict to, int count)
{
  for (int i = 0; i < count; i++)
    to[i] = from[i] >> P010_SHIFT;
}

static uint8_t *row(const struct df_picture *picture, int plane, int y)
{
  return picture->planes[plane] + y * picture->strides[plane];
}

static void copy_luma(const struct df_picture *from, struct df_picture *to)
{
  for (int y = 0; y < from->height; y++) {
    if (from->format.depth == 8)
      memcpy(row(to, 0, y), row(from, 0, y), (size_t)from->width);
    else
      lower_16((const uint16_t *)row(from, 0, y), (uint16_t *)row(to, 0, y), from->width);
  }
}

static void split_chroma(const struct df_picture *from, struct df_picture *to)
{
  int width = df_format_plane_width(from->format, 1, from->width);
  int height = df_format_plane_height(from->format, 1, from->height);
  for (int y = 0; y < height; y++) {
    if (from->format.depth == 8)
      split_8(row(from, 1, y), row(to, 1, y), row(to, 2, y), width);
    else
      split_16((const uint16_t *)row(from, 1, y), (uint16_t *)row(to, 1, y),
          (uint16_t *)row(to, 2, y), width);
  }
}

void df_planar_copy(const struct df_picture *from, struct df_picture *to)
{
  assert(from->format.semi_planar && !to->format.semi_planar);
  assert(from->format.depth == to->format.depth);
  assert(from->width == to->width && from->height == to->height);
  copy_luma(from, to);
  split_chroma(from, to);
}

static void join_8(const uint8_t *restrict first, const uint8_t *restrict second,
    uint8_t *restrict pairs, int count)
{
  for (int i = 0; i < count; i++) {
    pairs[2 * i] = first[i];
    pairs[2 * i + 1] = second[i];
  }
}

static void join_16(const uint16_t *restrict first, const uint16_t *restrict second,
    uint16_t *restrict pairs, int count)
{
  for (int i = 0; i < count; i++) {
    pairs[2 * i] = (uint16_t)(first[i] << P010_SHIFT);
    pairs[2 * i + 1] = (uint16_t)(second[i] << P010_SHIFT);
  }
}

static void raise_16(const uint16_t *restrict from, uint16_t *restrict to, int count)
{
  for (int i = 0; i < count; i++)
    to[i] = (uint16_t)(from[i] << P010_SHIFT);
}

static void join_chroma(const struct df_picture *from, struct df_picture *to)
{
  int width = df_format_plane_width(from->format, 1, from->width);
  int height = df_format_plane_height(from->format, 1, from->height);
  for (int y = 0; y < height; y++) {
    if (from->format.depth == 8)
      join_8(row(from, 1, y), row(from, 2, y), row(to, 1, y), width);
    else
      join_16((const uint16_t *)row(from, 1, y), (const uint16_t *)row(from, 2, y),
          (uint16_t *)row(to, 1, y), width);
  }
}

void df_planar_join(const struct df_picture *from, struct df_picture *to)
{
  assert(!from->format.semi_planar && from->format.shift_x == 1 && from->format.shift_y == 1);
  assert(to->format.semi_planar && from->format.depth == to->format.depth);
  assert(from->width == to->width && from->height == to->height);
  for (int y = 0; y < from->height; y++) {
    if (from->format.depth == 8)
      memcpy(row(to, 0, y), row(from, 0, y), (size_t)from->width);
    else
      raise_16((const uint16_t *)row(from, 0, y), (uint16_t *)row(to, 0, y), from->width);
  }
  join_chroma(from, to);
}
