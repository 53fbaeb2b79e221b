/*
 * ByteTrack: tracks are predicted, then paired with the sure detections, then those that were seen in the
 * frame before with the doubtful ones; what is left of the sure detections begins new tracks.
 *
 * Knows nothing of identity: two tracks that meet may come out exchanged, which person/ finds out.
 * Faces come in from the detector's stage, ids go out beside them.
 */
#include "track/tracker.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "track/assignment.h"
#include "track/kalman.h"

enum state {
  TENTATIVE, /* seen in one frame, reported to nobody */
  TRACKED,   /* seen in the frame before */
  LOST,
  REMOVED
};

struct track {
  int id;
  enum state state;
  struct df_kalman kalman;
  long first_frame, last_frame; /* of those it was seen in; frames count from 1 */
  long reported_frame;          /* the last in which it was reported, 0 never */
};

struct df_tracker {
  struct df_tracker_options options;
  struct track *tracks; /* oldest first */
  size_t count, room;
  long frame;
  bool fresh; /* nothing is known of the motion: the first frame of all or after a cut */
  int next_id;
  struct df_assignment assignment;
  /* Of this frame: which track each face was given to, and room for one association. */
  int *track_of; /* index into tracks or -1 */
  size_t *rows, *columns;
  double *cost;
  int *column_of;
  size_t face_room, row_room, cost_room;
};

/* Two tracks that overlap more than this are one. */
static const double duplicate_cost = 0.15;

static void set_default(float *value, float fallback)
{
  if (*value == 0)
    *value = fallback;
}

struct df_tracker *df_tracker_create(const struct df_tracker_options *options)
{
  struct df_tracker *tracker = calloc(1, sizeof *tracker);
  if (!tracker)
    return NULL;
  if (options)
    tracker->options = *options;
  struct df_tracker_options *o = &tracker->options;
  set_default(&o->high_score, 0.6f);
  set_default(&o->low_score, 0.1f);
  set_default(&o->new_score, 0.7f);
  set_default(&o->match_first, 0.8f);
  set_default(&o->match_second, 0.5f);
  set_default(&o->match_new, 0.7f);
  if (o->lost_frames == 0)
    o->lost_frames = 30;
  tracker->next_id = 1;
  tracker->fresh = true;
  return tracker;
}

void df_tracker_destroy(struct df_tracker **tracker_ptr)
{
  struct df_tracker *tracker = *tracker_ptr;
  if (!tracker)
    return;
  df_assignment_finish(&tracker->assignment);
  free(tracker->tracks);
  free(tracker->track_of);
  free(tracker->rows);
  free(tracker->columns);
  free(tracker->cost);
  free(tracker->column_of);
  free(tracker);
  *tracker_ptr = NULL;
}

static bool grow(void *array_ptr, size_t count, size_t size)
{
  void **array = array_ptr;
  void *bigger = realloc(*array, count * size);
  if (bigger)
    *array = bigger;
  return bigger != NULL;
}

/* Makes room for all that a frame with `faces` faces may need, before anything is changed. */
static int reserve(struct df_tracker *tracker, size_t faces)
{
  size_t tracks = tracker->count + faces;
  if (tracks > tracker->room) {
    size_t room = tracks * 2;
    if (!grow(&tracker->tracks, room, sizeof *tracker->tracks) ||
        !grow(&tracker->rows, room, sizeof *tracker->rows) ||
        !grow(&tracker->column_of, room, sizeof *tracker->column_of))
      return DF_ENOMEM;
    tracker->room = room;
  }
  if (faces > tracker->face_room) {
    if (!grow(&tracker->track_of, faces, sizeof *tracker->track_of) ||
        !grow(&tracker->columns, faces, sizeof *tracker->columns))
      return DF_ENOMEM;
    tracker->face_room = faces;
  }
  if (tracks * faces > tracker->cost_room) {
    if (!grow(&tracker->cost, tracks * faces, sizeof *tracker->cost))
      return DF_ENOMEM;
    tracker->cost_room = tracks * faces;
  }
  return 0;
}

