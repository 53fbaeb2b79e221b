/*
 * What is done to whole rows on the way from a picture to a tensor. Each operation exists as plain C,
 * which is the specification, and for AVX2, with results equal to the bit.
 *
 * Sums of rows are unsigned with 64 steps a level of 8 bit (so at most 16383); averages along a row have
 * 2^20 steps a level.
 */
#ifndef DF_VISION_ROWS_H
#define DF_VISION_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "vision/area_filter.h"

enum { DF_ROW_WEIGHTS = 64, DF_COLUMN_WEIGHTS = 16384 };

/** How bytes become samples. */
struct df_sample_layout {
  int bytes;      /* 1 or 2 a sample */
  int down_shift; /* 2 bytes: right shift that brings a sample to 10 bit */
};

/** rgb[k] = clamp(y * luma + cb * blue[k] + cr * red[k] + constant[k], 0, 255); 2^20 steps a level in. */
struct df_colour_matrix {
  float luma, blue[3], red[3], constant[3];
};

struct df_row_operations {
  /** out[i] = sum over rows of weights[r] * rows[r][i]; weights sum to DF_ROW_WEIGHTS. */
  void (*sum)(const uint8_t *const *rows, const uint16_t *weights, int count,
      struct df_sample_layout layout, int samples, uint16_t *out);
  /** Even samples to `even`, odd ones to `odd`: `pairs` of each. */
  void (*split)(const uint16_t *row, int pairs, uint16_t *even, uint16_t *odd);
  /**
   * Averages along a row. Reads filter->taps samples from each start, so the row needs as many more as
   * that; writes filter->padded values.
   */
  void (*shrink)(const uint16_t *row, const struct df_area_filter *filter, int32_t *out);
  /** Y'CbCr to R', G', B' in 0..255. */
  void (*colour)(const int32_t *y, const int32_t *cb, const int32_t *cr,
      const struct df_colour_matrix *matrix, int samples, float *const rgb[3]);
};

extern const struct df_row_operations df_row_operations_plain;

/** The AVX2 ones, NULL where the processor has none. */
const struct df_row_operations *df_row_operations_avx2(void);

#endif
