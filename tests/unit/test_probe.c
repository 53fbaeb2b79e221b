/* What pipeline/probe.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "pipeline/probe.h"

static void sleep_ms(long ms)
{
  nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static struct df_probe *blank(void)
{
  struct df_probe *probe = calloc(1, sizeof *probe);
  assert_non_null(probe);
  return probe;
}

static void drop(struct df_probe **probe)
{
  df_probe_release(*probe);
  free(*probe);
  *probe = NULL;
}

static void each_picture_has_its_own_latency(void **state)
{
  (void)state;
  struct df_probe *probe = blank();
  double before = df_clock_now();
  df_probe_decoded(probe, 0);
  sleep_ms(30);
  df_probe_decoded(probe, 1);
  assert_int_equal(df_probe_ready(probe), 0);
  assert_int_equal(df_probe_ready(probe), 0);
  double all = df_clock_now() - before;
  assert_int_equal(probe->frames, 2);
  assert_true(probe->latencies[0] >= 0.03F && (double)probe->latencies[0] <= all);
  assert_true((double)probe->latencies[1] <= all - 0.03 + 1e-6);
  assert_true(atomic_load(&probe->first) >= before && probe->last <= before + all);
  drop(&probe);
}

static void more_pictures_pass_than_are_under_way(void **state)
{
  (void)state;
  struct df_probe *probe = blank();
  for (int64_t n = 0; n < 3 * DF_PROBE_UNDER_WAY; n++) {
    df_probe_decoded(probe, n);
    assert_int_equal(df_probe_ready(probe), 0);
  }
  assert_int_equal(probe->frames, 3 * DF_PROBE_UNDER_WAY);
  for (int64_t n = 0; n < probe->frames; n++)
    assert_true(probe->latencies[n] >= 0 && probe->latencies[n] < 60);
  drop(&probe);
}

static void time_begins_with_the_first_picture(void **state)
{
  (void)state;
  struct df_probe *probe = blank();
  probe->seconds = 0.02;
  sleep_ms(30);
  assert_false(df_probe_is_over(probe));
  df_probe_decoded(probe, 0);
  assert_false(df_probe_is_over(probe));
  sleep_ms(30);
  assert_true(df_probe_is_over(probe));
  probe->seconds = 0;
  assert_false(df_probe_is_over(probe));
  drop(&probe);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_picture_has_its_own_latency),
      cmocka_unit_test(more_pictures_pass_than_are_under_way),
      cmocka_unit_test(time_begins_with_the_first_picture),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
