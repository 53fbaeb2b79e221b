/* Each test is named after the promise of nvml.h that it checks: on the double, and on a real card. */
#include "gpu_test.h"

#include <stdbool.h>
#include <stdlib.h>

#include "gpu/nvml.h"

static char uuid[sizeof((struct df_gpu_info *)NULL)->uuid];

static int find_a_gpu(void **state)
{
  (void)state;
  struct df_gpu *gpu = open_gpu();
  memcpy(uuid, df_gpu_info(gpu)->uuid, sizeof uuid);
  close_gpu(gpu);
  return 0;
}

/* Skips the test where it is no double that is asked. */
static void only_with_double_nvml(const char *settings)
{
  only_with_double(NULL);
  setenv("DUALFACE_DOUBLE_NVML", settings, 1);
}

static struct df_nvml *open_nvml(const char *gpu)
{
  struct df_nvml *nvml = NULL;
  struct df_error err = {0};
  if (df_nvml_open(gpu, &nvml, &err) < 0)
    fail_msg("%s", err.text);
  unsetenv("DUALFACE_DOUBLE_NVML");
  return nvml;
}

static void the_gpu_of_cuda_is_found_by_its_uuid(void **state)
{
  (void)state;
  struct df_nvml *nvml = open_nvml(uuid);
  assert_string_equal(df_nvml_info(nvml)->uuid, uuid);
  assert_true(df_nvml_info(nvml)->name[0] && df_nvml_info(nvml)->driver[0]);
  df_nvml_close(&nvml);
  assert_null(nvml);
  df_nvml_close(&nvml);
}

static bool is_percent_or_unknown(int value)
{
  return value == DF_NVML_UNKNOWN || (value >= 0 && value <= 100);
}

static void values_are_plausible_or_unknown(void **state)
{
  (void)state;
  struct df_nvml *nvml = open_nvml(uuid);
  struct df_nvml_reading r = {0};
  df_nvml_read(nvml, &r);
  assert_true(is_percent_or_unknown(r.gpu) && is_percent_or_unknown(r.memory));
  assert_true(is_percent_or_unknown(r.decoder) && is_percent_or_unknown(r.encoder));
  assert_true(r.memory_used <= r.memory_total);
  assert_true(r.temperature == DF_NVML_UNKNOWN || (r.temperature > 0 && r.temperature < 130));
  assert_true(r.milliwatts == DF_NVML_UNKNOWN || r.milliwatts < 2000000);
  df_nvml_close(&nvml);
}

static void every_value_comes_from_where_it_should(void **state)
{
  (void)state;
  only_with_double_nvml("gpu=1,memory=2,decoder=3,encoder=4,used=5,total=6000000000,temperature=7,"
                        "power=8");
  struct df_nvml *nvml = open_nvml("0000:02:00.0");
  assert_string_equal(df_nvml_info(nvml)->name, "dualface double");
  assert_string_equal(df_nvml_info(nvml)->uuid, "GPU-6475616c-6661-6365-2d64-6f75626c6501");
  assert_string_equal(df_nvml_info(nvml)->driver, "580.00.00");
  struct df_nvml_reading r = {0};
  df_nvml_read(nvml, &r);
  assert_int_equal(r.gpu, 1);
  assert_int_equal(r.memory, 2);
  assert_int_equal(r.decoder, 3);
  assert_int_equal(r.encoder, 4);
  assert_int_equal(r.memory_used, 5);
  assert_int_equal(r.memory_total, 6000000000);
  assert_int_equal(r.temperature, 7);
  assert_int_equal(r.milliwatts, 8);
  df_nvml_close(&nvml);
}

static void what_is_not_told_is_unknown_and_the_rest_is_told(void **state)
{
  (void)state;
  only_with_double_nvml(
      "absent=decoder,absent=power,absent=used,absent=gpu,absent=driver,absent=name");
  struct df_nvml *nvml = open_nvml(uuid);
  assert_string_equal(df_nvml_info(nvml)->name, "");
  assert_string_equal(df_nvml_info(nvml)->driver, "");
  assert_string_equal(df_nvml_info(nvml)->uuid, uuid);
  struct df_nvml_reading r = {0};
  df_nvml_read(nvml, &r);
  assert_int_equal(r.gpu, DF_NVML_UNKNOWN);
  assert_int_equal(r.memory, DF_NVML_UNKNOWN);
  assert_int_equal(r.decoder, DF_NVML_UNKNOWN);
  assert_int_equal(r.encoder, 12);
  assert_int_equal(r.memory_used, DF_NVML_UNKNOWN);
  assert_int_equal(r.memory_total, DF_NVML_UNKNOWN);
  assert_int_equal(r.temperature, 47);
  assert_int_equal(r.milliwatts, DF_NVML_UNKNOWN);
  df_nvml_close(&nvml);
}

static void a_gpu_that_is_not_there_is_missing(void **state)
{
  (void)state;
  static const char *const nobody[] = {"GPU-00000000-0000-0000-0000-000000000000", "0000:ff:00.0"};
  for (size_t i = 0; i < 2; i++) {
    struct df_nvml *nvml = NULL;
    struct df_error err = {0};
    assert_int_equal(df_nvml_open(nobody[i], &nvml, &err), DF_EMISSING);
    assert_null(nvml);
    expect_error(&err, DF_EMISSING, nobody[i]);
    expect_error(&err, DF_EMISSING, "6: Not Found");
  }
}

static void nvml_that_does_not_start_is_told(void **state)
{
  (void)state;
  only_with_double_nvml("init=9");
  struct df_nvml *nvml = NULL;
  struct df_error err = {0};
  assert_int_equal(df_nvml_open(uuid, &nvml, &err), DF_ELIBRARY);
  unsetenv("DUALFACE_DOUBLE_NVML");
  assert_null(nvml);
  expect_error(&err, DF_ELIBRARY, "nvmlInit: 9: Driver Not Loaded");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_gpu_of_cuda_is_found_by_its_uuid),
      cmocka_unit_test(values_are_plausible_or_unknown),
      cmocka_unit_test(every_value_comes_from_where_it_should),
      cmocka_unit_test(what_is_not_told_is_unknown_and_the_rest_is_told),
      cmocka_unit_test(a_gpu_that_is_not_there_is_missing),
      cmocka_unit_test(nvml_that_does_not_start_is_told),
  };
  return cmocka_run_group_tests(tests, find_a_gpu, NULL);
}
