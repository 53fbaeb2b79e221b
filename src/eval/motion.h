/*
 * How the windows move: how smoothly, whether they rest when the face does, and whether they jump at cuts and
 * nowhere else. Pure. What is measured is said in docs/eval.md.
 */
#ifndef DF_EVAL_MOTION_H
#define DF_EVAL_MOTION_H

#include "eval/record.h"

enum { DF_SPREAD_LEVELS = 6 };
/** What frames are counted by, so that those of many videos can be summed up; growing. */
extern const double df_spread_levels[DF_SPREAD_LEVELS];

/** NAN in a number: there was nothing to measure it by. */
struct df_spread {
  size_t count;
  double mean, high;             /* `high`: 99 % are at most this */
  size_t over[DF_SPREAD_LEVELS]; /* how many are more than each level */
};

/** Both halves together. Motion is in output pixels, as if a frame lasted 1/30 second. */
struct df_motion {
  struct df_spread acceleration; /* pixels a frame^2 */
  struct df_spread jitter;       /* the part of it with which the window turns back */
  struct df_spread still;        /* pixels a frame while the face rests */
  size_t cuts;                   /* true cuts that ask a window to jump */
  size_t cuts_met;    /* of these: where every window that is asked to jumped on that frame */
  size_t false_jumps; /* jumps of a window where there is no cut */
  double seconds;     /* length of the video */
};

/** `tile_height`: output pixels of each half. 0 or DF_ENOMEM. */
int df_motion_measure(const struct df_record *record, const int tile_height[DF_SEATS],
    struct df_motion *ret_motion, struct df_error *err);

#endif
