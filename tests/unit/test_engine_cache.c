/* Each test is named after a promise of engine_cache.h or batch_tune.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

#include "vision/batch_tune.h"
#include "vision/engine_cache.h"
#include "vision/paths.h"

enum { PATH = 4096 };

static char cache[64];
static const char key[] = "0123456789abcdef0123456789abcdef";

static const char *in(const char *folder, const char *name)
{
  static char path[2 * PATH];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void write_text(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static int make_cache(void **state)
{
  (void)state;
  strcpy(cache, "/tmp/df-engines-XXXXXX");
  return mkdtemp(cache) ? 0 : -1;
}

static int remove_cache(void **state)
{
  (void)state;
  char command[100];
  snprintf(command, sizeof command, "rm -rf %s", cache);
  return system(command);
}

/* Builds an engine of two files and gives its folder. */
static void build(char ret_path[PATH])
{
  char building[PATH];
  struct df_error err = {0};
  assert_int_equal(df_engine_begin(cache, key, building, &err), 0);
  write_text(in(building, "detector.engine"), "all that TensorRT has planned");
  write_text(in(building, "detector.profile"), "the shapes");
  assert_int_equal(df_engine_commit(cache, key, building, &err), 0);
  assert_false(df_path_is_folder(building));
  assert_int_equal(df_engine_find(cache, key, ret_path), DF_ENGINE_WHOLE);
}

static void an_engine_is_found_when_it_was_committed_and_not_before(void **state)
{
  (void)state;
  char path[PATH], building[PATH];
  struct df_error err = {0};
  assert_int_equal(df_engine_find(cache, key, path), DF_ENGINE_ABSENT);
  assert_int_equal(df_engine_begin(cache, key, building, &err), 0);
  write_text(in(building, "half.engine"), "half");
  assert_int_equal(df_engine_find(cache, key, path), DF_ENGINE_ABSENT);
  df_engine_remove(building);
  assert_false(df_path_is_folder(building));
  build(path);
  assert_true(df_path_is_file(in(path, "detector.engine")));
}

static void a_truncated_engine_is_removed_and_can_be_built_again(void **state)
{
  (void)state;
  char path[PATH];
  build(path);
  assert_int_equal(truncate(in(path, "detector.engine"), 5), 0);
  assert_int_equal(df_engine_find(cache, key, path), DF_ENGINE_DAMAGED);
  assert_false(df_path_is_folder(path));
  assert_int_equal(df_engine_find(cache, key, path), DF_ENGINE_ABSENT);
  build(path);
}

static void expect_damaged(void)
{
  char path[PATH];
  assert_int_equal(df_engine_find(cache, key, path), DF_ENGINE_DAMAGED);
  build(path);
}

static void every_other_damage_is_noticed_too(void **state)
{
  (void)state;
  char path[PATH];
  build(path);
  write_text(in(path, "detector.engine"), "all that TensorRT has plannex");
  expect_damaged();
  assert_int_equal(unlink(in(path, "detector.profile")), 0);
  expect_damaged();
  assert_int_equal(unlink(in(path, "files.sha256")), 0);
  expect_damaged();
  write_text(in(path, "files.sha256"), "");
  expect_damaged();
  write_text(in(path, "files.sha256"), "not a sum\n");
  expect_damaged();
  write_text(
      in(path, "files.sha256"), "0123456789012345678901234567890123456789012345678901234567");
  expect_damaged();
}

static void of_two_that_build_the_first_one_s_engine_stays(void **state)
{
  (void)state;
  char mine[PATH], path[PATH];
  struct df_error err = {0};
  assert_int_equal(df_engine_begin(cache, key, mine, &err), 0);
  write_text(in(mine, "mine.engine"), "mine");
  build(path);
  assert_int_equal(df_engine_commit(cache, key, mine, &err), 0);
  assert_false(df_path_is_folder(mine));
  assert_int_equal(df_engine_find(cache, key, path), DF_ENGINE_WHOLE);
  assert_true(df_path_is_file(in(path, "detector.engine")));
}

static void nothing_built_is_nothing_kept(void **state)
{
  (void)state;
  char building[PATH], path[PATH];
  struct df_error err = {0};
  assert_int_equal(df_engine_begin(cache, key, building, &err), 0);
  assert_int_equal(df_engine_commit(cache, key, building, &err), DF_ELIBRARY);
  assert_non_null(strstr(err.text, building));
  assert_false(df_path_is_folder(building));
  assert_int_equal(df_engine_find(cache, key, path), DF_ENGINE_ABSENT);
}

