/* Each test is named after a promise of camera/framing.h. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "camera/framing.h"

static struct df_framing framing_of(float width, float height, float aspect, float fixed)
{
  struct df_director_options options = {
      .picture_width = width,
      .picture_height = height,
      .aspect = {aspect, aspect},
      .fixed_height = {fixed, fixed},
      .tile_height = {1080, 1080},
  };
  struct df_framing framing;
  df_framing_init(&framing, &options, DF_LEFT);
  return framing;
}

static const float tile_aspect = 8.f / 9;

static void the_face_has_its_share_and_headroom(void **state)
{
  (void)state;
  struct df_framing f = framing_of(1920, 1080, tile_aspect, 0);
  struct df_box face = {900, 400, 150, 200};
  float height = df_framing_height(&f, face.h);
  assert_float_equal(height, 625, 0.01);
  struct df_box w = df_framing_box(&f, df_framing_face(&f, df_box_centre(face), height));
  assert_float_equal((face.y - w.y) / w.h, 0.24, 1e-4);
  assert_float_equal(face.h / w.h, 0.32, 1e-4);
  assert_float_equal(w.x + w.w / 2, 975, 1e-2);
  assert_float_equal(w.w / w.h, tile_aspect, 1e-4);
}

static void magnification_has_its_bound(void **state)
{
  (void)state;
  struct df_framing f = framing_of(1920, 1080, tile_aspect, 0);
  assert_float_equal(df_framing_height(&f, 5), 180, 1e-3);
  assert_float_equal(df_framing_height(&f, 900), 1080, 1e-3);
  f = framing_of(160, 90, tile_aspect, 0); /* smaller than the bound */
  assert_float_equal(df_framing_height(&f, 5), 90, 1e-3);
}

static void a_fixed_height_never_changes(void **state)
{
  (void)state;
  struct df_framing f = framing_of(3840, 2160, tile_aspect, 1080);
  assert_float_equal(df_framing_height(&f, 5), 1080, 0);
  assert_float_equal(df_framing_height(&f, 2000), 1080, 0);
  assert_float_equal(df_framing_wide(&f, (struct df_point){0, 0}).h, 1080, 0);
  f = framing_of(640, 360, tile_aspect, 1080); /* as much of it as there is */
  assert_float_equal(df_framing_height(&f, 50), 360, 0);
}

static void windows_lie_inside_pictures_of_any_shape(void **state)
{
  (void)state;
  static const float sides[] = {1, 2, 3.3f, 17, 359.7f, 1080, 4096, 8192};
  static const float aspects[] = {1.f / 64, 0.3f, 8.f / 9, 16.f / 9, 64};
  enum { SIDES = sizeof sides / sizeof *sides, ASPECTS = sizeof aspects / sizeof *aspects };
  for (int i = 0; i < SIDES * SIDES * ASPECTS; i++) {
    float w = sides[i % SIDES], h = sides[i / SIDES % SIDES];
    struct df_framing f = framing_of(w, h, aspects[i / SIDES / SIDES], 0);
    for (int k = 0; k < 25; k++) {
      struct df_pose pose = {
          w * (float)(k % 5 - 1) / 3, h * (float)(k / 5 - 1) / 3, h * (float)(k % 7) / 3};
      struct df_box window = df_framing_window(&f, df_framing_clamp(&f, pose));
      assert_true(window.w > 0 && window.h > 0 && window.x >= 0 && window.y >= 0);
      assert_true((double)window.x + window.w <= fmax(w, 1 / 64.0));
      assert_true((double)window.y + window.h <= fmax(h, 1 / 64.0));
      assert_true(fmodf(window.x * 64, 1) == 0 && fmodf(window.w * 64, 1) == 0);
      assert_true(fmodf(window.y * 64, 1) == 0 && fmodf(window.h * 64, 1) == 0);
    }
  }
}

