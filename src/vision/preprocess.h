/*
 * From a decoded picture to what a model is fed: geometry (pure) and the CPU's conversion of Y'CbCr to
 * RGB, resampled, honouring range, matrix and bit depth. PQ and HLG pictures are brought to an SDR look
 * by a curve good enough for a detector, never for viewing.
 */
#ifndef DF_VISION_PREPROCESS_H
#define DF_VISION_PREPROCESS_H

#include "base/error.h"
#include "base/geometry.h"
#include "frame/picture.h"
#include "vision/manifest.h"

/**
 * How a displayed picture lies in a model's input: scaled by `scale` from its top left corner, the rest
 * is 0. Displayed pixels are stored samples divided by display_x and display_y.
 */
struct df_letterbox {
  int width, height;          /* the input's */
  float scale;                /* input pixels a displayed pixel, <= 1 */
  float display_x, display_y; /* stored samples a displayed pixel is wide and high */
};

/**
 * Chooses the input size for pictures of this displayed size: the same shape, about `area` pixels
 * (0: 640x384) and never larger than the picture, both sides multiples of `multiple`.
 */
struct df_letterbox df_letterbox_fit(float display_width, float display_height, float display_x,
    float display_y, int multiple, int area);

/** A face in input pixels, in displayed pixels of the picture. */
struct df_face df_letterbox_unmap(const struct df_letterbox *letterbox, struct df_face face);

/**
 * Fills `tensor` ([3,H,W]); see df_device_operations. Host pictures only. Each tensor pixel is the mean
 * of the picture under it; where that is four or more rows of a plane high, odd rows are not read but
 * taken for the mean of the even ones around them.
 */
int df_letterbox_cpu(const struct df_picture *picture, const struct df_letterbox *letterbox,
    const struct df_model_input *input, float *tensor, struct df_error *err);

/**
 * The similarity transform (Umeyama, "Least-squares estimation of transformation parameters between two
 * point patterns", 1991) that takes the input pixels of an aligned face to stored samples, row-major 2x3.
 * The five points are in displayed pixels. False when they are degenerate (all in one place).
 */
bool df_align_matrix(const struct df_point points[DF_FACE_POINTS], int width, int height,
    float display_x, float display_y, float ret_matrix[6]);

/** Fills `tensor` ([3,H,W]); see df_device_operations. Host pictures only. */
int df_align_cpu(const struct df_picture *picture, const float matrix[6],
    const struct df_model_input *input, float *tensor, struct df_error *err);

/**
 * How sharp an aligned face in `tensor` ([3,H,W], of `input`'s size) is: standard deviation of the
 * Laplacian of its grey picture, in grey levels (0..255 of the picture, whatever the model is fed).
 */
float df_tensor_sharpness(const struct df_model_input *input, const float *tensor);

#endif
