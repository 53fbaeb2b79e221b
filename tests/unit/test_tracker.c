/* Each test is named after the promise of tracker.h that it checks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "track/tracker.h"

enum { MANY = 60 };

static struct df_face face_at(float x, float y, float score)
{
  return (struct df_face){.box = {x, y, 40, 50}, .score = score};
}

static struct df_tracked update_one(struct df_tracker *tracker, struct df_face face)
{
  struct df_tracked tracked;
  assert_int_equal(df_tracker_update(tracker, &face, 1, &tracked), 0);
  return tracked;
}

static void update_none(struct df_tracker *tracker, int frames)
{
  for (int i = 0; i < frames; i++)
    assert_int_equal(df_tracker_update(tracker, NULL, 0, NULL), 0);
}

static void a_moving_face_keeps_its_track(void **state)
{
  (void)state;
  struct df_tracker *tracker = df_tracker_create(NULL);
  for (int i = 0; i < 100; i++) {
    struct df_tracked tracked = update_one(tracker, face_at(10 + 6.0f * (float)i, 20, 0.9f));
    assert_int_equal(tracked.track, 1);
    assert_int_equal(tracked.born, i == 0);
    assert_false(tracked.returned);
    assert_int_equal(tracked.age, i);
  }
  df_tracker_destroy(&tracker);
  assert_null(tracker);
}

static void a_new_track_is_reported_from_its_second_frame(void **state)
{
  (void)state;
  struct df_tracker *tracker = df_tracker_create(NULL);
  update_none(tracker, 3);
  assert_int_equal(update_one(tracker, face_at(10, 20, 0.9f)).track, 0);
  struct df_tracked tracked = update_one(tracker, face_at(11, 20, 0.9f));
  assert_true(tracked.track > 0);
  assert_true(tracked.born);
  assert_int_equal(tracked.age, 1);
  assert_false(update_one(tracker, face_at(12, 20, 0.9f)).born);
  df_tracker_destroy(&tracker);
}

static void or_at_once_where_wanted(void **state)
{
  (void)state;
  struct df_tracker *tracker =
      df_tracker_create(&(struct df_tracker_options){.confirm_at_once = true});
  update_none(tracker, 3);
  struct df_tracked tracked = update_one(tracker, face_at(10, 20, 0.9f));
  assert_true(tracked.track > 0);
  assert_true(tracked.born);
  df_tracker_destroy(&tracker);
}

static void a_false_alarm_of_one_frame_is_never_reported(void **state)
{
  (void)state;
  struct df_tracker *tracker = df_tracker_create(NULL);
  update_none(tracker, 2);
  assert_int_equal(update_one(tracker, face_at(10, 20, 0.9f)).track, 0);
  update_none(tracker, 1);
  assert_int_equal(update_one(tracker, face_at(10, 20, 0.9f)).track, 0);
  df_tracker_destroy(&tracker);
}

static void a_low_score_goes_on_with_a_track_but_begins_none(void **state)
{
  (void)state;
  struct df_tracker *tracker = df_tracker_create(NULL);
  for (int i = 0; i < 5; i++)
    assert_int_equal(update_one(tracker, face_at(10, 20, 0.3f)).track, 0);
  for (int i = 0; i < 3; i++)
    update_one(tracker, face_at(10, 20, 0.9f));
  struct df_tracked tracked = update_one(tracker, face_at(10, 20, 0.3f));
  assert_true(tracked.track > 0);
  assert_false(tracked.returned);
  assert_int_equal(update_one(tracker, face_at(10, 20, 0.05f)).track, 0);
  df_tracker_destroy(&tracker);
}

static void a_lost_track_returns_within_the_buffer(void **state)
{
  (void)state;
  struct df_tracker *tracker = df_tracker_create(&(struct df_tracker_options){.lost_frames = 10});
  int id = 0;
  for (int i = 0; i < 5; i++)
    id = update_one(tracker, face_at(10, 20, 0.9f)).track;
  update_none(tracker, 9);
  assert_int_equal(
      update_one(tracker, face_at(10, 20, 0.3f)).track, 0); /* lost ones need a high score */
  struct df_tracked tracked = update_one(tracker, face_at(10, 20, 0.9f));
  assert_int_equal(tracked.track, id);
  assert_true(tracked.returned);
  assert_false(tracked.born);
  assert_false(update_one(tracker, face_at(10, 20, 0.9f)).returned);
  update_none(tracker, 11);
  update_one(tracker, face_at(10, 20, 0.9f));
  tracked = update_one(tracker, face_at(10, 20, 0.9f));
  assert_true(tracked.track > id);
  assert_true(tracked.born);
  df_tracker_destroy(&tracker);
}

