/* Each test is named after the promise of compose/geometry.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "compose/geometry.h"

enum { LEFT = 1, CENTRE, TOP_LEFT, TOP, BOTTOM_LEFT, BOTTOM };

static struct df_picture picture_of(int width, int height, int shift_x, int shift_y, int siting)
{
  struct df_picture picture = {.width = width, .height = height};
  picture.format.depth = 8;
  picture.format.shift_x = (uint8_t)shift_x;
  picture.format.shift_y = (uint8_t)shift_y;
  picture.colour.chroma_location = (uint8_t)siting;
  return picture;
}

static struct df_placement place(
    const struct df_picture *picture, struct df_box window, enum df_fit fit, struct df_rect rect)
{
  struct df_tile tile = {picture, window, 1, 1, fit, rect};
  struct df_placement placement;
  df_placement_init(&placement, &tile);
  return placement;
}

static void assert_near(double value, double want, double tolerance)
{
  assert_true(fabs(value - want) <= tolerance);
}

/* Where in the picture, in pixels, the drawn rectangle begins and ends. */
static double begin_of(struct df_axis a)
{
  return a.origin + 0.5 - 0.5 * a.step;
}

static double end_of(struct df_axis a)
{
  return begin_of(a) + a.count * a.step;
}

static void assert_span(struct df_axis axis, double begin, double end)
{
  assert_near(begin_of(axis), begin, 1e-9);
  assert_near(end_of(axis), end, 1e-9);
}

static void assert_rect(struct df_rect r, int x, int y, int w, int h)
{
  assert_int_equal(r.x, x);
  assert_int_equal(r.y, y);
  assert_int_equal(r.w, w);
  assert_int_equal(r.h, h);
}

static void cover_fills_the_tile_and_trims_evenly(void **state)
{
  (void)state;
  struct df_picture picture = picture_of(1920, 1080, 1, 1, LEFT);
  struct df_rect tile = {960, 0, 960, 1080};
  struct df_placement p = place(&picture, (struct df_box){0, 0, 1920, 1080}, DF_FIT_COVER, tile);
  assert_rect(p.rect, 960, 0, 960, 1080);
  assert_span(p.x[DF_PLANE_LUMA], 480, 1440);
  assert_span(p.y[DF_PLANE_LUMA], 0, 1080);

  p = place(&picture, (struct df_box){100, 10, 80, 900}, DF_FIT_COVER, tile);
  assert_span(p.x[DF_PLANE_LUMA], 100, 180);
  assert_span(p.y[DF_PLANE_LUMA], 415, 505);
}

static void contain_shows_all_between_even_bars(void **state)
{
  (void)state;
  struct df_picture picture = picture_of(1920, 1080, 1, 1, LEFT);
  struct df_rect tile = {0, 0, 960, 1080};
  struct df_placement p = place(&picture, (struct df_box){0, 0, 1920, 1080}, DF_FIT_CONTAIN, tile);
  assert_rect(p.rect, 0, 270, 960, 540);
  assert_span(p.x[DF_PLANE_LUMA], 0, 1920);
  assert_span(p.y[DF_PLANE_LUMA], 0, 1080);

  p = place(&picture, (struct df_box){0, 0, 101, 1000}, DF_FIT_CONTAIN, tile);
  assert_rect(p.rect, 424, 0, 110, 1080); /* 109.08 wide; offset 425 rounded down */
  p = place(&picture, (struct df_box){0, 0, 0.5F, 1000}, DF_FIT_CONTAIN, tile);
  assert_rect(p.rect, 478, 0, 2, 1080);
}

static void stretch_maps_the_window_onto_the_tile(void **state)
{
  (void)state;
  struct df_picture picture = picture_of(1920, 1080, 1, 1, LEFT);
  struct df_placement p = place(&picture, (struct df_box){3.25F, 7.5F, 1000, 10}, DF_FIT_STRETCH,
      (struct df_rect){2, 4, 64, 66});
  assert_rect(p.rect, 2, 4, 64, 66);
  assert_span(p.x[DF_PLANE_LUMA], 3.25, 1003.25);
  assert_span(p.y[DF_PLANE_LUMA], 7.5, 17.5);
}

static void centre_maps_a_pixel_to_a_pixel(void **state)
{
  (void)state;
  struct df_picture picture = picture_of(1920, 1080, 1, 1, LEFT);
  struct df_rect tile = {0, 0, 960, 1080};
  struct df_placement p =
      place(&picture, (struct df_box){100.25F, 50, 1500, 501}, DF_FIT_CENTRE, tile);
  assert_rect(p.rect, 0, 290, 960, 500);
  assert_near(p.x[DF_PLANE_LUMA].step, 1, 0);
  assert_near(p.y[DF_PLANE_LUMA].step, 1, 0);
  assert_span(p.x[DF_PLANE_LUMA], 370.25, 1330.25);
  assert_span(p.y[DF_PLANE_LUMA], 50.5, 550.5);
}

static void a_window_is_cut_to_the_picture(void **state)
{
  (void)state;
  struct df_picture picture = picture_of(640, 480, 1, 1, LEFT);
  struct df_placement p = place(&picture, (struct df_box){-100, 400, 200, 300}, DF_FIT_STRETCH,
      (struct df_rect){0, 0, 64, 64});
  assert_span(p.x[DF_PLANE_LUMA], 0, 100);
  assert_span(p.y[DF_PLANE_LUMA], 400, 480);
}

