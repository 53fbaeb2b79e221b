/* Each test is named after the promise of liveliness.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "person/liveliness.h"

enum { FPS = 30, SECONDS = 20 };

/* A face 60 pixels high, and what of it changes: amounts in pixels. */
struct world {
  double sways;  /* of the place, slowly */
  double pans;   /* the same of camera and all that is in the picture, a second */
  double turns;  /* of the nose, slowly */
  double noises; /* of all that is measured, from picture to picture */
};

/* Even between -1 and 1. */
static float chance(uint32_t *seed)
{
  *seed = *seed * 1664525u + 1013904223u;
  return (float)(*seed >> 8) / (1 << 23) - 1;
}

static struct df_face face_at(const struct world *w, double t, uint32_t *seed)
{
  float x = (float)(500 + w->sways * sin(t) + w->pans * t), y = 300;
  float noise[8];
  for (int i = 0; i < 8; i++)
    noise[i] = (float)w->noises * chance(seed);
  float turn = (float)(w->turns * sin(1.7 * t));
  return (struct df_face){
      .box = {x - 24 + noise[0], y - 30 + noise[1], 48, 60},
      .points =
          {
              {x - 11 + noise[2], y - 8 + noise[3]},
              {x + 11 + noise[4], y - 8 + noise[5]},
              {x + turn + noise[6], y + 4 + noise[7]},
          },
  };
}

static struct df_life life_after(const struct world *w, double seconds)
{
  struct df_liveliness liveliness = {0};
  struct df_life life = {0};
  uint32_t seed = 5;
  for (int i = 0; i < (int)(seconds * FPS); i++) {
    double t = (double)i / FPS;
    struct df_face face = face_at(w, t, &seed);
    struct df_life more = df_liveliness_see(&liveliness, &face, t);
    df_life_add(&life, &more);
  }
  return life;
}

static double weight_after(const struct world *w, double seconds)
{
  struct df_life life = life_after(w, seconds);
  return df_life_weight(&life);
}

static bool told_after(
    const struct world *w, double seconds, bool (*tell)(const struct df_life *life))
{
  struct df_life life = life_after(w, seconds);
  return tell(&life);
}

static void a_few_seconds_tell_a_picture_from_a_person_for_sure(void **state)
{
  (void)state;
  struct world person = {.sways = 4, .turns = 2}, picture = {0}, noisy = {.noises = 0.6};
  for (int seconds = 1; seconds < SECONDS; seconds++) {
    assert_false(told_after(&person, seconds, df_life_hangs));
    assert_false(told_after(&picture, seconds, df_life_is_alive));
    assert_false(told_after(&noisy, seconds, df_life_is_alive));
    assert_int_equal(told_after(&person, seconds, df_life_is_alive), seconds >= 4);
    assert_int_equal(told_after(&picture, seconds, df_life_hangs), seconds >= 4);
    assert_int_equal(told_after(&noisy, seconds, df_life_hangs), seconds >= 5);
  }
  /* Where nothing but the camera moves, or the head alone, nothing is sure. */
  struct world panned = {.pans = 30}, nods = {.turns = 2};
  assert_false(told_after(&panned, SECONDS, df_life_hangs));
  assert_false(told_after(&nods, 3, df_life_hangs));
}

static void who_moves_counts_in_full(void **state)
{
  (void)state;
  struct world person = {.sways = 4, .turns = 2};
  assert_true(weight_after(&person, SECONDS) > 0.95);
  person.noises = 0.5;
  assert_true(weight_after(&person, SECONDS) > 0.95);
}

static void a_picture_on_the_wall_counts_little(void **state)
{
  (void)state;
  struct world picture = {0};
  assert_true(weight_after(&picture, SECONDS) < 0.25);
}

static void noise_brings_no_picture_to_life(void **state)
{
  (void)state;
  struct world picture = {.noises = 0.6}; /* enough for every nose to seem to turn */
  assert_true(weight_after(&picture, SECONDS) < 0.35);
}

static void a_camera_that_turns_brings_no_picture_to_life(void **state)
{
  (void)state;
  struct world picture = {.pans = 30};
  assert_true(weight_after(&picture, SECONDS) < 0.25);
}

static void of_who_has_just_come_little_is_known(void **state)
{
  (void)state;
  struct world picture = {0};
  assert_float_equal(weight_after(&picture, 0.2), 1, 0);
  double weight = weight_after(&picture, 0.8);
  assert_true(weight > 0.35 && weight < 0.7);
}

static void what_happened_while_nothing_was_seen_is_no_sign(void **state)
{
  (void)state;
  struct world picture = {0};
  struct df_liveliness liveliness = {0};
  uint32_t seed = 1;
  struct df_face face = face_at(&picture, 0, &seed);
  for (int i = 0; i < 40; i++)
    df_liveliness_see(&liveliness, &face, i / (double)FPS);
  face.box.x += 100;
  struct df_life life = df_liveliness_see(&liveliness, &face, 10);
  assert_true(life.places == 0 && life.poses == 0);
}

static void who_never_left_the_place_may_hang_there(void **state)
{
  (void)state;
  struct world picture = {.noises = 2};
  assert_true(told_after(&picture, SECONDS, df_life_may_hang));
  assert_false(told_after(&picture, 5, df_life_may_hang)); /* too soon to tell */
  struct world walker = {.sways = 20};
  assert_false(told_after(&walker, SECONDS, df_life_may_hang));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_few_seconds_tell_a_picture_from_a_person_for_sure),
      cmocka_unit_test(who_moves_counts_in_full),
      cmocka_unit_test(a_picture_on_the_wall_counts_little),
      cmocka_unit_test(noise_brings_no_picture_to_life),
      cmocka_unit_test(a_camera_that_turns_brings_no_picture_to_life),
      cmocka_unit_test(of_who_has_just_come_little_is_known),
      cmocka_unit_test(who_never_left_the_place_may_hang_there),
      cmocka_unit_test(what_happened_while_nothing_was_seen_is_no_sign),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
