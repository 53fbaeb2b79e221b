/*
 * What the kernels for AVX-512 take over from those for AVX2: the layout of a packed filter and
 * whatever wider vectors do not make faster. The functions are those of kernels.h and may be called
 * only where the machine has AVX2. x86-64 only.
 */
#ifndef DF_COMPOSE_COMPOSE_AVX2_H
#define DF_COMPOSE_COMPOSE_AVX2_H

#include "compose/kernels.h"

/**
 * How a filter is packed, as df_packed.kind. In the two in the middle, four neighbouring outputs
 * make a group and four groups a block; a group's samples come from one lane of 16 bytes. Groups lie
 * in a block's vectors in the order 0, 2, 1, 3. Of each block there are
 *
 *   offsets       where in the staged row a group's bytes start, in bytes, groups in order
 *   masks         64 bytes: which of the 16 bytes make a group's first pair of samples
 *   coefficients  pairs x 32: the weights of the pair
 */
enum df_avx2_kind {
  DF_AVX2_IDENTITY, /* widening alone */
  DF_AVX2_ONE_LOAD, /* depth 8, all samples of a group lie in 16 bytes; three pairs of weights */
  DF_AVX2_PAIRS,    /* the samples of one pair of a group lie in 16 bytes */
  DF_AVX2_DOT       /* every output on its own */
};

enum {
  DF_AVX2_BLOCK = 16,        /* outputs done together */
  DF_AVX2_ONE_LOAD_PAIRS = 3 /* what the unwidened filter has */
};

int df_avx2_pack(struct df_across *across);
void df_avx2_interleave8(
    const uint8_t *first, const uint8_t *second, size_t count, uint8_t *staged);
void df_avx2_stage10(const struct df_stage_source *source, size_t count, uint16_t *staged);
void df_avx2_across(const struct df_across *across, const void *staged, int16_t *out);

#endif
