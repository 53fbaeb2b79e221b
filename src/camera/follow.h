/*
 * Decides where a face is wanted to be framed: at one same place while it only wanders about it,
 * along with it when it goes, and at one place again when it has come to rest. Each axis and the
 * size by itself.
 *
 * A small move that ends soon where it began is none. Its places step and drag; path.h makes a smooth way of
 * them. Pure; one value a seat.
 */
#ifndef DF_CAMERA_FOLLOW_H
#define DF_CAMERA_FOLLOW_H

#include <stdbool.h>

#include "base/geometry.h"

/** The values of one quantity: the newest, what it was over the last moments and will be over the next. */
struct df_follow_range {
  float now, low, high, mean;
  float soon_low, soon_high; /* also of now; all that is known, which may be nothing else */
};

/** What is seen of a face. Displayed pixels. */
struct df_follow_sight {
  struct df_follow_range x, y;   /* the face's centre */
  struct df_follow_range height; /* the window height that it asks for */
  double dt;                     /* seconds since the last step */
};

struct df_follower {
  struct df_point at; /* the face's centre that is framed */
  float height;       /* of the window */
  bool moving_x, moving_y, zooming;
  bool settled_x,
      settled_y; /* came to rest with the last step, and was there over the last moments */
};

/** Frames that place at once, at rest. */
void df_follow_place(struct df_follower *follower, struct df_point at, float height);

/** Takes the next frame; `dead_band` in shares of the window's height. */
void df_follow_step(
    struct df_follower *follower, const struct df_follow_sight *sight, float dead_band);

#endif
