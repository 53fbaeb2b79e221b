/*
 * Whether a face is alive. A head's pose changes all the time, that of a picture on a wall does not, wherever the camera
 * turns; and no head stays at its place for long, while a picture does as long as the camera stands still. The one is
 * told from landmarks as they lie in the face, which says little of small, noisy or drawn faces; the other from the means
 * of the face's place, which noise touches less, and least over the longest time. Internal to person/. Pure; plain values, zero is new.
 */
#ifndef DF_PERSON_LIVELINESS_H
#define DF_PERSON_LIVELINESS_H

#include <stdbool.h>

#include "base/geometry.h"

/** How often a face was compared with what it was a moment before, and how often it had moved. */
struct df_life {
  double poses, turned; /* of the head */
  double places, gone;  /* of the face in the picture */
  double far;           /* the farthest that it ever was from where it came, in its heights */
};

/** What one track's face was a moment ago. */
struct df_liveliness {
  bool begun;
  double since;
  float along, down; /* where the nose was then, in distances between the eyes */

  double seen_at, place_since;
  int count; /* faces since then, and the sums of their places and heights */
  double x_sum, y_sum, height_sum;
  bool placed; /* the mean place before that, and the first */
  double x, y, first_x, first_y;
};

/** Takes in a face of the frame at time `t`, and says what that adds. */
struct df_life df_liveliness_see(
    struct df_liveliness *liveliness, const struct df_face *face, double t);

void df_life_add(struct df_life *life, const struct df_life *more);

/** How much a person's presence counts, 0..1. */
double df_life_weight(const struct df_life *life);

/** Whether the face was there for long and never left its place: a picture's, or that of one who sits very still. */
bool df_life_may_hang(const struct df_life *life);

/** Whether there is no doubt that the face is a picture's, and that it is not. A few seconds tell. */
bool df_life_hangs(const struct df_life *life);
bool df_life_is_alive(const struct df_life *life);

#endif
