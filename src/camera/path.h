/*
 * Smooths the places that a seat's window is wanted at into the way it goes.
 *
 * The way is an average over a span of time before and after the frame, heaviest in the middle (a
 * raised cosine), so what changes at once becomes an ease in and out, with bounded acceleration,
 * that begins before the change where the future is known. Where nothing changes within the span
 * the result is the very same number. Works on any spacing of frames. It never looks across a jump
 * (a cut, or a change of place too far to be glided). Keeps nothing between calls.
 */
#ifndef DF_CAMERA_PATH_H
#define DF_CAMERA_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "camera/framing.h"

/** Where the window is wanted at one frame. */
struct df_path_point {
  double t; /* seconds, growing */
  struct df_pose pose;
  bool jump; /* the window goes there at once: nothing before counts */
};

/** Seconds of past and of future that count; both >= 0. */
struct df_path_span {
  double before, after;
};

/** The window at points[at], from the `count` points there are. Where they end, the last one
 * stays. */
struct df_pose df_path_smooth(
    const struct df_path_point *points, size_t count, size_t at, struct df_path_span span);

#endif