static void keep_moves_no_more_than_the_safe_area_asks(void **state)
{
  (void)state;
  struct df_framing f = framing_of(1920, 1080, 1, 0);
  struct df_pose pose = {900, 500, 500};
  struct df_box inside = {800, 400, 150, 200};
  assert_true(df_framing_safe(&f, pose, inside));
  assert_float_equal(df_framing_keep(&f, pose, inside).x, 900, 0);

  struct df_box right = {1000, 400, 150, 200}; /* ends 50 beyond 900 + 0.4 * 500 */
  assert_false(df_framing_safe(&f, pose, right));
  struct df_pose kept = df_framing_keep(&f, pose, right);
  assert_float_equal(kept.x, 950, 1e-3);
  assert_float_equal(kept.y, 500, 0);
  assert_true(df_framing_safe(&f, kept, right));

  struct df_box larger = {600, 100, 800, 900}; /* than the safe area: in the middle of it */
  assert_float_equal(df_framing_keep(&f, pose, larger).x, 1000, 1e-3);
}

static void senseless_options_become_usable(void **state)
{
  (void)state;
  struct df_director_options options = {
      .picture_width = NAN,
      .picture_height = -5,
      .aspect = {INFINITY, 0},
      .face_height = NAN,
      .headroom = -1,
      .max_zoom = NAN,
  };
  for (enum df_seat s = 0; s < DF_SEATS; s++) {
    struct df_framing f;
    df_framing_init(&f, &options, s);
    struct df_box w = df_framing_window(&f, df_framing_wide(&f, (struct df_point){0.5f, 0.5f}));
    assert_true(w.w > 0 && w.h > 0 && w.x + w.w <= 1 && w.y + w.h <= 1);
  }
}

static struct df_pose parted(const struct df_framing *f, float own_x, float other_x, float size)
{
  struct df_pose pose = df_framing_face(f, (struct df_point){own_x, 500}, 600);
  struct df_box other = {other_x - size / 2, 500 - size / 2, size, size};
  return df_framing_part(f, pose, own_x, other);
}

static void a_window_parts_from_a_face_at_its_edge(void **state)
{
  (void)state;
  struct df_framing f = framing_of(1920, 1080, tile_aspect, 0);
  float width = 600 * tile_aspect;
  assert_float_equal(parted(&f, 900, 1400, 150).x, 900, 0); /* far enough */
  for (int side = -1; side <= 1; side += 2) {
    struct df_pose pose = parted(&f, 900, 900 + 320 * (float)side, 150);
    float near_side = 900 + (320 - 75) * (float)side, edge = pose.x + width / 2 * (float)side;
    assert_true((near_side - edge) * (float)side > 0);
    assert_true(fabsf(pose.x - 900) <= width / 6);
  }
  struct df_pose above = df_framing_face(&f, (struct df_point){900, 700}, 500);
  struct df_pose same = df_framing_part(&f, above, 900, (struct df_box){1100, 10, 150, 150});
  assert_float_equal(same.x, above.x, 0);
}

/* Past, over and through each other, small beside large: no small step moves the window far. */
static void parting_has_no_jumps(void **state)
{
  (void)state;
  struct df_framing f = framing_of(1920, 1080, tile_aspect, 0);
  float width = 600 * tile_aspect;
  for (float size = 20; size < 900; size *= 1.5f)
    for (float own_x = 150; own_x < 1920; own_x += 270) {
      float before = parted(&f, own_x, -100, size).x;
      float plain = df_framing_face(&f, (struct df_point){own_x, 500}, 600).x;
      for (float x = -99; x < 2020; x += 1) {
        float now = parted(&f, own_x, x, size).x;
        assert_true(fabsf(now - before) < 8);
        assert_true(fabsf(now - own_x) <= fmaxf(width / 6, fabsf(plain - own_x)) + 1e-2f);
        before = now;
      }
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_face_has_its_share_and_headroom),
      cmocka_unit_test(magnification_has_its_bound),
      cmocka_unit_test(a_fixed_height_never_changes),
      cmocka_unit_test(windows_lie_inside_pictures_of_any_shape),
      cmocka_unit_test(keep_moves_no_more_than_the_safe_area_asks),
      cmocka_unit_test(senseless_options_become_usable),
      cmocka_unit_test(a_window_parts_from_a_face_at_its_edge),
      cmocka_unit_test(parting_has_no_jumps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
