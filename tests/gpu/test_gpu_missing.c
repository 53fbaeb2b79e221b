/* What a machine says that lacks a driver, or a device for it; run with the doubles' folder and without. */
#include "gpu_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "gpu/nvml.h"

static const char *expected; /* part of the sentence */

static void what_is_missing_is_said(void **state)
{
  (void)state;
  struct df_error err = {0};
  assert_int_equal(df_gpu_count(&err), 0);
  expect_error(&err, DF_EMISSING, expected);
  err = (struct df_error){0};
  struct df_gpu *gpu = NULL;
  assert_int_equal(df_gpu_open(0, &gpu, &err), DF_EMISSING);
  assert_null(gpu);
  expect_error(&err, DF_EMISSING, expected);
}

static void nvml_that_is_missing_is_said(void **state)
{
  (void)state;
  struct df_nvml *nvml = NULL;
  struct df_error err = {0};
  assert_int_equal(df_nvml_open("0000:01:00.0", &nvml, &err), DF_EMISSING);
  assert_null(nvml);
  expect_error(&err, DF_EMISSING, "there is no NVML (libnvidia-ml.so.1: ");
}

int main(int argc, char **argv)
{
  if (argc != 2)
    return EXIT_FAILURE;
  if (!double_function("sim_configure") && double_function("cuInit")) {
    puts("1..0 # SKIP a driver is installed");
    return EXIT_SUCCESS;
  }
  expected = argv[1];
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_missing_is_said)};
  const struct CMUnitTest without_nvml[] = {
      cmocka_unit_test(what_is_missing_is_said), cmocka_unit_test(nvml_that_is_missing_is_said)};
  if (dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL))
    return cmocka_run_group_tests(tests, NULL, NULL);
  return cmocka_run_group_tests(without_nvml, NULL, NULL);
}
