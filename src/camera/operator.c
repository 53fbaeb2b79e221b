/* Planning and showing one seat; see operator.h. */
#include "camera/operator.h"

#include <math.h>

#include "camera/sight.h"

static const double bridge_seconds = 1.0; /* longest gap between two sightings that is bridged */
static const double grace_seconds = 0.5;  /* bridged without knowing of a return */
static const double place_seconds = 0.8;  /* a window is placed by the face over so long */
static const double await_seconds = 0.9;
static const double longest_step = 0.1, shortest_step = 1.0 / 30;
static const double longest_gap = 2;    /* seconds between frames: beyond it nothing is glided */
static const float jump_widths = 0.75f; /* window widths in a frame that are no motion */
static const float shown_share = 0.3f;  /* of the other's face: no longer the own one's window */
static const float beside_apart =
    1.0f; /* two faces so near that one may hide the other, in their sizes */
static const float behind_apart = 0.62f; /* so near that the one that comes forth is still hidden */
static const float gaze_room =
    0.05f; /* of the window's width: more on the side that is looked to */
static const float turned = 0.24f, ahead = 0.14f; /* turns (gaze.h) to and back from a side */
static const float largest_face = 0.6f;           /* of the window's height, for a match */
static const float face_aspect = 0.8f;            /* width / height of a usual face box */
static const float other_margin = 0.15f;          /* of the other's face, kept out on each side */
static const float way_margin = 0.08f;            /* the same on the way from place to place */
static const float other_room = 0.5f;             /* the same where room is looked for */
static const double other_before = 0.6,
                    other_after = 1.0; /* seconds that its face is kept out for */

enum { STEPS_AHEAD = 15 };              /* of the path's knots */
static const double past_seconds = 1.3; /* of wishes that rests are found by */

static enum df_seat other_seat(const struct df_operator *op)
{
  return op->seat == DF_LEFT ? DF_RIGHT : DF_LEFT;
}

void df_operator_init(struct df_operator *op, const struct df_director_options *options,
    enum df_seat seat, double lookahead)
{
  *op = (struct df_operator){.seat = seat, .match = 1};
  df_framing_init(&op->framing, options, seat);
  bool set = isfinite(options->dead_band) && options->dead_band > 0;
  op->dead_band = set ? fminf(options->dead_band, 0.5f) : 0.03f;
  op->await = lookahead > 0 ? fmax(fmin(lookahead / 2, await_seconds), grace_seconds) : 0;
  op->step = fmax(fmin(lookahead / STEPS_AHEAD, longest_step), shortest_step);
  double hold = options->hold_seconds;
  op->absent = (struct df_absent){
      .policy = options->absent,
      .hold_seconds = hold > 0   ? hold
                      : hold < 0 ? 0
                                 : 2.0,
      .roomy_since = -1,
  };
}

static struct df_pose framed(const struct df_operator *op)
{
  struct df_point at = op->follower.at;
  at.x += (float)op->looks * gaze_room * op->follower.height * op->framing.aspect;
  return df_framing_face(&op->framing, at, op->follower.height);
}

/* The side that the person looks to; one who hardly turns back still looks there. */
static int side_of(float turn, int looks)
{
  if (fabsf(turn) >= turned || fabsf(turn) < ahead)
    return fabsf(turn) < ahead ? 0 : turn > 0 ? 1 : -1;
  return (turn > 0) == (looks > 0) ? looks : 0;
}

static void stand_at(
    struct df_operator *op, enum df_window_state state, struct df_pose pose, bool jump)
{
  op->stand = (struct df_stand){state, pose, true, jump};
}

static float window_width(const struct df_operator *op, struct df_pose pose)
{
  return pose.h * op->framing.aspect;
}

/* The window height for a face of that height. */
static float height_for(const struct df_operator *op, float face_height)
{
  return df_framing_height(&op->framing, face_height / op->match);
}

