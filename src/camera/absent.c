/* The policy for a person who is not there, and the free part of the picture; see absent.h. */
#include "camera/absent.h"

#include <math.h>

static const float least_part = 0.35f;  /* of the picture's height: a free part below is useless */
static const float most_push = 0.5f;    /* of a held window: moved further it is no longer held */
static const float much_room = 1.35f;   /* times the height in use: worth a move */
static const double room_seconds = 1.0; /* and there for so long */
static const float clear = 1.f / 32;    /* pixels between a window and a face: more than rounding */

bool df_absent_touches(const struct df_framing *framing, struct df_pose pose, struct df_box box)
{
  return !df_box_empty(df_box_intersect(df_framing_box(framing, pose), box));
}

bool df_absent_crosses(
    const struct df_framing *framing, struct df_pose from, struct df_pose to, struct df_box box)
{
  enum { STEPS = 8 };
  float covered = df_box_area(df_box_intersect(df_framing_box(framing, from), box));
  for (int i = 1; i <= STEPS; i++) {
    float s = (float)i / STEPS;
    struct df_pose pose = {
        from.x + s * (to.x - from.x), from.y + s * (to.y - from.y), from.h + s * (to.h - from.h)};
    if (df_box_area(df_box_intersect(df_framing_box(framing, pose), box)) > covered)
      return true;
  }
  return false;
}

/* The regions of the picture left, right, above and below of a box. */
static void free_regions(
    const struct df_framing *f, struct df_box other, struct df_box ret_regions[4])
{
  float left = other.x - clear, right = other.x + other.w + clear;
  float top = other.y - clear, bottom = other.y + other.h + clear;
  ret_regions[0] = (struct df_box){0, 0, left, f->height};
  ret_regions[1] = (struct df_box){right, 0, f->width - right, f->height};
  ret_regions[2] = (struct df_box){0, 0, f->width, top};
  ret_regions[3] = (struct df_box){0, bottom, f->width, f->height - bottom};
}

/* The largest window inside a region, near `about`; height 0 when it is too small to be of use. */
static struct df_pose fit_region(
    const struct df_framing *f, struct df_box region, struct df_pose about)
{
  float h = fminf(fminf(region.h, region.w / f->aspect), f->most);
  float least = fmaxf(f->least, fminf(least_part * f->height, f->most));
  if (df_box_empty(region) || h < least)
    return (struct df_pose){0};
  float half = h * f->aspect / 2;
  return (struct df_pose){
      .x = fmaxf(region.x + half, fminf(about.x, region.x + region.w - half)),
      .y = fmaxf(region.y + h / 2, fminf(about.y, region.y + region.h - h / 2)),
      .h = h,
  };
}

static float distance(struct df_pose a, struct df_pose b)
{
  return hypotf(a.x - b.x, a.y - b.y);
}

/* The largest free part, of equal ones the nearest. */
static bool find_free(
    const struct df_framing *f, struct df_box other, struct df_pose about, struct df_pose *ret_pose)
{
  struct df_box regions[4];
  struct df_pose best = {0};
  if (df_box_empty(other)) {
    *ret_pose = df_framing_wide(f, (struct df_point){about.x, about.y});
    return true;
  }
  free_regions(f, other, regions);
  for (int i = 0; i < 4; i++) {
    struct df_pose pose = fit_region(f, regions[i], about);
    bool nearer = pose.h == best.h && distance(pose, about) < distance(best, about);
    if (pose.h > best.h || (pose.h > 0 && nearer))
      best = pose;
  }
  if (best.h <= 0 || df_absent_touches(f, best, other))
    return false;
  *ret_pose = best;
  return true;
}

/* Looks for a part that stays free for long, then for one that is free now. */
static bool find_part(const struct df_framing *f, const struct df_absent_other *other,
    struct df_pose about, struct df_pose *ret_pose)
{
  return find_free(f, other->room, about, ret_pose) || find_free(f, other->soon, about, ret_pose) ||
         find_free(f, other->now, about, ret_pose);
}

/* The held window moved just clear of the other's face, if a small move does it. */
static bool push_aside(
    const struct df_framing *f, struct df_box other, struct df_pose held, struct df_pose *ret_pose)
{
  struct df_box regions[4];
  float best = INFINITY;
  free_regions(f, other, regions);
  for (int i = 0; i < 4; i++) {
    float half = held.h * f->aspect / 2;
    struct df_box r = regions[i];
    if (r.w < 2 * half || r.h < held.h)
      continue;
    struct df_pose pose = held;
    pose.x = fmaxf(r.x + half, fminf(held.x, r.x + r.w - half));
    pose.y = fmaxf(r.y + held.h / 2, fminf(held.y, r.y + r.h - held.h / 2));
    bool small = fabsf(pose.x - held.x) <= most_push * 2 * half &&
                 fabsf(pose.y - held.y) <= most_push * held.h;
    if (!small || distance(pose, held) >= best || df_absent_touches(f, pose, other))
      continue;
    best = distance(pose, held);
    *ret_pose = pose;
  }
  return isfinite(best);
}

