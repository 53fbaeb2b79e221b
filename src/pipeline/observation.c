/*
 * The observation log's two ends. It is made of records (media/record.h); the first one is the header. Decides
 * nothing, looks at no pixel.
 */
#include "pipeline/observation.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/whole_file.h"
#include "media/record.h"

enum {
  FACE_BYTES = 15 * 4,
  ANSWER_BYTES = 3 * 4 + 4 + 4, /* face, track, why, sharpness, dimensions */
  FRAME_BYTES = 8 + 8 + 4 + 4 + 4,
  PAYLOAD_MAX =
      FRAME_BYTES + DF_FACES_MAX * FACE_BYTES + DF_ASK_MAX * (ANSWER_BYTES + DF_EMBEDDING_MAX * 4),
};

/* Numbers beyond these mean nothing in a video, and arithmetic with them might. */
static const int64_t time_max = INT64_C(1) << 53;
static const float value_max = 1e9f;

static const char magic[8] = {'D', 'F', 'O', 'B', 'S', 0, 0, 1}; /* the last byte is the version */

struct df_observation_writer {
  FILE *stream;
  char path[DF_PATH_BYTES];
  uint8_t payload[PAYLOAD_MAX];
};

struct df_observation_reader {
  FILE *stream;
  char path[DF_PATH_BYTES];
  uint8_t payload[PAYLOAD_MAX];
};

/* A place in a payload; `left` runs below what is wanted when the payload is too short. */
struct cursor {
  uint8_t *at;
  size_t left;
  bool overrun;
};

static void put(struct cursor *c, const void *value, size_t size)
{
  assert(c->left >= size);
  memcpy(c->at, value, size);
  c->at += size;
  c->left -= size;
}

static void get(struct cursor *c, void *ret_value, size_t size)
{
  if (c->left < size) {
    c->overrun = true;
    memset(ret_value, 0, size);
    return;
  }
  memcpy(ret_value, c->at, size);
  c->at += size;
  c->left -= size;
}

static void put_u32(struct cursor *c, uint32_t value)
{
  put(c, &value, sizeof value);
}

static uint32_t get_u32(struct cursor *c)
{
  uint32_t value;
  get(c, &value, sizeof value);
  return value;
}

static_assert(sizeof(struct df_face) == FACE_BYTES, "a face is fifteen floats");

static size_t pack(const struct df_observation *o, uint8_t *payload)
{
  struct cursor c = {payload, PAYLOAD_MAX, false};
  put(&c, &o->n, 8);
  put(&c, &o->pts, 8);
  put(&c, &o->difference, 4);
  put_u32(&c, (uint32_t)o->face_count);
  put_u32(&c, (uint32_t)o->answer_count);
  put(&c, o->faces, o->face_count * FACE_BYTES);
  for (size_t i = 0; i < o->answer_count; i++) {
    const struct df_answer *a = &o->answers[i];
    put_u32(&c, (uint32_t)a->face);
    put_u32(&c, (uint32_t)a->track);
    put_u32(&c, (uint32_t)a->why);
    put(&c, &a->sharpness, 4);
    put_u32(&c, (uint32_t)a->embedding.dimensions);
    put(&c, a->embedding.values, (size_t)a->embedding.dimensions * 4);
  }
  return PAYLOAD_MAX - c.left;
}

/* What decisions can be made from: a log may have been made by others, so nothing is taken on trust. */
static bool are_sane(const float *values, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (!(fabsf(values[i]) <= value_max))
      return false;
  return true;
}

static bool faces_are_sane(const struct df_observation *o)
{
  float values[FACE_BYTES / 4];
  for (size_t i = 0; i < o->face_count; i++) {
    memcpy(values, &o->faces[i], sizeof values);
    if (!are_sane(values, sizeof values / sizeof values[0]))
      return false;
  }
  return true;
}

