/* Each test is named after the promise of camera/director.h or absent.h: people who are not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "camera/absent.h"
#include "scenes.h"

enum { LEAVES = 90, FRAMES = 360 }; /* at 30 frames a second */

static const struct df_box corner = {1700, 900, 76, 100}; /* out of everybody's way */

/* The left person is there up to LEAVES and from `returns` on; the right one stays at `other`. */
static struct take *leaving(
    double lookahead, enum df_absent_policy policy, struct df_box other, int returns)
{
  uint32_t seed = 21;
  struct take *take = take_create(lookahead, FRAMES, 30);
  take->options.absent = policy;
  for (int i = 0; i < take->count; i++) {
    if (i < LEAVES || i >= returns)
      take_see(take, i, DF_LEFT, jittered(face_at(600, 500, 160), 0.01f, &seed));
    if (other.w > 0)
      take_see(take, i, DF_RIGHT, jittered(other, 0.01f, &seed));
  }
  return take;
}

static void expect_states(const struct take *take, int first, int last, enum df_window_state state)
{
  for (int i = first; i < last; i++)
    assert_int_equal(shot_at(take, i, DF_LEFT).state, state);
}

static void expect_still(const struct take *take, int first, int last, struct df_box window)
{
  for (int i = first; i < last; i++)
    assert_true(same_box(window_at(take, i, DF_LEFT), window));
}

static void expect_never_the_other(const struct take *take, enum df_seat seat)
{
  enum df_seat other = seat == DF_LEFT ? DF_RIGHT : DF_LEFT;
  for (int i = 0; i < take->count; i++) {
    enum df_window_state state = shot_at(take, i, seat).state;
    bool absent = state == DF_WINDOW_HELD || state == DF_WINDOW_WIDE;
    if (absent && take->scenes[i].seen[other])
      assert_false(boxes_touch(window_at(take, i, seat), take->scenes[i].face[other]));
  }
}

static void each_policy_holds_for_hold_seconds_then_does_as_it_says(void **state)
{
  (void)state;
  static const enum df_window_state then[DF_ABSENT_POLICIES] = {
      [DF_ABSENT_WIDE] = DF_WINDOW_WIDE,
      [DF_ABSENT_HOLD] = DF_WINDOW_HELD,
      [DF_ABSENT_FREEZE] = DF_WINDOW_FROZEN,
      [DF_ABSENT_BLACK] = DF_WINDOW_BLACK,
      [DF_ABSENT_BLUR] = DF_WINDOW_BLURRED,
  };
  static const double holds[] = {0, 1, 3}; /* 0: the default, 2 */
  for (int k = 0; k < DF_ABSENT_POLICIES * 3; k++) {
    double hold = holds[k / DF_ABSENT_POLICIES];
    enum df_absent_policy policy = (enum df_absent_policy)(k % DF_ABSENT_POLICIES);
    struct take *take = leaving(1.5, policy, corner, FRAMES);
    take->options.hold_seconds = hold;
    take_direct(take, 1);
    int until = LEAVES - 1 + (int)((hold > 0 ? hold : 2) * 30);
    expect_states(take, 0, LEAVES, DF_WINDOW_SEEN);
    expect_states(take, LEAVES + 1, until, DF_WINDOW_HELD);
    expect_states(take, until + 2, FRAMES, then[policy]);
    struct df_box shown = window_at(take, LEAVES - 1, DF_LEFT);
    expect_still(take, LEAVES, until - 30, shown);
    struct df_box last = window_at(take, FRAMES - 1, DF_LEFT);
    if (policy == DF_ABSENT_WIDE)
      assert_float_equal(last.h, 1080, 0);
    if (policy == DF_ABSENT_HOLD || policy == DF_ABSENT_FREEZE)
      assert_true(same_box(last, shown));
    if (policy == DF_ABSENT_BLUR)
      assert_true(last.x == 480 && last.y == 0 && last.w == 960 && last.h == 1080);
    if (policy == DF_ABSENT_BLACK)
      assert_true(last.w == 0 && last.h == 0 && last.x == 0 && last.y == 0);
    free(take);
  }
}

