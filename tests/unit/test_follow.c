/* Each test is named after a promise of camera/follow.h. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "camera/follow.h"

static struct df_follow_sight sight_of(float x, float low, float high, float height)
{
  return (struct df_follow_sight){
      .x = {x, low, high, (low + high) / 2, x, x},
      .y = {500, 500, 500, 500, 500, 500},
      .height = {height, height, height, height, height, height},
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

static void who_is_back_soon_has_not_gone(void **state)
{
  (void)state;
  struct df_follower f;
  df_follow_place(&f, (struct df_point){500, 500}, 600);
  struct df_follow_sight nod = sight_of(540, 500, 540, 600);
  nod.x.soon_low = 510; /* back in the band by then */
  df_follow_step(&f, &nod, 0.03f);
  assert_true(f.at.x == 500);
  nod.x.soon_low = 530;
  df_follow_step(&f, &nod, 0.03f);
  assert_true(f.at.x > 500);
  df_follow_place(&f, (struct df_point){500, 500}, 600);
  struct df_follow_sight far = sight_of(580, 500, 580, 600);
  far.x.soon_low = 500;
  df_follow_step(&f, &far, 0.03f);
  assert_true(f.at.x > 500);
}

static void it_says_when_a_face_has_come_to_rest(void **state)
{
  (void)state;
  struct df_follower f;
  df_follow_place(&f, (struct df_point){500, 500}, 600);
  struct df_follow_sight goes = sight_of(600, 500, 600, 600), rests = sight_of(600, 598, 602, 600);
  df_follow_step(&f, &goes, 0.03f);
  assert_false(f.settled_x);
  df_follow_step(&f, &rests, 0.03f);
  assert_true(f.settled_x && !f.settled_y);
  df_follow_step(&f, &rests, 0.03f);
  assert_false(f.settled_x);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_face_wanders_freely_in_the_dead_band),
      cmocka_unit_test(a_face_that_goes_is_followed_until_it_rests),
      cmocka_unit_test(who_is_back_soon_has_not_gone),
      cmocka_unit_test(it_says_when_a_face_has_come_to_rest),
      cmocka_unit_test(size_changes_slowly_and_only_for_a_reason),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
