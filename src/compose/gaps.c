/* Goes down the picture in bands between the edges of tiles, and across each from tile to tile. */
#include "compose/gaps.h"

/* Where the rows that look like row y end: at the next upper or lower edge of what is drawn. */
static int end_of_band(const struct df_placement *placements, size_t count, int y, int height)
{
  int end = height;
  for (size_t i = 0; i < count; i++) {
    struct df_rect r = placements[i].rect;
    if (placements[i].black)
      continue;
    if (r.y > y && r.y < end)
      end = r.y;
    if (r.y + r.h > y && r.y + r.h < end)
      end = r.y + r.h;
  }
  return end;
}

/* Where the run of columns from `x` on that are all drawn, or all not, ends; says which. */
static int end_of_run(
    const struct df_placement *placements, size_t count, int x, int y, int width, bool *ret_drawn)
{
  int end = width;
  for (size_t i = 0; i < count; i++) {
    struct df_rect r = placements[i].rect;
    if (placements[i].black || y < r.y || y >= r.y + r.h)
      continue;
    if (x >= r.x && x < r.x + r.w) {
      *ret_drawn = true;
      return r.x + r.w;
    }
    if (r.x > x && r.x < end)
      end = r.x;
  }
  *ret_drawn = false;
  return end;
}

int df_gaps_visit(const struct df_placement *placements, size_t count, int width, int height,
    df_gap_fn *fn, void *context)
{
  int result = 0;
  for (int y = 0, below; y < height && result == 0; y = below) {
    below = end_of_band(placements, count, y, height);
    for (int x = 0, end; x < width && result == 0; x = end) {
      bool drawn;
      end = end_of_run(placements, count, x, y, width, &drawn);
      if (!drawn)
        result = fn(context, (struct df_rect){x, y, end - x, below - y});
    }
  }
  return result;
}
