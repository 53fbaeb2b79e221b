#include "pipeline/found.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "person/quality.h"

/* A frame counts as at most this long (seconds), however long the pause before it was. */
static const double frame_longest = 0.5;

/* The person's place in the list, else a new one, else that of who was seen least. */
static size_t place_of(struct df_census *c, int person, double t)
{
  size_t least = 0;
  for (size_t i = 0; i < c->count; i++) {
    if (c->people[i].found.person == person)
      return i;
    if (c->people[i].found.seconds < c->people[least].found.seconds)
      least = i;
  }
  if (c->count < DF_FOUND_MAX)
    least = c->count++;
  c->people[least].found = (struct df_found){.person = person, .first_t = t};
  c->people[least].value = -1;
  return least;
}

static void see_face(struct df_census *c, const struct df_tracks_frame *frame,
    const struct df_face *faces, size_t face, double dt)
{
  size_t i = place_of(c, frame->faces[face].person, frame->t);
  struct df_box box = faces[face].box;
  float quality =
      df_face_quality(faces, frame->face_count, face, c->picture_width, c->picture_height);
  float value = (0.1f + quality) * sqrtf(df_box_area(box));
  struct df_found *found = &c->people[i].found;
  found->seconds += dt;
  if (value <= c->people[i].value)
    return;
  c->people[i].value = value;
  found->view = box;
  found->view_pts = frame->pts;
  found->view_t = frame->t;
}

void df_census_see(struct df_census *c, const struct df_tracks_frame *frame)
{
  struct df_face faces[DF_FACES_MAX];
  double dt = c->begun ? fmin(fmax(frame->t - c->t, 0), frame_longest) : c->frame_seconds;
  c->begun = true;
  c->t = frame->t;
  c->seconds += dt;
  for (size_t i = 0; i < frame->face_count; i++)
    faces[i] = frame->faces[i].face;
  for (size_t i = 0; i < frame->face_count; i++)
    if (frame->faces[i].person != DF_NOBODY)
      see_face(c, frame, faces, i, dt);
}

static int by_time_seen(const void *a, const void *b)
{
  const struct df_found *first = a, *second = b;
  if (first->seconds != second->seconds)
    return first->seconds > second->seconds ? -1 : 1;
  return first->person < second->person ? -1 : 1;
}

size_t df_census_list(const struct df_census *c, const int seat_person[DF_SEATS],
    struct df_found ret_found[DF_FOUND_MAX])
{
  for (size_t i = 0; i < c->count; i++) {
    struct df_found *found = &ret_found[i];
    *found = c->people[i].found;
    found->share = c->seconds > 0 ? fmin(found->seconds / c->seconds, 1) : 0;
    found->seat = 0;
    while (found->seat < DF_SEATS && seat_person[found->seat] != found->person)
      found->seat++;
  }
  qsort(ret_found, c->count, sizeof *ret_found, by_time_seen);
  return c->count;
}

bool df_found_has(const struct df_result *result, int person)
{
  for (size_t i = 0; i < result->found_count; i++)
    if (result->found[i].person == person)
      return true;
  return false;
}

const char *df_found_text(const struct df_result *result, char text[DF_FOUND_TEXT])
{
  size_t length = 0, i = 0;
  snprintf(text, DF_FOUND_TEXT, "nobody was found");
  for (; i < result->found_count && length + 32 < DF_FOUND_TEXT; i++)
    length += (size_t)snprintf(text + length, DF_FOUND_TEXT - length, "%s%d",
        i == 0 ? "found were " : ", ", result->found[i].person + 1);
  if (i < result->found_count)
    snprintf(text + length, DF_FOUND_TEXT - length, " and more");
  return text;
}
