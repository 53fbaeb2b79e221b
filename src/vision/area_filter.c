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

static int round_down(int x, int multiple)
{
  int rest = x % multiple;
  return x - (rest < 0 ? rest + multiple : rest);
}

/* How much of the box from lo to hi lies before `x`. */
static double part_before(double lo, double hi, double x)
{
  return x <= lo ? 0 : x >= hi ? hi - lo : x - lo;
}

/*
 * Weights are differences of the rounded integral of the box, so they sum to the total without a second
 * pass: with the sample at k all of it counts and half of those skipped until the next. Samples past
 * either end count for the one at the end.
 */
static void set_weights(
    struct df_area_filter *f, int output, int samples, double lo, double hi, int total)
{
  int first, last, spacing = f->spacing;
  covered(lo, hi, &first, &last);
  first = round_down(first, spacing);
  last = round_down(last + spacing - 1, spacing);
  int final = round_down(samples - 1, spacing), start = clamp_int(first, 0, final), done = 0;
  f->starts[output] = start;
  double gain = total / (hi - lo);
  for (int k = first; k <= last; k += spacing) {
    double before = (part_before(lo, hi, k + 1) + part_before(lo, hi, k + spacing)) / 2;
    int until = k == last ? total : (int)(before * gain + 0.5);
    int tap = (clamp_int(k, 0, final) - start) / spacing;
    size_t group = (size_t)(tap / DF_AREA_GROUP), lane = (size_t)(tap % DF_AREA_GROUP);
    size_t at = (group * (size_t)f->padded + (size_t)output) * DF_AREA_GROUP + lane;
    f->weights[at] = (int16_t)(f->weights[at] + until - done);
    done = until;
  }
}

int df_area_filter_init(struct df_area_filter *filter, int count, int samples, int spacing,
    double step, double offset, int total)
{
  assert(count > 0 && samples > 0 && spacing > 0 && step > 0 && total > 0 && total <= 16384);
  double width = step > 1 ? step : 1;
  int taps = ((int)ceil(width) + 2 * spacing - 2) / spacing + 1;
  *filter = (struct df_area_filter){
      .count = count,
      .padded = (count + 7) / 8 * 8,
      .taps = (taps + DF_AREA_GROUP - 1) / DF_AREA_GROUP * DF_AREA_GROUP,
      .spacing = spacing,
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