static bool is_usable(const struct df_face *face)
{
  struct df_box b = face->box;
  return isfinite(b.x) && isfinite(b.y) && isfinite(b.w) && isfinite(b.h) &&
         isfinite(face->score) && !df_box_empty(b);
}

/* Overlap in double: boxes of any finite size must neither overflow nor be thought equal. */
static double distance(struct df_box a, struct df_box b)
{
  double x0 = fmax(a.x, b.x), x1 = fmin((double)a.x + a.w, (double)b.x + b.w);
  double y0 = fmax(a.y, b.y), y1 = fmin((double)a.y + a.h, (double)b.y + b.h);
  if (!(x1 > x0 && y1 > y0))
    return 1;
  double common = (x1 - x0) * (y1 - y0);
  return 1 - common / ((double)a.w * a.h + (double)b.w * b.h - common);
}

static void see(struct df_tracker *tracker, size_t index, const struct df_face *faces, size_t face)
{
  struct track *track = &tracker->tracks[index];
  df_kalman_update(&track->kalman, faces[face].box);
  track->state = TRACKED;
  track->last_frame = tracker->frame;
  tracker->track_of[face] = (int)index;
}

/*
 * Pairs the tracks in rows[0..row_count) with the faces that are still free and score within
 * [least, below), and lets them be seen.
 */
static int associate(struct df_tracker *tracker, const struct df_face *faces, size_t count,
    size_t row_count, float least, float below, float limit)
{
  size_t columns = 0;
  for (size_t i = 0; i < count; i++)
    if (tracker->track_of[i] < 0 && is_usable(&faces[i]) && faces[i].score >= least &&
        faces[i].score < below)
      tracker->columns[columns++] = i;
  for (size_t r = 0; r < row_count; r++) {
    struct df_box predicted = df_kalman_box(&tracker->tracks[tracker->rows[r]].kalman);
    for (size_t c = 0; c < columns; c++)
      tracker->cost[r * columns + c] = distance(predicted, faces[tracker->columns[c]].box);
  }
  int result = df_assignment_solve(
      &tracker->assignment, tracker->cost, row_count, columns, limit, tracker->column_of);
  if (result < 0)
    return result;
  for (size_t r = 0; r < row_count; r++)
    if (tracker->column_of[r] >= 0)
      see(tracker, tracker->rows[r], faces, tracker->columns[tracker->column_of[r]]);
  return 0;
}

/* Lists in tracker->rows the tracks that are in `state` and were not seen in this frame. */
static size_t list(struct df_tracker *tracker, size_t found, enum state state)
{
  for (size_t i = 0; i < tracker->count; i++)
    if (tracker->tracks[i].state == state && tracker->tracks[i].last_frame < tracker->frame)
      tracker->rows[found++] = i;
  return found;
}

static void predict(struct df_tracker *tracker)
{
  for (size_t i = 0; i < tracker->count; i++) {
    struct track *track = &tracker->tracks[i];
    if (track->state == LOST)
      df_kalman_hold_size(&track->kalman);
    if (track->state != TENTATIVE)
      df_kalman_predict(&track->kalman);
  }
}

static int associate_all(struct df_tracker *tracker, const struct df_face *faces, size_t count)
{
  const struct df_tracker_options *o = &tracker->options;
  size_t rows = list(tracker, list(tracker, 0, TRACKED), LOST);
  int result = associate(tracker, faces, count, rows, o->high_score, INFINITY, o->match_first);
  if (result < 0)
    return result;
  rows = list(tracker, 0, TRACKED);
  result = associate(tracker, faces, count, rows, o->low_score, o->high_score, o->match_second);
  if (result < 0)
    return result;
  rows = list(tracker, 0, TENTATIVE);
  return associate(tracker, faces, count, rows, o->high_score, INFINITY, o->match_new);
}

