#include "person/liveliness.h"

#include <math.h>

/* Seconds from one sign to the next, and how much the nose moves in them at least, in distances between the eyes. */
static const double interval = 0.3;
static const float moved_least = 0.009f;
/* Share of signs that are enough, how many signs say anything, and what a picture counts. */
static const double share_enough = 0.65, signs_least = 3, picture_weight = 0.2;

enum df_sign df_liveliness_see(struct df_liveliness *l, const struct df_face *face, double t)
{
  struct df_point a = face->points[0], b = face->points[1], nose = face->points[2];
  float dx = b.x - a.x, dy = b.y - a.y, x = nose.x - a.x, y = nose.y - a.y;
  float apart = dx * dx + dy * dy;
  float along = (x * dx + y * dy) / apart, down = (y * dx - x * dy) / apart;
  if (!isfinite(along) || !isfinite(down) || (l->begun && t - l->since < interval))
    return DF_SIGN_NONE;
  bool moved = fabsf(along - l->along) + fabsf(down - l->down) > moved_least;
  bool whole = l->begun && t - l->since < 2 * interval;
  *l = (struct df_liveliness){.begun = true, .since = t, .along = along, .down = down};
  return !whole ? DF_SIGN_NONE : moved ? DF_SIGN_MOVED : DF_SIGN_STILL;
}

double df_liveliness_weight(double signs, double moved)
{
  if (signs < signs_least)
    return 1;
  double share = fmin(moved / signs / share_enough, 1);
  return picture_weight + (1 - picture_weight) * share * share;
}
