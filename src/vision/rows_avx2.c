/* The row operations for AVX2, chosen at run time; whatever is left over at a row's end is done by the plain ones. */
#include "vision/rows.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

/* Sixteen samples of two bytes at a time, brought from 10 bit's steps to 8 bit's in the end. */
AVX2 static void sum_words(const uint8_t *const *rows, const uint16_t *weights, int count,
    int down_shift, int samples, uint16_t *out)
{
  __m128i shift = _mm_cvtsi32_si128(down_shift);
  for (int i = 0; i < samples; i += 16) {
    __m256i total = _mm256_setzero_si256();
    for (int r = 0; r < count; r++) {
      __m256i words = _mm256_loadu_si256((const __m256i *)(rows[r] + 2 * (size_t)i));
      __m256i weight = _mm256_set1_epi16((short)weights[r]);
      total = _mm256_add_epi16(total, _mm256_mullo_epi16(weight, _mm256_srl_epi16(words, shift)));
    }
    _mm256_storeu_si256((__m256i *)(out + i), _mm256_srli_epi16(total, 2));
  }
}

enum { CACHE_LINE = 64 };

/* The next rows of the picture, which the next sum will be of: the processor foresees what follows in a
 * row, not where the next one begins. No memory is touched, so it may be past the picture. */
AVX2 static inline void expect_rows(const uint8_t *const *rows, int count, int i)
{
  uintptr_t ahead = (uintptr_t)rows[count - 1] - (uintptr_t)rows[0] + (uintptr_t)i;
  for (int r = 1; r < count; r++)
    _mm_prefetch((const char *)((uintptr_t)rows[r] + ahead), _MM_HINT_T0);
}

/*
 * Bytes of two rows side by side are multiplied and added at once: weights fit in the signed bytes of
 * that instruction, and as they sum to DF_ROW_WEIGHTS it never saturates. A last row without a second is
 * its own, with the weight 0.
 */
AVX2 static void sum_bytes(
    const uint8_t *const *rows, const uint16_t *weights, int count, int samples, uint16_t *out)
{
  int32_t both[DF_ROW_WEIGHTS / 2 + 1];
  for (int r = 0; r < count; r += 2)
    both[r / 2] = (weights[r] | (r + 1 < count ? weights[r + 1] << 8 : 0)) * 0x10001;
  for (int i = 0; i < samples; i += 32) {
    if (i % CACHE_LINE == 0)
      expect_rows(rows, count, i);
    __m256i low = _mm256_setzero_si256(), high = low;
    for (int r = 0; r < count; r += 2) {
      __m256i a = _mm256_loadu_si256((const __m256i *)(rows[r] + i));
      __m256i b = _mm256_loadu_si256((const __m256i *)(rows[r + 1 < count ? r + 1 : r] + i));
      __m256i weight = _mm256_set1_epi32(both[r / 2]);
      low = _mm256_add_epi16(low, _mm256_maddubs_epi16(_mm256_unpacklo_epi8(a, b), weight));
      high = _mm256_add_epi16(high, _mm256_maddubs_epi16(_mm256_unpackhi_epi8(a, b), weight));
    }
    _mm256_storeu_si256((__m256i *)(out + i), _mm256_permute2x128_si256(low, high, 0x20));
    _mm256_storeu_si256((__m256i *)(out + i + 16), _mm256_permute2x128_si256(low, high, 0x31));
  }
}

AVX2 static void sum(const uint8_t *const *rows, const uint16_t *weights, int count,
    struct df_sample_layout layout, int samples, uint16_t *out)
{
  int whole = samples & (layout.bytes == 1 ? ~31 : ~15);
  if (layout.bytes == 1)
    sum_bytes(rows, weights, count, whole, out);
  else
    sum_words(rows, weights, count, layout.down_shift, whole, out);
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