static void crossing_faces_go_on_by_their_motion(void **state)
{
  (void)state;
  struct df_tracker *tracker = df_tracker_create(NULL);
  struct df_tracked first[2], tracked[2];
  for (int i = 0; i <= 60; i++) {
    struct df_face faces[2] = {
        face_at(5.0f * (float)i, 20, 0.9f), face_at(300 - 5.0f * (float)i, 45, 0.9f)};
    assert_int_equal(df_tracker_update(tracker, faces, 2, tracked), 0);
    if (i == 0)
      memcpy(first, tracked, sizeof first);
    assert_int_equal(tracked[0].track, first[0].track);
    assert_int_equal(tracked[1].track, first[1].track);
  }
  df_tracker_destroy(&tracker);
}

static void a_cut_ends_every_track_and_ids_go_on(void **state)
{
  (void)state;
  struct df_tracker *tracker = df_tracker_create(NULL);
  struct df_tracked tracked = {0};
  for (int i = 0; i < 5; i++)
    tracked = update_one(tracker, face_at(10, 20, 0.9f));
  int before = tracked.track;
  df_tracker_cut(tracker);
  tracked = update_one(tracker, face_at(10, 20, 0.9f));
  assert_true(tracked.track > before);
  assert_true(tracked.born);
  assert_false(tracked.returned);
  df_tracker_destroy(&tracker);
}

static void one_face_seen_twice_stays_one_track(void **state)
{
  (void)state;
  struct df_tracker *tracker = df_tracker_create(NULL);
  int id = 0;
  for (int i = 0; i < 20; i++)
    id = update_one(tracker, face_at(100, 100, 0.9f)).track;
  for (int i = 0; i < 3; i++) { /* a second box on the same face, then the first one no more */
    struct df_face faces[2] = {face_at(100, 100, 0.9f), face_at(101, 101, 0.8f)};
    struct df_tracked tracked[2];
    assert_int_equal(df_tracker_update(tracker, faces, 2, tracked), 0);
    assert_int_equal(tracked[0].track, id);
  }
  for (int i = 0; i < 3; i++)
    assert_int_equal(update_one(tracker, face_at(101, 101, 0.8f)).track, id);
  df_tracker_destroy(&tracker);
}

static void ignores_faces_that_are_none(void **state)
{
  (void)state;
  struct df_tracker *tracker = df_tracker_create(NULL);
  struct df_face faces[] = {{.box = {NAN, 0, 10, 10}, .score = 0.9f},
      {.box = {0, 0, 0, 10}, .score = 0.9f}, {.box = {0, 0, 10, -1}, .score = 0.9f},
      {.box = {0, 0, 10, INFINITY}, .score = 0.9f}, {.box = {0, 0, 10, 10}, .score = NAN},
      {.box = {0, 0, 10, 10}, .score = 0.9f}, {.box = {3e38f, 3e38f, 3e38f, 3e38f}, .score = 0.9f}};
  struct df_tracked tracked[7];
  for (int frame = 0; frame < 5; frame++) {
    assert_int_equal(df_tracker_update(tracker, faces, 7, tracked), 0);
    for (int i = 0; i < 5; i++)
      assert_int_equal(tracked[i].track, 0);
    assert_int_equal(tracked[5].track, 1);
    assert_int_equal(tracked[6].track, 2);
  }
  df_tracker_destroy(&tracker);
}

static uint32_t random_state;

static float uniform(void)
{
  random_state = random_state * 1664525u + 1013904223u;
  return (float)(random_state >> 8) / (float)(1 << 24);
}

static void run_crowd(int *ids)
{
  struct df_tracker *tracker = df_tracker_create(NULL);
  random_state = 5;
  for (int frame = 0; frame < 100; frame++) {
    struct df_face faces[MANY];
    struct df_tracked tracked[MANY];
    for (int i = 0; i < MANY; i++)
      faces[i] = face_at(
          (float)(i % 10) * 60 + uniform() * 12, (float)(i / 10) * 70 + uniform() * 12, uniform());
    assert_int_equal(df_tracker_update(tracker, faces, MANY, tracked), 0);
    for (int i = 0; i < MANY; i++) {
      ids[frame * MANY + i] = tracked[i].track;
      for (int j = 0; j < i; j++)
        assert_true(tracked[i].track == 0 || tracked[i].track != tracked[j].track);
    }
  }
  df_tracker_destroy(&tracker);
}

static void same_faces_in_same_tracks_out(void **state)
{
  (void)state;
  static int once[100 * MANY], again[100 * MANY];
  run_crowd(once);
  run_crowd(again);
  assert_memory_equal(once, again, sizeof once);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_moving_face_keeps_its_track),
      cmocka_unit_test(a_new_track_is_reported_from_its_second_frame),
      cmocka_unit_test(or_at_once_where_wanted),
      cmocka_unit_test(a_false_alarm_of_one_frame_is_never_reported),
      cmocka_unit_test(a_low_score_goes_on_with_a_track_but_begins_none),
      cmocka_unit_test(a_lost_track_returns_within_the_buffer),
      cmocka_unit_test(crossing_faces_go_on_by_their_motion),
      cmocka_unit_test(a_cut_ends_every_track_and_ids_go_on),
      cmocka_unit_test(one_face_seen_twice_stays_one_track),
      cmocka_unit_test(ignores_faces_that_are_none),
      cmocka_unit_test(same_faces_in_same_tracks_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