static void the_way_to_wide_is_a_glide(void **state)
{
  (void)state;
  struct take *take = leaving(1.5, DF_ABSENT_WIDE, corner, FRAMES);
  take_direct(take, 1);
  assert_true(hardest_push(take, DF_LEFT, 0, FRAMES) < 2);
  for (int i = 1; i < FRAMES; i++)
    assert_true(window_at(take, i, DF_LEFT).h / window_at(take, i - 1, DF_LEFT).h < 1.06f);
  free(take);
}

static void a_cut_ends_the_holding_on_its_frame(void **state)
{
  (void)state;
  static const enum df_window_state then[DF_ABSENT_POLICIES] = {
      [DF_ABSENT_WIDE] = DF_WINDOW_WIDE,
      [DF_ABSENT_HOLD] = DF_WINDOW_WIDE,
      [DF_ABSENT_FREEZE] = DF_WINDOW_FROZEN,
      [DF_ABSENT_BLACK] = DF_WINDOW_BLACK,
      [DF_ABSENT_BLUR] = DF_WINDOW_BLURRED,
  };
  for (int k = 0; k < DF_ABSENT_POLICIES; k++) {
    struct take *take = leaving(1.5, (enum df_absent_policy)k, corner, FRAMES);
    take->scenes[110].cut = true;
    take_direct(take, 1);
    expect_states(take, LEAVES + 1, 110, DF_WINDOW_HELD);
    expect_states(take, 110, FRAMES, then[k]);
    expect_still(take, 110, FRAMES, window_at(take, 110, DF_LEFT));
    if (k == DF_ABSENT_FREEZE)
      assert_true(same_box(window_at(take, 110, DF_LEFT), window_at(take, 109, DF_LEFT)));
    free(take);
  }
}

static void a_frozen_seat_repeats_the_window_of_the_last_frame_that_was_not(void **state)
{
  (void)state;
  struct take *take = leaving(0, DF_ABSENT_FREEZE, corner, FRAMES);
  take_direct(take, 1);
  int frozen = 0;
  for (int i = 1; i < FRAMES; i++) {
    if (shot_at(take, i, DF_LEFT).state != DF_WINDOW_FROZEN)
      continue;
    frozen++;
    assert_true(same_box(window_at(take, i, DF_LEFT), window_at(take, i - 1, DF_LEFT)));
  }
  assert_true(frozen > 180);
  free(take);
}

static void a_blurred_seat_gives_way_to_nobody_and_ends_at_once(void **state)
{
  (void)state;
  struct take *take = leaving(1.5, DF_ABSENT_BLUR, (struct df_box){0}, 300);
  for (int i = 0; i < FRAMES; i++) /* to where the person was held */
    take_see(take, i, DF_RIGHT, face_at(fmaxf(1700 - 8 * (float)i, 800), 500, 160));
  take_direct(take, 1);
  int blurred = 0;
  for (int i = LEAVES; i < 300; i++) {
    enum df_window_state at = shot_at(take, i, DF_LEFT).state;
    assert_true(at == DF_WINDOW_HELD || at == DF_WINDOW_INTERPOLATED || at == DF_WINDOW_BLURRED);
    blurred += at == DF_WINDOW_BLURRED;
    if (at == DF_WINDOW_BLURRED)
      assert_true(window_at(take, i, DF_LEFT).h == 1080);
  }
  assert_true(blurred > 130);
  expect_never_the_other(take, DF_LEFT);
  expect_states(take, 300, FRAMES, DF_WINDOW_SEEN);
  assert_float_equal(window_at(take, 300, DF_LEFT).h, 500, 25);
  free(take);
}

