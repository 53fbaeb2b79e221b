/* Each test is named after the promise of decider.h that it checks, on made-up observations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/decider.h"

enum { FRAMES = 200, PERIOD = 512 };

static const struct df_decider_options some_options = {
    .director =
        {
            .picture_width = 1920,
            .picture_height = 1080,
            .aspect = {8.0f / 9, 8.0f / 9},
            .tile_height = {1080, 1080},
            .lookahead = 1,
        },
    .identifier = {.picture_width = 1920, .picture_height = 1080, .fps = 25, .settle = 1},
    .time_base = {1, 25 * PERIOD},
    .start_pts = 7,
    .high_score = 0.6f,
};

/* A frontal face of 100x130 whose box begins at x, y. */
static struct df_face face_at(float x, float y, float score)
{
  return (struct df_face){
      .box = {x, y, 100, 130},
      .score = score,
      .points = {{x + 30, y + 50}, {x + 70, y + 50}, {x + 50, y + 75}, {x + 33, y + 100},
          {x + 67, y + 100}},
  };
}

/* Two people who nod a little, a doubtful detection now and then, and a cut at frame 120. */
static struct df_observation observe(int64_t n)
{
  float nod = (float)(n % 5);
  struct df_observation o = {.n = n, .pts = 7 + n * PERIOD, .difference = n == 120 ? 0.9f : 0.02f};
  o.faces[o.face_count++] = face_at(400 + nod, 300, 0.9f);
  o.faces[o.face_count++] = face_at(1400 - nod, 320, 0.85f);
  if (n % 7 == 3)
    o.faces[o.face_count++] = face_at(900, 800, 0.2f);
  return o;
}

/* The people are told apart by which half they are in: two orthogonal embeddings. */
static struct df_answer answer(const struct df_observation *o, const struct df_ask *ask)
{
  struct df_answer a = {.face = ask->face, .track = ask->track, .why = ask->why, .sharpness = 12};
  a.embedding.dimensions = 2;
  a.embedding.values[o->faces[ask->face].box.x < 960 ? 0 : 1] = 1;
  return a;
}

static size_t pop_all(struct df_decider *decider, struct df_tracks_frame *frames, size_t count)
{
  struct df_tracks_frame frame;
  while (df_decider_pop(decider, &frame) == 1)
    frames[count++] = frame;
  return count;
}

/* Runs all observations through a decider; *ret_early is how many came back before the end. */
static struct df_tracks_frame *decide(const struct df_decider_options *options, size_t *ret_early)
{
  struct df_tracks_frame *frames = calloc(FRAMES + 1, sizeof *frames);
  struct df_decider *decider = df_decider_create(options);
  size_t count = 0;
  assert_non_null(frames);
  assert_non_null(decider);
  for (int64_t n = 0; n < FRAMES; n++) {
    struct df_observation o = observe(n);
    struct df_ask asks[DF_ASK_MAX];
    struct df_answer answers[DF_ASK_MAX];
    int asked = df_decider_see(decider, &o, asks);
    assert_in_range(asked, 0, DF_ASK_MAX);
    for (int i = 0; i < asked; i++)
      answers[i] = answer(&o, &asks[i]);
    assert_int_equal(df_decider_answer(decider, answers, (size_t)asked), 0);
    count = pop_all(decider, frames, count);
  }
  *ret_early = count;
  assert_int_equal(df_decider_finish(decider), 0);
  assert_int_equal(pop_all(decider, frames, count), FRAMES);
  df_decider_destroy(&decider);
  assert_null(decider);
  return frames;
}

static void every_frame_comes_back_in_order(void **state)
{
  (void)state;
  size_t early;
  struct df_tracks_frame *frames = decide(&some_options, &early);
  for (int64_t n = 0; n < FRAMES; n++) {
    assert_int_equal(frames[n].n, n);
    assert_int_equal(frames[n].pts, 7 + n * PERIOD);
    assert_true(frames[n].t > (double)n / 25 - 1e-9 && frames[n].t < (double)n / 25 + 1e-9);
  }
  assert_in_range(FRAMES - early, 20, 30); /* a second of look-ahead */
  free(frames);
}

