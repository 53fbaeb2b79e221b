/* What camera/director.h promises of every scene, tried on random ones, sane and insane. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenes.h"

enum { ROUNDS = 300, FRAMES = 250 };

static uint32_t below(uint32_t *seed, uint32_t limit)
{
  *seed = *seed * 1664525u + 1013904223u;
  return (*seed >> 8) % limit;
}

static struct take *random_take(uint32_t *seed)
{
  static const float widths[] = {1, 2, 64, 359.7f, 1920, 8192},
                     heights[] = {1, 3, 48, 640.2f, 1080};
  static const double lookaheads[] = {0, 0.05, 0.4, 1.5, 4}, rates[] = {10, 24, 29.97, 60};
  struct take *take = take_create(lookaheads[below(seed, 5)], FRAMES, rates[below(seed, 4)]);
  struct df_director_options *o = &take->options;
  if (below(seed, 2)) {
    o->picture_width = widths[below(seed, 6)];
    o->picture_height = heights[below(seed, 5)];
    o->aspect[DF_LEFT] = 0.3f + (float)below(seed, 30) / 10;
  }
  o->absent = (enum df_absent_policy)below(seed, DF_ABSENT_POLICIES);
  o->lookahead_frames = (int)below(seed, 40);
  o->hold_seconds = below(seed, 3);
  o->fixed_height[DF_RIGHT] = below(seed, 4) ? 0 : 700;
  return take;
}

/* Faces that walk at random, come and go; with `mad`, boxes and times that no detector should give. */
static void fill_random(struct take *take, uint32_t *seed, bool mad)
{
  static const float nonsense[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 0, -50, 1e-30f};
  float w = take->options.picture_width, h = take->options.picture_height;
  for (enum df_seat s = 0; s < DF_SEATS; s++) {
    float x = w * noise(seed), y = h * (0.5f + 0.3f * noise(seed)), vx = 0;
    float height = h * (0.05f + (float)below(seed, 40) / 100);
    bool there = below(seed, 2);
    for (int i = 0; i < take->count; i++) {
      there ^= below(seed, 40) == 0;
      vx = below(seed, 30) ? vx : w * 0.02f * noise(seed);
      x = fmodf(fabsf(x + vx), w);
      if (there && below(seed, 15))
        take_see(take, i, s, jittered(face_at(x, y, height), 0.02f, seed));
      if (mad && below(seed, 6) == 0)
        ((float *)&take->scenes[i].face[s])[below(seed, 4)] = nonsense[below(seed, 8)];
    }
  }
  for (int i = 0; i < take->count; i++) {
    take->scenes[i].cut = below(seed, 60) == 0;
    take->scenes[i].t += 0.004 * below(seed, 3);
    if (mad && below(seed, 20) == 0)
      take->scenes[i].t = nonsense[below(seed, 8)];
  }
}

static void check_window(const struct take *take, struct df_shot_window shot)
{
  struct df_box w = shot.window;
  if (shot.state == DF_WINDOW_BLACK) {
    assert_true(w.x == 0 && w.y == 0 && w.w == 0 && w.h == 0);
    return;
  }
  assert_true(w.w > 0 && w.h > 0 && w.x >= 0 && w.y >= 0);
  assert_true((double)w.x + w.w <= take->options.picture_width);
  assert_true((double)w.y + w.h <= take->options.picture_height);
  assert_true(fmodf(w.x * 64, 1) == 0 && fmodf(w.y * 64, 1) == 0);
  assert_true(fmodf(w.w * 64, 1) == 0 && fmodf(w.h * 64, 1) == 0);
}

static void windows_never_leave_the_picture_whatever_is_pushed(void **state)
{
  (void)state;
  uint32_t seed = 1;
  for (int round = 0; round < ROUNDS; round++) {
    struct take *take = random_take(&seed);
    fill_random(take, &seed, round % 2);
    assert_int_equal(take_direct(take, 1 + round % 5), FRAMES);
    for (int i = 0; i < FRAMES; i++)
      for (enum df_seat s = 0; s < DF_SEATS; s++) {
        assert_int_equal(take->directions[i].n, i);
        check_window(take, shot_at(take, i, s));
      }
    free(take);
  }
}

static void the_other_is_never_shown_while_ones_own_is_absent(void **state)
{
  (void)state;
  uint32_t seed = 1000;
  int absent = 0;
  for (int round = 0; round < ROUNDS; round++) {
    struct take *take = random_take(&seed);
    fill_random(take, &seed, false);
    take_direct(take, 1);
    for (int i = 0; i < FRAMES; i++)
      for (enum df_seat s = 0; s < DF_SEATS; s++) {
        struct df_shot_window shot = shot_at(take, i, s);
        enum df_seat other = s == DF_LEFT ? DF_RIGHT : DF_LEFT;
        bool own_absent = shot.state == DF_WINDOW_HELD || shot.state == DF_WINDOW_WIDE;
        if (!own_absent || !take->scenes[i].seen[other])
          continue;
        absent++;
        assert_false(boxes_touch(shot.window, take->scenes[i].face[other]));
      }
    free(take);
  }
  assert_true(absent > 1000);
}

static void a_state_says_what_was_seen(void **state)
{
  (void)state;
  uint32_t seed = 2000;
  for (int round = 0; round < ROUNDS; round++) {
    struct take *take = random_take(&seed);
    fill_random(take, &seed, false);
    take_direct(take, 1);
    struct df_box picture = {0, 0, take->options.picture_width, take->options.picture_height};
    for (int i = 0; i < FRAMES; i++)
      for (enum df_seat s = 0; s < DF_SEATS; s++) {
        bool seen = take->scenes[i].seen[s] && boxes_touch(take->scenes[i].face[s], picture);
        enum df_window_state shown = shot_at(take, i, s).state;
        /* Who comes from behind the other is seen before being shown. */
        if (seen)
          assert_true(shown == DF_WINDOW_SEEN || shown == DF_WINDOW_FROZEN);
        else
          assert_true(shown != DF_WINDOW_SEEN);
      }
    free(take);
  }
}

static void same_frames_give_the_same_windows_bit_for_bit(void **state)
{
  (void)state;
  uint32_t seed = 3000;
  for (int round = 0; round < ROUNDS / 3; round++) {
    struct take *take = random_take(&seed);
    fill_random(take, &seed, round % 2);
    take_direct(take, 1);
    struct df_direction *first = malloc(sizeof take->directions);
    assert_non_null(first);
    memcpy(first, take->directions, sizeof take->directions);
    take_direct(take, 1 + round);
    assert_memory_equal(first, take->directions, sizeof take->directions);
    free(first);
    free(take);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(windows_never_leave_the_picture_whatever_is_pushed),
      cmocka_unit_test(the_other_is_never_shown_while_ones_own_is_absent),
      cmocka_unit_test(a_state_says_what_was_seen),
      cmocka_unit_test(same_frames_give_the_same_windows_bit_for_bit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
