/* Each test is named after the promise of layout.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compose/layout.h"

static void assert_rect(struct df_rect r, int x, int y, int w, int h)
{
  assert_int_equal(r.x, x);
  assert_int_equal(r.y, y);
  assert_int_equal(r.w, w);
  assert_int_equal(r.h, h);
}

static void size_zero_takes_the_layouts_own(void **state)
{
  (void)state;
  struct df_layout layout;
  assert_int_equal(df_layout_init(&layout, "side-by-side", 0, 0, NULL), 0);
  assert_int_equal(layout.width, 1920);
  assert_int_equal(layout.height, 1080);
  assert_rect(layout.tiles[DF_LEFT], 0, 0, 960, 1080);
  assert_rect(layout.tiles[DF_RIGHT], 960, 0, 960, 1080);

  assert_int_equal(df_layout_init(&layout, "stacked", 0, 0, NULL), 0);
  assert_int_equal(layout.width, 1080);
  assert_int_equal(layout.height, 1920);
  assert_rect(layout.tiles[DF_LEFT], 0, 0, 1080, 960);
  assert_rect(layout.tiles[DF_RIGHT], 0, 960, 1080, 960);
}

static void an_odd_half_makes_the_first_tile_two_pixels_larger(void **state)
{
  (void)state;
  struct df_layout layout;
  assert_int_equal(df_layout_init(&layout, "side-by-side", 1922, 1080, NULL), 0);
  assert_rect(layout.tiles[DF_LEFT], 0, 0, 962, 1080);
  assert_rect(layout.tiles[DF_RIGHT], 962, 0, 960, 1080);
  assert_int_equal(df_layout_init(&layout, "stacked", 640, 66, NULL), 0);
  assert_rect(layout.tiles[DF_LEFT], 0, 0, 640, 34);
  assert_rect(layout.tiles[DF_RIGHT], 0, 34, 640, 32);
}

static void tiles_are_even_and_cover_the_output_without_overlap(void **state)
{
  (void)state;
  for (int n = 0; df_layout_names[n]; n++)
    for (int side = 64; side <= 8192; side += 62) {
      struct df_layout layout;
      assert_int_equal(df_layout_init(&layout, df_layout_names[n], side, 8256 - side, NULL), 0);
      struct df_rect a = layout.tiles[DF_LEFT], b = layout.tiles[DF_RIGHT];
      assert_int_equal((a.x | a.y | a.w | a.h | b.x | b.y | b.w | b.h) & 1, 0);
      assert_int_equal(a.w * a.h + b.w * b.h, layout.width * layout.height);
      assert_true(b.x == a.x + a.w || b.y == a.y + a.h);
      assert_int_equal(b.x + b.w, layout.width);
      assert_int_equal(b.y + b.h, layout.height);
    }
}

static void bad_names_and_sizes_are_usage_errors(void **state)
{
  (void)state;
  const struct {
    const char *name;
    int width, height;
    const char *says;
  } bad[] = {
      {"diagonal", 0, 0, "diagonal"},
      {"side-by-side", 1921, 0, "width 1921"},
      {"side-by-side", 0, 62, "height 62"},
      {"stacked", 8194, 0, "width 8194"},
      {"stacked", 64, -64, "height -64"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct df_layout layout = {.width = -1};
    struct df_error err = {0};
    assert_int_equal(
        df_layout_init(&layout, bad[i].name, bad[i].width, bad[i].height, &err), DF_EUSAGE);
    assert_non_null(strstr(err.text, bad[i].says));
    assert_int_equal(layout.width, -1);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(size_zero_takes_the_layouts_own),
      cmocka_unit_test(an_odd_half_makes_the_first_tile_two_pixels_larger),
      cmocka_unit_test(tiles_are_even_and_cover_the_output_without_overlap),
      cmocka_unit_test(bad_names_and_sizes_are_usage_errors),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
