#include "base/error.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

int df_fail(struct df_error *err, int code, const char *format, ...)
{
  assert(code < 0);
  if (!err || err->code)
    return code;
  va_list args;
  va_start(args, format);
  vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  err->code = code;
  return code;
}

void df_error_prefix(struct df_error *err, const char *format, ...)
{
  if (!err || !err->code)
    return;
  char prefix[DF_ERROR_TEXT / 2], old[DF_ERROR_TEXT];
  va_list args;
  va_start(args, format);
  vsnprintf(prefix, sizeof prefix, format, args);
  va_end(args);
  memcpy(old, err->text, sizeof old);
  size_t length = strlen(prefix);
  memcpy(err->text, prefix, length);
  snprintf(err->text + length, sizeof err->text - length, ": %s", old);
}

const char *df_error_text(int code)
{
  switch (code) {
#define DF_ERROR_CASE(name, number, text)                                                          \
  case name:                                                                                       \
    return text;
    DF_ERROR_LIST(DF_ERROR_CASE)
#undef DF_ERROR_CASE
  }
  return code == 0 ? "no error" : "unknown error";
}
