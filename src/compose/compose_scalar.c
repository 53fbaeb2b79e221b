/*
 * The kernels of kernels.h in plain C: the specification that every other version is tested
 * against. Never fast, never allocates; reads staged rows and intermediates, writes intermediates
 * and samples.
 */
#include "compose/kernels.h"

#include <string.h>

static int clamp(int value, int low, int high)
{
  return value < low ? low : value > high ? high : value;
}

static uint16_t load16(const uint8_t *at)
{
  uint16_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static void interleave8(const uint8_t *first, const uint8_t *second, size_t count, uint8_t *staged)
{
  for (size_t i = 0; i < count; i++) {
    staged[2 * i] = first[i];
    staged[2 * i + 1] = second[i];
  }
}

static void stage10(const struct df_stage_source *source, size_t count, uint16_t *staged)
{
  size_t channels = source->second ? 2 : 1;
  for (size_t i = 0; i < count; i++) {
    staged[i * channels] = (load16(source->first + 2 * i) >> source->shift) & 1023;
    if (source->second)
      staged[i * channels + 1] = (load16(source->second + 2 * i) >> source->shift) & 1023;
  }
}

static int sample_at(const void *staged, int depth, int i)
{
  return depth == 8 ? ((const uint8_t *)staged)[i] : ((const uint16_t *)staged)[i];
}

static void across(const struct df_across *a, const void *staged, int16_t *out)
{
  const struct df_filter *f = &a->filter;
  for (int i = 0; i < f->axis.count; i++) {
    int start;
    const int16_t *coefficients;
    int taps = df_filter_trimmed(f, i, &start, &coefficients);
    for (int c = 0; c < a->channels; c++) {
      int sum = 1 << (a->depth - 1);
      for (int k = 0; k < taps; k++) {
        int at = (start - f->first + k) * a->channels + c;
        sum += coefficients[k] * sample_at(staged, a->depth, at);
      }
      out[i * a->channels + c] = (int16_t)clamp(sum >> a->depth, INT16_MIN, INT16_MAX);
    }
  }
}

static void down(const int16_t *const *rows, const int16_t *coefficients, int taps, int width,
    int out_depth, uint8_t *out)
{
  int shift = 28 - out_depth, most = (1 << out_depth) - 1;
  for (int x = 0; x < width; x++) {
    int sum = 1 << (shift - 1);
    for (int k = 0; k < taps; k++)
      sum += coefficients[k] * rows[k][x];
    int value = clamp(sum >> shift, 0, most);
    if (out_depth == 8) {
      out[x] = (uint8_t)value;
    } else {
      uint16_t high = (uint16_t)(value << 6);
      memcpy(out + 2 * (size_t)x, &high, sizeof high);
    }
  }
}

const struct df_kernels df_kernels_scalar = {
    .name = "scalar",
    .interleave8 = interleave8,
    .stage10 = stage10,
    .across = across,
    .down = down,
};
