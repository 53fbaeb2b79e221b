/*
 * The way of a seat's window from jump to jump: still where what it is to show is still, and else as a
 * camera moves on a fluid head. It is found by spline.h over all of the future that is known, the
 * height first, as the slowest, then x and y for windows of that height.
 *
 * Where a wanted place rests, the very same number for a while, the way rests at it too, exactly: its
 * coefficients there are given, and what lies between two rests is what is found. Around each place
 * there is some room in which it matters little where in it the window is; a face is to be in the
 * safe area and the window in the picture.
 *
 * What was decided stays: each step's way goes on from the last one's with its speed and
 * acceleration. Pure.
 */
#ifndef DF_CAMERA_PATH_H
#define DF_CAMERA_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "camera/framing.h"
#include "camera/spline.h"

enum { DF_PATH_AXES = 3 };

/** Seconds of look-ahead from which on there is time to begin early and go slowly. */
enum { DF_LONG_LOOKAHEAD = 4 };

/** Where the window is wanted at one frame. */
struct df_path_point {
  double t; /* seconds, growing */
  struct df_pose pose;
  bool jump; /* the window goes there at once: nothing before counts */
};

/** What is to be shown at one frame of a run, beside its point. */
struct df_path_wish {
  double t;
  struct df_pose pose;
  bool followed;      /* `face` is to be kept in the safe area; else it is to be kept out */
  struct df_box face; /* displayed pixels; may be empty where it is not followed */
};

/** The next place that a way comes to rest at, and when. */
struct df_path_rest {
  bool set;
  double level, due;
};

/** How fast a window goes from rest to rest, by how much of the future is known. */
struct df_path_pace {
  double haste;    /* of the bounds: 1; more where little of the future is known */
  double strength; /* of the bound of acceleration: what a way from rest to rest takes */
  double settling; /* most seconds from the edge of a rest to where the window rests, too */
  double way;      /* most seconds to a place of rest, however far */
};

/** A way in the making. Zero-initialise; df_path_finish releases. */
struct df_path {
  struct df_spline_knots knots;
  struct df_path_pace pace;
  size_t decided; /* coefficients that stay */
  struct df_path_rest rests[DF_PATH_AXES];
  double *coefficients[DF_PATH_AXES];
  bool *fixed[DF_PATH_AXES];
  size_t capacity;
  struct df_path_wish *wishes; /* for the caller to fill before df_path_extend */
  struct df_spline_wish *axis;
  size_t wish_capacity;
  struct df_spline_work work;
};

/** Makes room for so many wishes and for ways over so many seconds. 0 or DF_ENOMEM. */
int df_path_reserve(struct df_path *path, size_t wishes, double seconds);
void df_path_finish(struct df_path *path);

/** Sets how a window moves for whose frames so many seconds of future are known. */
void df_path_set_lookahead(struct df_path *path, double seconds);

/** Begins a run at `t`; nothing is decided. */
void df_path_begin(struct df_path *path, double t);

/** After df_path_begin: decides that the way begins at rest at that place. */
void df_path_begin_at(struct df_path *path, struct df_pose pose);

/** Whether the way is decided at `t`. */
bool df_path_reaches(const struct df_path *path, double t);

/**
 * Decides more of the way, at least so that it reaches `t`; all of it when `whole`: no wish follows in
 * this run. The first `count` of path->wishes begin at the run's begin or a second before `t`, and
 * between `t` and the last lie at most the seconds that are reserved.
 */
void df_path_extend(
    struct df_path *path, const struct df_framing *framing, size_t count, double t, bool whole);

/** The window at a time that the way reaches. */
struct df_pose df_path_at(const struct df_path *path, double t);

#endif
