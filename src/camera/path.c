/* Corridors, rests and the three axes of a window's way; see path.h. */
#include "camera/path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { AXIS_H, AXIS_X, AXIS_Y, BEHIND = DF_SPLINE_ORDER, COMMIT_PART = 8, KEPT = 64 };
enum { STEPS_AHEAD = 15 }; /* of the look-ahead, in knots */

static const double longest_step = 0.1, shortest_step = 1.0 / 30; /* seconds */
static const double most_haste = 4;                               /* without a future */
/* With little and with much of the future known. */
static const struct df_path_pace usual_pace = {1, 1, 1.2, 1.5}, slow_pace = {0.7, 0.42, 2, 3};
static const double goes_on_seconds =
    0.25; /* what moves is thought to come to rest by the power of e */
static const double speed_seconds = 0.2; /* its speed is measured over so long */

/* A place rests from so long after its begin to so long before its end. */
static const double settle_seconds = 0.7;
static const double reaction = 0.5;     /* least of future that is reckoned with, in seconds */
static const float good_share = 0.05f;  /* of the height: off the wanted place */
static const float good_height = 0.04f; /* of the height: larger or smaller */
static const float safe_share = 0.12f;  /* of the window, on each side, kept free of the face */

/* Bounds in window heights a second, second^2, second^3: at 30 frames a second and 1080 output rows an
   acceleration of 0.83 is 1 pixel a frame^2. */
static const double place_bounds[DF_SPLINE_ORDER] = {2.0, 0.8, 5};
static const double height_bounds[DF_SPLINE_ORDER] = {0.7, 0.6, 3};

static bool grow(void **array, size_t capacity, size_t size)
{
  void *grown = reallocarray(*array, capacity, size);
  if (!grown)
    return false;
  *array = grown;
  return true;
}

int df_path_reserve(struct df_path *path, size_t wishes, double seconds)
{
  size_t capacity = (size_t)(seconds / path->knots.step) + KEPT;
  wishes += KEPT;
  if (capacity > path->capacity) {
    capacity += capacity / 2;
    for (int a = 0; a < DF_PATH_AXES; a++)
      if (!grow((void **)&path->coefficients[a], capacity, sizeof **path->coefficients) ||
          !grow((void **)&path->fixed[a], capacity, sizeof **path->fixed))
        return DF_ENOMEM;
    if (df_spline_reserve(&path->work, capacity) < 0)
      return DF_ENOMEM;
    path->capacity = capacity;
  }
  if (wishes > path->wish_capacity) {
    capacity = wishes + wishes / 2;
    if (!grow((void **)&path->wishes, capacity, sizeof *path->wishes) ||
        !grow((void **)&path->axis, capacity, sizeof *path->axis))
      return DF_ENOMEM;
    path->wish_capacity = capacity;
  }
  return 0;
}

void df_path_finish(struct df_path *path)
{
  for (int a = 0; a < DF_PATH_AXES; a++) {
    free(path->coefficients[a]);
    free(path->fixed[a]);
  }
  free(path->wishes);
  free(path->axis);
  df_spline_work_finish(&path->work);
  *path = (struct df_path){0};
}

void df_path_set_lookahead(struct df_path *path, double seconds)
{
  path->knots.step = fmax(fmin(seconds / STEPS_AHEAD, longest_step), shortest_step);
  path->pace = seconds < DF_LONG_LOOKAHEAD ? usual_pace : slow_pace;
  if (seconds < 1)
    path->pace.haste = path->pace.strength = most_haste - (most_haste - 1) * fmax(seconds, 0);
}

void df_path_begin(struct df_path *path, double t)
{
  path->knots.origin = t;
  path->knots.count = 0;
  path->decided = 0;
  for (int a = 0; a < DF_PATH_AXES; a++)
    path->rests[a].set = false;
}

static double part_of(struct df_pose pose, int axis)
{
  return axis == AXIS_H ? pose.h : axis == AXIS_X ? pose.x : pose.y;
}

void df_path_begin_at(struct df_path *path, struct df_pose pose)
{
  path->knots.count = path->decided = DF_SPLINE_SUPPORT;
  for (int a = 0; a < DF_PATH_AXES; a++)
    for (int i = 0; i < DF_SPLINE_SUPPORT; i++)
      path->coefficients[a][i] = part_of(pose, a);
}

