#include "vision/yunet.h"

#include <math.h>

size_t df_yunet_cells(int width, int height)
{
  size_t cells = 0;
  for (int l = 0; l < DF_YUNET_LEVELS; l++)
    cells += (size_t)(width / df_yunet_stride(l)) * (size_t)(height / df_yunet_stride(l));
  return cells;
}

/* What is not a number becomes 0. */
static float clamp_unit(float x)
{
  return x > 0 ? (x < 1 ? x : 1) : 0;
}

static float score_of(const struct df_yunet_cell *cell)
{
  float score = sqrtf(clamp_unit(cell->cls) * clamp_unit(cell->obj));
  return roundf(score * 1024) / 1024;
}

static bool usable(const struct df_face *face)
{
  bool finite = isfinite(face->box.x) && isfinite(face->box.y) && isfinite(face->box.w) &&
                isfinite(face->box.h) && face->box.w > 0 && face->box.h > 0;
  for (int i = 0; i < DF_FACE_POINTS; i++)
    finite = finite && isfinite(face->points[i].x) && isfinite(face->points[i].y);
  return finite;
}

static struct df_face face_of(const struct df_yunet_cell *cell, int width, float score)
{
  float stride = (float)cell->stride;
  size_t columns = (size_t)(width / cell->stride);
  float column = (float)(cell->index % columns), row = (float)(cell->index / columns);
  const float *box = cell->box, *points = cell->points;
  float w = expf(box[2]) * stride, h = expf(box[3]) * stride;
  struct df_face face = {
      .box = {(column + box[0]) * stride - w / 2, (row + box[1]) * stride - h / 2, w, h},
      .score = score,
  };
  for (int i = 0; i < DF_FACE_POINTS; i++) {
    face.points[i].x = (column + points[2 * i]) * stride;
    face.points[i].y = (row + points[2 * i + 1]) * stride;
  }
  return face;
}

bool df_yunet_face(
    const struct df_yunet_cell *cell, int width, float low_score, struct df_face *ret_face)
{
  float score = score_of(cell);
  if (!(score >= low_score) || !(score > 0))
    return false;
  struct df_face face = face_of(cell, width, score);
  if (!usable(&face))
    return false;
  *ret_face = face;
  return true;
}

static size_t collect(const struct df_yunet_level *level, int width, int height, float low_score,
    struct df_face *ret_faces)
{
  size_t count = 0;
  size_t cells = (size_t)(width / level->stride) * (size_t)(height / level->stride);
  for (size_t i = 0; i < cells; i++) {
    const struct df_yunet_cell cell = {level->stride, i, level->cls[i], level->obj[i],
        level->boxes + 4 * i, level->points + 10 * i};
    count += df_yunet_face(&cell, width, low_score, &ret_faces[count]);
  }
  return count;
}

/* The first of those with the highest score. */
static size_t best_of(const struct df_face *faces, size_t count)
{
  size_t best = 0;
  for (size_t i = 1; i < count; i++)
    if (faces[i].score > faces[best].score)
      best = i;
  return best;
}

/* Keeps, in order, those that do not overlap `winner` too much. */
static size_t drop_overlapping(struct df_face *faces, size_t count, size_t winner, float nms)
{
  struct df_box box = faces[winner].box;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (i != winner && !(df_box_iou(faces[i].box, box) > nms))
      faces[kept++] = faces[i];
  return kept;
}

size_t df_yunet_suppress(
    struct df_face *faces, size_t count, float nms, struct df_face *ret_faces, size_t limit)
{
  size_t kept = 0;
  while (count > 0 && kept < limit) {
    size_t best = best_of(faces, count);
    ret_faces[kept++] = faces[best];
    count = drop_overlapping(faces, count, best, nms);
  }
  return kept;
}

size_t df_yunet_decode(const struct df_yunet_level levels[DF_YUNET_LEVELS], int width, int height,
    float low_score, float nms, struct df_face *work, struct df_face *ret_faces, size_t limit)
{
  size_t count = 0;
  for (int l = 0; l < DF_YUNET_LEVELS; l++)
    count += collect(&levels[l], width, height, low_score, work + count);
  return df_yunet_suppress(work, count, nms, ret_faces, limit);
}
