/* Storage of the frames in hand; see timeline.h. */
#include "camera/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { FIRST_CAPACITY = 64 };

static bool grow(void **array, size_t capacity, size_t size)
{
  void *grown = reallocarray(*array, capacity, size);
  if (!grown)
    return false;
  *array = grown;
  return true;
}

static int reserve(struct df_timeline *timeline)
{
  if (timeline->count < timeline->capacity)
    return 0;
  size_t capacity = timeline->capacity ? timeline->capacity * 2 : FIRST_CAPACITY;
  /* Arrays that have grown already stay valid when a later one cannot. */
  if (!grow((void **)&timeline->moments, capacity, sizeof *timeline->moments))
    return DF_ENOMEM;
  for (int s = 0; s < DF_SEATS; s++)
    if (!grow((void **)&timeline->points[s], capacity, sizeof *timeline->points[s]))
      return DF_ENOMEM;
  timeline->capacity = capacity;
  return 0;
}

int df_timeline_push(struct df_timeline *timeline, const struct df_scene *scene)
{
  if (reserve(timeline) < 0)
    return DF_ENOMEM;
  size_t i = timeline->count++;
  timeline->moments[i] = (struct df_moment){.scene = *scene};
  for (int s = 0; s < DF_SEATS; s++)
    timeline->points[s][i] = (struct df_path_point){.t = scene->t};
  return 0;
}

void df_timeline_drop(struct df_timeline *timeline, size_t count)
{
  size_t left = timeline->count - count;
  if (count == 0)
    return;
  memmove(timeline->moments, timeline->moments + count, left * sizeof *timeline->moments);
  for (int s = 0; s < DF_SEATS; s++)
    memmove(timeline->points[s], timeline->points[s] + count, left * sizeof *timeline->points[s]);
  timeline->count = left;
  timeline->shot_begin -= count < timeline->shot_begin ? count : timeline->shot_begin;
  timeline->shot_end -= count < timeline->shot_end ? count : timeline->shot_end;
}

void df_timeline_finish(struct df_timeline *timeline)
{
  free(timeline->moments);
  for (int s = 0; s < DF_SEATS; s++)
    free(timeline->points[s]);
  *timeline = (struct df_timeline){0};
}

struct df_shot df_timeline_shot(struct df_timeline *timeline, size_t at)
{
  size_t begin = timeline->shot_begin, end = timeline->shot_end;
  if (at < begin || at >= end) {
    end = at + 1;
    for (begin = at; begin > 0 && !timeline->moments[begin].scene.cut;)
      begin--;
  }
  while (end < timeline->count && !timeline->moments[end].scene.cut)
    end++;
  timeline->shot_begin = begin;
  timeline->shot_end = end;
  return (struct df_shot){timeline, begin, at, end};
}
