/* Which of the faces found in a frame could be which of the true ones: by how much they overlap. Pure. */
#ifndef DF_EVAL_MATCH_H
#define DF_EVAL_MATCH_H

#include "eval/record.h"
#include "track/assignment.h"

/** Boxes that overlap less are of different faces: intersection over union. */
#define DF_MATCH_IOU 0.5

/** The faces of one frame that count, and the overlap of each true one (row) with each found one. */
struct df_frame_match {
  size_t rows, columns;
  int true_ids[DF_TRUE_IDS_MAX], found_ids[DF_FOUND_FACES_MAX];
  double iou[DF_TRUE_IDS_MAX * DF_FOUND_FACES_MAX]; /* [row * columns + column], 0..1 */
};

/** Intersection over union, in double precision: others who compute it get the same. */
double df_match_iou(struct df_box a, struct df_box b);

/**
 * Marks the found faces that belong to true ones which are not asked for (hidden, photos): of the pairs
 * that overlap by DF_MATCH_IOU, those that together overlap most. 0 or DF_ENOMEM.
 */
int df_match_leave_out(struct df_record *record, struct df_error *err);

/** Gathers the true faces that are asked for and the found ones that are not left out. */
void df_match_frame(const struct df_record *record, const struct df_record_frame *frame,
    struct df_frame_match *ret_match);

#endif
