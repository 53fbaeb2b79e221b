/*
 * The arithmetic of kernels.h for a GPU. Reads source samples, tables and intermediates, writes intermediates
 * and samples; each point alone. Samples outside what the filter needs are never read.
 */
#include "compose/compose_arguments.h"

#include "gpu/kernel.h"

#define ROWS DF_COMPOSE_ACROSS_ROWS

DF_DEVICE int32_t clamp(int32_t value, int32_t low, int32_t high)
{
  return value < low ? low : value > high ? high : value;
}

/* A weight counts for all rows of a point, so it is read once. */
DF_DEVICE void add_taps8(const uint8_t DF_GLOBAL *const rows[ROWS],
    const int16_t DF_GLOBAL *weights, int32_t taps, int32_t outputs, int32_t step, int32_t *sums)
{
  for (int32_t k = 0; k < taps; k++) {
    int32_t weight = weights[(int64_t)k * outputs], at = k * step;
    for (int r = 0; r < ROWS; r++)
      sums[r] += weight * rows[r][at];
  }
}

DF_DEVICE void add_taps10(const uint8_t DF_GLOBAL *const rows[ROWS],
    const int16_t DF_GLOBAL *weights, int32_t taps, int32_t outputs, int32_t step, int32_t shift,
    int32_t *sums)
{
  for (int32_t k = 0; k < taps; k++) {
    int32_t weight = weights[(int64_t)k * outputs], at = k * step;
    for (int r = 0; r < ROWS; r++)
      sums[r] += weight * ((*(const uint16_t DF_GLOBAL *)(rows[r] + at) >> shift) & 1023);
  }
}

DF_KERNEL(df_compose_across, struct df_compose_across_arguments)
{
  int32_t x = point.x, y = point.y * ROWS;
  if (x >= arguments.outputs * arguments.channels || y >= arguments.rows)
    return;
  int32_t output = arguments.channels == 2 ? x >> 1 : x;
  int second = arguments.channels == 2 && x & 1;
  int64_t stride = second ? arguments.second_stride : arguments.first_stride;
  int64_t start = DF_POINTER(const int32_t, arguments.starts)[output];
  const uint8_t DF_GLOBAL *plane =
      DF_POINTER(const uint8_t, second ? arguments.second : arguments.first) +
      start * arguments.step;
  const int16_t DF_GLOBAL *weights = DF_POINTER(const int16_t, arguments.weights) + output;

  const uint8_t DF_GLOBAL *rows[ROWS];
  int32_t sums[ROWS];
  for (int r = 0; r < ROWS; r++) {
    rows[r] = plane + stride * (y + r < arguments.rows ? y + r : arguments.rows - 1);
    sums[r] = 1 << (arguments.depth - 1);
  }
  if (arguments.depth == 8)
    add_taps8(rows, weights, arguments.taps, arguments.outputs, arguments.step, sums);
  else
    add_taps10(
        rows, weights, arguments.taps, arguments.outputs, arguments.step, arguments.shift, sums);
  int16_t DF_GLOBAL *out = DF_POINTER(int16_t, arguments.out) + x;
  for (int r = 0; r < ROWS; r++)
    if (y + r < arguments.rows)
      out[(int64_t)(y + r) * arguments.out_stride] =
          (int16_t)clamp(sums[r] >> arguments.depth, INT16_MIN, INT16_MAX);
}

DF_KERNEL(df_compose_down, struct df_compose_down_arguments)
{
  int32_t x = point.x, y = point.y;
  if (x >= arguments.pairs || y >= arguments.height)
    return;
  int32_t stride = arguments.stride / 2, shift = 28 - arguments.out_depth;
  int32_t even = 1 << (shift - 1), odd = even;
  /* Two intermediates at once, the even column's in the lower half. */
  const uint32_t DF_GLOBAL *rows =
      DF_POINTER(const uint32_t, arguments.rows) +
      (int64_t)DF_POINTER(const int32_t, arguments.starts)[y] * stride + x;
  const int16_t DF_GLOBAL *weights =
      DF_POINTER(const int16_t, arguments.weights) + (int64_t)y * arguments.taps;
  for (int32_t k = 0; k < arguments.taps; k++) {
    uint32_t pair = rows[(int64_t)k * stride];
    even += weights[k] * (int16_t)pair;
    odd += weights[k] * (int16_t)(pair >> 16);
  }
  int32_t most = (1 << arguments.out_depth) - 1;
  uint32_t left = (uint32_t)clamp(even >> shift, 0, most);
  uint32_t right = (uint32_t)clamp(odd >> shift, 0, most);
  uint64_t out = arguments.out + (uint64_t)(y * arguments.out_stride);
  if (arguments.out_depth == 8)
    DF_POINTER(uint16_t, out)[x] = (uint16_t)(left | right << 8);
  else
    DF_POINTER(uint32_t, out)[x] = left << 6 | right << 22;
}

DF_DEVICE void set_pair(uint64_t row, int32_t x, int32_t bytes, uint32_t pair)
{
  if (bytes == 1)
    DF_POINTER(uint16_t, row)[x] = (uint16_t)pair;
  else
    DF_POINTER(uint32_t, row)[x] = pair;
}

DF_KERNEL(df_compose_fill, struct df_compose_fill_arguments)
{
  int32_t x = point.x, y = point.y;
  if (x >= arguments.columns || y >= arguments.rows)
    return;
  uint64_t luma = arguments.luma + (uint64_t)(2 * y * arguments.luma_stride);
  uint64_t chroma = arguments.chroma + (uint64_t)(y * arguments.chroma_stride);
  set_pair(luma, x, arguments.bytes, arguments.luma_pair);
  set_pair(luma + (uint64_t)arguments.luma_stride, x, arguments.bytes, arguments.luma_pair);
  set_pair(chroma, x, arguments.bytes, arguments.chroma_pair);
}

DF_KERNEL(df_compose_dim, struct df_compose_dim_arguments)
{
  int32_t x = point.x, y = point.y, second = y >= arguments.rows;
  if (x >= arguments.columns || y >= arguments.rows + arguments.rows / 2)
    return;
  int32_t black = second ? arguments.chroma_black : arguments.luma_black;
  uint64_t row = second ? arguments.chroma + (uint64_t)((y - arguments.rows) * arguments.chroma_stride)
                        : arguments.luma + (uint64_t)(y * arguments.luma_stride);
  if (arguments.depth == 8) {
    uint8_t DF_GLOBAL *sample = DF_POINTER(uint8_t, row) + x;
    *sample = (uint8_t)(black + ((3 * (*sample - black)) >> 2));
  } else {
    uint16_t DF_GLOBAL *sample = DF_POINTER(uint16_t, row) + x;
    *sample = (uint16_t)((black + ((3 * ((*sample >> 6) - black)) >> 2)) << 6);
  }
}
