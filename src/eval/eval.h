/* All that is said of a video whose truth is known. Pure. */
#ifndef DF_EVAL_EVAL_H
#define DF_EVAL_EVAL_H

#include "eval/halves.h"
#include "eval/identity.h"
#include "eval/motion.h"

struct df_evaluation {
  size_t frames;
  struct df_identity_score identity;
  struct df_hota hota;
  struct df_half_score halves[DF_SEATS];
  size_t wrong_frames; /* frames in which at least one half is wrong */
  struct df_motion motion;
};

/**
 * Judges what was found and shown by what is true. Marks in `record` the found faces that do not count.
 * `tile_height`: output pixels of each half. 0 or DF_ENOMEM.
 */
int df_evaluate(struct df_record *record, const int tile_height[DF_SEATS],
    struct df_evaluation *ret_evaluation, struct df_error *err);

#endif
