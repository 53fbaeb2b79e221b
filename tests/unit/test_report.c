/* What cli/report.h, cli/json_writer.h and cli/console.h promise about what is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli/cli.h"
#include "cli/console.h"
#include "cli/json_writer.h"
#include "cli/report.h"

struct sink {
  FILE *out;
  char *text;
  size_t size;
};

static FILE *sink_open(struct sink *sink)
{
  *sink = (struct sink){0};
  sink->out = open_memstream(&sink->text, &sink->size);
  assert_non_null(sink->out);
  return sink->out;
}

static const char *sink_text(struct sink *sink)
{
  fclose(sink->out);
  return sink->text;
}

/* Parses what was written as exactly one line of JSON. */
static json_t *sink_json(struct sink *sink)
{
  const char *text = sink_text(sink);
  assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
  json_error_t error;
  json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);
  if (!value)
    fail_msg("%s in %s", error.text, text);
  free(sink->text);
  return value;
}

static void json_is_valid_whatever_the_bytes(void **state)
{
  (void)state;
  static const char *const texts[] = {
      "plain",
      "quote \" back \\ slash /",
      "line\nbreak\ttab\x01",
      "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80",
      "bad \xFF\xC3",
      "overlong \xC0\xAF \xE0\x80\x80",
      "surrogate \xED\xA0\x80",
      "beyond \xF4\x90\x80\x80",
      "cut \xF0\x9F",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct sink sink;
    struct df_json_writer json = {.out = sink_open(&sink)};
    df_json_write_open(&json, NULL, '{');
    df_json_write_text(&json, texts[i], texts[i]);
    df_json_write_close(&json, '}');
    fputc('\n', sink.out);
    json_t *value = sink_json(&sink);
    if (i < 4)
      assert_string_equal(json_string_value(json_object_get(value, texts[i])), texts[i]);
    else
      assert_non_null(strstr(json_object_iter_key(json_object_iter(value)), "\xEF\xBF\xBD"));
    json_decref(value);
  }
}

static void json_numbers_that_are_none_are_null(void **state)
{
  (void)state;
  struct sink sink;
  struct df_json_writer json = {.out = sink_open(&sink)};
  df_json_write_open(&json, NULL, '[');
  df_json_write_number(&json, NULL, 0.5);
  df_json_write_number(&json, NULL, strtod("inf", NULL));
  df_json_write_number(&json, NULL, strtod("nan", NULL));
  df_json_write_whole(&json, NULL, -9007199254740993);
  df_json_write_truth(&json, NULL, true);
  df_json_write_text(&json, NULL, NULL);
  df_json_write_close(&json, ']');
  assert_string_equal(sink_text(&sink), "[0.5,null,null,-9007199254740993,true,null]");
  free(sink.text);
}

static void a_progress_line_has_what_is_known(void **state)
{
  (void)state;
  struct sink sink;
  struct df_reading reading = {.frames = 5,
      .frames_total = 1234567,
      .share = 0.5,
      .fps = 20,
      .speed = -1,
      .elapsed = 1,
      .eta = -1};
  df_report_json_progress(sink_open(&sink), &reading);
  json_t *line = sink_json(&sink);
  assert_string_equal(json_string_value(json_object_get(line, "type")), "progress");
  assert_int_equal(json_integer_value(json_object_get(line, "frames_total")), 1234567);
  assert_true(json_is_null(json_object_get(line, "eta")));
  assert_true(json_is_null(json_object_get(line, "speed")));
  json_decref(line);
}

static void the_result_line_tells_success(void **state)
{
  (void)state;
  struct df_task task = {.kind = DF_TASK_RUN, .input = "in.mp4", .output = "out.mp4"};
  struct df_result result = {.output = "out.mp4",
      .frames = 200,
      .seconds = 4,
      .seat_seen = {200, 50},
      .people = 2,
      .embeddings = 7,
      .embedded_frames = 6,
      .cuts = 3};
  struct df_log *log = df_log_create(DF_LOG_ERROR, NULL, NULL);
  assert_non_null(log);
  df_log_say(log, DF_LOG_WARNING, "w");
  df_log_say(log, DF_LOG_NOTE, "n");
  struct sink sink;
  df_report_json_result(sink_open(&sink),
      &(struct df_report){
          .command = "run", .task = &task, .result = &result, .speed = 2, .log = log});
  json_t *line = sink_json(&sink), *seats = json_object_get(line, "seats");
  assert_string_equal(json_string_value(json_object_get(line, "type")), "result");
  assert_true(json_is_true(json_object_get(line, "ok")));
  assert_true(json_is_null(json_object_get(line, "error")));
  assert_int_equal(json_integer_value(json_object_get(line, "exit")), 0);
  assert_true(json_number_value(json_object_get(line, "fps")) == 50);
  assert_true(json_number_value(json_object_get(json_object_get(seats, "right"), "share")) == 0.25);
  assert_string_equal(json_string_value(json_array_get(json_object_get(line, "warnings"), 0)), "w");
  assert_string_equal(json_string_value(json_array_get(json_object_get(line, "notes"), 0)), "n");
  json_decref(line);
  df_log_destroy(&log);
}

