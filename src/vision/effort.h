/*
 * How closely the detector looks at the next picture. A small input costs a third of a large one and finds
 * large faces just as well, so the size follows what was found before: large for small faces, for faces
 * that are missed, at the start of a shot, and now and then in any case, so that nobody small stays unseen; more
 * often while somebody is away.
 *
 * Pure: depends on nothing but the observations before, so a log that is replayed leads to the same sizes.
 */
#ifndef DF_VISION_EFFORT_H
#define DF_VISION_EFFORT_H

#include <stddef.h>

#include "base/geometry.h"

enum { DF_EFFORT_LEVELS = 5 };

/** About how many pixels of input each level has; level 0 looks closest. For df_letterbox_fit. */
extern const int df_effort_areas[DF_EFFORT_LEVELS];

/** What is remembered of the pictures before. df_effort_init begins. */
struct df_effort {
  float scales[DF_EFFORT_LEVELS]; /* input pixels a displayed pixel, by level */
  float sure_score;
  int level;      /* for an ordinary next picture */
  int calm;       /* pictures in a row for which less would have done */
  int since_full; /* pictures since level 0 was last used */
  size_t faces;   /* sure ones in the picture before */
  size_t most;    /* of them at once in this shot, of late */
  int away;       /* pictures since there were so many */
};

/** Begins with level 0. A face whose score is at or above `sure_score` counts. */
void df_effort_init(
    struct df_effort *effort, const float scales[DF_EFFORT_LEVELS], float sure_score);

/** The level for the next picture, which differs from the one before by `difference` (sketch.h). */
int df_effort_next(struct df_effort *effort, float difference);

/** Takes what was found in that picture, displayed pixels. */
void df_effort_learn(struct df_effort *effort, const struct df_face *faces, size_t count);

#endif