static void what_a_dead_process_left_goes_after_a_day(void **state)
{
  (void)state;
  char old[PATH], young[PATH], mine[PATH];
  struct df_error err = {0};
  assert_int_equal(df_engine_begin(cache, key, old, &err), 0);
  write_text(in(old, "half.engine"), "half");
  time_t then = time(NULL) - 25 * 60 * 60;
  assert_int_equal(utime(old, &(struct utimbuf){then, then}), 0);
  assert_int_equal(df_engine_begin(cache, key, young, &err), 0);
  assert_int_equal(df_engine_begin(cache, key, mine, &err), 0);
  assert_false(df_path_is_folder(old));
  assert_true(df_path_is_folder(young));
}

static void a_folder_that_cannot_be_made_is_said_so(void **state)
{
  (void)state;
  char building[PATH], inside[PATH];
  struct df_error err = {0};
  write_text(in(cache, "file"), "");
  snprintf(inside, sizeof inside, "%s/file/engines", cache);
  assert_int_equal(df_engine_begin(inside, key, building, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, inside));
}

static void the_key_differs_when_anything_does(void **state)
{
  (void)state;
  const struct df_engine_facts base = {"NVIDIA H100 80GB HBM3", 9, 0, "580.1", "1.29.0", "101200",
      "aa", {{1, 3, 32, 32}, {8, 3, 384, 640}, {8, 3, 1280, 1280}}};
  struct df_engine_facts facts[9];
  for (int i = 0; i < 9; i++)
    facts[i] = base;
  facts[1].gpu = "NVIDIA H200";
  facts[2].minor = 1;
  facts[3].driver = "580.2";
  facts[4].runtime = "1.30.0";
  facts[5].tensorrt = "101300";
  facts[6].model = "ab";
  facts[7].shapes[2][3] = 1312;
  facts[8].shapes[0][0] = 2;
  char keys[9][DF_ENGINE_KEY], again[DF_ENGINE_KEY];
  for (int i = 0; i < 9; i++) {
    df_engine_key(&facts[i], keys[i]);
    assert_int_equal(strspn(keys[i], "0123456789abcdef"), DF_ENGINE_KEY - 1);
    for (int k = 0; k < i; k++)
      assert_string_not_equal(keys[i], keys[k]);
  }
  df_engine_key(&base, again);
  assert_string_equal(again, keys[0]);
}

static void a_measured_batch_is_remembered_and_nonsense_is_not_believed(void **state)
{
  (void)state;
  char folder[PATH];
  snprintf(folder, sizeof folder, "%s/not/yet/there", cache);
  assert_int_equal(df_batch_recall(folder, key), 0);
  assert_true(df_batch_remember(folder, key, 4));
  assert_int_equal(df_batch_recall(folder, key), 4);
  assert_true(df_batch_remember(folder, key, 8));
  assert_int_equal(df_batch_recall(folder, key), 8);
  char path[2 * PATH];
  snprintf(path, sizeof path, "%s/%s.batch", folder, key);
  static const char *const nonsense[] = {"", "many\n", "3\n", "-1\n", "99999999999\n"};
  for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
    write_text(path, nonsense[i]);
    assert_int_equal(df_batch_recall(folder, key), 0);
  }
}

static void the_cache_folder_is_the_one_given_or_the_user_s(void **state)
{
  (void)state;
  char path[PATH], wanted[PATH];
  snprintf(wanted, sizeof wanted, "%s/a/b", cache);
  assert_true(df_path_cache(wanted, path, sizeof path));
  assert_string_equal(path, wanted);
  assert_true(df_path_is_folder(path));
  setenv("XDG_CACHE_HOME", cache, 1);
  assert_true(df_path_cache(NULL, path, sizeof path));
  assert_string_equal(path, in(cache, "dualface"));
  unsetenv("XDG_CACHE_HOME");
  setenv("HOME", cache, 1);
  assert_true(df_path_cache(NULL, path, sizeof path));
  assert_string_equal(path, in(cache, ".cache/dualface"));
  assert_true(df_path_is_folder(path));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_cache, remove_cache)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(an_engine_is_found_when_it_was_committed_and_not_before),
      TEST(a_truncated_engine_is_removed_and_can_be_built_again),
      TEST(every_other_damage_is_noticed_too),
      TEST(of_two_that_build_the_first_one_s_engine_stays),
      TEST(nothing_built_is_nothing_kept),
      TEST(what_a_dead_process_left_goes_after_a_day),
      TEST(a_folder_that_cannot_be_made_is_said_so),
      TEST(the_key_differs_when_anything_does),
      TEST(a_measured_batch_is_remembered_and_nonsense_is_not_believed),
      TEST(the_cache_folder_is_the_one_given_or_the_user_s),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
