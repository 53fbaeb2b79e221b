/*
 * The camera operator: turns where two people's faces are into the window that each seat shows.
 *
 * Pure: no pixels, clock, threads or I/O. Frames are pushed in display order and come back, one direction
 * each and in the same order, when the future within the look-ahead is known. Same frames in, same
 * windows out, bit for bit. All coordinates are displayed pixels of the picture.
 *
 * A window keeps the face's height and headroom as set, and both faces in one size; stands still while the
 * face stays in the dead band; moves with bounded speed, acceleration and jerk along the way that is best
 * for all of the future that is known (path.h), and without a future as one who reacts; is re-framed at once on
 * the exact frame of a cut, and never leaves the picture. Where two people are close together each window gives
 * way, to a third of its width at most, so as not to cut the other's face. While a seat's person is not in the
 * picture the window does what the policy says, and never shows the other person's face: where holding or
 * going wide would, it takes the part of the picture without that face, or freezes. It freezes, too, while its
 * person is behind the other.
 */
#ifndef DF_CAMERA_DIRECTOR_H
#define DF_CAMERA_DIRECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/geometry.h"
#include "base/seat.h"

/** What a seat shows at a frame. */
enum df_window_state {
  DF_WINDOW_SEEN,         /* the person, seen in this frame */
  DF_WINDOW_INTERPOLATED, /* the person, missed in this frame but seen shortly before and after; or coming in */
  DF_WINDOW_HELD,         /* where the person was last seen */
  DF_WINDOW_WIDE,         /* as much of the picture as fits the tile */
  DF_WINDOW_FROZEN,  /* the picture of the last frame that was not frozen, by that frame's window */
  DF_WINDOW_BLACK,   /* nothing */
  DF_WINDOW_BLURRED, /* as wide, so blurred that nobody can be made out */
  DF_WINDOW_STATES
};
/** "seen", "interpolated", "held", "wide", "frozen", "black", "blurred". */
extern const char *const df_window_state_names[DF_WINDOW_STATES];

/** What to do while a person is not in the picture. */
enum df_absent_policy {
  DF_ABSENT_WIDE,   /* hold for hold_seconds, then glide to wide (the default) */
  DF_ABSENT_HOLD,   /* hold for as long as it takes */
  DF_ABSENT_FREEZE, /* hold for hold_seconds, then freeze the picture */
  DF_ABSENT_BLACK,  /* hold for hold_seconds, then black */
  DF_ABSENT_BLUR,   /* hold for hold_seconds, then the wide picture, blurred */
  DF_ABSENT_POLICIES
};
/** "wide", "hold", "freeze", "black", "blur-background". */
extern const char *const df_absent_policy_names[DF_ABSENT_POLICIES];

/** Whether both faces are shown in one size. */
enum df_match_size {
  DF_MATCH_SIZE_ON, /* where the one cannot have the size that is set, the other follows (the default) */
  DF_MATCH_SIZE_OFF,
  DF_MATCH_SIZES
};
/** "on", "off". */
extern const char *const df_match_size_names[DF_MATCH_SIZES];

/** Zero in a field takes the default in brackets, except where 0 is said to mean something. */
struct df_director_options {
  float picture_width, picture_height; /* displayed pixels */
  float aspect[DF_SEATS];              /* width / height of each seat's window */
  float
      fixed_height[DF_SEATS]; /* window height in pixels that never changes; 0: as the face needs */
  double lookahead;           /* seconds of future that are waited for; 0: none, low latency */
  int lookahead_frames;       /* and never more frames than this (0: no such bound) */
  float face_height;          /* height of the face box as a share of the window's height (0.32) */
  float headroom;  /* face box top below the window's top, as a share of its height (0.24) */
  float dead_band; /* how far, in shares of the window's height, a face wanders freely (0.03) */
  float max_zoom;  /* window pixels are magnified at most this much (6.0) */
  float tile_height[DF_SEATS]; /* output pixels, for max_zoom */
  enum df_match_size match_size;
  enum df_absent_policy absent;
  double hold_seconds; /* (2.0); below 0: none at all */
};

/** One frame as the director sees it. */
struct df_scene {
  int64_t n; /* frame number */
  double t;  /* seconds; grows from frame to frame, by any step */
  bool cut;  /* a new shot begins with this frame */
  bool seen[DF_SEATS];
  struct df_box face[DF_SEATS]; /* valid where seen */
  float turn[DF_SEATS];         /* of it, as df_gaze_turn (gaze.h) says; 0: not known */
  bool other_person[DF_SEATS];  /* with a cut: the seat is another person's from here on */
};

struct df_shot_window {
  struct df_box window; /* inside the picture, rounded to multiples of 1/64; zero when black */
  enum df_window_state state;
};

struct df_direction {
  int64_t n;
  struct df_shot_window seats[DF_SEATS];
};

struct df_director;

/** NULL when memory runs out. */
struct df_director *df_director_create(const struct df_director_options *options);
void df_director_destroy(struct df_director **director);

/** Adds the next frame. 0 or DF_ENOMEM. */
int df_director_push(struct df_director *director, const struct df_scene *scene);

/** Says that no more frames follow; what is held back may be popped. */
void df_director_finish(struct df_director *director);

/** Takes the oldest direction that is ready: 1 with one, 0 when more frames must be pushed first. */
int df_director_pop(struct df_director *director, struct df_direction *ret_direction);

#endif
