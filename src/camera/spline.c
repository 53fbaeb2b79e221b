/* The solver: Newton's method on squared hinges, one banded Cholesky factorisation a step; see spline.h. */
#include "camera/spline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { ITERATIONS = 10, UNDAMPED = 5 };

/* What things cost, by the square; lengths cancel out. Times are in seconds. */
static const double target_cost = 0.02; /* being off the target, while within the good corridor */
static const double good_cost = 1;      /* being out of the good corridor */
static const double must_cost = 1e5;    /* being where one must not */
/* Speed, acceleration, jerk as such: T^2, T^4, T^6 of a smoothing time T. */
static const double motion_cost[DF_SPLINE_ORDER] = {1e-4, 0.0081, 6.4e-5};
/* And beyond the bounds. */
static const double excess_cost[DF_SPLINE_ORDER] = {2, 20, 2e-2};
static const double rounding = 1e-12;

static const double differences[DF_SPLINE_ORDER][DF_SPLINE_SUPPORT] = {
    {-1, 1, 0, 0}, {1, -2, 1, 0}, {-1, 3, -3, 1}};

int df_spline_reserve(struct df_spline_work *work, size_t count)
{
  if (count <= work->capacity)
    return 0;
  size_t capacity = count + count / 2;
  double(*matrix)[DF_SPLINE_SUPPORT] = reallocarray(work->matrix, capacity, sizeof *matrix);
  if (matrix)
    work->matrix = matrix;
  double *right = reallocarray(work->right, capacity, sizeof *right);
  if (right)
    work->right = right;
  if (!matrix || !right)
    return DF_ENOMEM;
  work->capacity = capacity;
  return 0;
}

void df_spline_work_finish(struct df_spline_work *work)
{
  free(work->matrix);
  free(work->right);
  *work = (struct df_spline_work){0};
}

/* The interval of a time, and how the four coefficients from there on weigh in it. */
static size_t weights_at(
    const struct df_spline_knots *knots, double t, double ret_weights[DF_SPLINE_SUPPORT])
{
  double u = (t - knots->origin) / knots->step;
  double whole = fmin(fmax(floor(u), 0), (double)(knots->count - DF_SPLINE_SUPPORT));
  double s = fmin(fmax(u - whole, 0), 1), r = 1 - s;
  ret_weights[0] = r * r * r / 6;
  ret_weights[1] = (3 * s * s * s - 6 * s * s + 4) / 6;
  ret_weights[2] = (3 * r * r * r - 6 * r * r + 4) / 6;
  ret_weights[3] = s * s * s / 6;
  return (size_t)whole;
}

double df_spline_at(const struct df_spline_knots *knots, const double *coefficients, double t)
{
  double w[DF_SPLINE_SUPPORT];
  const double *c = coefficients + weights_at(knots, t, w);
  return c[1] + w[0] * (c[0] - c[1]) + w[2] * (c[2] - c[1]) + w[3] * (c[3] - c[1]);
}

/* One solving: what it works on. */
struct solving {
  struct df_spline_work *work;
  const bool *fixed;
  const double *at; /* coefficients: those fixed, and of the step before those sought */
};

/* Adds cost * (weights . coefficients from `first` on - wanted)^2. */
static void add_square(const struct solving *s, size_t first, const double *weights, int count,
    double wanted, double cost)
{
  for (int i = 0; i < count; i++)
    if (s->fixed[first + (size_t)i])
      wanted -= weights[i] * s->at[first + (size_t)i];
  for (int i = 0; i < count; i++) {
    size_t row = first + (size_t)i;
    if (s->fixed[row])
      continue;
    double scaled = cost * weights[i];
    s->work->right[row] += scaled * wanted;
    for (int k = 0; k <= i; k++)
      if (!s->fixed[first + (size_t)k])
        s->work->matrix[row][i - k] += scaled * weights[k];
  }
}

static double value(const struct solving *s, size_t first, const double *weights, int count)
{
  double sum = 0;
  for (int i = 0; i < count; i++)
    sum += weights[i] * s->at[first + (size_t)i];
  return sum;
}

/* Adds the cost of being outside of [low, high], as it is where the last step ended. */
static void add_hinge(const struct solving *s, size_t first, const double *weights, int count,
    double low, double high, double cost)
{
  double now = value(s, first, weights, count);
  if (now < low)
    add_square(s, first, weights, count, low, cost);
  else if (now > high)
    add_square(s, first, weights, count, high, cost);
}

