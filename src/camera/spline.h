/*
 * One coordinate of a window over time, as a uniform cubic B-spline, and the optimisation that finds
 * it. Such a curve has continuous speed and acceleration and a bounded jerk at any frame rate; its
 * speed, acceleration and jerk are the differences of its coefficients, so that a bound on those is a
 * bound on the motion at every instant (P-splines: Eilers and Marx 1996).
 *
 * Sought is what costs least of: leaving the corridors around what is to be shown, acceleration and
 * jerk, and what exceeds the bounds of speed, acceleration and jerk. (That a path be found as one
 * optimisation with corridors is from Grundmann, Kwatra and Essa, "Auto-directed video stabilization
 * with robust L1 optimal camera paths", 2011; here costs are squared, so that Newton's method on
 * banded systems finds the least in a few steps.)
 *
 * Coefficients are decided from the past on, and those that are decided stay: the rest is found
 * again when more of the future is known. Pure; the same numbers in, the same out, bit for bit.
 */
#ifndef DF_CAMERA_SPLINE_H
#define DF_CAMERA_SPLINE_H

#include <stdbool.h>
#include <stddef.h>

enum { DF_SPLINE_ORDER = 3, DF_SPLINE_SUPPORT = DF_SPLINE_ORDER + 1 };

/** A stretch of knots; interval j, from origin + j * step on, is made by the coefficients j to j + 3. */
struct df_spline_knots {
  double origin, step; /* seconds */
  size_t count;        /* coefficients */
};

/** What is wanted at one instant. */
struct df_spline_wish {
  double t;
  double target;      /* where it is best */
  double low, high;   /* within these it is good; around the target */
  double least, most; /* and must be within these, so far as can be; least <= most */
  double lasts;       /* seconds that the instant stands for */
};

/** How it may move. All > 0. */
struct df_spline_bounds {
  double most[DF_SPLINE_ORDER]; /* speed, acceleration, jerk: units a second, second^2, second^3 */
  double haste; /* of how much less acceleration counts: 1 where there is time for ease */
};

/** Memory of the solver; grows only. Zero-initialise; df_spline_work_finish releases. */
struct df_spline_work {
  double (*matrix)[DF_SPLINE_SUPPORT];
  double *right;
  size_t capacity;
};

/** Makes room for so many coefficients. 0 or DF_ENOMEM. */
int df_spline_reserve(struct df_spline_work *work, size_t count);
void df_spline_work_finish(struct df_spline_work *work);

/** The value at a time within the knots. Of equal coefficients the very same number. */
double df_spline_at(const struct df_spline_knots *knots, const double *coefficients, double t);

/**
 * Finds the coefficients that are not `fixed`, beginning from what stands there. The wishes are in order of
 * time and within the knots. At least one wish, or all is left as it is.
 */
void df_spline_solve(struct df_spline_work *work, const struct df_spline_knots *knots,
    const struct df_spline_wish *wishes, size_t wish_count, const struct df_spline_bounds *bounds,
    const bool *fixed, double *coefficients);

#endif
