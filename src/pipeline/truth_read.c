/*
 * Reads the truth file. Every line is checked against docs/truth.md, and what is wrong is said with file, line
 * and key, since such files are written by other programs and by hand.
 */
#include <stdlib.h>
#include <string.h>

#include "pipeline/json_lines.h"
#include "pipeline/truth.h"

/* The lists of a header and of a frame. */
static const char *const list_names[] = {"people", "others"};
enum { PEOPLE, OTHERS, LISTS };

struct df_truth_reader {
  struct df_json_lines lines;
  struct df_truth_header header;
};

/* DF_NO_ID when there is none of that name. */
static int find_face(const struct df_truth_header *header, const char *name)
{
  for (size_t i = 0; i < header->face_count; i++)
    if (strcmp(header->faces[i].name, name) == 0)
      return (int)i;
  return DF_NO_ID;
}

static int add_face(struct df_truth_header *header, const json_t *entry, struct df_error *err)
{
  const char *name = json_string_value(json_object_get(entry, "id"));
  if (!name || !*name || strlen(name) >= DF_TRUTH_NAME)
    return df_json_wrong(err, "id", "a text of 1 to 63 bytes");
  if (find_face(header, name) != DF_NO_ID)
    return df_fail(err, DF_EINPUT, "\"%s\" is the \"id\" of two", name);
  if (header->face_count == DF_TRUE_IDS_MAX)
    return df_fail(err, DF_EINPUT, "more than %d people and others", DF_TRUE_IDS_MAX);
  strcpy(header->faces[header->face_count++].name, name);
  return 0;
}

/* The person that was added last gets the seat. */
static int give_seat(struct df_truth_header *header, const json_t *entry, struct df_error *err)
{
  const char *text = json_string_value(json_object_get(entry, "seat"));
  for (enum df_seat s = 0; text && s < DF_SEATS; s++) {
    if (strcmp(text, df_seat_names[s]) != 0)
      continue;
    if (header->seat_id[s] != DF_NO_ID)
      return df_fail(err, DF_EINPUT, "two people have the seat \"%s\"", text);
    header->seat_id[s] = (int)header->face_count - 1;
    return 0;
  }
  return df_json_wrong(err, "seat", "\"left\" or \"right\"");
}

static int give_kind(struct df_truth_header *header, const json_t *entry, struct df_error *err)
{
  const char *text = json_string_value(json_object_get(entry, "kind"));
  bool photo = text && strcmp(text, "photo") == 0;
  if (!photo && (!text || strcmp(text, "person") != 0))
    return df_json_wrong(err, "kind", "\"person\" or \"photo\"");
  header->faces[header->face_count - 1].photo = photo;
  return 0;
}

static int read_faces(
    struct df_truth_header *header, const json_t *object, int list, struct df_error *err)
{
  const json_t *entries = json_object_get(object, list_names[list]);
  if (!json_is_array(entries) && (entries || list == PEOPLE))
    return df_json_wrong(err, list_names[list], "a list");
  for (size_t i = 0; i < json_array_size(entries); i++) {
    const json_t *entry = json_array_get(entries, i);
    int result = add_face(header, entry, err);
    if (result == 0)
      result = list == PEOPLE ? give_seat(header, entry, err) : give_kind(header, entry, err);
    if (result < 0)
      return result;
  }
  return 0;
}

static int read_header(const json_t *object, struct df_truth_header *header, struct df_error *err)
{
  int result = df_json_take_version(object, "dualface_truth", err);
  if (result == 0)
    result = df_json_take_size(object, &header->width, &header->height, err);
  if (result == 0 && json_object_get(object, "time_base"))
    result = df_json_take_time_base(object, &header->time_base, err);
  for (int list = 0; list < LISTS && result == 0; list++)
    result = read_faces(header, object, list, err);
  if (result == 0 && header->face_count == 0)
    result = df_json_wrong(err, "people", "a list with somebody in it");
  return result;
}

int df_truth_parse_header(
    const char *line, size_t size, struct df_truth_header *ret_header, struct df_error *err)
{
  json_t *object = NULL;
  int result = df_json_parse_object(line, size, &object, err);
  if (result < 0)
    return result;
  struct df_truth_header header = {.seat_id = {DF_NO_ID, DF_NO_ID}};
  result = read_header(object, &header, err);
  json_decref(object);
  if (result == 0)
    *ret_header = header;
  return result;
}

