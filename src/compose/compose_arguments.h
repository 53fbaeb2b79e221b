/*
 * What the kernels of compose.cu are given. Addresses are of device memory; strides are in bytes unless they
 * say otherwise.
 */
#ifndef DF_COMPOSE_COMPOSE_ARGUMENTS_H
#define DF_COMPOSE_COMPOSE_ARGUMENTS_H

#include <stdint.h>

extern const char df_ptx_compose[];

/** Source rows that one point of df_compose_across filters. */
#define DF_COMPOSE_ACROSS_ROWS 4

/**
 * Filters source rows across into intermediates (kernels.h). The grid is outputs x channels wide and
 * rows / DF_COMPOSE_ACROSS_ROWS, rounded up, high.
 */
struct df_compose_across_arguments {
  uint64_t first, second; /* sample 0 of channel 0 and 1 in the first row that is needed */
  int64_t first_stride, second_stride;
  uint64_t starts;    /* int32_t [outputs]: source sample of the first weight */
  uint64_t weights;   /* int16_t [taps][outputs] */
  uint64_t out;       /* int16_t [rows][out_stride] */
  int32_t out_stride; /* in intermediates */
  int32_t outputs, channels, rows, taps;
  int32_t step;         /* bytes from a sample of a channel to its next */
  int32_t depth, shift; /* 10: two bytes, shifted right by `shift` */
};
_Static_assert(sizeof(struct df_compose_across_arguments) == 88, "the device's layout");

/** Filters intermediates down into samples. The grid is one point for two columns of a row. */
struct df_compose_down_arguments {
  uint64_t rows;    /* int16_t [][stride] */
  uint64_t starts;  /* int32_t [height]: row of the first weight */
  uint64_t weights; /* int16_t [height][taps] */
  uint64_t out;     /* 4-byte aligned but for 8 bit, where 2-byte */
  int64_t out_stride;
  int32_t stride; /* in intermediates, even */
  int32_t pairs, height, taps;
  int32_t out_depth; /* 8 or 10 (P010) */
  int32_t unused;
};
_Static_assert(sizeof(struct df_compose_down_arguments) == 64, "the device's layout");

/** Sets a rectangle of NV12 or P010. The grid is one point for 2x2 pixels. */
struct df_compose_fill_arguments {
  uint64_t luma, chroma; /* aligned as above */
  int64_t luma_stride, chroma_stride;
  int32_t columns, rows;           /* in twos of pixels */
  int32_t bytes;                   /* a sample: 1 or 2 */
  uint32_t luma_pair, chroma_pair; /* two samples side by side, in the lower 2 * bytes bytes */
  int32_t unused;
};
_Static_assert(sizeof(struct df_compose_fill_arguments) == 56, "the device's layout");

/** Dims a small picture (blur.h). The grid is one point a sample, the rows of chroma below those of luma. */
struct df_compose_dim_arguments {
  uint64_t luma, chroma;
  int64_t luma_stride, chroma_stride;
  int32_t columns, rows; /* of luma; a row of chroma has as many samples, Cb and Cr together */
  int32_t depth;         /* 8 or 10 (P010) */
  int32_t luma_black, chroma_black;
  int32_t unused;
};
_Static_assert(sizeof(struct df_compose_dim_arguments) == 56, "the device's layout");

#endif
