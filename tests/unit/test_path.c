/* Each test is named after a promise of camera/path.h or camera/follow.h. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "camera/follow.h"
#include "camera/path.h"

enum { POINTS = 120 };

static const struct df_path_span both_sides = {0.6, 0.6};

static void lay(struct df_path_point *points, double fps, float x)
{
  for (int i = 0; i < POINTS; i++)
    points[i] = (struct df_path_point){i / fps, {x, 200, 300}, false};
}

static float smooth_x(const struct df_path_point *points, int at, struct df_path_span span)
{
  return df_path_smooth(points, POINTS, (size_t)at, span).x;
}

static void what_does_not_change_is_the_very_same_number(void **state)
{
  (void)state;
  struct df_path_point points[POINTS];
  lay(points, 29.97, 0.1f + 1.f / 3);
  for (int i = 0; i < POINTS; i++)
    assert_true(smooth_x(points, i, both_sides) == points[0].pose.x);
}

static void a_step_becomes_an_ease_that_begins_before_it(void **state)
{
  (void)state;
  struct df_path_point points[POINTS];
  lay(points, 30, 100);
  for (int i = 60; i < POINTS; i++)
    points[i].pose.x = 200;
  assert_true(smooth_x(points, 60 - 19, both_sides) == 100);
  assert_true(smooth_x(points, 60 + 19, both_sides) == 200);
  float last = 100, last_move = 0;
  for (int i = 41; i < 80; i++) {
    float x = smooth_x(points, i, both_sides), move = x - last;
    assert_true(move >= 0);
    assert_true(fabsf(move - last_move) < 100 * 6.3f / (36 * 36) * 1.05f);
    last = x;
    last_move = move;
  }
  assert_float_equal(
      smooth_x(points, 59, both_sides) + smooth_x(points, 60, both_sides), 300, 0.01);
}

static void without_a_future_it_follows_and_comes_to_rest(void **state)
{
  (void)state;
  struct df_path_point points[POINTS];
  struct df_path_span past = {0.45, 0};
  lay(points, 30, 100);
  for (int i = 60; i < POINTS; i++)
    points[i].pose.x = 200;
  assert_true(smooth_x(points, 59, past) == 100);
  assert_true(smooth_x(points, 66, past) > 120);
  assert_true(smooth_x(points, 60 + 15, past) == 200);
}

static void steady_motion_is_followed_without_lag(void **state)
{
  (void)state;
  struct df_path_point points[POINTS];
  lay(points, 30, 0);
  for (int i = 0; i < POINTS; i++)
    points[i].pose.x = (float)i * 5;
  for (int i = 30; i < POINTS - 30; i++)
    assert_float_equal(smooth_x(points, i, both_sides), i * 5, 0.01);
}

static void any_spacing_of_frames_gives_the_same_way(void **state)
{
  (void)state;
  struct df_path_point even[POINTS], odd[POINTS];
  lay(even, 60, 0);
  lay(odd, 30, 0);
  double t = 0;
  for (int i = 0; i < POINTS; i++) {
    even[i].pose.x = (float)(50 * sin(even[i].t * 2));
    odd[i].t = t;
    odd[i].pose.x = (float)(50 * sin(t * 2));
    t += i % 3 == 0 ? 0.005 : 0.02;
  }
  for (int i = 50; i < 70; i++) {
    double at = odd[i].t * 60;
    int k = (int)at;
    float a = smooth_x(even, k, both_sides), b = smooth_x(even, k + 1, both_sides);
    assert_float_equal(smooth_x(odd, i, both_sides), a + (at - k) * (b - a), 0.3);
  }
}

static void nothing_is_looked_at_across_a_jump(void **state)
{
  (void)state;
  struct df_path_point points[POINTS];
  lay(points, 30, 100);
  for (int i = 60; i < POINTS; i++)
    points[i].pose.x = 900;
  points[60].jump = true;
  assert_true(smooth_x(points, 59, both_sides) == 100);
  assert_true(smooth_x(points, 60, both_sides) == 900);
}

static struct df_follow_sight sight_of(float x, float low, float high, float height)
{
  return (struct df_follow_sight){
      .x = {x, low, high, (low + high) / 2},
      .y = {500, 500, 500, 500},
      .height = {height, height, height, height},
      .dt = 1.0 / 30,
  };
}

static void a_face_wanders_freely_in_the_dead_band(void **state)
{
  (void)state;
  struct df_follower f;
  df_follow_place(&f, (struct df_point){500, 500}, 600);
  for (int i = 0; i < 100; i++) {
    float x = 500 + 17.f * (i % 2 ? 1 : -1);
    struct df_follow_sight sight = sight_of(x, 483, 517, 600 * (i % 2 ? 1.1f : 0.9f));
    df_follow_step(&f, &sight, 0.03f);
    assert_true(f.at.x == 500 && f.at.y == 500 && f.height == 600);
  }
}

static void a_face_that_goes_is_followed_until_it_rests(void **state)
{
  (void)state;
  struct df_follower f;
  df_follow_place(&f, (struct df_point){500, 500}, 600);
  for (int i = 1; i < 60; i++) {
    float x = 500 + 10.f * (float)i;
    struct df_follow_sight sight = sight_of(x, x - 100, x, 600);
    df_follow_step(&f, &sight, 0.03f);
    if (i >= 2)
      assert_float_equal(f.at.x, x - 4.5, 0.01);
  }
  struct df_follow_sight sight = sight_of(1091.5f, 1088, 1092, 600);
  df_follow_step(&f, &sight, 0.03f);
  assert_float_equal(f.at.x, 1090, 0.01);
  assert_false(f.moving_x);
}

static void size_changes_slowly_and_only_for_a_reason(void **state)
{
  (void)state;
  struct df_follower f;
  df_follow_place(&f, (struct df_point){500, 500}, 600);
  float last = 600;
  for (int i = 0; i < 90; i++) {
    struct df_follow_sight sight = sight_of(500, 500, 500, 900);
    df_follow_step(&f, &sight, 0.03f);
    assert_true(f.height >= last && f.height - last <= 0.36f * last / 30);
    last = f.height;
  }
  assert_float_equal(f.height, 900, 0.01);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_does_not_change_is_the_very_same_number),
      cmocka_unit_test(a_step_becomes_an_ease_that_begins_before_it),
      cmocka_unit_test(without_a_future_it_follows_and_comes_to_rest),
      cmocka_unit_test(steady_motion_is_followed_without_lag),
      cmocka_unit_test(any_spacing_of_frames_gives_the_same_way),
      cmocka_unit_test(nothing_is_looked_at_across_a_jump),
      cmocka_unit_test(a_face_wanders_freely_in_the_dead_band),
      cmocka_unit_test(a_face_that_goes_is_followed_until_it_rests),
      cmocka_unit_test(size_changes_slowly_and_only_for_a_reason),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