static bool all_fixed(const struct solving *s, size_t first)
{
  const bool *f = s->fixed + first;
  return f[0] && f[1] && f[2] && f[3];
}

static void add_wishes(const struct solving *s, const struct df_spline_knots *knots,
    const struct df_spline_wish *wishes, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    const struct df_spline_wish *wish = &wishes[i];
    double w[DF_SPLINE_SUPPORT];
    size_t first = weights_at(knots, wish->t, w);
    if (all_fixed(s, first))
      continue;
    add_square(s, first, w, DF_SPLINE_SUPPORT, wish->target, target_cost * wish->lasts);
    add_hinge(s, first, w, DF_SPLINE_SUPPORT, wish->low, wish->high, good_cost * wish->lasts);
    add_hinge(s, first, w, DF_SPLINE_SUPPORT, wish->least, wish->most, must_cost * wish->lasts);
  }
}

static void add_motion(const struct solving *s, const struct df_spline_knots *knots,
    const struct df_spline_bounds *bounds)
{
  double unit = 1, ease = 1;
  for (int order = 1; order <= DF_SPLINE_ORDER; order++) {
    const double *weights = differences[order - 1];
    unit *= knots->step;
    ease /= bounds->haste;
    double most = bounds->most[order - 1] * unit, scale = knots->step / (unit * unit);
    for (size_t i = 0; i + (size_t)order < knots->count; i++) {
      if (s->fixed[i] && s->fixed[i + (size_t)order] && s->fixed[i + 1] &&
          s->fixed[i + (size_t)order - 1])
        continue;
      add_square(s, i, weights, order + 1, 0, motion_cost[order - 1] * ease * scale);
      add_hinge(s, i, weights, order + 1, -most, most, excess_cost[order - 1] * scale);
    }
  }
}

/* Solves matrix * x = right in place; the matrix is symmetric, positive and banded, its lower half given. */
static void solve_banded(double (*m)[DF_SPLINE_SUPPORT], double *x, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    size_t reach = i < DF_SPLINE_ORDER ? i : DF_SPLINE_ORDER;
    for (size_t k = reach; k > 0; k--) {
      double sum = m[i][k];
      for (size_t j = k + 1; j <= reach; j++)
        sum -= m[i][j] * m[i - k][j - k] * m[i - j][0];
      m[i][k] = sum / m[i - k][0];
    }
    for (size_t j = 1; j <= reach; j++) {
      m[i][0] -= m[i][j] * m[i][j] * m[i - j][0];
      x[i] -= m[i][j] * x[i - j];
    }
  }
  for (size_t i = count; i-- > 0;) {
    x[i] /= m[i][0];
    for (size_t j = 1; j <= DF_SPLINE_ORDER && i + j < count; j++)
      x[i] -= m[i + j][j] * x[i + j];
  }
}

/* One step of Newton's method from `at`; the outcome is in work->right. */
static void take_step(const struct solving *s, const struct df_spline_knots *knots,
    const struct df_spline_wish *wishes, size_t wish_count, const struct df_spline_bounds *bounds)
{
  struct df_spline_work *work = s->work;
  memset(work->matrix, 0, knots->count * sizeof *work->matrix);
  memset(work->right, 0, knots->count * sizeof *work->right);
  add_wishes(s, knots, wishes, wish_count);
  add_motion(s, knots, bounds);
  for (size_t i = 0; i < knots->count; i++)
    if (s->fixed[i]) {
      work->matrix[i][0] = 1;
      work->right[i] = s->at[i];
    }
  solve_banded(work->matrix, work->right, knots->count);
}

void df_spline_solve(struct df_spline_work *work, const struct df_spline_knots *knots,
    const struct df_spline_wish *wishes, size_t wish_count, const struct df_spline_bounds *bounds,
    const bool *fixed, double *coefficients)
{
  struct solving s = {work, fixed, coefficients};
  if (wish_count == 0)
    return;
  for (int n = 0; n < ITERATIONS; n++) {
    double share = n < UNDAMPED ? 1 : 0.5, most = 0, size = 0;
    take_step(&s, knots, wishes, wish_count, bounds);
    for (size_t i = 0; i < knots->count; i++) {
      if (fixed[i])
        continue;
      double by = share * (work->right[i] - coefficients[i]);
      most = fmax(most, fabs(by));
      size = fmax(size, fabs(coefficients[i]));
      coefficients[i] += by;
    }
    if (most <= rounding + 1e-9 * size)
      break;
  }
}