/* Whether the free part that is shown may stay: it is free, and there is not much more to be
 * had. */
static bool part_stays(struct df_absent *absent, const struct df_framing *f,
    const struct df_stand *stand, const struct df_absent_view *view)
{
  struct df_pose best;
  if (df_absent_touches(f, stand->pose, view->other.soon))
    return false;
  bool roomy =
      find_free(f, view->other.room, stand->pose, &best) && best.h > much_room * stand->pose.h;
  if (!roomy)
    absent->roomy_since = -1;
  else if (absent->roomy_since < 0)
    absent->roomy_since = view->t;
  return !roomy || view->t - absent->roomy_since < room_seconds;
}

static struct df_stand frozen(const struct df_stand *stand, const struct df_absent_view *view)
{
  struct df_stand next = *stand;
  next.state = view->shown ? DF_WINDOW_FROZEN : DF_WINDOW_BLACK;
  return next;
}

/* What has no place of its own that a glide could start from. */
static bool is_gone(enum df_window_state state)
{
  return state == DF_WINDOW_FROZEN || state == DF_WINDOW_BLACK || state == DF_WINDOW_BLURRED;
}

/* Glides to the pose, or jumps where there is nothing to glide from or the face is on the way. */
static struct df_stand go(const struct df_framing *f, const struct df_stand *stand,
    const struct df_absent_view *view, enum df_window_state state, struct df_pose pose)
{
  bool jump = !stand->placed || is_gone(stand->state) ||
              df_absent_crosses(f, stand->pose, pose, view->other.now) ||
              df_absent_crosses(f, stand->pose, pose, view->other.soon);
  return (struct df_stand){state, pose, true, jump};
}

static struct df_stand blurred(const struct df_framing *f, const struct df_stand *stand)
{
  struct df_point middle = {f->width / 2, f->height / 2};
  bool jump = !stand->placed || stand->state != DF_WINDOW_BLURRED;
  return (struct df_stand){DF_WINDOW_BLURRED, df_framing_wide(f, middle), true, jump};
}

static struct df_stand widen(struct df_absent *absent, const struct df_framing *f,
    const struct df_stand *stand, const struct df_absent_view *view)
{
  struct df_pose about = {f->width / 2, f->height / 2, f->most};
  if (absent->policy == DF_ABSENT_BLUR && view->anybody)
    return blurred(f, stand);
  if (stand->placed)
    about = stand->pose;
  bool there = stand->placed && stand->state == DF_WINDOW_WIDE;
  if (there && part_stays(absent, f, stand, view))
    return go(f, stand, view, DF_WINDOW_WIDE, stand->pose);

  absent->roomy_since = -1;
  struct df_pose pose = about;
  if (find_part(f, &view->other, about, &pose))
    return go(f, stand, view, DF_WINDOW_WIDE, pose);
  if (there && !df_absent_touches(f, stand->pose, view->other.now))
    return go(f, stand, view, DF_WINDOW_WIDE, stand->pose);
  return frozen(stand, view);
}

static struct df_stand hold(
    const struct df_framing *f, const struct df_stand *stand, const struct df_absent_view *view)
{
  struct df_pose pose = stand->pose;
  if (!df_absent_touches(f, stand->pose, view->other.soon))
    return go(f, stand, view, DF_WINDOW_HELD, stand->pose);
  if (push_aside(f, view->other.soon, stand->pose, &pose))
    return go(f, stand, view, DF_WINDOW_HELD, pose);
  return frozen(stand, view);
}

/* What the policy asks for, before the other's face has its say. */
static enum df_window_state wished(
    const struct df_absent *absent, const struct df_stand *stand, const struct df_absent_view *view)
{
  bool in_time = absent->policy == DF_ABSENT_HOLD || view->away <= absent->hold_seconds;
  bool holding = stand->placed && stand->state != DF_WINDOW_WIDE &&
                 stand->state != DF_WINDOW_BLACK && stand->state != DF_WINDOW_BLURRED;
  bool waits = absent->policy == DF_ABSENT_WIDE && view->returns;
  if (view->this_shot && holding && (in_time || waits))
    return DF_WINDOW_HELD;
  if (view->this_shot && in_time)
    return DF_WINDOW_WIDE; /* driven from the held place already */
  if (absent->policy == DF_ABSENT_BLACK && view->anybody)
    return DF_WINDOW_BLACK;
  if (absent->policy == DF_ABSENT_FREEZE && view->shown && isfinite(view->away))
    return DF_WINDOW_FROZEN;
  return DF_WINDOW_WIDE;
}

struct df_stand df_absent_next(struct df_absent *absent, const struct df_framing *framing,
    const struct df_stand *stand, const struct df_absent_view *view)
{
  struct df_stand next = *stand;
  next.jump = !stand->placed;
  switch (wished(absent, stand, view)) {
  case DF_WINDOW_HELD:
    return hold(framing, stand, view);
  case DF_WINDOW_FROZEN:
    return frozen(stand, view);
  case DF_WINDOW_BLACK:
    next.state = DF_WINDOW_BLACK;
    return next;
  default:
    return widen(absent, framing, stand, view);
  }
}
