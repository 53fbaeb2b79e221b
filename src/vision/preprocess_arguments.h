/*
 * What the kernels of preprocess.cu are given. Addresses are of device memory, strides in bytes. What is by
 * plane of the tensor is in the order of its planes, whichever colour they are.
 */
#ifndef DF_VISION_PREPROCESS_ARGUMENTS_H
#define DF_VISION_PREPROCESS_ARGUMENTS_H

#include <stdint.h>

extern const char df_ptx_preprocess[];

/** Y'CbCr to one colour, and what the model wants of it. */
struct df_plane_arguments {
  float blue, red, constant;
  float mean, scale;
};

/** One component of a picture: a sample is at data + row * stride + column * step. */
struct df_component_arguments {
  uint64_t data;
  int64_t stride;
  int32_t step;
  int32_t width, height;
  float unit;             /* levels a step of a sample */
  float scale_x, scale_y; /* for aligning: from luma's samples to this component's */
  float move_x, move_y;   /* and what is added then */
};
_Static_assert(sizeof(struct df_component_arguments) == 48, "the device's layout");

/** An area filter: weight t of output i is of sample starts[i] + t * spacing. */
struct df_area_arguments {
  uint64_t starts;  /* int32_t [outputs] */
  uint64_t weights; /* int16_t; across [taps][outputs], down [outputs][taps] */
  int32_t taps, spacing;
};
_Static_assert(sizeof(struct df_area_arguments) == 24, "the device's layout");

/** One tensor pixel a point. */
struct df_letterbox_arguments {
  struct df_component_arguments components[3];
  struct df_area_arguments across[2], down[2]; /* luma, chroma */
  uint64_t tensor;                             /* float [3][height][width] */
  uint64_t curve;                              /* float [1024], or 0 */
  int32_t width, height, columns, lines;       /* what is beyond columns and lines is 0 */
  int32_t bytes, shift;                        /* of samples */
  float luma;
  struct df_plane_arguments planes[3];
};
_Static_assert(sizeof(struct df_letterbox_arguments) == 344, "the device's layout");

/** One cell a point. */
struct df_sketch_arguments {
  uint64_t luma;
  int64_t stride;
  uint64_t cells; /* uint8_t [rows][columns] */
  int32_t width, height;
  int32_t bytes, shift;
  int32_t columns, rows;
  int32_t rows_a_cell;
  int32_t full_range;
};
_Static_assert(sizeof(struct df_sketch_arguments) == 56, "the device's layout");

/** One tensor pixel a point. */
struct df_align_arguments {
  struct df_component_arguments components[3];
  uint64_t tensor, curve; /* as above */
  int32_t width, height;
  int32_t bytes, shift;
  int32_t points; /* across a tensor pixel, and as many down */
  float matrix[6];
  float luma;
  struct df_plane_arguments planes[3];
};
_Static_assert(sizeof(struct df_align_arguments) == 272, "the device's layout");

/** Rows of a column that one point of df_sharpness takes. */
#define DF_SHARPNESS_ROWS 8

/** The grid is width - 2 columns and (height - 2) / DF_SHARPNESS_ROWS, rounded up, rows. */
struct df_sharpness_arguments {
  uint64_t tensor;
  uint64_t sums; /* struct df_sharpness_sums, zeroed */
  int32_t width, height;
  float steps, most; /* DF_LAPLACIAN_STEPS and DF_LAPLACIAN_MOST */
  float weights[3], mean[3], scale[3];
  int32_t unused;
};
_Static_assert(sizeof(struct df_sharpness_arguments) == 72, "the device's layout");

struct df_level_arguments {
  uint64_t cls, obj, boxes, points; /* float [batch][cells][1, 1, 4, 10] */
  int32_t first, cells;             /* the first of all levels' cells, and how many it has */
};
_Static_assert(sizeof(struct df_level_arguments) == 40, "the device's layout");

/** One cell of any level a column, one picture a row; both kernels of candidates. */
struct df_candidates_arguments {
  struct df_level_arguments levels[3];
  uint64_t scores;     /* uint16_t [batch][cells], in 1024ths, 0 for none */
  uint64_t counters;   /* uint32_t [batch][2]: found and placed, zeroed */
  uint64_t candidates; /* struct df_candidates [batch] */
  int32_t batch, cells;
  float low_score;
  int32_t unused;
};
_Static_assert(sizeof(struct df_candidates_arguments) == 160, "the device's layout");

#endif
