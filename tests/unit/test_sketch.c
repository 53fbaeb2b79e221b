/* Each test is named after the promise of sketch.h that it checks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/pictures.h"
#include "vision/sketch.h"

enum { PADDING = 9, FILL = 0x5a };

static const struct df_format yuv420 = {8, 1, 1, false, false};

/* A scene: soft blobs of light, placed by a seed, seen from a position and at a brightness. */
struct scene {
  uint64_t seed;
  double x, y, zoom, gain, lift;
};

static double light_at(const struct scene *s, double x, double y)
{
  struct random r = {s->seed};
  double light = 60;
  for (int i = 0; i < 30; i++) {
    double cx = random_real(&r, -0.5, 1.5), cy = random_real(&r, -0.5, 1.5);
    double size = random_real(&r, 0.05, 0.3), height = random_real(&r, -60, 90);
    double dx = (x - cx) / size, dy = (y - cy) / size;
    light += height * exp(-dx * dx - dy * dy);
  }
  return light * s->gain + s->lift;
}

/* The sketch of a scene as the grid sees it; picture-making is left to the tests of df_sketch_cpu. */
static struct df_luma_sketch look(struct scene s)
{
  struct df_luma_sketch sketch;
  if (s.zoom == 0)
    s.zoom = 1;
  if (s.gain == 0)
    s.gain = 1;
  for (int j = 0; j < DF_SKETCH_HEIGHT; j++)
    for (int i = 0; i < DF_SKETCH_WIDTH; i++) {
      double x = ((i + 0.5) / DF_SKETCH_WIDTH - 0.5) / s.zoom + 0.5 + s.x;
      double y = ((j + 0.5) / DF_SKETCH_HEIGHT - 0.5) / s.zoom + 0.5 + s.y;
      sketch.cells[j][i] = (uint8_t)fmin(fmax(light_at(&s, x, y), 0), 255);
    }
  return sketch;
}

static float difference(struct scene a, struct scene b)
{
  struct df_luma_sketch one = look(a), other = look(b);
  float d = df_sketch_difference(&one, &other);
  assert_true(d >= 0 && d <= 1);
  assert_true(df_sketch_difference(&other, &one) == d);
  return d;
}

static void a_scene_does_not_differ_from_itself(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 5; seed++)
    assert_float_equal(difference((struct scene){seed}, (struct scene){seed}), 0, 0);
  struct df_luma_sketch dark = {0}, grey;
  memset(&grey, 128, sizeof grey);
  assert_float_equal(df_sketch_difference(&dark, &dark), 0, 0);
  assert_float_equal(df_sketch_difference(&grey, &grey), 0, 0);
}

static void another_scene_differs_much(void **state)
{
  (void)state;
  int clear_cuts = 0;
  for (uint64_t seed = 0; seed < 20; seed++) {
    float d = difference((struct scene){seed}, (struct scene){seed + 100});
    assert_true(d > 0.3F);
    clear_cuts += d > 0.5F;
  }
  assert_true(clear_cuts >= 17);
}

static void a_scene_after_black_differs_much(void **state)
{
  (void)state;
  struct df_luma_sketch dark = {0};
  for (uint64_t seed = 0; seed < 5; seed++) {
    struct df_luma_sketch scene = look((struct scene){seed});
    assert_true(df_sketch_difference(&dark, &scene) > 0.6F);
  }
}

static void a_pan_or_zoom_differs_little(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 10; seed++) {
    struct scene here = {seed};
    assert_true(difference(here, (struct scene){seed, .x = 0.03}) < 0.15F);
    assert_true(difference(here, (struct scene){seed, .x = -0.02, .y = 0.05}) < 0.15F);
    assert_true(difference(here, (struct scene){seed, .zoom = 1.04}) < 0.15F);
  }
}

static void a_change_of_light_differs_little(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 10; seed++) {
    struct scene here = {seed, .gain = 0.7};
    assert_true(difference(here, (struct scene){seed, .gain = 0.7, .lift = 30}) < 0.05F);
    assert_true(difference(here, (struct scene){seed, .gain = 1}) < 0.15F);
  }
}

