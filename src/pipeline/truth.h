/*
 * The truth file: JSON Lines, one header and one line a frame, that says who really is where in a video
 * (docs/truth.md). Read by eval.
 */
#ifndef DF_PIPELINE_TRUTH_H
#define DF_PIPELINE_TRUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/seat.h"
#include "eval/record.h"
#include "media/input.h"

enum { DF_TRUTH_NAME = 64 };

/** Somebody, or a picture of somebody. The place in the header's list is the id. */
struct df_truth_face {
  char name[DF_TRUTH_NAME];
  bool photo; /* a picture on a wall and its like: need not be found, and may be */
};

struct df_truth_header {
  int width, height;            /* displayed pixels */
  struct df_rational time_base; /* of the frames' pts; den 0: they have none */
  int seat_id[DF_SEATS];        /* whose half it is; DF_NO_ID: nobody's */
  size_t face_count;
  struct df_truth_face faces[DF_TRUE_IDS_MAX];
};

/** One line: one frame. */
struct df_truth_frame {
  int64_t n;
  double t; /* seconds, from wherever */
  bool cut;
  size_t face_count;
  struct df_true_face faces[DF_TRUE_IDS_MAX];
};

struct df_truth_reader;

/** Opens and reads the header. DF_EINPUT names the file, the line and what is wrong with it. */
int df_truth_open(const char *path, struct df_truth_reader **ret_reader, struct df_error *err);
/** The header; the reader keeps it. */
const struct df_truth_header *df_truth_header(const struct df_truth_reader *reader);
/** Reads the next frame: 1 with one, 0 at the end, DF_EINPUT with file, line and what is wrong. */
int df_truth_read(
    struct df_truth_reader *reader, struct df_truth_frame *ret_frame, struct df_error *err);
/** Accepts NULL, sets *reader to NULL. */
void df_truth_close(struct df_truth_reader **reader);

/** Parses one line of text (a header, a frame of a file with that header). */
int df_truth_parse_header(
    const char *line, size_t size, struct df_truth_header *ret_header, struct df_error *err);
int df_truth_parse_frame(const char *line, size_t size, const struct df_truth_header *header,
    struct df_truth_frame *ret_frame, struct df_error *err);

#endif
