/* Decides from the differences of neighbouring frames which of them begin a new shot. Pure. */
#ifndef DF_CAMERA_CUT_H
#define DF_CAMERA_CUT_H

#include <stdbool.h>

enum { DF_CUT_HISTORY = 24 };

/** What it remembers. Zero-initialise. */
struct df_cut_detector {
  float history[DF_CUT_HISTORY]; /* the latest differences, a ring */
  int filled, next;
  int since_cut; /* frames since the last cut */
};

/**
 * Takes how different the next frame is from the one before (0..1, 0 for the first frame) and says
 * whether a new shot begins with it: a difference that is large, and large against the latest ones.
 */
bool df_cut_next(struct df_cut_detector *detector, float difference);

#endif
