/*
 * Reads the tracks file, edited by hand or not: every line is checked against docs/tracks.md, and what is
 * wrong is said with file, line and key. Unknown keys are left alone, so that other tools may add theirs.
 */
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/json_lines.h"
#include "pipeline/tracks.h"

struct df_tracks_reader {
  struct df_json_lines lines;
};

/* The reverse of df_person_name: a letter, or P and a number; null is nobody. */
static int get_person(const json_t *value, const char *key, int *ret_person, struct df_error *err)
{
  *ret_person = DF_NOBODY;
  if (json_is_null(value))
    return 0;
  const char *text = json_string_value(value);
  for (int person = 0; text && person < DF_PEOPLE_MAX; person++) {
    char name[8];
    df_person_name(person, name);
    if (strcmp(name, text) == 0) {
      *ret_person = person;
      return 0;
    }
  }
  return df_json_wrong(err, key, "a person (\"A\", \"B\", ...) or null");
}

static int parse_points(const json_t *value, struct df_point *points, struct df_error *err)
{
  if (!json_is_array(value) || json_array_size(value) != DF_FACE_POINTS)
    return df_json_wrong(err, "points", "a list of five points");
  for (size_t i = 0; i < DF_FACE_POINTS; i++) {
    float xy[2];
    int result = df_json_take_numbers(json_array_get(value, i), "points", xy, 2, err);
    if (result < 0)
      return result;
    points[i] = (struct df_point){xy[0], xy[1]};
  }
  return 0;
}

static int parse_face(const json_t *value, struct df_tracks_face *ret_face, struct df_error *err)
{
  if (!json_is_object(value))
    return df_json_wrong(err, "faces", "a list of objects");
  struct df_tracks_face face = {0};
  const json_t *track = json_object_get(value, "track");
  if (json_is_integer(track) && json_integer_value(track) > 0 &&
      json_integer_value(track) <= INT_MAX)
    face.track = (int)json_integer_value(track);
  else if (!json_is_null(track))
    return df_json_wrong(err, "track", "a number above 0 or null");
  int result = get_person(json_object_get(value, "person"), "person", &face.person, err);
  if (result == 0)
    result = df_json_take_box(json_object_get(value, "box"), "box", &face.face.box, err);
  if (result == 0)
    result = df_json_take_number(json_object_get(value, "score"), "score", &face.face.score, err);
  if (result == 0)
    result = parse_points(json_object_get(value, "points"), face.face.points, err);
  if (result == 0)
    *ret_face = face;
  return result;
}

static int parse_state(const json_t *value, enum df_window_state *ret_state, struct df_error *err)
{
  const char *text = json_string_value(value);
  for (enum df_window_state s = 0; text && s < DF_WINDOW_STATES; s++)
    if (strcmp(text, df_window_state_names[s]) == 0) {
      *ret_state = s;
      return 0;
    }
  return df_json_wrong(err, "state", "one of seen, interpolated, held, wide, frozen, black");
}

static int parse_seat(
    const json_t *value, const char *key, struct df_tracks_seat *ret_seat, struct df_error *err)
{
  if (!json_is_object(value))
    return df_json_wrong(err, key, "an object");
  struct df_tracks_seat seat = {0};
  const json_t *face = json_object_get(value, "face");
  int result = get_person(json_object_get(value, "person"), "person", &seat.person, err);
  if (result == 0 && !json_is_null(face)) {
    seat.seen = true;
    result = df_json_take_box(face, "face", &seat.face, err);
  }
  if (result == 0)
    result = df_json_take_box(json_object_get(value, "window"), "window", &seat.shot.window, err);
  if (result == 0)
    result = parse_state(json_object_get(value, "state"), &seat.shot.state, err);
  bool shows = seat.shot.state != DF_WINDOW_BLACK && seat.shot.state != DF_WINDOW_FROZEN;
  if (result == 0 && shows && df_box_empty(seat.shot.window))
    result = df_json_wrong(err, "window", "a window of some width and height");
  if (result == 0)
    *ret_seat = seat;
  return result;
}

static int parse_people(const json_t *people, int seat_person[DF_SEATS], struct df_error *err)
{
  seat_person[DF_LEFT] = seat_person[DF_RIGHT] = DF_NOBODY;
  if (!json_is_array(people))
    return df_json_wrong(err, "people", "a list");
  for (size_t i = 0; i < json_array_size(people); i++) {
    const json_t *entry = json_array_get(people, i);
    const char *seat = json_string_value(json_object_get(entry, "seat"));
    int person = DF_NOBODY, result = get_person(json_object_get(entry, "id"), "id", &person, err);
    if (result < 0)
      return result;
    for (enum df_seat s = 0; seat && s < DF_SEATS; s++)
      if (strcmp(seat, df_seat_names[s]) == 0)
        seat_person[s] = person;
  }
  return 0;
}

