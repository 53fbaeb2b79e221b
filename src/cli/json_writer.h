/*
 * Writes JSON to a stream, one value after the other, commas where they belong. Whatever bytes a text has,
 * what is written is valid JSON in UTF-8; numbers look the same in every locale. Keeps nothing in memory.
 */
#ifndef DF_CLI_JSON_WRITER_H
#define DF_CLI_JSON_WRITER_H

#include <stdbool.h>
#include <stdio.h>

struct df_json_writer {
  FILE *out;
  bool comma; /* a value was written at this level */
};

/** Each writes one value: with `key` into an object, with key NULL into a list or as the outermost. */
void df_json_write_open(
    struct df_json_writer *json, const char *key, char bracket);     /* '{' or '[' */
void df_json_write_close(struct df_json_writer *json, char bracket); /* '}' or ']' */
void df_json_write_text(
    struct df_json_writer *json, const char *key, const char *text); /* NULL: null */
void df_json_write_whole(struct df_json_writer *json, const char *key, long long number);
void df_json_write_number(
    struct df_json_writer *json, const char *key, double number); /* not finite: null */
/** A moment in seconds (>= 0), with its milliseconds. */
void df_json_write_time(struct df_json_writer *json, const char *key, double seconds);
void df_json_write_truth(struct df_json_writer *json, const char *key, bool truth);

#endif
