/*
 * Pictures in device memory for tests: rows of any length between known bytes, filled from test pictures and
 * read back into them by copies alone, so that the same program runs on a real card.
 */
#ifndef DF_TESTS_GPU_PICTURE_H
#define DF_TESTS_GPU_PICTURE_H

#include "gpu_test.h"

#include "../support/pictures.h"
#include "frame/device.h"

enum { GUARD_BYTES = 64, GUARD = 0x6D };

static struct df_device test_device; /* what the pictures say they live on */

struct gpu_picture {
  struct df_picture picture;
  df_gpu_memory memory;
  size_t size, offsets[3];
  uint8_t *shadow; /* what the host knows of the memory */
};

/* Rows of `padding` bytes more than they need, rounded up to 4. All is GUARD. */
static inline void gpu_picture_init(struct df_gpu *gpu, df_gpu_stream stream, struct gpu_picture *t,
    struct df_format format, int width, int height, int padding)
{
  memset(t, 0, sizeof *t);
  t->picture.format = format;
  t->picture.width = width;
  t->picture.height = height;
  t->picture.device = &test_device;
  t->size = GUARD_BYTES;
  for (int p = 0; p < plane_count(format); p++) {
    size_t bytes = (size_t)row_samples(&t->picture, p) * (format.depth > 8 ? 2 : 1);
    size_t stride = (bytes + (size_t)padding + 3) / 4 * 4;
    t->offsets[p] = t->size;
    t->picture.strides[p] = (ptrdiff_t)stride;
    t->size += stride * (size_t)df_format_plane_height(format, p, height) + GUARD_BYTES;
  }
  t->memory = allocate(gpu, t->size);
  t->shadow = malloc(t->size);
  assert_non_null(t->shadow);
  memset(t->shadow, GUARD, t->size);
  upload(gpu, t->memory, t->shadow, t->size, stream);
  for (int p = 0; p < plane_count(format); p++)
    t->picture.planes[p] = (uint8_t *)(uintptr_t)(t->memory + t->offsets[p]);
}

static inline void gpu_picture_finish(struct df_gpu *gpu, struct gpu_picture *t)
{
  df_gpu_free(gpu, &t->memory);
  free(t->shadow);
}

static inline uint8_t *shadow_row(struct gpu_picture *t, int p, int y)
{
  return t->shadow + t->offsets[p] + (ptrdiff_t)y * t->picture.strides[p];
}

/* A copy of `from` on the device. */
static inline void gpu_picture_from(struct df_gpu *gpu, df_gpu_stream stream, struct gpu_picture *t,
    const struct test_picture *from, int padding)
{
  const struct df_picture *picture = &from->picture;
  gpu_picture_init(gpu, stream, t, picture->format, picture->width, picture->height, padding);
  t->picture.colour = picture->colour;
  for (int p = 0; p < plane_count(picture->format); p++)
    for (int y = 0; y < df_format_plane_height(picture->format, p, picture->height); y++)
      memcpy(shadow_row(t, p, y), test_row(picture, p, y), from->row_bytes[p]);
  upload(gpu, t->memory, t->shadow, t->size, stream);
}

/* Copies what the device drew to `to`. Whatever is no sample must still be GUARD. */
static inline void gpu_picture_read(
    struct df_gpu *gpu, df_gpu_stream stream, struct gpu_picture *t, struct test_picture *to)
{
  const struct df_picture *picture = &to->picture;
  download(gpu, t->shadow, t->memory, t->size, stream);
  for (int p = 0; p < plane_count(picture->format); p++)
    for (int y = 0; y < df_format_plane_height(picture->format, p, picture->height); y++) {
      memcpy(test_row(picture, p, y), shadow_row(t, p, y), to->row_bytes[p]);
      memset(shadow_row(t, p, y), GUARD, to->row_bytes[p]);
    }
  for (size_t i = 0; i < t->size; i++)
    if (t->shadow[i] != GUARD)
      fail_msg("byte %zu of %zu, which is no sample, was overwritten", i, t->size);
}

#endif
