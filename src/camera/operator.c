/* Planning one seat; see operator.h. What is shown of the plans is in show.c. */
#include "camera/operator.h"

#include <math.h>

#include "camera/sight.h"

static const double bridge_seconds = 1.0; /* longest gap between two sightings that is bridged */
static const double grace_seconds = 0.5;  /* bridged without knowing of a return */
static const double place_seconds = 0.8;  /* a window is placed by the face over so long */
/* A returning person's place may be gone to so long before; the latter with a long look-ahead. */
static const double await_seconds = 0.9, long_await_seconds = 2.5;
/* Who comes in is found so much later at most; its speed is measured over so long. */
static const double entry_seconds = 0.5, motion_seconds = 0.2;
/* In widths of the face: a slower one, a second, is not coming in, and it is met when its centre is no more outside. */
static const float least_speed = 0.5f, outside_most = 0.25f;
static const double hair = 1e-6;
static const double patience_seconds = 2.5; /* a return by then is worth a longer hold */
static const float jump_widths = 0.75f;     /* window widths in a frame that are no motion */
static const float gaze_room = 0.05f; /* of the window's width, beside a face that looks there */
static const float turned = 0.24f, ahead = 0.14f; /* turns (gaze.h) to and back from a side */
static const float largest_face = 0.6f;           /* of the window's height, for a match */
static const float face_aspect = 0.8f;            /* width / height of a usual face box */
static const float other_margin = 0.15f;          /* of the other's face, kept out on each side */
static const float other_room = 0.5f;             /* the same where room is looked for */
static const double now_seconds = 0.2;            /* on each side, of where its face is now */
static const double other_before = 0.6,
                    other_after = 1.0; /* seconds that its face is kept out for */

void df_operator_init(struct df_operator *op, const struct df_director_options *options,
    enum df_seat seat, double lookahead)
{
  *op = (struct df_operator){.seat = seat, .match = 1};
  df_framing_init(&op->framing, options, seat);
  bool set = isfinite(options->dead_band) && options->dead_band > 0;
  op->dead_band = set ? fminf(options->dead_band, 0.5f) : 0.03f;
  double await = lookahead >= DF_LONG_LOOKAHEAD ? long_await_seconds : await_seconds;
  op->await = lookahead > 0 ? fmax(fmin(lookahead / 2, await), grace_seconds) : 0;
  df_path_set_lookahead(&op->path, lookahead);
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
  return stand->placed && stand->state != DF_WINDOW_FROZEN && stand->state != DF_WINDOW_BLACK &&
         stand->state != DF_WINDOW_BLURRED;
}

/* Whether the way from the stand to a person's place may be glided. */
static bool near_enough(const struct df_operator *op, struct df_pose to)
{
  struct df_pose from = op->stand.pose;
  float width = fmaxf(df_operator_width(op, from), df_operator_width(op, to));
  return is_shown(&op->stand) && fabsf(to.x - from.x) < width && fabsf(to.y - from.y) < width;
}

/* The person, who is seen from frame `from` on, is there and was not: from one place on, or at once to another. */
static void meet(
    struct df_operator *op, const struct df_shot *shot, size_t from, struct df_box face)
{
  bool awaited = op->awaiting;
  if (!awaited)
    place_follower(op, shot, from);
  struct df_pose pose = framed(op);
  bool glide = awaited || (is_shown(&op->stand) && near_enough(op, pose) &&
                              df_framing_safe(&op->framing, op->stand.pose, face));
  stand_at(op, DF_WINDOW_SEEN, pose, !glide);
  op->following = true;
  op->awaiting = false;
}

bool df_operator_jumps(const struct df_operator *op, struct df_box from, struct df_box to)
{
  struct df_point a = df_box_centre(from), b = df_box_centre(to);
  float most = jump_widths * df_operator_width(op, op->stand.pose);
  return fabsf(a.x - b.x) > most || fabsf(a.y - b.y) > most;
}

