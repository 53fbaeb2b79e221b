/*
 * From plans to what one seat shows: fills the path's wishes from what is planned and, beyond that, seen;
 * catches what must not be shown after all. See operator.h.
 */
#include <math.h>

#include "camera/operator.h"
#include "camera/sight.h"

/* Of wishes that rests are found by: more than a way takes to settle, and no more than the director keeps. */
static const double past_seconds = 2.2;
static const double unseen_seconds = 0.5; /* a face that is missed for longer is not gone on with */
static const float shown_share = 0.3f;    /* of the other's face: no longer the own one's window */
static const float way_margin = 0.08f;    /* of the other's face, kept out on each side */
/* Of a face that is hidden behind another one: from there on it is not shown; while it comes out; while it is missed. */
static const float going_share = 0.28f, coming_share = 0.45f, missed_share = 0.25f;
/* Width to height of a face box; by how much of it a head is more, on each side, and above and below. */
static const float usual_aspect = 0.74f, head_x = 0.12f, head_y = 0.25f;

/* Whether a window without its person would show the other's face at this very frame. */
static bool must_not_show(
    const struct df_operator *op, const struct df_shot *shot, struct df_pose pose)
{
  enum df_seat other = df_operator_other(op);
  const struct df_plan *plan = df_shot_plan(shot, shot->at, other);
  if (df_sight_seen(shot, other) &&
      df_absent_touches(&op->framing, pose, df_shot_scene(shot, shot->at)->face[other]))
    return true;
  return plan->followed && df_absent_touches(&op->framing, pose, plan->face);
}

/* Whether the window at moment i goes on from the one before. */
static bool goes_on(const struct df_operator *op, const struct df_timeline *timeline, size_t i)
{
  const struct df_moment *moment = &timeline->moments[i];
  enum df_window_state state = moment->plans[op->seat].state;
  return !timeline->points[op->seat][i].jump && state != DF_WINDOW_FROZEN &&
         state != DF_WINDOW_BLACK && state != DF_WINDOW_BLURRED &&
         moment->scene.t - moment[-1].scene.t <= DF_LONGEST_GAP;
}

/* The other's face at a frame, for a window that must not show it; empty where it is not seen. */
static struct df_box out_of_sight(
    const struct df_operator *op, const struct df_shot *shot, size_t i)
{
  enum df_seat other = df_operator_other(op);
  const struct df_scene *scene = df_shot_scene(shot, i);
  const struct df_plan *plan = df_shot_plan(shot, i, other);
  if (!scene->seen[other] && !plan->followed)
    return (struct df_box){0};
  struct df_box face = scene->seen[other] ? scene->face[other] : plan->face;
  return df_box_grown(face, way_margin, way_margin);
}

/* What is planned around the shot's frame, for as long as there is no jump. */
static size_t wish_planned(const struct df_operator *op, const struct df_timeline *timeline,
    const struct df_shot *shot, size_t planned, size_t *ret_next)
{
  size_t first = shot->at, next = shot->at + 1, count = 0;
  while (first > shot->begin && goes_on(op, timeline, first) &&
         df_shot_dt(shot, first - 1) > -past_seconds)
    first--;
  while (next < planned && goes_on(op, timeline, next))
    next++;
  for (size_t i = first; i < next; i++) {
    const struct df_plan *plan = df_shot_plan(shot, i, op->seat);
    const struct df_path_point *point = &timeline->points[op->seat][i];
    struct df_path_wish wish = {point->t, point->pose, plan->followed, plan->face};
    if (!plan->followed)
      wish.face = out_of_sight(op, shot, i);
    op->path.wishes[count++] = wish;
  }
  *ret_next = next;
  return count;
}

/* One axis of what is not planned yet: where it is, or still the last planned place. */
static float foreseen(float planned, float by, float band, bool *calm)
{
  *calm = *calm && fabsf(by) <= band;
  return *calm ? planned : planned + by;
}

/* Adds what is seen beyond the newest plan, as far as the face can be followed. */
static size_t wish_seen(
    const struct df_operator *op, const struct df_shot *shot, size_t from, size_t count)
{
  struct df_pose last = op->path.wishes[count - 1].pose;
  float band = op->dead_band * op->follower.height;
  bool calm_x = true, calm_y = true;
  double t = df_shot_dt(shot, from - 1);
  for (size_t i = from; i < shot->end && df_shot_dt(shot, i) - t <= unseen_seconds; i++) {
    struct df_path_wish wish = {.t = df_shot_scene(shot, i)->t, .pose = last, .followed = true};
    if (!df_sight_glimpse(shot, op->seat, i, &wish.face))
      continue;
    struct df_point at = df_box_centre(wish.face);
    if (df_operator_jumps(op, op->path.wishes[count - 1].face, wish.face))
      break;
    wish.pose.x = foreseen(last.x, at.x - op->follower.at.x, band, &calm_x);
    wish.pose.y = foreseen(last.y, at.y - op->follower.at.y, band, &calm_y);
    wish.pose = df_framing_clamp(&op->framing, wish.pose);
    op->path.wishes[count++] = wish;
    t = df_shot_dt(shot, i);
  }
  return count;
}