static void begin_tracks(struct df_tracker *tracker, const struct df_face *faces, size_t count)
{
  const struct df_tracker_options *o = &tracker->options;
  bool confirmed = o->confirm_at_once || tracker->fresh;
  float least = o->new_score > o->high_score ? o->new_score : o->high_score;
  for (size_t i = 0; i < count; i++) {
    if (tracker->track_of[i] >= 0 || !is_usable(&faces[i]) || faces[i].score < least)
      continue;
    struct track *track = &tracker->tracks[tracker->count];
    *track = (struct track){.id = tracker->next_id++,
        .state = confirmed ? TRACKED : TENTATIVE,
        .first_frame = tracker->frame,
        .last_frame = tracker->frame};
    df_kalman_init(&track->kalman, faces[i].box);
    tracker->track_of[i] = (int)tracker->count++;
  }
}

static void age_unseen(struct df_tracker *tracker)
{
  for (size_t i = 0; i < tracker->count; i++) {
    struct track *track = &tracker->tracks[i];
    if (track->last_frame == tracker->frame)
      continue;
    if (track->state == TENTATIVE ||
        tracker->frame - track->last_frame > tracker->options.lost_frames)
      track->state = REMOVED;
    else
      track->state = LOST;
  }
}

/* The face of a track that is removed as a duplicate goes on as the other's, which has come back. */
static void take_over(struct df_tracker *tracker, size_t from, size_t to, size_t face_count)
{
  for (size_t i = 0; i < face_count; i++)
    if (tracker->track_of[i] == (int)from)
      tracker->track_of[i] = (int)to;
  tracker->tracks[to].kalman = tracker->tracks[from].kalman;
  tracker->tracks[to].last_frame = tracker->frame;
  tracker->tracks[to].state = TRACKED;
  tracker->tracks[from].state = REMOVED;
}

/* A lost track under a seen one is the same thing twice: the one with the longer life stays. */
static void remove_duplicates(struct df_tracker *tracker, size_t face_count)
{
  for (size_t i = 0; i < tracker->count; i++) {
    for (size_t j = 0; j < tracker->count && tracker->tracks[i].state == TRACKED; j++) {
      struct track *seen = &tracker->tracks[i], *lost = &tracker->tracks[j];
      if (lost->state != LOST ||
          distance(df_kalman_box(&seen->kalman), df_kalman_box(&lost->kalman)) >= duplicate_cost)
        continue;
      if (seen->last_frame - seen->first_frame >= lost->last_frame - lost->first_frame)
        lost->state = REMOVED;
      else
        take_over(tracker, i, j, face_count);
    }
  }
}

static void report(struct df_tracker *tracker, size_t count, struct df_tracked *ret_tracked)
{
  for (size_t i = 0; i < count; i++) {
    ret_tracked[i] = (struct df_tracked){0};
    if (tracker->track_of[i] < 0)
      continue;
    struct track *track = &tracker->tracks[tracker->track_of[i]];
    if (track->state != TRACKED)
      continue;
    bool known = track->reported_frame > 0;
    ret_tracked[i] = (struct df_tracked){.track = track->id,
        .born = !known,
        .returned = known && track->reported_frame < tracker->frame - 1,
        .age = (int)(tracker->frame - track->first_frame)};
    track->reported_frame = tracker->frame;
  }
}

static void drop_removed(struct df_tracker *tracker)
{
  size_t kept = 0;
  for (size_t i = 0; i < tracker->count; i++)
    if (tracker->tracks[i].state != REMOVED)
      tracker->tracks[kept++] = tracker->tracks[i];
  tracker->count = kept;
}

int df_tracker_update(struct df_tracker *tracker, const struct df_face *faces, size_t count,
    struct df_tracked *ret_tracked)
{
  if (reserve(tracker, count) < 0)
    return DF_ENOMEM;
  tracker->frame++;
  for (size_t i = 0; i < count; i++)
    tracker->track_of[i] = -1;
  predict(tracker);
  int result = associate_all(tracker, faces, count);
  if (result < 0)
    return result;
  age_unseen(tracker);
  begin_tracks(tracker, faces, count);
  remove_duplicates(tracker, count);
  report(tracker, count, ret_tracked);
  drop_removed(tracker);
  tracker->fresh = false;
  return 0;
}

void df_tracker_cut(struct df_tracker *tracker)
{
  tracker->count = 0;
  tracker->fresh = true;
}
