/* Each test is named after the promise of camera/director.h that it checks: people who are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenes.h"

static const double lookaheads[] = {0, 0.1, 0.5, 1.5, 5};
enum { LOOKAHEADS = sizeof lookaheads / sizeof *lookaheads };

static void a_still_face_is_shown_by_a_window_that_is_perfectly_still(void **state)
{
  (void)state;
  static const float shares[] = {0, 0.01f, 0.02f};
  for (int k = 0; k < LOOKAHEADS * 3; k++) {
    uint32_t seed = 7;
    struct take *take = take_create(lookaheads[k / 3], 900, 30);
    for (int i = 0; i < take->count; i++) {
      take_see(take, i, DF_LEFT, jittered(face_at(600, 500, 200), shares[k % 3], &seed));
      take_see(take, i, DF_RIGHT, jittered(face_at(1400, 300, 60), shares[k % 3], &seed));
    }
    take_direct(take, 1);
    for (int i = 0; i < take->count; i++)
      for (enum df_seat s = 0; s < DF_SEATS; s++) {
        assert_true(same_box(window_at(take, i, s), window_at(take, 0, s)));
        assert_int_equal(shot_at(take, i, s).state, DF_WINDOW_SEEN);
      }
    free(take);
  }
}

static void the_face_has_the_height_and_headroom_that_were_set(void **state)
{
  (void)state;
  struct take *take = take_create(1, 60, 30);
  take->options.face_height = 0.4f;
  take->options.headroom = 0.2f;
  for (int i = 0; i < take->count; i++)
    take_see(take, i, DF_LEFT, face_at(800, 500, 200));
  take_direct(take, 1);
  struct df_box w = window_at(take, 30, DF_LEFT);
  assert_float_equal(w.h, 500, 0.02);
  assert_float_equal((400 - w.y) / w.h, 0.2, 1e-3);
  assert_float_equal(centre_x(w), 800, 0.02);
  free(take);
}

/* They sit so close that each window in its middle place would have a part of the other's face. */
static void people_close_together_are_not_cut_by_each_others_window(void **state)
{
  (void)state;
  for (int k = 0; k < LOOKAHEADS; k++) {
    uint32_t seed = 5;
    struct take *take = take_create(lookaheads[k], 300, 30);
    for (int i = 0; i < take->count; i++) {
      take->scenes[i].cut = i == 150;
      take_see(take, i, DF_LEFT, jittered(face_at(800, 500, 200), 0.01f, &seed));
      take_see(take, i, DF_RIGHT, jittered(face_at(1140, 500, 200), 0.01f, &seed));
    }
    take_direct(take, 1);
    for (int i = 0; i < take->count; i++) {
      const struct df_box *face = take->scenes[i].face;
      assert_false(boxes_touch(window_at(take, i, DF_LEFT), face[DF_RIGHT]));
      assert_false(boxes_touch(window_at(take, i, DF_RIGHT), face[DF_LEFT]));
      assert_true(box_inside(face[DF_LEFT], safe_area(window_at(take, i, DF_LEFT))));
      if (i % 150)
        assert_true(same_box(window_at(take, i, DF_LEFT), window_at(take, i - 1, DF_LEFT)));
    }
    free(take);
  }
}

/* From 600 to 600 + by, frames 150 to 150 + frames. */
static struct take *walk(double lookahead, float by, int frames, float share)
{
  uint32_t seed = 11;
  struct take *take = take_create(lookahead, 450, 30);
  for (int i = 0; i < take->count; i++) {
    float s = i < 150 ? 0 : i < 150 + frames ? (float)(i - 150) / (float)frames : 1;
    take_see(take, i, DF_LEFT, jittered(face_at(600 + by * s, 500, 200), share, &seed));
  }
  take_direct(take, 1);
  return take;
}

static void a_step_is_eased_and_ends_at_rest(void **state)
{
  (void)state;
  struct take *take = walk(1.5, 200, 1, 0.01f);
  struct df_box before = window_at(take, 0, DF_LEFT), after = window_at(take, 449, DF_LEFT);
  assert_float_equal(centre_x(before), 600, 8);
  assert_float_equal(centre_x(after), 800, 8);
  for (int i = 0; i < 120; i++)
    assert_true(same_box(window_at(take, i, DF_LEFT), before));
  for (int i = 200; i < 450; i++)
    assert_true(same_box(window_at(take, i, DF_LEFT), after));
  assert_true(hardest_push(take, DF_LEFT, 0, 450) < 3);
  free(take);
}

