/*
 * A small grey copy of a picture and how much two of them differ: what cuts are found by. The measure is
 * pixels' work; whether it means a cut is decided by camera/cut.h.
 */
#ifndef DF_VISION_SKETCH_H
#define DF_VISION_SKETCH_H

#include <stdint.h>

#include "frame/picture.h"

enum {
  DF_SKETCH_WIDTH = 48,
  DF_SKETCH_HEIGHT = 27,
  DF_SKETCH_ROWS_A_CELL = 5 /* rows of samples looked at in a cell, when it has as many */
};

/** Mean luma (0..255, full-range scale) of each cell of a grid laid over the picture. */
struct df_luma_sketch {
  uint8_t cells[DF_SKETCH_HEIGHT][DF_SKETCH_WIDTH];
};

/** Measures a host picture; looks at a fixed share of its samples, so it costs little at any size. */
void df_sketch_cpu(const struct df_picture *picture, struct df_luma_sketch *ret_sketch);

/**
 * How different two sketches are, 0 (same) to 1: says little about motion of people, camera pans and a
 * change of light, much about another scene. Pure and symmetric; documented in sketch.c.
 *
 * Seen on real footage from 10 to 30 frames a second: people talking or walking below 0.1, crowds, stage
 * light and zooms up to 0.2, whips of the camera up to 0.3; the same shot punched in by 1.4 about 0.5,
 * hard cuts 0.7 to 1. Dissolves and fades stay as low as motion.
 */
float df_sketch_difference(const struct df_luma_sketch *a, const struct df_luma_sketch *b);

#endif
