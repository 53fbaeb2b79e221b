/* The row operations for AVX2, chosen at run time; whatever is left over at a row's end is done by the plain ones. */
#include "vision/rows.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

/* Sixteen samples as 16 bit. */
AVX2 static inline __m256i load_samples(const uint8_t *row, struct df_sample_layout layout, int i)
{
  if (layout.bytes == 1)
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(row + i)));
  __m256i samples = _mm256_loadu_si256((const __m256i *)(row + 2 * (size_t)i));
  return _mm256_srl_epi16(samples, _mm_cvtsi32_si128(layout.down_shift));
}

AVX2 static void sum(const uint8_t *const *rows, const uint16_t *weights, int count,
    struct df_sample_layout layout, int samples, uint16_t *out)
{
  __m128i settle = _mm_cvtsi32_si128(layout.bytes == 1 ? 0 : 2);
  int whole = samples & ~15;
  for (int i = 0; i < whole; i += 16) {
    __m256i total = _mm256_setzero_si256();
    for (int r = 0; r < count; r++) {
      __m256i weight = _mm256_set1_epi16((short)weights[r]);
      total = _mm256_add_epi16(total, _mm256_mullo_epi16(weight, load_samples(rows[r], layout, i)));
    }
    _mm256_storeu_si256((__m256i *)(out + i), _mm256_srl_epi16(total, settle));
  }
  if (whole == samples)
    return;
  const uint8_t *ends[DF_ROW_WEIGHTS + 1];
  for (int r = 0; r < count; r++)
    ends[r] = rows[r] + (size_t)whole * (size_t)layout.bytes;
  df_row_operations_plain.sum(ends, weights, count, layout, samples - whole, out + whole);
}

AVX2 static void split(const uint16_t *row, int pairs, uint16_t *even, uint16_t *odd)
{
  const __m256i order = _mm256_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15, 0, 1,
      4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
  int whole = pairs & ~7;
  for (int i = 0; i < whole; i += 8) {
    __m256i both = _mm256_loadu_si256((const __m256i *)(row + 2 * i));
    both = _mm256_permute4x64_epi64(_mm256_shuffle_epi8(both, order), 0xd8);
    _mm_storeu_si128((__m128i *)(even + i), _mm256_castsi256_si128(both));
    _mm_storeu_si128((__m128i *)(odd + i), _mm256_extracti128_si256(both, 1));
  }
  df_row_operations_plain.split(row + 2 * whole, pairs - whole, even + whole, odd + whole);
}

AVX2 static inline __m128i load_two(const uint16_t *a, const uint16_t *b)
{
  return _mm_unpacklo_epi64(
      _mm_loadl_epi64((const __m128i *)a), _mm_loadl_epi64((const __m128i *)b));
}

/* Four taps of eight outputs in two registers, outputs ordered so that one horizontal addition of both
 * leaves the eight sums in order: 0 1 | 4 5 and 2 3 | 6 7. */
AVX2 static inline void add_group(
    const uint16_t *row, const int32_t *starts, const int16_t *weights, __m256i *low, __m256i *high)
{
  __m256i w0 = _mm256_loadu_si256((const __m256i *)weights);
  __m256i w1 = _mm256_loadu_si256((const __m256i *)(weights + 16));
  __m256i a = _mm256_set_m128i(
      load_two(row + starts[4], row + starts[5]), load_two(row + starts[0], row + starts[1]));
  __m256i b = _mm256_set_m128i(
      load_two(row + starts[6], row + starts[7]), load_two(row + starts[2], row + starts[3]));
  *low = _mm256_add_epi32(*low, _mm256_madd_epi16(a, _mm256_permute2x128_si256(w0, w1, 0x20)));
  *high = _mm256_add_epi32(*high, _mm256_madd_epi16(b, _mm256_permute2x128_si256(w0, w1, 0x31)));
}

AVX2 static void shrink(const uint16_t *row, const struct df_area_filter *filter, int32_t *out)
{
  size_t group = (size_t)filter->padded * DF_AREA_GROUP;
  for (int i = 0; i < filter->padded; i += 8) {
    __m256i low = _mm256_setzero_si256(), high = low;
    const int16_t *weights = filter->weights + (size_t)i * DF_AREA_GROUP;
    for (int t = 0; t < filter->taps; t += DF_AREA_GROUP, weights += group)
      add_group(row + t, filter->starts + i, weights, &low, &high);
    _mm256_storeu_si256((__m256i *)(out + i), _mm256_hadd_epi32(low, high));
  }
}

AVX2 static inline __m256 load_level(const int32_t *values)
{
  return _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)values));
}

AVX2 static void colour(const int32_t *y, const int32_t *cb, const int32_t *cr,
    const struct df_colour_matrix *matrix, int samples, float *const rgb[3])
{
  const __m256 zero = _mm256_setzero_ps(), top = _mm256_set1_ps(255.0F);
  int whole = samples & ~7;
  for (int i = 0; i < whole; i += 8) {
    __m256 luma = _mm256_mul_ps(load_level(y + i), _mm256_set1_ps(matrix->luma));
    __m256 blue = load_level(cb + i), red = load_level(cr + i);
    for (int k = 0; k < 3; k++) {
      __m256 value = _mm256_add_ps(luma, _mm256_mul_ps(blue, _mm256_set1_ps(matrix->blue[k])));
      value = _mm256_add_ps(value, _mm256_mul_ps(red, _mm256_set1_ps(matrix->red[k])));
      value = _mm256_add_ps(value, _mm256_set1_ps(matrix->constant[k]));
      _mm256_storeu_ps(rgb[k] + i, _mm256_min_ps(_mm256_max_ps(value, zero), top));
    }
  }
  float *const ends[3] = {rgb[0] + whole, rgb[1] + whole, rgb[2] + whole};
  df_row_operations_plain.colour(y + whole, cb + whole, cr + whole, matrix, samples - whole, ends);
}

static const struct df_row_operations operations = {sum, split, shrink, colour};

const struct df_row_operations *df_row_operations_avx2(void)
{
  return __builtin_cpu_supports("avx2") ? &operations : NULL;
}

#else

const struct df_row_operations *df_row_operations_avx2(void)
{
  return NULL;
}

#endif