/* Frames the person anew from frame `from` on. */
static void place_follower(struct df_operator *op, const struct df_shot *shot, size_t from)
{
  struct df_box face = df_sight_place(shot, op->seat, from, place_seconds);
  struct df_box first = df_sight_place(shot, op->seat, from, 0);
  float height = height_for(op, face.h);
  struct df_point centre = df_box_centre(face), start = df_box_centre(first);
  /* One who is on the move is met where the motion begins. */
  float band = op->dead_band * height;
  if (fabsf(centre.x - start.x) > band)
    centre.x = start.x;
  if (fabsf(centre.y - start.y) > band)
    centre.y = start.y;
  df_follow_place(&op->follower, centre, height);
}

static bool is_shown(const struct df_stand *stand)
{
  return stand->placed && stand->state != DF_WINDOW_FROZEN && stand->state != DF_WINDOW_BLACK;
}

/* Whether the way from the stand to a person's place may be glided. */
static bool near_enough(const struct df_operator *op, struct df_pose to)
{
  struct df_pose from = op->stand.pose;
  float width = fmaxf(window_width(op, from), window_width(op, to));
  return is_shown(&op->stand) && fabsf(to.x - from.x) < width && fabsf(to.y - from.y) < width;
}

/* The person is there and was not: from one place on, or at once to another. */
static void meet(struct df_operator *op, const struct df_shot *shot, struct df_box face)
{
  bool awaited = op->awaiting;
  if (!awaited)
    place_follower(op, shot, shot->at);
  struct df_pose pose = framed(op);
  bool glide = awaited || (is_shown(&op->stand) && near_enough(op, pose) &&
                              df_framing_safe(&op->framing, op->stand.pose, face));
  stand_at(op, DF_WINDOW_SEEN, pose, !glide);
  op->following = true;
  op->awaiting = false;
}

/* The face went further in one frame than anybody does: another shot in all but name. */
static bool has_jumped(const struct df_operator *op, const struct df_shot *shot, struct df_box face)
{
  if (shot->at == shot->begin)
    return false;
  const struct df_plan *last = df_shot_plan(shot, shot->at - 1, op->seat);
  if (!last->followed)
    return false;
  struct df_point a = df_box_centre(last->face), b = df_box_centre(face);
  float most = jump_widths * window_width(op, op->stand.pose);
  return fabsf(a.x - b.x) > most || fabsf(a.y - b.y) > most;
}

static void follow(struct df_operator *op, const struct df_shot *shot, struct df_box face)
{
  bool jumped = has_jumped(op, shot, face);
  if (jumped) {
    place_follower(op, shot, shot->at);
  } else {
    struct df_follow_sight sight = df_sight_follow(shot, op->seat);
    df_follow_step(&op->follower, &sight, op->dead_band);
  }
  stand_at(op, DF_WINDOW_SEEN, framed(op), jumped);
}

static bool shows_other_now(const struct df_operator *op, const struct df_shot *shot)
{
  enum df_seat other = other_seat(op);
  return df_sight_seen(shot, other) && df_absent_touches(&op->framing, op->stand.pose,
                                           df_shot_scene(shot, shot->at)->face[other]);
}

void df_operator_measure(struct df_operator *op, const struct df_shot *shot)
{
  if (df_shot_scene(shot, shot->at)->cut) {
    op->size = 0;
    op->match = 1;
    op->looks = 0;
  }
  if (!df_sight_seen(shot, op->seat))
    return;
  op->looks = side_of(df_sight_turn(shot, op->seat), op->looks);
  op->face_height = df_sight_height(shot, op->seat);
  op->size = df_framing_size(&op->framing, op->face_height);
}

/* The size that the one face has if it is not the one that is set; the other's is taken first. */
static float size_to_match(const struct df_operator *other, float match)
{
  if (other->size == 0)
    return match;
  return fminf(fmaxf(other->size, 0), largest_face / other->framing.face_height);
}

void df_operator_match(struct df_operator *left, struct df_operator *right)
{
  left->match = size_to_match(right, left->match);
  right->match = size_to_match(left, right->match);
}