/* The face of usual width whose outer edge is that of the box: the left one where `side` < 0, the right one > 0. */
static struct df_box by_outer_edge(struct df_box box, float height, float side)
{
  float w = usual_aspect * height, inner = box.w - w;
  box.x += side < 0 ? 0 : side > 0 ? inner : inner / 2;
  box.w = w;
  return box;
}

/*
 * Which share of a face the head of another one hides, if it is the one in front. Where two faces meet the detector
 * makes the box of the hidden one narrow and that of the other wide: only their outer edges can be trusted.
 */
static float hidden_share(struct df_box face, float h, struct df_box front, float front_h)
{
  float apart = df_box_centre(face).x - df_box_centre(front).x;
  face = by_outer_edge(face, h, apart);
  struct df_box head = df_box_grown(by_outer_edge(front, front_h, -apart), head_x, head_y);
  return df_box_area(df_box_intersect(face, head)) / df_box_area(face);
}

/* Whether the own face, seen at the shot's frame, is as good as missed: it is that much behind the other's until it is
 * missed, or since. */
static bool is_going_behind(const struct df_operator *op, const struct df_shot *shot, bool forwards)
{
  enum df_seat other = df_operator_other(op);
  float least = forwards ? going_share : coming_share;
  float h = df_sight_height(shot, op->seat), front_h = df_sight_height(shot, other);
  for (size_t i = shot->at; forwards ? i + 1 < shot->end : i > shot->begin;) {
    const struct df_scene *scene = df_shot_scene(shot, i);
    i = forwards ? i + 1 : i - 1;
    const struct df_scene *next = df_shot_scene(shot, i);
    if (!next->seen[other] || fabs(df_shot_dt(shot, i)) > unseen_seconds ||
        hidden_share(scene->face[op->seat], h, scene->face[other], front_h) < least)
      return false;
    if (!next->seen[op->seat])
      return true;
  }
  return false;
}

/* Whether the own face is behind the other's, so that the window would show that one instead. */
static bool is_covered(
    const struct df_operator *op, const struct df_shot *shot, struct df_pose pose)
{
  enum df_seat seat = df_operator_other(op);
  const struct df_scene *scene = df_shot_scene(shot, shot->at);
  const struct df_plan *own = df_shot_plan(shot, shot->at, op->seat);
  if (!scene->seen[seat] || df_box_empty(op->last_window))
    return false;
  struct df_box other = scene->face[seat];
  float shown = df_box_area(df_box_intersect(df_framing_box(&op->framing, pose), other));
  if (shown < shown_share * df_box_area(other))
    return false;
  if (own->state == DF_WINDOW_INTERPOLATED)
    return own->followed && hidden_share(own->face, own->face.h, other, other.h) >= missed_share;
  return own->state == DF_WINDOW_SEEN &&
         (is_going_behind(op, shot, true) || is_going_behind(op, shot, false));
}

static struct df_pose go_on(struct df_operator *op, const struct df_timeline *timeline,
    const struct df_shot *shot, size_t planned, bool whole)
{
  double t = df_shot_scene(shot, shot->at)->t;
  if (shot->at == shot->begin || !goes_on(op, timeline, shot->at))
    df_path_begin(&op->path, t);
  if (!df_path_reaches(&op->path, t)) {
    size_t next, count = wish_planned(op, timeline, shot, planned, &next);
    bool ends = next < planned || (whole && next == shot->end);
    if (!ends && df_shot_plan(shot, next - 1, op->seat)->followed)
      count = wish_seen(op, shot, next, count);
    df_path_extend(&op->path, &op->framing, count, t, ends);
  }
  return df_path_at(&op->path, t);
}

struct df_shot_window df_operator_show(struct df_operator *op, struct df_timeline *timeline,
    const struct df_shot *shot, size_t planned, bool whole)
{
  const struct df_plan *plan = df_shot_plan(shot, shot->at, op->seat);
  struct df_path_point *points = timeline->points[op->seat];
  struct df_shot_window shown = {.state = plan->state};
  if (plan->state == DF_WINDOW_BLACK)
    return shown;
  if (plan->state == DF_WINDOW_FROZEN) {
    shown.window = op->last_window;
    return shown;
  }

  struct df_pose pose = go_on(op, timeline, shot, planned, whole);
  if (plan->followed)
    pose = df_framing_keep(&op->framing, pose, plan->face);
  bool absent = plan->state == DF_WINDOW_HELD || plan->state == DF_WINDOW_WIDE;
  if (absent && must_not_show(op, shot, pose)) {
    /* The glide came too late: the place it leads to is clean. */
    points[shot->at].jump = true;
    pose = points[shot->at].pose;
    df_path_begin(&op->path, points[shot->at].t);
    df_path_begin_at(&op->path, pose);
  }
  if (is_covered(op, shot, pose)) {
    shown.state = DF_WINDOW_FROZEN;
    shown.window = op->last_window;
    return shown;
  }
  shown.window = df_framing_window(&op->framing, df_framing_clamp(&op->framing, pose));
  op->last_window = shown.window;
  return shown;
}
