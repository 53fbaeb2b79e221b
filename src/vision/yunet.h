/*
 * The output layout of YuNet (Wu, Peng and Yu, "YuNet: a tiny millisecond-level face detector", 2023) as
 * published: for each stride a score of class and of objectness, a box and five landmarks a cell. Pure:
 * numbers in, faces out, no session.
 */
#ifndef DF_VISION_YUNET_H
#define DF_VISION_YUNET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/geometry.h"

enum { DF_YUNET_LEVELS = 3 };

/** Input pixels a cell of level `level` is wide and high. */
static inline int df_yunet_stride(int level)
{
  return 8 << level;
}

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

/** The steps of df_yunet_decode, for outputs that are not all at hand. */

struct df_yunet_cell {
  int stride;
  size_t index; /* of its level, row by row */
  float cls, obj;
  const float *box, *points; /* [4], [10], as in a level */
};

/** Writes the face of a cell when it is one. `width` is the input's. */
bool df_yunet_face(
    const struct df_yunet_cell *cell, int width, float low_score, struct df_face *ret_face);

/** Of `faces` (in the order of their cells; overwritten) those that df_yunet_decode gives. */
size_t df_yunet_suppress(
    struct df_face *faces, size_t count, float nms, struct df_face *ret_faces, size_t limit);

#endif
