/* Each test is named after the promise of eval/motion.h or docs/eval.md that it checks. */
#include "records.h"

#include "eval/motion.h"

enum { FRAMES = 90 };

static const struct df_half right_side = {.window = {960, 0, 960, 1080}};

/* A frame whose left half's window is half as high as its tile and begins at x. */
static struct df_record_frame *window_at(struct df_record *record, float x)
{
  return frame_with(record, (struct df_half){.window = {x, 200, 480, 540}}, right_side);
}

static struct df_motion motion_of(struct df_record *record)
{
  const int tile_height[DF_SEATS] = {1080, 1080};
  struct df_error err = {0};
  struct df_motion motion;
  assert_int_equal(df_motion_measure(record, tile_height, &motion, &err), 0);
  df_record_finish(record);
  return motion;
}

/* A window's x at each frame: constant acceleration of half a picture pixel, one output pixel, a frame^2. */
static float parabola(int i)
{
  return 0.25f * (float)(i * i);
}

static void acceleration_is_in_output_pixels(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < 60; i++)
    window_at(&record, parabola(i));
  struct df_motion motion = motion_of(&record);
  assert_int_equal(motion.acceleration.count, 2 * 58);
  assert_near(motion.acceleration.mean, 0.5); /* the right half rests */
  assert_near(motion.acceleration.high, 1);
  assert_near(motion.jitter.mean, 0);
  assert_int_equal(motion.false_jumps, 0);
}

static void acceleration_is_as_at_thirty_frames_a_second(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < 60; i++)
    window_at(&record, parabola(i))->t = i / 60.0;
  assert_near(motion_of(&record).acceleration.high, 4);
}

static void zooming_is_motion_too(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < FRAMES; i++) {
    float side = 540 + (i % 2 ? 1.0f : 0.0f);
    frame_with(&record, (struct df_half){.window = {0, 0, 540, side}}, right_side);
  }
  struct df_motion motion = motion_of(&record);
  assert_true(motion.acceleration.high > 3.9 && motion.acceleration.high < 4.1);
  assert_true(motion.jitter.high > 3.9);
}

static void jitter_is_what_turns_back(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < FRAMES; i++)
    window_at(&record, i % 2 ? 100 : 101); /* two output pixels to and fro: a change of four */
  struct df_motion motion = motion_of(&record);
  assert_near(motion.jitter.mean, 2);
  assert_near(motion.jitter.high, 4);
}

static void motion_is_counted_by_how_much_it_is(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < 12; i++)
    window_at(&record, i < 6 ? 100 : 100.75f); /* a change of 1.5 output pixels, and back */
  struct df_motion motion = motion_of(&record);
  assert_int_equal(motion.acceleration.count, 2 * 10);
  for (int k = 0; k < DF_SPREAD_LEVELS; k++)
    assert_int_equal(motion.acceleration.over[k], df_spread_levels[k] < 1.5 ? 2 : 0);
}

static void frames_around_a_cut_are_left_out(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < 20; i++)
    window_at(&record, i < 10 ? 100 : 900)->cut = i == 10;
  struct df_motion motion = motion_of(&record);
  assert_int_equal(motion.acceleration.count, 2 * (18 - 4));
  assert_near(motion.acceleration.high, 0);
  assert_int_equal(motion.false_jumps, 0);
}

static void what_a_still_or_black_leads_to_is_no_motion(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < 20; i++)
    window_at(&record, i < 10 ? 100 : 900)->halves[DF_LEFT].state =
        i == 9 ? DF_WINDOW_BLACK : DF_WINDOW_HELD;
  struct df_motion motion = motion_of(&record);
  assert_int_equal(motion.acceleration.count, 18 + 18 - 3);
  assert_near(motion.acceleration.high, 0);
  assert_int_equal(motion.false_jumps, 0);
}

static void motion_counts_as_still_while_the_face_rests_a_second_before_and_after(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < FRAMES; i++) {
    is_at(&record, 0, face_at(i < 20 ? 100 + (float)i : 120 + (i % 2 ? 4.0f : 0.0f), 300));
    window_at(&record, i < 50 ? 100 : 100 + 0.5f * (float)(i - 49));
  }
  struct df_motion motion = motion_of(&record);
  /* In reach of a tenth from frame 14 to the last, 89: it rests from 44 to 59, of which the last 10 move. */
  assert_int_equal(motion.still.count, 16);
  assert_near(motion.still.mean, 10.0 / 16);
  assert_near(motion.still.high, 1);
}

