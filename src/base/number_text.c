#include "base/number_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DIGITS_MAX = 15 /* what a double holds exactly */, FIELDS = 3 };

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

const char *df_number_scan(const char *text, double *ret_number)
{
  double sign = 1, scale = 1;
  int64_t mantissa = 0;
  int digits = 0;
  bool point = false;
  if (*text == '-') {
    sign = -1;
    text++;
  }
  for (; is_digit(*text) || (*text == '.' && !point); text++) {
    if (*text == '.') {
      point = true;
      continue;
    }
    if (++digits > DIGITS_MAX)
      return NULL;
    mantissa = mantissa * 10 + (*text - '0');
    if (point)
      scale *= 10;
  }
  if (digits == 0)
    return NULL;
  *ret_number = sign * (double)mantissa / scale;
  return text;
}

const char *df_time_scan(const char *text, double *ret_seconds)
{
  double seconds = 0;
  for (int field = 0; field < FIELDS; field++) {
    double number;
    const char *end = df_number_scan(text, &number);
    if (!end || number < 0 || (field > 0 && number >= 60))
      return NULL;
    seconds = seconds * 60 + number;
    if (*end != ':') {
      *ret_seconds = seconds;
      return end;
    }
    if (memchr(text, '.', (size_t)(end - text)))
      return NULL;
    text = end + 1;
  }
  return NULL;
}
