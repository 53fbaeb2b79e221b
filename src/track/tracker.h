/*
 * Links detections of consecutive frames into tracks by motion alone: ByteTrack (Zhang et al.,
 * "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV 2022).
 *
 * Pure: no pixels, clock, threads or I/O. Same faces in, same tracks out, bit for bit. A track's id is
 * never used twice by one tracker.
 */
#ifndef DF_TRACK_TRACKER_H
#define DF_TRACK_TRACKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/geometry.h"

struct df_tracker;

/** Zero in a field takes the default in brackets. */
struct df_tracker_options {
  float high_score;     /* detections at or above go through the first association (0.6) */
  float low_score;      /* detections between this and high_score through the second (0.1) */
  float new_score;      /* an unmatched detection must reach this to begin a track (0.7) */
  float match_first;    /* largest 1-IoU cost accepted in the first association (0.8) */
  float match_second;   /* in the second (0.5) */
  float match_new;      /* for tracks seen in one frame only (0.7) */
  int lost_frames;      /* frames that a lost track is remembered (30) */
  bool confirm_at_once; /* a new track is reported from its first frame, not from its second */
};

/** What happened to one detection of this frame. */
struct df_tracked {
  int track;     /* > 0, or 0 for a detection that belongs to no track (yet) */
  bool born;     /* the track is reported for the first time */
  bool returned; /* it was lost in the frame before */
  int age;       /* frames since its birth */
};

/** NULL when memory runs out. `options` may be NULL. Copies what it needs. */
struct df_tracker *df_tracker_create(const struct df_tracker_options *options);
void df_tracker_destroy(struct df_tracker **tracker);

/**
 * Takes the `count` faces of the next frame and says for each which track it belongs to, in
 * ret_tracked[0..count). Faces below low_score are ignored (track 0). Every call is one frame.
 *
 * Returns 0 or DF_ENOMEM, after which the tracker can only be destroyed.
 */
int df_tracker_update(struct df_tracker *tracker, const struct df_face *faces, size_t count,
    struct df_tracked *ret_tracked);

/** Forgets all motion at a cut: every track ends, ids go on counting. */
void df_tracker_cut(struct df_tracker *tracker);

#endif
