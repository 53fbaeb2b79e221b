/*
 * What a picture's colour description means for a model: the matrix from Y'CbCr to R'G'B' and, for PQ and
 * HLG, a curve that brings R'G'B' to what an SDR picture of the scene would look like. Primaries are left
 * alone. Good enough for a detector, never for viewing. Pure.
 */
#ifndef DF_VISION_COLOUR_H
#define DF_VISION_COLOUR_H

#include "frame/picture.h"
#include "vision/rows.h"

/** H.273 codes of the two HDR transfers. */
enum { DF_TRANSFER_PQ = 16, DF_TRANSFER_HLG = 18 };

/** For levels in 8-bit units with `steps` steps a level; unspecified is BT.709 from 720 rows on, else BT.601. */
struct df_colour_matrix df_colour_matrix_for(const struct df_picture *picture, float steps);

enum { DF_CURVE_SIZE = 1024 };

/**
 * The curve for a transfer: [i] is the SDR level (0..255) of level 255 * i / (DF_CURVE_SIZE - 1). NULL
 * when the transfer needs none. Thread-safe; lives as long as the program.
 */
const float *df_colour_curve(int transfer);

/** A level (0..255) through a curve, interpolated. */
static inline float df_curve_at(const float *curve, float level)
{
  float at = level * ((DF_CURVE_SIZE - 1) / 255.0F);
  int i = (int)at;
  if (i >= DF_CURVE_SIZE - 1)
    return curve[DF_CURVE_SIZE - 1];
  return curve[i] + (curve[i + 1] - curve[i]) * (at - (float)i);
}

#endif
