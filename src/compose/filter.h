/*
 * The filter of one axis as a table: for each output sample where it starts in the source and with
 * which weights. Built on the host from geometry.h alone; devices are handed copies, so none
 * computes a weight itself and all agree to the bit.
 *
 * The kernel is Lanczos (Duchon 1979) with three lobes, L(x) = sinc(x) sinc(x / 3), sampled 1024
 * times a unit and interpolated between. For output i with p = position(i) and s = scale (both in
 * 1/65536):
 *
 *   first = floor((p - 3 s) / 65536) + 1, and the ceil(6 s / 65536) samples from there
 *   weight(k) = L(|65536 k - p| / s); one outside the picture is added to the edge sample's
 *
 * Weights are brought to a sum of 16384 and rounded by carrying the rest from each to the next, so
 * they sum to exactly 16384 whatever the number of taps, and a whole-numbered position at scale 1
 * is one weight of 16384. The sum of their magnitudes stays below 2 * 16384, which is what lets
 * 32-bit sums and 16-bit intermediates hold every picture (kernels.h).
 */
#ifndef DF_COMPOSE_FILTER_H
#define DF_COMPOSE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compose/geometry.h"

enum { DF_FILTER_BITS = 14 };

/** Zero-initialise, build as often as wished, then finish. */
struct df_filter {
  struct df_axis axis;   /* what it was built for; count 0: nothing yet */
  int taps;              /* weights an output sample, 1..axis.size */
  int *starts;           /* [count], never falls, 0 .. size - taps */
  int16_t *coefficients; /* [count][taps] */
  bool identity;         /* sample i is source sample starts[0] + i, unchanged */
  int first, span;       /* the source samples that are used: first .. first + span - 1 */

  double *weights; /* scratch of one sample */
  void *memory;    /* holds all three */
  size_t room;
};

/** Builds the table. 1 when it was built, 0 when it stood for `axis` already, or DF_ENOMEM. */
int df_filter_build(struct df_filter *filter, const struct df_axis *axis);

/** Frees what the table holds and zeroes it. */
void df_filter_finish(struct df_filter *filter);

/**
 * The weights of output sample i without the zeros at their ends: their number; *ret_start is where
 * they start in the source and *ret_coefficients the first of them, borrowed.
 */
int df_filter_trimmed(
    const struct df_filter *filter, int i, int *ret_start, const int16_t **ret_coefficients);

#endif
