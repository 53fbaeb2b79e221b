/*
 * What is known of the two faces around a frame, within its shot: medians against jitter and
 * outliers, whether a face comes back, where the other one is. Pure; borrows the shot, keeps
 * nothing.
 */
#ifndef DF_CAMERA_SIGHT_H
#define DF_CAMERA_SIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/geometry.h"
#include "camera/follow.h"
#include "camera/timeline.h"

/** Whether the seat's face was seen at the shot's own frame. */
bool df_sight_seen(const struct df_shot *shot, enum df_seat seat);

/** The face at the frame by the median of up to five sightings about it. False when there is
 * none. */
bool df_sight_face(const struct df_shot *shot, enum df_seat seat, struct df_box *ret_face);

/** The face at frame i by the median of it and its neighbours. False when one of them does not see it. */
bool df_sight_glimpse(
    const struct df_shot *shot, enum df_seat seat, size_t i, struct df_box *ret_face);

/** The face over the first `seconds` from frame `from` on (>= shot->at): where to place a
 * window. */
struct df_box df_sight_place(
    const struct df_shot *shot, enum df_seat seat, size_t from, double seconds);

/** The face's height by the median over more than a second. It is seen at the frame. */
float df_sight_height(const struct df_shot *shot, enum df_seat seat);

/** The turn of the face (df_scene), on average over two seconds about the frame. */
float df_sight_turn(const struct df_shot *shot, enum df_seat seat);

/** The next frame after the shot's own that sees the face, at most `seconds` ahead; else
 * shot->end. */
size_t df_sight_next(const struct df_shot *shot, enum df_seat seat, double seconds);

/**
 * The box around all places of the face from `before` seconds earlier to `after` later, grown by
 * `grow` of its size on each side. Empty when it is not seen in that time.
 */
struct df_box df_sight_swept(
    const struct df_shot *shot, enum df_seat seat, double before, double after, float grow);

/** Seconds that a face keeps still before it is at rest. */
extern const double df_sight_rest_seconds;

/** What the follower is told: this frame's plan, those of the last moments while it was followed, and the
 * sightings of the next moments. */
struct df_follow_sight df_sight_follow(const struct df_shot *shot, enum df_seat seat);

#endif
