/* Each test is named after the promise of library.h that it checks. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "vision/library.h"

#define IN(name) DF_TEST_LIBRARIES "/" name

/* What reached our stdout and stderr meanwhile, in bytes. */
static struct {
  int file, out, err;
} capture;

static void begin_capture(void)
{
  fflush(NULL);
  char name[] = "/tmp/df-noise-XXXXXX";
  capture.file = mkstemp(name);
  unlink(name);
  capture.out = dup(STDOUT_FILENO);
  capture.err = dup(STDERR_FILENO);
  dup2(capture.file, STDOUT_FILENO);
  dup2(capture.file, STDERR_FILENO);
}

static long end_capture(void)
{
  fflush(NULL);
  dup2(capture.out, STDOUT_FILENO);
  dup2(capture.err, STDERR_FILENO);
  long size = lseek(capture.file, 0, SEEK_END);
  close(capture.out);
  close(capture.err);
  close(capture.file);
  return size;
}

static int try_quietly(const char *path, double seconds, struct df_error *err)
{
  struct df_library_set set = {.names = &path, .count = 1};
  begin_capture();
  int result = df_library_try(&set, seconds, err);
  assert_int_equal(end_capture(), 0);
  return result;
}

static void expect_failure(const char *path, double seconds, int code, const char *part)
{
  struct df_error err = {0};
  assert_int_equal(try_quietly(path, seconds, &err), code);
  if (!strstr(err.text, part) || strchr(err.text, '\n'))
    fail_msg("\"%s\" lacks \"%s\" or has more than one line", err.text, part);
}

static void a_library_that_aborts_is_a_reason_and_not_our_end(void **state)
{
  (void)state;
  expect_failure(IN("libdf_aborts.so"), 30, DF_ELIBRARY,
      "libdf_aborts.so ends the process (signal 6, Aborted); it said: the driver is not as I like "
      "it");
}

static void a_library_that_exits_is_too(void **state)
{
  (void)state;
  expect_failure(IN("libdf_exits.so"), 30, DF_ELIBRARY,
      "libdf_exits.so ends the process (exit code 3); it said: goodbye");
}

static void a_library_that_never_ends_loading_is_given_up(void **state)
{
  (void)state;
  double begun = df_clock_now();
  expect_failure(IN("libdf_hangs.so"), 0.3, DF_ELIBRARY, "libdf_hangs.so did not finish loading");
  assert_true(df_clock_now() - begun < 10);
}

static void a_library_that_is_missing_or_none_is_said_so(void **state)
{
  (void)state;
  expect_failure(
      "/nowhere/libX.so", 30, DF_EMISSING, "/nowhere/libX.so: cannot open shared object");
  expect_failure("libdf_nowhere.so.7", 30, DF_EMISSING, "libdf_nowhere.so.7: cannot open shared");
  expect_failure("/proc/self/status", 30, DF_EMISSING, "/proc/self/status");
}

static void what_a_library_says_in_the_child_stays_there(void **state)
{
  (void)state;
  struct df_error err = {0};
  assert_int_equal(try_quietly(IN("libdf_talks.so"), 30, &err), 0);
  assert_null(dlopen(IN("libdf_talks.so"), RTLD_NOW | RTLD_NOLOAD));
}

static void crash(void *context)
{
  (void)context;
  abort();
}

static void what_comes_after_loading_may_crash_as_well(void **state)
{
  (void)state;
  const char *path = IN("libdf_need.so");
  struct df_library_set set = {.names = &path, .count = 1, .then = crash};
  struct df_error err = {0};
  assert_int_equal(df_library_try(&set, 30, &err), DF_ELIBRARY);
  assert_non_null(strstr(err.text, "signal 6"));
}

/* Copies a library into a folder of its own, where nothing leads to what it needs. */
static void copy_to(const char *name, char *folder, const char *as)
{
  char command[1000];
  assert_non_null(mkdtemp(folder));
  snprintf(command, sizeof command, "cp %s/%s %s/%s", DF_TEST_LIBRARIES, name, folder, as);
  assert_int_equal(system(command), 0);
}

static void what_is_needed_is_found_in_the_folders(void **state)
{
  (void)state;
  char needing[] = "/tmp/df-needing-XXXXXX", need[] = "/tmp/df-need-XXXXXX", command[200];
  copy_to("libdf_needing.so", needing, "libdf_needing_copy.so");
  copy_to("libdf_need.so", need, "libdf_needed.so.1");
  const char *name = "libdf_needing_copy.so", *folders[] = {"/nowhere", needing, need};
  struct df_library_set set = {.names = &name, .count = 1, .folders = folders, .folder_count = 2};
  struct df_error err = {0};
  assert_int_equal(df_library_try(&set, 30, &err), DF_EMISSING);
  assert_non_null(strstr(err.text, "libdf_needed.so.1: cannot open shared object file"));
  set.folder_count = 3;
  assert_int_equal(df_library_try(&set, 30, NULL), 0);
  int (*call)(void);
  *(void **)&call = dlsym(RTLD_DEFAULT, "df_test_needing");
  assert_null(call); /* so far only the child had it */
  assert_int_equal(df_library_load(&set, NULL), 0);
  *(void **)&call = dlsym(RTLD_DEFAULT, "df_test_needing");
  assert_non_null(call);
  assert_int_equal(call(), 42);
  snprintf(command, sizeof command, "rm -rf %s %s", needing, need);
  assert_int_equal(system(command), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_library_that_aborts_is_a_reason_and_not_our_end),
      cmocka_unit_test(a_library_that_exits_is_too),
      cmocka_unit_test(a_library_that_never_ends_loading_is_given_up),
      cmocka_unit_test(a_library_that_is_missing_or_none_is_said_so),
      cmocka_unit_test(what_a_library_says_in_the_child_stays_there),
      cmocka_unit_test(what_comes_after_loading_may_crash_as_well),
      cmocka_unit_test(what_is_needed_is_found_in_the_folders),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
