/*
 * Filter tables, as filter.h specifies them. Never touches samples. Rebuilding one as the camera
 * moves costs some ten microseconds, because the kernel is looked up, not computed.
 */
#include "compose/filter.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
  LOBES = 3,
  KERNEL_STEPS = 1024, /* a unit; interpolated between: wrong by less than 1e-6 */
  KERNEL_SIZE = LOBES * KERNEL_STEPS + 2,
  ONE = 1 << DF_POSITION_BITS
};

static double kernel[KERNEL_SIZE];
static pthread_once_t kernel_once = PTHREAD_ONCE_INIT;

static double lanczos(double x)
{
  double a = M_PI * x;
  return sin(a) * sin(a / LOBES) * LOBES / (a * a);
}

static void fill_kernel(void)
{
  kernel[0] = 1;
  for (int i = 1; i < KERNEL_SIZE; i++)
    if (i % KERNEL_STEPS) /* exactly 0 at whole numbers */
      kernel[i] = lanczos((double)i / KERNEL_STEPS);
  kernel[KERNEL_SIZE - 1] = 0;
}

/* `distance` in steps of the table. */
static double kernel_at(double distance)
{
  int i = (int)distance;
  if (i >= LOBES * KERNEL_STEPS)
    return 0;
  return kernel[i] + (distance - i) * (kernel[i + 1] - kernel[i]);
}

static int clamp_index(int64_t k, int most)
{
  return k < 0 ? 0 : k > most ? most : (int)k;
}

/* Weights of one sample around `position` into filter->weights; returns their sum. */
static double weigh(struct df_filter *f, int64_t position, int64_t scale, int *ret_start)
{
  int size = f->axis.size;
  int full = (int)((2 * LOBES * scale + ONE - 1) >> DF_POSITION_BITS);
  int64_t first = ((position - LOBES * scale) >> DF_POSITION_BITS) + 1;
  int start = clamp_index(first, size - f->taps);
  double steps = (double)KERNEL_STEPS / (double)scale, sum = 0;
  memset(f->weights, 0, (size_t)f->taps * sizeof *f->weights);
  for (int64_t k = first; k < first + full; k++) {
    double weight = kernel_at(fabs((double)(k * ONE - position)) * steps);
    f->weights[clamp_index(k, size - 1) - start] += weight;
    sum += weight;
  }
  *ret_start = start;
  return sum;
}

/* Rounds the running sum, not each weight, so that the whole is exact. */
static void quantise(const double *weights, int taps, double sum, int16_t *coefficients)
{
  double running = 0, unit = (1 << DF_FILTER_BITS) / sum;
  int before = 0;
  for (int k = 0; k < taps; k++) {
    running += weights[k] * unit;
    int now = (int)(running + (2 << DF_FILTER_BITS) + 0.5) - (2 << DF_FILTER_BITS);
    coefficients[k] = (int16_t)(now - before);
    before = now;
  }
}

/* One block for all three arrays, kept while it is large enough. */
static int reserve(struct df_filter *f, int count, int taps)
{
  size_t n = (size_t)count, t = (size_t)taps;
  size_t weights = t * sizeof *f->weights, starts = n * sizeof *f->starts;
  size_t total = weights + starts + n * t * sizeof *f->coefficients;
  if (total > f->room) {
    free(f->memory);
    f->room = 0;
    f->memory = malloc(total);
    if (!f->memory)
      return DF_ENOMEM;
    f->room = total;
  }
  f->weights = f->memory;
  f->starts = (int *)((char *)f->memory + weights);
  f->coefficients = (int16_t *)((char *)f->memory + weights + starts);
  return 0;
}

static bool is_identity(const struct df_filter *f)
{
  for (int i = 0, first = 0; i < f->axis.count; i++) {
    int start;
    const int16_t *coefficients;
    int taps = df_filter_trimmed(f, i, &start, &coefficients);
    if (i == 0)
      first = start;
    if (taps != 1 || start != first + i)
      return false;
  }
  return true;
}

static bool same_axis(const struct df_axis *a, const struct df_axis *b)
{
  return a->count == b->count && a->size == b->size && a->origin == b->origin && a->step == b->step;
}

/* Where the samples that matter lie; for an identity exactly the ones that are copied. */
static void find_span(struct df_filter *f)
{
  const int16_t *coefficients;
  f->first = f->starts[0];
  f->span = f->starts[f->axis.count - 1] + f->taps - f->first;
  f->identity = is_identity(f);
  if (!f->identity)
    return;
  df_filter_trimmed(f, 0, &f->first, &coefficients);
  f->span = f->axis.count;
}

int df_filter_build(struct df_filter *filter, const struct df_axis *axis)
{
  if (same_axis(&filter->axis, axis))
    return 0;
  pthread_once(&kernel_once, fill_kernel);
  int64_t scale = df_axis_scale(axis);
  int64_t full = (2 * LOBES * scale + ONE - 1) >> DF_POSITION_BITS;
  int taps = full < axis->size ? (int)full : axis->size;
  filter->axis.count = 0;
  int result = reserve(filter, axis->count, taps);
  if (result < 0)
    return result;

  filter->axis = *axis;
  filter->taps = taps;
  for (int i = 0; i < axis->count; i++) {
    double sum = weigh(filter, df_axis_position(axis, i), scale, &filter->starts[i]);
    quantise(filter->weights, taps, sum, filter->coefficients + (size_t)i * (size_t)taps);
  }
  find_span(filter);
  return 1;
}

void df_filter_finish(struct df_filter *filter)
{
  free(filter->memory);
  *filter = (struct df_filter){0};
}

int df_filter_trimmed(
    const struct df_filter *filter, int i, int *ret_start, const int16_t **ret_coefficients)
{
  const int16_t *c = filter->coefficients + (size_t)i * (size_t)filter->taps;
  int from = 0, to = filter->taps;
  while (to > 1 && c[to - 1] == 0)
    to--;
  while (from < to - 1 && c[from] == 0)
    from++;
  *ret_start = filter->starts[i] + from;
  *ret_coefficients = c + from;
  return to - from;
}