static void plan_seen(struct df_operator *op, const struct df_shot *shot, struct df_plan *plan)
{
  df_sight_face(shot, op->seat, &plan->face);
  plan->height = height_for(op, op->face_height);
  plan->followed = true;
  if (op->following)
    follow(op, shot, plan->face);
  else
    meet(op, shot, plan->face);
  op->ever_seen = op->seen_in_shot = true;
  op->last_seen = df_shot_scene(shot, shot->at)->t;
}

/* Whether a person who is missed now is still there for all that is known. */
static bool is_bridged(const struct df_operator *op, const struct df_shot *shot, size_t next)
{
  double now = df_shot_scene(shot, shot->at)->t, gap = now - op->last_seen;
  bool intrudes = !op->with_other && shows_other_now(op, shot);
  if (!op->following)
    return false;
  if (next < shot->end) {
    gap += df_shot_dt(shot, next);
    return gap <= grace_seconds || (gap <= bridge_seconds && !intrudes);
  }
  double known = gap + df_shot_dt(shot, shot->end - 1);
  bool shot_ends = shot->end < shot->timeline->count;
  return gap <= grace_seconds && known < grace_seconds && !shot_ends && !intrudes;
}

static void plan_bridged(
    struct df_operator *op, const struct df_shot *shot, size_t next, struct df_plan *plan)
{
  const struct df_plan *last = df_shot_plan(shot, shot->at - 1, op->seat);
  plan->followed = last->followed;
  plan->face = last->face;
  plan->height = last->height;
  stand_at(op, DF_WINDOW_INTERPOLATED, op->stand.pose, false);
  if (next == shot->end || !last->followed)
    return;
  /* A step of the straight way from where it was to where it will be. */
  struct df_box to = df_shot_scene(shot, next)->face[op->seat];
  double dt = -df_shot_dt(shot, shot->at - 1);
  float s = (float)(dt / (dt + df_shot_dt(shot, next)));
  plan->face.x += s * (to.x - plan->face.x);
  plan->face.y += s * (to.y - plan->face.y);
  plan->face.w += s * (to.w - plan->face.w);
  plan->face.h += s * (to.h - plan->face.h);
}

/* The person is about to come: goes there ahead if that can be done well. */
static bool await_return(
    struct df_operator *op, const struct df_shot *shot, size_t next, struct df_box other)
{
  if (next == shot->end || df_shot_dt(shot, next) > op->await)
    return op->awaiting = false;
  bool starts = !op->stand.placed && !op->seen_in_shot;
  if (!op->awaiting)
    place_follower(op, shot, next);
  struct df_pose pose = framed(op);
  bool clear = !df_absent_touches(&op->framing, pose, other);
  bool glides = op->awaiting || (near_enough(op, pose) &&
                                    !df_absent_crosses(&op->framing, op->stand.pose, pose, other));
  op->awaiting = clear && (starts || glides);
  if (op->awaiting)
    stand_at(op, starts ? DF_WINDOW_INTERPOLATED : op->stand.state, pose, starts);
  return op->awaiting;
}

static void plan_absent(
    struct df_operator *op, const struct df_shot *shot, size_t next, bool anybody)
{
  enum df_seat other = other_seat(op);
  struct df_absent_view view = {
      .t = df_shot_scene(shot, shot->at)->t,
      .this_shot = op->seen_in_shot,
      .anybody = anybody,
      .shown = op->ever_shown,
      .other =
          {
              .now = df_sight_swept(shot, other, 0.2, 0.2, other_margin),
              .soon = df_sight_swept(shot, other, other_before, other_after, other_margin),
              .room = df_sight_swept(shot, other, other_before, other_after, other_room),
          },
  };
  view.away = op->ever_seen ? view.t - op->last_seen : INFINITY;
  op->following = false;
  if (!await_return(op, shot, next, view.other.soon))
    op->stand = df_absent_next(&op->absent, &op->framing, &op->stand, &view);
}