static int read_header(const json_t *object, struct df_tracks_header *header, struct df_error *err)
{
  int result = df_json_take_version(object, "dualface", err);
  if (result == 0)
    result = df_json_take_size(object, &header->width, &header->height, err);
  if (result < 0)
    return result;
  const char *input = json_string_value(json_object_get(object, "input"));
  if (!input)
    return df_json_wrong(err, "input", "a string");
  snprintf(header->input, sizeof header->input, "%s", input);
  result = df_json_take_time_base(object, &header->time_base, err);
  if (result < 0)
    return result;
  return parse_people(json_object_get(object, "people"), header->seat_person, err);
}

int df_tracks_parse_header(
    const char *line, size_t size, struct df_tracks_header *ret_header, struct df_error *err)
{
  json_t *object = NULL;
  int result = df_json_parse_object(line, size, &object, err);
  if (result < 0)
    return result;
  struct df_tracks_header header = {0};
  result = read_header(object, &header, err);
  json_decref(object);
  if (result == 0)
    *ret_header = header;
  return result;
}

static int read_frame(const json_t *object, struct df_tracks_frame *frame, struct df_error *err)
{
  int result = df_json_take_integer(object, "n", &frame->n, err);
  if (result == 0)
    result = df_json_take_integer(object, "pts", &frame->pts, err);
  if (result < 0)
    return result;
  const json_t *t = json_object_get(object, "t");
  if (!json_is_number(t))
    return df_json_wrong(err, "t", "a number");
  frame->t = json_number_value(t);
  frame->cut = json_is_true(json_object_get(object, "cut"));
  const json_t *faces = json_object_get(object, "faces");
  if (!json_is_array(faces) || json_array_size(faces) > DF_FACES_MAX)
    return df_fail(err, DF_EINPUT, "\"faces\" is not a list of at most %d faces", DF_FACES_MAX);
  frame->face_count = json_array_size(faces);
  for (size_t i = 0; i < frame->face_count && result == 0; i++)
    result = parse_face(json_array_get(faces, i), &frame->faces[i], err);
  for (enum df_seat s = 0; s < DF_SEATS && result == 0; s++)
    result = parse_seat(
        json_object_get(object, df_seat_names[s]), df_seat_names[s], &frame->seats[s], err);
  return result;
}

int df_tracks_parse_frame(
    const char *line, size_t size, struct df_tracks_frame *ret_frame, struct df_error *err)
{
  json_t *object = NULL;
  int result = df_json_parse_object(line, size, &object, err);
  if (result < 0)
    return result;
  *ret_frame = (struct df_tracks_frame){0};
  result = read_frame(object, ret_frame, err);
  json_decref(object);
  return result;
}

int df_tracks_open(const char *path, struct df_tracks_reader **ret_reader,
    struct df_tracks_header *ret_header, struct df_error *err)
{
  struct df_tracks_reader *reader = calloc(1, sizeof *reader);
  if (!reader)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = df_json_lines_open(&reader->lines, path, err);
  if (result == 0)
    result = df_json_lines_next(&reader->lines, err);
  if (result == 0)
    result = df_fail(err, DF_EINPUT, "%s is empty: `dualface analyze` writes tracks files", path);
  if (result > 0) {
    result = df_tracks_parse_header(reader->lines.line, reader->lines.size, ret_header, err);
    if (result < 0)
      df_error_prefix(err, "%s, line 1 (the header)", path);
  }
  if (result < 0) {
    df_tracks_close(&reader);
    return result;
  }
  *ret_reader = reader;
  return 0;
}

int df_tracks_read(
    struct df_tracks_reader *reader, struct df_tracks_frame *ret_frame, struct df_error *err)
{
  int result = df_json_lines_next(&reader->lines, err);
  if (result <= 0)
    return result;
  result = df_tracks_parse_frame(reader->lines.line, reader->lines.size, ret_frame, err);
  if (result < 0)
    df_error_prefix(err, "%s, line %lld", reader->lines.path, reader->lines.number);
  return result < 0 ? result : 1;
}

void df_tracks_close(struct df_tracks_reader **reader)
{
  if (!*reader)
    return;
  df_json_lines_close(&(*reader)->lines);
  free(*reader);
  *reader = NULL;
}
