/* Each test is named after the promise of pipeline/truth.h or pipeline/comparison_read.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/comparison_read.h"
#include "pipeline/truth.h"

#define HEADER                                                                                     \
  "{\"dualface_truth\":1,\"width\":1920,\"height\":1080,\"time_base\":\"1/30\","                   \
  "\"people\":[{\"id\":\"A\",\"seat\":\"right\"},{\"id\":\"B\",\"seat\":\"left\"}],"               \
  "\"others\":[{\"id\":\"C\",\"kind\":\"person\"},{\"id\":\"poster\",\"kind\":\"photo\"}]}"

static char truth_path[256], tracks_path[256];

static int set_paths(void **state)
{
  (void)state;
  snprintf(truth_path, sizeof truth_path, "/tmp/dualface-truth-%ld.jsonl", (long)getpid());
  snprintf(tracks_path, sizeof tracks_path, "/tmp/dualface-judged-%ld.jsonl", (long)getpid());
  return 0;
}

static int drop_paths(void **state)
{
  (void)state;
  unlink(truth_path);
  unlink(tracks_path);
  return 0;
}

static void write_file(const char *path, const char *text)
{
  FILE *file = fopen(path, "we");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static struct df_truth_header header_of(const char *line)
{
  struct df_truth_header header;
  struct df_error err = {0};
  if (df_truth_parse_header(line, strlen(line), &header, &err) < 0)
    fail_msg("%s", err.text);
  return header;
}

static void the_header_says_who_there_is(void **state)
{
  (void)state;
  struct df_truth_header header = header_of(HEADER);
  assert_int_equal(header.width, 1920);
  assert_int_equal(header.height, 1080);
  assert_int_equal(header.time_base.den, 30);
  assert_int_equal(header.face_count, 4);
  assert_int_equal(header.seat_id[DF_LEFT], 1);
  assert_int_equal(header.seat_id[DF_RIGHT], 0);
  assert_string_equal(header.faces[2].name, "C");
  assert_false(header.faces[2].photo);
  assert_true(header.faces[3].photo);
}

static void a_wrong_header_is_refused_with_its_key(void **state)
{
  (void)state;
  const struct {
    const char *line, *part;
  } cases[] = {
      {"{}", "\"dualface_truth\""},
      {"[]", "not a JSON object"},
      {"{\"dualface_truth\":2}", "only version 1"},
      {"{\"dualface_truth\":1,\"width\":0,\"height\":1}", "\"width\""},
      {"{\"dualface_truth\":1,\"width\":9,\"height\":9}", "\"people\""},
      {"{\"dualface_truth\":1,\"width\":9,\"height\":9,\"people\":[]}", "\"people\""},
      {"{\"dualface_truth\":1,\"width\":9,\"height\":9,\"time_base\":3}", "\"time_base\""},
      {"{\"dualface_truth\":1,\"width\":9,\"height\":9,\"people\":[{\"id\":\"\"}]}", "\"id\""},
      {"{\"dualface_truth\":1,\"width\":9,\"height\":9,\"people\":[{\"id\":\"A\"}]}", "\"seat\""},
      {"{\"dualface_truth\":1,\"width\":9,\"height\":9,\"people\":[{\"id\":\"A\",\"seat\":\"left\"}"
       ","
       "{\"id\":\"A\",\"seat\":\"right\"}]}",
          "the \"id\" of two"},
      {"{\"dualface_truth\":1,\"width\":9,\"height\":9,\"people\":[{\"id\":\"A\",\"seat\":\"left\"}"
       ","
       "{\"id\":\"B\",\"seat\":\"left\"}]}",
          "two people have the seat"},
      {"{\"dualface_truth\":1,\"width\":9,\"height\":9,\"people\":[],\"others\":[{\"id\":\"A\","
       "\"kind\":"
       "\"cat\"}]}",
          "\"kind\""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct df_truth_header header;
    struct df_error err = {0};
    assert_int_equal(
        df_truth_parse_header(cases[i].line, strlen(cases[i].line), &header, &err), DF_EINPUT);
    if (!strstr(err.text, cases[i].part))
      fail_msg("case %zu: \"%s\" has no %s", i, err.text, cases[i].part);
  }
}

static void a_frame_says_where_everybody_is(void **state)
{
  (void)state;
  struct df_truth_header header = header_of(HEADER);
  struct df_truth_frame frame;
  struct df_error err = {0};
  const char *line = "{\"n\":3,\"pts\":3,\"cut\":true,\"people\":[{\"id\":\"B\",\"visible\":true,"
                     "\"box\":[1,2,3,4]},"
                     "{\"id\":\"A\",\"visible\":false,\"box\":null}],\"others\":["
                     "{\"id\":\"C\",\"visible\":false,\"occluded\":true,\"box\":[5,6,7,8]},"
                     "{\"id\":\"poster\",\"visible\":true,\"box\":[9,9,9,9]}]}";
  assert_int_equal(df_truth_parse_frame(line, strlen(line), &header, &frame, &err), 0);
  assert_int_equal(frame.n, 3);
  assert_true(frame.t == 0.1 && frame.cut);
  assert_int_equal(frame.face_count, 3); /* A is not in the picture */
  assert_int_equal(frame.faces[0].id, 1);
  assert_true(frame.faces[0].asked && frame.faces[0].box.h == 4);
  assert_int_equal(frame.faces[1].id, 2);
  assert_false(frame.faces[1].asked);
  assert_int_equal(frame.faces[2].id, 3);
  assert_false(frame.faces[2].asked); /* a photo */
}

