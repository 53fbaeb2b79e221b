/*
 * A video as it is judged: frame by frame what is true of it, what was found, and what both halves show.
 * Plain arrays; who reads the files fills them (pipeline/comparison_read.h), who measures only reads them. All
 * coordinates are displayed pixels of the picture, and all boxes of faces lie in it.
 */
#ifndef DF_EVAL_RECORD_H
#define DF_EVAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/geometry.h"
#include "base/seat.h"
#include "camera/director.h"

enum {
  DF_TRUE_IDS_MAX = 64,    /* different faces that a truth may know */
  DF_FOUND_FACES_MAX = 32, /* faces found in one frame */
  DF_NO_ID = -1,
};

/** A face of the truth in one frame. */
struct df_true_face {
  int id;     /* from 0; whose it is */
  bool asked; /* can be seen, and should be found; otherwise only its place is known */
  struct df_box box;
};

/** A face that was found in one frame. */
struct df_found_face {
  int id; /* from 0; who it was taken for */
  bool
      left_out; /* belongs to a true face that is not asked for: neither right nor wrong (match.h) */
  struct df_box box;
};

/** What a half shows at one frame. */
struct df_half {
  bool seen; /* `face` is valid: where its person was found */
  struct df_box face, window;
  enum df_window_state state;
};

struct df_record_frame {
  double t;                        /* seconds from the first frame */
  bool cut;                        /* truly a new shot begins here */
  size_t true_first, true_count;   /* its faces in df_record.true_faces; each id at most once */
  size_t found_first, found_count; /* and in df_record.found_faces */
  struct df_half halves[DF_SEATS];
};

/** Zero-initialise; released by df_record_finish. */
struct df_record {
  int width, height;          /* of the picture */
  int seat_id[DF_SEATS];      /* whose half it truly is; DF_NO_ID: nobody's */
  size_t true_ids, found_ids; /* ids are below these */
  struct df_record_frame *frames;
  struct df_true_face *true_faces;
  struct df_found_face *found_faces;
  size_t frame_count, true_count, found_count;
  size_t frame_room, true_room, found_room;
};

/** Appends a copy; the frame's ranges become those of the faces appended since the frame before. 0, DF_ENOMEM. */
int df_record_add_frame(
    struct df_record *record, const struct df_record_frame *frame, struct df_error *err);
/** Appends a face of the frame that is added next. */
int df_record_add_true(
    struct df_record *record, const struct df_true_face *face, struct df_error *err);
int df_record_add_found(
    struct df_record *record, const struct df_found_face *face, struct df_error *err);

void df_record_finish(struct df_record *record);

/** The face of `id` in a frame, borrowed; NULL when the truth has none there. */
const struct df_true_face *df_record_face(
    const struct df_record *record, const struct df_record_frame *frame, int id);

#endif