/* Adds a face to the frame, unless it is not in the picture. */
static int read_face(const json_t *entry, const struct df_truth_header *header,
    struct df_truth_frame *frame, struct df_error *err)
{
  const char *name = json_string_value(json_object_get(entry, "id"));
  struct df_true_face face = {.id = name ? find_face(header, name) : DF_NO_ID};
  if (face.id == DF_NO_ID)
    return df_json_wrong(err, "id", "one that the header names");
  for (size_t i = 0; i < frame->face_count; i++)
    if (frame->faces[i].id == face.id)
      return df_fail(err, DF_EINPUT, "\"%s\" is there twice", name);
  const json_t *visible = json_object_get(entry, "visible"), *box = json_object_get(entry, "box");
  if (!json_is_boolean(visible))
    return df_json_wrong(err, "visible", "true or false");
  if (json_is_true(visible) && (!box || json_is_null(box)))
    return df_fail(err, DF_EINPUT, "\"%s\" is visible, but has no \"box\"", name);
  if (!box || json_is_null(box))
    return 0;
  int result = df_json_take_box(box, "box", &face.box, err);
  if (result == 0 && df_box_empty(face.box))
    result = df_json_wrong(err, "box", "a box of some width and height");
  if (result < 0)
    return result;
  face.asked = json_is_true(visible) && !header->faces[face.id].photo;
  frame->faces[frame->face_count++] = face;
  return 0;
}

static int read_time(const json_t *object, const struct df_truth_header *header,
    struct df_truth_frame *frame, struct df_error *err)
{
  const json_t *t = json_object_get(object, "t");
  float seconds = 0;
  int64_t pts = 0;
  if (!t && header->time_base.den == 0)
    return df_fail(
        err, DF_EINPUT, "there is no \"t\", and no \"time_base\" in the header for \"pts\"");
  int result = t ? df_json_take_number(t, "t", &seconds, err)
                 : df_json_take_integer(object, "pts", &pts, err);
  if (result == 0)
    frame->t =
        t ? json_number_value(t) : (double)pts * header->time_base.num / header->time_base.den;
  return result;
}

static int read_frame(const json_t *object, const struct df_truth_header *header,
    struct df_truth_frame *frame, struct df_error *err)
{
  int result = df_json_take_integer(object, "n", &frame->n, err);
  if (result == 0)
    result = read_time(object, header, frame, err);
  if (result == 0 && !json_is_boolean(json_object_get(object, "cut")))
    result = df_json_wrong(err, "cut", "true or false");
  if (result < 0)
    return result;
  frame->cut = json_is_true(json_object_get(object, "cut"));
  for (int list = 0; list < LISTS; list++) {
    const json_t *entries = json_object_get(object, list_names[list]);
    if (!json_is_array(entries) && (entries || list == PEOPLE))
      return df_json_wrong(err, list_names[list], "a list");
    for (size_t i = 0; i < json_array_size(entries) && result == 0; i++)
      result = read_face(json_array_get(entries, i), header, frame, err);
  }
  return result;
}

int df_truth_parse_frame(const char *line, size_t size, const struct df_truth_header *header,
    struct df_truth_frame *ret_frame, struct df_error *err)
{
  json_t *object = NULL;
  int result = df_json_parse_object(line, size, &object, err);
  if (result < 0)
    return result;
  *ret_frame = (struct df_truth_frame){0};
  result = read_frame(object, header, ret_frame, err);
  json_decref(object);
  return result;
}

int df_truth_open(const char *path, struct df_truth_reader **ret_reader, struct df_error *err)
{
  struct df_truth_reader *reader = calloc(1, sizeof *reader);
  if (!reader)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = df_json_lines_open(&reader->lines, path, err);
  if (result == 0)
    result = df_json_lines_next(&reader->lines, err);
  if (result == 0)
    result = df_fail(err, DF_EINPUT, "%s is empty; docs/truth.md says what belongs there", path);
  if (result > 0) {
    result = df_truth_parse_header(reader->lines.line, reader->lines.size, &reader->header, err);
    if (result < 0)
      df_error_prefix(err, "%s, line 1 (the header)", path);
  }
  if (result < 0) {
    df_truth_close(&reader);
    return result;
  }
  *ret_reader = reader;
  return 0;
}

const struct df_truth_header *df_truth_header(const struct df_truth_reader *reader)
{
  return &reader->header;
}

int df_truth_read(
    struct df_truth_reader *reader, struct df_truth_frame *ret_frame, struct df_error *err)
{
  int result = df_json_lines_next(&reader->lines, err);
  if (result <= 0)
    return result;
  result =
      df_truth_parse_frame(reader->lines.line, reader->lines.size, &reader->header, ret_frame, err);
  if (result == 0 && ret_frame->n != reader->lines.number - 2)
    result = df_fail(err, DF_EINPUT, "\"n\" is %lld, but this is frame %lld",
        (long long)ret_frame->n, reader->lines.number - 2);
  if (result < 0)
    df_error_prefix(err, "%s, line %lld", reader->lines.path, reader->lines.number);
  return result < 0 ? result : 1;
}

void df_truth_close(struct df_truth_reader **reader)
{
  if (!*reader)
    return;
  df_json_lines_close(&(*reader)->lines);
  free(*reader);
  *reader = NULL;
}