bool df_path_reaches(const struct df_path *path, double t)
{
  double intervals = (double)path->decided - DF_SPLINE_ORDER;
  return intervals >= 1 && t < path->knots.origin + intervals * path->knots.step;
}

static double clamp(double value, double low, double high)
{
  return fmax(low, fmin(value, high));
}

/* Forgets the coefficients of what lies behind. */
static void drop_past(struct df_path *path)
{
  if (path->decided <= BEHIND)
    return;
  size_t drop = path->decided - BEHIND;
  for (int a = 0; a < DF_PATH_AXES; a++)
    memmove(path->coefficients[a], path->coefficients[a] + drop,
        (path->knots.count - drop) * sizeof **path->coefficients);
  path->knots.origin += (double)drop * path->knots.step;
  path->knots.count -= drop;
  path->decided -= drop;
}

/* The wish at the centre of a coefficient, going on from `at`; the last one for all that follows. */
static size_t wish_at(const struct df_path *path, size_t count, size_t at, size_t coefficient)
{
  double t = path->knots.origin + ((double)coefficient - 1) * path->knots.step;
  while (at + 1 < count && path->wishes[at + 1].t <= t)
    at++;
  return at;
}

/* Lengthens the stretch of knots to `end`; new coefficients begin at what is wanted there. */
static void lengthen(struct df_path *path, size_t count, double end)
{
  struct df_spline_knots *knots = &path->knots;
  double steps = floor((end - knots->origin) / knots->step) + 1 + DF_SPLINE_ORDER;
  size_t wanted = (size_t)fmin(fmax(steps, DF_SPLINE_SUPPORT), (double)path->capacity), at = 0;
  for (size_t i = knots->count; i < wanted; i++) {
    at = wish_at(path, count, at, i);
    for (int a = 0; a < DF_PATH_AXES; a++)
      path->coefficients[a][i] = part_of(path->wishes[at].pose, a);
  }
  if (wanted > path->decided)
    knots->count = wanted;
}

/* How far what is wanted at the end has come over the last moment, a second. */
static struct df_pose speed_at_end(const struct df_path_wish *wishes, size_t count)
{
  const struct df_path_wish *last = &wishes[count - 1], *before = last;
  while (before > wishes && last->t - before->t < speed_seconds)
    before--;
  double dt = last->t - before->t;
  if (!last->followed || !before->followed || dt <= 0)
    return (struct df_pose){0};
  return (struct df_pose){(float)((last->pose.x - before->pose.x) / dt),
      (float)((last->pose.y - before->pose.y) / dt), 0};
}

/* Adds wishes up to `end`, for what moves to come to rest soon. Returns how many there are then. */
static size_t foresee(struct df_path *path, size_t count, double end)
{
  struct df_path_wish last = path->wishes[count - 1], wish = last;
  struct df_pose speed = speed_at_end(path->wishes, count);
  wish.followed = false;
  wish.face = (struct df_box){0};
  for (int i = 1; i < KEPT && count < path->wish_capacity; i++) {
    wish.t = last.t + i * path->knots.step;
    if (wish.t >= end)
      break;
    float by = (float)(goes_on_seconds * (1 - exp((last.t - wish.t) / goes_on_seconds)));
    wish.pose.x = last.pose.x + by * speed.x;
    wish.pose.y = last.pose.y + by * speed.y;
    path->wishes[count++] = wish;
  }
  return count;
}

/* Seconds for a way from rest to rest at such an acceleration, by the polynomial of least jerk. */
static double way_seconds(const struct df_path *path, double by, double height)
{
  return sqrt(5.8 * fabs(by) / (height * place_bounds[1] * path->pace.strength));
}

/* Seconds from the edge of a rest that is a step of so much to where the way rests, too. */
static double settling(const struct df_path *path, double by, double height)
{
  double least = settle_seconds / sqrt(path->pace.haste);
  return clamp(way_seconds(path, by, height) / 2, least, path->pace.settling);
}

/* A stretch of wishes for the same place, and when the way may rest there. */
struct rest {
  size_t first, last;
  double level, from, to;
};

