#include "vision/json_reader.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Levenshtein distance; names are short, longer ones are cut. */
static size_t edit_distance(const char *a, const char *b)
{
  enum { LONGEST = 31 };
  size_t row[LONGEST + 1], a_length = strnlen(a, LONGEST), b_length = strnlen(b, LONGEST);
  for (size_t j = 0; j <= b_length; j++)
    row[j] = j;
  for (size_t i = 1; i <= a_length; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b_length; j++) {
      /* NOLINTNEXTLINE(clang-analyzer-core.*): it does not know what strnlen promises */
      size_t best = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      best = row[j] + 1 < best ? row[j] + 1 : best;
      row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
    }
  }
  return row[b_length];
}

static const char *nearest(const char *word, const char *const *names, size_t count)
{
  size_t best = 0, best_distance = SIZE_MAX;
  for (size_t i = 0; i < count; i++) {
    size_t distance = edit_distance(word, names[i]);
    if (distance < best_distance) {
      best = i;
      best_distance = distance;
    }
  }
  return names[best];
}

int df_json_check_keys(const struct df_json_reader *r, const char *const *names, size_t count)
{
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)r->object, key, value)
  {
    bool known = false;
    for (size_t i = 0; i < count && !known; i++)
      known = strcmp(key, names[i]) == 0;
    if (!known)
      return df_fail(r->err, DF_EINPUT, "%s\"%.60s\" is no known key; the nearest is \"%s\"",
          r->where, key, nearest(key, names, count));
  }
  return 0;
}

/* The value of a key, NULL when it is not there; a missing one that is needed is an error. */
int df_json_get(
    const struct df_json_reader *r, const char *key, bool needed, const json_t **ret_value)
{
  *ret_value = json_object_get(r->object, key);
  if (!*ret_value && needed)
    return df_fail(r->err, DF_EINPUT, "%s\"%s\" is missing", r->where, key);
  return 0;
}

int df_json_text(
    const struct df_json_reader *r, const char *key, bool needed, char *ret_text, size_t size)
{
  const json_t *value;
  int result = df_json_get(r, key, needed, &value);
  if (result < 0 || !value)
    return result;
  if (!json_is_string(value) || (needed && json_string_length(value) == 0))
    return df_fail(r->err, DF_EINPUT, "%s\"%s\" must be a text%s", r->where, key,
        needed ? " that is not empty" : "");
  if (json_string_length(value) >= size)
    return df_fail(r->err, DF_EINPUT, "%s\"%s\" is longer than %zu bytes", r->where, key, size - 1);
  memcpy(ret_text, json_string_value(value), json_string_length(value) + 1);
  return 0;
}

int df_json_choice(const struct df_json_reader *r, const char *key, const char *const *names,
    size_t count, size_t *ret_choice)
{
  char text[64];
  int result = df_json_text(r, key, true, text, sizeof text);
  if (result < 0)
    return result;
  for (size_t i = 0; i < count; i++)
    if (strcmp(text, names[i]) == 0) {
      *ret_choice = i;
      return 0;
    }
  return df_fail(r->err, DF_EINPUT, "%s\"%s\" is \"%s\", which is not known; the nearest is \"%s\"",
      r->where, key, text, nearest(text, names, count));
}

int df_json_number(const struct df_json_reader *r, const char *key, bool needed, double least,
    double most, float *ret_number)
{
  const json_t *value;
  int result = df_json_get(r, key, needed, &value);
  if (result < 0 || !value)
    return result;
  double number = json_number_value(value);
  if (!json_is_number(value) || !(number >= least && number <= most))
    return df_fail(
        r->err, DF_EINPUT, "%s\"%s\" must be a number from %g to %g", r->where, key, least, most);
  *ret_number = (float)number;
  return 0;
}

int df_json_integer(const struct df_json_reader *r, const char *key, bool needed, int least,
    int most, int *ret_number)
{
  const json_t *value;
  int result = df_json_get(r, key, needed, &value);
  if (result < 0 || !value)
    return result;
  json_int_t number = json_integer_value(value);
  if (!json_is_integer(value) || number < least || number > most)
    return df_fail(r->err, DF_EINPUT, "%s\"%s\" must be a whole number from %d to %d", r->where,
        key, least, most);
  *ret_number = (int)number;
  return 0;
}

/* `count` numbers, each within +-1e6. */
int df_json_numbers(
    const struct df_json_reader *r, const char *key, bool needed, size_t count, float *ret_numbers)
{
  const json_t *value;
  int result = df_json_get(r, key, needed, &value);
  if (result < 0 || !value)
    return result;
  bool good = json_is_array(value) && json_array_size(value) == count;
  for (size_t i = 0; good && i < count; i++) {
    const json_t *item = json_array_get(value, i);
    good = json_is_number(item) && fabs(json_number_value(item)) <= 1e6;
    ret_numbers[i] = (float)json_number_value(item);
  }
  if (!good)
    return df_fail(
        r->err, DF_EINPUT, "%s\"%s\" must be a list of %zu numbers", r->where, key, count);
  return 0;
}

/* An object inside another, with its own name in sentences. */
int df_json_enter(const struct df_json_reader *r, const char *key, struct df_json_reader *ret_inner)
{
  const json_t *value;
  int result = df_json_get(r, key, true, &value);
  if (result < 0)
    return result;
  if (!json_is_object(value))
    return df_fail(r->err, DF_EINPUT, "%s\"%s\" must be an object", r->where, key);
  *ret_inner = (struct df_json_reader){.object = value, .err = r->err};
  snprintf(ret_inner->where, sizeof ret_inner->where, "%s%s: ", r->where, key);
  return 0;
}
