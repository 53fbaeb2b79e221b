/*
 * Takes values out of a JSON object strictly: every function checks kind and range and, when something is
 * wrong, says where in one DF_EINPUT sentence. Keys nobody knows are errors with the nearest that is.
 */
#ifndef DF_VISION_JSON_READER_H
#define DF_VISION_JSON_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/** An object being read and what sentences about it begin with, such as `model "yunet": input: `. */
struct df_json_reader {
  const json_t *object; /* borrowed */
  char where[160];
  struct df_error *err;
};

/** Every key of the object is one of `names` (`count` > 0). */
int df_json_check_keys(const struct df_json_reader *r, const char *const *names, size_t count);

/** The value of `key`, NULL when it is not there; a missing one that is needed is an error. Borrowed. */
int df_json_get(
    const struct df_json_reader *r, const char *key, bool needed, const json_t **ret_value);

/**
 * The value of `key` as a text (less than `size` bytes, not empty when needed), as the index of one of
 * `names`, as a number within limits, or as a list of `count` numbers within +-1e6. When a key that is
 * not needed is not there the result is left alone.
 */
int df_json_text(
    const struct df_json_reader *r, const char *key, bool needed, char *ret_text, size_t size);
int df_json_choice(const struct df_json_reader *r, const char *key, const char *const *names,
    size_t count, size_t *ret_choice);
int df_json_number(const struct df_json_reader *r, const char *key, bool needed, double least,
    double most, float *ret_number);
int df_json_integer(const struct df_json_reader *r, const char *key, bool needed, int least,
    int most, int *ret_number);
int df_json_numbers(
    const struct df_json_reader *r, const char *key, bool needed, size_t count, float *ret_numbers);

/** A reader of the object that is the value of `key`, which must be there. */
int df_json_enter(
    const struct df_json_reader *r, const char *key, struct df_json_reader *ret_inner);

#endif
