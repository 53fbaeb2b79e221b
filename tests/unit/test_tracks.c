/* Each test is named after the promise of tracks.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/tracks.h"

static char path[256];

static int set_path(void **state)
{
  (void)state;
  snprintf(path, sizeof path, "/tmp/dualface-tracks-%ld.jsonl", (long)getpid());
  unlink(path);
  return 0;
}

static int drop_path(void **state)
{
  (void)state;
  unlink(path);
  return 0;
}

static const struct df_tracks_header some_header = {
    .input = "a \"talk\".mp4", .width = 1920, .height = 1080, .time_base = {1, 12800}};

/* Numbers that text would damage if it were careless. */
static float odd(unsigned *seed)
{
  *seed = *seed * 1664525u + 1013904223u;
  return (float)(*seed >> 8) / 8191.3f - 100.0f;
}

static struct df_tracks_frame some_frame(int64_t n, unsigned seed)
{
  struct df_tracks_frame f = {.n = n, .pts = n * 512 - 3, .t = (double)n / 25, .cut = n % 3 == 0};
  f.face_count = (size_t)(n % (DF_FACES_MAX + 1));
  for (size_t i = 0; i < f.face_count; i++) {
    struct df_tracks_face *face = &f.faces[i];
    face->track = (int)i;
    face->person = (int)i - 1;
    face->face.score = odd(&seed);
    face->face.box = (struct df_box){odd(&seed), odd(&seed), odd(&seed), odd(&seed)};
    for (int k = 0; k < DF_FACE_POINTS; k++)
      face->face.points[k] = (struct df_point){odd(&seed), odd(&seed)};
  }
  for (int s = 0; s < DF_SEATS; s++) {
    f.seats[s].person = n % 2 ? s : DF_NOBODY;
    f.seats[s].seen = n % 2;
    if (f.seats[s].seen)
      f.seats[s].face = (struct df_box){odd(&seed), odd(&seed), odd(&seed), odd(&seed)};
    f.seats[s].shot.state = (enum df_window_state)(n % DF_WINDOW_STATES);
    f.seats[s].shot.window = (struct df_box){odd(&seed), 1, 960.015625f, 1080};
  }
  return f;
}

static void assert_same_frame(const struct df_tracks_frame *a, const struct df_tracks_frame *b)
{
  assert_int_equal(a->n, b->n);
  assert_int_equal(a->pts, b->pts);
  assert_int_equal(a->cut, b->cut);
  assert_int_equal(a->face_count, b->face_count);
  assert_memory_equal(a->faces, b->faces, a->face_count * sizeof a->faces[0]);
  for (int s = 0; s < DF_SEATS; s++) {
    assert_int_equal(a->seats[s].person, b->seats[s].person);
    assert_int_equal(a->seats[s].seen, b->seats[s].seen);
    assert_int_equal(a->seats[s].shot.state, b->seats[s].shot.state);
    assert_memory_equal(&a->seats[s].face, &b->seats[s].face, sizeof a->seats[s].face);
    assert_memory_equal(
        &a->seats[s].shot.window, &b->seats[s].shot.window, sizeof a->seats[s].shot.window);
  }
}

static void what_is_written_is_read_to_the_bit(void **state)
{
  (void)state;
  struct df_tracks_writer *writer = NULL;
  struct df_error err = {0};
  assert_int_equal(df_tracks_create(path, false, &some_header, &writer, &err), 0);
  for (int64_t n = 0; n < 70; n++) {
    struct df_tracks_frame frame = some_frame(n, (unsigned)n);
    assert_int_equal(df_tracks_write(writer, &frame, &err), 0);
  }
  assert_int_equal(df_tracks_finish(writer, (const int[]){1, 0}, &err), 0);
  df_tracks_abandon(&writer);

  struct df_tracks_reader *reader = NULL;
  struct df_tracks_header header;
  assert_int_equal(df_tracks_open(path, &reader, &header, &err), 0);
  assert_string_equal(header.input, some_header.input);
  assert_int_equal(header.time_base.den, 12800);
  assert_int_equal(header.seat_person[DF_LEFT], 1);
  assert_int_equal(header.seat_person[DF_RIGHT], 0);
  struct df_tracks_frame frame;
  for (int64_t n = 0; n < 70; n++) {
    struct df_tracks_frame wanted = some_frame(n, (unsigned)n);
    assert_int_equal(df_tracks_read(reader, &frame, &err), 1);
    assert_same_frame(&frame, &wanted);
  }
  assert_int_equal(df_tracks_read(reader, &frame, &err), 0);
  df_tracks_close(&reader);
}

static void an_unfinished_file_never_has_its_name(void **state)
{
  (void)state;
  struct df_tracks_writer *writer = NULL;
  assert_int_equal(df_tracks_create(path, false, &some_header, &writer, NULL), 0);
  df_tracks_abandon(&writer);
  assert_null(writer);
  assert_int_not_equal(access(path, F_OK), 0);
}