static struct rest rest_around(const struct df_path *path, size_t count, size_t at, int axis)
{
  const struct df_path_wish *wishes = path->wishes;
  double level = part_of(wishes[at].pose, axis), height = wishes[at].pose.h;
  struct rest rest = {at, at, level, -INFINITY, INFINITY};
  while (rest.first > 0 && part_of(wishes[rest.first - 1].pose, axis) == level)
    rest.first--;
  while (rest.last + 1 < count && part_of(wishes[rest.last + 1].pose, axis) == level)
    rest.last++;
  if (rest.first > 0) {
    double step = level - part_of(wishes[rest.first - 1].pose, axis);
    rest.from = wishes[rest.first].t + settling(path, step, height);
  }
  if (rest.last + 1 < count) {
    double step = level - part_of(wishes[rest.last + 1].pose, axis);
    rest.to = wishes[rest.last].t - settling(path, step, height);
  }
  return rest;
}

/* When the way gets from where it is decided to the next place of rest. What was said once stands, so
 * that it is not put off from step to step. */
static double rest_due(struct df_path *path, int axis, double level, double height)
{
  struct df_path_rest *rest = &path->rests[axis];
  if (path->decided == 0)
    return -INFINITY;
  double now = path->knots.origin + ((double)path->decided - 2) * path->knots.step;
  if (!rest->set || rest->level != level || rest->due <= now) {
    double way = level - path->coefficients[axis][path->decided - 1];
    *rest = (struct df_path_rest){
        true, level, now + fmin(way_seconds(path, way, height), path->pace.way)};
  }
  return rest->due;
}

/* Gives the coefficients where the wanted place rests; x and y rest only while the height does. */
static void fix_rests(struct df_path *path, int axis, size_t count)
{
  const struct df_spline_knots *knots = &path->knots;
  struct rest rest = {0};
  double due = -INFINITY;
  bool any = false;
  for (size_t i = 0, at = 0; i < knots->count; i++) {
    path->fixed[axis][i] = i < path->decided;
    if (i < path->decided)
      continue;
    double t = knots->origin + ((double)i - 1) * knots->step;
    at = wish_at(path, count, at, i);
    if (at > rest.last || i == path->decided)
      rest = rest_around(path, count, at, axis);
    bool still = axis == AXIS_H || path->fixed[AXIS_H][i];
    if (!still || t < rest.from || t > rest.to)
      continue;
    if (!any)
      due = rest_due(path, axis, rest.level, path->wishes[at].pose.h);
    any = true;
    if (t < due)
      continue;
    path->fixed[axis][i] = true;
    path->coefficients[axis][i] = rest.level;
  }
}

/* One axis of a window and of a face. */
struct extent {
  double at, length; /* of the wanted window: its middle */
  double from, to;   /* of the face */
};

/* How far the window is beyond the face (> 0 where it is past it), before or after it. */
static double beyond(struct extent e)
{
  return fmax(e.at - e.length / 2 - e.to, e.from - e.at - e.length / 2);
}

static void extents(const struct df_path_wish *w, const struct df_framing *f, struct extent e[2])
{
  e[0] =
      (struct extent){w->pose.x, (double)w->pose.h * f->aspect, w->face.x, w->face.x + w->face.w};
  e[1] = (struct extent){w->pose.y, w->pose.h, w->face.y, w->face.y + w->face.h};
}

/* Keeps a window of that length past a face that the wanted one is past, on this axis more than on the other. */
static void keep_out(struct df_spline_wish *wish, const struct df_path_wish *w,
    const struct df_framing *f, double length, bool horizontal)
{
  struct extent e[2];
  extents(w, f, e);
  const struct extent *own = &e[!horizontal];
  if (df_box_empty(w->face) || beyond(*own) < beyond(e[horizontal]))
    return;
  if (own->at > own->to)
    wish->least = clamp(own->to + length / 2, wish->least, wish->most);
  else if (own->at < own->from)
    wish->most = clamp(own->from - length / 2, wish->least, wish->most);
}

/* Where x or y must be: a window of that length in the picture and, before that, the face safe in it. */
static void must(struct df_spline_wish *wish, const struct df_path_wish *w,
    const struct df_framing *f, double length, bool horizontal)
{
  double limit = horizontal ? f->width : f->height;
  double low = length / 2, high = fmax(limit - length / 2, length / 2);
  wish->least = low;
  wish->most = high;
  if (!w->followed) {
    keep_out(wish, w, f, length, horizontal);
    return;
  }
  double from = horizontal ? w->face.x : w->face.y;
  double to = from + (double)(horizontal ? w->face.w : w->face.h);
  double reach = (0.5 - (double)safe_share) * length;
  double least = clamp(to - reach, low, high), most = clamp(from + reach, low, high);
  wish->least = least > most ? (least + most) / 2 : least;
  wish->most = least > most ? (least + most) / 2 : most;
}

