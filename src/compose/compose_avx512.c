/*
 * The kernels of kernels.h for x86-64 with AVX-512 and its dot products of 16-bit pairs (VNNI): the
 * same samples as compose_scalar.c. Replaces what takes most of the time, down and the commonest
 * way across, and leaves the rest to compose_avx2.c, whose packed filters it reads. Compiled for
 * every x86-64 and chosen at run time. Reads up to DF_STAGE_SLACK bytes behind a staged row, writes
 * none behind an output row.
 */
#include "compose/compose_avx2.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx2,avx512f,avx512bw,avx512vl,avx512vnni")))

enum { COLUMNS = 32 }; /* intermediates of a vector */

AVX512 static inline __m512i load(const void *at)
{
  return _mm512_loadu_si512(at);
}

AVX512 static inline __m128i load_lane(const void *at)
{
  return _mm_loadu_si128((const __m128i *)at);
}

/* The 16 bytes of each group of a block, in the order of the packed filter. */
AVX512 static inline __m512i load_groups(const uint8_t *staged, const int32_t *at)
{
  __m512i lanes = _mm512_castsi128_si512(load_lane(staged + at[0]));
  lanes = _mm512_mask_broadcast_i32x4(lanes, 0x00F0, load_lane(staged + at[2]));
  lanes = _mm512_mask_broadcast_i32x4(lanes, 0x0F00, load_lane(staged + at[1]));
  return _mm512_mask_broadcast_i32x4(lanes, 0xF000, load_lane(staged + at[3]));
}

AVX512 static void across_one_load(const struct df_across *a, const uint8_t *staged, int16_t *out)
{
  const struct df_packed *p = &a->packed;
  const __m512i round = _mm512_set1_epi32(1 << 7);
  const __m512i next =
      _mm512_set1_epi8((char)(2 * a->channels)); /* leaves the high bit of a mask */
  const int16_t *c = p->coefficients;
  int blocks = (a->filter.axis.count * a->channels + DF_AVX2_BLOCK - 1) / DF_AVX2_BLOCK;
  for (int b = 0; b < blocks; b++, out += DF_AVX2_BLOCK) {
    __m512i samples = load_groups(staged, p->offsets + (size_t)b * 4);
    __m512i mask = load(p->masks + (size_t)b * 64), sum = round;
    for (int k = 0; k < DF_AVX2_ONE_LOAD_PAIRS; k++, c += 32) {
      sum = _mm512_dpwssd_epi32(sum, _mm512_shuffle_epi8(samples, mask), load(c));
      mask = _mm512_add_epi8(mask, next);
    }
    sum = _mm512_srai_epi32(sum, 8);
    __m256i low = _mm512_castsi512_si256(sum), high = _mm512_extracti64x4_epi64(sum, 1);
    _mm256_storeu_si256((__m256i *)out, _mm256_packs_epi32(low, high));
  }
}

static void across(const struct df_across *a, const void *staged, int16_t *out)
{
  if (a->packed.kind == DF_AVX2_ONE_LOAD)
    across_one_load(a, staged, out);
  else
    df_avx2_across(a, staged, out);
}

/* Weights k and k + 1 for the dot products of interleaved rows, 0 where no row is left. */
AVX512 static inline __m512i weight_pair(const int16_t *coefficients, int k, int taps)
{
  int32_t pair = (uint16_t)coefficients[k];
  if (k + 1 < taps)
    memcpy(&pair, coefficients + k, sizeof pair);
  return _mm512_set1_epi32(pair);
}

/* Adds two rows' share to the sums of a vector of columns: the lower four of a lane, the upper. */
AVX512 static inline void add_rows(
    const int16_t *first, const int16_t *second, __m512i weights, __m512i *low, __m512i *high)
{
  __m512i a = load(first), b = load(second);
  *low = _mm512_dpwssd_epi32(*low, _mm512_unpacklo_epi16(a, b), weights);
  *high = _mm512_dpwssd_epi32(*high, _mm512_unpackhi_epi16(a, b), weights);
}

/* Two vectors of columns from `x` on as 8-bit samples. */
AVX512 static inline __m512i down8_block(
    const int16_t *const *rows, const int16_t *coefficients, int taps, int x)
{
  const __m512i round = _mm512_set1_epi32(1 << 19);
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  __m512i low0 = round, high0 = round, low1 = round, high1 = round;
  for (int k = 0; k < taps; k += 2) {
    __m512i weights = weight_pair(coefficients, k, taps);
    const int16_t *first = rows[k] + x, *second = rows[k + 1 < taps ? k + 1 : k] + x;
    add_rows(first, second, weights, &low0, &high0);
    add_rows(first + COLUMNS, second + COLUMNS, weights, &low1, &high1);
  }
  __m512i words0 = _mm512_packs_epi32(_mm512_srai_epi32(low0, 20), _mm512_srai_epi32(high0, 20));
  __m512i words1 = _mm512_packs_epi32(_mm512_srai_epi32(low1, 20), _mm512_srai_epi32(high1, 20));
  return _mm512_permutexvar_epi64(order, _mm512_packus_epi16(words0, words1));
}

/* A vector of columns from `x` on as P010 samples. */
AVX512 static inline __m512i down10_block(
    const int16_t *const *rows, const int16_t *coefficients, int taps, int x)
{
  const __m512i round = _mm512_set1_epi32(1 << 17);
  __m512i low = round, high = round;
  for (int k = 0; k < taps; k += 2)
    add_rows(rows[k] + x, rows[k + 1 < taps ? k + 1 : k] + x, weight_pair(coefficients, k, taps),
        &low, &high);
  __m512i words = _mm512_packs_epi32(_mm512_srai_epi32(low, 18), _mm512_srai_epi32(high, 18));
  words = _mm512_max_epi16(words, _mm512_setzero_si512());
  return _mm512_slli_epi16(_mm512_min_epi16(words, _mm512_set1_epi16(1023)), 6);
}

/* One bit for each of the first `bytes` of a vector, of which there are more than none. */
static inline uint64_t first_bytes(size_t bytes)
{
  return UINT64_MAX >> (bytes < 64 ? 64 - bytes : 0);
}

AVX512 static void down(const int16_t *const *rows, const int16_t *coefficients, int taps,
    int width, int out_depth, uint8_t *out)
{
  if (out_depth == 8)
    for (int x = 0; x < width; x += 2 * COLUMNS)
      _mm512_mask_storeu_epi8(
          out + x, first_bytes((size_t)(width - x)), down8_block(rows, coefficients, taps, x));
  else
    for (int x = 0; x < width; x += COLUMNS)
      _mm512_mask_storeu_epi8(out + 2 * (size_t)x, first_bytes(2 * (size_t)(width - x)),
          down10_block(rows, coefficients, taps, x));
}

static const struct df_kernels kernels = {
    .name = "avx512",
    .pack = df_avx2_pack,
    .interleave8 = df_avx2_interleave8,
    .stage10 = df_avx2_stage10,
    .across = across,
    .down = down,
};

const struct df_kernels *df_kernels_avx512(void)
{
  bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("avx512f") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512vnni");
  return has ? &kernels : NULL;
}

#else

const struct df_kernels *df_kernels_avx512(void)
{
  return NULL;
}

#endif
