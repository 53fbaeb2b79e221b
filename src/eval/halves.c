#include "eval/halves.h"

#include <math.h>

#include "eval/match.h"

/* The share of a window that must lie around a face on every side, but where the picture ends. */
static const float safe_margin = 0.10f;
/* A person who was away for so long (half a second, less what rounding of times takes) returns. */
static const double return_seconds = 0.499;
/* Half a face is seen as one; and what is counted must be more by a tenth of a face, not by a hair. */
static const float seen_share = 0.5f, more_share = 0.1f;

struct df_shown df_showing_next(
    struct df_showing *showing, const struct df_record_frame *frame, enum df_seat seat)
{
  bool live = frame->halves[seat].state != DF_WINDOW_FROZEN;
  if (live)
    showing->last[seat] = frame;
  const struct df_record_frame *shown = showing->last[seat];
  if (!shown || shown->halves[seat].state == DF_WINDOW_BLACK ||
      shown->halves[seat].state == DF_WINDOW_BLURRED)
    return (struct df_shown){0};
  return (struct df_shown){true, live, shown, shown->halves[seat].window};
}

static bool holds(struct df_box window, struct df_point p)
{
  return p.x >= window.x && p.x < window.x + window.w && p.y >= window.y &&
         p.y < window.y + window.h;
}

static float distance(struct df_point a, struct df_point b)
{
  return hypotf(a.x - b.x, a.y - b.y);
}

/* The face that the half's own one is, by what was found; NULL when that is none that can be seen. */
static const struct df_true_face *face_found(
    const struct df_record *record, const struct df_record_frame *frame, enum df_seat seat)
{
  const struct df_true_face *best = NULL;
  double most = DF_MATCH_IOU;
  for (size_t i = 0; i < frame->true_count && frame->halves[seat].seen; i++) {
    const struct df_true_face *face = &record->true_faces[frame->true_first + i];
    double iou = df_match_iou(face->box, frame->halves[seat].face);
    if (face->asked && iou >= most) {
      best = face;
      most = iou;
    }
  }
  return best;
}

/* The face in the window whose centre is nearest to the window's; NULL when there is none. */
static const struct df_true_face *face_in_window(
    const struct df_record *record, const struct df_record_frame *frame, struct df_box window)
{
  const struct df_true_face *best = NULL;
  float least = INFINITY;
  for (size_t i = 0; i < frame->true_count; i++) {
    const struct df_true_face *face = &record->true_faces[frame->true_first + i];
    float away = distance(df_box_centre(face->box), df_box_centre(window));
    if (face->asked && holds(window, df_box_centre(face->box)) && away < least) {
      best = face;
      least = away;
    }
  }
  return best;
}

bool df_half_is_right(
    const struct df_record *record, const struct df_shown *shown, enum df_seat seat)
{
  if (!shown->any || !shown->live)
    return false;
  const struct df_true_face *face = face_found(record, shown->frame, seat);
  if (!face)
    face = face_in_window(record, shown->frame, shown->window);
  return face && face->id == record->seat_id[seat] &&
         holds(shown->window, df_box_centre(face->box));
}

/* How much of a person's face the window shows: 0..1. */
static float share_shown(const struct df_record *record, const struct df_shown *shown, int id)
{
  const struct df_true_face *face = df_record_face(record, shown->frame, id);
  if (!face || !face->asked)
    return 0;
  float whole = df_box_area(face->box);
  return whole > 0 ? df_box_area(df_box_intersect(face->box, shown->window)) / whole : 0;
}

bool df_half_is_wrong(
    const struct df_record *record, const struct df_shown *shown, enum df_seat seat)
{
  int own = record->seat_id[seat], other = record->seat_id[seat == DF_LEFT ? DF_RIGHT : DF_LEFT];
  if (!shown->any || other == DF_NO_ID)
    return false;
  float share = share_shown(record, shown, other);
  return share >= seen_share && share > share_shown(record, shown, own) + more_share;
}

/* The face lies in the middle of the window, or the window could not be moved further. */
static bool is_safe(
    const struct df_record *record, const struct df_shown *shown, const struct df_true_face *face)
{
  struct df_box w = shown->window, box = face->box;
  if (!shown->any || !shown->live)
    return false;
  float side = w.w * safe_margin, above = w.h * safe_margin;
  float left = w.x > 0 ? w.x + side : 0, top = w.y > 0 ? w.y + above : 0;
  float right = w.x + w.w < (float)record->width ? w.x + w.w - side : (float)record->width;
  float bottom = w.y + w.h < (float)record->height ? w.y + w.h - above : (float)record->height;
  return box.x >= left && box.y >= top && box.x + box.w <= right && box.y + box.h <= bottom;
}

/* Where one half stands in waiting for its person. */
struct wait {
  double seen_last; /* when the person could be seen last; NAN: never yet */
  double since;     /* when a return began that is not answered yet; NAN: none */
};

static void end_wait(struct wait *wait, struct df_half_score *score, double t)
{
  double delay = t - wait->since;
  score->delay += delay;
  if (delay > score->worst)
    score->worst = delay;
  wait->since = (double)NAN;
}

static void judge_return(
    struct wait *wait, struct df_half_score *score, double t, bool asked, bool right)
{
  if (asked && t - wait->seen_last >= return_seconds && isnan(wait->since)) {
    score->returns++;
    wait->since = t;
  }
  if (!isnan(wait->since) && !asked) {
    score->missed++;
    end_wait(wait, score, t);
  } else if (!isnan(wait->since) && right) {
    end_wait(wait, score, t);
  }
  if (asked)
    wait->seen_last = t;
}

static void judge_half(
    const struct df_record *record, enum df_seat seat, struct df_half_score *score)
{
  struct df_showing showing = {0};
  struct wait wait = {(double)NAN, (double)NAN};
  for (size_t i = 0; i < record->frame_count; i++) {
    const struct df_record_frame *frame = &record->frames[i];
    struct df_shown shown = df_showing_next(&showing, frame, seat);
    const struct df_true_face *face = df_record_face(record, frame, record->seat_id[seat]);
    bool asked = face && face->asked;
    bool right = asked && df_half_is_right(record, &shown, seat);
    score->asked += asked;
    score->right += right;
    score->safe += asked && is_safe(record, &shown, face);
    score->wrong += df_half_is_wrong(record, &shown, seat);
    judge_return(&wait, score, frame->t, asked, right);
  }
  if (!isnan(wait.since)) {
    score->missed++;
    end_wait(&wait, score, record->frames[record->frame_count - 1].t);
  }
}

void df_halves_measure(const struct df_record *record, struct df_half_score ret_scores[DF_SEATS])
{
  for (enum df_seat seat = 0; seat < DF_SEATS; seat++) {
    ret_scores[seat] = (struct df_half_score){0};
    judge_half(record, seat, &ret_scores[seat]);
  }
}
