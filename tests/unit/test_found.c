/* Each test is named after the promise of pipeline/found.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pipeline/found.h"

enum { FRAMES = 100 };

/* A frontal face, or with its nose beside its eyes one from the side. */
static struct df_face face_at(float x, float w, bool frontal)
{
  float h = w * 1.25f, nose = frontal ? 0.5f : 0.95f;
  return (struct df_face){
      .box = {x, 300, w, h},
      .score = 0.9f,
      .points = {{x + 0.3f * w, 300 + 0.4f * h}, {x + 0.7f * w, 300 + 0.4f * h},
          {x + nose * w, 300 + 0.6f * h}, {x + 0.35f * w, 300 + 0.8f * h},
          {x + 0.65f * w, 300 + 0.8f * h}},
  };
}

/* At 25 a second: person 0 always, person 3 from frame 50 on and a little larger at 70, where from the side. */
static struct df_tracks_frame frame_of(int n)
{
  struct df_tracks_frame frame = {.n = n, .pts = 1000 + 10 * n, .t = n / 25.0};
  frame.faces[frame.face_count++] = (struct df_tracks_face){
      .track = 1, .person = 0, .face = face_at(200, n == 40 ? 150 : 120, true)};
  if (n >= 50)
    frame.faces[frame.face_count++] = (struct df_tracks_face){
        .track = 2, .person = 3, .face = face_at(1200, n == 70 ? 130 : 120, n != 70)};
  frame.faces[frame.face_count++] =
      (struct df_tracks_face){.person = DF_NOBODY, .face = face_at(700, 300, true)};
  return frame;
}

static struct df_census census_of_all(void)
{
  struct df_census census = {.frame_seconds = 0.04, .picture_width = 1920, .picture_height = 1080};
  for (int n = 0; n < FRAMES; n++) {
    struct df_tracks_frame frame = frame_of(n);
    df_census_see(&census, &frame);
  }
  return census;
}

static void people_come_in_the_order_of_how_long_they_were_seen(void **state)
{
  (void)state;
  struct df_census census = census_of_all();
  struct df_found found[DF_FOUND_MAX];
  assert_int_equal(df_census_list(&census, (const int[]){3, DF_NOBODY}, found), 2);
  assert_int_equal(found[0].person, 0);
  assert_int_equal(found[0].seat, DF_SEATS);
  assert_float_equal(found[0].seconds, 4, 1e-9);
  assert_float_equal(found[0].share, 1, 1e-9);
  assert_int_equal(found[1].person, 3);
  assert_int_equal(found[1].seat, DF_LEFT);
  assert_float_equal(found[1].seconds, 2, 1e-9);
  assert_float_equal(found[1].share, 0.5, 1e-9);
  assert_float_equal(found[1].first_t, 2, 1e-9);
}

static void a_view_is_of_a_large_face_that_can_be_recognised(void **state)
{
  (void)state;
  struct df_census census = census_of_all();
  struct df_found found[DF_FOUND_MAX];
  struct df_face large = face_at(200, 150, true);
  df_census_list(&census, (const int[]){0, 3}, found);
  assert_int_equal(found[0].view_pts, 1400); /* where it was largest */
  assert_float_equal(found[0].view_t, 1.6, 1e-9);
  assert_memory_equal(&found[0].view, &large.box, sizeof large.box);
  assert_int_equal(
      found[1].view_pts, 1500); /* not where it was a little larger, but from the side */
}

static void a_pause_counts_as_one_frame(void **state)
{
  (void)state;
  struct df_census census = {.frame_seconds = 0.04, .picture_width = 1920, .picture_height = 1080};
  struct df_found found[DF_FOUND_MAX];
  struct df_tracks_frame frame = frame_of(0);
  df_census_see(&census, &frame);
  frame.t = 100;
  df_census_see(&census, &frame);
  df_census_list(&census, (const int[]){0, 3}, found);
  assert_float_equal(found[0].seconds, 0.54, 1e-9);
}

static void of_too_many_people_those_are_kept_who_were_seen_longest(void **state)
{
  (void)state;
  struct df_census census = {.frame_seconds = 0.04, .picture_width = 1920, .picture_height = 1080};
  struct df_found found[DF_FOUND_MAX];
  for (int n = 0; n < 500; n++) {
    struct df_tracks_frame frame = frame_of(0);
    frame.t = n / 25.0;
    frame.faces[frame.face_count++] =
        (struct df_tracks_face){.person = 10 + n, .face = face_at(900, 90, true)};
    df_census_see(&census, &frame);
  }
  assert_int_equal(df_census_list(&census, (const int[]){0, 3}, found), DF_FOUND_MAX);
  assert_int_equal(found[0].person, 0);
  assert_float_equal(found[0].seconds, 20, 1e-6);
}

static void who_was_found_is_put_into_words(void **state)
{
  (void)state;
  struct df_result result = {0};
  char text[DF_FOUND_TEXT];
  assert_string_equal(df_found_text(&result, text), "nobody was found");
  assert_false(df_found_has(&result, 0));
  for (int i = 0; i < DF_FOUND_MAX; i++)
    result.found[i].person = 2 * i;
  result.found_count = 3;
  assert_string_equal(df_found_text(&result, text), "found were 1, 3, 5");
  assert_true(df_found_has(&result, 4));
  assert_false(df_found_has(&result, 1));
  result.found_count = DF_FOUND_MAX;
  assert_non_null(strstr(df_found_text(&result, text), " and more"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(people_come_in_the_order_of_how_long_they_were_seen),
      cmocka_unit_test(a_view_is_of_a_large_face_that_can_be_recognised),
      cmocka_unit_test(a_pause_counts_as_one_frame),
      cmocka_unit_test(of_too_many_people_those_are_kept_who_were_seen_longest),
      cmocka_unit_test(who_was_found_is_put_into_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
