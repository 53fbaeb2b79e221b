/*
 * What aligning a face has in common on all devices: where the samples are, how they become levels, and how
 * sharpness follows from sums of whole numbers.
 */
#ifndef DF_VISION_ALIGN_H
#define DF_VISION_ALIGN_H

#include "vision/preprocess.h"
#include "vision/rows.h"

/** One component of the picture: where its samples are and how to read them, in 8-bit levels. */
struct df_align_component {
  const uint8_t *data;
  ptrdiff_t row;          /* bytes to the next row */
  int step, bytes, shift; /* bytes to the next sample, a sample's size, right shift to 10 bit */
  int width, height;
  float unit;             /* levels a step */
  float scale_x, scale_y; /* from luma's samples to this component's */
  float move_x, move_y;   /* and what is added then */
};

struct df_align_plan {
  struct df_align_component components[3]; /* `data` is where the picture lives */
  struct df_colour_matrix colours;
  int points; /* looked at across a tensor pixel, and as many down */
};

/** Looks at no sample. 0, or DF_EUSAGE when the matrix is not finite. */
int df_align_plan_init(struct df_align_plan *plan, const struct df_picture *picture,
    const float matrix[6], struct df_error *err);

/** Weights of red, green and blue in grey. */
extern const float df_grey_weights[3];

/**
 * The Laplacian counts in whole steps of 1 / DF_LAPLACIAN_STEPS grey level, rounded half away from 0, and as
 * 0 where it has DF_LAPLACIAN_MOST steps or more (8 bit has less).
 */
enum { DF_LAPLACIAN_STEPS = 256, DF_LAPLACIAN_MOST = 1 << 20 };

/** Over the pixels of a tensor that have four neighbours. */
struct df_sharpness_sums {
  int64_t sum;
  uint64_t squares;
};

float df_sharpness_of(const struct df_sharpness_sums *sums, const struct df_model_input *input);

#endif
