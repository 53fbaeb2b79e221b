/*
 * From the text of a value to the field of struct df_options that it sets, and what a value may be in
 * words. Numbers are read by one strict reader (base/number_text.h).
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/number_text.h"
#include "config/option_table.h"

static bool read_number(const char *text, double *ret_number)
{
  const char *end = df_number_scan(text, ret_number);
  return end && *end == '\0';
}

static bool read_whole(const char *text, double *ret_number)
{
  return !strchr(text, '.') && read_number(text, ret_number);
}

static bool read_time(const char *text, double *ret_seconds)
{
  const char *end = df_time_scan(text, ret_seconds);
  return end && *end == '\0';
}

/* Bits a second, or thousands or millions of them with k or M; the result is in kb/s. */
static bool read_rate(const char *text, double *ret_kilobits)
{
  double number;
  const char *unit = df_number_scan(text, &number);
  if (!unit)
    return false;
  if (*unit == '\0')
    *ret_kilobits = round(number / 1000);
  else if ((*unit == 'k' || *unit == 'K') && unit[1] == '\0')
    *ret_kilobits = round(number);
  else if ((*unit == 'M' || *unit == 'm') && unit[1] == '\0')
    *ret_kilobits = round(number * 1000);
  else
    return false;
  return true;
}

static bool read_size(const char *text, double ret_sides[2])
{
  const char *rest = df_number_scan(text, &ret_sides[0]);
  if (strchr(text, '.') || !rest || (*rest != 'x' && *rest != 'X'))
    return false;
  return read_number(rest + 1, &ret_sides[1]);
}

static bool even_within(const struct df_option *option, double side)
{
  return side >= option->least && side <= option->most && fmod(side, 2) == 0;
}

/* The index of the choice called `value`, -1 for none. */
static int find_choice(const struct df_option *option, const char *value)
{
  if (option->alias[0] && strcmp(value, option->alias[0]) == 0)
    value = option->alias[1];
  size_t count = df_option_choices(option);
  for (size_t i = 0; i < count; i++)
    if (strcmp(option->choices[i], value) == 0)
      return (int)i;
  return -1;
}

struct text {
  char *at;
  size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void append(struct text *text, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  int written = vsnprintf(text->at + text->length, text->size - text->length, format, args);
  va_end(args);
  if (written > 0)
    text->length += (size_t)written < text->size - text->length ? (size_t)written
                                                                : text->size - text->length - 1;
}

static void append_choices(struct text *text, const struct df_option *option)
{
  size_t count = df_option_choices(option);
  append(text, "one of ");
  for (size_t i = 0; i < count; i++)
    append(text, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", option->choices[i]);
}

static void append_rate(struct text *text, double kilobits)
{
  if (kilobits >= 1000)
    append(text, "%gM", kilobits / 1000);
  else
    append(text, "%gk", kilobits);
}

const char *df_option_allowed(const struct df_option *option, char *buffer, size_t size)
{
  struct text text = {.at = buffer, .size = size};
  buffer[0] = '\0';
  switch (option->kind) {
  case DF_VALUE_NONE:
    break;
  case DF_VALUE_TEXT:
  case DF_VALUE_WORDS:
    append(&text, "a value");
    break;
  case DF_VALUE_WHOLE:
    append(&text, "a whole number from %g to %g", option->least, option->most);
    break;
  case DF_VALUE_NUMBER:
  case DF_VALUE_FLOAT:
    append(&text, "a number from %g to %g", option->least, option->most);
    break;
  case DF_VALUE_TIME:
    append(&text, "seconds or [HH:]MM:SS[.mmm], %sat most %g hours",
        option->least > 0 ? "more than 0 and " : "", option->most / 3600);
    break;
  case DF_VALUE_RATE:
    append(&text, "bits a second from ");
    append_rate(&text, option->least);
    append(&text, " to ");
    append_rate(&text, option->most);
    append(&text, ", such as 4M, 4000k or 4000000");
    break;
  case DF_VALUE_SIZE:
    append(&text, "width x height, two even numbers from %g to %g, such as 1280x720", option->least,
        option->most);
    break;
  case DF_VALUE_CHOICE:
  case DF_VALUE_NAME:
    append_choices(&text, option);
    break;
  }
  return buffer;
}

/* Reads the value of an option of one of the kinds that are a number within a range. */
static bool read_in_range(const struct df_option *option, const char *value, double *ret_number)
{
  bool valid = option->kind == DF_VALUE_WHOLE  ? read_whole(value, ret_number)
               : option->kind == DF_VALUE_TIME ? read_time(value, ret_number)
               : option->kind == DF_VALUE_RATE ? read_rate(value, ret_number)
                                               : read_number(value, ret_number);
  return valid && *ret_number >= option->least && *ret_number <= option->most;
}

static bool add_word(const char *value, struct df_words *words)
{
  if (words->count == DF_WORDS_MAX)
    return false;
  words->items[words->count++] = value;
  return true;
}

/* Stores a value that is not one number; false when it is not as it should be. */
static bool store_other(const struct df_option *option, const char *value, void *field)
{
  double sides[2];
  int choice;
  switch (option->kind) {
  case DF_VALUE_NONE:
    *(bool *)field = true;
    return true;
  case DF_VALUE_TEXT:
    memcpy(field, &value, sizeof value);
    return value[0] != '\0';
  case DF_VALUE_WORDS:
    return value[0] != '\0' && add_word(value, field);
  case DF_VALUE_SIZE:
    if (!read_size(value, sides) || !even_within(option, sides[0]) ||
        !even_within(option, sides[1]))
      return false;
    ((int *)field)[0] = (int)sides[0];
    ((int *)field)[1] = (int)sides[1];
    return true;
  case DF_VALUE_CHOICE:
    choice = find_choice(option, value);
    if (choice >= 0)
      memcpy(field, &choice, sizeof choice);
    return choice >= 0;
  case DF_VALUE_NAME:
    choice = find_choice(option, value);
    if (choice >= 0)
      memcpy(field, &option->choices[choice], sizeof *option->choices);
    return choice >= 0;
  default:
    return false;
  }
}

static bool store(const struct df_option *option, const char *value, void *field)
{
  double number;
  switch (option->kind) {
  case DF_VALUE_WHOLE:
  case DF_VALUE_RATE:
    if (!read_in_range(option, value, &number))
      return false;
    *(int *)field = (int)number;
    return true;
  case DF_VALUE_NUMBER:
  case DF_VALUE_TIME:
    if (!read_in_range(option, value, &number))
      return false;
    *(double *)field = number;
    return true;
  case DF_VALUE_FLOAT:
    if (!read_in_range(option, value, &number))
      return false;
    *(float *)field = (float)number;
    return true;
  default:
    return store_other(option, value, field);
  }
}

int df_option_store(const struct df_option *option, const char *value, struct df_options *options,
    struct df_error *err)
{
  if (store(option, value, (char *)options + option->offset))
    return 0;
  char allowed[256];
  df_option_allowed(option, allowed, sizeof allowed);
  if (value[0] == '\0')
    return df_fail(err, DF_EUSAGE, "--%s wants a value, but got an empty one: --%s %s",
        option->name, option->name, option->placeholder);
  if (option->kind == DF_VALUE_WORDS)
    return df_fail(
        err, DF_EUSAGE, "--%s may be given %d times at most", option->name, DF_WORDS_MAX);
  return df_fail(err, DF_EUSAGE, "--%s takes %s, not \"%s\"", option->name, allowed, value);
}
