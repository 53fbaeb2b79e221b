/*
 * Boxes, points, and a face as a detector sees it: the vocabulary of detection, tracking, identity and
 * camera. Pixels with the origin at the top left; a pixel's centre lies at +0.5. Plain values.
 */
#ifndef DF_BASE_GEOMETRY_H
#define DF_BASE_GEOMETRY_H

#include <stdbool.h>

enum { DF_FACE_POINTS = 5 };

struct df_point {
  float x, y;
};

/** A rectangle: left, top, width, height. Empty when w or h is not above 0. */
struct df_box {
  float x, y, w, h;
};

/**
 * One detection: a face box, its score in 0..1 and five landmarks in this order: viewer-left eye,
 * viewer-right eye, nose tip, viewer-left and viewer-right corner of the mouth.
 */
struct df_face {
  struct df_box box;
  float score;
  struct df_point points[DF_FACE_POINTS];
};

static inline float df_box_area(struct df_box b)
{
  return b.w > 0 && b.h > 0 ? b.w * b.h : 0;
}

static inline bool df_box_empty(struct df_box b)
{
  return !(b.w > 0 && b.h > 0);
}

static inline struct df_point df_box_centre(struct df_box b)
{
  return (struct df_point){b.x + b.w / 2, b.y + b.h / 2};
}

/** Larger by these shares of its width on the left and right, and of its height above and below. */
static inline struct df_box df_box_grown(struct df_box b, float across, float along)
{
  float x = b.w * across, y = b.h * along;
  return (struct df_box){b.x - x, b.y - y, b.w + 2 * x, b.h + 2 * y};
}

/** The part that both cover; empty (w = h = 0) when they do not touch. */
struct df_box df_box_intersect(struct df_box a, struct df_box b);

/** Intersection over union, 0..1. */
float df_box_iou(struct df_box a, struct df_box b);

#endif
