/* The geometry that preprocess.h promises: letterbox, its inverse, and the alignment of a face. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vision/preprocess.h"

static void fits(
    float width, float height, int area, int expected_width, int expected_height, double scale)
{
  struct df_letterbox l = df_letterbox_fit(width, height, 1, 1, 32, area);
  if (l.width != expected_width || l.height != expected_height || fabs(l.scale - scale) > 1e-6)
    fail_msg("%gx%g: %dx%d at %g, expected %dx%d at %g", width, height, l.width, l.height, l.scale,
        expected_width, expected_height, scale);
}

static void common_pictures_get_their_shape(void **state)
{
  (void)state;
  fits(1920, 1080, 0, 640, 384, 1.0 / 3);
  fits(1080, 1920, 0, 384, 640, 1.0 / 3);
  fits(3840, 2160, 0, 640, 384, 1.0 / 6);
  fits(7680, 4320, 0, 640, 384, 1.0 / 12);
  fits(1920, 1080, 512 * 288, 512, 288, 512.0 / 1920);
  fits(1000, 1000, 0, 480, 480, 0.48);
}

static void small_pictures_are_not_enlarged(void **state)
{
  (void)state;
  fits(1, 1, 0, 32, 32, 1);
  fits(16, 16, 0, 32, 32, 1);
  fits(640, 360, 0, 640, 384, 1);
  fits(480, 270, 0, 480, 288, 1);
  fits(33, 2, 0, 64, 32, 1);
}

static void any_picture_fits_in_whole_multiples(void **state)
{
  (void)state;
  for (float w = 1; w < 20000; w = w * 1.7F + 1)
    for (float h = 1; h < 20000; h = h * 1.7F + 1)
      for (int area = 1; area < 1000000; area = area * 9 + 1) {
        struct df_letterbox l = df_letterbox_fit(w, h, 1, 1, 32, area);
        assert_true(l.width >= 32 && l.height >= 32 && l.width % 32 == 0 && l.height % 32 == 0);
        assert_true(l.scale > 0 && l.scale <= 1);
        assert_true((double)w * l.scale < l.width + 0.1 && (double)h * l.scale < l.height + 0.1);
        assert_true(l.width == 32 || l.height == 32 || (int64_t)l.width * l.height <= area);
      }
}

static void the_whole_area_is_used(void **state)
{
  (void)state;
  for (float h = 200; h < 6000; h += 97) {
    struct df_letterbox l = df_letterbox_fit(4000, h, 1, 1, 32, 0);
    double used = 4000.0 * h * l.scale * l.scale;
    assert_true(used > 0.72 * 640 * 384 || l.scale == 1);
  }
}

static void unmapping_undoes_the_scale(void **state)
{
  (void)state;
  struct df_letterbox l = df_letterbox_fit(1920, 1080, 1, 1, 32, 0);
  struct df_face face = {.box = {10, 20, 30, 40}, .score = 0.5F};
  for (int i = 0; i < DF_FACE_POINTS; i++)
    face.points[i] = (struct df_point){(float)i, (float)(2 * i)};
  struct df_face out = df_letterbox_unmap(&l, face);
  assert_float_equal(out.box.x, 30, 1e-4);
  assert_float_equal(out.box.y, 60, 1e-4);
  assert_float_equal(out.box.w, 90, 1e-4);
  assert_float_equal(out.box.h, 120, 1e-4);
  assert_float_equal(out.score, 0.5, 0);
  assert_float_equal(out.points[4].x, 12, 1e-4);
  assert_float_equal(out.points[4].y, 24, 1e-4);
}

static const struct df_point arcface[DF_FACE_POINTS] = {{38.2946F, 51.6963F}, {73.5318F, 51.5014F},
    {56.0252F, 71.7366F}, {41.5493F, 92.3655F}, {70.7299F, 92.2041F}};

/* The template turned, scaled and moved: where the landmarks of such a face are. */
static void place(
    double scale, double angle, double x, double y, struct df_point ret_points[DF_FACE_POINTS])
{
  for (int i = 0; i < DF_FACE_POINTS; i++) {
    double u = arcface[i].x + 0.5, v = arcface[i].y + 0.5;
    ret_points[i].x = (float)(scale * (cos(angle) * u - sin(angle) * v) + x);
    ret_points[i].y = (float)(scale * (sin(angle) * u + cos(angle) * v) + y);
  }
}

