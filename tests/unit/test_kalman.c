/* Each test is named after the promise of kalman.h that it checks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "track/kalman.h"

enum { STATES = 8, MEASURED = 4 };

/* The filter as textbooks write it, with full matrices: the measure of the four small ones. */
struct full {
  double mean[STATES], covariance[STATES][STATES];
};

static double process(int i, double height)
{
  static const double weights[STATES] = {
      1.0 / 20, 1.0 / 20, 0, 1.0 / 20, 1.0 / 160, 1.0 / 160, 0, 1.0 / 160};
  double deviation = i == 2 ? 1e-2 : i == 6 ? 1e-5 : weights[i] * height;
  return deviation * deviation;
}

static void measure(struct df_box b, double *z)
{
  z[0] = b.x + b.w / 2.0;
  z[1] = b.y + b.h / 2.0;
  z[2] = (double)b.w / b.h;
  z[3] = b.h;
}

static void full_init(struct full *f, struct df_box box)
{
  memset(f, 0, sizeof *f);
  measure(box, f->mean);
  for (int i = 0; i < STATES; i++) {
    double factor = i == 2 || i == 6 ? 1 : i < MEASURED ? 2 : 10;
    f->covariance[i][i] = process(i, box.h) * factor * factor;
  }
}

static void full_predict(struct full *f)
{
  double height = f->mean[3], moved[STATES][STATES], result[STATES][STATES];
  for (int i = 0; i < MEASURED; i++)
    f->mean[i] += f->mean[i + MEASURED];
  for (int i = 0; i < STATES; i++)
    for (int j = 0; j < STATES; j++)
      moved[i][j] = f->covariance[i][j] + (i < MEASURED ? f->covariance[i + MEASURED][j] : 0);
  for (int i = 0; i < STATES; i++)
    for (int j = 0; j < STATES; j++)
      result[i][j] = moved[i][j] + (j < MEASURED ? moved[i][j + MEASURED] : 0);
  memcpy(f->covariance, result, sizeof result);
  for (int i = 0; i < STATES; i++)
    f->covariance[i][i] += process(i, height);
}

/* One measured quantity after the other: the same as all at once, for their noise is independent. */
static void full_update(struct full *f, struct df_box box)
{
  double z[MEASURED], height = f->mean[3];
  measure(box, z);
  for (int m = 0; m < MEASURED; m++) {
    double noise = m == 2 ? 1e-1 : height / 20;
    double total = f->covariance[m][m] + noise * noise, gain[STATES], row[STATES];
    double surprise = z[m] - f->mean[m];
    for (int i = 0; i < STATES; i++) {
      gain[i] = f->covariance[i][m] / total;
      row[i] = f->covariance[m][i];
    }
    for (int i = 0; i < STATES; i++) {
      f->mean[i] += gain[i] * surprise;
      for (int j = 0; j < STATES; j++)
        f->covariance[i][j] -= gain[i] * row[j];
    }
  }
}

static void assert_near(double a, double b)
{
  assert_true(fabs(a - b) <= 1e-9 * (1 + fabs(a) + fabs(b)));
}

static void assert_same(const struct df_kalman *kalman, const struct full *f)
{
  for (int i = 0; i < DF_KALMAN_AXES; i++) {
    assert_near(kalman->axes[i].value, f->mean[i]);
    assert_near(kalman->axes[i].velocity, f->mean[i + MEASURED]);
    assert_near(kalman->axes[i].var_value, f->covariance[i][i]);
    assert_near(kalman->axes[i].covariance, f->covariance[i][i + MEASURED]);
    assert_near(kalman->axes[i].var_velocity, f->covariance[i + MEASURED][i + MEASURED]);
  }
}

static void equals_the_filter_of_eight_states(void **state)
{
  (void)state;
  static const struct df_box seen[] = {{100, 50, 40, 60}, {104, 51, 41, 60}, {109, 51, 39, 61}, {0},
      {117, 53, 42, 58}, {0}, {0}, {135, 50, 40, 64}, {500, 300, 10, 10}, {501, 299, 10, 11}};
  struct df_kalman kalman;
  struct full full;
  df_kalman_init(&kalman, seen[0]);
  full_init(&full, seen[0]);
  assert_same(&kalman, &full);
  for (size_t i = 1; i < sizeof seen / sizeof *seen; i++) {
    df_kalman_predict(&kalman);
    full_predict(&full);
    assert_same(&kalman, &full);
    if (df_box_empty(seen[i]))
      continue;
    df_kalman_update(&kalman, seen[i]);
    full_update(&full, seen[i]);
    assert_same(&kalman, &full);
  }
}

static void learns_a_constant_velocity(void **state)
{
  (void)state;
  struct df_kalman kalman;
  struct df_box box = {100, 100, 40, 50};
  df_kalman_init(&kalman, box);
  for (int i = 0; i < 60; i++) {
    box.x += 3;
    box.y -= 1;
    df_kalman_predict(&kalman);
    df_kalman_update(&kalman, box);
  }
  for (int i = 0; i < 10; i++)
    df_kalman_predict(&kalman);
  struct df_box guess = df_kalman_box(&kalman);
  assert_true(fabsf(guess.x - (box.x + 30)) < 1);
  assert_true(fabsf(guess.y - (box.y - 10)) < 1);
  assert_true(fabsf(guess.w - 40) < 0.5f);
  assert_true(fabsf(guess.h - 50) < 0.5f);
}

static void a_held_size_stays(void **state)
{
  (void)state;
  struct df_kalman kalman;
  struct df_box box = {0, 0, 40, 50};
  df_kalman_init(&kalman, box);
  for (int i = 0; i < 20; i++) {
    box.h -= 2;
    df_kalman_predict(&kalman);
    df_kalman_update(&kalman, box);
  }
  df_kalman_hold_size(&kalman);
  float height = df_kalman_box(&kalman).h;
  for (int i = 0; i < 100; i++) {
    df_kalman_hold_size(&kalman);
    df_kalman_predict(&kalman);
  }
  assert_true(fabsf(df_kalman_box(&kalman).h - height) < 1e-3f);
}

static void a_box_that_shrank_to_nothing_is_empty(void **state)
{
  (void)state;
  struct df_kalman kalman;
  struct df_box box = {0, 0, 40, 50};
  df_kalman_init(&kalman, box);
  for (int i = 0; i < 20; i++) {
    box.h -= 2;
    df_kalman_predict(&kalman);
    df_kalman_update(&kalman, box);
  }
  for (int i = 0; i < 100; i++)
    df_kalman_predict(&kalman);
  assert_true(df_box_empty(df_kalman_box(&kalman)));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equals_the_filter_of_eight_states),
      cmocka_unit_test(learns_a_constant_velocity),
      cmocka_unit_test(a_held_size_stays),
      cmocka_unit_test(a_box_that_shrank_to_nothing_is_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
