/* Each test is named after the promise of eval/halves.h or docs/eval.md that it checks. */
#include "records.h"

#include "eval/eval.h"

static const struct df_half left_side = {.window = {0, 0, 960, 1080}},
                            right_side = {.window = {960, 0, 960, 1080}},
                            whole = {.window = {0, 0, 1920, 1080}},
                            frozen = {.window = {0, 0, 960, 1080}, .state = DF_WINDOW_FROZEN},
                            black = {.state = DF_WINDOW_BLACK};

/* Both people in the middle of their side. */
static void both_are_there(struct df_record *record)
{
  is_at(record, 0, face_at(430, 490));
  is_at(record, 1, face_at(1390, 490));
}

static struct df_half_score score(const struct df_record *record, enum df_seat seat)
{
  struct df_half_score scores[DF_SEATS];
  df_halves_measure(record, scores);
  return scores[seat];
}

static void check_wrong_frames(struct df_record *record, size_t wanted)
{
  const int tile_height[DF_SEATS] = {1080, 1080};
  struct df_evaluation evaluation;
  struct df_error err = {0};
  assert_int_equal(df_evaluate(record, tile_height, &evaluation, &err), 0);
  assert_int_equal(evaluation.wrong_frames, wanted);
}

static void a_half_that_shows_its_person_is_right(void **state)
{
  (void)state;
  struct df_record record = some_record();
  both_are_there(&record);
  frame_with(&record, left_side, right_side);
  both_are_there(&record);
  frame_with(&record, right_side, left_side);
  for (enum df_seat seat = 0; seat < DF_SEATS; seat++) {
    struct df_half_score s = score(&record, seat);
    assert_int_equal(s.asked, 2);
    assert_int_equal(s.right, 1);
    assert_int_equal(s.safe, 1);
    assert_int_equal(s.wrong, 1);
  }
  check_wrong_frames(&record, 1);
  df_record_finish(&record);
}

static void who_is_not_visible_is_not_asked_for(void **state)
{
  (void)state;
  struct df_record record = some_record();
  is_hidden_at(&record, 0, face_at(430, 490));
  frame_with(&record, left_side, right_side);
  assert_int_equal(score(&record, DF_LEFT).asked, 0);
  assert_int_equal(score(&record, DF_RIGHT).asked, 0);
  df_record_finish(&record);
}

static void of_two_in_the_window_the_half_shows_whom_it_found(void **state)
{
  (void)state;
  struct df_record record = some_record();
  struct df_half follows = whole;
  follows.seen = true;
  follows.face = face_at(1380, 500);
  both_are_there(&record);
  frame_with(&record, follows, follows);
  assert_int_equal(score(&record, DF_LEFT).right, 0);
  assert_int_equal(score(&record, DF_RIGHT).right, 1);
  df_record_finish(&record);
}

static void where_nobody_was_found_it_shows_who_is_nearest_to_the_middle(void **state)
{
  (void)state;
  struct df_record record = some_record();
  struct df_half misled = whole;
  misled.seen = true;
  misled.face = face_at(700, 100); /* no face there */
  is_at(&record, 0, face_at(100, 490));
  is_at(&record, 1, face_at(1100, 490));
  is_at(&record, 2, face_at(300, 100));
  frame_with(&record, misled, whole);
  assert_int_equal(score(&record, DF_LEFT).right, 0);
  assert_int_equal(score(&record, DF_RIGHT).right, 1);
  df_record_finish(&record);
}

static void a_still_and_black_are_not_right(void **state)
{
  (void)state;
  struct df_record record = some_record();
  both_are_there(&record);
  frame_with(&record, left_side, black);
  both_are_there(&record);
  frame_with(&record, frozen, black);
  assert_int_equal(score(&record, DF_LEFT).right, 1);
  assert_int_equal(score(&record, DF_LEFT).safe, 1);
  assert_int_equal(score(&record, DF_RIGHT).right, 0);
  df_record_finish(&record);
}

static void a_still_shows_the_frame_where_it_began(void **state)
{
  (void)state;
  struct df_record record = some_record();
  both_are_there(&record);
  frame_with(&record, left_side, right_side);
  is_at(&record, 1, face_at(430, 490)); /* walked to where the left half had its person */
  frame_with(&record, frozen, right_side);
  is_at(&record, 1, face_at(430, 490));
  frame_with(&record, left_side, right_side);
  assert_int_equal(score(&record, DF_LEFT).wrong, 1);
  df_record_finish(&record);
}

static void the_other_one_beside_the_own_one_is_not_wrong(void **state)
{
  (void)state;
  struct df_record record = some_record();
  both_are_there(&record);
  frame_with(&record, whole, whole);
  check_wrong_frames(&record, 0);
  df_record_finish(&record);
}

static void less_than_half_of_the_other_ones_face_is_not_wrong(void **state)
{
  (void)state;
  struct df_record record = some_record();
  is_at(&record, 1, face_at(911, 490)); /* 49 of 100 columns in the left half */
  frame_with(&record, left_side, right_side);
  check_wrong_frames(&record, 0);
  is_at(&record, 1, face_at(909, 490));
  frame_with(&record, left_side, right_side);
  check_wrong_frames(&record, 1);
  df_record_finish(&record);
}

