/*
 * The output layout of YuNet (Wu, Peng and Yu, "YuNet: a tiny millisecond-level face detector", 2023) as
 * published: for each stride a score of class and of objectness, a box and five landmarks a cell. Pure:
 * numbers in, faces out, no session.
 */
#ifndef DF_VISION_YUNET_H
#define DF_VISION_YUNET_H

#include <stddef.h>

#include "base/geometry.h"

enum { DF_YUNET_LEVELS = 3 };

/** Outputs of one picture at one stride, for the cells of a (width/stride) x (height/stride) grid. */
struct df_yunet_level {
  int stride;          /* input pixels a cell */
  const float *cls;    /* [cells] 0..1 */
  const float *obj;    /* [cells] 0..1 */
  const float *boxes;  /* [cells][4] centre offset in cells, log of size in cells */
  const float *points; /* [cells][10] offsets in cells */
};

/** How many cells all levels of an input of this size have. */
size_t df_yunet_cells(int width, int height);

/**
 * Writes the faces with a score of `low_score` or more, in input pixels, best first (equal ones in the
 * order of their cells), at most `limit`; of two that overlap by more than `nms` (IoU) the better one.
 * Scores are multiples of 1/1024. A cell with a number that is not finite is no face. `work` holds
 * df_yunet_cells() faces. Returns how many there are.
 */
size_t df_yunet_decode(const struct df_yunet_level levels[DF_YUNET_LEVELS], int width, int height,
    float low_score, float nms, struct df_face *work, struct df_face *ret_faces, size_t limit);

#endif
