/*
 * Reads JSON Lines, one object a line, and takes values out of them: what the readers of the tracks file and
 * of the truth file share. Unknown keys are left alone. Errors are DF_EINPUT unless said otherwise.
 */
#ifndef DF_PIPELINE_JSON_LINES_H
#define DF_PIPELINE_JSON_LINES_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/geometry.h"
#include "base/whole_file.h"
#include "media/input.h"

/** A file that is read. Zero-initialise; released by df_json_lines_close. One thread at a time. */
struct df_json_lines {
  FILE *stream;
  char path[DF_PATH_BYTES];
  char *line; /* the line that was read last */
  size_t size, capacity;
  long long number; /* its number, from 1 */
};

int df_json_lines_open(struct df_json_lines *lines, const char *path, struct df_error *err);
/** Reads a line into lines->line: 1 with one, 0 at the end. A line of more than a megabyte is refused. */
int df_json_lines_next(struct df_json_lines *lines, struct df_error *err);
void df_json_lines_close(struct df_json_lines *lines);

/** Says that the value of `key` is not `wanted` ("an integer"). Returns DF_EINPUT. */
int df_json_wrong(struct df_error *err, const char *key, const char *wanted);

/** Parses one object; the caller owns it. DF_EINPUT, DF_ENOMEM. */
int df_json_parse_object(const char *line, size_t size, json_t **ret_object, struct df_error *err);

/** The value of `key` of an object. */
int df_json_take_integer(
    const json_t *object, const char *key, int64_t *ret_value, struct df_error *err);

/** The format's version in `key`, of which only 1 is known. */
int df_json_take_version(const json_t *object, const char *key, struct df_error *err);

/** A value itself, which `key` names in errors. Numbers are within +-1e9. */
int df_json_take_number(
    const json_t *value, const char *key, float *ret_value, struct df_error *err);
int df_json_take_numbers(
    const json_t *value, const char *key, float *ret_values, size_t count, struct df_error *err);
int df_json_take_box(
    const json_t *value, const char *key, struct df_box *ret_box, struct df_error *err);

/** The picture's size in the keys "width" and "height", and a fraction such as "1/12800" in "time_base". */
int df_json_take_size(const json_t *object, int *ret_width, int *ret_height, struct df_error *err);
int df_json_take_time_base(
    const json_t *object, struct df_rational *ret_time_base, struct df_error *err);

#endif
