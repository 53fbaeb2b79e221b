#include "person/liveliness.h"

#include <math.h>

/* Seconds from one comparison to the next, and how much the nose moves in them at least, in distances between the eyes. */
static const double pose_interval = 0.3;
static const float turned_least = 0.009f;
/* The same for the mean place of the face, in its heights; and the longest time that it may be missed. */
static const double place_interval = 0.5, gone_least = 0.006, gap_most = 0.25;
/* Shares of comparisons that are enough; as if so many more had been that; what a picture counts. */
static const double turned_enough = 0.65, gone_enough = 0.6;
static const double prior = 2, picture_weight = 0.2;
/* How often a face must have been compared, and never been farther from where it came, to hang on a wall. */
static const double often = 20, far_least = 0.15;
/* How often its pose and its place must have been compared to be sure, and shares that a picture moves at most; how
 * often its place where noise turns its pose; and the weight of who is alive for sure. */
static const double sure_poses = 8, sure_places = 5, turned_most = 0.2, gone_most = 0.3;
static const double many_places = 8, hardly_gone = 0.15;
static const double weight_sure = 0.9;

static void see_pose(
    struct df_liveliness *l, const struct df_face *face, double t, struct df_life *life)
{
  struct df_point a = face->points[0], b = face->points[1], nose = face->points[2];
  float dx = b.x - a.x, dy = b.y - a.y, x = nose.x - a.x, y = nose.y - a.y;
  float apart = dx * dx + dy * dy;
  float along = (x * dx + y * dy) / apart, down = (y * dx - x * dy) / apart;
  if (!isfinite(along) || !isfinite(down) || (l->begun && t - l->since < pose_interval))
    return;
  if (l->begun && t - l->since < 2 * pose_interval) {
    life->poses = 1;
    life->turned = fabsf(along - l->along) + fabsf(down - l->down) > turned_least;
  }
  l->begun = true;
  l->since = t;
  l->along = along;
  l->down = down;
}

static double distance(double dx, double dy)
{
  return sqrt(dx * dx + dy * dy);
}

/* The mean of the faces since place_since against the one before. */
static void compare_place(struct df_liveliness *l, struct df_life *life)
{
  double x = l->x_sum / l->count, y = l->y_sum / l->count, height = l->height_sum / l->count;
  if (l->placed) {
    life->places = 1;
    life->gone = distance(x - l->x, y - l->y) > gone_least * height;
    life->far = distance(x - l->first_x, y - l->first_y) / height;
  } else {
    l->first_x = x;
    l->first_y = y;
  }
  l->placed = true;
  l->x = x;
  l->y = y;
  l->count = 0;
}

static void see_place(
    struct df_liveliness *l, const struct df_face *face, double t, struct df_life *life)
{
  struct df_point centre = df_box_centre(face->box);
  if (l->count > 0 && t - l->seen_at > gap_most) {
    l->count = 0;
    l->placed = false;
  }
  if (l->count > 0 && t - l->place_since >= place_interval)
    compare_place(l, life);
  if (l->count++ == 0) {
    l->place_since = t;
    l->x_sum = l->y_sum = l->height_sum = 0;
  }
  l->x_sum += (double)centre.x;
  l->y_sum += (double)centre.y;
  l->height_sum += (double)face->box.h;
  l->seen_at = t;
}

struct df_life df_liveliness_see(struct df_liveliness *l, const struct df_face *face, double t)
{
  struct df_life life = {0};
  see_pose(l, face, t, &life);
  see_place(l, face, t, &life);
  return life;
}

void df_life_add(struct df_life *life, const struct df_life *more)
{
  life->poses += more->poses;
  life->turned += more->turned;
  life->places += more->places;
  life->gone += more->gone;
  life->far = fmax(life->far, more->far);
}

/* Few comparisons say little. */
static double share(double compared, double moved, double enough)
{
  return fmin((moved / enough + prior) / (compared + prior), 1);
}

double df_life_weight(const struct df_life *life)
{
  double least_share = fmin(share(life->poses, life->turned, turned_enough),
      share(life->places, life->gone, gone_enough));
  return picture_weight + (1 - picture_weight) * least_share * least_share;
}

bool df_life_may_hang(const struct df_life *life)
{
  return life->places >= often && life->far < far_least;
}

bool df_life_hangs(const struct df_life *life)
{
  if (life->far >= far_least || life->poses < sure_poses || life->places < sure_places)
    return false;
  if (life->turned <= turned_most * life->poses)
    return life->gone <= gone_most * life->places;
  return life->places >= many_places && life->gone <= hardly_gone * life->places;
}

bool df_life_is_alive(const struct df_life *life)
{
  if (life->poses < sure_poses || life->places < sure_places)
    return false;
  return df_life_weight(life) > weight_sure ||
         (life->gone >= gone_enough * life->places && life->turned > turned_most * life->poses);
}
