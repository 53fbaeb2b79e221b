#include "pipeline/found.h"

#include <math.h>
#include <stdio.h>

static int64_t pts_of(const struct df_views *views, int64_t frame)
{
  for (size_t i = 0; i < views->count; i++)
    if (views->items[i].frame == frame)
      return views->items[i].pts;
  return 0;
}

/* The person's place in the list, else a new one, else that of the smallest face. */
static struct df_large_view *place_of(struct df_views *views, int person)
{
  struct df_large_view *smallest = &views->large[0];
  for (size_t i = 0; i < views->large_count; i++) {
    struct df_large_view *view = &views->large[i];
    if (view->person == person)
      return view;
    if (df_box_area(view->box) < df_box_area(smallest->box))
      smallest = view;
  }
  if (views->large_count < DF_PEOPLE_MAX)
    smallest = &views->large[views->large_count++];
  return smallest;
}

void df_views_see(struct df_views *views, const struct df_tracks_frame *frame)
{
  for (size_t i = 0; i < frame->face_count; i++) {
    const struct df_tracks_face *face = &frame->faces[i];
    if (face->person == DF_NOBODY)
      continue;
    struct df_large_view *view = place_of(views, face->person);
    if (df_box_area(face->face.box) > df_box_area(view->box))
      *view = (struct df_large_view){face->person, frame->pts, face->face.box};
  }
}

/* The best look at a person, else the largest face. */
static void fill_view(
    const struct df_views *views, const struct df_person_info *info, struct df_found *found)
{
  found->viewed = info->best_quality > 0;
  found->view = info->best_box;
  found->view_pts = pts_of(views, info->best_frame);
  for (size_t i = 0; i < views->large_count && !found->viewed; i++) {
    const struct df_large_view *large = &views->large[i];
    if (large->person != info->id)
      continue;
    found->viewed = true;
    found->view = large->box;
    found->view_pts = large->pts;
  }
}

void df_views_note(
    struct df_views *views, const struct df_identifier *identifier, int64_t frame, int64_t pts)
{
  struct df_views old = *views;
  views->count = df_identifier_person_count(identifier);
  for (size_t rank = 0; rank < views->count; rank++) {
    struct df_person_info info;
    df_identifier_person_info(identifier, rank, &info);
    views->items[rank].frame = info.best_frame;
    views->items[rank].pts = info.best_frame == frame ? pts : pts_of(&old, info.best_frame);
  }
}

static int seat_of(const int seat_person[DF_SEATS], int person)
{
  int seat = 0;
  while (seat < DF_SEATS && seat_person[seat] != person)
    seat++;
  return seat;
}

size_t df_found_list(const struct df_views *views, const struct df_identifier *identifier,
    const int seat_person[DF_SEATS], double seconds, struct df_found ret_found[DF_PEOPLE_MAX])
{
  size_t known = df_identifier_person_count(identifier), count = 0;
  for (size_t rank = 0; rank < known; rank++) {
    struct df_person_info info;
    df_identifier_person_info(identifier, rank, &info);
    if (!(info.presence > 0))
      continue;
    ret_found[count] = (struct df_found){
        .person = info.id,
        .seat = seat_of(seat_person, info.id),
        .seconds = info.presence,
        .share = seconds > 0 ? fmin(info.presence / seconds, 1) : 0,
    };
    fill_view(views, &info, &ret_found[count++]);
  }
  return count;
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
