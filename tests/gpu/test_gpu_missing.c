/* What a machine says that lacks a driver, or a device for it; run with the doubles' folder and without. */
#include "gpu_test.h"

#include <stdlib.h>

static const char *expected; /* part of the sentence */

static void what_is_missing_is_said(void **state)
{
  (void)state;
  if (!double_function("sim_configure") && double_function("cuInit"))
    skip(); /* a real driver is installed */
  struct df_error err = {0};
  assert_int_equal(df_gpu_count(&err), 0);
  expect_error(&err, DF_EMISSING, expected);
  err = (struct df_error){0};
  struct df_gpu *gpu = NULL;
  assert_int_equal(df_gpu_open(0, &gpu, &err), DF_EMISSING);
  assert_null(gpu);
  expect_error(&err, DF_EMISSING, expected);
}

int main(int argc, char **argv)
{
  if (argc != 2)
    return EXIT_FAILURE;
  expected = argv[1];
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_missing_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
