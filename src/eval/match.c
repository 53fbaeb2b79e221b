#include "eval/match.h"

#include <math.h>
#include <stdlib.h>

static double larger(double a, double b)
{
  return a > b ? a : b;
}

static double smaller(double a, double b)
{
  return a < b ? a : b;
}

double df_match_iou(struct df_box a, struct df_box b)
{
  double ax = a.x, ay = a.y, aw = a.w, ah = a.h, bx = b.x, by = b.y, bw = b.w, bh = b.h;
  double w = smaller(ax + aw, bx + bw) - larger(ax, bx);
  double h = smaller(ay + ah, by + bh) - larger(ay, by);
  if (!(w > 0 && h > 0))
    return 0;
  return w * h / (aw * ah + bw * bh - w * h);
}

/* Marks those of one frame. `cost` has room for every pair of a frame. */
static int leave_out(struct df_record *record, const struct df_record_frame *frame,
    struct df_assignment *assignment, double *cost)
{
  int column_of[DF_TRUE_IDS_MAX];
  const struct df_true_face *truth = record->true_faces + frame->true_first;
  struct df_found_face *found = record->found_faces + frame->found_first;
  for (size_t r = 0; r < frame->true_count; r++)
    for (size_t c = 0; c < frame->found_count; c++) {
      double iou = df_match_iou(truth[r].box, found[c].box);
      cost[r * frame->found_count + c] = iou >= DF_MATCH_IOU ? -iou : (double)INFINITY;
    }
  int result =
      df_assignment_solve(assignment, cost, frame->true_count, frame->found_count, 0, column_of);
  for (size_t r = 0; r < frame->true_count && result == 0; r++)
    if (!truth[r].asked && column_of[r] >= 0)
      found[column_of[r]].left_out = true;
  return result;
}

int df_match_leave_out(struct df_record *record, struct df_error *err)
{
  struct df_assignment assignment = {0};
  double *cost = calloc((size_t)DF_TRUE_IDS_MAX * DF_FOUND_FACES_MAX, sizeof *cost);
  int result = cost ? 0 : DF_ENOMEM;
  for (size_t i = 0; i < record->frame_count && result == 0; i++)
    if (record->frames[i].true_count > 0 && record->frames[i].found_count > 0)
      result = leave_out(record, &record->frames[i], &assignment, cost);
  df_assignment_finish(&assignment);
  free(cost);
  return result < 0 ? df_fail(err, result, "out of memory") : 0;
}

void df_match_frame(const struct df_record *record, const struct df_record_frame *frame,
    struct df_frame_match *ret_match)
{
  const struct df_true_face *truth = record->true_faces + frame->true_first;
  const struct df_found_face *found = record->found_faces + frame->found_first;
  struct df_box boxes[DF_FOUND_FACES_MAX];
  ret_match->rows = ret_match->columns = 0;
  for (size_t i = 0; i < frame->found_count; i++)
    if (!found[i].left_out) {
      boxes[ret_match->columns] = found[i].box;
      ret_match->found_ids[ret_match->columns++] = found[i].id;
    }
  for (size_t i = 0; i < frame->true_count; i++)
    if (truth[i].asked) {
      double *row = ret_match->iou + ret_match->rows * ret_match->columns;
      for (size_t c = 0; c < ret_match->columns; c++)
        row[c] = df_match_iou(truth[i].box, boxes[c]);
      ret_match->true_ids[ret_match->rows++] = truth[i].id;
    }
}
