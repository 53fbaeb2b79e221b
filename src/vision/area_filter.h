/*
 * One-dimensional resampling: for each output sample, which input samples it averages and with what
 * integer weights. A box as wide as the step (what OpenCV calls INTER_AREA), at least one sample, so it
 * anti-aliases when shrinking and interpolates linearly otherwise. Where the step is large, samples may
 * be left out: each counts as the mean of the two around it that are read.
 */
#ifndef DF_VISION_AREA_FILTER_H
#define DF_VISION_AREA_FILTER_H

#include <stddef.h>
#include <stdint.h>

enum { DF_AREA_GROUP = 4 };

/**
 * Weights of output i, tap t: weights[(t / 4 * padded + i) * 4 + t % 4], so that four taps of neighbouring
 * outputs lie side by side. Outputs from count to padded have weight 0.
 */
struct df_area_filter {
  int count;        /* outputs */
  int padded;       /* count rounded up to 8 */
  int taps;         /* a multiple of 4 */
  int spacing;      /* tap t of output i is sample starts[i] + t * spacing */
  int32_t *starts;  /* first tap of each output: 0..samples-1 */
  int16_t *weights; /* sum to the same total for each output, all >= 0 */
};

/**
 * Output i averages the input from i*step+offset to (i+1)*step+offset, where input sample k covers
 * [k, k+1); what lies outside 0..samples takes the nearest sample. Weights sum to `total` (<= 16384).
 * Only every `spacing`th sample is read, from 0 on; one between two of them is their mean, so that the
 * centre of gravity stays where it is. After the last one read, that is taken.
 * Returns 0 or DF_ENOMEM; df_area_filter_finish releases.
 */
int df_area_filter_init(struct df_area_filter *filter, int count, int samples, int spacing,
    double step, double offset, int total);
void df_area_filter_finish(struct df_area_filter *filter);

static inline int16_t df_area_filter_weight(const struct df_area_filter *f, int output, int tap)
{
  size_t group = (size_t)(tap / DF_AREA_GROUP), lane = (size_t)(tap % DF_AREA_GROUP);
  return f->weights[(group * (size_t)f->padded + (size_t)output) * DF_AREA_GROUP + lane];
}

#endif
