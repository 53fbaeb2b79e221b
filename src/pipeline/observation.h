/*
 * What was seen in one frame, and the log of it: all that the decisions of a video depend on. A log is
 * appended while the video runs; replaying it gives the same decisions without looking at a pixel.
 *
 * The file is binary (docs/observations.md): a header record and a record a frame, little-endian, each with
 * its length and CRC-32, so that a torn tail after a crash is recognised and left out.
 */
#ifndef DF_PIPELINE_OBSERVATION_H
#define DF_PIPELINE_OBSERVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/geometry.h"
#include "media/input.h"
#include "person/identifier.h"
#include "vision/detector.h"

/** One frame's observation. A plain value. */
struct df_observation {
  int64_t n, pts;
  float difference; /* from the frame before, df_sketch_difference; 0 for the first */
  size_t face_count;
  struct df_face faces[DF_FACES_MAX];
  size_t answer_count;
  struct df_answer answers[DF_ASK_MAX];
};

/** What a log was made of; a log is of use only to the same video seen with the same models. */
struct df_observation_header {
  int32_t width, height; /* displayed pixels */
  struct df_rational time_base;
  char detector[64], embedder[64];
};

struct df_observation_writer;

/** Makes a new log at `path`, replacing what is there. DF_EOUTPUT. */
int df_observation_create(const char *path, const struct df_observation_header *header,
    struct df_observation_writer **ret_writer, struct df_error *err);
/**
 * Goes on with the log at `path`: what is torn at its end is cut away, and new frames follow the last whole one.
 * DF_EINPUT when it is no log or was not made with this header, DF_EOUTPUT.
 */
int df_observation_go_on(const char *path, const struct df_observation_header *header,
    struct df_observation_writer **ret_writer, struct df_error *err);
/** Appends a frame; it is in the hands of the system when this returns. */
int df_observation_append(struct df_observation_writer *writer,
    const struct df_observation *observation, struct df_error *err);
/** Makes what was appended durable. Any thread, while the writer is open. */
int df_observation_sync(struct df_observation_writer *writer, struct df_error *err);
/** Makes the log durable and closes it. Accepts NULL, sets *writer to NULL. */
int df_observation_close(struct df_observation_writer **writer, struct df_error *err);

struct df_observation_reader;

/** Opens a log. DF_EINPUT when it is none, damaged in its header, or of another version. */
int df_observation_open(const char *path, struct df_observation_reader **ret_reader,
    struct df_observation_header *ret_header, struct df_error *err);
/** Reads the next frame: 1 with one, 0 at the end or where the log is torn. */
int df_observation_read(struct df_observation_reader *reader,
    struct df_observation *ret_observation, struct df_error *err);
void df_observation_end(struct df_observation_reader **reader);

/**
 * Turns one frame's record payload into an observation, or returns DF_EINPUT; then *ret_observation is
 * undefined. What it accepts is finite and within what docs/observations.md allows. For the reader and tests.
 */
int df_observation_unpack(
    const uint8_t *payload, size_t size, struct df_observation *ret_observation);

#endif