static void a_wrong_frame_is_refused_with_its_key(void **state)
{
  (void)state;
  const struct {
    const char *line, *part;
  } cases[] = {
      {"{\"n\":\"0\"}", "\"n\""},
      {"{\"n\":0,\"t\":\"0\"}", "\"t\""},
      {"{\"n\":0}", "\"pts\""},
      {"{\"n\":0,\"t\":0}", "\"cut\""},
      {"{\"n\":0,\"t\":0,\"cut\":false}", "\"people\""},
      {"{\"n\":0,\"t\":0,\"cut\":false,\"people\":[{\"id\":\"D\"}]}", "the header names"},
      {"{\"n\":0,\"t\":0,\"cut\":false,\"people\":[{\"id\":\"A\"}]}", "\"visible\""},
      {"{\"n\":0,\"t\":0,\"cut\":false,\"people\":[{\"id\":\"A\",\"visible\":true}]}",
          "no \"box\""},
      {"{\"n\":0,\"t\":0,\"cut\":false,\"people\":[{\"id\":\"A\",\"visible\":true,\"box\":[1,2,3]}]"
       "}",
          "4 numbers"},
      {"{\"n\":0,\"t\":0,\"cut\":false,\"people\":[{\"id\":\"A\",\"visible\":true,\"box\":[1,2,0,3]"
       "}]}",
          "some width"},
      {"{\"n\":0,\"t\":0,\"cut\":false,\"people\":[{\"id\":\"A\",\"visible\":true,\"box\":[1,2,3,3]"
       "},"
       "{\"id\":\"A\",\"visible\":true,\"box\":[1,2,3,3]}]}",
          "twice"},
      {"{\"n\":0,\"t\":0,\"cut\":false,\"people\":[],\"others\":7}", "\"others\""},
  };
  struct df_truth_header header = header_of(HEADER);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct df_truth_frame frame;
    struct df_error err = {0};
    assert_int_equal(
        df_truth_parse_frame(cases[i].line, strlen(cases[i].line), &header, &frame, &err),
        DF_EINPUT);
    if (!strstr(err.text, cases[i].part))
      fail_msg("case %zu: \"%s\" has no %s", i, err.text, cases[i].part);
  }
  struct df_truth_frame frame;
  struct df_error err = {0};
  header.time_base.den = 0;
  const char *line = "{\"n\":0,\"pts\":0,\"cut\":false,\"people\":[]}";
  assert_int_equal(df_truth_parse_frame(line, strlen(line), &header, &frame, &err), DF_EINPUT);
  assert_non_null(strstr(err.text, "\"time_base\""));
}

