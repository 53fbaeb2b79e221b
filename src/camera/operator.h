/*
 * One seat's camera operator: decides frame by frame where its window is wanted (plan), then, when
 * more of the future is planned, what is shown (show).
 *
 * Plans go into the timeline and are made once, in order. A face that is missed for up to a second
 * between two sightings, or for half a second when it is not known whether it comes back, is
 * bridged: the window stays with it. Longer absences are absent.h's. A person who comes back is
 * awaited: where the look-ahead shows the return in time and the place is less than a window's
 * width away, the window glides there before; without, it goes on from where it stands if the face
 * lies in its safe area; else it jumps on the frame of the return, since a long drag over the
 * picture looks worse, or a moment before where the person comes in at the picture's edge, since a
 * face is found only when most of it can be seen. A face that jumps further than three quarters of a
 * window between two frames of a shot takes the window along with it. While the person is behind the
 * other, as far as can be told from where the one is missed and the other seen, the last picture
 * before that is shown; its way goes on under it.
 */
#ifndef DF_CAMERA_OPERATOR_H
#define DF_CAMERA_OPERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "camera/absent.h"
#include "camera/director.h"
#include "camera/follow.h"
#include "camera/framing.h"
#include "camera/path.h"
#include "camera/timeline.h"

struct df_operator {
  enum df_seat seat;
  struct df_framing framing;
  struct df_follower follower;
  struct df_absent absent;
  float dead_band;
  double await;          /* seconds by which a window may be early at a returning person's place */
  struct df_stand stand; /* of the newest planned frame */
  bool following;        /* the follower frames the person in this shot */
  bool with_other;       /* the other's face was in the window when the person was last seen */
  bool awaiting;         /* the stand is where the person will return, by `follower` */
  bool ever_seen, seen_in_shot, ever_shown;
  double last_seen;
  float face_height; /* newest, by its median */
  /* How large the face is shown, in shares of the size that is set (newest in this shot; 0: not seen yet), and
   * how large it is to be for the other's sake. */
  float size, match;
  int looks; /* the person: -1 to the left, 1 to the right, 0 ahead */
  struct df_path path;
  struct df_box last_window; /* of the newest shown frame that was neither frozen nor black */
};

/** `lookahead`: seconds of future that are there when a frame is planned and shown, together. */
void df_operator_init(struct df_operator *op, const struct df_director_options *options,
    enum df_seat seat, double lookahead);
void df_operator_finish(struct df_operator *op);

/** Makes room for so many moments over so many seconds in hand. 0 or DF_ENOMEM. */
int df_operator_reserve(struct df_operator *op, size_t moments, double seconds);

/** Measures the face at the frame, before it is planned: the height of window that it asks for. */
void df_operator_measure(struct df_operator *op, const struct df_shot *shot);

/** Where a face cannot be as large or as small as set, the other one is shown in its size. After both are
 * measured. */
void df_operator_match(struct df_operator *left, struct df_operator *right);

/** Plans the shot's frame: fills its path point and plan. `anybody`: some face was seen up to
 * it. */
void df_operator_plan(
    struct df_operator *op, struct df_timeline *timeline, const struct df_shot *shot, bool anybody);

/**
 * Moves the planned window away from the other's face (df_framing_part) where both people are there; by the
 * places that both windows follow, so that it is as steady as they are. After both seats are planned.
 */
void df_operator_part(struct df_operator *op, const struct df_operator *other,
    struct df_timeline *timeline, const struct df_shot *shot);

/** Where the face came to rest at this frame, its place is that of the moments before, too. After parting. */
void df_operator_settle(
    struct df_operator *op, struct df_timeline *timeline, const struct df_shot *shot);

/**
 * What is shown at a frame, given points planned up to `planned` (exclusive) and the sightings up to the
 * shot's end, which is a cut or the end of all when `whole`. In order, once a frame. In show.c.
 */
struct df_shot_window df_operator_show(struct df_operator *op, struct df_timeline *timeline,
    const struct df_shot *shot, size_t planned, bool whole);

/** Whether a face that is in these places in two neighbouring frames goes further than anybody does. */
bool df_operator_jumps(const struct df_operator *op, struct df_box from, struct df_box to);

static inline enum df_seat df_operator_other(const struct df_operator *op)
{
  return op->seat == DF_LEFT ? DF_RIGHT : DF_LEFT;
}

static inline float df_operator_width(const struct df_operator *op, struct df_pose pose)
{
  return pose.h * op->framing.aspect;
}

#endif