static bool unpack_answer(struct cursor *c, size_t face_count, struct df_answer *a)
{
  a->later = false;
  a->face = get_u32(c);
  a->track = (int)get_u32(c);
  uint32_t why = get_u32(c);
  get(c, &a->sharpness, 4);
  uint32_t dimensions = get_u32(c);
  if (a->face >= face_count || why >= DF_ASK_WHYS || dimensions > DF_EMBEDDING_MAX)
    return false;
  a->why = (enum df_ask_why)why;
  a->embedding.dimensions = (int)dimensions;
  get(c, a->embedding.values, dimensions * 4);
  return !c->overrun && are_sane(&a->sharpness, 1) && are_sane(a->embedding.values, dimensions);
}

int df_observation_unpack(
    const uint8_t *payload, size_t size, struct df_observation *ret_observation)
{
  struct df_observation *o = ret_observation;
  struct cursor c = {(uint8_t *)payload, size, false};
  get(&c, &o->n, 8);
  get(&c, &o->pts, 8);
  get(&c, &o->difference, 4);
  o->face_count = get_u32(&c);
  o->answer_count = get_u32(&c);
  if (c.overrun || o->face_count > DF_FACES_MAX || o->answer_count > DF_ASK_MAX)
    return DF_EINPUT;
  if (o->n < 0 || o->n > time_max || o->pts < -time_max || o->pts > time_max ||
      !are_sane(&o->difference, 1))
    return DF_EINPUT;
  get(&c, o->faces, o->face_count * FACE_BYTES);
  if (c.overrun || !faces_are_sane(o))
    return DF_EINPUT;
  for (size_t i = 0; i < o->answer_count; i++)
    if (!unpack_answer(&c, o->face_count, &o->answers[i]))
      return DF_EINPUT;
  return c.overrun || c.left ? DF_EINPUT : 0;
}

/* In the hands of the system when this returns. */
static bool write_record(FILE *stream, const void *payload, size_t size)
{
  return df_record_write(stream, payload, size) && fflush(stream) == 0;
}

static int write_failed(const struct df_observation_writer *writer, struct df_error *err)
{
  return df_fail(err, df_write_error_code(errno), "cannot write the observation log %s: %s",
      writer->path, strerror(errno));
}

int df_observation_create(const char *path, const struct df_observation_header *header,
    struct df_observation_writer **ret_writer, struct df_error *err)
{
  struct df_observation_writer *writer = calloc(1, sizeof *writer);
  if (!writer)
    return df_fail(err, DF_ENOMEM, "out of memory");
  snprintf(writer->path, sizeof writer->path, "%s", path);
  writer->stream = fopen(path, "we");
  if (!writer->stream || fwrite(magic, sizeof magic, 1, writer->stream) != 1 ||
      !write_record(writer->stream, header, sizeof *header)) {
    int result = write_failed(writer, err);
    if (writer->stream)
      fclose(writer->stream);
    free(writer);
    return result;
  }
  *ret_writer = writer;
  return 0;
}

int df_observation_append(struct df_observation_writer *writer,
    const struct df_observation *observation, struct df_error *err)
{
  int result = df_fault_check(DF_FAULT_AT_OBSERVATIONS_WRITE, NULL, DF_EOUTPUT, err);
  if (result < 0) {
    df_error_prefix(err, "cannot write the observation log %s", writer->path);
    return result;
  }
  size_t size = pack(observation, writer->payload);
  return write_record(writer->stream, writer->payload, size) ? 0 : write_failed(writer, err);
}

int df_observation_sync(struct df_observation_writer *writer, struct df_error *err)
{
  if (fdatasync(fileno(writer->stream)) < 0 && errno != EINVAL && errno != EROFS)
    return write_failed(writer, err);
  return 0;
}

int df_observation_close(struct df_observation_writer **writer_ptr, struct df_error *err)
{
  struct df_observation_writer *writer = *writer_ptr;
  if (!writer)
    return 0;
  int result = 0;
  if (writer->stream && fsync(fileno(writer->stream)) < 0 && errno != EINVAL && errno != EROFS)
    result = write_failed(writer, err);
  if (writer->stream && fclose(writer->stream) != 0 && result == 0)
    result = write_failed(writer, err);
  free(writer);
  *writer_ptr = NULL;
  return result;
}

