#include "vision/rows.h"

#include <string.h>

static unsigned sample_at(const uint8_t *row, struct df_sample_layout layout, int i)
{
  if (layout.bytes == 1)
    return row[i];
  uint16_t sample;
  memcpy(&sample, row + 2 * (size_t)i, sizeof sample);
  return (unsigned)sample >> layout.down_shift;
}

static void sum(const uint8_t *const *rows, const uint16_t *weights, int count,
    struct df_sample_layout layout, int samples, uint16_t *out)
{
  int settle = layout.bytes == 1 ? 0 : 2;
  for (int i = 0; i < samples; i++) {
    unsigned total = 0;
    for (int r = 0; r < count; r++)
      total += weights[r] * sample_at(rows[r], layout, i);
    out[i] = (uint16_t)((uint16_t)total >> settle);
  }
}

static void split(const uint16_t *row, int pairs, uint16_t *even, uint16_t *odd)
{
  for (int i = 0; i < pairs; i++) {
    even[i] = row[2 * i];
    odd[i] = row[2 * i + 1];
  }
}

static void shrink(const uint16_t *row, const struct df_filter *filter, int32_t *out)
{
  for (int i = 0; i < filter->padded; i++) {
    int32_t total = 0;
    for (int t = 0; t < filter->taps; t++)
      total += df_filter_weight(filter, i, t) * row[filter->starts[i] + t];
    out[i] = total;
  }
}

static float clamp_level(float x)
{
  x = x > 0.0F ? x : 0.0F;
  return x < 255.0F ? x : 255.0F;
}

static void colour(const int32_t *y, const int32_t *cb, const int32_t *cr,
    const struct df_colour_matrix *matrix, int samples, float *const rgb[3])
{
  for (int i = 0; i < samples; i++) {
    float luma = (float)y[i] * matrix->luma, blue = (float)cb[i], red = (float)cr[i];
    for (int k = 0; k < 3; k++) {
      float value = luma + blue * matrix->blue[k];
      value = value + red * matrix->red[k];
      rgb[k][i] = clamp_level(value + matrix->constant[k]);
    }
  }
}

const struct df_row_operations df_row_operations_plain = {sum, split, shrink, colour};
