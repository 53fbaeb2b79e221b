/*
 * The arithmetic of composing, one row at a time, in as many versions as there are instruction
 * sets. The scalar version is the specification; every other gives the same samples, here and on
 * other devices.
 *
 * A row of the source is first staged: the samples that the tile needs, low-aligned, one byte each
 * (depth 8) or two (depth 10; bits above the tenth are dropped), luma alone or Cb and Cr
 * interleaved, whatever the source's layout. `channels` is 1 or 2 accordingly; channel c of
 * position k is sample k * channels + c. Then, with the weights of filter.h (sum 16384):
 *
 *   across   m = sum of weight * sample, over the row, rounded:
 *            depth 8: (sum + 2^7) >> 8; depth 10: (sum + 2^9) >> 10; saturated to int16
 *   down     v = sum of weight * m, over the rows
 *            out depth 8: (v + 2^19) >> 20, clamped to 0..255
 *            out depth 10: (v + 2^17) >> 18, clamped to 0..1023, stored << 6 (P010)
 *
 * So m is the sample on a scale of 14 bits (8-bit white is 16320). Magnitudes of weights sum to
 * less than 2 * 16384 and the positive ones to less than 1.5 * 16384, hence |m| <= 24552 and
 * |v| < 2^30: nothing overflows. Shifts are arithmetic.
 */
#ifndef DF_COMPOSE_KERNELS_H
#define DF_COMPOSE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "compose/filter.h"

enum {
  DF_STAGE_SLACK = 64, /* readable bytes behind a staged row, whose values never matter */
  DF_ROW_BLOCK = 64    /* rows of intermediates have room for a multiple of this many */
};

/** How an implementation lays out a filter for itself; a flat block it alone understands. */
struct df_packed {
  int kind;
  int pairs;
  void *memory;
  size_t room;
  int32_t *offsets;
  uint8_t *masks;
  int16_t *coefficients;
};

/** The filter across, for staged rows of a certain kind. */
struct df_across {
  struct df_filter filter;
  int channels; /* 1 or 2 */
  int depth;    /* of the staged samples, 8 or 10 */
  struct df_packed packed;
};

/** One row of a source plane or pair of planes, to be staged. */
struct df_stage_source {
  const uint8_t *first;
  const uint8_t *second; /* the plane of Cr, or NULL where there is nothing to interleave */
  int shift;             /* depth 10: 6 for high-aligned samples, 0 for low-aligned ones */
};

struct df_kernels {
  const char *name;

  /** Lays out across->filter anew. 0 or DF_ENOMEM. NULL: needs nothing. */
  int (*pack)(struct df_across *across);

  /** Stages one byte samples: interleaves `count` pairs. */
  void (*interleave8)(const uint8_t *first, const uint8_t *second, size_t count, uint8_t *staged);

  /** Stages `count` samples (pairs where there is a second plane) of two bytes. */
  void (*stage10)(const struct df_stage_source *source, size_t count, uint16_t *staged);

  /** Filters a staged row, which begins at filter.first, into count * channels intermediates. */
  void (*across)(const struct df_across *across, const void *staged, int16_t *out);

  /** Filters `width` columns of `taps` rows of intermediates into 8-bit or P010 samples. */
  void (*down)(const int16_t *const *rows, const int16_t *coefficients, int taps, int width,
      int out_depth, uint8_t *out);
};

extern const struct df_kernels df_kernels_scalar;

/** The kernels for AVX2, or NULL where they were not built or the machine has no AVX2. */
const struct df_kernels *df_kernels_avx2(void);

/** The kernels for AVX-512 with VNNI, or NULL likewise. */
const struct df_kernels *df_kernels_avx512(void);

#endif
