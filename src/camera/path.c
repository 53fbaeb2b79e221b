/* A raised-cosine average over a window's wanted places; see path.h. */
#include "camera/path.h"

#include <math.h>
#include <string.h>

static const double two_pi = 6.283185307179586;

/* How much of the weight lies before the instant `dt` seconds from the frame. */
static double weight_before(struct df_path_span span, double dt)
{
  double u = (dt + span.before) / (span.before + span.after);
  if (u <= 0)
    return 0;
  if (u >= 1)
    return 1;
  return u - sin(two_pi * u) / two_pi;
}

static bool same_pose(struct df_pose a, struct df_pose b)
{
  return a.x == b.x && a.y == b.y && a.h == b.h;
}

/* The run of points around `at`, without a jump inside, that reaches over the span. */
static void find_run(const struct df_path_point *points, size_t count, size_t at,
    struct df_path_span span, size_t *ret_first, size_t *ret_last)
{
  size_t first = at, last = at;
  double t = points[at].t;
  while (first > 0 && !points[first].jump && points[first].t > t - span.before)
    first--;
  while (last + 1 < count && !points[last + 1].jump && points[last].t < t + span.after)
    last++;
  *ret_first = first;
  *ret_last = last;
}

static bool is_still(const struct df_path_point *points, size_t first, size_t last)
{
  for (size_t i = first + 1; i <= last; i++)
    if (!same_pose(points[i].pose, points[first].pose))
      return false;
  return true;
}

struct df_pose df_path_smooth(
    const struct df_path_point *points, size_t count, size_t at, struct df_path_span span)
{
  size_t first, last;
  find_run(points, count, at, span, &first, &last);
  if (span.before + span.after <= 0 || is_still(points, first, last))
    return points[at].pose;

  /* Each point stands for the time up to half way to its neighbours, the outermost for all
   * beyond. */
  double x = 0, y = 0, h = 0, before = 0;
  for (size_t i = first; i <= last; i++) {
    double up_to = 1;
    if (i < last)
      up_to = weight_before(span, (points[i].t + points[i + 1].t) / 2 - points[at].t);
    double weight = up_to - before;
    x += weight * points[i].pose.x;
    y += weight * points[i].pose.y;
    h += weight * points[i].pose.h;
    before = up_to;
  }
  return (struct df_pose){(float)x, (float)y, (float)h};
}