static int read_header(struct df_observation_reader *reader,
    struct df_observation_header *ret_header, struct df_error *err)
{
  char start[sizeof magic];
  if (fread(start, sizeof start, 1, reader->stream) != 1 ||
      memcmp(start, magic, sizeof magic - 1) != 0)
    return df_fail(err, DF_EINPUT, "%s is no observation log", reader->path);
  if (start[sizeof magic - 1] != magic[sizeof magic - 1])
    return df_fail(err, DF_EINPUT, "%s is an observation log of version %d, only %d is known",
        reader->path, start[sizeof magic - 1], magic[sizeof magic - 1]);
  size_t size = 0;
  if (df_record_read(reader->stream, reader->payload, PAYLOAD_MAX, &size) != 1 ||
      size != sizeof *ret_header)
    return df_fail(err, DF_EINPUT, "the header of the observation log %s is damaged", reader->path);
  memcpy(ret_header, reader->payload, sizeof *ret_header);
  ret_header->detector[sizeof ret_header->detector - 1] = '\0';
  ret_header->embedder[sizeof ret_header->embedder - 1] = '\0';
  return 0;
}

int df_observation_open(const char *path, struct df_observation_reader **ret_reader,
    struct df_observation_header *ret_header, struct df_error *err)
{
  struct df_observation_reader *reader = calloc(1, sizeof *reader);
  if (!reader)
    return df_fail(err, DF_ENOMEM, "out of memory");
  snprintf(reader->path, sizeof reader->path, "%s", path);
  reader->stream = fopen(path, "re");
  int result = reader->stream ? read_header(reader, ret_header, err)
                              : df_fail(err, df_read_error_code(errno), "cannot read %s: %s", path,
                                    strerror(errno));
  if (result < 0) {
    df_observation_end(&reader);
    return result;
  }
  *ret_reader = reader;
  return 0;
}

int df_observation_read(struct df_observation_reader *reader,
    struct df_observation *ret_observation, struct df_error *err)
{
  size_t size = 0;
  if (df_record_read(reader->stream, reader->payload, PAYLOAD_MAX, &size) != 1)
    return 0;
  if (df_observation_unpack(reader->payload, size, ret_observation) < 0)
    return df_fail(err, DF_EINPUT, "%s: a record is not as this version writes them", reader->path);
  return 1;
}

void df_observation_end(struct df_observation_reader **reader_ptr)
{
  struct df_observation_reader *reader = *reader_ptr;
  if (!reader)
    return;
  if (reader->stream)
    fclose(reader->stream);
  free(reader);
  *reader_ptr = NULL;
}

/* Where the last whole record ends. */
static int find_end(const char *path, const struct df_observation_header *header, long *ret_end,
    struct df_error *err)
{
  struct df_observation_reader *reader = NULL;
  struct df_observation_header found;
  size_t size;
  int result = df_observation_open(path, &reader, &found, err);
  if (result == 0 && memcmp(&found, header, sizeof found) != 0)
    result = df_fail(err, DF_EINPUT, "%s was made from another video or with other models", path);
  if (result == 0) {
    do
      *ret_end = ftell(reader->stream);
    while (df_record_read(reader->stream, reader->payload, PAYLOAD_MAX, &size) == 1);
  }
  df_observation_end(&reader);
  return result;
}

int df_observation_go_on(const char *path, const struct df_observation_header *header,
    struct df_observation_writer **ret_writer, struct df_error *err)
{
  long end = 0;
  int result = find_end(path, header, &end, err);
  if (result < 0)
    return result;
  struct df_observation_writer *writer = calloc(1, sizeof *writer);
  if (!writer)
    return df_fail(err, DF_ENOMEM, "out of memory");
  snprintf(writer->path, sizeof writer->path, "%s", path);
  writer->stream = fopen(path, "r+e");
  if (!writer->stream || ftruncate(fileno(writer->stream), end) < 0 ||
      fseek(writer->stream, 0, SEEK_END) < 0) {
    result = write_failed(writer, err);
    df_observation_close(&writer, NULL);
    return result;
  }
  *ret_writer = writer;
  return 0;
}
