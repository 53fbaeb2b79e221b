#include "vision/area_filter.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/error.h"

/* Overlaps below this share of a sample are rounding noise of the step, not worth a tap. */
static const double noise = 1e-3;

static int clamp_int(int x, int least, int most)
{
  return x < least ? least : x > most ? most : x;
}

/* Samples first..last under the box from lo to hi. */
static void covered(double lo, double hi, int *ret_first, int *ret_last)
{
  *ret_first = (int)floor(lo + noise);
  *ret_last = (int)ceil(hi - noise) - 1;
  if (*ret_last < *ret_first)
    *ret_last = *ret_first;
}

/*
 * Weights are differences of the rounded integral of the box, so they sum to the total without a second
 * pass. Samples past either end count for the one at the end.
 */
static void set_weights(
    struct df_area_filter *f, int output, int samples, double lo, double hi, int total)
{
  int first, last;
  covered(lo, hi, &first, &last);
  int start = clamp_int(first, 0, samples - 1), done = 0;
  f->starts[output] = start;
  double gain = total / (hi - lo);
  for (int k = first; k <= last; k++) {
    int until = k == last ? total : (int)((k + 1 - lo) * gain + 0.5);
    int tap = clamp_int(k, 0, samples - 1) - start;
    size_t group = (size_t)(tap / DF_AREA_GROUP), lane = (size_t)(tap % DF_AREA_GROUP);
    size_t at = (group * (size_t)f->padded + (size_t)output) * DF_AREA_GROUP + lane;
    f->weights[at] = (int16_t)(f->weights[at] + until - done);
    done = until;
  }
}

int df_area_filter_init(
    struct df_area_filter *filter, int count, int samples, double step, double offset, int total)
{
  assert(count > 0 && samples > 0 && step > 0 && total > 0 && total <= 16384);
  double width = step > 1 ? step : 1;
  int taps = (int)ceil(width) + 1;
  *filter = (struct df_area_filter){
      .count = count,
      .padded = (count + 7) / 8 * 8,
      .taps = (taps + DF_AREA_GROUP - 1) / DF_AREA_GROUP * DF_AREA_GROUP,
  };
  filter->starts = calloc((size_t)filter->padded, sizeof *filter->starts);
  filter->weights = calloc((size_t)filter->padded * (size_t)filter->taps, sizeof *filter->weights);
  if (!filter->starts || !filter->weights) {
    df_area_filter_finish(filter);
    return DF_ENOMEM;
  }
  for (int i = 0; i < count; i++) {
    double lo = (i + 0.5) * step + offset - width / 2;
    set_weights(filter, i, samples, lo, lo + width, total);
  }
  return 0;
}

void df_area_filter_finish(struct df_area_filter *filter)
{
  free(filter->starts);
  free(filter->weights);
  *filter = (struct df_area_filter){0};
}