static bool has_jumped(const struct df_operator *op, const struct df_shot *shot, struct df_box face)
{
  if (shot->at == shot->begin)
    return false;
  const struct df_plan *last = df_shot_plan(shot, shot->at - 1, op->seat);
  return last->followed && df_operator_jumps(op, last->face, face);
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
  enum df_seat other = df_operator_other(op);
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

/* How large a face is to be for the other's sake; as before while that one has not been seen. */
static float size_to_match(const struct df_operator *other, float match)
{
  if (other->size == 0)
    return match;
  return fminf(other->size, largest_face / other->framing.face_height);
}

void df_operator_match(struct df_operator *left, struct df_operator *right)
{
  left->match = size_to_match(right, left->match);
  right->match = size_to_match(left, right->match);
}

/* The person is there, with that face. */
static void plan_face(
    struct df_operator *op, const struct df_shot *shot, struct df_box face, struct df_plan *plan)
{
  plan->face = face;
  plan->height = height_for(op, op->face_height);
  plan->followed = true;
  op->ever_seen = op->seen_in_shot = true;
  op->last_seen = df_shot_scene(shot, shot->at)->t;
}

static void plan_seen(struct df_operator *op, const struct df_shot *shot, struct df_plan *plan)
{
  struct df_box face = {0};
  df_sight_face(shot, op->seat, &face);
  plan_face(op, shot, face, plan);
  if (op->following)
    follow(op, shot, face);
  else
    meet(op, shot, shot->at, face);
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

/* Pixels a second to the right of a face from the frame on in which it is seen again; 0 if it is not for long enough. */
static float speed_from(const struct df_operator *op, const struct df_shot *shot, size_t next)
{
  size_t last = next;
  double dt = 0;
  while (last + 1 < shot->end && df_shot_scene(shot, last + 1)->seen[op->seat] &&
         dt < motion_seconds - hair) {
    last++;
    dt = df_shot_scene(shot, last)->t - df_shot_scene(shot, next)->t;
  }
  struct df_box from = df_shot_scene(shot, next)->face[op->seat];
  struct df_box to = df_shot_scene(shot, last)->face[op->seat];
  return dt > motion_seconds / 3 - hair ? (df_box_centre(to).x - df_box_centre(from).x) / (float)dt
                                        : 0;
}

/*
 * Whether somebody, who will be found at frame `next`, is coming in at a side of the picture already, clear of the
 * other's face, and where the face is: it is found when most of it can be seen, and where it was before, its motion
 * tells.
 */
static bool find_entry(
    const struct df_operator *op, const struct df_shot *shot, size_t next, struct df_box *ret_face)
{
  if (next == shot->end || df_shot_dt(shot, next) > entry_seconds)
    return false;
  struct df_box face = df_shot_scene(shot, next)->face[op->seat];
  float speed = speed_from(op, shot, next), centre = df_box_centre(face).x;
  float inside = speed > 0 ? centre : op->framing.width - centre;
  float by = speed * (float)df_shot_dt(shot, next);
  *ret_face = face;
  ret_face->x -= by;
  if (fabsf(speed) <= least_speed * face.w || inside >= fabsf(speed) * (float)entry_seconds ||
      inside - fabsf(by) <= -outside_most * face.w)
    return false;
  struct df_pose pose =
      df_framing_face(&op->framing, df_box_centre(*ret_face), height_for(op, face.h));
  struct df_box other =
      df_sight_swept(shot, df_operator_other(op), now_seconds, entry_seconds, other_margin);
  return !df_absent_touches(&op->framing, pose, other);
}

static void plan_entering(struct df_operator *op, const struct df_shot *shot, size_t next,
    struct df_box face, struct df_plan *plan)
{
  op->face_height = df_sight_place(shot, op->seat, next, place_seconds).h;
  plan_face(op, shot, face, plan);
  meet(op, shot, next, face);
  op->stand.state = DF_WINDOW_INTERPOLATED;
}

/* The person is about to come: goes there ahead if that can be done well. */
static bool await_return(
    struct df_operator *op, const struct df_shot *shot, size_t next, struct df_box other)
{
  if (next == shot->end || df_shot_dt(shot, next) > op->await)
    return op->awaiting = false;
  bool starts = !op->stand.placed && !op->seen_in_shot, begins = !op->awaiting;
  if (begins)
    place_follower(op, shot, next);
  struct df_pose pose = framed(op);
  bool clear = !df_absent_touches(&op->framing, pose, other);
  bool glides = op->awaiting || (near_enough(op, pose) &&
                                    !df_absent_crosses(&op->framing, op->stand.pose, pose, other));
  op->awaiting = clear && (starts || glides);
  if (!op->awaiting)
    return false;
  enum df_window_state state = op->stand.state;
  if (begins && (state == DF_WINDOW_SEEN || state == DF_WINDOW_INTERPOLATED))
    state = DF_WINDOW_HELD; /* the person has just gone */
  stand_at(op, starts ? DF_WINDOW_INTERPOLATED : state, pose, starts);
  return true;
}

static void plan_absent(
    struct df_operator *op, const struct df_shot *shot, size_t next, bool anybody)
{
  enum df_seat other = df_operator_other(op);
  struct df_absent_view view = {
      .t = df_shot_scene(shot, shot->at)->t,
      .this_shot = op->seen_in_shot,
      .returns = df_sight_next(shot, op->seat, patience_seconds) < shot->end,
      .anybody = anybody,
      .shown = op->ever_shown,
      .other =
          {
              .now = df_sight_swept(shot, other, now_seconds, now_seconds, other_margin),
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
  if (df_shot_scene(shot, shot->at)->other_person[op->seat])
    op->ever_seen = op->ever_shown = false; /* what was shown is no still of this one */
  struct df_box face;
  size_t next = df_sight_next(shot, op->seat, fmax(bridge_seconds, op->await));
  if (df_sight_seen(shot, op->seat))
    plan_seen(op, shot, plan);
  else if (is_bridged(op, shot, next))
    plan_bridged(op, shot, next, plan);
  else if (find_entry(op, shot, next, &face))
    plan_entering(op, shot, next, face, plan);
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

void df_operator_finish(struct df_operator *op)
{
  df_path_finish(&op->path);
}

int df_operator_reserve(struct df_operator *op, size_t moments, double seconds)
{
  return df_path_reserve(&op->path, moments, seconds + DF_LONGEST_GAP);
}
