/* Each test is named after a promise of engine_cache.h, engine_build.h or batch_tune.h that it checks. */
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

#include "base/paths.h"
#include "vision/batch_tune.h"
#include "vision/engine_build.h"
#include "vision/engine_cache.h"

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

/* TensorRT as far as engines go: builds in an empty folder, loads from one that is not. */
struct maker {
  int built, loaded, fail_builds, fail_loads;
  double seconds; /* a build takes */
};

static int make(void *context, const char *folder, struct df_error *err)
{
  struct maker *m = context;
  if (df_path_is_file(in(folder, "detector.engine"))) {
    m->loaded++;
    return m->fail_loads-- > 0 ? df_fail(err, DF_ELIBRARY, "wrong plan") : 0;
  }
  m->built++;
  nanosleep(&(struct timespec){.tv_nsec = (long)(m->seconds * 1e9)}, NULL);
  if (m->fail_builds-- > 0)
    return df_fail(err, DF_ELIBRARY, "no kernel for this card");
  write_text(in(folder, "detector.engine"), "all that TensorRT has planned");
  return 0;
}

/* What the log said, one after the other. */
static char said[4000];

static void listen(void *context, enum df_log_level level, const char *line)
{
  (void)context, (void)level;
  size_t end = strlen(said);
  snprintf(said + end, sizeof said - end, "%s\n", line);
}

static int obtain(struct maker *m, struct df_error *err)
{
  struct df_log *log = df_log_create(DF_LOG_NOTE, listen, NULL);
  struct df_engine_order order = {cache, key, "yunet.onnx", 0.05, log, make, m};
  said[0] = '\0';
  int result = df_engine_obtain(&order, err);
  df_log_destroy(&log);
  return result;
}

static void an_engine_is_built_once_and_loaded_from_then_on(void **state)
{
  (void)state;
  struct maker m = {0};
  assert_int_equal(obtain(&m, NULL), 0);
  assert_non_null(strstr(said, "building TensorRT's engine for yunet.onnx"));
  assert_non_null(strstr(said, "built TensorRT's engine for yunet.onnx in 0 s"));
  for (int i = 0; i < 2; i++) {
    assert_int_equal(obtain(&m, NULL), 0);
    assert_string_equal(said, "");
  }
  assert_int_equal(m.built, 1);
  assert_int_equal(m.loaded, 2);
}

static void a_damaged_engine_is_built_anew(void **state)
{
  (void)state;
  char path[PATH];
  struct maker m = {0};
  assert_int_equal(obtain(&m, NULL), 0);
  assert_int_equal(df_engine_find(cache, key, path), DF_ENGINE_WHOLE);
  assert_int_equal(truncate(in(path, "detector.engine"), 3), 0);
  assert_int_equal(obtain(&m, NULL), 0);
  assert_non_null(strstr(said, "was damaged and is built anew"));
  assert_int_equal(m.built, 2);
  assert_int_equal(m.loaded, 0); /* the damaged one was never shown to TensorRT */
  assert_int_equal(df_engine_find(cache, key, path), DF_ENGINE_WHOLE);
}

static void an_engine_that_cannot_be_loaded_is_built_anew_once(void **state)
{
  (void)state;
  struct maker m = {0};
  struct df_error err = {0};
  assert_int_equal(obtain(&m, NULL), 0);
  m.fail_loads = 1;
  assert_int_equal(obtain(&m, NULL), 0);
  assert_non_null(strstr(said, "cannot be loaded (wrong plan) and is built anew"));
  assert_int_equal(m.built, 2);
  m.fail_loads = m.fail_builds = 1;
  assert_int_equal(obtain(&m, &err), DF_ELIBRARY);
  assert_string_equal(err.text, "no kernel for this card");
  assert_int_equal(m.built, 3);
}

static void an_engine_that_cannot_be_built_leaves_nothing(void **state)
{
  (void)state;
  struct maker m = {.fail_builds = 1};
  struct df_error err = {0};
  char command[100];
  assert_int_equal(obtain(&m, &err), DF_ELIBRARY);
  assert_string_equal(err.text, "no kernel for this card");
  snprintf(command, sizeof command, "ls -A %s | wc -l | grep -qx 0", cache);
  assert_int_equal(system(command), 0);
}

static void who_waits_for_an_engine_hears_how_long(void **state)
{
  (void)state;
  struct maker m = {.seconds = 0.2};
  assert_int_equal(obtain(&m, NULL), 0);
  assert_non_null(strstr(said, "still building TensorRT's engine for yunet.onnx: 0 s so far"));
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
      TEST(an_engine_is_built_once_and_loaded_from_then_on),
      TEST(a_damaged_engine_is_built_anew),
      TEST(an_engine_that_cannot_be_loaded_is_built_anew_once),
      TEST(an_engine_that_cannot_be_built_leaves_nothing),
      TEST(who_waits_for_an_engine_hears_how_long),
      TEST(the_key_differs_when_anything_does),
      TEST(a_measured_batch_is_remembered_and_nonsense_is_not_believed),
      TEST(the_cache_folder_is_the_one_given_or_the_user_s),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
