/* Each test is named after the promise of work_sweep.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/whole_file.h"
#include "pipeline/work_sweep.h"

#define NAME "0123456789abcdef0123456789abcdef"

enum { DAYS = 30, DAY = 24 * 60 * 60 };

struct world {
  char top[64], input[DF_PATH_BYTES], folder[DF_PATH_BYTES];
};

static void put(const char *folder, const char *name, const char *text)
{
  char path[DF_PATH_BYTES];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *stream = fopen(path, "w");
  assert_non_null(stream);
  assert_true(fputs(text, stream) >= 0);
  assert_int_equal(fclose(stream), 0);
}

/* A work folder of an input that is there. */
static int begin(void **state)
{
  static struct world world;
  struct world *w = &world;
  char job[3 * DF_PATH_BYTES];
  struct stat info;
  strcpy(w->top, "/tmp/dualface-sweep-XXXXXX");
  if (!mkdtemp(w->top))
    return -1;
  snprintf(w->input, sizeof w->input, "%s/in.mp4", w->top);
  snprintf(w->folder, sizeof w->folder, "%s/" NAME, w->top);
  put(w->top, "in.mp4", "a video");
  if (stat(w->input, &info) < 0 || mkdir(w->folder, 0777) < 0)
    return -1;
  snprintf(job, sizeof job, "program 1\ninput %s\ninput-size %lld\ninput-time %lld.%09ld\n",
      w->input, (long long)info.st_size, (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
  put(w->folder, "job", job);
  put(w->folder, "lock", "");
  put(w->folder, "segment-000000", "0123456789");
  *state = w;
  return 0;
}

static int end(void **state)
{
  struct world *w = *state;
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", w->top);
  return system(command);
}

static bool is_there(const char *path)
{
  return access(path, F_OK) == 0;
}

static void expect(struct world *w, size_t swept, size_t kept)
{
  struct df_work_sweep sweep;
  assert_int_equal(df_work_sweep(w->top, DAYS, &sweep, NULL), 0);
  assert_int_equal(sweep.swept, swept);
  assert_int_equal(sweep.kept, kept);
  assert_true(swept > 0 ? sweep.bytes >= 10 : sweep.bytes == 0);
}

/* As if nothing had been done for so long. */
static void age(const char *path, time_t days)
{
  const struct timespec times[2] = {
      {.tv_sec = time(NULL) - days * DAY}, {.tv_sec = time(NULL) - days * DAY}};
  assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void age_all(struct world *w, time_t days)
{
  static const char *const names[] = {"job", "lock", "segment-000000"};
  char path[DF_PATH_BYTES + 32];
  for (size_t i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s/%s", w->folder, names[i]);
    age(path, days);
  }
  age(w->folder, days);
}

static void one_that_can_be_taken_up_stays(void **state)
{
  struct world *w = *state;
  expect(w, 0, 1);
  age_all(w, DAYS - 1);
  expect(w, 0, 1);
  assert_true(is_there(w->folder));
}

static void one_whose_input_is_gone_goes(void **state)
{
  struct world *w = *state;
  unlink(w->input);
  expect(w, 1, 0);
  assert_false(is_there(w->folder));
}

static void one_whose_input_is_another_file_goes(void **state)
{
  struct world *w = *state;
  put(w->top, "in.mp4", "another video");
  expect(w, 1, 0);
  assert_false(is_there(w->folder));
}

static void one_whose_input_is_of_another_time_goes(void **state)
{
  struct world *w = *state;
  age(w->input, 1);
  expect(w, 1, 0);
}

static void one_whose_disk_may_not_be_mounted_stays(void **state)
{
  struct world *w = *state;
  put(w->folder, "job", "input /nowhere/at/all.mp4\ninput-size 1\ninput-time 1.000000000\n");
  expect(w, 0, 1);
}

static void one_in_which_nothing_was_done_for_long_goes(void **state)
{
  struct world *w = *state;
  age_all(w, DAYS + 1);
  expect(w, 1, 0);
  assert_false(is_there(w->folder));
}

static void one_that_a_run_is_using_stays(void **state)
{
  struct world *w = *state;
  char path[DF_PATH_BYTES + 32];
  snprintf(path, sizeof path, "%s/lock", w->folder);
  int lock = open(path, O_RDWR);
  assert_true(lock >= 0 && flock(lock, LOCK_EX) == 0);
  unlink(w->input);
  age_all(w, DAYS + 1);
  expect(w, 0, 1);
  snprintf(path, sizeof path, "%s/segment-000000", w->folder);
  assert_true(is_there(path));
  close(lock);
  expect(w, 1, 0);
}

static void what_is_left_of_one_that_was_being_deleted_goes(void **state)
{
  struct world *w = *state;
  char discarded[DF_PATH_BYTES + 32];
  snprintf(discarded, sizeof discarded, "%s.done", w->folder);
  assert_int_equal(rename(w->folder, discarded), 0);
  expect(w, 1, 0);
  assert_false(is_there(discarded));
}

static void other_names_are_not_touched(void **state)
{
  struct world *w = *state;
  char other[DF_PATH_BYTES + 32];
  snprintf(other, sizeof other, "%s/mine", w->top);
  assert_int_equal(rename(w->folder, other), 0);
  unlink(w->input);
  expect(w, 0, 0);
  assert_true(is_there(other));
}

static void a_folder_that_is_not_there_has_none(void **state)
{
  struct df_work_sweep sweep = {1, 1, 1};
  (void)state;
  assert_int_equal(df_work_sweep("/nowhere/at/all", DAYS, &sweep, NULL), 0);
  assert_int_equal(sweep.swept + sweep.kept, 0);
}

static void one_that_cannot_be_read_is_an_error(void **state)
{
  struct world *w = *state;
  struct df_work_sweep sweep;
  assert_int_equal(df_work_sweep(w->input, DAYS, &sweep, NULL), DF_EOUTPUT);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
  const struct CMUnitTest tests[] = {
      ONE(one_that_can_be_taken_up_stays),
      ONE(one_whose_input_is_gone_goes),
      ONE(one_whose_input_is_another_file_goes),
      ONE(one_whose_input_is_of_another_time_goes),
      ONE(one_whose_disk_may_not_be_mounted_stays),
      ONE(one_in_which_nothing_was_done_for_long_goes),
      ONE(one_that_a_run_is_using_stays),
      ONE(what_is_left_of_one_that_was_being_deleted_goes),
      ONE(other_names_are_not_touched),
      ONE(a_folder_that_is_not_there_has_none),
      ONE(one_that_cannot_be_read_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