static void without_look_ahead_nothing_is_held_back(void **state)
{
  (void)state;
  struct df_decider_options options = some_options;
  size_t early;
  options.director.lookahead = 0;
  options.identifier.settle = 0;
  free(decide(&options, &early));
  assert_int_equal(early, FRAMES);
}

static void both_people_have_their_seat_from_the_first_frame(void **state)
{
  (void)state;
  size_t early;
  struct df_tracks_frame *frames = decide(&some_options, &early);
  for (int n = 0; n < FRAMES; n++) {
    assert_true(frames[n].seats[DF_LEFT].seen && frames[n].seats[DF_RIGHT].seen);
    assert_true(frames[n].seats[DF_LEFT].face.x < 960);
    assert_true(frames[n].seats[DF_RIGHT].face.x > 960);
    assert_int_equal(frames[n].seats[DF_LEFT].shot.state, DF_WINDOW_SEEN);
  }
  free(frames);
}

/* Runs FRAMES observations made by `observe_one`, answered by `embed`. */
static struct df_tracks_frame *decide_these(const struct df_decider_options *options,
    struct df_observation (*observe_one)(int64_t n),
    struct df_answer (*embed)(const struct df_observation *o, const struct df_ask *ask))
{
  struct df_tracks_frame *frames = calloc(FRAMES + 1, sizeof *frames);
  struct df_decider *decider = df_decider_create(options);
  assert_non_null(frames);
  assert_non_null(decider);
  size_t count = 0;
  for (int64_t n = 0; n < FRAMES; n++) {
    struct df_observation o = observe_one(n);
    struct df_ask asks[DF_ASK_MAX];
    struct df_answer answers[DF_ASK_MAX];
    int asked = df_decider_see(decider, &o, asks);
    for (int i = 0; i < asked; i++)
      answers[i] = embed(&o, &asks[i]);
    assert_int_equal(df_decider_answer(decider, answers, (size_t)asked), 0);
    count = pop_all(decider, frames, count);
  }
  assert_int_equal(df_decider_finish(decider), 0);
  assert_int_equal(pop_all(decider, frames, count), FRAMES);
  df_decider_destroy(&decider);
  return frames;
}

/* The right one is gone from 60 to 99 and comes back on a place of its own. */
static struct df_observation observe_return(int64_t n)
{
  struct df_observation o = observe(n);
  o.difference = 0.02f;
  o.face_count = n >= 60 && n < 100 ? 1 : 2;
  if (n >= 100)
    o.faces[1] = face_at(1100, 500, 0.9f);
  return o;
}

/* On coming back nothing can be told of him for a while. */
static struct df_answer answer_late(const struct df_observation *o, const struct df_ask *ask)
{
  struct df_answer a = answer(o, ask);
  if (o->n >= 100 && o->n < 108 && ask->face == 1)
    a.embedding.dimensions = 0;
  return a;
}

static void who_is_known_late_is_shown_from_where_he_came(void **state)
{
  (void)state;
  struct df_decider_options options = some_options;
  options.director.lookahead = 1.5;
  struct df_tracks_frame *frames = decide_these(&options, observe_return, answer_late);
  for (int n = 0; n < FRAMES; n++)
    assert_int_equal(frames[n].seats[DF_RIGHT].seen, n < 60 || n >= 100);
  free(frames);

  options.director.lookahead = 0; /* nobody waits, so nothing can be corrected */
  frames = decide_these(&options, observe_return, answer_late);
  assert_false(frames[100].seats[DF_RIGHT].seen);
  assert_true(frames[FRAMES - 1].seats[DF_RIGHT].seen);
  free(frames);
}

