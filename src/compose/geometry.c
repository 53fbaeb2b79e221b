/*
 * Placement of tiles, as geometry.h specifies it. Takes the camera's windows, gives maps to
 * filter.c. All in double precision from float input, so that the same window gives the same map
 * everywhere.
 */
#include "compose/geometry.h"

#include <math.h>

/* A rectangle in double precision: displayed pixels or stored luma samples. */
struct area {
  double x, y, w, h;
};

static double positive_or_one(float value)
{
  return isfinite(value) && value > 0 ? (double)value : 1.0;
}

static bool has_content(struct area a)
{
  return isfinite(a.x) && isfinite(a.y) && isfinite(a.w) && isfinite(a.h) && a.w > 0 && a.h > 0;
}

/* The window cut to a picture of this size; empty where they do not touch. */
static struct area clamp_window(struct df_box window, double width, double height)
{
  double left = fmax(window.x, 0), top = fmax(window.y, 0);
  double right = fmin((double)window.x + (double)window.w, width);
  double bottom = fmin((double)window.y + (double)window.h, height);
  return (struct area){left, top, right - left, bottom - top};
}

static struct area trim_to_shape(struct area a, double w, double h)
{
  struct area out = a;
  if (a.w * h > a.h * w)
    out.w = a.h * w / h;
  else
    out.h = a.w * h / w;
  out.x += (a.w - out.w) / 2;
  out.y += (a.h - out.h) / 2;
  return out;
}

static int even_down(double value)
{
  return (int)(value / 2) * 2;
}

static int clamp_side(int side, int most)
{
  return side < 2 ? 2 : side > most ? most : side;
}

static struct df_rect middle_of(struct df_rect tile, int w, int h)
{
  return (struct df_rect){tile.x + (tile.w - w) / 4 * 2, tile.y + (tile.h - h) / 4 * 2, w, h};
}

static struct df_rect contained(struct df_rect tile, struct area window)
{
  double scale = fmin(tile.w / window.w, tile.h / window.h);
  int w = clamp_side(even_down(window.w * scale + 1), tile.w);
  int h = clamp_side(even_down(window.h * scale + 1), tile.h);
  return middle_of(tile, w, h);
}

static struct df_rect centred(struct df_rect tile, struct area window)
{
  int w = clamp_side(even_down(fmin(window.w, tile.w)), tile.w);
  int h = clamp_side(even_down(fmin(window.h, tile.h)), tile.h);
  return middle_of(tile, w, h);
}

/* D and S of geometry.h; S still in displayed pixels. */
static void fit_window(enum df_fit fit, struct df_rect tile, struct area window,
    struct df_rect *ret_drawn, struct area *ret_source)
{
  *ret_drawn = tile;
  *ret_source = window;
  switch (fit) {
  case DF_FIT_COVER:
    *ret_source = trim_to_shape(window, tile.w, tile.h);
    break;
  case DF_FIT_CONTAIN:
    *ret_drawn = contained(tile, window);
    break;
  case DF_FIT_STRETCH:
    break;
  case DF_FIT_CENTRE: {
    struct df_rect drawn = centred(tile, window);
    *ret_drawn = drawn;
    *ret_source = (struct area){
        window.x + (window.w - drawn.w) / 2, window.y + (window.h - drawn.h) / 2, drawn.w, drawn.h};
    break;
  }
  }
}

static struct df_axis luma_axis(double start, double extent, int count, int size)
{
  double step = extent / count;
  return (struct df_axis){count, size, start + 0.5 * step - 0.5, step};
}

/* `at`: where output sample 0 lies in output pixels; `offset`: o of geometry.h. */
static struct df_axis chroma_axis(
    double start, double extent, int count, int size, int shift, double at, double offset)
{
  double ratio = extent / count;
  struct df_axis axis = {.count = count / 2, .size = (size + (1 << shift) - 1) >> shift};
  if (shift) {
    axis.origin = (start + at * ratio - offset) / 2;
    axis.step = ratio;
  } else {
    axis.origin = start + at * ratio - 0.5;
    axis.step = 2 * ratio;
  }
  return axis;
}

/* Chroma siting as struct df_colour keeps it: ITU-T H.273's number plus one. */
enum { CENTRE = 2, TOP_LEFT = 3, TOP = 4, BOTTOM_LEFT = 5, BOTTOM = 6 };

static double offset_across(int siting)
{
  return siting == CENTRE || siting == TOP || siting == BOTTOM ? 1.0 : 0.5;
}

static double offset_down(int siting)
{
  if (siting == TOP_LEFT || siting == TOP)
    return 0.5;
  return siting == BOTTOM_LEFT || siting == BOTTOM ? 1.5 : 1.0;
}

void df_placement_init(struct df_placement *ret_placement, const struct df_tile *tile)
{
  *ret_placement = (struct df_placement){.black = true};
  const struct df_picture *picture = tile->picture;
  if (!picture)
    return;
  double display_x = positive_or_one(tile->display_x), display_y = positive_or_one(tile->display_y);
  struct area window =
      clamp_window(tile->window, picture->width / display_x, picture->height / display_y);
  /* fmax and fmin swallow one that is not a number, so the window itself is looked at as well */
  struct area given = {tile->window.x, tile->window.y, tile->window.w, tile->window.h};
  if (!has_content(given) || !has_content(window))
    return;

  struct df_rect drawn;
  struct area s;
  fit_window(tile->fit, tile->rect, window, &drawn, &s);
  s = (struct area){s.x * display_x, s.y * display_y, s.w * display_x, s.h * display_y};

  int siting = picture->colour.chroma_location;
  ret_placement->black = false;
  ret_placement->rect = drawn;
  ret_placement->x[DF_PLANE_LUMA] = luma_axis(s.x, s.w, drawn.w, picture->width);
  ret_placement->y[DF_PLANE_LUMA] = luma_axis(s.y, s.h, drawn.h, picture->height);
  ret_placement->x[DF_PLANE_CHROMA] = chroma_axis(
      s.x, s.w, drawn.w, picture->width, picture->format.shift_x, 0.5, offset_across(siting));
  ret_placement->y[DF_PLANE_CHROMA] = chroma_axis(
      s.y, s.h, drawn.h, picture->height, picture->format.shift_y, 1.0, offset_down(siting));
}

int64_t df_axis_position(const struct df_axis *axis, int i)
{
  return (int64_t)floor((axis->origin + i * axis->step) * (1 << DF_POSITION_BITS) + 0.5);
}

int64_t df_axis_scale(const struct df_axis *axis)
{
  int64_t scale = (int64_t)floor(axis->step * (1 << DF_POSITION_BITS) + 0.5);
  return scale > 1 << DF_POSITION_BITS ? scale : 1 << DF_POSITION_BITS;
}
