/*
 * Stands in for pictures that damage took away: the one before is shown again, so that a video keeps its number of
 * pictures and whatever goes by it. A gap in time alone is no damage: only where some was counted shortly before is
 * one filled. Internal to media/; one thread.
 */
#ifndef DF_MEDIA_STAND_IN_H
#define DF_MEDIA_STAND_IN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "frame/picture.h"

struct df_stand_in {
  int64_t step;         /* a picture's usual duration, > 0; the caller sets it, and zeroes all else */
  int64_t damaged;      /* as last told */
  int alert;            /* pictures for which a gap still counts as damage */
  struct df_picture *last; /* the newest that was given out, or will be once `left` are */
  struct df_picture *held; /* came after a gap */
  int64_t from, to;     /* times at the gap's ends */
  int gap, left;        /* pictures that it lacks, and of these still to be given */
};

/** Takes the next picture, after all of df_stand_in_pop are out. `damaged`: how much damage was counted so far. */
void df_stand_in_push(struct df_stand_in *stand_in, struct df_picture *picture, int64_t damaged);
/** No more will come; the last one should have been at `pts`, INT64_MIN where that is not known. */
void df_stand_in_end(struct df_stand_in *stand_in, int64_t pts, int64_t damaged);

/** 1 with the next picture, the caller's; 0 when one has to be pushed first. DF_ENOMEM. */
int df_stand_in_pop(
    struct df_stand_in *stand_in, struct df_picture **ret_picture, struct df_error *err);

/** Drops what it holds. */
void df_stand_in_finish(struct df_stand_in *stand_in);

#endif