static void more_of_the_other_than_of_the_own_face_is_wrong(void **state)
{
  (void)state;
  struct df_record record = some_record();
  is_at(&record, 0, face_at(865, 490)); /* 95 of 100 columns */
  is_at(&record, 1, face_at(430, 490));
  frame_with(&record, left_side, right_side);
  check_wrong_frames(&record, 0);
  is_at(&record, 0, face_at(875, 490)); /* 85 */
  is_at(&record, 1, face_at(430, 490));
  frame_with(&record, left_side, right_side);
  check_wrong_frames(&record, 1);
  df_record_finish(&record);
}

static void the_safe_area_is_the_middle_and_reaches_to_the_pictures_edge(void **state)
{
  (void)state;
  const struct df_half window = {.window = {400, 0, 960, 1080}},
                       edge = {.window = {0, 0, 960, 1080}};
  const struct {
    struct df_half half;
    struct df_box face;
    size_t safe;
  } cases[] = {
      /* 97 and 95 pixels from the window's left, 97 and 95 from its right */
      {window, face_at(497, 500), 1},
      {window, face_at(495, 500), 0},
      {window, face_at(1163, 500), 1},
      {window, face_at(1165, 500), 0},
      /* where the picture ends */
      {window, face_at(700, 0), 1},
      {edge, face_at(0, 500), 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct df_record record = some_record();
    is_at(&record, 0, cases[i].face);
    frame_with(&record, cases[i].half, right_side);
    if (score(&record, DF_LEFT).safe != cases[i].safe)
      fail_msg("case %zu", i);
    df_record_finish(&record);
  }
}

/* The left person is visible in frames 0 and `back`..`gone`, the half shows it from `shown` on. */
static struct df_half_score returning(size_t back, size_t gone, size_t shown, size_t frames)
{
  struct df_record record = some_record();
  for (size_t i = 0; i < frames; i++) {
    if (i == 0 || (i >= back && i <= gone))
      is_at(&record, 0, face_at(430, 490));
    frame_with(&record, i == 0 || i >= shown ? left_side : right_side, right_side);
  }
  struct df_half_score result = score(&record, DF_LEFT);
  df_record_finish(&record);
  return result;
}

static void a_return_waits_until_the_half_is_right(void **state)
{
  (void)state;
  struct df_half_score s = returning(20, 100, 26, 60);
  assert_int_equal(s.returns, 1);
  assert_int_equal(s.missed, 0);
  assert_near(s.worst, 6.0 / 30);
  assert_near(s.delay, 6.0 / 30);
}

static void a_return_that_is_seen_at_once_waits_for_nothing(void **state)
{
  (void)state;
  struct df_half_score s = returning(20, 100, 20, 60);
  assert_int_equal(s.returns, 1);
  assert_near(s.worst, 0);
}

static void a_short_absence_is_no_return(void **state)
{
  (void)state;
  assert_int_equal(returning(14, 100, 20, 60).returns, 0);
  assert_int_equal(returning(16, 100, 20, 60).returns, 1);
}

static void a_return_that_ends_first_is_missed(void **state)
{
  (void)state;
  struct df_half_score s = returning(20, 29, 40, 60);
  assert_int_equal(s.returns, 1);
  assert_int_equal(s.missed, 1);
  assert_near(s.worst, 10.0 / 30);
  s = returning(20, 100, 100, 60); /* the video ends */
  assert_int_equal(s.missed, 1);
  assert_near(s.worst, 39.0 / 30);
}

static void a_half_without_a_person_is_never_asked(void **state)
{
  (void)state;
  struct df_record record = some_record();
  record.seat_id[DF_RIGHT] = DF_NO_ID;
  both_are_there(&record);
  frame_with(&record, left_side, left_side);
  assert_int_equal(score(&record, DF_RIGHT).asked, 0);
  assert_int_equal(score(&record, DF_RIGHT).wrong, 1);
  assert_int_equal(score(&record, DF_LEFT).wrong, 0);
  df_record_finish(&record);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_half_that_shows_its_person_is_right),
      cmocka_unit_test(who_is_not_visible_is_not_asked_for),
      cmocka_unit_test(of_two_in_the_window_the_half_shows_whom_it_found),
      cmocka_unit_test(where_nobody_was_found_it_shows_who_is_nearest_to_the_middle),
      cmocka_unit_test(a_still_and_black_are_not_right),
      cmocka_unit_test(a_still_shows_the_frame_where_it_began),
      cmocka_unit_test(the_other_one_beside_the_own_one_is_not_wrong),
      cmocka_unit_test(less_than_half_of_the_other_ones_face_is_not_wrong),
      cmocka_unit_test(more_of_the_other_than_of_the_own_face_is_wrong),
      cmocka_unit_test(the_safe_area_is_the_middle_and_reaches_to_the_pictures_edge),
      cmocka_unit_test(a_return_waits_until_the_half_is_right),
      cmocka_unit_test(a_return_that_is_seen_at_once_waits_for_nothing),
      cmocka_unit_test(a_short_absence_is_no_return),
      cmocka_unit_test(a_return_that_ends_first_is_missed),
      cmocka_unit_test(a_half_without_a_person_is_never_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