static void somebody_who_moves_differs_little(void **state)
{
  (void)state;
  struct df_luma_sketch before = look((struct scene){7}), after = before;
  for (int j = 8; j < 20; j++)
    for (int i = 0; i < 8; i++) {
      before.cells[j][20 + i] = 230;
      after.cells[j][23 + i] = 230;
    }
  assert_true(df_sketch_difference(&before, &after) < 0.15F);
}

/* Sample value of a picture that is a slope across and steps down. */
static int slope(void *context, int p, int x, int y)
{
  const struct df_picture *picture = context;
  int value = 16 + (x * 150 / picture->width) + (y * 60 / picture->height);
  return p ? 77 : picture->format.depth > 8 ? value * 4 : value;
}

/* What the cell should be: the mean of what `slope` gives in it, full-range. */
static double slope_mean(const struct df_picture *picture, int i, int j)
{
  int x0 = picture->width * i / DF_SKETCH_WIDTH, x1 = picture->width * (i + 1) / DF_SKETCH_WIDTH;
  int y0 = picture->height * j / DF_SKETCH_HEIGHT,
      y1 = picture->height * (j + 1) / DF_SKETCH_HEIGHT;
  x1 = x1 > x0 ? x1 : x0 + 1;
  y1 = y1 > y0 ? y1 : y0 + 1;
  double sum = 0;
  struct df_picture eight = *picture;
  eight.format.depth = 8;
  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      sum += slope(&eight, 0, x, y);
  double level = sum / ((x1 - x0) * (y1 - y0));
  return picture->colour.full_range ? level : (level - 16) * 255 / 219;
}

static void each_cell_is_the_mean_of_its_part_of_any_picture(void **state)
{
  (void)state;
  static const struct df_format formats[] = {{8, 1, 1, false, false}, {8, 1, 1, true, false},
      {10, 0, 0, false, false}, {10, 1, 1, true, true}};
  static const int sizes[][2] = {{1, 1}, {16, 16}, {47, 200}, {97, 61}, {640, 360}, {1080, 1921}};
  for (int f = 0; f < 4; f++)
    for (int s = 0; s < 6; s++) {
      struct test_picture t;
      struct df_luma_sketch sketch;
      test_picture_init(&t, formats[f], sizes[s][0], sizes[s][1], PADDING, FILL, s % 2);
      t.picture.colour.full_range = f % 2;
      fill_picture(&t.picture, slope, &t.picture);
      df_sketch_cpu(&t.picture, &sketch);
      for (int j = 0; j < DF_SKETCH_HEIGHT; j++)
        for (int i = 0; i < DF_SKETCH_WIDTH; i++)
          assert_float_equal(sketch.cells[j][i], slope_mean(&t.picture, i, j), 1.6);
      assert_true(padding_intact(&t, FILL));
      test_picture_finish(&t);
    }
}

static void extremes_stay_in_range(void **state)
{
  (void)state;
  struct test_picture t;
  struct df_luma_sketch sketch;
  test_picture_init(&t, yuv420, 100, 60, PADDING, FILL, false);
  memset(t.picture.planes[0], 255, (size_t)(60 * t.picture.strides[0] - PADDING));
  df_sketch_cpu(&t.picture, &sketch);
  assert_int_equal(sketch.cells[3][3], 255);
  memset(t.picture.planes[0], 0, (size_t)(60 * t.picture.strides[0] - PADDING));
  df_sketch_cpu(&t.picture, &sketch);
  assert_int_equal(sketch.cells[26][47], 0);
  test_picture_finish(&t);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_scene_does_not_differ_from_itself),
      cmocka_unit_test(another_scene_differs_much),
      cmocka_unit_test(a_scene_after_black_differs_much),
      cmocka_unit_test(a_pan_or_zoom_differs_little),
      cmocka_unit_test(a_change_of_light_differs_little),
      cmocka_unit_test(somebody_who_moves_differs_little),
      cmocka_unit_test(each_cell_is_the_mean_of_its_part_of_any_picture),
      cmocka_unit_test(extremes_stay_in_range),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