static void the_result_line_tells_who_did_the_work(void **state)
{
  (void)state;
  struct df_task task = {.kind = DF_TASK_RUN, .input = "in.mp4", .output = "out.mp4"};
  struct df_result result = {
      .frames = 100,
      .on_gpu = true,
      .device = {.name = "cuda:0 card"},
      .decoder = {.name = "NVDEC"},
      .provider = {.name = "CUDA", .refusal = "TensorRT: none"},
      .encoder = {.name = "libx264", .refusal = "no NVENC"},
      .gpu = {.bytes_up = 1000, .bytes_down = 200, .host_waits = 150, .allocations = -1},
      .md5 = "0123",
  };
  struct sink sink;
  df_report_json_result(sink_open(&sink),
      &(struct df_report){.command = "run", .task = &task, .result = &result, .speed = 2});
  json_t *line = sink_json(&sink), *gpu = json_object_get(line, "gpu");
  json_t *decoder = json_object_get(line, "decoder"), *encoder = json_object_get(line, "encoder");
  assert_string_equal(json_string_value(json_object_get(line, "device")), "cuda:0 card");
  assert_string_equal(json_string_value(json_object_get(decoder, "name")), "NVDEC");
  assert_true(json_is_null(json_object_get(decoder, "refusal")));
  assert_string_equal(json_string_value(json_object_get(encoder, "refusal")), "no NVENC");
  assert_true(json_number_value(json_object_get(gpu, "bytes_up_a_frame")) == 10);
  assert_true(json_number_value(json_object_get(gpu, "host_waits_a_frame")) == 1.5);
  assert_true(json_is_null(json_object_get(gpu, "allocations_after_warm_up")));
  assert_string_equal(json_string_value(json_object_get(line, "md5")), "0123");
  json_decref(line);
  df_report_device(sink_open(&sink), &result);
  assert_non_null(strstr(sink_text(&sink), "decoded by NVDEC, faces found by CUDA"));
  assert_non_null(strstr(sink.text, "1.50 waits"));
  free(sink.text);
}

static void the_result_line_tells_failure(void **state)
{
  (void)state;
  struct df_error err = {0};
  df_fail(&err, DF_EMISSING, "no model");
  struct sink sink;
  df_report_json_result(sink_open(&sink), &(struct df_report){.command = "run", .error = &err});
  json_t *line = sink_json(&sink), *error = json_object_get(line, "error");
  assert_true(json_is_false(json_object_get(line, "ok")));
  assert_int_equal(json_integer_value(json_object_get(line, "exit")), 3);
  assert_string_equal(json_string_value(json_object_get(error, "name")), "DF_EMISSING");
  assert_string_equal(json_string_value(json_object_get(error, "text")), "no model");
  json_decref(line);
}

static void exit_statuses_follow_the_error(void **state)
{
  (void)state;
  assert_int_equal(df_cli_exit(0), 0);
  assert_int_equal(df_cli_exit(DF_EUSAGE), 2);
  assert_int_equal(df_cli_exit(DF_EMISSING), 3);
  assert_int_equal(df_cli_exit(DF_ESTOPPED), 130);
  assert_int_equal(df_cli_exit(DF_EOUTPUT), 1);
  assert_int_equal(df_cli_exit(DF_ENOSPACE), 1);
}

static void expect_people(struct df_result result, enum df_absent_policy absent, const char *part)
{
  struct df_task task = {.absent = absent};
  struct sink sink;
  df_report_people(sink_open(&sink), &task, &result);
  if (!strstr(sink_text(&sink), part))
    fail_msg("\"%s\" lacks \"%s\"", sink.text, part);
  free(sink.text);
}

static void a_summary_says_clearly_who_was_not_seen(void **state)
{
  (void)state;
  struct df_result nobody = {.frames = 10};
  struct df_result one = {.frames = 10, .faces = 9, .seat_seen = {0, 9}, .people = 1};
  struct df_result both = {.frames = 10, .faces = 19, .seat_seen = {10, 9}, .people = 2};
  expect_people(nobody, DF_ABSENT_WIDE, "no face found: both halves show the whole picture");
  expect_people(nobody, DF_ABSENT_BLACK, "both halves show black");
  expect_people(nobody, DF_ABSENT_BLUR, "both halves show the whole picture, blurred");
  expect_people(
      one, DF_ABSENT_WIDE, "only one person was seen: the left half shows the whole picture");
  expect_people(both, DF_ABSENT_WIDE, "right half: its person was seen in 90.0 % of the frames");
}

static void lines_from_outside_cannot_move_the_cursor(void **state)
{
  (void)state;
  char text[64];
  assert_string_equal(df_console_harmless(text, sizeof text,
                          "a\nb\r\x1B[2Jc\x7F\xC2\x9B"
                          "d\xC3\xBC"),
      "a?b??[2Jc??d\xC3\xBC");
  assert_string_equal(df_console_harmless(text, 4, "abcdef"), "abc");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(json_is_valid_whatever_the_bytes),
      cmocka_unit_test(json_numbers_that_are_none_are_null),
      cmocka_unit_test(a_progress_line_has_what_is_known),
      cmocka_unit_test(the_result_line_tells_success),
      cmocka_unit_test(the_result_line_tells_who_did_the_work),
      cmocka_unit_test(the_result_line_tells_failure),
      cmocka_unit_test(exit_statuses_follow_the_error),
      cmocka_unit_test(a_summary_says_clearly_who_was_not_seen),
      cmocka_unit_test(lines_from_outside_cannot_move_the_cursor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
