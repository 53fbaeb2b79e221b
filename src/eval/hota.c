/* HOTA, of which the other half is how well ids are kept; see identity.h. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "eval/identity.h"
#include "eval/match.h"

enum { OVERLAPS = 19 };

/* A true and a found face of one frame that were taken for each other. */
struct pair {
  size_t at; /* true id * found ids + found id */
  double iou;
};

struct work {
  const struct df_record *record;
  struct df_assignment assignment;
  struct df_frame_match match;
  double cost[DF_TRUE_IDS_MAX * DF_FOUND_FACES_MAX];
  size_t true_faces, found_faces;
  double *aligned;            /* [true id * found ids + found id] */
  size_t *true_of, *found_of; /* faces of each id */
  size_t *common;             /* as `aligned`: pairs, at the overlap that is looked at */
  struct pair *pairs;
  size_t pair_count;
};

/* How much each pair overlaps, as a share of all that the two overlap in this frame. */
static void add_alignment(struct work *w)
{
  const struct df_frame_match *m = &w->match;
  double row_sum[DF_TRUE_IDS_MAX] = {0}, column_sum[DF_FOUND_FACES_MAX] = {0};
  for (size_t r = 0; r < m->rows; r++)
    for (size_t c = 0; c < m->columns; c++) {
      row_sum[r] += m->iou[r * m->columns + c];
      column_sum[c] += m->iou[r * m->columns + c];
    }
  for (size_t r = 0; r < m->rows; r++)
    for (size_t c = 0; c < m->columns; c++) {
      double iou = m->iou[r * m->columns + c], whole = row_sum[r] + column_sum[c] - iou;
      if (whole > DBL_EPSILON)
        w->aligned[(size_t)m->true_ids[r] * w->record->found_ids + (size_t)m->found_ids[c]] +=
            iou / whole;
    }
}

static void count_frames(struct work *w)
{
  for (size_t i = 0; i < w->record->frame_count; i++) {
    const struct df_frame_match *m = &w->match;
    df_match_frame(w->record, &w->record->frames[i], &w->match);
    for (size_t r = 0; r < m->rows; r++)
      w->true_of[m->true_ids[r]]++;
    for (size_t c = 0; c < m->columns; c++)
      w->found_of[m->found_ids[c]]++;
    w->true_faces += m->rows;
    w->found_faces += m->columns;
    add_alignment(w);
  }
  for (size_t t = 0; t < w->record->true_ids; t++)
    for (size_t f = 0; f < w->record->found_ids; f++) {
      double *aligned = &w->aligned[t * w->record->found_ids + f];
      if (*aligned > 0)
        *aligned /= (double)(w->true_of[t] + w->found_of[f]) - *aligned;
    }
}

/* Pairs the faces of one frame so that overlap and alignment of ids are best together. */
static int pair_faces(struct work *w)
{
  const struct df_frame_match *m = &w->match;
  int column_of[DF_TRUE_IDS_MAX];
  for (size_t r = 0; r < m->rows; r++)
    for (size_t c = 0; c < m->columns; c++) {
      size_t at = (size_t)m->true_ids[r] * w->record->found_ids + (size_t)m->found_ids[c];
      w->cost[r * m->columns + c] = -w->aligned[at] * m->iou[r * m->columns + c];
    }
  int result = df_assignment_solve(&w->assignment, w->cost, m->rows, m->columns, 0, column_of);
  for (size_t r = 0; r < m->rows && result == 0; r++) {
    if (column_of[r] < 0)
      continue;
    size_t c = (size_t)column_of[r];
    w->pairs[w->pair_count++] =
        (struct pair){(size_t)m->true_ids[r] * w->record->found_ids + (size_t)m->found_ids[c],
            m->iou[r * m->columns + c]};
  }
  return result;
}

/* Adds what it comes to when pairs must overlap by `least`. */
static void judge(struct work *w, double least, struct df_hota *sum)
{
  size_t ids = w->record->true_ids * w->record->found_ids, matched = 0;
  for (size_t i = 0; i < ids; i++)
    w->common[i] = 0;
  for (size_t i = 0; i < w->pair_count; i++)
    if (w->pairs[i].iou >= least - DBL_EPSILON) {
      w->common[w->pairs[i].at]++;
      matched++;
    }
  double association = 0;
  for (size_t t = 0; t < w->record->true_ids; t++)
    for (size_t f = 0; f < w->record->found_ids; f++) {
      size_t common = w->common[t * w->record->found_ids + f];
      if (common > 0)
        association +=
            (double)common * (double)common / (double)(w->true_of[t] + w->found_of[f] - common);
    }
  double detection = (double)matched / (double)(w->true_faces + w->found_faces - matched);
  association /= matched > 0 ? (double)matched : 1;
  sum->detection += detection;
  sum->association += association;
  sum->hota += sqrt(detection * association);
}

static int measure(struct work *w, struct df_hota *hota)
{
  count_frames(w);
  if (w->true_faces + w->found_faces == 0) {
    *hota = (struct df_hota){NAN, NAN, NAN};
    return 0;
  }
  int result = 0;
  for (size_t i = 0; i < w->record->frame_count && result == 0; i++) {
    df_match_frame(w->record, &w->record->frames[i], &w->match);
    if (w->match.rows > 0 && w->match.columns > 0)
      result = pair_faces(w);
  }
  for (int i = 0; i < OVERLAPS && result == 0; i++)
    judge(w, 0.05 + i * 0.05, hota);
  hota->hota /= OVERLAPS;
  hota->detection /= OVERLAPS;
  hota->association /= OVERLAPS;
  return result;
}

static bool make_room(struct work *w)
{
  const struct df_record *record = w->record;
  size_t ids = record->true_ids * record->found_ids + 1;
  w->aligned = calloc(ids, sizeof *w->aligned);
  w->common = calloc(ids, sizeof *w->common);
  w->true_of = calloc(record->true_ids + 1, sizeof *w->true_of);
  w->found_of = calloc(record->found_ids + 1, sizeof *w->found_of);
  w->pairs = calloc(record->found_count + 1, sizeof *w->pairs);
  return w->aligned && w->common && w->true_of && w->found_of && w->pairs;
}

int df_hota_measure(const struct df_record *record, struct df_hota *ret_hota, struct df_error *err)
{
  struct df_hota hota = {0};
  struct work *w = calloc(1, sizeof *w);
  int result = DF_ENOMEM;
  if (w) {
    w->record = record;
    if (make_room(w))
      result = measure(w, &hota);
    df_assignment_finish(&w->assignment);
    free(w->aligned);
    free(w->common);
    free(w->true_of);
    free(w->found_of);
    free(w->pairs);
  }
  free(w);
  if (result < 0)
    return df_fail(err, result, "out of memory");
  *ret_hota = hota;
  return 0;
}
