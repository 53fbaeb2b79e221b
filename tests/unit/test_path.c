/* Each test is named after a promise of camera/spline.h or camera/path.h. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "camera/path.h"
#include "camera/spline.h"

enum { KNOTS = 63, WISHES = 180 };

static const struct df_spline_bounds wide_bounds = {{1e6, 1e6, 1e6}, 1};

/* Wants one place, and from `step` on another, over six seconds. */
struct problem {
  struct df_spline_work work;
  struct df_spline_knots knots;
  struct df_spline_wish wishes[WISHES];
  double c[KNOTS];
  bool fixed[KNOTS];
};

static void pose_problem(struct problem *p, double before, double after, int step)
{
  *p = (struct problem){.knots = {0, 0.1, KNOTS}};
  assert_int_equal(df_spline_reserve(&p->work, KNOTS), 0);
  for (int i = 0; i < WISHES; i++) {
    double x = i < step ? before : after;
    p->wishes[i] = (struct df_spline_wish){i / 30.0, x, x - 5, x + 5, -1e6, 1e6, 1 / 30.0};
  }
  for (int i = 0; i < KNOTS; i++)
    p->c[i] = before;
}

static void solve(struct problem *p, const struct df_spline_bounds *bounds)
{
  df_spline_solve(&p->work, &p->knots, p->wishes, WISHES, bounds, p->fixed, p->c);
  df_spline_work_finish(&p->work);
}

static void equal_coefficients_give_the_very_same_number(void **state)
{
  (void)state;
  struct df_spline_knots knots = {0.3, 0.1, 9};
  double c[9];
  for (int i = 0; i < 9; i++)
    c[i] = 0.1 + 1.0 / 3;
  for (int i = 0; i < 100; i++)
    assert_true(df_spline_at(&knots, c, 0.3 + i * 0.006) == c[0]);
}

static void what_is_wanted_is_found(void **state)
{
  (void)state;
  struct problem p;
  pose_problem(&p, 700, 700, 0);
  for (int i = 0; i < KNOTS; i++)
    p.c[i] = 0;
  solve(&p, &wide_bounds);
  for (int i = 0; i < WISHES; i++)
    assert_float_equal(df_spline_at(&p.knots, p.c, i / 30.0), 700, 1e-3);
}

static void fixed_coefficients_stay_and_are_joined_smoothly(void **state)
{
  (void)state;
  struct problem p;
  pose_problem(&p, 100, 300, 60);
  for (int i = 0; i < 10; i++) {
    p.fixed[i] = true;
    p.c[i] = 100 + 4 * i; /* on the move */
  }
  solve(&p, &wide_bounds);
  for (int i = 0; i < 10; i++)
    assert_true(p.c[i] == 100 + 4 * i);
  for (int i = 1; i < 58; i++)
    assert_true(fabs(p.c[i - 1] - 2 * p.c[i] + p.c[i + 1]) < 6);
  assert_float_equal(p.c[55], 300, 6);
}

static void bounds_hold_where_nothing_else_asks_for_more(void **state)
{
  (void)state;
  static const double most = 150; /* a second^2 */
  struct problem p;
  struct df_spline_bounds bounds = {{1e6, most, 1e6}, 1};
  pose_problem(&p, 100, 300, 90);
  solve(&p, &wide_bounds);
  double hardest = 0;
  for (int i = 1; i + 1 < KNOTS; i++)
    hardest = fmax(hardest, fabs(p.c[i - 1] - 2 * p.c[i] + p.c[i + 1]) / 0.01);
  assert_true(hardest > 1.5 * most);
  pose_problem(&p, 100, 300, 90);
  solve(&p, &bounds);
  hardest = 0;
  for (int i = 1; i + 1 < KNOTS; i++)
    hardest = fmax(hardest, fabs(p.c[i - 1] - 2 * p.c[i] + p.c[i + 1]) / 0.01);
  assert_true(hardest < 1.15 * most);
}

static void a_corridor_is_kept(void **state)
{
  (void)state;
  struct problem p;
  pose_problem(&p, 100, 300, 90);
  for (int i = 0; i < WISHES; i++) {
    p.wishes[i].least = i < 90 ? 80 : 280;
    p.wishes[i].most = i < 90 ? 140 : 320;
  }
  solve(&p, &wide_bounds);
  for (int i = 0; i < WISHES; i++)
    if (i < 80 || i > 100) {
      double x = df_spline_at(&p.knots, p.c, i / 30.0);
      assert_true(x > p.wishes[i].least - 4 && x < p.wishes[i].most + 4);
    }
}

static const struct df_framing picture = {.width = 1920,
    .height = 1080,
    .aspect = 8.f / 9,
    .face_height = 0.32f,
    .headroom = 0.24f,
    .least = 180,
    .most = 1080};

