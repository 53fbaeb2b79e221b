/* Each test is named after the promise of assignment.h that it checks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "track/assignment.h"

enum { MOST = 6 };

static uint32_t random_state;

static uint32_t next_random(void)
{
  random_state = random_state * 1664525u + 1013904223u;
  return random_state >> 8;
}

/* The least sum of (cost - limit) over all ways to pair rows from `row` on. */
static double brute_force(
    const double *cost, size_t rows, size_t columns, double limit, size_t row, unsigned used)
{
  if (row == rows)
    return 0;
  double best = brute_force(cost, rows, columns, limit, row + 1, used);
  for (size_t c = 0; c < columns; c++) {
    double pair = cost[row * columns + c] - limit;
    if (used & 1u << c || !(pair <= 0))
      continue;
    double sum = pair + brute_force(cost, rows, columns, limit, row + 1, used | 1u << c);
    if (sum < best)
      best = sum;
  }
  return best;
}

static double check_pairs(
    const double *cost, size_t rows, size_t columns, double limit, const int *column_of)
{
  unsigned used = 0;
  double sum = 0;
  for (size_t r = 0; r < rows; r++) {
    if (column_of[r] < 0)
      continue;
    assert_in_range(column_of[r], 0, columns - 1);
    assert_false(used & 1u << column_of[r]);
    used |= 1u << column_of[r];
    double pair = cost[r * columns + (size_t)column_of[r]];
    assert_true(pair <= limit);
    sum += pair - limit;
  }
  return sum;
}

static void fill(double *cost, size_t count, unsigned steps)
{
  for (size_t i = 0; i < count; i++) {
    cost[i] = (double)(next_random() % steps) / (steps - 1);
    if (next_random() % 10 == 0)
      cost[i] = INFINITY;
  }
}

static void is_as_cheap_as_trying_every_pairing(void **state)
{
  (void)state;
  struct df_assignment assignment = {0};
  random_state = 1;
  for (int i = 0; i < 4000; i++) {
    size_t rows = next_random() % (MOST + 1), columns = next_random() % (MOST + 1);
    double cost[MOST * MOST], limit = (double)(next_random() % 100) / 80;
    int column_of[MOST];
    fill(cost, rows * columns, i % 2 ? 1000 : 4); /* the coarse ones are full of ties */
    assert_int_equal(df_assignment_solve(&assignment, cost, rows, columns, limit, column_of), 0);
    double found = check_pairs(cost, rows, columns, limit, column_of);
    double best = brute_force(cost, rows, columns, limit, 0, 0);
    assert_true(fabs(found - best) < 1e-9);
  }
  df_assignment_finish(&assignment);
}

static void never_makes_a_pair_that_must_not_be(void **state)
{
  (void)state;
  struct df_assignment assignment = {0};
  const double cost[] = {INFINITY, 0.1, INFINITY, 0.2, NAN, INFINITY};
  int column_of[3];
  assert_int_equal(df_assignment_solve(&assignment, cost, 3, 2, 10, column_of), 0);
  assert_int_equal(column_of[0], 1);
  assert_int_equal(column_of[1], -1);
  assert_int_equal(column_of[2], -1);
  df_assignment_finish(&assignment);
}

static void a_pair_at_the_limit_is_made_and_one_above_is_not(void **state)
{
  (void)state;
  struct df_assignment assignment = {0};
  const double cost[] = {0.8, 2, 2, 0.8000001};
  int column_of[2];
  assert_int_equal(df_assignment_solve(&assignment, cost, 2, 2, 0.8, column_of), 0);
  assert_int_equal(column_of[0], 0);
  assert_int_equal(column_of[1], -1);
  df_assignment_finish(&assignment);
}

static void equal_costs_go_to_the_first(void **state)
{
  (void)state;
  struct df_assignment assignment = {0};
  const double cost[] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
  int column_of[3];
  assert_int_equal(df_assignment_solve(&assignment, cost, 2, 3, 1, column_of), 0);
  assert_int_equal(column_of[0], 0);
  assert_int_equal(column_of[1], 1);
  df_assignment_finish(&assignment);
}

static void an_empty_table_pairs_nobody(void **state)
{
  (void)state;
  struct df_assignment assignment = {0};
  int column_of[2] = {7, 7};
  assert_int_equal(df_assignment_solve(&assignment, NULL, 0, 3, 1, column_of), 0);
  assert_int_equal(column_of[0], 7);
  assert_int_equal(df_assignment_solve(&assignment, NULL, 2, 0, 1, column_of), 0);
  assert_int_equal(column_of[0], -1);
  assert_int_equal(column_of[1], -1);
  df_assignment_finish(&assignment);
  df_assignment_finish(&assignment);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_as_cheap_as_trying_every_pairing),
      cmocka_unit_test(never_makes_a_pair_that_must_not_be),
      cmocka_unit_test(a_pair_at_the_limit_is_made_and_one_above_is_not),
      cmocka_unit_test(equal_costs_go_to_the_first),
      cmocka_unit_test(an_empty_table_pairs_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