static void with_nobody_both_seats_are_wide_and_centred(void **state)
{
  (void)state;
  for (int k = 0; k < DF_ABSENT_POLICIES; k++) {
    struct take *take = take_create(1, 60, 30);
    take->options.absent = (enum df_absent_policy)k;
    take_direct(take, 1);
    for (int i = 0; i < 60; i++)
      for (enum df_seat s = 0; s < DF_SEATS; s++) {
        struct df_box w = window_at(take, i, s);
        assert_int_equal(shot_at(take, i, s).state, DF_WINDOW_WIDE);
        assert_true(w.x == 480 && w.y == 0 && w.w == 960 && w.h == 1080);
      }
    free(take);
  }
}

static void a_seat_that_never_had_a_person_shows_the_picture_without_the_other(void **state)
{
  (void)state;
  uint32_t seed = 2;
  struct take *take = take_create(1, 300, 30);
  for (int i = 0; i < 300; i++)
    take_see(take, i, DF_RIGHT, jittered(face_at(960, 400, 150), 0.02f, &seed));
  take_direct(take, 1);
  expect_states(take, 0, 300, DF_WINDOW_WIDE);
  expect_never_the_other(take, DF_LEFT);
  expect_still(take, 0, 300, window_at(take, 0, DF_LEFT));
  assert_true(window_at(take, 0, DF_LEFT).h > 0.35f * 1080);
  free(take);
}

static void where_nothing_is_free_it_freezes_what_was_shown_or_is_black(void **state)
{
  (void)state;
  struct take *take = leaving(1, DF_ABSENT_WIDE, (struct df_box){0}, FRAMES);
  for (int i = 0; i < FRAMES; i++)
    take_see(take, i, DF_RIGHT, (struct df_box){300, 20, 1320, 1040});
  take_direct(take, 1);
  expect_states(take, LEAVES + 1, FRAMES, DF_WINDOW_FROZEN);
  expect_still(take, LEAVES, FRAMES, window_at(take, LEAVES - 1, DF_LEFT));
  for (int i = 0; i < FRAMES; i++)
    take->scenes[i].seen[DF_LEFT] = false;
  take_direct(take, 1);
  expect_states(take, 0, FRAMES, DF_WINDOW_BLACK);
  free(take);
}

static void a_held_window_steps_aside_for_the_other(void **state)
{
  (void)state;
  static const double lookaheads[] = {0, 0.3, 1.5};
  for (int k = 0; k < 3; k++) {
    struct take *take = leaving(lookaheads[k], DF_ABSENT_HOLD, (struct df_box){0}, FRAMES);
    for (int i = 0; i < FRAMES; i++) {
      float x = fmaxf(1500 - 4 * (float)i, 820);
      take_see(take, i, DF_RIGHT, face_at(x, 500, 120));
    }
    take_direct(take, 1);
    expect_never_the_other(take, DF_LEFT);
    expect_states(take, LEAVES + 16, FRAMES, DF_WINDOW_HELD);
    assert_true(window_at(take, FRAMES - 1, DF_LEFT).x < window_at(take, LEAVES, DF_LEFT).x - 20);
    if (lookaheads[k] > 1)
      assert_true(hardest_push(take, DF_LEFT, 0, FRAMES) < 3);
    free(take);
  }
}

static void another_who_walks_across_is_never_shown(void **state)
{
  (void)state;
  static const double lookaheads[] = {0, 0.1, 0.5, 1.5};
  for (int k = 0; k < 4 * DF_ABSENT_POLICIES; k++) {
    struct take *take =
        leaving(lookaheads[k % 4], (enum df_absent_policy)(k / 4), (struct df_box){0}, FRAMES);
    for (int i = 0; i < FRAMES; i++)
      take_see(take, i, DF_RIGHT, face_at(1800 - 5 * (float)i, 480, 200));
    take_direct(take, 1);
    expect_never_the_other(take, DF_LEFT);
    free(take);
  }
}

