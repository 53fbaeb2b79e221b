/* Each test is named after the promise of compose/filter.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "../support/pictures.h"
#include "compose/filter.h"

static void assert_near(double value, double want, double tolerance)
{
  assert_true(fabs(value - want) <= tolerance);
}

static const int16_t *weights_of(const struct df_filter *f, int i)
{
  return f->coefficients + (size_t)i * (size_t)f->taps;
}

static void check_table(const struct df_filter *f, const struct df_axis *axis)
{
  assert_in_range(f->taps, 1, axis->size);
  for (int i = 0; i < axis->count; i++) {
    int sum = 0, positive = 0, magnitude = 0;
    for (int k = 0; k < f->taps; k++) {
      int c = weights_of(f, i)[k];
      sum += c;
      positive += c > 0 ? c : 0;
      magnitude += abs(c);
    }
    assert_int_equal(sum, 1 << DF_FILTER_BITS);
    assert_true(positive < 3 << (DF_FILTER_BITS - 1));
    assert_true(magnitude < 2 << DF_FILTER_BITS);
    assert_in_range(f->starts[i], 0, axis->size - f->taps);
    assert_true(i == 0 || f->starts[i] >= f->starts[i - 1]);
    assert_true(f->identity || f->starts[i] >= f->first);
    assert_true(f->identity || f->starts[i] + f->taps <= f->first + f->span);
  }
}

static void weights_sum_to_one_stay_bounded_and_inside_the_picture(void **state)
{
  (void)state;
  struct random random = {7};
  struct df_filter filter = {0};
  for (int n = 0; n < 3000; n++) {
    struct df_axis axis = {
        .count = random_int(&random, 1, 60), .size = random_int(&random, 1, 400)};
    axis.step = exp2(random_real(&random, -6, n % 3 ? 2 : 8));
    axis.origin = random_real(&random, -3, axis.size + 2);
    assert_int_equal(df_filter_build(&filter, &axis), 1);
    check_table(&filter, &axis);
  }
  df_filter_finish(&filter);
}

static void any_ratio_has_a_table(void **state)
{
  (void)state;
  struct df_filter filter = {0};
  const struct df_axis axes[] = {
      {64, 8192, 63.5, 128}, {2, 8192, 2047.5, 4096}, {8192, 1, 0, 1e-9}, {32, 16, 0, 0.5}};
  for (size_t i = 0; i < sizeof axes / sizeof axes[0]; i++) {
    assert_int_equal(df_filter_build(&filter, &axes[i]), 1);
    check_table(&filter, &axes[i]);
  }
  df_filter_finish(&filter);
}

static void a_whole_position_at_scale_one_is_one_weight(void **state)
{
  (void)state;
  struct df_filter filter = {0};
  assert_int_equal(df_filter_build(&filter, &(struct df_axis){20, 100, 40, 1}), 1);
  assert_true(filter.identity);
  assert_int_equal(filter.first, 40);
  assert_int_equal(filter.span, 20);
  for (int i = 0; i < 20; i++) {
    int start;
    const int16_t *c;
    assert_int_equal(df_filter_trimmed(&filter, i, &start, &c), 1);
    assert_int_equal(start, 40 + i);
    assert_int_equal(c[0], 1 << DF_FILTER_BITS);
  }
  assert_int_equal(df_filter_build(&filter, &(struct df_axis){20, 100, 40.5, 1}), 1);
  assert_false(filter.identity);
  df_filter_finish(&filter);
}

static double sinc(double x)
{
  return x == 0 ? 1 : sin(M_PI * x) / (M_PI * x);
}

static void weights_are_lanczos_within_a_rounding(void **state)
{
  (void)state;
  struct df_filter filter = {0};
  for (int n = 0; n < 200; n++) {
    double scale = n < 100 ? 1 : 1 + n / 50.0, at = 200 + n / 37.0;
    struct df_axis axis = {1, 400, at, n < 100 ? 0.7 : scale};
    df_filter_build(&filter, &axis);
    double sum = 0;
    for (int k = 100; k < 300; k++)
      sum += fabs(k - at) < 3 * scale ? sinc((k - at) / scale) * sinc((k - at) / scale / 3) : 0;
    for (int t = 0; t < filter.taps; t++) {
      double x = (filter.starts[0] + t - at) / scale;
      double want = fabs(x) < 3 ? sinc(x) * sinc(x / 3) / sum * (1 << DF_FILTER_BITS) : 0;
      assert_near(weights_of(&filter, 0)[t], want, 1.4); /* 1 and what 1/65536 moves it */
    }
  }
  df_filter_finish(&filter);
}

static void what_lies_outside_is_the_edge_sample(void **state)
{
  (void)state;
  struct df_filter filter = {0};
  df_filter_build(&filter, &(struct df_axis){1, 50, -5, 1});
  assert_int_equal(filter.starts[0], 0);
  assert_int_equal(weights_of(&filter, 0)[0], 1 << DF_FILTER_BITS);
  df_filter_build(&filter, &(struct df_axis){1, 50, 49, 1});
  assert_int_equal(weights_of(&filter, 0)[filter.taps - 1], 1 << DF_FILTER_BITS);
  df_filter_finish(&filter);
}

static void a_table_that_stands_is_not_built_again(void **state)
{
  (void)state;
  struct df_filter filter = {0};
  struct df_axis axis = {30, 100, 3.3, 0.8};
  assert_int_equal(df_filter_build(&filter, &axis), 1);
  assert_int_equal(df_filter_build(&filter, &axis), 0);
  axis.origin += 1.0 / 1024;
  assert_int_equal(df_filter_build(&filter, &axis), 1);
  axis.size++;
  assert_int_equal(df_filter_build(&filter, &axis), 1);
  df_filter_finish(&filter);
  assert_int_equal(df_filter_build(&filter, &axis), 1);
  df_filter_finish(&filter);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(weights_sum_to_one_stay_bounded_and_inside_the_picture),
      cmocka_unit_test(any_ratio_has_a_table),
      cmocka_unit_test(a_whole_position_at_scale_one_is_one_weight),
      cmocka_unit_test(weights_are_lanczos_within_a_rounding),
      cmocka_unit_test(what_lies_outside_is_the_edge_sample),
      cmocka_unit_test(a_table_that_stands_is_not_built_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
