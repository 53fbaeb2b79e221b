/*
 * Measures sketches and compares them.
 *
 * Two pictures are of one scene when the same things are light and dark in the same places. The measure
 * is the structural term of SSIM (Wang et al. 2004) over the whole grid, 2 cov / (var a + var b): it does
 * not see a change of brightness, sees little of a change of contrast, and much when texture comes or
 * goes. One grid is tried in all places up to SHIFT cells off, which a pan, a walk or a shaky hand stays
 * within, and the best place counts. Small motion changes few cells; another scene changes all.
 */
#include "vision/sketch.h"

#include <math.h>
#include <string.h>

enum { SHIFT = 2 };

/* Variance of a picture without content, in squared levels, and what needs no look at other places. */
static const double noise = 30, alike = 0.9;

static uint64_t sum_bytes(const uint8_t *bytes, int count)
{
  const uint64_t even = 0x00ff00ff00ff00ffU;
  uint64_t total = 0;
  int i = 0;
  while (count - i >= 8) {
    uint64_t lanes = 0; /* four sums of 16 bit; 128 additions of at most 510 fit */
    for (int n = 0; n < 128 && count - i >= 8; n++, i += 8) {
      uint64_t word;
      memcpy(&word, bytes + i, sizeof word);
      lanes += (word & even) + (word >> 8 & even);
    }
    total += (lanes & 0xffff) + (lanes >> 16 & 0xffff) + (lanes >> 32 & 0xffff) + (lanes >> 48);
  }
  for (; i < count; i++)
    total += bytes[i];
  return total;
}

static uint64_t sum_words(const uint8_t *bytes, int count, int shift)
{
  uint64_t total = 0;
  for (int i = 0; i < count; i++) {
    uint16_t sample;
    memcpy(&sample, bytes + 2 * (size_t)i, sizeof sample);
    total += (uint64_t)(sample >> shift);
  }
  return total;
}

/* First sample of cell `i` of `cells` along a side; cells of a side shorter than that share samples. */
static int edge(int i, int cells, int samples)
{
  return (int)((int64_t)samples * i / cells);
}

/* Mean of the samples looked at in a cell, in levels of 8 bit as stored. */
static double cell_mean(const struct df_picture *picture, int x0, int x1, int y0, int y1)
{
  int bytes = picture->format.depth > 8 ? 2 : 1, shift = picture->format.high_aligned ? 6 : 0;
  int rows = y1 - y0 < DF_SKETCH_ROWS_A_CELL ? y1 - y0 : DF_SKETCH_ROWS_A_CELL;
  uint64_t total = 0;
  for (int r = 0; r < rows; r++) {
    int y = y0 + (2 * r + 1) * (y1 - y0) / (2 * rows);
    const uint8_t *at = picture->planes[0] + y * picture->strides[0] + (ptrdiff_t)x0 * bytes;
    total += bytes == 1 ? sum_bytes(at, x1 - x0) : sum_words(at, x1 - x0, shift);
  }
  return (double)total / ((double)rows * (x1 - x0)) / (bytes == 1 ? 1 : 4);
}

static uint8_t to_full_range(const struct df_picture *picture, double level)
{
  if (!picture->colour.full_range)
    level = (level - 16) * 255 / 219;
  return (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level + 0.5);
}

void df_sketch_cpu(const struct df_picture *picture, struct df_luma_sketch *ret_sketch)
{
  for (int j = 0; j < DF_SKETCH_HEIGHT; j++) {
    int y0 = edge(j, DF_SKETCH_HEIGHT, picture->height),
        y1 = edge(j + 1, DF_SKETCH_HEIGHT, picture->height);
    y1 = y1 > y0 ? y1 : y0 + 1;
    for (int i = 0; i < DF_SKETCH_WIDTH; i++) {
      int x0 = edge(i, DF_SKETCH_WIDTH, picture->width),
          x1 = edge(i + 1, DF_SKETCH_WIDTH, picture->width);
      x1 = x1 > x0 ? x1 : x0 + 1;
      ret_sketch->cells[j][i] = to_full_range(picture, cell_mean(picture, x0, x1, y0, y1));
    }
  }
}

/* Sums over the cells that both cover when `b` is moved by (dx, dy) against `a`. */
struct sums {
  int64_t n, a, b, aa, bb, ab;
};

static struct sums sum_products(
    const struct df_luma_sketch *a, const struct df_luma_sketch *b, int dx, int dy)
{
  struct sums s = {0};
  int y0 = dy > 0 ? dy : 0, y1 = DF_SKETCH_HEIGHT + (dy < 0 ? dy : 0);
  int x0 = dx > 0 ? dx : 0, x1 = DF_SKETCH_WIDTH + (dx < 0 ? dx : 0);
  for (int y = y0; y < y1; y++) {
    int32_t sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    for (int x = x0; x < x1; x++) {
      int32_t p = a->cells[y][x], q = b->cells[y - dy][x - dx];
      sa += p;
      sb += q;
      saa += p * p;
      sbb += q * q;
      sab += p * q;
    }
    s.a += sa;
    s.b += sb;
    s.aa += saa;
    s.bb += sbb;
    s.ab += sab;
  }
  s.n = (int64_t)(y1 - y0) * (x1 - x0);
  return s;
}

/* 1 for the same structure, 0 for none in common; contrast that comes or goes counts as well. */
static double likeness(
    const struct df_luma_sketch *a, const struct df_luma_sketch *b, int dx, int dy)
{
  struct sums s = sum_products(a, b, dx, dy);
  double n = (double)s.n, nn = n * n;
  double variance_a = (double)(s.n * s.aa - s.a * s.a) / nn;
  double variance_b = (double)(s.n * s.bb - s.b * s.b) / nn;
  double covariance = (double)(s.n * s.ab - s.a * s.b) / nn;
  return (2 * covariance + noise) / (variance_a + variance_b + noise);
}

float df_sketch_difference(const struct df_luma_sketch *a, const struct df_luma_sketch *b)
{
  double best = likeness(a, b, 0, 0);
  for (int dy = -SHIFT; best < alike && dy <= SHIFT; dy++)
    for (int dx = -SHIFT; dx <= SHIFT; dx++)
      best = fmax(best, likeness(a, b, dx, dy));
  return (float)(best > 1 ? 0 : best < 0 ? 1 : 1 - best);
}