static void a_name_that_is_not_utf8_is_written_all_the_same(void **state)
{
  (void)state;
  struct df_tracks_header odd_name = some_header;
  struct df_tracks_header header;
  struct df_tracks_writer *writer = NULL;
  struct df_tracks_reader *reader = NULL;
  strcpy(odd_name.input, "caf\xe9.mp4");
  assert_int_equal(df_tracks_create(path, false, &odd_name, &writer, NULL), 0);
  assert_int_equal(df_tracks_finish(writer, (const int[]){DF_NOBODY, DF_NOBODY}, NULL), 0);
  df_tracks_abandon(&writer);
  assert_int_equal(df_tracks_open(path, &reader, &header, NULL), 0);
  assert_string_equal(header.input, "caf?.mp4");
  assert_int_equal(header.seat_person[DF_LEFT], DF_NOBODY);
  df_tracks_close(&reader);
}

#define SEAT "{\"person\":null,\"face\":null,\"window\":[0,0,8,9],\"state\":\"wide\"}"
#define FRAME(faces, left)                                                                         \
  "{\"n\":0,\"pts\":0,\"t\":0,\"cut\":false,\"faces\":" faces ",\"left\":" left ",\"right\":" SEAT \
  "}"

static void a_bad_line_says_what_is_wrong(void **state)
{
  (void)state;
  static const struct {
    const char *line, *says;
  } cases[] = {
      {"", "not JSON"},
      {"{", "not JSON"},
      {"[]", "not a JSON object"},
      {"{\"n\":\"one\"}", "\"n\""},
      {"{\"n\":0}", "\"pts\""},
      {"{\"n\":0,\"pts\":1}", "\"t\""},
      {FRAME("{}", SEAT), "\"faces\""},
      {FRAME("[1]", SEAT), "\"faces\""},
      {FRAME("[{\"track\":-1}]", SEAT), "\"track\""},
      {FRAME("[{\"track\":1,\"person\":\"nobody\"}]", SEAT), "\"person\""},
      {FRAME("[{\"track\":1,\"person\":\"A\",\"box\":[1,2,3]}]", SEAT), "\"box\""},
      {FRAME("[{\"track\":1,\"person\":\"A\",\"box\":[1,2,3,1e30]}]", SEAT), "\"box\""},
      {FRAME("[{\"track\":1,\"person\":\"A\",\"box\":[1,2,3,4]}]", SEAT), "\"score\""},
      {FRAME("[]", "7"), "\"left\""},
      {FRAME("[]", "{\"person\":null,\"face\":null,\"window\":[0,0,8,9],\"state\":\"x\"}"),
          "\"state\""},
      {FRAME("[]", "{\"person\":null,\"face\":null,\"window\":[0,0,0,9],\"state\":\"seen\"}"),
          "\"window\""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct df_tracks_frame frame;
    struct df_error err = {0};
    int result = df_tracks_parse_frame(cases[i].line, strlen(cases[i].line), &frame, &err);
    assert_int_equal(result, DF_EINPUT);
    if (!strstr(err.text, cases[i].says))
      fail_msg("case %zu says: %s", i, err.text);
  }
  struct df_tracks_frame frame;
  const char *good = FRAME("[]", SEAT);
  assert_int_equal(df_tracks_parse_frame(good, strlen(good), &frame, NULL), 0);
}

static void a_bad_file_is_named_with_its_line(void **state)
{
  (void)state;
  struct df_tracks_reader *reader = NULL;
  struct df_tracks_header header;
  struct df_tracks_frame frame;
  struct df_error err = {0};
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  fputs("{\"dualface\":1,\"input\":\"x\",\"width\":2,\"height\":2,\"time_base\":\"1/"
        "25\",\"people\":[]}\n",
      out);
  fputs(FRAME("[]", SEAT) "\nrubbish\n", out);
  fclose(out);
  assert_int_equal(df_tracks_open(path, &reader, &header, &err), 0);
  assert_int_equal(df_tracks_read(reader, &frame, &err), 1);
  assert_int_equal(df_tracks_read(reader, &frame, &err), DF_EINPUT);
  assert_non_null(strstr(err.text, path));
  assert_non_null(strstr(err.text, "line 3"));
  df_tracks_close(&reader);
}

static void a_header_of_another_version_is_refused(void **state)
{
  (void)state;
  struct df_tracks_header header;
  struct df_error err = {0};
  const char *line = "{\"dualface\":2,\"input\":\"x\",\"width\":2,\"height\":2,\"time_base\":\"1/"
                     "25\",\"people\":[]}";
  assert_int_equal(df_tracks_parse_header(line, strlen(line), &header, &err), DF_EINPUT);
  assert_non_null(strstr(err.text, "version"));
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, set_path, drop_path)
  const struct CMUnitTest tests[] = {
      ONE(what_is_written_is_read_to_the_bit),
      ONE(an_unfinished_file_never_has_its_name),
      ONE(a_name_that_is_not_utf8_is_written_all_the_same),
      ONE(a_bad_line_says_what_is_wrong),
      ONE(a_bad_file_is_named_with_its_line),
      ONE(a_header_of_another_version_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
