/* Each test is named after the promise of work.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/packet_file.h"
#include "pipeline/work.h"

static char top[64], folder[128];
static const char job[] = "input /a.mp4\ncrf 20\n";

static int set_up(void **state)
{
  snprintf(top, sizeof top, "/tmp/dualface-work-XXXXXX");
  if (!mkdtemp(top))
    return -1;
  snprintf(folder, sizeof folder, "%s/a/b", top);
  AVCodecContext *video = avcodec_alloc_context3(NULL);
  *state = video;
  return video ? 0 : -1;
}

static int tear_down(void **state)
{
  AVCodecContext *video = *state;
  char command[200];
  avcodec_free_context(&video);
  snprintf(command, sizeof command, "rm -r %s", top);
  return system(command);
}

static void keep_line(void *context, enum df_log_level level, const char *line)
{
  (void)level;
  snprintf(context, 512, "%s", line);
}

/* Opens the folder for `text`; what was said of it goes to `said` (512 bytes). */
static struct df_work *open_work(const char *text, char *said)
{
  struct df_work *work = NULL;
  said[0] = '\0';
  struct df_log *log = df_log_create(DF_LOG_NOTE, keep_line, said);
  assert_int_equal(df_work_open(folder, text, log, &work, NULL), 0);
  df_log_destroy(&log);
  return work;
}

static void add_segment(struct df_work *work, const AVCodecContext *video)
{
  struct df_packet_writer *writer = NULL;
  char path[DF_PATH_BYTES];
  size_t i = df_journal_count(df_work_journal(work));
  struct df_segment segment = {
      .index = (int64_t)i, .first = (int64_t)i * 5, .count = 5, .tail_count = 1};
  df_work_segment_path(work, i, path);
  assert_int_equal(df_packet_file_create(path, video, &writer, NULL), 0);
  assert_int_equal(df_packet_file_finish(&writer, &segment.bytes, NULL), 0);
  assert_int_equal(df_work_commit(work, &segment, NULL), 0);
}

static bool is_there(const char *name)
{
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return access(path, F_OK) == 0;
}

static void make_file(const char *path, const char *text)
{
  FILE *stream = fopen(path, "w");
  assert_non_null(stream);
  fputs(text, stream);
  fclose(stream);
}

static void the_same_job_finds_what_is_done(void **state)
{
  char said[512];
  struct df_work *work = open_work(job, said);
  add_segment(work, *state);
  add_segment(work, *state);
  df_work_close(&work);
  work = open_work(job, said);
  assert_string_equal(said, "");
  assert_int_equal(df_work_verify(work, *state, NULL, NULL), 0);
  assert_int_equal(df_journal_count(df_work_journal(work)), 2);
  df_work_close(&work);
}

static void another_job_begins_anew_and_says_what_differs(void **state)
{
  const char *others[] = {"input /a.mp4\ncrf 21\n", "input /a.mp4\n",
      "input /a.mp4\ncrf 20\nswap 1\n", "input /b.mp4\ncrf 20\n"};
  const char *keys[] = {"\"crf\"", "\"crf\"", "\"swap\"", "\"input\""};
  char said[512];
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    struct df_work *work = open_work(job, said);
    add_segment(work, *state);
    df_work_close(&work);
    work = open_work(others[i], said);
    assert_non_null(strstr(said, keys[i]));
    assert_int_equal(df_journal_count(df_work_journal(work)), 0);
    assert_false(is_there("segment-000000"));
    df_work_remove(&work);
  }
}

static void only_one_run_may_use_it(void **state)
{
  (void)state;
  char said[512];
  struct df_work *work = open_work(job, said), *second = NULL;
  struct df_error err = {0};
  assert_int_equal(df_work_open(folder, "other 1\n", NULL, &second, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, "another run"));
  assert_null(second);
  assert_true(is_there("job"));
  df_work_close(&work);
  work = open_work(job, said);
  assert_string_equal(said, "");
  df_work_close(&work);
}

static void a_segment_that_is_gone_takes_its_successors_along(void **state)
{
  char said[512], path[DF_PATH_BYTES];
  struct df_work *work = open_work(job, said);
  for (int i = 0; i < 4; i++)
    add_segment(work, *state);
  df_work_segment_path(work, 1, path);
  unlink(path);
  struct df_log *log = df_log_create(DF_LOG_NOTE, keep_line, said);
  assert_int_equal(df_work_verify(work, *state, log, NULL), 0);
  df_log_destroy(&log);
  assert_non_null(strstr(said, "up to segment 1 of 4"));
  assert_int_equal(df_journal_count(df_work_journal(work)), 1);
  assert_true(is_there("segment-000000"));
  assert_false(is_there("segment-000002"));
  df_work_close(&work);
}

static void what_belongs_to_no_segment_is_deleted(void **state)
{
  char said[512], path[256];
  struct df_work *work = open_work(job, said);
  add_segment(work, *state);
  snprintf(path, sizeof path, "%s/.segment-000001.17-0.part", folder);
  make_file(path, "torn");
  assert_int_equal(df_work_verify(work, *state, NULL, NULL), 0);
  assert_int_equal(access(path, F_OK), -1);
  assert_true(is_there("segment-000000") && is_there("job") && is_there("journal"));
  df_work_close(&work);
}

static void removing_leaves_nothing(void **state)
{
  char said[512];
  struct df_work *work = open_work(job, said);
  add_segment(work, *state);
  df_work_remove(&work);
  assert_null(work);
  assert_int_equal(access(folder, F_OK), -1);
}

/* The notes that a killed run leaves are made by hand here: closing takes them back. */
static void what_a_killed_run_left_beside_its_output_goes(void **state)
{
  (void)state;
  char said[512], hidden[128], other[128], note[256];
  struct df_work *work = open_work(job, said);
  df_work_close(&work);
  snprintf(hidden, sizeof hidden, "%s/.out.mp4.17-0.part.mp4", top);
  snprintf(other, sizeof other, "%s/out.mp4", top);
  make_file(hidden, "half");
  make_file(other, "whole");
  snprintf(note, sizeof note, "%s/unfinished-video", folder);
  make_file(note, hidden);
  snprintf(note, sizeof note, "%s/unfinished-tracks", folder);
  make_file(note, other); /* no name that is ever noted */
  work = open_work(job, said);
  assert_int_equal(access(hidden, F_OK), -1);
  assert_int_equal(access(other, F_OK), 0);
  assert_int_equal(df_work_note_unfinished(work, DF_UNFINISHED_VIDEO, hidden, NULL), 0);
  assert_true(is_there("unfinished-video"));
  df_work_close(&work);
  assert_false(is_there("unfinished-video"));
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      ONE(the_same_job_finds_what_is_done),
      ONE(another_job_begins_anew_and_says_what_differs),
      ONE(only_one_run_may_use_it),
      ONE(a_segment_that_is_gone_takes_its_successors_along),
      ONE(what_belongs_to_no_segment_is_deleted),
      ONE(removing_leaves_nothing),
      ONE(what_a_killed_run_left_beside_its_output_goes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