static void a_face_does_not_rest_across_a_cut(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < 85; i++) {
    is_at(&record, 0, face_at(100, 300));
    window_at(&record, 100)->cut = i == 10 || i == 75;
  }
  assert_int_equal(motion_of(&record).still.count, 5); /* 40 to 44 */
}

/* A cut at frame 10 moves the left face; the window goes there at frame `at`. */
static struct df_motion cut_with_jump_at(int at)
{
  struct df_record record = some_record();
  for (int i = 0; i < 20; i++) {
    is_at(&record, 0, face_at(i < 10 ? 300 : 1100, 400));
    window_at(&record, i < at ? 100 : 900)->cut = i == 10;
  }
  return motion_of(&record);
}

static void a_cut_is_met_by_a_jump_on_its_frame(void **state)
{
  (void)state;
  struct df_motion motion = cut_with_jump_at(10);
  assert_int_equal(motion.cuts, 1);
  assert_int_equal(motion.cuts_met, 1);
  assert_int_equal(motion.false_jumps, 0);
  for (int at = 9; at <= 11; at += 2) {
    motion = cut_with_jump_at(at);
    assert_int_equal(motion.cuts, 1);
    assert_int_equal(motion.cuts_met, 0);
    assert_int_equal(motion.false_jumps, 1);
  }
}

static void a_cut_to_the_same_place_asks_for_nothing(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < 20; i++) {
    is_at(&record, 0, face_at(i < 10 ? 300 : 330, 400));
    window_at(&record, 100)->cut = i == 10;
  }
  assert_int_equal(motion_of(&record).cuts, 0);
}

/* The person is last seen at frame 4, and again elsewhere at the cut at frame 10, where the window goes there. */
static struct df_motion cut_back_from(enum df_window_state state)
{
  struct df_record record = some_record();
  for (int i = 0; i < 20; i++) {
    if (i < 5 || i >= 10)
      is_at(&record, 0, face_at(i < 10 ? 300 : 1100, 400));
    struct df_record_frame *frame = window_at(&record, i < 10 ? 100 : 900);
    frame->cut = i == 10;
    if (i < 10)
      frame->halves[DF_LEFT].state = state;
  }
  return motion_of(&record);
}

static void a_cut_back_to_a_person_asks_a_window_that_was_held(void **state)
{
  (void)state;
  struct df_motion motion = cut_back_from(DF_WINDOW_HELD);
  assert_int_equal(motion.cuts, 1);
  assert_int_equal(motion.cuts_met, 1);
  assert_int_equal(cut_back_from(DF_WINDOW_FROZEN).cuts, 0);
}

static void a_glide_is_no_jump_and_a_flash_is_two(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < 20; i++) /* up to 60 pixels, 11 % of the height, a frame, gently */
    window_at(&record, (float)(i < 10 ? 3 * i * i : 270 + 60 * (i - 9)));
  assert_int_equal(motion_of(&record).false_jumps, 0);
  record = some_record();
  for (int i = 0; i < 20; i++)
    window_at(&record, i == 10 ? 500 : 100);
  struct df_motion motion = motion_of(&record);
  assert_int_equal(motion.false_jumps, 2);
  assert_near(motion.seconds, 20.0 / 30);
}

static void where_there_is_nothing_there_is_no_figure(void **state)
{
  (void)state;
  struct df_record record = some_record();
  window_at(&record, 0);
  struct df_motion motion = motion_of(&record);
  assert_true(isnan(motion.acceleration.mean) && isnan(motion.still.high));
  assert_near(motion.seconds, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(acceleration_is_in_output_pixels),
      cmocka_unit_test(acceleration_is_as_at_thirty_frames_a_second),
      cmocka_unit_test(zooming_is_motion_too),
      cmocka_unit_test(jitter_is_what_turns_back),
      cmocka_unit_test(motion_is_counted_by_how_much_it_is),
      cmocka_unit_test(frames_around_a_cut_are_left_out),
      cmocka_unit_test(what_a_still_or_black_leads_to_is_no_motion),
      cmocka_unit_test(motion_counts_as_still_while_the_face_rests_a_second_before_and_after),
      cmocka_unit_test(a_face_does_not_rest_across_a_cut),
      cmocka_unit_test(a_cut_is_met_by_a_jump_on_its_frame),
      cmocka_unit_test(a_cut_to_the_same_place_asks_for_nothing),
      cmocka_unit_test(a_cut_back_to_a_person_asks_a_window_that_was_held),
      cmocka_unit_test(a_glide_is_no_jump_and_a_flash_is_two),
      cmocka_unit_test(where_there_is_nothing_there_is_no_figure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
