#include "pipeline/json_lines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A line of 32 faces takes about 10 KB; nothing sensible comes near this. */
enum { LINE_BYTES_MAX = 1 << 20 };

int df_json_lines_open(struct df_json_lines *lines, const char *path, struct df_error *err)
{
  snprintf(lines->path, sizeof lines->path, "%s", path);
  lines->stream = fopen(path, "re");
  if (!lines->stream)
    return df_fail(err, df_read_error_code(errno), "cannot read %s: %s", path, strerror(errno));
  return 0;
}

int df_json_lines_next(struct df_json_lines *lines, struct df_error *err)
{
  errno = 0;
  ssize_t size = getline(&lines->line, &lines->capacity, lines->stream);
  if (size < 0 && errno)
    return df_fail(
        err, df_read_error_code(errno), "cannot read %s: %s", lines->path, strerror(errno));
  if (size < 0)
    return 0;
  lines->number++;
  if (size > LINE_BYTES_MAX)
    return df_fail(
        err, DF_EINPUT, "%s, line %lld: longer than any such file's", lines->path, lines->number);
  lines->size = (size_t)size;
  return 1;
}

void df_json_lines_close(struct df_json_lines *lines)
{
  if (lines->stream)
    fclose(lines->stream);
  free(lines->line);
  *lines = (struct df_json_lines){0};
}

int df_json_wrong(struct df_error *err, const char *key, const char *wanted)
{
  return df_fail(err, DF_EINPUT, "\"%s\" is not %s", key, wanted);
}

int df_json_parse_object(const char *line, size_t size, json_t **ret_object, struct df_error *err)
{
  json_error_t problem;
  json_t *object = json_loadb(line, size, 0, &problem);
  if (!object && json_error_code(&problem) == json_error_out_of_memory)
    return df_fail(err, DF_ENOMEM, "out of memory");
  if (!object)
    return df_fail(err, DF_EINPUT, "not JSON: %s at column %d", problem.text, problem.column);
  if (!json_is_object(object)) {
    json_decref(object);
    return df_fail(err, DF_EINPUT, "not a JSON object");
  }
  *ret_object = object;
  return 0;
}

int df_json_take_integer(
    const json_t *object, const char *key, int64_t *ret_value, struct df_error *err)
{
  const json_t *value = json_object_get(object, key);
  if (!json_is_integer(value))
    return df_json_wrong(err, key, "an integer");
  *ret_value = json_integer_value(value);
  return 0;
}

int df_json_take_version(const json_t *object, const char *key, struct df_error *err)
{
  int64_t version = 0;
  int result = df_json_take_integer(object, key, &version, err);
  if (result == 0 && version != 1)
    result =
        df_fail(err, DF_EINPUT, "\"%s\" is %lld: only version 1 is known", key, (long long)version);
  return result;
}

int df_json_take_number(
    const json_t *value, const char *key, float *ret_value, struct df_error *err)
{
  double number = json_is_number(value) ? json_number_value(value) : (double)NAN;
  if (!(fabs(number) <= 1e9))
    return df_json_wrong(err, key, "a number");
  *ret_value = (float)number;
  return 0;
}

int df_json_take_numbers(
    const json_t *value, const char *key, float *ret_values, size_t count, struct df_error *err)
{
  if (!json_is_array(value) || json_array_size(value) != count)
    return df_fail(err, DF_EINPUT, "\"%s\" is not a list of %zu numbers", key, count);
  for (size_t i = 0; i < count; i++) {
    int result = df_json_take_number(json_array_get(value, i), key, &ret_values[i], err);
    if (result < 0)
      return result;
  }
  return 0;
}

int df_json_take_box(
    const json_t *value, const char *key, struct df_box *ret_box, struct df_error *err)
{
  float numbers[4];
  int result = df_json_take_numbers(value, key, numbers, 4, err);
  if (result == 0)
    *ret_box = (struct df_box){numbers[0], numbers[1], numbers[2], numbers[3]};
  return result;
}

int df_json_take_size(const json_t *object, int *ret_width, int *ret_height, struct df_error *err)
{
  int64_t width = 0, height = 0;
  int result = df_json_take_integer(object, "width", &width, err);
  if (result == 0)
    result = df_json_take_integer(object, "height", &height, err);
  if (result < 0)
    return result;
  if (width < 1 || width > 65536 || height < 1 || height > 65536)
    return df_json_wrong(err, "width", "a picture's (1 to 65536, and so the height)");
  *ret_width = (int)width;
  *ret_height = (int)height;
  return 0;
}

int df_json_take_time_base(
    const json_t *object, struct df_rational *ret_time_base, struct df_error *err)
{
  struct df_rational base = {0};
  const char *text = json_string_value(json_object_get(object, "time_base"));
  if (!text || sscanf(text, "%d/%d", &base.num, &base.den) != 2 || base.num < 1 || base.den < 1)
    return df_json_wrong(err, "time_base", "like \"1/12800\"");
  *ret_time_base = base;
  return 0;
}