#define TRACKS_HEADER                                                                              \
  "{\"dualface\":1,\"input\":\"x\",\"width\":1920,\"height\":1080,\"time_base\":\"1/"              \
  "30\",\"people\":[]}\n"
#define HALF "{\"person\":null,\"face\":null,\"window\":[0,0,10,10],\"state\":\"held\"}"
#define FACE(track, person)                                                                        \
  "{\"track\":" track ",\"person\":" person                                                        \
  ",\"box\":[1,2,3,4],\"score\":1,\"points\":[[0,0],[0,0],[0,0],[0,0],[0,0]]}"
#define FOUND(n, t, faces)                                                                         \
  "{\"n\":" n ",\"pts\":0,\"t\":" t ",\"cut\":false,\"faces\":[" faces "],\"left\":" HALF          \
  ",\"right\":" HALF "}\n"
#define TRUE(n, t) "{\"n\":" n ",\"t\":" t ",\"cut\":false,\"people\":[]}\n"

static void read_fails(const char *truth, const char *tracks, bool partial, const char *part)
{
  struct df_record record;
  struct df_error err = {0};
  write_file(truth_path, truth);
  write_file(tracks_path, tracks);
  assert_int_equal(df_comparison_read(truth_path, tracks_path, partial, &record, &err), DF_EINPUT);
  df_record_finish(&record);
  if (!strstr(err.text, part))
    fail_msg("\"%s\" has no \"%s\"", err.text, part);
}

static void both_files_become_one_record(void **state)
{
  (void)state;
  struct df_record record;
  struct df_error err = {0};
  write_file(truth_path, HEADER "\n{\"n\":0,\"t\":5,\"cut\":false,\"people\":[{\"id\":\"A\","
                                "\"visible\":true,\"box\":[1,2,3,4]}]}\n"
                                "{\"n\":1,\"t\":5.5,\"cut\":true,\"people\":[]}\n");
  write_file(tracks_path, TRACKS_HEADER FOUND("0", "0",
                              FACE("7", "\"C\"") "," FACE("8", "null") "," FACE("null", "null"))
                              FOUND("1", "0.5", FACE("8", "null") "," FACE("null", "null")));
  if (df_comparison_read(truth_path, tracks_path, false, &record, &err) < 0)
    fail_msg("%s", err.text);
  assert_int_equal(record.frame_count, 2);
  assert_int_equal(record.seat_id[DF_LEFT], 1);
  assert_true(record.frames[1].t == 0.5 && record.frames[1].cut);
  assert_int_equal(record.frames[0].true_count, 1);
  assert_int_equal(record.frames[1].true_count, 0);
  assert_int_equal(record.frames[0].found_count, 3);
  assert_int_equal(record.frames[1].found_first, 3);
  const struct df_found_face *found = record.found_faces;
  assert_int_equal(found[0].id, 2);
  assert_int_equal(found[1].id, found[3].id);
  assert_int_not_equal(found[2].id, found[4].id);
  assert_int_not_equal(found[1].id, found[2].id);
  df_record_finish(&record);
}

static void other_lengths_are_refused_with_both_unless_partial(void **state)
{
  (void)state;
  const char *truth = HEADER "\n" TRUE("0", "0") TRUE("1", "1") TRUE("2", "2");
  const char *tracks = TRACKS_HEADER FOUND("0", "0", "");
  struct df_record record;
  struct df_error err = {0};
  read_fails(truth, tracks, false, "has 3 frames, but ");
  read_fails(truth, tracks, false, " has 1; --partial");
  read_fails(HEADER "\n" TRUE("0", "0"),
      TRACKS_HEADER FOUND("0", "0", "") FOUND("1", "1", "") FOUND("2", "2", ""), false, " has 3;");
  write_file(truth_path, truth);
  write_file(tracks_path, tracks);
  assert_int_equal(df_comparison_read(truth_path, tracks_path, true, &record, &err), 0);
  assert_int_equal(record.frame_count, 1);
  df_record_finish(&record);
}

