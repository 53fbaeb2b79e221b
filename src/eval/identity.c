#include "eval/identity.h"

#include <math.h>
#include <stdlib.h>

#include "eval/match.h"

struct work {
  const struct df_record *record;
  struct df_assignment assignment;
  struct df_frame_match match;
  double cost[DF_TRUE_IDS_MAX * DF_FOUND_FACES_MAX];
  double *common; /* [true id * found ids + found id]: minus the frames in which they overlap */
  int last[DF_TRUE_IDS_MAX]; /* the found id that a true face was last paired with, or DF_NO_ID */
};

static void count_common(struct work *w)
{
  const struct df_frame_match *m = &w->match;
  for (size_t r = 0; r < m->rows; r++)
    for (size_t c = 0; c < m->columns; c++)
      if (m->iou[r * m->columns + c] >= DF_MATCH_IOU)
        w->common[(size_t)m->true_ids[r] * w->record->found_ids + (size_t)m->found_ids[c]] -= 1;
}

/* Pairs that were pairs before and still overlap stay so. Takes them out of what is to be paired. */
static void keep_pairs(struct work *w)
{
  const struct df_frame_match *m = &w->match;
  bool taken[DF_FOUND_FACES_MAX] = {false};
  for (size_t i = 0; i < m->rows * m->columns; i++)
    w->cost[i] = m->iou[i] >= DF_MATCH_IOU ? 1 - m->iou[i] : (double)INFINITY;
  for (size_t r = 0; r < m->rows; r++) {
    size_t c = 0;
    while (c < m->columns && (taken[c] || m->found_ids[c] != w->last[m->true_ids[r]]))
      c++;
    if (c == m->columns || m->iou[r * m->columns + c] < DF_MATCH_IOU)
      continue;
    taken[c] = true;
    for (size_t i = 0; i < m->columns; i++)
      w->cost[r * m->columns + i] = (double)INFINITY;
    for (size_t i = 0; i < m->rows; i++)
      w->cost[i * m->columns + c] = (double)INFINITY;
  }
}

/* Pairs the faces of one frame and counts who is paired with somebody new. */
static int count_switches(struct work *w, long long *switches)
{
  /* As many pairs as can be, the nearest ones among those: no distance comes near the limit. */
  enum { EVERY_PAIR = 1000 };
  const struct df_frame_match *m = &w->match;
  int column_of[DF_TRUE_IDS_MAX];
  keep_pairs(w);
  int result =
      df_assignment_solve(&w->assignment, w->cost, m->rows, m->columns, EVERY_PAIR, column_of);
  for (size_t r = 0; r < m->rows && result == 0; r++) {
    int *last = &w->last[m->true_ids[r]];
    if (column_of[r] < 0)
      continue;
    int found = m->found_ids[column_of[r]];
    *switches += *last != DF_NO_ID && *last != found;
    *last = found;
  }
  return result;
}

/* The pairing of all true with all found ids that has the most frames in common. */
static int pair_identities(struct work *w, size_t *matched)
{
  int column_of[DF_TRUE_IDS_MAX];
  const struct df_record *record = w->record;
  int result = df_assignment_solve(
      &w->assignment, w->common, record->true_ids, record->found_ids, 0, column_of);
  for (size_t r = 0; r < record->true_ids && result == 0; r++)
    if (column_of[r] >= 0)
      *matched += (size_t)-w->common[r * record->found_ids + (size_t)column_of[r]];
  return result;
}

static int measure(struct work *w, struct df_identity_score *identity)
{
  int result = 0;
  for (size_t i = 0; i < w->record->frame_count && result == 0; i++) {
    df_match_frame(w->record, &w->record->frames[i], &w->match);
    identity->true_faces += w->match.rows;
    identity->found_faces += w->match.columns;
    if (w->match.rows == 0 || w->match.columns == 0)
      continue;
    count_common(w);
    result = count_switches(w, &identity->switches);
  }
  if (result == 0 && w->record->true_ids > 0 && w->record->found_ids > 0)
    result = pair_identities(w, &identity->matched);
  size_t faces = identity->true_faces + identity->found_faces;
  identity->idf1 = faces > 0 ? 2 * (double)identity->matched / (double)faces : (double)NAN;
  return result;
}

int df_identity_measure(
    const struct df_record *record, struct df_identity_score *ret_identity, struct df_error *err)
{
  struct df_identity_score identity = {0};
  struct work *w = calloc(1, sizeof *w);
  double *common = calloc(record->true_ids * record->found_ids + 1, sizeof *common);
  int result = DF_ENOMEM;
  if (w && common) {
    w->record = record;
    w->common = common;
    for (int i = 0; i < DF_TRUE_IDS_MAX; i++)
      w->last[i] = DF_NO_ID;
    result = measure(w, &identity);
    df_assignment_finish(&w->assignment);
  }
  free(common);
  free(w);
  if (result < 0)
    return df_fail(err, result, "out of memory");
  *ret_identity = identity;
  return 0;
}