static void a_face_placed_by_a_similarity_gives_that_similarity(void **state)
{
  (void)state;
  for (double angle = -3; angle <= 3; angle += 0.5) {
    struct df_point points[DF_FACE_POINTS];
    float m[6];
    place(2.5, angle, 300, 200, points);
    assert_true(df_align_matrix(points, 112, 112, 1, 1, m));
    const double expected[6] = {
        2.5 * cos(angle), -2.5 * sin(angle), 300, 2.5 * sin(angle), 2.5 * cos(angle), 200};
    for (int i = 0; i < 6; i++)
      assert_float_equal(m[i], expected[i], 1e-2);
  }
}

static void the_template_grows_with_the_input(void **state)
{
  (void)state;
  struct df_point points[DF_FACE_POINTS];
  float m[6];
  place(2, 0, 10, 20, points);
  assert_true(df_align_matrix(points, 224, 224, 1, 1, m));
  const double expected[6] = {1, 0, 10, 0, 1, 20};
  for (int i = 0; i < 6; i++)
    assert_float_equal(m[i], expected[i], 1e-3);
}

static void stored_samples_are_not_displayed_pixels(void **state)
{
  (void)state;
  struct df_point points[DF_FACE_POINTS];
  float square[6], m[6];
  place(2, 0.3, 100, 50, points);
  assert_true(df_align_matrix(points, 112, 112, 1, 1, square));
  assert_true(df_align_matrix(points, 112, 112, 0.75F, 1.5F, m));
  for (int i = 0; i < 6; i++)
    assert_float_equal(m[i], square[i] * (i < 3 ? 0.75 : 1.5), 1e-3);
}

/* Sum of squared distances between where a transform puts the template and the points. */
static double residual(const double m[4], const struct df_point points[DF_FACE_POINTS])
{
  double sum = 0;
  for (int i = 0; i < DF_FACE_POINTS; i++) {
    double u = arcface[i].x + 0.5, v = arcface[i].y + 0.5;
    double dx = m[0] * u - m[1] * v + m[2] - points[i].x,
           dy = m[1] * u + m[0] * v + m[3] - points[i].y;
    sum += dx * dx + dy * dy;
  }
  return sum;
}

static void no_other_similarity_is_closer_in_the_least_squares_sense(void **state)
{
  (void)state;
  struct df_point points[DF_FACE_POINTS] = {
      {100, 120}, {160, 110}, {135, 150}, {112, 185}, {150, 190}};
  float m[6];
  assert_true(df_align_matrix(points, 112, 112, 1, 1, m));
  assert_float_equal(m[0], m[4], 1e-6);
  assert_float_equal(m[1], -m[3], 1e-6);
  const double found[4] = {m[0], m[3], m[2], m[5]};
  double best = residual(found, points);
  for (int i = 0; i < 4; i++)
    for (int sign = -1; sign <= 1; sign += 2) {
      double other[4];
      memcpy(other, found, sizeof other);
      other[i] += sign * (i < 2 ? 0.01 : 0.5);
      assert_true(residual(other, points) > best);
    }
}

static void points_in_one_place_have_no_transform(void **state)
{
  (void)state;
  struct df_point points[DF_FACE_POINTS];
  float m[6];
  for (int i = 0; i < DF_FACE_POINTS; i++)
    points[i] = (struct df_point){50, 60};
  assert_false(df_align_matrix(points, 112, 112, 1, 1, m));
  points[2].x = NAN;
  assert_false(df_align_matrix(points, 112, 112, 1, 1, m));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(common_pictures_get_their_shape),
      cmocka_unit_test(small_pictures_are_not_enlarged),
      cmocka_unit_test(any_picture_fits_in_whole_multiples),
      cmocka_unit_test(the_whole_area_is_used),
      cmocka_unit_test(unmapping_undoes_the_scale),
      cmocka_unit_test(a_face_placed_by_a_similarity_gives_that_similarity),
      cmocka_unit_test(the_template_grows_with_the_input),
      cmocka_unit_test(stored_samples_are_not_displayed_pixels),
      cmocka_unit_test(no_other_similarity_is_closer_in_the_least_squares_sense),
      cmocka_unit_test(points_in_one_place_have_no_transform),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
