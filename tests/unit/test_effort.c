/* Each test is named after the promise of effort.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "vision/effort.h"

static const float scales[DF_EFFORT_LEVELS] = {1.0f / 3, 0.2666f, 0.1777f, 0.1481f, 0.1166f};

static struct df_effort begin(void)
{
  struct df_effort effort;
  df_effort_init(&effort, scales, 0.6f);
  return effort;
}

/* Shows faces of these heights for some pictures; returns how many were looked at closely. */
static int show(struct df_effort *effort, int pictures, float first, float second, int *ret_last)
{
  int close = 0, level = 0;
  for (int i = 0; i < pictures; i++) {
    struct df_face faces[2] = {{.box = {0, 0, first, first}, .score = 0.9f},
        {.box = {0, 0, second, second}, .score = 0.9f}};
    level = df_effort_next(effort, 0.02f);
    close += level == 0;
    df_effort_learn(effort, faces, second > 0 ? 2 : first > 0);
  }
  *ret_last = level;
  return close;
}

static void begins_closely_and_looks_less_at_large_faces(void **state)
{
  (void)state;
  struct df_effort effort = begin();
  int last;
  assert_int_equal(show(&effort, 10, 280, 290, &last), 10);
  assert_in_range(show(&effort, 150, 280, 290, &last), 3, 10);
}

static void small_faces_are_always_looked_at_closely(void **state)
{
  (void)state;
  struct df_effort effort = begin();
  int last;
  assert_int_equal(show(&effort, 100, 280, 60, &last), 100);
}

static void middling_faces_take_the_level_between(void **state)
{
  (void)state;
  struct df_effort effort = begin();
  int last;
  show(&effort, 24, 100, 110, &last);
  assert_int_equal(last, 1);
}

static void nobody_at_all_is_looked_for_closely(void **state)
{
  (void)state;
  struct df_effort effort = begin();
  int last;
  assert_int_equal(show(&effort, 50, 0, 0, &last), 50);
}

static void a_face_that_is_missed_is_looked_for_closely(void **state)
{
  (void)state;
  struct df_effort effort = begin();
  int last;
  show(&effort, 40, 280, 290, &last);
  show(&effort, 1, 280, 0, &last);
  assert_int_equal(show(&effort, 5, 280, 290, &last), 5);
}

static void while_somebody_is_away_it_looks_closely_more_often(void **state)
{
  (void)state;
  struct df_effort effort = begin();
  int last, alone, usual;
  show(&effort, 150, 280, 290, &last);
  usual = show(&effort, 240, 280, 290, &last);
  alone = show(&effort, 240, 280, 0, &last);
  assert_true(alone >= 3 * usual);
  show(&effort, 1000, 280, 0, &last); /* not for ever */
  assert_in_range(show(&effort, 240, 280, 0, &last), 1, usual + 1);
  alone = show(&effort, 240, 280, 290, &last);
  assert_in_range(alone, 1, usual + 1);
}

static void another_shot_is_looked_at_closely_from_its_first_picture(void **state)
{
  (void)state;
  struct df_effort effort = begin();
  int last;
  show(&effort, 40, 280, 290, &last);
  assert_int_equal(df_effort_next(&effort, 0.8f), 0);
}

static void doubtful_faces_do_not_count(void **state)
{
  (void)state;
  struct df_effort effort = begin();
  struct df_face faces[2] = {
      {.box = {0, 0, 280, 280}, .score = 0.9f}, {.box = {0, 0, 20, 20}, .score = 0.3f}};
  int level = 0;
  for (int i = 0; i < 24; i++) {
    level = df_effort_next(&effort, 0);
    df_effort_learn(&effort, faces, 2);
  }
  assert_int_equal(level, DF_EFFORT_LEVELS - 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(begins_closely_and_looks_less_at_large_faces),
      cmocka_unit_test(small_faces_are_always_looked_at_closely),
      cmocka_unit_test(middling_faces_take_the_level_between),
      cmocka_unit_test(nobody_at_all_is_looked_for_closely),
      cmocka_unit_test(a_face_that_is_missed_is_looked_for_closely),
      cmocka_unit_test(while_somebody_is_away_it_looks_closely_more_often),
      cmocka_unit_test(another_shot_is_looked_at_closely_from_its_first_picture),
      cmocka_unit_test(doubtful_faces_do_not_count),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
