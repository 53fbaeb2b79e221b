/* A JSON writer; see json_writer.h. */
#include "cli/json_writer.h"

#include <math.h>
#include <stddef.h>

/* Bytes of the valid UTF-8 sequence at the start of `text` (RFC 3629), 0 where there is none. */
static size_t sequence_length(const unsigned char *text)
{
  if (text[0] < 0x80)
    return 1;
  size_t length = text[0] >= 0xC2 && text[0] <= 0xDF   ? 2
                  : text[0] >= 0xE0 && text[0] <= 0xEF ? 3
                  : text[0] >= 0xF0 && text[0] <= 0xF4 ? 4
                                                       : 0;
  for (size_t i = 1; i < length; i++)
    if ((text[i] & 0xC0) != 0x80)
      return 0;
  bool overlong = (text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xF0 && text[1] < 0x90);
  bool surrogate = text[0] == 0xED && text[1] > 0x9F;
  bool beyond = text[0] == 0xF4 && text[1] > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

static void write_quoted(FILE *out, const char *text)
{
  const unsigned char *at = (const unsigned char *)text;
  fputc('"', out);
  while (*at) {
    size_t length = sequence_length(at);
    if (length == 0)
      fputs("\xEF\xBF\xBD", out); /* the replacement character */
    else if (*at == '"' || *at == '\\')
      fprintf(out, "\\%c", *at);
    else if (*at < 0x20)
      fprintf(out, "\\u%04x", *at);
    else
      fwrite(at, 1, length, out);
    at += length > 0 ? length : 1;
  }
  fputc('"', out);
}

static void begin(struct df_json_writer *json, const char *key)
{
  if (json->comma)
    fputc(',', json->out);
  json->comma = true;
  if (key) {
    write_quoted(json->out, key);
    fputc(':', json->out);
  }
}

void df_json_write_open(struct df_json_writer *json, const char *key, char bracket)
{
  begin(json, key);
  fputc(bracket, json->out);
  json->comma = false;
}

void df_json_write_close(struct df_json_writer *json, char bracket)
{
  fputc(bracket, json->out);
  json->comma = true;
}

void df_json_write_text(struct df_json_writer *json, const char *key, const char *text)
{
  begin(json, key);
  if (text)
    write_quoted(json->out, text);
  else
    fputs("null", json->out);
}

void df_json_write_whole(struct df_json_writer *json, const char *key, long long number)
{
  begin(json, key);
  fprintf(json->out, "%lld", number);
}

void df_json_write_number(struct df_json_writer *json, const char *key, double number)
{
  char digits[64];
  begin(json, key);
  snprintf(digits, sizeof digits, "%.6g", number);
  fputs(isfinite(number) ? digits : "null", json->out);
}

void df_json_write_time(struct df_json_writer *json, const char *key, double seconds)
{
  long long milliseconds = llround(seconds * 1000);
  begin(json, key);
  fprintf(json->out, "%lld.%03lld", milliseconds / 1000, milliseconds % 1000);
}

void df_json_write_truth(struct df_json_writer *json, const char *key, bool truth)
{
  begin(json, key);
  fputs(truth ? "true" : "false", json->out);
}