static void a_walking_face_is_followed_without_stops(void **state)
{
  (void)state;
  for (int k = 0; k < LOOKAHEADS; k++) {
    struct take *take = walk(lookaheads[k], 900, 150, 0.01f);
    float rate = 900.f / 150;
    for (int i = 180; i < 300; i++) {
      float move = window_at(take, i, DF_LEFT).x - window_at(take, i - 1, DF_LEFT).x;
      assert_true(move > rate / 3 && move < rate * 2);
      assert_true(box_inside(take->scenes[i].face[DF_LEFT], window_at(take, i, DF_LEFT)));
    }
    assert_true(hardest_push(take, DF_LEFT, 0, 450) < (lookaheads[k] > 0 ? 4 : 6));
    for (int i = 360; i < 450; i++)
      assert_true(same_box(window_at(take, i, DF_LEFT), window_at(take, 449, DF_LEFT)));
    free(take);
  }
}

static void with_look_ahead_a_walking_face_stays_in_place(void **state)
{
  (void)state;
  struct take *take = walk(1.5, 900, 150, 0.01f);
  for (int i = 0; i < 450; i++) {
    float off = centre_x(window_at(take, i, DF_LEFT)) - (take->scenes[i].face[DF_LEFT].x + 76);
    assert_true(fabsf(off) < 0.08f * 625);
  }
  free(take);
}

static void a_face_is_safe_even_in_a_sudden_fast_move(void **state)
{
  (void)state;
  for (int k = 0; k < LOOKAHEADS; k++) {
    struct take *take = walk(lookaheads[k], 900, 12, 0);
    /* Without a future the medians are two frames late. */
    float slack = lookaheads[k] >= 0.5 ? 1 : 2.5f * 75;
    for (int i = 0; i < 450; i++) {
      struct df_box safe = safe_area(window_at(take, i, DF_LEFT));
      safe.x -= slack;
      safe.w += 2 * slack;
      assert_true(box_inside(take->scenes[i].face[DF_LEFT], safe));
    }
    free(take);
  }
}

static void size_follows_slowly_and_comes_to_rest(void **state)
{
  (void)state;
  for (int k = 0; k < LOOKAHEADS; k++) {
    uint32_t seed = 3;
    struct take *take = take_create(lookaheads[k], 600, 30);
    for (int i = 0; i < take->count; i++)
      take_see(take, i, DF_LEFT, jittered(face_at(900, 500, i < 200 ? 150 : 220), 0.015f, &seed));
    take_direct(take, 1);
    for (int i = 1; i < 600; i++) {
      float before = window_at(take, i - 1, DF_LEFT).h, after = window_at(take, i, DF_LEFT).h;
      assert_true(fabsf(after / before - 1) < 0.015f);
    }
    assert_float_equal(window_at(take, 0, DF_LEFT).h, 150 / 0.32, 15);
    assert_float_equal(window_at(take, 599, DF_LEFT).h, 220 / 0.32, 30);
    assert_true(same_box(window_at(take, 450, DF_LEFT), window_at(take, 599, DF_LEFT)));
    free(take);
  }
}

static void one_wild_box_moves_nothing(void **state)
{
  (void)state;
  for (int k = 0; k < LOOKAHEADS; k++) {
    uint32_t seed = 5;
    struct take *take = take_create(lookaheads[k], 300, 30);
    for (int i = 0; i < take->count; i++)
      take_see(take, i, DF_LEFT, jittered(face_at(900, 500, 180), 0.01f, &seed));
    take->scenes[100].face[DF_LEFT] = face_at(300, 200, 400);
    take->scenes[170].face[DF_LEFT] = face_at(1000, 560, 90);
    take_direct(take, 1);
    for (int i = 0; i < 300; i++)
      assert_true(same_box(window_at(take, i, DF_LEFT), window_at(take, 0, DF_LEFT)));
    free(take);
  }
}

static void missed_frames_are_bridged(void **state)
{
  (void)state;
  for (int k = 0; k < LOOKAHEADS; k++) {
    uint32_t seed = 9;
    struct take *take = take_create(lookaheads[k], 300, 30);
    for (int i = 0; i < take->count; i++) {
      bool missed = (i > 50 && i % 7 == 0) || (i >= 150 && i < 162);
      if (!missed)
        take_see(take, i, DF_LEFT, jittered(face_at(900, 500, 180), 0.01f, &seed));
    }
    take_direct(take, 1);
    for (int i = 0; i < 300; i++) {
      bool seen = take->scenes[i].seen[DF_LEFT];
      enum df_window_state expected = seen ? DF_WINDOW_SEEN : DF_WINDOW_INTERPOLATED;
      assert_int_equal(shot_at(take, i, DF_LEFT).state, expected);
      assert_true(same_box(window_at(take, i, DF_LEFT), window_at(take, 0, DF_LEFT)));
    }
    free(take);
  }
}

