/* Which pictures are shown again in the place of those that damage took. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "media/stand_in.h"

enum { STEP = 100 };

static int alive;

static void count_out(struct df_picture *picture)
{
  alive--;
  free(picture);
}

static struct df_picture *picture_at(int64_t pts)
{
  struct df_picture *picture = calloc(1, sizeof *picture);
  assert_non_null(picture);
  *picture = (struct df_picture){.references = 1, .pts = pts, .duration = STEP, .release = count_out};
  alive++;
  return picture;
}

/* Takes all that is ready: the times, those of pictures shown again negative. */
static void expect(struct df_stand_in *s, const int64_t *times, size_t count)
{
  struct df_error err = {0};
  struct df_picture *picture = NULL;
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(df_stand_in_pop(s, &picture, &err), 1);
    assert_int_equal(picture->repeated ? -picture->pts : picture->pts, times[i]);
    df_picture_unref(&picture);
  }
  assert_int_equal(df_stand_in_pop(s, &picture, &err), 0);
}
#define EXPECT(s, ...)                                                                             \
  expect(s, (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void end(struct df_stand_in *s)
{
  df_stand_in_finish(s);
  assert_int_equal(alive, 0);
}

static void a_gap_after_damage_is_filled(void **state)
{
  (void)state;
  struct df_stand_in s = {.step = STEP};
  df_stand_in_push(&s, picture_at(100), 0);
  EXPECT(&s, 100);
  df_stand_in_push(&s, picture_at(200), 1);
  EXPECT(&s, 200);
  df_stand_in_push(&s, picture_at(600), 1);
  EXPECT(&s, -300, -400, -500, 600);
  df_stand_in_push(&s, picture_at(701), 1);
  EXPECT(&s, 701);
  end(&s);
}

static void a_gap_without_damage_is_the_videos_own(void **state)
{
  (void)state;
  struct df_stand_in s = {.step = STEP};
  df_stand_in_push(&s, picture_at(100), 0);
  EXPECT(&s, 100);
  df_stand_in_push(&s, picture_at(600), 0);
  EXPECT(&s, 600);
  df_stand_in_push(&s, picture_at(700), 1);
  EXPECT(&s, 700);
  int64_t pts = 700;
  for (int n = 0; n < 60; n++) {
    df_stand_in_push(&s, picture_at(pts += STEP), 1);
    EXPECT(&s, pts);
  }
  df_stand_in_push(&s, picture_at(pts + 500), 1); /* long after */
  EXPECT(&s, pts + 500);
  end(&s);
}

static void a_picture_that_lasts_longer_leaves_no_gap(void **state)
{
  (void)state;
  struct df_stand_in s = {.step = STEP};
  struct df_picture *slow = picture_at(100);
  slow->duration = 5 * STEP;
  df_stand_in_push(&s, slow, 1);
  EXPECT(&s, 100);
  df_stand_in_push(&s, picture_at(600), 1);
  EXPECT(&s, 600);
  end(&s);
}

static void what_is_missing_at_the_end_is_filled_too(void **state)
{
  (void)state;
  struct df_stand_in s = {.step = STEP};
  df_stand_in_end(&s, 500, 1); /* nothing ever came */
  expect(&s, NULL, 0);
  df_stand_in_push(&s, picture_at(100), 1);
  EXPECT(&s, 100);
  df_stand_in_end(&s, 300, 2);
  EXPECT(&s, -200, -300);
  end(&s);
}

static void nobody_waits_for_what_is_far_away(void **state)
{
  (void)state;
  struct df_stand_in s = {.step = STEP};
  df_stand_in_push(&s, picture_at(100), 1);
  EXPECT(&s, 100);
  df_stand_in_push(&s, picture_at(100 + 1000 * STEP), 2);
  EXPECT(&s, 100 + 1000 * STEP);
  end(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_gap_after_damage_is_filled),
      cmocka_unit_test(a_gap_without_damage_is_the_videos_own),
      cmocka_unit_test(a_picture_that_lasts_longer_leaves_no_gap),
      cmocka_unit_test(what_is_missing_at_the_end_is_filled_too),
      cmocka_unit_test(nobody_waits_for_what_is_far_away),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
