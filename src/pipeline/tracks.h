/*
 * The tracks file: JSON Lines, one header and one line a frame in display order (docs/tracks.md). Written
 * by run and analyze, read back, edited or not, by render. Times are those of the input, coordinates
 * displayed pixels.
 */
#ifndef DF_PIPELINE_TRACKS_H
#define DF_PIPELINE_TRACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/geometry.h"
#include "base/seat.h"
#include "camera/director.h"
#include "media/input.h"
#include "person/identifier.h"
#include "vision/detector.h"

struct df_tracks_header {
  char input[1024];  /* file name of the input without its folder */
  int width, height; /* displayed pixels */
  struct df_rational time_base;
  int seat_person[DF_SEATS]; /* who has the seats at the end, DF_NOBODY for none; written last */
};

struct df_tracks_face {
  int track;  /* 0: none */
  int person; /* DF_NOBODY: not known */
  struct df_face face;
};

struct df_tracks_seat {
  int person; /* DF_NOBODY while nobody has the seat */
  bool seen;  /* `face` is valid */
  struct df_box face;
  float turn; /* of it, for the camera (camera/gaze.h); not in the file */
  struct df_shot_window shot;
};

/** One line: one frame. */
struct df_tracks_frame {
  int64_t n, pts;
  double t;
  bool cut;
  size_t face_count;
  struct df_tracks_face faces[DF_FACES_MAX];
  struct df_tracks_seat seats[DF_SEATS];
};

struct df_tracks_writer;

/**
 * Begins a tracks file beside its final name. The header's people are known only at the end, so room is
 * left for them. DF_EOUTPUT when it cannot be written.
 */
int df_tracks_create(const char *path, bool overwrite, const struct df_tracks_header *header,
    struct df_tracks_writer **ret_writer, struct df_error *err);
/** The file beside the final name that is written to; borrowed. */
const char *df_tracks_temporary(const struct df_tracks_writer *writer);
int df_tracks_write(
    struct df_tracks_writer *writer, const struct df_tracks_frame *frame, struct df_error *err);
/** Completes the header and renames the file to its final name. */
int df_tracks_finish(
    struct df_tracks_writer *writer, const int seat_person[DF_SEATS], struct df_error *err);
/** Deletes what is unfinished. Accepts NULL, sets *writer to NULL. */
void df_tracks_abandon(struct df_tracks_writer **writer);

struct df_tracks_reader;

/** Opens and reads the header. DF_EINPUT names the file, the line and what is wrong with it. */
int df_tracks_open(const char *path, struct df_tracks_reader **ret_reader,
    struct df_tracks_header *ret_header, struct df_error *err);
/** Reads the next frame: 1 with one, 0 at the end, DF_EINPUT with file, line and what is wrong. */
int df_tracks_read(
    struct df_tracks_reader *reader, struct df_tracks_frame *ret_frame, struct df_error *err);
void df_tracks_close(struct df_tracks_reader **reader);

/** Parses one line of text (a header, a frame); what the reader and the fuzzer call. */
int df_tracks_parse_header(
    const char *line, size_t size, struct df_tracks_header *ret_header, struct df_error *err);
int df_tracks_parse_frame(
    const char *line, size_t size, struct df_tracks_frame *ret_frame, struct df_error *err);

#endif
