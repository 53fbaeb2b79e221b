/* Each test is named after the promise of camera/cut.h that it checks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "camera/cut.h"

enum { FRAMES = 120, CUTS_MAX = 16 };

struct found {
  int count, at[CUTS_MAX];
};

static struct found run(const float *differences, int count)
{
  struct df_cut_detector detector = {0};
  struct found found = {0};
  for (int i = 0; i < count; i++)
    if (df_cut_next(&detector, differences[i]) && found.count < CUTS_MAX)
      found.at[found.count++] = i;
  return found;
}

/* A wobble between `low` and `high` that repeats after seven frames. */
static void fill(float *differences, float low, float high)
{
  differences[0] = 0;
  for (int i = 1; i < FRAMES; i++)
    differences[i] = low + (high - low) * (float)(i * 3 % 7) / 6;
}

static void finds_a_cut_on_its_frame(void **state)
{
  (void)state;
  for (int at = 1; at < FRAMES; at += 17) {
    float d[FRAMES];
    fill(d, 0.01f, 0.06f);
    d[at] = 0.45f;
    struct found found = run(d, FRAMES);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.at[0], at);
  }
}

static void takes_no_motion_for_a_cut(void **state)
{
  (void)state;
  float d[FRAMES];
  fill(d, 0.02f, 0.15f);
  assert_int_equal(run(d, FRAMES).count, 0);
}

static void takes_no_wild_motion_for_a_cut_once_it_is_known(void **state)
{
  (void)state;
  float d[FRAMES];
  fill(d, 0.15f, 0.35f);
  for (int i = 1; i < 20; i++)
    d[i] = 0.15f + 0.005f * (float)i; /* it grows wild: a shaken camera */
  assert_int_equal(run(d, FRAMES).count, 0);
}

static void finds_a_cut_in_wild_motion(void **state)
{
  (void)state;
  float d[FRAMES];
  fill(d, 0.10f, 0.20f);
  d[60] = 0.7f;
  struct found found = run(d, FRAMES);
  assert_int_equal(found.count, 1);
  assert_int_equal(found.at[0], 60);
}

static void finds_both_of_two_cuts_a_third_of_a_second_apart(void **state)
{
  (void)state;
  float d[FRAMES];
  fill(d, 0.01f, 0.05f);
  d[40] = 0.5f;
  d[49] = 0.4f;
  struct found found = run(d, FRAMES);
  assert_int_equal(found.count, 2);
  assert_int_equal(found.at[0], 40);
  assert_int_equal(found.at[1], 49);
}

static void a_flash_is_one_cut_at_most(void **state)
{
  (void)state;
  float d[FRAMES];
  fill(d, 0.01f, 0.05f);
  d[40] = 0.6f;
  d[41] = 0.6f;
  d[70] = 0.6f;
  d[72] = 0.6f;
  struct found found = run(d, FRAMES);
  assert_int_equal(found.count, 2);
  assert_int_equal(found.at[0], 40);
  assert_int_equal(found.at[1], 70);
}

static void a_flash_leaves_no_trace_in_the_threshold(void **state)
{
  (void)state;
  float d[FRAMES];
  fill(d, 0.01f, 0.05f);
  for (int i = 10; i < 60; i += 5) {
    d[i] = 0.6f;
    d[i + 1] = 0.6f;
  }
  d[70] = 0.4f;
  struct found found = run(d, FRAMES);
  assert_int_equal(found.at[found.count - 1], 70);
}

static void the_first_frame_is_never_a_cut_and_nonsense_neither(void **state)
{
  (void)state;
  float d[] = {0, NAN, INFINITY, -INFINITY, -3, 0.01f};
  assert_int_equal(run(d, sizeof d / sizeof *d).count, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_a_cut_on_its_frame),
      cmocka_unit_test(takes_no_motion_for_a_cut),
      cmocka_unit_test(takes_no_wild_motion_for_a_cut_once_it_is_known),
      cmocka_unit_test(finds_a_cut_in_wild_motion),
      cmocka_unit_test(finds_both_of_two_cuts_a_third_of_a_second_apart),
      cmocka_unit_test(a_flash_is_one_cut_at_most),
      cmocka_unit_test(a_flash_leaves_no_trace_in_the_threshold),
      cmocka_unit_test(the_first_frame_is_never_a_cut_and_nonsense_neither),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
