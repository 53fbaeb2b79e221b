/* What the build makes of a kernel file: code for the host and PTX for the device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "gpu/kernel.h"
#include "probe.h"

DF_HOST_KERNEL(df_probe);

enum { COLUMNS = 5, ROWS = 3, LAYERS = 2, POINTS = COLUMNS * ROWS * LAYERS };

static void the_host_computes_every_point_and_leaves_out_those_beyond(void **state)
{
  (void)state;
  uint8_t from[POINTS];
  float to[POINTS + 1] = {[POINTS] = -1};
  uint32_t counted = 0;
  uint64_t sum = 0, expected = 0;
  for (int i = 0; i < POINTS; i++)
    expected += from[i] = (uint8_t)(i * 37);
  struct df_probe_arguments arguments = {.from = (uintptr_t)from,
      .to = (uintptr_t)to,
      .counted = (uintptr_t)&counted,
      .sum = (uintptr_t)&sum,
      .columns = COLUMNS,
      .rows = ROWS,
      .layers = LAYERS,
      .scale = 0.1f,
      .offset = -3};
  for (int z = 0; z < LAYERS + 1; z++)
    for (int y = 0; y < ROWS + 2; y++)
      for (int x = 0; x < COLUMNS + 3; x++)
        df_host_df_probe(&(struct df_point3){x, y, z}, &arguments);
  assert_int_equal(counted, POINTS);
  assert_int_equal(sum, expected);
  for (int i = 0; i < POINTS; i++) {
    float product = (float)from[i] * 0.1f;
    float result = product + -3.0f;
    assert_memory_equal(&to[i], &result, sizeof result);
  }
  assert_memory_equal(&to[POINTS], &(float){-1}, sizeof(float));
}

static void ptx_is_one_string_with_the_kernel_in_it(void **state)
{
  (void)state;
  assert_non_null(strstr(df_ptx_probe, ".target sm_75\n"));
  assert_non_null(strstr(df_ptx_probe, ".visible .entry df_probe(\n"));
  assert_non_null(strstr(df_ptx_probe, "mul.rn.f32"));
  assert_string_equal(df_ptx_probe + strlen(df_ptx_probe) - 2, "}\n");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_host_computes_every_point_and_leaves_out_those_beyond),
      cmocka_unit_test(ptx_is_one_string_with_the_kernel_in_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