static void what_does_not_belong_together_is_refused(void **state)
{
  (void)state;
  const char *truth = HEADER "\n" TRUE("0", "0") TRUE("1", "1");
  read_fails(
      truth, TRACKS_HEADER FOUND("0", "0", "") FOUND("1", "1.04", ""), false, "of the same video?");
  read_fails(truth, TRACKS_HEADER FOUND("0", "0", "") FOUND("2", "1", ""), false, "frame 2 stands");
  read_fails(truth,
      "{\"dualface\":1,\"input\":\"x\",\"width\":1280,\"height\":720,\"time_base\":\"1/"
      "30\",\"people\":[]}\n",
      false, "1280x720");
  read_fails(HEADER "\n" TRUE("0", "0") TRUE("1", "0"),
      TRACKS_HEADER FOUND("0", "0", "") FOUND("1", "0", ""), false, "not later");
  read_fails(HEADER "\n", TRACKS_HEADER, false, "no frame");
  read_fails(
      HEADER "\n" TRUE("1", "0"), TRACKS_HEADER FOUND("0", "0", ""), false, "this is frame 0");
  read_fails(HEADER "\nx\n", TRACKS_HEADER FOUND("0", "0", ""), true, "line 2");
  read_fails(truth, TRACKS_HEADER FOUND("0", "0", "") "x\n", true, "line 3");
  read_fails("", TRACKS_HEADER, true, "is empty");
  read_fails(HEADER "\n{\"n\":0,\"t\":0,\"cut\":false,\"people\":[{\"id\":\"A\",\"visible\":true,"
                    "\"box\":[1920,0,9,9]}]}\n",
      TRACKS_HEADER FOUND("0", "0", ""), false, "\"A\" is visible, but outside");
}

static void boxes_are_cut_off_at_the_pictures_edge(void **state)
{
  (void)state;
  struct df_record record;
  struct df_error err = {0};
  write_file(truth_path, HEADER "\n{\"n\":0,\"t\":0,\"cut\":false,\"people\":["
                                "{\"id\":\"A\",\"visible\":true,\"box\":[1900,-10,40,50]},"
                                "{\"id\":\"B\",\"visible\":false,\"box\":[-50,0,40,50]}]}\n");
  write_file(tracks_path, TRACKS_HEADER FOUND("0", "0",
                              "{\"track\":1,\"person\":\"A\",\"box\":[1910,5,40,50],\"score\":1,"
                              "\"points\":[[0,0],[0,0],[0,0],[0,0],[0,0]]}"));
  if (df_comparison_read(truth_path, tracks_path, false, &record, &err) < 0)
    fail_msg("%s", err.text);
  assert_int_equal(record.true_count, 1);
  const struct df_box true_box = record.true_faces[0].box, found_box = record.found_faces[0].box;
  assert_true(true_box.x == 1900 && true_box.y == 0 && true_box.w == 20 && true_box.h == 40);
  assert_true(found_box.x == 1910 && found_box.y == 5 && found_box.w == 10 && found_box.h == 50);
  df_record_finish(&record);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_header_says_who_there_is),
      cmocka_unit_test(a_wrong_header_is_refused_with_its_key),
      cmocka_unit_test(a_frame_says_where_everybody_is),
      cmocka_unit_test(a_wrong_frame_is_refused_with_its_key),
      cmocka_unit_test(both_files_become_one_record),
      cmocka_unit_test(other_lengths_are_refused_with_both_unless_partial),
      cmocka_unit_test(what_does_not_belong_together_is_refused),
      cmocka_unit_test(boxes_are_cut_off_at_the_pictures_edge),
  };
  return cmocka_run_group_tests(tests, set_paths, drop_paths);
}
