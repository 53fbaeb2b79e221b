/* Each test is named after the promise of pipeline/misses.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pipeline/misses.h"

static const struct df_error broken = {.code = DF_ELIBRARY, .text = "the model broke"};

static struct df_misses some_misses(void)
{
  return (struct df_misses){.what = "a look failed", .instead = "another one stands in"};
}

static int warnings;

static void count_warnings(void *context, enum df_log_level level, const char *line)
{
  (void)context;
  warnings += level == DF_LOG_WARNING && strstr(line, "a look failed and another one stands in") &&
              strstr(line, broken.text);
}

static void a_miss_is_said_once_and_counted(void **state)
{
  (void)state;
  struct df_misses misses = some_misses();
  struct df_error err = {0};
  struct df_log *log = df_log_create(DF_LOG_NOTE, count_warnings, NULL);
  assert_non_null(log);
  warnings = 0;
  for (int i = 0; i < 30; i++) {
    assert_int_equal(df_misses_take(&misses, DF_ELIBRARY, &broken, log, &err), 1);
    assert_int_equal(df_misses_take(&misses, 0, &(struct df_error){0}, log, &err), 0);
  }
  assert_int_equal(warnings, 1);
  assert_int_equal(misses.count, 30);
  assert_int_equal(df_misses_finish(&misses, &err), 0);
  assert_int_equal(err.code, 0);
  df_log_destroy(&log);
}

static void so_many_in_a_row_are_for_good(void **state)
{
  (void)state;
  struct df_misses misses = some_misses();
  struct df_error err = {0};
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < DF_MISSES_IN_A_ROW - 1; i++)
      assert_int_equal(df_misses_take(&misses, DF_ELIBRARY, &broken, NULL, &err), 1);
    if (round == 0) /* one that is good begins the count anew */
      assert_int_equal(df_misses_take(&misses, 1, &(struct df_error){0}, NULL, &err), 0);
  }
  assert_int_equal(df_misses_take(&misses, DF_ELIBRARY, &broken, NULL, &err), DF_ELIBRARY);
  assert_non_null(strstr(err.text, "100 times in a row: the model broke"));
}

static void what_is_not_about_the_look_is_an_error_at_once(void **state)
{
  (void)state;
  static const int codes[] = {DF_ENOMEM, DF_ESTOPPED, DF_EMISSING, DF_ECLOSED};
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    struct df_misses misses = some_misses();
    struct df_error err = {0}, cause = {.code = codes[i], .text = "because"};
    assert_int_equal(df_misses_take(&misses, codes[i], &cause, NULL, &err), codes[i]);
    assert_string_equal(err.text, "because");
    assert_int_equal(misses.count, 0);
  }
}

static void none_that_is_good_is_an_error_in_the_end(void **state)
{
  (void)state;
  struct df_misses misses = some_misses();
  struct df_error err = {0};
  assert_int_equal(df_misses_finish(&misses, &err), 0); /* there was nothing to look at */
  assert_int_equal(df_misses_take(&misses, DF_ELIBRARY, &broken, NULL, &err), 1);
  assert_int_equal(df_misses_finish(&misses, &err), DF_ELIBRARY);
  assert_non_null(strstr(err.text, "the model broke"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_miss_is_said_once_and_counted),
      cmocka_unit_test(so_many_in_a_row_are_for_good),
      cmocka_unit_test(what_is_not_about_the_look_is_an_error_at_once),
      cmocka_unit_test(none_that_is_good_is_an_error_in_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
