/*
 * From a face to the window that shows it well: height by the face's share, headroom, the tile's
 * shape, the largest magnification, the picture's edges. Pure arithmetic on one instant; knows no
 * time.
 */
#ifndef DF_CAMERA_FRAMING_H
#define DF_CAMERA_FRAMING_H

#include <stdbool.h>

#include "base/geometry.h"
#include "camera/director.h"

/** A window by its centre and height, displayed pixels; its width follows from the seat's
 * aspect. */
struct df_pose {
  float x, y, h;
};

/** What shapes one seat's windows: the options made usable. A plain value. */
struct df_framing {
  float width, height; /* of the picture */
  float aspect;
  float face_height, headroom; /* shares of the window's height */
  float least, most;           /* window heights; equal when the height is fixed */
};

/** Replaces what is missing or senseless in the options by defaults. */
void df_framing_init(
    struct df_framing *framing, const struct df_director_options *options, enum df_seat seat);

/** The window height that a face of that height asks for, within least and most. */
float df_framing_height(const struct df_framing *framing, float face_height);

/** How large a face of that height is shown at least or at most, in shares of the size that is set: 1 unless
 * the window's least or most height stands in the way. */
float df_framing_size(const struct df_framing *framing, float face_height);

/** The window of that height around a face's centre, moved into the picture. */
struct df_pose df_framing_face(
    const struct df_framing *framing, struct df_point centre, float height);

/** The same window, made to fit and moved into the picture. */
struct df_pose df_framing_clamp(const struct df_framing *framing, struct df_pose pose);

/**
 * Moves a window sideways, away from another person's face, so that it does not show a part of it: as far
 * as the picture's edges let it, and never so far that its own person, whose face's centre is at
 * `own_x`, stands beyond a third of its width. Where that is not enough the move gives way to the middle
 * again, evenly, the more of the other face would be seen anyway: a small change of either face's place
 * is a small change of the window.
 */
struct df_pose df_framing_part(
    const struct df_framing *framing, struct df_pose pose, float own_x, struct df_box other);

/** The largest window, as near to `about` as the picture allows. */
struct df_pose df_framing_wide(const struct df_framing *framing, struct df_point about);

/** Moves the window as little as needed to have the face in its safe area (the central 80 %). */
struct df_pose df_framing_keep(
    const struct df_framing *framing, struct df_pose pose, struct df_box face);

/** Whether the face lies in the safe area, as far as the picture's edges let it. */
bool df_framing_safe(const struct df_framing *framing, struct df_pose pose, struct df_box face);

/** The window as a box, exact. */
struct df_box df_framing_box(const struct df_framing *framing, struct df_pose pose);

/** The window as a box of whole 1/64 pixels that lies inside the picture. */
struct df_box df_framing_window(const struct df_framing *framing, struct df_pose pose);

#endif
