/* What pipeline/engine.h promises about how a device is chosen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline/engine.h"

static struct df_device_choice parsed(const char *text)
{
  struct df_device_choice choice = {DF_DEVICE_CUDA, 12345};
  struct df_error err = {0};
  if (df_device_choice_parse(text, &choice, &err) < 0)
    fail_msg("%s", err.text);
  return choice;
}

static void the_words_are_known(void **state)
{
  (void)state;
  assert_int_equal(parsed(NULL).kind, DF_DEVICE_CPU);
  assert_int_equal(parsed("cpu").kind, DF_DEVICE_CPU);
  assert_int_equal(parsed("auto").kind, DF_DEVICE_AUTO);
  assert_int_equal(parsed("auto").ordinal, -1);
  assert_int_equal(parsed("cuda").kind, DF_DEVICE_CUDA);
  assert_int_equal(parsed("cuda").ordinal, -1);
  assert_int_equal(parsed("cuda:0").kind, DF_DEVICE_CUDA);
  assert_int_equal(parsed("cuda:0").ordinal, 0);
  assert_int_equal(parsed("cuda:15").ordinal, 15);
}

static void other_words_are_refused_with_what_is_allowed(void **state)
{
  (void)state;
  static const char *const words[] = {
      "", "gpu", "CPU", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:1234", "cuda0", "cuda: 1"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    struct df_device_choice choice = {DF_DEVICE_AUTO, 7};
    struct df_error err = {0};
    assert_int_equal(df_device_choice_parse(words[i], &choice, &err), DF_EUSAGE);
    assert_non_null(strstr(err.text, "cuda:N"));
    assert_true(choice.kind == DF_DEVICE_AUTO && choice.ordinal == 7);
  }
}

static void the_cpu_needs_no_engine(void **state)
{
  (void)state;
  struct df_engine *engine = (struct df_engine *)&engine;
  struct df_error err = {0};
  assert_int_equal(
      df_engine_open((struct df_device_choice){DF_DEVICE_CPU, -1}, NULL, &engine, &err), 0);
  assert_null(engine);
  df_engine_close(&engine);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_words_are_known),
      cmocka_unit_test(other_words_are_refused_with_what_is_allowed),
      cmocka_unit_test(the_cpu_needs_no_engine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