static void a_cut_is_on_its_frame(void **state)
{
  (void)state;
  size_t early;
  struct df_tracks_frame *frames = decide(&some_options, &early);
  for (int n = 0; n < FRAMES; n++)
    assert_int_equal(frames[n].cut, n == 120);
  assert_int_not_equal(frames[119].faces[0].track, frames[120].faces[0].track);
  assert_int_equal(frames[119].faces[0].person, frames[120].faces[0].person);
  free(frames);
}

static void doubtful_detections_without_a_track_are_left_out(void **state)
{
  (void)state;
  size_t early;
  struct df_tracks_frame *frames = decide(&some_options, &early);
  for (int n = 0; n < FRAMES; n++)
    assert_int_equal(frames[n].face_count, 2);
  free(frames);
}

static void the_same_observations_give_the_same_lines(void **state)
{
  (void)state;
  size_t early;
  struct df_tracks_frame *first = decide(&some_options, &early);
  struct df_tracks_frame *second = decide(&some_options, &early);
  for (int n = 0; n < FRAMES; n++) {
    assert_memory_equal(first[n].seats, second[n].seats, sizeof first[n].seats);
    assert_memory_equal(
        first[n].faces, second[n].faces, first[n].face_count * sizeof first[n].faces[0]);
  }
  free(first);
  free(second);
}

/* Decides with one rule of correction, which holds from frame 50 to frame 80. */
static struct df_tracks_frame *decide_corrected(enum df_fix_kind kind, int person)
{
  struct df_fix fix = {.from = 12, .to = 13.2, .kind = kind, .seat = DF_LEFT, .person = person};
  struct df_fixes fixes = {.items = &fix, .count = 1};
  struct df_decider_options options = some_options;
  size_t early;
  options.fixes = &fixes;
  options.fixes_start = 10; /* the part begins there */
  return decide(&options, &early);
}

static void a_correction_exchanges_the_halves_on_its_very_frames(void **state)
{
  (void)state;
  struct df_tracks_frame *frames = decide_corrected(DF_FIX_SWAP, DF_NOBODY);
  for (int n = 0; n < FRAMES; n++) {
    bool swapped = n >= 50 && n < 80;
    const struct df_tracks_seat *left = &frames[n].seats[DF_LEFT],
                                *right = &frames[n].seats[DF_RIGHT];
    assert_true(left->seen && right->seen);
    assert_int_equal(left->face.x > 960, swapped);
    assert_int_equal(right->face.x < 960, swapped);
    /* and nothing glides from one to the other */
    assert_int_equal(left->shot.window.x + left->shot.window.w / 2 > 960, swapped);
    assert_int_equal(right->shot.window.x + right->shot.window.w / 2 < 960, swapped);
    assert_int_equal(left->shot.state, DF_WINDOW_SEEN);
    assert_int_equal(frames[n].cut, n == 120);
  }
  free(frames);
}

static void a_correction_empties_a_half(void **state)
{
  (void)state;
  struct df_tracks_frame *frames = decide_corrected(DF_FIX_SEAT, DF_NOBODY);
  for (int n = 0; n < FRAMES; n++) {
    bool empty = n >= 50 && n < 80;
    assert_int_equal(frames[n].seats[DF_LEFT].person == DF_NOBODY, empty);
    assert_int_equal(frames[n].seats[DF_LEFT].shot.state == DF_WINDOW_WIDE, empty);
    assert_int_equal(frames[n].seats[DF_RIGHT].shot.state, DF_WINDOW_SEEN);
  }
  free(frames);
}

static void a_still_is_never_of_who_had_the_half_before(void **state)
{
  (void)state;
  struct df_fix fix = {.from = 2, .to = 1e9, .kind = DF_FIX_SEAT, .seat = DF_LEFT, .person = 7};
  struct df_fixes fixes = {.items = &fix, .count = 1};
  struct df_decider_options options = some_options;
  size_t early;
  options.fixes = &fixes;
  options.director.absent = DF_ABSENT_FREEZE;
  struct df_tracks_frame *frames = decide(&options, &early);
  for (int n = 50; n < FRAMES; n++) {
    assert_int_equal(frames[n].seats[DF_LEFT].person, 7);
    assert_int_not_equal(frames[n].seats[DF_LEFT].shot.state, DF_WINDOW_FROZEN);
  }
  free(frames);
}

