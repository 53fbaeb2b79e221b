/* The turn of a head by the parallax of its nose; see gaze.h. */
#include "camera/gaze.h"

#include <math.h>

enum { EYE_LEFT, EYE_RIGHT, NOSE };

float df_gaze_turn(const struct df_face *face)
{
  const struct df_point *p = face->points;
  float x = p[EYE_RIGHT].x - p[EYE_LEFT].x, y = p[EYE_RIGHT].y - p[EYE_LEFT].y;
  float nose_x = p[NOSE].x - (p[EYE_LEFT].x + p[EYE_RIGHT].x) / 2;
  float nose_y = p[NOSE].y - (p[EYE_LEFT].y + p[EYE_RIGHT].y) / 2;
  float turn = (nose_x * x + nose_y * y) / (x * x + y * y);
  return isfinite(turn) ? fmaxf(-1, fminf(turn, 1)) : 0;
}
