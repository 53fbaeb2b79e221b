/* Window geometry of one seat at one instant; see framing.h. */
#include "camera/framing.h"

#include <math.h>

static const float safe_margin = 0.10f; /* of the window, on each side */
static const float safe_slack =
    1e-3f; /* of the window's height: rounding, not a face out of place */
static const float part_room = 0.25f; /* of the other face's width: hair and ears beside its box */
static const float part_most = 1.f / 6; /* of the window's width: from its middle to a third */
static const double steps = 64;         /* windows are rounded to 1/64 pixel */

static float clamp(float value, float low, float high)
{
  return fmaxf(low, fminf(value, high));
}

static float or_default(float value, float low, float high, float fallback)
{
  return isfinite(value) && value > 0 ? clamp(value, low, high) : fallback;
}

void df_framing_init(
    struct df_framing *framing, const struct df_director_options *options, enum df_seat seat)
{
  framing->width = or_default(options->picture_width, 1, 65536, 1);
  framing->height = or_default(options->picture_height, 1, 65536, 1);
  framing->aspect = or_default(options->aspect[seat], 1.f / 64, 64, 8.f / 9);
  framing->face_height = or_default(options->face_height, 0.02f, 0.9f, 0.32f);
  framing->headroom = or_default(options->headroom, 0, 0.9f, 0.24f);
  framing->most = fminf(framing->height, framing->width / framing->aspect);
  float zoom = or_default(options->max_zoom, 0.1f, 1000, 6);
  float tile = or_default(options->tile_height[seat], 1, 65536, 0);
  float fixed = or_default(options->fixed_height[seat], 1.f / 64, 65536, 0);
  framing->least = fminf(framing->most, tile / zoom);
  if (fixed > 0)
    framing->least = framing->most = fminf(framing->most, fixed);
}

float df_framing_height(const struct df_framing *framing, float face_height)
{
  return clamp(face_height / framing->face_height, framing->least, framing->most);
}

float df_framing_size(const struct df_framing *framing, float face_height)
{
  return face_height / framing->face_height / df_framing_height(framing, face_height);
}

struct df_pose df_framing_clamp(const struct df_framing *framing, struct df_pose pose)
{
  float h = clamp(pose.h, fminf(framing->least, framing->most), framing->most);
  float half = h * framing->aspect / 2;
  return (struct df_pose){
      .x = clamp(pose.x, half, framing->width - half),
      .y = clamp(pose.y, h / 2, framing->height - h / 2),
      .h = h,
  };
}

struct df_pose df_framing_face(
    const struct df_framing *framing, struct df_point centre, float height)
{
  float face_at = framing->headroom + framing->face_height / 2;
  struct df_pose pose = {centre.x, centre.y + (0.5f - face_at) * height, height};
  return df_framing_clamp(framing, pose);
}

/* How much of the other face's height the window has, 1 from a half on. */
static float beside(struct df_pose pose, struct df_box other)
{
  float top = fmaxf(pose.y - pose.h / 2, other.y);
  float bottom = fminf(pose.y + pose.h / 2, other.y + other.h);
  return clamp((bottom - top) / (0.5f * other.h), 0, 1);
}

struct df_pose df_framing_part(
    const struct df_framing *framing, struct df_pose pose, float own_x, struct df_box other)
{
  float width = pose.h * framing->aspect, half = other.w / 2 + part_room * other.w;
  float centre = other.x + other.w / 2;
  float away = centre > own_x ? -1 : 1; /* the way to go */
  float edge = pose.x - away * width / 2;
  float needed = away * (centre + away * half - edge);
  /* What there is left of the way to a third, should the picture's edge have moved the window. */
  float most = fmaxf(width * part_most + away * (own_x - pose.x), 0);
  /* From there the move gives way until all of the other face is in, or it is where the own one is. */
  float give_way = fminf(2 * half, away * (own_x - edge) + half - most);
  float share = give_way > 0 ? clamp(1 - (needed - most) / give_way, 0, 1) : 0;
  pose.x += away * share * beside(pose, other) * clamp(needed, 0, most);
  return df_framing_clamp(framing, pose);
}

struct df_pose df_framing_wide(const struct df_framing *framing, struct df_point about)
{
  return df_framing_clamp(framing, (struct df_pose){about.x, about.y, framing->most});
}

/* The nearest place to `at` from which [low, high] is within `reach` on both sides; the middle
 * of what is longer than that. */
static float reach_over(float at, float low, float high, float reach)
{
  if (high - low >= 2 * reach)
    return (low + high) / 2;
  return clamp(at, high - reach, low + reach);
}

struct df_pose df_framing_keep(
    const struct df_framing *framing, struct df_pose pose, struct df_box face)
{
  float reach = (0.5f - safe_margin) * pose.h;
  pose.x = reach_over(pose.x, face.x, face.x + face.w, reach * framing->aspect);
  pose.y = reach_over(pose.y, face.y, face.y + face.h, reach);
  return df_framing_clamp(framing, pose);
}

bool df_framing_safe(const struct df_framing *framing, struct df_pose pose, struct df_box face)
{
  struct df_pose kept = df_framing_keep(framing, pose, face);
  float slack = safe_slack * pose.h;
  return fabsf(kept.x - pose.x) <= slack && fabsf(kept.y - pose.y) <= slack;
}

struct df_box df_framing_box(const struct df_framing *framing, struct df_pose pose)
{
  float w = pose.h * framing->aspect;
  return (struct df_box){pose.x - w / 2, pose.y - pose.h / 2, w, pose.h};
}

/* Length first, then a place that leaves room for it: both are then exact in a float. */
static void round_inside(
    double centre, double length, double limit, float *ret_at, float *ret_length)
{
  double most = fmax(floor(limit * steps), 1);
  double size = fmin(fmax(floor(length * steps + 0.5), 1), most);
  double at = floor((centre - length / 2) * steps + 0.5);
  *ret_at = (float)(fmax(fmin(at, most - size), 0) / steps);
  *ret_length = (float)(size / steps);
}

struct df_box df_framing_window(const struct df_framing *framing, struct df_pose pose)
{
  struct df_box window;
  round_inside(pose.x, pose.h * framing->aspect, framing->width, &window.x, &window.w);
  round_inside(pose.y, pose.h, framing->height, &window.y, &window.h);
  return window;
}
