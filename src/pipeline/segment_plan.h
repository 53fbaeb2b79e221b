/*
 * Where segments are made side by side: gathers what is to be shown of each picture, as it is decided, into plans,
 * one a segment, each with all that who makes the segment must know of what goes before and after it. Pure: no
 * pixels, clock, threads or I/O; the same decisions give the same plans.
 */
#ifndef DF_PIPELINE_SEGMENT_PLAN_H
#define DF_PIPELINE_SEGMENT_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/seat.h"
#include "camera/director.h"
#include "pipeline/journal.h"

/** A picture by its number and time. */
struct df_place {
  int64_t n, pts; /* n -1: none */
};

/** A picture and what is to be shown of it. */
struct df_planned {
  struct df_place place;
  float difference; /* from the picture before: what it must look like */
  struct df_shot_window shots[DF_SEATS];
};

/** What a seat goes on showing while it is frozen. */
struct df_still {
  struct df_place place, entry; /* entry: where decoding begins to come to it */
  struct df_box window;
};

/** How a segment is to be made. */
struct df_segment_plan {
  struct df_segment segment;       /* as the journal will have it, but for the size of its file */
  int64_t before[DF_SEGMENT_TAIL]; /* times of the last pictures before it, the newest last */
  int64_t before_count;            /* how many these are */
  int64_t after; /* time of the first picture behind it, where it is not the last */
  struct df_still stills[DF_SEATS]; /* what was shown last before the segment */
  struct df_planned *pictures;      /* those that are decoded, the first `lead` only to warm up */
  size_t lead, count, capacity;
};

/** For queues; accepts NULL. */
void df_segment_plan_free(void *plan);

struct df_segment_planner;

/** Decoding is to begin `warm_up` (units of pts) before a segment. NULL when memory runs out. */
struct df_segment_planner *df_segment_planner_create(int64_t warm_up);
/** Accepts NULL, sets *planner to NULL. */
void df_segment_planner_destroy(struct df_segment_planner **planner);

/**
 * Adds the next picture of the video, which is in the segment `index`. Where that is another one than before, gives
 * the plan of the one before, the caller's, in *ret_plan: 1. Else 0, or DF_ENOMEM.
 */
int df_segment_planner_push(struct df_segment_planner *planner, const struct df_planned *picture,
    int64_t index, struct df_segment_plan **ret_plan);

/** Says that the video has ended; gives the last plan likewise, NULL when there was no picture. */
struct df_segment_plan *df_segment_planner_end(struct df_segment_planner *planner);

#endif
