/*
 * What a seat shows while its person is not in the picture.
 *
 * First, for hold_seconds, the place where the person was last seen in this shot; then what the
 * policy says. A cut ends the holding at once, since the place means nothing in another shot: the
 * policy's next follows on the cut's own frame, and under DF_ABSENT_HOLD, which has no next, the
 * wide window. Nor does a held window go wide for a person who is known to return soon. A seat whose person was never seen shows the wide window (black under
 * DF_ABSENT_BLACK, unless nobody at all has been seen yet).
 *
 * Neither held nor wide windows ever touch the other person's face. A held one is pushed aside, and
 * where that is not enough its picture freezes for as long as it would be held, since its person is
 * most likely behind the other. A wide one gives way to the free part of the picture, the largest
 * window beside, above or below that face. A free part is kept until the face comes near it or much
 * more room has been there for a while. Where none is large enough the picture freezes, and is
 * black when nothing was shown before.
 *
 * Under DF_ABSENT_BLUR the middle of the picture is shown blurred in place of all wide windows, once
 * somebody has been seen. It shows no face and so gives way to none; it comes and goes at once.
 *
 * From place to place in one shot the window glides, except where the way would cross the other's
 * face.
 */
#ifndef DF_CAMERA_ABSENT_H
#define DF_CAMERA_ABSENT_H

#include <stdbool.h>

#include "base/geometry.h"
#include "camera/director.h"
#include "camera/framing.h"

/** The other person's face over shorter and longer times around the frame; empty where not seen. */
struct df_absent_other {
  struct df_box now, soon, room; /* each lies inside the next */
};

/** What the decision depends on at one frame. */
struct df_absent_view {
  double t;       /* seconds */
  double away;    /* seconds since the person was last seen, INFINITY for never */
  bool this_shot; /* that was in this shot */
  bool returns;   /* the person is known to come back soon */
  bool anybody;   /* somebody has been seen by now */
  bool shown;     /* the seat has shown a picture before */
  struct df_absent_other other;
};

/** Where a seat's window stands. */
struct df_stand {
  enum df_window_state state;
  struct df_pose pose;
  bool placed; /* `pose` means something in this shot */
  bool jump;   /* it got there at once */
};

struct df_absent {
  enum df_absent_policy policy;
  double hold_seconds;
  double roomy_since; /* since when there is much more room than is used; < 0: there is not */
};

/** Where the window goes from `stand`, the frame before's. */
struct df_stand df_absent_next(struct df_absent *absent, const struct df_framing *framing,
    const struct df_stand *stand, const struct df_absent_view *view);

/** Whether a window shows something of that box. */
bool df_absent_touches(const struct df_framing *framing, struct df_pose pose, struct df_box box);

/** Whether the way between two places crosses the box more than the place it starts from does. */
bool df_absent_crosses(
    const struct df_framing *framing, struct df_pose from, struct df_pose to, struct df_box box);

#endif
