#include "vision/rows.h"

#include <string.h>

static void add_bytes(const uint8_t *row, uint16_t weight, int samples, uint16_t *out)
{
  for (int i = 0; i < samples; i++)
    out[i] = (uint16_t)(out[i] + weight * row[i]);
}

static void add_words(const uint8_t *row, uint16_t weight, int shift, int samples, uint16_t *out)
{
  for (int i = 0; i < samples; i++) {
    uint16_t sample;
    memcpy(&sample, row + 2 * (size_t)i, sizeof sample);
    out[i] = (uint16_t)(out[i] + (unsigned)weight * (sample >> shift));
  }
}

static void sum(const uint8_t *const *rows, const uint16_t *weights, int count,
    struct df_sample_layout layout, int samples, uint16_t *out)
{
  memset(out, 0, (size_t)samples * sizeof *out);
  for (int r = 0; r < count; r++)
    if (layout.bytes == 1)
      add_bytes(rows[r], weights[r], samples, out);
    else
      add_words(rows[r], weights[r], layout.down_shift, samples, out);
  if (layout.bytes == 1)
    return;
  for (int i = 0; i < samples; i++) /* from 10 bit's steps to 8 bit's */
    out[i] >>= 2;
}

static void split(const uint16_t *row, int pairs, uint16_t *even, uint16_t *odd)
{
  for (int i = 0; i < pairs; i++) {
    even[i] = row[2 * i];
    odd[i] = row[2 * i + 1];
  }
}

static void shrink(const uint16_t *row, const struct df_area_filter *filter, int32_t *out)
{
  size_t group = (size_t)filter->padded * DF_AREA_GROUP;
  for (int i = 0; i < filter->padded; i++) {
    const int16_t *w = filter->weights + (size_t)i * DF_AREA_GROUP;
    const uint16_t *s = row + filter->starts[i];
    int32_t total = 0;
    for (int t = 0; t < filter->taps; t += DF_AREA_GROUP, w += group, s += DF_AREA_GROUP)
      total += w[0] * s[0] + w[1] * s[1] + w[2] * s[2] + w[3] * s[3];
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