/* The way through `count` wishes, found a step at a time with `ahead` of them known. */
static void find_way(struct df_path *path, const struct df_path_wish *wishes, int count, int ahead,
    struct df_pose *ret_poses)
{
  df_path_set_lookahead(path, ahead / 30.0);
  assert_int_equal(df_path_reserve(path, (size_t)count, count / 30.0), 0);
  df_path_begin(path, wishes[0].t);
  for (int i = 0; i < count; i++) {
    if (!df_path_reaches(path, wishes[i].t)) {
      int first = i > 45 ? i - 45 : 0, end = i + ahead < count ? i + ahead : count;
      for (int k = first; k < end; k++)
        path->wishes[k - first] = wishes[k];
      df_path_extend(path, &picture, (size_t)(end - first), wishes[i].t, end == count);
    }
    ret_poses[i] = df_path_at(path, wishes[i].t);
  }
}

/* At one place, and from frame 90 on at another. */
static void lay(struct df_path_wish *wishes, float by)
{
  for (int i = 0; i < WISHES; i++)
    wishes[i] = (struct df_path_wish){
        .t = i / 30.0, .pose = {0.1f + 1600.f / 3 + (i < 90 ? 0 : by), 500, 600}};
}

static void where_the_wanted_place_rests_the_way_rests_exactly(void **state)
{
  (void)state;
  static const int aheads[] = {1, 20, 45, WISHES};
  for (int k = 0; k < 4; k++) {
    struct df_path path = {0};
    struct df_path_wish wishes[WISHES];
    struct df_pose poses[WISHES];
    lay(wishes, 200);
    find_way(&path, wishes, WISHES, aheads[k], poses);
    for (int i = 0; i < 40; i++)
      assert_true(poses[i].x == wishes[0].pose.x && poses[i].y == 500 && poses[i].h == 600);
    for (int i = 150; i < WISHES; i++)
      assert_true(poses[i].x == wishes[WISHES - 1].pose.x && poses[i].h == 600);
    df_path_finish(&path);
  }
}

static void the_way_is_smooth_from_step_to_step(void **state)
{
  (void)state;
  static const int aheads[] = {1, 20, 45, WISHES};
  for (int k = 0; k < 4; k++) {
    struct df_path path = {0};
    struct df_path_wish wishes[WISHES];
    struct df_pose poses[WISHES];
    lay(wishes, 200);
    find_way(&path, wishes, WISHES, aheads[k], poses);
    float most = aheads[k] == 1 ? 3 : 1.2f;
    for (int i = 1; i + 1 < WISHES; i++)
      assert_true(fabsf(poses[i - 1].x - 2 * poses[i].x + poses[i + 1].x) < most);
    df_path_finish(&path);
  }
}

static void a_window_that_changes_its_size_stays_in_the_picture(void **state)
{
  (void)state;
  struct df_path path = {0};
  struct df_path_wish wishes[WISHES];
  struct df_pose poses[WISHES];
  for (int i = 0; i < WISHES; i++) {
    float h = i < 90 ? 400 : 1000;
    wishes[i] = (struct df_path_wish){
        .t = i / 30.0, .pose = {1920 - h * picture.aspect / 2, 1080 - h / 2, h}};
  }
  find_way(&path, wishes, WISHES, 45, poses);
  for (int i = 0; i < WISHES; i++) {
    assert_true(poses[i].x + poses[i].h * picture.aspect / 2 < 1920 + 4);
    assert_true(poses[i].y + poses[i].h / 2 < 1080 + 4);
  }
  df_path_finish(&path);
}

/* The other's face stands between two places of the window, until it is gone. */
static void a_face_that_is_to_be_kept_out_is_passed_when_it_has_gone(void **state)
{
  (void)state;
  struct df_path path = {0};
  struct df_path_wish wishes[WISHES];
  struct df_pose poses[WISHES];
  lay(wishes, 700);
  for (int i = 0; i < 90; i++)
    wishes[i].face = (struct df_box){850, 450, 100, 120};
  find_way(&path, wishes, WISHES, WISHES, poses);
  for (int i = 0; i < 90; i++)
    assert_true(poses[i].x + 300 * picture.aspect < 850 + 16);
  df_path_finish(&path);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_coefficients_give_the_very_same_number),
      cmocka_unit_test(what_is_wanted_is_found),
      cmocka_unit_test(fixed_coefficients_stay_and_are_joined_smoothly),
      cmocka_unit_test(bounds_hold_where_nothing_else_asks_for_more),
      cmocka_unit_test(a_corridor_is_kept),
      cmocka_unit_test(where_the_wanted_place_rests_the_way_rests_exactly),
      cmocka_unit_test(the_way_is_smooth_from_step_to_step),
      cmocka_unit_test(a_window_that_changes_its_size_stays_in_the_picture),
      cmocka_unit_test(a_face_that_is_to_be_kept_out_is_passed_when_it_has_gone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
