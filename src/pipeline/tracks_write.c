/*
 * Writes the tracks file line by line, by hand: numbers must survive the text to the bit, which nine
 * significant digits do for a float; twelve also write the sixty-fourths that windows come in exactly. Reads nothing, decides nothing.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/whole_file.h"
#include "pipeline/tracks.h"

/* Room in the header line for the people, who are known only when the last frame has been seen. */
enum { PEOPLE_BYTES = 96 };

struct df_tracks_writer {
  struct df_whole_file file;
  FILE *stream;
  long people_at; /* where the people stand in the header */
};

/* A file name is bytes, JSON is UTF-8: what is not becomes "?". False when memory runs out. */
static bool put_string(FILE *out, const char *text)
{
  char clean[1024];
  snprintf(clean, sizeof clean, "%s", text);
  json_t *value = json_string(clean);
  if (!value) {
    for (char *c = clean; *c; c++)
      if ((unsigned char)*c >= 0x80)
        *c = '?';
    value = json_string(clean);
  }
  char *quoted = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
  if (quoted)
    fputs(quoted, out);
  bool put = quoted != NULL;
  free(quoted);
  json_decref(value);
  return put;
}

static void put_person(FILE *out, int person)
{
  char name[8];
  if (person == DF_NOBODY) {
    fputs("null", out);
    return;
  }
  df_person_name(person, name);
  fprintf(out, "\"%s\"", name);
}

static void put_box(FILE *out, struct df_box box)
{
  fprintf(
      out, "[%.12g,%.12g,%.12g,%.12g]", (double)box.x, (double)box.y, (double)box.w, (double)box.h);
}

static void put_face(FILE *out, const struct df_tracks_face *face)
{
  fputs("{\"track\":", out);
  if (face->track > 0)
    fprintf(out, "%d", face->track);
  else
    fputs("null", out);
  fputs(",\"person\":", out);
  put_person(out, face->person);
  fputs(",\"box\":", out);
  put_box(out, face->face.box);
  fprintf(out, ",\"score\":%.12g,\"points\":[", (double)face->face.score);
  for (int i = 0; i < DF_FACE_POINTS; i++)
    fprintf(out, "%s[%.12g,%.12g]", i ? "," : "", (double)face->face.points[i].x,
        (double)face->face.points[i].y);
  fputs("]}", out);
}

static void put_seat(FILE *out, enum df_seat index, const struct df_tracks_seat *seat)
{
  fprintf(out, ",\"%s\":{\"person\":", df_seat_names[index]);
  put_person(out, seat->person);
  fputs(",\"face\":", out);
  if (seat->seen)
    put_box(out, seat->face);
  else
    fputs("null", out);
  fputs(",\"window\":", out);
  put_box(out, seat->shot.window);
  fprintf(out, ",\"state\":\"%s\"}", df_window_state_names[seat->shot.state]);
}

/* The people and, behind the closing brackets, blanks up to the room that was kept. */
static void put_people(FILE *out, const int seat_person[DF_SEATS])
{
  char text[PEOPLE_BYTES + 1] = "[";
  size_t length = 1;
  for (int s = 0; s < DF_SEATS; s++) {
    char name[8];
    if (seat_person[s] == DF_NOBODY)
      continue;
    df_person_name(seat_person[s], name);
    length += (size_t)snprintf(text + length, sizeof text - length,
        "%s{\"id\":\"%s\",\"seat\":\"%s\"}", length > 1 ? "," : "", name, df_seat_names[s]);
  }
  fprintf(out, "%s]}%*s\n", text, (int)(PEOPLE_BYTES - length), "");
}

static int write_failed(struct df_tracks_writer *writer, struct df_error *err)
{
  return df_fail(
      err, df_write_error_code(errno), "cannot write %s: %s", writer->file.path, strerror(errno));
}

int df_tracks_create(const char *path, bool overwrite, const struct df_tracks_header *header,
    struct df_tracks_writer **ret_writer, struct df_error *err)
{
  struct df_tracks_writer *writer = calloc(1, sizeof *writer);
  if (!writer)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = df_whole_file_begin(&writer->file, path, overwrite, err);
  if (result < 0)
    goto fail;
  writer->stream = fopen(writer->file.temporary, "we");
  if (!writer->stream) {
    result = write_failed(writer, err);
    goto fail;
  }
  fputs("{\"dualface\":1,\"input\":", writer->stream);
  if (!put_string(writer->stream, header->input)) {
    result = df_fail(err, DF_ENOMEM, "out of memory");
    goto fail;
  }
  fprintf(writer->stream,
      ",\"width\":%d,\"height\":%d,\"time_base\":\"%d/%d\",\"people\":", header->width,
      header->height, header->time_base.num, header->time_base.den);
  writer->people_at = ftell(writer->stream);
  put_people(writer->stream, (const int[DF_SEATS]){DF_NOBODY, DF_NOBODY});
  if (ferror(writer->stream)) {
    result = write_failed(writer, err);
    goto fail;
  }
  *ret_writer = writer;
  return 0;

fail:
  df_tracks_abandon(&writer);
  return result;
}

int df_tracks_write(
    struct df_tracks_writer *writer, const struct df_tracks_frame *frame, struct df_error *err)
{
  FILE *out = writer->stream;
  int result = df_fault_check(DF_FAULT_AT_TRACKS_WRITE, NULL, DF_EOUTPUT, err);
  if (result < 0) {
    df_error_prefix(err, "cannot write %s", writer->file.path);
    return result;
  }
  fprintf(out, "{\"n\":%lld,\"pts\":%lld,\"t\":%.6f,\"cut\":%s,\"faces\":[", (long long)frame->n,
      (long long)frame->pts, frame->t, frame->cut ? "true" : "false");
  for (size_t i = 0; i < frame->face_count; i++) {
    if (i)
      fputc(',', out);
    put_face(out, &frame->faces[i]);
  }
  fputc(']', out);
  for (enum df_seat s = 0; s < DF_SEATS; s++)
    put_seat(out, s, &frame->seats[s]);
  fputs("}\n", out);
  return ferror(out) ? write_failed(writer, err) : 0;
}

int df_tracks_finish(
    struct df_tracks_writer *writer, const int seat_person[DF_SEATS], struct df_error *err)
{
  if (fseek(writer->stream, writer->people_at, SEEK_SET) < 0)
    return write_failed(writer, err);
  put_people(writer->stream, seat_person);
  int failed = ferror(writer->stream);
  if (fclose(writer->stream) != 0)
    failed = 1;
  writer->stream = NULL;
  if (failed)
    return write_failed(writer, err);
  return df_whole_file_commit(&writer->file, err);
}

const char *df_tracks_temporary(const struct df_tracks_writer *writer)
{
  return writer->file.temporary;
}

void df_tracks_abandon(struct df_tracks_writer **writer_ptr)
{
  struct df_tracks_writer *writer = *writer_ptr;
  if (!writer)
    return;
  if (writer->stream)
    fclose(writer->stream);
  df_whole_file_abandon(&writer->file);
  free(writer);
  *writer_ptr = NULL;
}