static void a_correction_changes_nothing_else(void **state)
{
  (void)state;
  size_t early;
  struct df_tracks_frame *plain = decide(&some_options, &early);
  struct df_tracks_frame *fixed = decide_corrected(DF_FIX_SWAP, DF_NOBODY);
  for (int n = 0; n < FRAMES; n++)
    assert_memory_equal(
        plain[n].faces, fixed[n].faces, plain[n].face_count * sizeof plain[n].faces[0]);
  for (int n = 121; n < FRAMES; n++)
    assert_memory_equal(plain[n].seats, fixed[n].seats, sizeof plain[n].seats);
  free(plain);
  free(fixed);
}

/* A face that lives: its nose turns, and it sways. */
static struct df_face living_face_at(float x, float y, int64_t n)
{
  float sway = 6 * sinf((float)n / 20);
  struct df_face face = face_at(x + sway, y, 0.9f);
  face.points[2].x += 4 * sinf((float)n / 7);
  return face;
}

/* A picture hangs on the right; beside it, from 25 on, there is somebody. */
static struct df_observation observe_picture(int64_t n)
{
  struct df_observation o = {.n = n, .pts = 7 + n * PERIOD, .difference = 0.02f};
  o.faces[o.face_count++] = living_face_at(400, 300, n);
  o.faces[o.face_count++] = face_at(1400, 320, 0.9f);
  if (n >= 25)
    o.faces[o.face_count++] = living_face_at(1220, 320, n);
  return o;
}

static struct df_answer answer_by_place(const struct df_observation *o, const struct df_ask *ask)
{
  struct df_answer a = {.face = ask->face, .track = ask->track, .why = ask->why, .sharpness = 12};
  float x = o->faces[ask->face].box.x;
  a.embedding.dimensions = 3;
  a.embedding.values[x < 960 ? 0 : x > 1300 ? 1 : 2] = 1;
  return a;
}

static void a_half_that_a_picture_gives_up_is_at_its_person_at_once(void **state)
{
  (void)state;
  struct df_tracks_frame *frames = decide_these(&some_options, observe_picture, answer_by_place);
  int n = 1;
  while (n < FRAMES && frames[n].seats[DF_RIGHT].person == frames[n - 1].seats[DF_RIGHT].person)
    n++;
  assert_in_range(n, 50, FRAMES - 10);
  struct df_box before = frames[n - 1].seats[DF_RIGHT].shot.window;
  for (; n < FRAMES; n++) {
    const struct df_tracks_seat *seat = &frames[n].seats[DF_RIGHT];
    assert_int_equal(seat->shot.state, DF_WINDOW_SEEN);
    assert_true(seat->face.x < 1300);
    assert_true(seat->shot.window.x < before.x - 120);
  }
  free(frames);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_half_that_a_picture_gives_up_is_at_its_person_at_once),
      cmocka_unit_test(every_frame_comes_back_in_order),
      cmocka_unit_test(without_look_ahead_nothing_is_held_back),
      cmocka_unit_test(both_people_have_their_seat_from_the_first_frame),
      cmocka_unit_test(who_is_known_late_is_shown_from_where_he_came),
      cmocka_unit_test(a_cut_is_on_its_frame),
      cmocka_unit_test(doubtful_detections_without_a_track_are_left_out),
      cmocka_unit_test(the_same_observations_give_the_same_lines),
      cmocka_unit_test(a_correction_exchanges_the_halves_on_its_very_frames),
      cmocka_unit_test(a_correction_empties_a_half),
      cmocka_unit_test(a_still_is_never_of_who_had_the_half_before),
      cmocka_unit_test(a_correction_changes_nothing_else),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
