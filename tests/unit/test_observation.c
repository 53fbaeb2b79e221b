/* Each test is named after the promise of observation.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/whole_file.h"
#include "pipeline/observation.h"

enum { FRAMES = 40 };

static char path[256];
static const struct df_observation_header some_header = {
    .width = 640, .height = 360, .time_base = {1, 30000}, .detector = "d", .embedder = "e"};

static int set_path(void **state)
{
  (void)state;
  snprintf(path, sizeof path, "/tmp/dualface-log-%ld", (long)getpid());
  return 0;
}

static int drop_path(void **state)
{
  (void)state;
  unlink(path);
  return 0;
}

static struct df_observation some_observation(int64_t n)
{
  struct df_observation o = {.n = n, .pts = n * 1001, .difference = 0.1f * (float)n};
  o.face_count = (size_t)n % DF_FACES_MAX;
  for (size_t i = 0; i < o.face_count; i++)
    o.faces[i] = (struct df_face){.box = {(float)n / 3, (float)i / 7, 20, 30}, .score = 0.7f};
  o.answer_count = o.face_count < DF_ASK_MAX ? o.face_count : DF_ASK_MAX;
  for (size_t i = 0; i < o.answer_count; i++) {
    struct df_answer *a = &o.answers[i];
    a->face = i;
    a->track = (int)i + 1;
    a->why = (enum df_ask_why)(i % DF_ASK_WHYS);
    a->sharpness = 3.3f;
    a->embedding.dimensions = i % 2 ? 128 : 0;
    for (int k = 0; k < a->embedding.dimensions; k++)
      a->embedding.values[k] = (float)(k + 1) / 3.0f;
  }
  return o;
}

static void write_log(void)
{
  struct df_observation_writer *writer = NULL;
  assert_int_equal(df_observation_create(path, &some_header, &writer, NULL), 0);
  for (int64_t n = 0; n < FRAMES; n++) {
    struct df_observation o = some_observation(n);
    assert_int_equal(df_observation_append(writer, &o, NULL), 0);
  }
  assert_int_equal(df_observation_close(&writer, NULL), 0);
}

/* How many frames a log gives back; each must be as it was written. */
static int64_t read_log(void)
{
  struct df_observation_reader *reader = NULL;
  struct df_observation_header header;
  static struct df_observation o;
  assert_int_equal(df_observation_open(path, &reader, &header, NULL), 0);
  assert_memory_equal(&header, &some_header, sizeof header);
  int64_t n = 0;
  for (; memset(&o, 0, sizeof o), df_observation_read(reader, &o, NULL) == 1; n++) {
    struct df_observation wanted = some_observation(n);
    assert_memory_equal(&o, &wanted, sizeof o);
  }
  df_observation_end(&reader);
  return n;
}

static void what_is_appended_is_read_to_the_bit(void **state)
{
  (void)state;
  write_log();
  assert_int_equal(read_log(), FRAMES);
}

static void a_torn_tail_is_left_out(void **state)
{
  (void)state;
  write_log();
  FILE *stream = fopen(path, "r");
  fseek(stream, 0, SEEK_END);
  long size = ftell(stream);
  fclose(stream);
  int64_t before = FRAMES;
  for (long cut = 1; cut < 3000; cut += 97) {
    assert_int_equal(truncate(path, size - cut), 0);
    int64_t left = read_log();
    assert_true(left < FRAMES && left <= before);
    before = left;
  }
}

static void a_damaged_record_ends_the_log(void **state)
{
  (void)state;
  write_log();
  FILE *stream = fopen(path, "r+");
  fseek(stream, -100, SEEK_END);
  int byte = fgetc(stream);
  fseek(stream, -100, SEEK_END);
  fputc(byte ^ 0x10, stream);
  fclose(stream);
  assert_int_equal(read_log(), FRAMES - 1);
}

/* Cut at a byte, gone on with: all are there, as if it had never been cut. */
static void one_goes_on_after_its_last_whole_frame(void **state)
{
  (void)state;
  struct df_observation_writer *writer = NULL;
  write_log();
  FILE *stream = fopen(path, "r");
  fseek(stream, 0, SEEK_END);
  long size = ftell(stream);
  fclose(stream);
  for (long cut = 0; cut < 3000; cut += 131) {
    assert_int_equal(truncate(path, size - cut), 0);
    int64_t left = read_log();
    assert_int_equal(df_observation_go_on(path, &some_header, &writer, NULL), 0);
    for (int64_t n = left; n < FRAMES; n++) {
      struct df_observation o = some_observation(n);
      assert_int_equal(df_observation_append(writer, &o, NULL), 0);
    }
    assert_int_equal(df_observation_sync(writer, NULL), 0);
    assert_int_equal(df_observation_close(&writer, NULL), 0);
    assert_int_equal(read_log(), FRAMES);
  }
}

static void one_of_another_video_is_not_gone_on_with(void **state)
{
  (void)state;
  struct df_observation_writer *writer = NULL;
  struct df_observation_header other = some_header;
  other.width++;
  write_log();
  assert_int_equal(df_observation_go_on(path, &other, &writer, NULL), DF_EINPUT);
  assert_null(writer);
  assert_int_equal(read_log(), FRAMES);
}

static void a_copy_is_the_same_to_the_bit(void **state)
{
  (void)state;
  char copy[300], command[700];
  snprintf(copy, sizeof copy, "%s-copy", path);
  write_log();
  assert_int_equal(df_whole_file_copy(path, copy, false, NULL), 0);
  snprintf(command, sizeof command, "cmp %s %s", path, copy);
  assert_int_equal(system(command), 0);
  assert_int_equal(df_whole_file_copy(path, copy, false, NULL), DF_EOUTPUT);
  assert_int_equal(df_whole_file_copy(path, copy, true, NULL), 0);
  unlink(copy);
}

static void another_file_is_no_log(void **state)
{
  (void)state;
  struct df_observation_reader *reader = NULL;
  struct df_observation_header header;
  struct df_error err = {0};
  FILE *stream = fopen(path, "w");
  fputs("not a log at all", stream);
  fclose(stream);
  assert_int_equal(df_observation_open(path, &reader, &header, &err), DF_EINPUT);
  assert_non_null(strstr(err.text, "no observation log"));
  assert_null(reader);
}

/* Random bytes must be refused or understood, never overrun (the sanitizers watch). */
static void any_payload_is_refused_or_whole(void **state)
{
  (void)state;
  static struct df_observation o;
  uint8_t payload[2000];
  unsigned seed = 7;
  for (int round = 0; round < 20000; round++) {
    seed = seed * 1664525u + 1013904223u;
    size_t size = seed % sizeof payload;
    for (size_t i = 0; i < size; i++) {
      seed = seed * 1664525u + 1013904223u;
      payload[i] = seed >> 30 ? 0 : (uint8_t)(seed >> 24);
    }
    if (df_observation_unpack(payload, size, &o) == 0) {
      assert_true(o.face_count <= DF_FACES_MAX);
      assert_true(o.answer_count <= DF_ASK_MAX);
    }
  }
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, set_path, drop_path)
  const struct CMUnitTest tests[] = {
      ONE(what_is_appended_is_read_to_the_bit),
      ONE(a_torn_tail_is_left_out),
      ONE(a_damaged_record_ends_the_log),
      ONE(one_goes_on_after_its_last_whole_frame),
      ONE(one_of_another_video_is_not_gone_on_with),
      ONE(a_copy_is_the_same_to_the_bit),
      ONE(another_file_is_no_log),
      ONE(any_payload_is_refused_or_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
