/* Each test is named after the promise of camera/operator.h that it checks: people who come in, and who hide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenes.h"

enum { COUNT = 300, FOUND = 160, WIDTH = 1920 };

static const float height = 120, pace = 12; /* of who comes in: pixels, pixels a frame */
static const double lookaheads[] = {0.9, 1.5, 5};
enum { LOOKAHEADS = sizeof lookaheads / sizeof *lookaheads };

/* x of a face that comes in on the left, as far as it ends up at 700. */
static float way_in(int i)
{
  return fminf(pace * (float)(i - FOUND) + 100, 700);
}

/* The left one has gone before and comes in at a side, where it is found eight frames after its middle could be seen. */
static struct take *come_in(double lookahead, bool mirrored, float other)
{
  struct take *take = take_create(lookahead, COUNT, 30);
  for (int i = 0; i < COUNT; i++) {
    float x = way_in(i);
    if (i < 30 || i >= FOUND)
      take_see(take, i, DF_LEFT, face_at(i < 30 ? 700 : mirrored ? WIDTH - x : x, 500, height));
    take_see(take, i, DF_RIGHT, face_at(mirrored ? WIDTH - other : other, 500, height));
  }
  take_direct(take, 1);
  return take;
}

static void who_comes_in_is_met_before_the_face_is_found(void **state)
{
  (void)state;
  for (int k = 0; k < 2 * LOOKAHEADS; k++) {
    bool mirrored = k % 2;
    struct take *take = come_in(lookaheads[k / 2], mirrored, 1500);
    for (int i = FOUND - (int)(100 / pace); i < COUNT; i++) {
      float x = mirrored ? WIDTH - way_in(i) : way_in(i);
      struct df_box window = window_at(take, i, DF_LEFT);
      assert_in_range((int)x, (int)window.x, (int)(window.x + window.w));
      assert_true(
          shot_at(take, i, DF_LEFT).state == (i < FOUND ? DF_WINDOW_INTERPOLATED : DF_WINDOW_SEEN));
    }
    free(take);
  }
}

static void nobody_is_met_where_that_would_show_the_other_one(void **state)
{
  (void)state;
  for (int k = 0; k < 2 * LOOKAHEADS; k++) {
    struct take *take = come_in(lookaheads[k / 2], k % 2, 200);
    for (int i = 60; i < FOUND; i++) {
      struct df_shot_window shot = shot_at(take, i, DF_LEFT);
      if (shot.state != DF_WINDOW_FROZEN)
        assert_false(boxes_touch(shot.window, take->scenes[i].face[DF_RIGHT]));
    }
    free(take);
  }
}

/* How far the left one's face is from the other's, in widths: goes there, stays behind it, comes back. */
static float distance(int i)
{
  float to = 3 - (float)(i - 60) / 20, from = (float)(i - 150) / 20;
  return fmaxf(0.1f, fminf(3, fmaxf(to, from)));
}

static void who_hides_behind_the_other_is_shown_while_there_is_enough_to_see(void **state)
{
  (void)state;
  const float width = 0.76f * 200, found_from = 0.5f, shown_from = 1.0f, covered = 0.7f;
  for (int k = 0; k < 2 * LOOKAHEADS; k++) {
    float side = k % 2 ? 1 : -1;
    struct take *take = take_create(lookaheads[k / 2], COUNT, 30);
    for (int i = 0; i < COUNT; i++) {
      take_see(take, i, DF_RIGHT, face_at(960, 500, 200));
      if (distance(i) >= found_from)
        take_see(take, i, DF_LEFT, face_at(960 + side * distance(i) * width, 500, 200));
    }
    take_direct(take, 1);
    for (int i = 1; i < COUNT; i++) {
      enum df_window_state now = shot_at(take, i, DF_LEFT).state;
      if (distance(i) >= shown_from)
        assert_int_equal(now, DF_WINDOW_SEEN);
      if (distance(i) < found_from)
        assert_int_equal(now, DF_WINDOW_FROZEN);
      /* The picture that stays shows most of the face. */
      if (now == DF_WINDOW_FROZEN && shot_at(take, i - 1, DF_LEFT).state == DF_WINDOW_SEEN)
        assert_true(distance(i - 1) > covered);
    }
    free(take);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(who_comes_in_is_met_before_the_face_is_found),
      cmocka_unit_test(nobody_is_met_where_that_would_show_the_other_one),
      cmocka_unit_test(who_hides_behind_the_other_is_shown_while_there_is_enough_to_see),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
