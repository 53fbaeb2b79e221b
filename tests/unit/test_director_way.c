/* What camera/director.h promises of a window's way, on random walks: properties, not pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "camera/gaze.h"
#include "scenes.h"

static const double lookaheads[] = {0, 0.5, 1.5, 100};
enum { LOOKAHEADS = sizeof lookaheads / sizeof *lookaheads, WALKS = 12, MOVES = 5 };

/* A person who rests, walks, rests and so on: where at each time, as smooth as people are. */
struct walk {
  double x[MOVES + 1], y[MOVES + 1], h[MOVES + 1], start[MOVES], lasts[MOVES];
};

static double between(uint32_t *seed, double low, double high)
{
  return low + (high - low) * (noise(seed) + 1) / 2;
}

static struct walk random_walk(uint32_t *seed)
{
  struct walk walk;
  double t = 1;
  for (int i = 0; i <= MOVES; i++) {
    walk.x[i] = between(seed, 450, 1470);
    walk.y[i] = between(seed, 400, 600);
    walk.h[i] = i % 2 ? walk.h[i - 1] : between(seed, 120, 200);
    if (i == MOVES)
      break;
    walk.start[i] = t;
    walk.lasts[i] = between(seed, 1.5, 3);
    t += walk.lasts[i] + between(seed, 0.2, 3);
  }
  return walk;
}

static struct df_box walker_at(const struct walk *walk, double t)
{
  int i = 0;
  while (i < MOVES && t > walk->start[i] + walk->lasts[i])
    i++;
  double s = i < MOVES && t > walk->start[i] ? (t - walk->start[i]) / walk->lasts[i] : 0;
  s = (1 - cos(s * 3.14159265358979)) / 2;
  int next = i < MOVES ? i + 1 : i;
  return face_at((float)(walk->x[i] + s * (walk->x[next] - walk->x[i])),
      (float)(walk->y[i] + s * (walk->y[next] - walk->y[i])),
      (float)(walk->h[i] + s * (walk->h[next] - walk->h[i])));
}

static struct take *walked(const struct walk *walk, double lookahead, double fps, double seconds)
{
  struct take *take = take_create(lookahead, (int)(seconds * fps), fps);
  for (int i = 0; i < take->count; i++)
    take_see(take, i, DF_LEFT, walker_at(walk, take->scenes[i].t));
  take_direct(take, 1);
  return take;
}

static void a_walking_face_is_safe_and_the_window_is_gentle(void **state)
{
  (void)state;
  /* Output pixels a frame^2. */
  static const float most[LOOKAHEADS] = {20, 5, 2.5f, 2.2f};
  uint32_t seed = 21;
  for (int n = 0; n < WALKS; n++) {
    struct walk walk = random_walk(&seed);
    for (int k = 0; k < LOOKAHEADS; k++) {
      struct take *take = walked(&walk, lookaheads[k], 30, 20);
      float slack = k == 0 ? 40 : k == 1 ? 12 : 6;
      for (int i = 0; i < take->count; i++) {
        struct df_box safe = safe_area(window_at(take, i, DF_LEFT));
        struct df_box grown = {
            safe.x - slack, safe.y - slack, safe.w + 2 * slack, safe.h + 2 * slack};
        assert_true(box_inside(take->scenes[i].face[DF_LEFT], grown));
      }
      assert_true(hardest_push(take, DF_LEFT, 0, take->count) < most[k]);
      free(take);
    }
  }
}

static void a_face_at_rest_is_shown_by_a_window_at_rest(void **state)
{
  (void)state;
  uint32_t seed = 22;
  for (int n = 0; n < WALKS; n++) {
    struct walk walk = random_walk(&seed);
    for (int k = 0; k < LOOKAHEADS; k++) {
      struct take *take = walked(&walk, lookaheads[k], 30, 20);
      for (int i = 1; i < take->count; i++)
        for (int m = 0; m < MOVES; m++) {
          double t = take->scenes[i].t, from = m > 0 ? walk.start[m - 1] + walk.lasts[m - 1] : -5;
          if (t > from + 3 && t < walk.start[m] - 1.3)
            assert_true(same_box(window_at(take, i, DF_LEFT), window_at(take, i - 1, DF_LEFT)));
        }
      free(take);
    }
  }
}

static void a_mirrored_picture_has_mirrored_windows(void **state)
{
  (void)state;
  uint32_t seed = 23;
  for (int n = 0; n < WALKS; n++) {
    struct walk walk = random_walk(&seed), mirrored = walk;
    for (int i = 0; i <= MOVES; i++)
      mirrored.x[i] = 1920 - walk.x[i];
    for (int k = 0; k < LOOKAHEADS; k++) {
      struct take *a = walked(&walk, lookaheads[k], 30, 15);
      struct take *b = walked(&mirrored, lookaheads[k], 30, 15);
      for (int i = 0; i < a->count; i++) {
        struct df_box w = window_at(a, i, DF_LEFT), m = window_at(b, i, DF_LEFT);
        assert_float_equal(w.x + w.w, 1920 - m.x, 0.25);
        assert_float_equal(w.y, m.y, 0.25);
        assert_float_equal(w.h, m.h, 0.25);
      }
      free(a);
      free(b);
    }
  }
}

