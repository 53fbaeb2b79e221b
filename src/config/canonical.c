/* What of the options changes the result, as a text by which the same order is known again. */
#include <stdarg.h>
#include <string.h>

#include "config/option_table.h"

struct writer {
  char *at;
  size_t size, length;
  bool full;
};

__attribute__((format(printf, 2, 3))) static void add(struct writer *w, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  int written = vsnprintf(w->at + w->length, w->size - w->length, format, args);
  va_end(args);
  if (written < 0 || (size_t)written >= w->size - w->length)
    w->full = true;
  else
    w->length += (size_t)written;
}

/* Those that say how the work is done, by whom, or what else is written, do not. */
static bool changes_result(const struct df_option *option)
{
  bool model = strcmp(option->name, "models") == 0 || strcmp(option->name, "detector") == 0 ||
               strcmp(option->name, "embedder") == 0;
  switch (option->group) {
  case DF_GROUP_PART:
  case DF_GROUP_PICTURE:
  case DF_GROUP_ENCODING:
  case DF_GROUP_PEOPLE:
  case DF_GROUP_CAMERA:
    return option->commands & DF_COMMAND_RUN;
  default:
    return model;
  }
}

static void add_value(struct writer *w, const struct df_option *option, const void *field)
{
  switch (option->kind) {
  case DF_VALUE_NONE:
    break;
  case DF_VALUE_TEXT:
  case DF_VALUE_NAME:
    add(w, " %s", *(const char *const *)field);
    break;
  case DF_VALUE_WORDS:
    for (size_t i = 0; i < ((const struct df_words *)field)->count; i++)
      add(w, " \"%s\"", ((const struct df_words *)field)->items[i]);
    break;
  case DF_VALUE_WHOLE:
  case DF_VALUE_RATE:
    add(w, " %d", *(const int *)field);
    break;
  case DF_VALUE_NUMBER:
  case DF_VALUE_TIME:
    add(w, " %.9g", *(const double *)field);
    break;
  case DF_VALUE_FLOAT:
    add(w, " %.9g", (double)*(const float *)field);
    break;
  case DF_VALUE_SIZE:
    add(w, " %dx%d", ((const int *)field)[0], ((const int *)field)[1]);
    break;
  case DF_VALUE_CHOICE:
    add(w, " %s", option->choices[*(const int *)field]);
    break;
  }
}

static size_t width_of(enum df_value_kind kind)
{
  switch (kind) {
  case DF_VALUE_NONE:
    return sizeof(bool);
  case DF_VALUE_TEXT:
  case DF_VALUE_NAME:
    return sizeof(const char *);
  case DF_VALUE_WORDS:
    return sizeof(struct df_words);
  case DF_VALUE_NUMBER:
  case DF_VALUE_TIME:
    return sizeof(double);
  case DF_VALUE_FLOAT:
    return sizeof(float);
  case DF_VALUE_SIZE:
    return 2 * sizeof(int);
  default:
    return sizeof(int);
  }
}

/* Choices of a list are the list's own strings and the other texts argv's, so that both compare as pointers. */
static bool is_usual(const struct df_option *option, const struct df_options *options,
    const struct df_options *usual)
{
  return memcmp((const char *)options + option->offset, (const char *)usual + option->offset,
             width_of(option->kind)) == 0;
}

int df_options_canonical(
    const struct df_options *options, char *text, size_t size, struct df_error *err)
{
  struct df_options usual;
  struct writer w = {text, size, 0, false};
  text[0] = '\0';
  int result = df_options_defaults(DF_COMMAND_RUN, &usual, err);
  for (size_t i = 0; result == 0 && i < df_option_count(); i++) {
    const struct df_option *option = df_option_at(i);
    if (!changes_result(option) || is_usual(option, options, &usual))
      continue;
    add(&w, "%s--%s", w.length > 0 ? " " : "", option->name);
    add_value(&w, option, (const char *)options + option->offset);
  }
  return result == 0 && w.full ? df_fail(err, DF_EUSAGE, "the options are too long to be kept")
                               : result;
}