static void wish_height(
    struct df_spline_wish *wish, const struct df_path_wish *w, const struct df_framing *f)
{
  wish->target = w->pose.h;
  wish->low = wish->target * (1 - good_height);
  wish->high = wish->target * (1 + good_height);
  double needed = 0;
  if (w->followed)
    needed = fmax(w->face.h, w->face.w / f->aspect) / (1 - 2 * safe_share);
  wish->most = f->most;
  wish->least = clamp(needed, f->least, f->most);
}

static void wish_place(struct df_spline_wish *wish, const struct df_path_wish *w,
    const struct df_framing *f, double height, int axis)
{
  double face_at = f->headroom + f->face_height / 2, width = height * f->aspect;
  if (axis == AXIS_X) {
    wish->target = clamp(w->pose.x, width / 2, fmax(f->width - width / 2, width / 2));
    must(wish, w, f, width, true);
  } else {
    double y = w->pose.y;
    if (w->followed)
      y += (0.5 - face_at) * (height - w->pose.h);
    wish->target = clamp(y, height / 2, fmax(f->height - height / 2, height / 2));
    must(wish, w, f, height, false);
  }
  wish->low = wish->target - good_share * height;
  wish->high = wish->target + good_share * height;
}

/* Turns the wishes from the begin of what is open on into those of one axis. Returns how many. */
static size_t wish_axis(
    struct df_path *path, const struct df_framing *framing, int axis, size_t count)
{
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    const struct df_path_wish *w = &path->wishes[i];
    if (w->t < path->knots.origin)
      continue;
    struct df_spline_wish *wish = &path->axis[n++];
    double before = i > 0 ? w->t - w[-1].t : path->knots.step;
    *wish = (struct df_spline_wish){.t = w->t, .lasts = fmin(before, 0.1)};
    if (axis == AXIS_H)
      wish_height(wish, w, framing);
    else
      wish_place(
          wish, w, framing, df_spline_at(&path->knots, path->coefficients[AXIS_H], w->t), axis);
  }
  return n;
}

static struct df_spline_bounds bounds_of(const struct df_path *path, int axis, double height)
{
  const double *most = axis == AXIS_H ? height_bounds : place_bounds;
  double haste[DF_SPLINE_ORDER] = {1, path->pace.haste, path->pace.haste * path->pace.haste};
  struct df_spline_bounds bounds = {.haste = path->pace.haste};
  for (int i = 0; i < DF_SPLINE_ORDER; i++)
    bounds.most[i] = most[i] * height * haste[i];
  return bounds;
}

/* The height that bounds are reckoned by: the least that is wanted. */
static double least_height(const struct df_path_wish *wishes, size_t count)
{
  double least = wishes[0].pose.h;
  for (size_t i = 1; i < count; i++)
    least = fmin(least, wishes[i].pose.h);
  return least;
}

void df_path_extend(
    struct df_path *path, const struct df_framing *framing, size_t count, double t, bool whole)
{
  drop_past(path);
  double last = fmax(path->wishes[count - 1].t, t), end = last;
  if (!whole && last - t < reaction) {
    end = t + reaction;
    count = foresee(path, count, end);
  }
  lengthen(path, count, end);
  double height = least_height(path->wishes, count);
  for (int a = 0; a < DF_PATH_AXES; a++) {
    struct df_spline_bounds bounds = bounds_of(path, a, height);
    fix_rests(path, a, count);
    size_t n = wish_axis(path, framing, a, count);
    df_spline_solve(
        &path->work, &path->knots, path->axis, n, &bounds, path->fixed[a], path->coefficients[a]);
  }
  double ahead = floor((last - t) / path->knots.step / COMMIT_PART);
  double at = floor((t - path->knots.origin) / path->knots.step);
  double decided = at + fmax(ahead, 1) + DF_SPLINE_ORDER;
  path->decided = path->knots.count;
  if (!whole)
    path->decided = (size_t)clamp(decided, DF_SPLINE_SUPPORT, (double)path->knots.count);
}

struct df_pose df_path_at(const struct df_path *path, double t)
{
  double value[DF_PATH_AXES];
  for (int a = 0; a < DF_PATH_AXES; a++)
    value[a] = df_spline_at(&path->knots, path->coefficients[a], t);
  return (struct df_pose){
      .x = (float)value[AXIS_X], .y = (float)value[AXIS_Y], .h = (float)value[AXIS_H]};
}
