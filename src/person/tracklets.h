/*
 * Stretches of tracks in which nothing happened that can have changed who is tracked: a track is cut where it was
 * away, where it jumped, and where it met another one, there at the instant of the largest overlap. Of each is kept
 * what tells people apart (the mean of its looks) and where and how long it was. Internal to person/. Pure.
 *
 * Memory grows with the number of stretches, and by a few bytes for each second of one, not with frames.
 */
#ifndef DF_PERSON_TRACKLETS_H
#define DF_PERSON_TRACKLETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/embedding.h"
#include "base/geometry.h"
#include "person/identifier.h"
#include "person/liveliness.h"
#include "person/quality.h"

enum { DF_LIVE_TRACKS = 192 };

/** Seconds between two of a tracklet's places. */
#define DF_PLACE_STEP 0.25

struct df_tracklet {
  int track;
  long first, last;    /* frames, counted from 0 */
  double begins, ends; /* seconds */
  int shot;
  int before;          /* the tracklet of the same track that ended where this one begins, or -1 */
  struct df_life life;
  double dwell, presence, area_sum, score_sum; /* as in struct df_person; score by time */
  struct df_box box_first, box_last;
  /* Its looks: their sum by weight, NULL for none. */
  int dimensions;
  float *sum;
  double weight;
  int looks, fair_looks;
  float best_quality;
  /* x as a share of the width, one each DF_PLACE_STEP from cell `place_first` on. */
  float *places;
  size_t place_count, place_room;
  long place_first;
};

/** A track that goes on. */
struct df_live_track {
  int track; /* 0: free */
  bool visible;
  size_t face; /* valid where visible, and so are the next two */
  float quality;
  struct df_box box;
  double seen_at;
  bool in_contact;
  int partner;
  float peak; /* largest overlap of the present contact */
  struct df_liveliness liveliness;
  int closed;                    /* its newest tracklet that is kept, or -1 */
  struct df_tracklet head, tail; /* before the peak, from there on; first < 0: empty */
  /* When to look: set by who asks. */
  double ask_at, interval, hurry_at;
  float asked_quality;
};

struct df_tracklets {
  float picture_width, picture_height;
  struct df_live_track live[DF_LIVE_TRACKS];
  struct df_tracklet *kept;
  size_t count, room;
  long frame;
  double t, dt, frame_seconds;
  int shot;
  bool begun;
};

void df_tracklets_init(struct df_tracklets *tracklets, float width, float height, double fps);
void df_tracklets_finish(struct df_tracklets *tracklets);

/** Takes in the faces of the next frame. 0 or DF_ENOMEM. */
int df_tracklets_observe(struct df_tracklets *tracklets, double t, bool cut,
    const struct df_face *faces, const struct df_tracked *tracked, size_t count);

/** Takes in a look at a face of this frame. 0 or DF_ENOMEM. */
int df_tracklets_look(struct df_tracklets *tracklets, const struct df_answer *answer);

/** Of a track that was asked about in vain: the next frame does as well. */
void df_tracklets_ask_again(struct df_tracklets *tracklets, int track);

/** Ends every tracklet. 0 or DF_ENOMEM. */
int df_tracklets_end(struct df_tracklets *tracklets);

#endif
