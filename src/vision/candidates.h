/*
 * Cells of a detector's outputs that may be faces, as they are selected on a GPU and brought to the host.
 * Shared with kernels: plain structs of the same layout everywhere.
 */
#ifndef DF_VISION_CANDIDATES_H
#define DF_VISION_CANDIDATES_H

#include <stdint.h>

enum { DF_CANDIDATES_MAX = 1024 };

/** What the detector said of one cell, unchanged. */
struct df_candidate {
  int32_t level, cell;
  float cls, obj, box[4], points[10];
};
_Static_assert(sizeof(struct df_candidate) == 72, "the device's layout");

/** Of one picture, in no particular order. */
struct df_candidates {
  int32_t count; /* found; when above the maximum, the items are those with the best scores */
  int32_t unused[3];
  struct df_candidate items[DF_CANDIDATES_MAX];
};
_Static_assert(sizeof(struct df_candidates) == 16 + DF_CANDIDATES_MAX * 72, "the device's layout");

#endif