void df_operator_plan(
    struct df_operator *op, struct df_timeline *timeline, const struct df_shot *shot, bool anybody)
{
  struct df_plan *plan = &timeline->moments[shot->at].plans[op->seat];
  if (df_shot_scene(shot, shot->at)->cut) {
    op->following = op->seen_in_shot = op->stand.placed = op->awaiting = false;
    op->absent.roomy_since = -1;
  }
  size_t next = df_sight_next(shot, op->seat, fmax(bridge_seconds, op->await));
  if (df_sight_seen(shot, op->seat))
    plan_seen(op, shot, plan);
  else if (is_bridged(op, shot, next))
    plan_bridged(op, shot, next, plan);
  else
    plan_absent(op, shot, next, anybody);

  plan->state = op->stand.state;
  if (is_shown(&op->stand))
    op->ever_shown = true;
  struct df_path_point *point = &timeline->points[op->seat][shot->at];
  point->pose = op->stand.pose;
  point->jump = op->stand.jump;
}

/* The face that a window follows, as steady as the window: where it is thought to rest. */
static struct df_box steady_face(const struct df_operator *op)
{
  float h = op->follower.height * op->framing.face_height, w = h * face_aspect;
  return (struct df_box){op->follower.at.x - w / 2, op->follower.at.y - h / 2, w, h};
}

void df_operator_part(struct df_operator *op, const struct df_operator *other,
    struct df_timeline *timeline, const struct df_shot *shot)
{
  if (op->following && other->following) {
    op->stand.pose =
        df_framing_part(&op->framing, framed(op), op->follower.at.x, steady_face(other));
    timeline->points[op->seat][shot->at].pose = op->stand.pose;
  }
  if (df_sight_seen(shot, op->seat))
    op->with_other = shows_other_now(op, shot);
}

void df_operator_settle(
    struct df_operator *op, struct df_timeline *timeline, const struct df_shot *shot)
{
  const struct df_follower *f = &op->follower;
  struct df_path_point *points = timeline->points[op->seat];
  if (!op->following || op->stand.jump || !(f->settled_x || f->settled_y))
    return;
  for (size_t i = shot->at; i > shot->begin && !points[i].jump; i--) {
    const struct df_plan *plan = df_shot_plan(shot, i - 1, op->seat);
    if (!plan->followed || df_shot_dt(shot, i - 1) < -df_sight_rest_seconds)
      return;
    struct df_pose *pose = &points[i - 1].pose;
    if (f->settled_x)
      pose->x = op->stand.pose.x;
    if (f->settled_y && pose->h == op->stand.pose.h)
      pose->y = op->stand.pose.y;
  }
}

/* Whether a window without its person would show the other's face at this very frame. */
static bool must_not_show(
    const struct df_operator *op, const struct df_shot *shot, struct df_pose pose)
{
  enum df_seat other = other_seat(op);
  const struct df_plan *plan = df_shot_plan(shot, shot->at, other);
  if (df_sight_seen(shot, other) &&
      df_absent_touches(&op->framing, pose, df_shot_scene(shot, shot->at)->face[other]))
    return true;
  return plan->followed && df_absent_touches(&op->framing, pose, plan->face);
}

void df_operator_finish(struct df_operator *op)
{
  df_path_finish(&op->path);
}

int df_operator_reserve(struct df_operator *op, size_t moments, double seconds)
{
  return df_path_reserve(
      &op->path, (size_t)(seconds / op->step) + 1, moments + (size_t)(longest_gap / op->step));
}

/* Whether the window at moment i goes on from the one before. */
static bool goes_on(const struct df_operator *op, const struct df_timeline *timeline, size_t i)
{
  const struct df_moment *moment = &timeline->moments[i];
  enum df_window_state state = moment->plans[op->seat].state;
  return !timeline->points[op->seat][i].jump && state != DF_WINDOW_FROZEN &&
         state != DF_WINDOW_BLACK && moment->scene.t - moment[-1].scene.t <= longest_gap;
}