static void a_free_part_does_not_follow_the_others_every_move(void **state)
{
  (void)state;
  struct take *take = take_create(1.5, 900, 30);
  for (int i = 0; i < 900; i++)
    take_see(take, i, DF_RIGHT, face_at((float)(1300 + 40 * sin(i * 0.05)), 480, 200));
  take_direct(take, 1);
  for (int i = 60; i < 900; i++)
    assert_true(same_box(window_at(take, i, DF_LEFT), window_at(take, 899, DF_LEFT)));
  expect_never_the_other(take, DF_LEFT);
  free(take);
}

static void who_returns_to_the_held_place_is_met_without_a_move(void **state)
{
  (void)state;
  static const double lookaheads[] = {0, 1.5};
  for (int k = 0; k < 2; k++) {
    struct take *take = leaving(lookaheads[k], DF_ABSENT_HOLD, corner, 200);
    take_direct(take, 1);
    expect_states(take, 200, FRAMES, DF_WINDOW_SEEN);
    assert_true(hardest_push(take, DF_LEFT, 0, FRAMES) < 0.3f);
    free(take);
  }
}

static void with_look_ahead_the_window_goes_to_meet_who_returns(void **state)
{
  (void)state;
  for (int bound = 0; bound <= 36; bound += 36) {
    struct take *take = leaving(1.5, DF_ABSENT_WIDE, corner, 300);
    take->options.lookahead_frames = bound;
    take_direct(take, 1);
    expect_states(take, 200, 300, DF_WINDOW_WIDE);
    expect_states(take, 300, FRAMES, DF_WINDOW_SEEN);
    assert_true(hardest_push(take, DF_LEFT, 0, FRAMES) < 3);
    assert_true(
        box_inside(take->scenes[300].face[DF_LEFT], safe_area(window_at(take, 300, DF_LEFT))));
    assert_true(window_at(take, 300, DF_LEFT).h < 950);
    assert_float_equal(window_at(take, FRAMES - 1, DF_LEFT).h, 500, 25);
    assert_float_equal(window_at(take, 250, DF_LEFT).h, 1080, 0);
    free(take);
  }
}

static void a_held_window_waits_for_who_is_known_to_return_soon(void **state)
{
  (void)state;
  struct take *take = leaving(100, DF_ABSENT_WIDE, corner, 200);
  take_direct(take, 1);
  expect_states(take, LEAVES, 200, DF_WINDOW_HELD);
  for (int i = LEAVES; i < 200; i++)
    assert_float_equal(window_at(take, i, DF_LEFT).h, 500, 10);
  assert_true(hardest_push(take, DF_LEFT, 0, FRAMES) < 0.3f);
  free(take);
}

static void who_returns_far_away_is_shown_at_once_without_a_drag(void **state)
{
  (void)state;
  for (int k = 0; k < 2; k++) {
    struct take *take = leaving(k * 1.5, DF_ABSENT_HOLD, corner, FRAMES);
    for (int i = 200; i < FRAMES; i++)
      take_see(take, i, DF_LEFT, face_at(1500, 400, 160));
    take_direct(take, 1);
    expect_still(take, LEAVES, 200, window_at(take, LEAVES, DF_LEFT));
    expect_still(take, 200, FRAMES, window_at(take, 200, DF_LEFT));
    assert_true(
        box_inside(take->scenes[200].face[DF_LEFT], safe_area(window_at(take, 200, DF_LEFT))));
    free(take);
  }
}

static void a_person_missed_at_the_start_of_a_shot_is_framed_from_its_first_frame(void **state)
{
  (void)state;
  struct take *take = leaving(1.5, DF_ABSENT_WIDE, corner, LEAVES);
  take->scenes[100].cut = true;
  for (int i = 100; i < 108; i++)
    take->scenes[i].seen[DF_LEFT] = false;
  take_direct(take, 1);
  expect_states(take, 100, 108, DF_WINDOW_INTERPOLATED);
  expect_still(take, 100, FRAMES, window_at(take, 100, DF_LEFT));
  assert_float_equal(window_at(take, 100, DF_LEFT).h, 500, 10);
  free(take);
}