/* The same walk at 25 and 60 frames a second: no further apart than 6 % of the window's height. */
static void the_way_does_not_depend_on_the_frame_rate(void **state)
{
  (void)state;
  static const double rates[] = {25, 60};
  uint32_t seed = 24;
  for (int n = 0; n < WALKS; n++) {
    struct walk walk = random_walk(&seed);
    for (int r = 0; r < 2; r++) {
      struct take *a = walked(&walk, 1.5, 30, 15), *b = walked(&walk, 1.5, rates[r], 15);
      for (int i = 0; i < 15 * 5; i++) { /* five times a second all have a frame */
        struct df_box w = window_at(a, i * 6, DF_LEFT);
        struct df_box v = window_at(b, i * (int)rates[r] / 5, DF_LEFT);
        assert_float_equal(centre_x(w), centre_x(v), 0.06 * w.h);
        assert_float_equal(w.y + w.h / 2, v.y + v.h / 2, 0.06 * w.h);
        assert_float_equal(w.h, v.h, 0.06 * w.h);
      }
      free(a);
      free(b);
    }
  }
}

/* Sizes of the faces in their halves, at a frame; the left one is as near as it can be. */
static void both_sizes(enum df_match_size match, int i, bool alone, float ret_sizes[DF_SEATS])
{
  struct take *take = take_create(1.5, 300, 30);
  take->options.match_size = match;
  for (int k = 0; k < take->count; k++) {
    take_see(take, k, DF_LEFT, face_at(600, 500, 450));
    if (!alone || k >= 100)
      take_see(take, k, DF_RIGHT, face_at(1500, 500, 120));
  }
  take_direct(take, 1);
  ret_sizes[DF_LEFT] = 450 / window_at(take, i, DF_LEFT).h;
  ret_sizes[DF_RIGHT] = 120 / window_at(take, i, DF_RIGHT).h;
  free(take);
}

static void where_one_face_cannot_have_its_size_the_other_follows(void **state)
{
  (void)state;
  float sizes[DF_SEATS];
  both_sizes(DF_MATCH_SIZE_ON, 150, false, sizes);
  assert_float_equal(sizes[DF_LEFT], 450.f / 1080, 1e-3);
  assert_float_equal(sizes[DF_RIGHT], sizes[DF_LEFT], 0.01);
  both_sizes(DF_MATCH_SIZE_ON, 250, true, sizes);
  assert_float_equal(sizes[DF_RIGHT], sizes[DF_LEFT], 0.01);
  both_sizes(DF_MATCH_SIZE_OFF, 150, false, sizes);
  assert_float_equal(sizes[DF_RIGHT], 0.32, 0.01);
}

/* Looks into the camera, then to the right, then hardly any more. */
static void there_is_room_on_the_side_that_is_looked_to(void **state)
{
  (void)state;
  static const float turns[] = {0.1f, 0.35f, 0.2f, -0.4f};
  uint32_t seed = 31;
  struct take *take = take_create(1.5, 800, 30);
  for (int i = 0; i < take->count; i++) {
    take_see(take, i, DF_LEFT, face_at(900, 500, 170));
    take->scenes[i].turn[DF_LEFT] = turns[i / 200] + 0.05f * noise(&seed);
  }
  take_direct(take, 1);
  float ahead = centre_x(window_at(take, 100, DF_LEFT));
  float right = centre_x(window_at(take, 300, DF_LEFT));
  float left = centre_x(window_at(take, 799, DF_LEFT));
  assert_float_equal(ahead, 900, 1);
  assert_float_equal(right - ahead, 0.05 * window_at(take, 300, DF_LEFT).w, 1);
  assert_float_equal(ahead - left, right - ahead, 1);
  assert_true(same_box(window_at(take, 300, DF_LEFT), window_at(take, 560, DF_LEFT)));
  assert_true(hardest_push(take, DF_LEFT, 0, 800) < 0.5f);
  free(take);
}

static void the_nose_says_where_a_face_looks(void **state)
{
  (void)state;
  struct df_face face = {.points = {{100, 100}, {140, 100}, {120, 125}, {105, 145}, {135, 145}}};
  assert_float_equal(df_gaze_turn(&face), 0, 1e-6);
  face.points[2].x = 132;
  assert_float_equal(df_gaze_turn(&face), 0.3, 1e-6);
  /* The same with the head on the shoulder. */
  struct df_face rolled = {.points = {{100, 100}, {100, 140}, {75, 132}}};
  assert_float_equal(df_gaze_turn(&rolled), 0.3, 1e-6);
  struct df_face none = {.points = {{5, 5}, {5, 5}, {5, 5}}};
  assert_float_equal(df_gaze_turn(&none), 0, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_walking_face_is_safe_and_the_window_is_gentle),
      cmocka_unit_test(a_face_at_rest_is_shown_by_a_window_at_rest),
      cmocka_unit_test(a_mirrored_picture_has_mirrored_windows),
      cmocka_unit_test(there_is_room_on_the_side_that_is_looked_to),
      cmocka_unit_test(the_nose_says_where_a_face_looks),
      cmocka_unit_test(where_one_face_cannot_have_its_size_the_other_follows),
      cmocka_unit_test(the_way_does_not_depend_on_the_frame_rate),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
