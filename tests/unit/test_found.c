/* Each test is named after the promise of pipeline/found.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pipeline/found.h"

enum { FRAMES = 100 };

/* One person from the first frame on at x = 200, one from frame 50 on at x = 1200; the second is larger at frame 70. */
static size_t faces_of(int n, struct df_face faces[2])
{
  for (int i = 0; i < 2; i++) {
    float x = i == 0 ? 200 : 1200, w = i == 1 && n == 70 ? 150 : 120, h = w * 1.25f;
    faces[i] = (struct df_face){
        .box = {x, 300, w, h},
        .score = 0.9f,
        .points = {{x + 0.3f * w, 300 + 0.4f * h}, {x + 0.7f * w, 300 + 0.4f * h},
            {x + 0.5f * w, 300 + 0.6f * h}, {x + 0.35f * w, 300 + 0.8f * h},
            {x + 0.65f * w, 300 + 0.8f * h}},
    };
  }
  return n < 50 ? 1 : 2;
}

/* Tells an identifier of the frames, and the views of what came of it. `clear`: embeddings can be made. */
static struct df_identifier *watch(struct df_views *views, bool clear)
{
  const struct df_identifier_options options = {
      .picture_width = 1920, .picture_height = 1080, .fps = 25, .settle = 1};
  struct df_identifier *identifier = df_identifier_create(&options);
  assert_non_null(identifier);
  for (int n = 0; n < FRAMES; n++) {
    struct df_face faces[2];
    struct df_tracked tracked[2] = {
        {.track = 1, .born = n == 0, .age = n}, {.track = 2, .born = n == 50, .age = n - 50}};
    struct df_ask asks[DF_ASK_MAX];
    struct df_answer answers[DF_ASK_MAX] = {0};
    struct df_identities identities;
    struct df_tracks_frame frame = {.n = n, .pts = 1000 + 10 * n};
    size_t count = faces_of(n, faces);
    int asked = df_identifier_ask(identifier, n / 25.0, false, faces, tracked, count, asks);
    for (int i = 0; i < asked; i++) {
      answers[i] = (struct df_answer){
          .face = asks[i].face, .track = asks[i].track, .why = asks[i].why, .sharpness = 12};
      answers[i].embedding.dimensions = clear ? 2 : 0;
      answers[i].embedding.values[asks[i].face] = 1;
    }
    assert_int_equal(df_identifier_tell(identifier, answers, (size_t)asked, &identities), 0);
    if (asked > 0)
      df_views_note(views, identifier, n, frame.pts);
    for (size_t i = 0; i < count; i++)
      frame.faces[frame.face_count++] = (struct df_tracks_face){
          .track = tracked[i].track, .person = identities.person[i], .face = faces[i]};
    df_views_see(views, &frame);
  }
  return identifier;
}

static void people_come_in_the_order_of_their_presence(void **state)
{
  (void)state;
  struct df_views views = {0};
  struct df_found found[DF_PEOPLE_MAX];
  struct df_identifier *identifier = watch(&views, true);
  int seats[DF_SEATS] = {1, DF_NOBODY};
  assert_int_equal(df_found_list(&views, identifier, seats, FRAMES / 25.0, found), 2);
  assert_int_equal(found[0].person, 0);
  assert_int_equal(found[1].person, 1);
  assert_int_equal(found[0].seat, DF_SEATS);
  assert_int_equal(found[1].seat, DF_LEFT);
  assert_true(found[0].share > 0.95 && found[0].share <= 1);
  assert_true(found[1].share > 0.45 && found[1].share <= 0.51);
  df_identifier_destroy(&identifier);
}

static void a_view_is_a_frame_that_was_looked_at(void **state)
{
  (void)state;
  struct df_views views = {0};
  struct df_found found[DF_PEOPLE_MAX];
  struct df_identifier *identifier = watch(&views, true);
  int seats[DF_SEATS] = {0, 1};
  assert_int_equal(df_found_list(&views, identifier, seats, FRAMES / 25.0, found), 2);
  for (int i = 0; i < 2; i++) {
    struct df_face faces[2];
    int64_t n = (found[i].view_pts - 1000) / 10;
    assert_true(found[i].viewed);
    assert_in_range(n, i == 0 ? 0 : 50, FRAMES - 1);
    faces_of((int)n, faces);
    assert_memory_equal(&found[i].view, &faces[i].box, sizeof faces[i].box);
  }
  df_identifier_destroy(&identifier);
}

static void who_was_never_looked_at_well_is_shown_as_large_as_can_be(void **state)
{
  (void)state;
  struct df_views views = {0};
  struct df_found found[DF_PEOPLE_MAX];
  struct df_identifier *identifier = watch(&views, false);
  int seats[DF_SEATS] = {DF_NOBODY, DF_NOBODY};
  size_t count = df_found_list(&views, identifier, seats, FRAMES / 25.0, found);
  assert_int_equal(count, 2);
  for (size_t i = 0; i < count; i++) {
    assert_true(found[i].viewed);
    if (found[i].view.x > 960)
      assert_int_equal(found[i].view_pts, 1000 + 10 * 70);
  }
  df_identifier_destroy(&identifier);
}

static void more_people_than_there_is_room_for_do_no_harm(void **state)
{
  (void)state;
  struct df_views views = {0};
  for (int person = 0; person < 3 * DF_PEOPLE_MAX; person++) {
    struct df_tracks_frame frame = {.face_count = 1};
    frame.faces[0].person = person;
    frame.faces[0].face.box = (struct df_box){0, 0, 10 + (float)person, 10};
    df_views_see(&views, &frame);
  }
  assert_int_equal(views.large_count, DF_PEOPLE_MAX);
  for (size_t i = 0; i < views.large_count; i++) /* the largest are kept */
    assert_true(views.large[i].person >= 2 * DF_PEOPLE_MAX);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(people_come_in_the_order_of_their_presence),
      cmocka_unit_test(a_view_is_a_frame_that_was_looked_at),
      cmocka_unit_test(who_was_never_looked_at_well_is_shown_as_large_as_can_be),
      cmocka_unit_test(more_people_than_there_is_room_for_do_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
