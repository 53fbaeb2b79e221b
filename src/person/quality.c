/*
 * Each factor is 1 where the embedder does well and falls in a straight line to 0 where it fails, so
 * that their product ranks the looks at one person. Sees numbers only, never pixels.
 */
#include "person/quality.h"

#include <math.h>
#include <stdbool.h>

/*
 * Widths in displayed pixels: what a face loses by being small, and below which nothing can be told.
 */
static const float width_usable = 16;
static const float width_least = 12, width_enough = 52;

/* What is left of the quality of a face that ends at a side of the picture, up to this share of its width. */
static const float side_share = 0.4f, side_margin = 0.08f;

/* 0 at `least`, 1 at `enough`; they may be in either order. */
static float ramp(float value, float least, float enough)
{
  float share = (value - least) / (enough - least);
  return share > 0 ? share < 1 ? share : 1 : 0;
}

static bool is_finite_face(const struct df_face *face)
{
  float sum = face->box.x + face->box.y + face->box.w + face->box.h + face->score;
  for (int i = 0; i < DF_FACE_POINTS; i++)
    sum += face->points[i].x + face->points[i].y;
  return isfinite(sum);
}

/* In profile the eyes come together and the nose leaves the middle between them. */
static float frontal(const struct df_face *face)
{
  struct df_point a = face->points[0], b = face->points[1], nose = face->points[2];
  float dx = b.x - a.x, dy = b.y - a.y;
  float apart = sqrtf(dx * dx + dy * dy);
  if (!(apart > 0))
    return 0;
  float along = ((nose.x - a.x) * dx + (nose.y - a.y) * dy) / (apart * apart);
  return ramp(fabsf(along - 0.5f), 0.75f, 0.3f) * ramp(apart / face->box.w, 0.15f, 0.32f);
}

static float uncovered(const struct df_face *faces, size_t count, size_t face)
{
  float own = df_box_area(faces[face].box), covered = 0;
  for (size_t i = 0; i < count; i++)
    if (i != face)
      covered += df_box_area(df_box_intersect(faces[i].box, faces[face].box));
  return ramp(covered / own, 0.25f, 0.05f);
}

/* Who comes in at the side is cut in half, although the box may be drawn around what can be seen of him. */
static float inside(struct df_box box, float width, float height)
{
  struct df_box seen = df_box_intersect(box, (struct df_box){0, 0, width, height});
  float share = ramp(df_box_area(seen) / df_box_area(box), 0.6f, 0.9f);
  float margin = side_margin * box.w;
  bool at_side = box.x < margin || box.x + box.w > width - margin;
  return at_side ? side_share * share : share;
}

float df_face_quality(const struct df_face *faces, size_t count, size_t face, float picture_width,
    float picture_height)
{
  const struct df_face *f = &faces[face];
  if (!is_finite_face(f) || df_box_empty(f->box) || !isfinite(df_box_area(f->box)))
    return 0;
  float size = 0.3f + 0.7f * ramp(f->box.w, width_least, width_enough);
  if (f->box.w < width_usable)
    return 0;
  return size * ramp(f->score, 0.35f, 0.75f) * frontal(f) * uncovered(faces, count, face) *
         inside(f->box, picture_width, picture_height);
}

float df_look_quality(float face_quality, float width, float sharpness)
{
  if (!(sharpness > 0))
    return face_quality;
  float detail = 0.25f + 0.75f * ramp(width, width_least, width_enough);
  return face_quality * (0.1f + 0.9f * ramp(sharpness, 0.8f * detail, 5 * detail));
}