static void display_pixels_are_scaled_to_stored_samples(void **state)
{
  (void)state;
  struct df_picture picture = picture_of(720, 576, 1, 1, LEFT); /* 1024 displayed pixels wide */
  struct df_tile tile = {
      &picture, {512, 0, 512, 576}, 720.0F / 1024, 1, DF_FIT_STRETCH, {0, 0, 960, 1080}};
  struct df_placement p;
  df_placement_init(&p, &tile);
  assert_near(begin_of(p.x[DF_PLANE_LUMA]), 360, 1e-4);
  assert_near(end_of(p.x[DF_PLANE_LUMA]), 720, 1e-4);
  assert_span(p.y[DF_PLANE_LUMA], 0, 576);

  tile.display_x = tile.display_y = NAN; /* counts as 1 */
  df_placement_init(&p, &tile);
  assert_span(p.x[DF_PLANE_LUMA], 512, 720);
}

static void nothing_to_show_is_black(void **state)
{
  (void)state;
  struct df_picture picture = picture_of(640, 480, 1, 1, LEFT);
  const struct df_box bad[] = {{0, 0, 0, 0}, {10, 10, -5, 20}, {NAN, 0, 10, 10}, {0, 0, NAN, 10},
      {0, NAN, 10, 10}, {0, 0, 10, NAN}, {700, 0, 10, 10}, {0, -20, 10, 10}, {0, 0, INFINITY, 9}};
  struct df_rect tile = {0, 0, 64, 64};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    for (enum df_fit fit = DF_FIT_COVER; fit <= DF_FIT_CENTRE; fit++)
      assert_true(place(&picture, bad[i], fit, tile).black);
  assert_true(place(NULL, (struct df_box){0, 0, 10, 10}, DF_FIT_COVER, tile).black);
  assert_false(place(&picture, (struct df_box){0, 0, 10, 10}, DF_FIT_COVER, tile).black);
}

/* What chroma sample `k` of a source axis stands for, in luma coordinates. */
static double site(int k, int shift, double offset)
{
  return shift ? 2 * k + offset : k + 0.5;
}

static void chroma_lands_where_its_siting_says(void **state)
{
  (void)state;
  const double across[] = {0.5, 0.5, 1, 0.5, 1, 0.5, 1}, down[] = {1, 1, 1, 0.5, 0.5, 1.5, 1.5};
  for (int siting = 0; siting <= BOTTOM; siting++)
    for (int shifts = 0; shifts < 4; shifts++) {
      int sx = shifts & 1, sy = shifts >> 1;
      struct df_picture picture = picture_of(641, 481, sx, sy, siting);
      struct df_placement p = place(&picture, (struct df_box){17.5F, 33, 320, 160}, DF_FIT_STRETCH,
          (struct df_rect){0, 0, 128, 256});
      struct df_axis x = p.x[DF_PLANE_CHROMA], y = p.y[DF_PLANE_CHROMA];
      assert_int_equal(x.count, 64);
      assert_int_equal(y.count, 128);
      assert_int_equal(x.size, sx ? 321 : 641);
      assert_int_equal(y.size, sy ? 241 : 481);
      for (int j = 0; j < 64; j += 21) {
        /* the place of output chroma sample j in the picture, found from both ends */
        double want_x = 17.5 + (2 * j + 0.5) * 320 / 128, want_y = 33 + (2 * j + 1.0) * 160 / 256;
        double k_x = x.origin + j * x.step, k_y = y.origin + j * y.step;
        assert_near(site(0, sx, across[siting]) + k_x * (1 << sx), want_x, 1e-9);
        assert_near(site(0, sy, down[siting]) + k_y * (1 << sy), want_y, 1e-9);
      }
    }
}

static void whole_pixels_of_left_sited_video_are_whole_positions(void **state)
{
  (void)state;
  struct df_picture picture = picture_of(1920, 1080, 1, 1, 0);
  struct df_placement p = place(&picture, (struct df_box){102, 0, 960, 1080}, DF_FIT_COVER,
      (struct df_rect){0, 0, 960, 1080});
  for (int i = 0; i < 480; i++) {
    assert_int_equal(df_axis_position(&p.x[DF_PLANE_LUMA], i), (int64_t)(102 + i) << 16);
    assert_int_equal(df_axis_position(&p.x[DF_PLANE_CHROMA], i), (int64_t)(51 + i) << 16);
    assert_int_equal(df_axis_position(&p.y[DF_PLANE_CHROMA], i), (int64_t)i << 16);
  }
  assert_int_equal(df_axis_scale(&p.x[DF_PLANE_LUMA]), 65536);
}

static void the_scale_is_the_step_and_never_below_one(void **state)
{
  (void)state;
  assert_int_equal(df_axis_scale(&(struct df_axis){10, 10, 0, 0.25}), 65536);
  assert_int_equal(df_axis_scale(&(struct df_axis){10, 10, 0, 1.5}), 98304);
  assert_int_equal(df_axis_scale(&(struct df_axis){2, 8192, 0, 4096}), 4096LL << 16);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cover_fills_the_tile_and_trims_evenly),
      cmocka_unit_test(contain_shows_all_between_even_bars),
      cmocka_unit_test(stretch_maps_the_window_onto_the_tile),
      cmocka_unit_test(centre_maps_a_pixel_to_a_pixel),
      cmocka_unit_test(a_window_is_cut_to_the_picture),
      cmocka_unit_test(display_pixels_are_scaled_to_stored_samples),
      cmocka_unit_test(nothing_to_show_is_black),
      cmocka_unit_test(chroma_lands_where_its_siting_says),
      cmocka_unit_test(whole_pixels_of_left_sited_video_are_whole_positions),
      cmocka_unit_test(the_scale_is_the_step_and_never_below_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
