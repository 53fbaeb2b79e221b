#include "vision/yunet.h"

#include <math.h>
#include <stdbool.h>

static const int strides[DF_YUNET_LEVELS] = {8, 16, 32};

size_t df_yunet_cells(int width, int height)
{
  size_t cells = 0;
  for (int l = 0; l < DF_YUNET_LEVELS; l++)
    cells += (size_t)(width / strides[l]) * (size_t)(height / strides[l]);
  return cells;
}

/* What is not a number becomes 0. */
static float clamp_unit(float x)
{
  return x > 0 ? (x < 1 ? x : 1) : 0;
}

static float score_of(const struct df_yunet_level *level, size_t cell)
{
  float score = sqrtf(clamp_unit(level->cls[cell]) * clamp_unit(level->obj[cell]));
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

static struct df_face face_of(
    const struct df_yunet_level *level, size_t cell, int columns, float score)
{
  float stride = (float)level->stride;
  float column = (float)(cell % (size_t)columns), row = (float)(cell / (size_t)columns);
  const float *box = level->boxes + 4 * cell, *points = level->points + 10 * cell;
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

static size_t collect(const struct df_yunet_level *level, int width, int height, float low_score,
    struct df_face *ret_faces)
{
  int columns = width / level->stride;
  size_t count = 0, cells = (size_t)columns * (size_t)(height / level->stride);
  for (size_t cell = 0; cell < cells; cell++) {
    float score = score_of(level, cell);
    if (!(score >= low_score) || !(score > 0))
      continue;
    ret_faces[count] = face_of(level, cell, columns, score);
    count += usable(&ret_faces[count]);
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

size_t df_yunet_decode(const struct df_yunet_level levels[DF_YUNET_LEVELS], int width, int height,
    float low_score, float nms, struct df_face *work, struct df_face *ret_faces, size_t limit)
{
  size_t candidates = 0, count = 0;
  for (int l = 0; l < DF_YUNET_LEVELS; l++)
    candidates += collect(&levels[l], width, height, low_score, work + candidates);
  while (candidates > 0 && count < limit) {
    size_t best = best_of(work, candidates);
    ret_faces[count++] = work[best];
    candidates = drop_overlapping(work, candidates, best, nms);
  }
  return count;
}