/* The other's face at a frame, for a window that must not show it; empty where it is not seen. */
static struct df_box out_of_sight(
    const struct df_operator *op, const struct df_shot *shot, size_t i)
{
  enum df_seat other = other_seat(op);
  const struct df_scene *scene = df_shot_scene(shot, i);
  const struct df_plan *plan = df_shot_plan(shot, i, other);
  if (!scene->seen[other] && !plan->followed)
    return (struct df_box){0};
  struct df_box face = scene->seen[other] ? scene->face[other] : plan->face;
  float x = way_margin * face.w, y = way_margin * face.h;
  return (struct df_box){face.x - x, face.y - y, face.w + 2 * x, face.h + 2 * y};
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
  float band = op->dead_band * op->follower.height, most = jump_widths * window_width(op, last);
  bool calm_x = true, calm_y = true;
  struct df_point before = op->follower.at;
  double t = df_shot_dt(shot, from - 1);
  for (size_t i = from; i < shot->end && df_shot_dt(shot, i) - t <= grace_seconds; i++) {
    struct df_path_wish wish = {.t = df_shot_scene(shot, i)->t, .pose = last, .followed = true};
    if (!df_sight_glimpse(shot, op->seat, i, &wish.face))
      continue;
    struct df_point at = df_box_centre(wish.face);
    if (fabsf(at.x - before.x) > most || fabsf(at.y - before.y) > most)
      break;
    wish.pose.x = foreseen(last.x, at.x - op->follower.at.x, band, &calm_x);
    wish.pose.y = foreseen(last.y, at.y - op->follower.at.y, band, &calm_y);
    wish.pose = df_framing_clamp(&op->framing, wish.pose);
    op->path.wishes[count++] = wish;
    before = at;
    t = df_shot_dt(shot, i);
  }
  return count;
}

/* How far two faces are from each other, in sizes: 0 for the same place, 1 for side by side. */
static float apart(struct df_box a, struct df_box b)
{
  struct df_point p = df_box_centre(a), q = df_box_centre(b);
  return fmaxf(2 * fabsf(p.x - q.x) / (a.w + b.w), 2 * fabsf(p.y - q.y) / (a.h + b.h));
}

/* Whether the own face, seen at the shot's frame, is as good as missed: it is so near the other's that it
 * hides behind it, since from there it is missed, forwards or backwards. */
static bool is_going_behind(const struct df_operator *op, const struct df_shot *shot, bool forwards)
{
  enum df_seat other = other_seat(op);
  for (size_t i = shot->at; forwards ? i + 1 < shot->end : i > shot->begin;) {
    const struct df_scene *scene = df_shot_scene(shot, i);
    float far = forwards || i == shot->at ? beside_apart : behind_apart;
    i = forwards ? i + 1 : i - 1;
    const struct df_scene *next = df_shot_scene(shot, i);
    float distance = apart(scene->face[op->seat], scene->face[other]);
    if (!next->seen[other] || distance > far || fabs(df_shot_dt(shot, i)) > grace_seconds)
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
  enum df_seat seat = other_seat(op);
  const struct df_scene *scene = df_shot_scene(shot, shot->at);
  const struct df_plan *own = df_shot_plan(shot, shot->at, op->seat);
  if (!scene->seen[seat] || df_box_empty(op->last_window))
    return false;
  struct df_box other = scene->face[seat];
  float shown = df_box_area(df_box_intersect(df_framing_box(&op->framing, pose), other));
  if (shown < shown_share * df_box_area(other))
    return false;
  if (own->state == DF_WINDOW_INTERPOLATED)
    return own->followed && apart(own->face, other) < beside_apart;
  return own->state == DF_WINDOW_SEEN &&
         (is_going_behind(op, shot, true) || is_going_behind(op, shot, false));
}

static struct df_pose go_on(struct df_operator *op, const struct df_timeline *timeline,
    const struct df_shot *shot, size_t planned, bool whole)
{
  double t = df_shot_scene(shot, shot->at)->t;
  if (shot->at == shot->begin || !goes_on(op, timeline, shot->at))
    df_path_begin(&op->path, t, op->step);
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
    pose = go_on(op, timeline, shot, planned, whole);
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
