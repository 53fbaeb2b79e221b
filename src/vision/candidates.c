/*
 * From candidates to faces: the last steps of yunet.h. Candidates come in whatever order the device's threads
 * found them; sorted by cell they are what df_yunet_decode collects.
 */
#include <stdlib.h>

#include "vision/preprocess_cuda.h"
#include "vision/yunet.h"

/* Level, cell and place in the list in one number, in this order of weight. */
static uint64_t key_of(const struct df_candidate *candidate, size_t place)
{
  return (uint64_t)(uint32_t)candidate->level << 48 | (uint64_t)(uint32_t)candidate->cell << 16 |
         (uint64_t)place;
}

static int compare_keys(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

size_t df_candidates_decode(const struct df_candidates *candidates, int width, int height,
    float low_score, float nms, struct df_face *work, struct df_face *ret_faces, size_t limit)
{
  uint64_t keys[DF_CANDIDATES_MAX];
  int32_t found = candidates->count;
  size_t count = (size_t)(found < 0 ? 0 : found > DF_CANDIDATES_MAX ? DF_CANDIDATES_MAX : found);
  for (size_t i = 0; i < count; i++)
    keys[i] = key_of(&candidates->items[i], i);
  qsort(keys, count, sizeof keys[0], compare_keys);

  size_t faces = 0;
  for (size_t i = 0; i < count; i++) {
    const struct df_candidate *c = &candidates->items[keys[i] & 0xffff];
    const struct df_yunet_cell cell = {
        df_yunet_stride(c->level), (size_t)c->cell, c->cls, c->obj, c->box, c->points};
    faces += df_yunet_face(&cell, width, low_score, &work[faces]);
  }
  (void)height; /* cells are counted row by row */
  return df_yunet_suppress(work, faces, nms, ret_faces, limit);
}