/* Still faces that are elsewhere and of another size from the cut on. */
static struct take *two_shots(double lookahead, int cut, double fps)
{
  uint32_t seed = 13;
  struct take *take = take_create(lookahead, 240, fps);
  for (int i = 0; i < take->count; i++) {
    struct df_box a = i < cut ? face_at(500, 400, 160) : face_at(1500, 600, 240);
    struct df_box b = i < cut ? face_at(1500, 400, 160) : face_at(400, 500, 100);
    take_see(take, i, DF_LEFT, jittered(a, 0.01f, &seed));
    take_see(take, i, DF_RIGHT, jittered(b, 0.01f, &seed));
  }
  take->scenes[cut].cut = true;
  return take;
}

static void a_cut_is_reframed_on_its_exact_frame_and_nothing_leaks_over_it(void **state)
{
  (void)state;
  for (int k = 0; k < LOOKAHEADS; k++)
    for (int cut = 1; cut < 240; cut += 34) {
      struct take *take = two_shots(lookaheads[k], cut, 30);
      take_direct(take, 1);
      for (int i = 0; i < 240; i++)
        for (enum df_seat s = 0; s < DF_SEATS; s++) {
          struct df_box first = window_at(take, i < cut ? 0 : cut, s);
          assert_true(same_box(window_at(take, i, s), first));
          assert_true(box_inside(take->scenes[i].face[s], safe_area(first)));
        }
      free(take);
    }
}

static void a_window_goes_on_steadily_up_to_a_cut(void **state)
{
  (void)state;
  for (int k = 0; k < LOOKAHEADS; k++) {
    struct take *take = walk(lookaheads[k], 900, 150, 0);
    take->scenes[250].cut = true;
    take_direct(take, 1);
    assert_true(hardest_push(take, DF_LEFT, 190, 230) < 0.5f);
    assert_true(hardest_push(take, DF_LEFT, 190, 250) < 1.5f);
    free(take);
  }
}

static void a_shot_is_framed_by_its_first_moments_not_by_its_first_box(void **state)
{
  (void)state;
  struct take *take = two_shots(1.5, 120, 30);
  take->scenes[120].face[DF_LEFT] = face_at(1512, 612, 250);
  take_direct(take, 1);
  struct df_box first = window_at(take, 120, DF_LEFT);
  assert_float_equal(centre_x(first), 1500, 2);
  assert_float_equal(first.h, 240 / 0.32, 8);
  assert_true(same_box(first, window_at(take, 239, DF_LEFT)));
  free(take);
}

static void a_jump_of_the_face_is_followed_at_once_not_dragged(void **state)
{
  (void)state;
  struct take *take = two_shots(1.5, 120, 30);
  take->scenes[120].cut = false; /* a cut that was not found */
  take_direct(take, 1);
  for (int i = 0; i < 240; i++)
    assert_true(box_inside(take->scenes[i].face[DF_LEFT], window_at(take, i, DF_LEFT)));
  assert_true(same_box(window_at(take, 0, DF_LEFT), window_at(take, 119, DF_LEFT)));
  free(take);
}

static void as_many_come_back_as_were_pushed_in_order(void **state)
{
  (void)state;
  static const int counts[] = {0, 1, 2, 37, 1000};
  for (int k = 0; k < LOOKAHEADS * 5; k++) {
    struct take *take = take_create(lookaheads[k / 5], counts[k % 5], 25);
    for (int i = 0; i < take->count; i++) {
      take->scenes[i].n = 1000 + 3 * i;
      take_see(take, i, DF_LEFT, face_at(500, 500, 100));
    }
    assert_int_equal(take_direct(take, 1 + k % 3), take->count);
    for (int i = 0; i < take->count; i++)
      assert_int_equal(take->directions[i].n, 1000 + 3 * i);
    free(take);
  }
}

static int waiting(double lookahead, int bound, int pushes)
{
  struct df_director_options options = take_options(lookahead);
  options.lookahead_frames = bound;
  struct df_director *director = df_director_create(&options);
  struct df_direction direction;
  int popped = 0;
  for (int i = 0; i < pushes; i++) {
    struct df_scene scene = {.n = i, .t = i / 30.0};
    assert_int_equal(df_director_push(director, &scene), 0);
    while (df_director_pop(director, &direction))
      popped++;
  }
  df_director_destroy(&director);
  assert_null(director);
  return pushes - popped;
}

