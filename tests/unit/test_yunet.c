/* Each test is named after the promise of yunet.h that it checks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vision/yunet.h"

enum { WIDTH = 96, HEIGHT = 64, CELLS = 12 * 8 + 6 * 4 + 3 * 2, LIMIT = 32 };

/* Outputs of one picture in which nothing is a face. */
struct outputs {
  float cls[CELLS], obj[CELLS], boxes[CELLS][4], points[CELLS][10];
  struct df_yunet_level levels[DF_YUNET_LEVELS];
};

static void clear(struct outputs *o)
{
  memset(o, 0, sizeof *o);
  size_t at = 0;
  for (int l = 0; l < DF_YUNET_LEVELS; l++) {
    int stride = 8 << l;
    o->levels[l] =
        (struct df_yunet_level){stride, o->cls + at, o->obj + at, o->boxes[at], o->points[at]};
    at += (size_t)(WIDTH / stride) * (HEIGHT / stride);
  }
}

/* Index of a cell among all. */
static size_t cell_at(int level, int column, int row)
{
  size_t at = level == 0 ? 0 : level == 1 ? 96 : 120;
  return at + (size_t)row * (size_t)(WIDTH / (8 << level)) + (size_t)column;
}

static void set_score(struct outputs *o, size_t cell, float score)
{
  o->cls[cell] = score;
  o->obj[cell] = score;
}

static size_t decode(const struct outputs *o, float low_score, float nms, struct df_face *ret_faces)
{
  struct df_face work[CELLS];
  return df_yunet_decode(o->levels, WIDTH, HEIGHT, low_score, nms, work, ret_faces, LIMIT);
}

static void every_cell_counts(void **state)
{
  (void)state;
  assert_int_equal(df_yunet_cells(WIDTH, HEIGHT), CELLS);
}

static void a_cell_becomes_a_face_by_the_published_formulas(void **state)
{
  (void)state;
  struct outputs o;
  struct df_face faces[LIMIT];
  clear(&o);
  size_t cell = cell_at(1, 4, 2); /* stride 16 */
  o.cls[cell] = 0.81F;
  o.obj[cell] = 1.2F; /* taken as 1 */
  const float box[4] = {0.25F, -0.5F, 0.6931472F, 0};
  memcpy(o.boxes[cell], box, sizeof box);
  for (int i = 0; i < 10; i++)
    o.points[cell][i] = (float)i / 4;
  assert_int_equal(decode(&o, 0.5F, 0.4F, faces), 1);
  assert_float_equal(faces[0].score, 0.9, 1.0 / 1024);
  assert_true(faces[0].score * 1024 == floorf(faces[0].score * 1024));
  assert_float_equal(faces[0].box.w, 32, 1e-3);
  assert_float_equal(faces[0].box.h, 16, 1e-3);
  assert_float_equal(faces[0].box.x, 4.25 * 16 - 16, 1e-3);
  assert_float_equal(faces[0].box.y, 1.5 * 16 - 8, 1e-3);
  for (int i = 0; i < DF_FACE_POINTS; i++) {
    assert_float_equal(faces[0].points[i].x, (4 + 2 * i / 4.0) * 16, 1e-3);
    assert_float_equal(faces[0].points[i].y, (2 + (2 * i + 1) / 4.0) * 16, 1e-3);
  }
}

static void those_below_the_least_score_are_none(void **state)
{
  (void)state;
  struct outputs o;
  struct df_face faces[LIMIT];
  clear(&o);
  set_score(&o, cell_at(0, 1, 1), 0.5F);
  set_score(&o, cell_at(0, 8, 6), 0.49F);
  assert_int_equal(decode(&o, 0.5F, 0.4F, faces), 1);
  assert_float_equal(faces[0].score, 0.5, 0);
  assert_int_equal(decode(&o, 0.0F, 0.4F, faces), 2); /* a score of 0 is never a face */
}