/* A wide seat whose window stands at x, half as high as the picture, and the other's face. */
static struct df_stand next_of(struct df_absent *absent, float x, double t, struct df_box other)
{
  struct take *take = take_create(0, 0, 30);
  struct df_framing framing;
  df_framing_init(&framing, &take->options, DF_LEFT);
  free(take);
  struct df_stand stand = {DF_WINDOW_WIDE, {x, 540, 540}, true, false};
  struct df_absent_view view = {t, 100, true, false, true, true, {other, other, other}};
  return df_absent_next(absent, &framing, &stand, &view);
}

static void a_window_glides_unless_the_others_face_is_on_the_way(void **state)
{
  (void)state;
  struct df_absent absent = {DF_ABSENT_WIDE, 2, -1};
  struct df_stand next = next_of(&absent, 300, 0, (struct df_box){500, 300, 200, 400});
  assert_true(next.jump); /* only the right side is large enough */
  assert_true(next.pose.x > 700);
  next = next_of(&absent, 900, 0, (struct df_box){1100, 300, 200, 400});
  assert_false(next.jump);
  assert_true(next.pose.x < 900);
  assert_int_equal(next.state, DF_WINDOW_WIDE);
}

static void more_room_is_taken_once_it_has_been_there_for_a_while(void **state)
{
  (void)state;
  struct df_absent absent = {DF_ABSENT_WIDE, 2, -1};
  struct df_box away = {0}, near = {640, 0, 650, 1080};
  assert_float_equal(next_of(&absent, 300, 10.0, away).pose.h, 540, 0);
  assert_float_equal(next_of(&absent, 300, 10.9, away).pose.h, 540, 0);
  assert_float_equal(next_of(&absent, 300, 11.0, near).pose.h, 540, 0); /* no longer: counts anew */
  assert_float_equal(next_of(&absent, 300, 11.1, away).pose.h, 540, 0);
  assert_float_equal(next_of(&absent, 300, 12.0, away).pose.h, 540, 0);
  assert_float_equal(next_of(&absent, 300, 12.2, away).pose.h, 1080, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_policy_holds_for_hold_seconds_then_does_as_it_says),
      cmocka_unit_test(the_way_to_wide_is_a_glide),
      cmocka_unit_test(a_cut_ends_the_holding_on_its_frame),
      cmocka_unit_test(a_frozen_seat_repeats_the_window_of_the_last_frame_that_was_not),
      cmocka_unit_test(a_blurred_seat_gives_way_to_nobody_and_ends_at_once),
      cmocka_unit_test(with_nobody_both_seats_are_wide_and_centred),
      cmocka_unit_test(a_seat_that_never_had_a_person_shows_the_picture_without_the_other),
      cmocka_unit_test(where_nothing_is_free_it_freezes_what_was_shown_or_is_black),
      cmocka_unit_test(a_held_window_steps_aside_for_the_other),
      cmocka_unit_test(another_who_walks_across_is_never_shown),
      cmocka_unit_test(a_free_part_does_not_follow_the_others_every_move),
      cmocka_unit_test(who_returns_to_the_held_place_is_met_without_a_move),
      cmocka_unit_test(with_look_ahead_the_window_goes_to_meet_who_returns),
      cmocka_unit_test(a_held_window_waits_for_who_is_known_to_return_soon),
      cmocka_unit_test(who_returns_far_away_is_shown_at_once_without_a_drag),
      cmocka_unit_test(a_person_missed_at_the_start_of_a_shot_is_framed_from_its_first_frame),
      cmocka_unit_test(a_window_glides_unless_the_others_face_is_on_the_way),
      cmocka_unit_test(more_room_is_taken_once_it_has_been_there_for_a_while),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
