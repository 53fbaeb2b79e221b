/*
 * A constant-velocity Kalman filter for a face box: centre x, centre y, aspect (width / height), height.
 *
 * Noise grows with the box's height, as in SORT's family (Bewley et al., "Simple Online and Realtime
 * Tracking", 2016; Wojke et al., "Simple Online and Realtime Tracking with a Deep Association Metric",
 * 2017). No noise there couples two of the four quantities, so the 8x8 filter falls apart into four of
 * two states each, which is what is kept here: the same numbers for a fraction of the arithmetic.
 *
 * Internal to track/. Pure; a plain value.
 */
#ifndef DF_TRACK_KALMAN_H
#define DF_TRACK_KALMAN_H

#include "base/geometry.h"

enum { DF_KALMAN_X, DF_KALMAN_Y, DF_KALMAN_ASPECT, DF_KALMAN_HEIGHT, DF_KALMAN_AXES };

/** One quantity: its value and its change a frame, with their covariance. */
struct df_kalman_axis {
  double value, velocity;
  double var_value, covariance, var_velocity;
};

struct df_kalman {
  struct df_kalman_axis axes[DF_KALMAN_AXES];
};

/** Begins at a box that is not empty, at rest. */
void df_kalman_init(struct df_kalman *kalman, struct df_box box);

/** Goes one frame ahead. */
void df_kalman_predict(struct df_kalman *kalman);

/** Takes in what was measured, a box that is not empty. */
void df_kalman_update(struct df_kalman *kalman, struct df_box box);

/** Stops the growth of the box, for a track that is not seen: a guessed size would soon be absurd. */
void df_kalman_hold_size(struct df_kalman *kalman);

/** Where the box is thought to be; empty should the height have shrunk to nothing. */
struct df_box df_kalman_box(const struct df_kalman *kalman);

#endif