static void they_come_best_first_and_equal_ones_in_order_of_cells(void **state)
{
  (void)state;
  struct outputs o;
  struct df_face faces[LIMIT];
  clear(&o);
  set_score(&o, cell_at(2, 1, 0), 0.7F);
  set_score(&o, cell_at(0, 9, 7), 0.9F);
  set_score(&o, cell_at(0, 5, 7), 0.7F);
  set_score(&o, cell_at(0, 2, 4), 0.7F);
  assert_int_equal(decode(&o, 0.3F, 0.4F, faces), 4);
  assert_float_equal(faces[0].box.x, 9 * 8 - 4, 1e-3);
  assert_float_equal(faces[1].box.x, 2 * 8 - 4, 1e-3);
  assert_float_equal(faces[2].box.x, 5 * 8 - 4, 1e-3);
  assert_float_equal(faces[3].box.w, 32, 1e-3);
}

static void of_two_that_overlap_the_better_stays(void **state)
{
  (void)state;
  struct outputs o;
  struct df_face faces[LIMIT];
  clear(&o);
  for (int i = 0; i < 3;
       i++) { /* three boxes of 32 pixels, 8 apart: neighbours have an IoU of 0.6 */
    size_t cell = cell_at(0, 4 + i, 4);
    set_score(&o, cell, i == 1 ? 0.8F : 0.9F - 0.01F * (float)i);
    o.boxes[cell][2] = o.boxes[cell][3] = logf(4);
  }
  assert_int_equal(decode(&o, 0.3F, 0.61F, faces), 3);
  assert_int_equal(decode(&o, 0.3F, 0.4F, faces), 2); /* the first and the third, 16 apart: 1/3 */
  assert_float_equal(faces[0].box.x, 4 * 8 - 16, 1e-3);
  assert_float_equal(faces[1].box.x, 6 * 8 - 16, 1e-3);
  assert_int_equal(decode(&o, 0.3F, 0.3F, faces), 1);
}

static void numbers_that_are_not_finite_make_no_face(void **state)
{
  (void)state;
  struct outputs o;
  struct df_face faces[LIMIT];
  clear(&o);
  for (int i = 0; i < 6; i++)
    set_score(&o, cell_at(0, 2 * i, 1), 0.8F);
  o.cls[cell_at(0, 0, 1)] = NAN;
  o.obj[cell_at(0, 2, 1)] = -INFINITY;
  o.boxes[cell_at(0, 4, 1)][0] = NAN;
  o.boxes[cell_at(0, 6, 1)][3] = INFINITY;
  o.points[cell_at(0, 8, 1)][9] = -INFINITY;
  assert_int_equal(decode(&o, 0.3F, 0.4F, faces), 1);
  assert_float_equal(faces[0].box.x, 10 * 8 - 4, 1e-3);
  o.boxes[cell_at(0, 10, 1)][2] = -INFINITY; /* no width */
  assert_int_equal(decode(&o, 0.3F, 0.4F, faces), 0);
}

static void no_more_than_the_limit_are_kept_and_they_are_the_best(void **state)
{
  (void)state;
  struct outputs o;
  struct df_face faces[LIMIT];
  clear(&o);
  for (size_t i = 0; i < 96; i++)
    set_score(&o, i, 0.4F + 0.005F * (float)i);
  assert_int_equal(decode(&o, 0.3F, 0.4F, faces), LIMIT);
  for (int i = 1; i < LIMIT; i++)
    assert_true(faces[i].score <= faces[i - 1].score);
  assert_float_equal(faces[0].score, 0.4 + 0.005 * 95, 1.0 / 1024);
  assert_float_equal(faces[LIMIT - 1].score, 0.4 + 0.005 * (96 - LIMIT), 1.0 / 1024);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_cell_counts),
      cmocka_unit_test(a_cell_becomes_a_face_by_the_published_formulas),
      cmocka_unit_test(those_below_the_least_score_are_none),
      cmocka_unit_test(they_come_best_first_and_equal_ones_in_order_of_cells),
      cmocka_unit_test(of_two_that_overlap_the_better_stays),
      cmocka_unit_test(numbers_that_are_not_finite_make_no_face),
      cmocka_unit_test(no_more_than_the_limit_are_kept_and_they_are_the_best),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
