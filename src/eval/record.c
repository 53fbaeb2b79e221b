#include "eval/record.h"

#include <stdlib.h>

/* Room for one more of `size` bytes: the list, moved or not, or NULL with the old one left as it was. */
static void *grown(void *list, size_t count, size_t *room, size_t size)
{
  if (count < *room)
    return list;
  size_t wanted = *room > 0 ? 2 * *room : 256;
  void *larger = reallocarray(list, wanted, size);
  if (larger)
    *room = wanted;
  return larger;
}

int df_record_add_frame(
    struct df_record *record, const struct df_record_frame *frame, struct df_error *err)
{
  struct df_record_frame *list =
      grown(record->frames, record->frame_count, &record->frame_room, sizeof *list);
  if (!list)
    return df_fail(err, DF_ENOMEM, "out of memory");
  record->frames = list;
  size_t true_first = 0, found_first = 0;
  if (record->frame_count > 0) {
    const struct df_record_frame *before = &list[record->frame_count - 1];
    true_first = before->true_first + before->true_count;
    found_first = before->found_first + before->found_count;
  }
  struct df_record_frame *added = &list[record->frame_count++];
  *added = *frame;
  added->true_first = true_first;
  added->true_count = record->true_count - true_first;
  added->found_first = found_first;
  added->found_count = record->found_count - found_first;
  return 0;
}

int df_record_add_true(
    struct df_record *record, const struct df_true_face *face, struct df_error *err)
{
  struct df_true_face *list =
      grown(record->true_faces, record->true_count, &record->true_room, sizeof *list);
  if (!list)
    return df_fail(err, DF_ENOMEM, "out of memory");
  record->true_faces = list;
  list[record->true_count++] = *face;
  if ((size_t)face->id >= record->true_ids)
    record->true_ids = (size_t)face->id + 1;
  return 0;
}

int df_record_add_found(
    struct df_record *record, const struct df_found_face *face, struct df_error *err)
{
  struct df_found_face *list =
      grown(record->found_faces, record->found_count, &record->found_room, sizeof *list);
  if (!list)
    return df_fail(err, DF_ENOMEM, "out of memory");
  record->found_faces = list;
  list[record->found_count++] = *face;
  if ((size_t)face->id >= record->found_ids)
    record->found_ids = (size_t)face->id + 1;
  return 0;
}

void df_record_finish(struct df_record *record)
{
  free(record->frames);
  free(record->true_faces);
  free(record->found_faces);
  *record = (struct df_record){0};
}

const struct df_true_face *df_record_face(
    const struct df_record *record, const struct df_record_frame *frame, int id)
{
  for (size_t i = 0; i < frame->true_count; i++) {
    const struct df_true_face *face = &record->true_faces[frame->true_first + i];
    if (face->id == id)
      return face;
  }
  return NULL;
}