static void no_more_future_is_waited_for_than_was_asked(void **state)
{
  (void)state;
  assert_int_equal(waiting(0, 0, 100), 0);
  assert_int_equal(waiting(1, 0, 100), 30);
  assert_int_equal(waiting(1, 12, 100), 12);
  assert_int_equal(waiting(1, 500, 100), 30);
  assert_int_equal(waiting(1e9, 0, 100), 100);
}

static void frames_of_one_stream_are_directed_alike_however_they_are_popped(void **state)
{
  (void)state;
  for (int k = 0; k < LOOKAHEADS; k++) {
    struct take *a = two_shots(lookaheads[k], 100, 29.97),
                *b = two_shots(lookaheads[k], 100, 29.97);
    for (int i = 150; i < 190; i++)
      a->scenes[i].seen[DF_LEFT] = b->scenes[i].seen[DF_LEFT] = false;
    take_direct(a, 1);
    take_direct(b, 1000);
    assert_memory_equal(a->directions, b->directions, sizeof a->directions);
    free(a);
    free(b);
  }
}

static void a_bounded_look_ahead_is_as_steady_as_an_unbounded_one(void **state)
{
  (void)state;
  for (int bound = 4; bound <= 40; bound += 12) {
    struct take *take = walk(1.5, 600, 120, 0.01f);
    take->options.lookahead_frames = bound;
    take_direct(take, 1);
    assert_true(hardest_push(take, DF_LEFT, 0, 450) < 4);
    assert_true(same_box(window_at(take, 0, DF_LEFT), window_at(take, 100, DF_LEFT)));
    assert_true(same_box(window_at(take, 340, DF_LEFT), window_at(take, 449, DF_LEFT)));
    free(take);
  }
}

static void a_variable_frame_rate_changes_nothing_of_the_way(void **state)
{
  (void)state;
  struct take *even = take_create(1.5, 600, 60), *odd = take_create(1.5, 400, 60);
  for (int i = 0; i < 600; i++)
    take_see(
        even, i, DF_LEFT, face_at((float)(900 + 150 * sin(even->scenes[i].t * 1.5)), 500, 180));
  for (int i = 0; i < 400; i++) {
    int at = i / 2 * 3 + i % 2; /* of the even frames every third is gone */
    odd->scenes[i].t = at / 60.0;
    take_see(odd, i, DF_LEFT, even->scenes[at].face[DF_LEFT]);
  }
  take_direct(even, 1);
  take_direct(odd, 1);
  for (int i = 0; i < 400; i++) {
    float a = centre_x(window_at(odd, i, DF_LEFT));
    float b = centre_x(window_at(even, i / 2 * 3 + i % 2, DF_LEFT));
    assert_true(fabsf(a - b) < 6);
  }
  free(even);
  free(odd);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_still_face_is_shown_by_a_window_that_is_perfectly_still),
      cmocka_unit_test(the_face_has_the_height_and_headroom_that_were_set),
      cmocka_unit_test(people_close_together_are_not_cut_by_each_others_window),
      cmocka_unit_test(a_step_is_eased_and_ends_at_rest),
      cmocka_unit_test(a_walking_face_is_followed_without_stops),
      cmocka_unit_test(with_look_ahead_a_walking_face_stays_in_place),
      cmocka_unit_test(a_face_is_safe_even_in_a_sudden_fast_move),
      cmocka_unit_test(size_follows_slowly_and_comes_to_rest),
      cmocka_unit_test(one_wild_box_moves_nothing),
      cmocka_unit_test(missed_frames_are_bridged),
      cmocka_unit_test(a_cut_is_reframed_on_its_exact_frame_and_nothing_leaks_over_it),
      cmocka_unit_test(a_window_goes_on_steadily_up_to_a_cut),
      cmocka_unit_test(a_shot_is_framed_by_its_first_moments_not_by_its_first_box),
      cmocka_unit_test(a_jump_of_the_face_is_followed_at_once_not_dragged),
      cmocka_unit_test(as_many_come_back_as_were_pushed_in_order),
      cmocka_unit_test(no_more_future_is_waited_for_than_was_asked),
      cmocka_unit_test(frames_of_one_stream_are_directed_alike_however_they_are_popped),
      cmocka_unit_test(a_bounded_look_ahead_is_as_steady_as_an_unbounded_one),
      cmocka_unit_test(a_variable_frame_rate_changes_nothing_of_the_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
