#include "base/geometry.h"

static float smaller(float a, float b)
{
  return a < b ? a : b;
}

static float larger(float a, float b)
{
  return a > b ? a : b;
}

struct df_box df_box_intersect(struct df_box a, struct df_box b)
{
  float x0 = larger(a.x, b.x), y0 = larger(a.y, b.y);
  float x1 = smaller(a.x + a.w, b.x + b.w), y1 = smaller(a.y + a.h, b.y + b.h);
  if (!(x1 > x0 && y1 > y0))
    return (struct df_box){0};
  return (struct df_box){x0, y0, x1 - x0, y1 - y0};
}

float df_box_iou(struct df_box a, struct df_box b)
{
  float common = df_box_area(df_box_intersect(a, b));
  float all = df_box_area(a) + df_box_area(b) - common;
  return all > 0 ? common / all : 0;
}
