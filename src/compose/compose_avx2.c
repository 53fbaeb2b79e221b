/*
 * The kernels of kernels.h for x86-64 with AVX2: the same samples as compose_scalar.c, sixteen at a
 * time. Compiled for every x86-64 and chosen at run time. Never reads behind a source row or writes
 * behind an output row; it does read up to DF_STAGE_SLACK bytes behind a staged one.
 *
 * Across, four neighbouring outputs share a lane of 16 source bytes as long as the picture does not
 * shrink too much. For each pair of weights a shuffle fetches the two samples of each of the four
 * outputs as 16-bit numbers, and one multiply-add does the rest. Beyond that each output is a dot
 * product.
 */
#include "compose/compose_avx2.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

enum {
  BLOCK = DF_AVX2_BLOCK,
  GROUP = 4, /* outputs of a lane */
  GROUPS = BLOCK / GROUP,
  LANE_BYTES = 16,
  ONE_LOAD_PAIRS = DF_AVX2_ONE_LOAD_PAIRS
};

static int outputs_of(const struct df_across *a)
{
  return a->filter.axis.count * a->channels;
}

static int blocks_of(const struct df_across *a)
{
  return (outputs_of(a) + BLOCK - 1) / BLOCK;
}

/* Where output `j` (channels interleaved) starts in the staged row, in samples. */
static int sample_start(const struct df_across *a, int j)
{
  int last = outputs_of(a) - 1, i = (j > last ? last : j) / a->channels;
  return (a->filter.starts[i] - a->filter.first) * a->channels + j % a->channels;
}

/* How far behind its group's first sample the last output of any group starts. */
static int widest_group(const struct df_across *a)
{
  int widest = 0;
  for (int j = 0; j < outputs_of(a); j += GROUP) {
    int reach = sample_start(a, j + GROUP - 1) - sample_start(a, j);
    widest = reach > widest ? reach : widest;
  }
  return widest;
}

static enum df_avx2_kind choose_kind(const struct df_across *a)
{
  if (a->filter.identity)
    return DF_AVX2_IDENTITY;
  int widest = widest_group(a), last = LANE_BYTES / (a->depth > 8 ? 2 : 1) - 1;
  if (a->depth == 8 && a->filter.taps <= 2 * ONE_LOAD_PAIRS &&
      widest + (2 * ONE_LOAD_PAIRS - 1) * a->channels <= last)
    return DF_AVX2_ONE_LOAD;
  return widest + a->channels <= last ? DF_AVX2_PAIRS : DF_AVX2_DOT;
}

static int reserve(struct df_packed *p, size_t offsets, size_t masks, size_t coefficients)
{
  size_t total = coefficients + masks + offsets;
  if (total > p->room) {
    free(p->memory);
    p->room = 0;
    p->memory = aligned_alloc(64, (total + 63) / 64 * 64);
    if (!p->memory)
      return DF_ENOMEM;
    p->room = total;
  }
  memset(p->memory, 0, total);
  p->coefficients = p->memory;
  p->masks = (uint8_t *)p->memory + coefficients;
  p->offsets = (int32_t *)((char *)p->memory + coefficients + masks);
  return 0;
}

/* Bytes that fetch the sample at `at` (in samples from the lane's start) as 16 bits. */
static void set_mask(uint8_t *mask, int at, int depth)
{
  mask[0] = (uint8_t)(depth > 8 ? 2 * at : at);
  mask[1] = (uint8_t)(depth > 8 ? 2 * at + 1 : 0x80);
}

/* Groups 0 and 2 of a block make one vector, 1 and 3 the other: packing sums puts them in order. */
static size_t lane_of(int group)
{
  return (size_t)(group % 2 * 2 + group / 2);
}

static void pack_group(struct df_across *a, int block, int group)
{
  struct df_packed *p = &a->packed;
  const struct df_filter *f = &a->filter;
  int first = block * BLOCK + group * GROUP, base = sample_start(a, first);
  uint8_t *mask = p->masks + ((size_t)block * GROUPS + lane_of(group)) * LANE_BYTES;
  p->offsets[block * GROUPS + group] = base * (a->depth > 8 ? 2 : 1);
  for (int o = 0; o < GROUP; o++) {
    int at = sample_start(a, first + o) - base, i = (first + o) / a->channels;
    set_mask(mask + 4 * o, at, a->depth);
    set_mask(mask + 4 * o + 2, at + a->channels, a->depth);
    if (i >= f->axis.count)
      continue;
    for (int k = 0; k < f->taps; k++) {
      size_t vector = ((size_t)block * (size_t)p->pairs + (size_t)k / 2) * GROUPS + lane_of(group);
      p->coefficients[vector * 8 + (size_t)(2 * o + k % 2)] = f->coefficients[i * f->taps + k];
    }
  }
}

static int pack_groups(struct df_across *a)
{
  struct df_packed *p = &a->packed;
  size_t blocks = (size_t)blocks_of(a);
  p->pairs = p->kind == DF_AVX2_ONE_LOAD ? ONE_LOAD_PAIRS : (a->filter.taps + 1) / 2;
  int result = reserve(p, blocks * GROUPS * sizeof *p->offsets, blocks * GROUPS * LANE_BYTES,
      blocks * GROUPS * (size_t)p->pairs * LANE_BYTES);
  if (result < 0)
    return result;
  for (int block = 0; block < (int)blocks; block++)
    for (int group = 0; group < GROUPS; group++)
      pack_group(a, block, group);
  return 0;
}

/* Weights in the order in which channel_pairs() leaves the samples. */
static int pack_dot(struct df_across *a)
{
  struct df_packed *p = &a->packed;
  const struct df_filter *f = &a->filter;
  int vectors = (f->taps * a->channels + 15) / 16;
  p->pairs = vectors;
  size_t row = (size_t)vectors * 16;
  int result = reserve(p, 0, 0, (size_t)f->axis.count * row * sizeof *p->coefficients);
  if (result < 0)
    return result;
  for (int i = 0; i < f->axis.count; i++) {
    int16_t *out = p->coefficients + (size_t)i * row;
    for (int k = 0; k < f->taps; k++) {
      int16_t c = f->coefficients[i * f->taps + k];
      if (a->channels == 1)
        out[k] = c;
      else
        out[k / 2 * 4 + k % 2] = out[k / 2 * 4 + k % 2 + 2] = c;
    }
  }
  return 0;
}

int df_avx2_pack(struct df_across *a)
{
  a->packed.kind = choose_kind(a);
  switch ((enum df_avx2_kind)a->packed.kind) {
  case DF_AVX2_IDENTITY:
    return 0;
  case DF_AVX2_DOT:
    return pack_dot(a);
  case DF_AVX2_ONE_LOAD:
  case DF_AVX2_PAIRS:
    break;
  }
  return pack_groups(a);
}

AVX2 static inline __m256i load(const void *at)
{
  return _mm256_loadu_si256((const __m256i *)at);
}

AVX2 static inline void store(void *at, __m256i value)
{
  _mm256_storeu_si256((__m256i *)at, value);
}

AVX2 static inline __m128i load_lane(const void *at)
{
  return _mm_loadu_si128((const __m128i *)at);
}

AVX2 static inline __m256i load_lanes(const uint8_t *low, const uint8_t *high)
{
  return _mm256_inserti128_si256(_mm256_castsi128_si256(load_lane(low)), load_lane(high), 1);
}

AVX2 static void across_one_load(const struct df_across *a, const uint8_t *staged, int16_t *out)
{
  const struct df_packed *p = &a->packed;
  const __m256i round = _mm256_set1_epi32(1 << 7);
  const __m256i next =
      _mm256_set1_epi8((char)(2 * a->channels)); /* leaves the high bit of a mask */
  const int16_t *c = p->coefficients;
  int blocks = blocks_of(a);
  for (int b = 0; b < blocks; b++, out += BLOCK) {
    const int32_t *at = p->offsets + b * GROUPS;
    __m256i low = load_lanes(staged + at[0], staged + at[2]);
    __m256i high = load_lanes(staged + at[1], staged + at[3]);
    __m256i low_mask = load(p->masks + (size_t)b * 64);
    __m256i high_mask = load(p->masks + (size_t)b * 64 + 32);
    __m256i low_sum = round, high_sum = round;
    for (int k = 0; k < ONE_LOAD_PAIRS; k++, c += 32) {
      low_sum =
          _mm256_add_epi32(low_sum, _mm256_madd_epi16(_mm256_shuffle_epi8(low, low_mask), load(c)));
      high_sum = _mm256_add_epi32(
          high_sum, _mm256_madd_epi16(_mm256_shuffle_epi8(high, high_mask), load(c + 16)));
      low_mask = _mm256_add_epi8(low_mask, next);
      high_mask = _mm256_add_epi8(high_mask, next);
    }
    store(out, _mm256_packs_epi32(_mm256_srai_epi32(low_sum, 8), _mm256_srai_epi32(high_sum, 8)));
  }
}

AVX2 static void across_pairs(const struct df_across *a, const uint8_t *staged, int16_t *out)
{
  const struct df_packed *p = &a->packed;
  const __m256i round = _mm256_set1_epi32(1 << (a->depth - 1));
  const __m128i shift = _mm_cvtsi32_si128(a->depth);
  const size_t step = (size_t)a->channels * (a->depth > 8 ? 4 : 2);
  const int16_t *c = p->coefficients;
  int blocks = blocks_of(a);
  for (int b = 0; b < blocks; b++, out += BLOCK) {
    const int32_t *at = p->offsets + b * GROUPS;
    const uint8_t *from = staged;
    __m256i low_mask = load(p->masks + (size_t)b * 64);
    __m256i high_mask = load(p->masks + (size_t)b * 64 + 32);
    __m256i low_sum = round, high_sum = round;
    for (int k = 0; k < p->pairs; k++, c += 32, from += step) {
      __m256i low = load_lanes(from + at[0], from + at[2]);
      __m256i high = load_lanes(from + at[1], from + at[3]);
      low_sum =
          _mm256_add_epi32(low_sum, _mm256_madd_epi16(_mm256_shuffle_epi8(low, low_mask), load(c)));
      high_sum = _mm256_add_epi32(
          high_sum, _mm256_madd_epi16(_mm256_shuffle_epi8(high, high_mask), load(c + 16)));
    }
    store(out,
        _mm256_packs_epi32(_mm256_sra_epi32(low_sum, shift), _mm256_sra_epi32(high_sum, shift)));
  }
}

/* Puts neighbouring positions of a channel beside each other, for the multiply-add of pairs. */
AVX2 static inline __m256i channel_pairs(int channels)
{
  const __m128i pairs = _mm_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15);
  const __m128i same = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm256_broadcastsi128_si256(channels == 2 ? pairs : same);
}

AVX2 static inline __m256i sixteen_samples(const uint8_t *at, int depth)
{
  return depth == 8 ? _mm256_cvtepu8_epi16(load_lane(at)) : load(at);
}

AVX2 static void across_dot(const struct df_across *a, const uint8_t *staged, int16_t *out)
{
  const struct df_filter *f = &a->filter;
  const __m256i order = channel_pairs(a->channels);
  const __m128i round = _mm_set1_epi32(1 << (a->depth - 1)), shift = _mm_cvtsi32_si128(a->depth);
  const size_t bytes = a->depth > 8 ? 2 : 1;
  const int16_t *c = a->packed.coefficients;
  for (int i = 0; i < f->axis.count; i++) {
    const uint8_t *from = staged + (size_t)sample_start(a, i * a->channels) * bytes;
    __m256i sums = _mm256_setzero_si256();
    for (int k = 0; k < a->packed.pairs; k++, c += 16, from += 16 * bytes) {
      __m256i samples = _mm256_shuffle_epi8(sixteen_samples(from, a->depth), order);
      sums = _mm256_add_epi32(sums, _mm256_madd_epi16(samples, load(c)));
    }
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(1, 0, 3, 2)));
    if (a->channels == 1)
      sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(2, 3, 0, 1)));
    sum = _mm_sra_epi32(_mm_add_epi32(sum, round), shift);
    int both = _mm_cvtsi128_si32(_mm_packs_epi32(sum, sum));
    memcpy(out + (size_t)i * (size_t)a->channels, &both, (size_t)a->channels * sizeof *out);
  }
}

AVX2 static void across_identity(const struct df_across *a, const uint8_t *staged, int16_t *out)
{
  const __m128i shift = _mm_cvtsi32_si128(14 - a->depth);
  const size_t bytes = a->depth > 8 ? 2 : 1;
  int blocks = blocks_of(a);
  for (int b = 0; b < blocks; b++, out += BLOCK, staged += BLOCK * bytes)
    store(out, _mm256_sll_epi16(sixteen_samples(staged, a->depth), shift));
}

void df_avx2_across(const struct df_across *a, const void *staged, int16_t *out)
{
  switch ((enum df_avx2_kind)a->packed.kind) {
  case DF_AVX2_IDENTITY:
    across_identity(a, staged, out);
    break;
  case DF_AVX2_ONE_LOAD:
    across_one_load(a, staged, out);
    break;
  case DF_AVX2_PAIRS:
    across_pairs(a, staged, out);
    break;
  case DF_AVX2_DOT:
    across_dot(a, staged, out);
    break;
  }
}

/* Weights k and k + 1 for the multiply-add of interleaved rows, 0 where no row is left. */
AVX2 static inline __m256i weight_pair(const int16_t *coefficients, int k, int taps)
{
  int32_t pair = (uint16_t)coefficients[k];
  if (k + 1 < taps)
    memcpy(&pair, coefficients + k, sizeof pair);
  return _mm256_set1_epi32(pair);
}

/* Adds two rows' share to the sums of 16 columns: 0-3 and 8-11 in *low, the others in *high. */
AVX2 static inline void add_rows(
    const int16_t *first, const int16_t *second, __m256i weights, __m256i *low, __m256i *high)
{
  __m256i a = load(first), b = load(second);
  *low = _mm256_add_epi32(*low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), weights));
  *high = _mm256_add_epi32(*high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), weights));
}

/* 32 columns from `x` on as 8-bit samples. */
AVX2 static inline __m256i down8_block(
    const int16_t *const *rows, const int16_t *coefficients, int taps, int x)
{
  const __m256i round = _mm256_set1_epi32(1 << 19);
  __m256i low0 = round, high0 = round, low1 = round, high1 = round;
  for (int k = 0; k < taps; k += 2) {
    __m256i weights = weight_pair(coefficients, k, taps);
    const int16_t *first = rows[k] + x, *second = rows[k + 1 < taps ? k + 1 : k] + x;
    add_rows(first, second, weights, &low0, &high0);
    add_rows(first + 16, second + 16, weights, &low1, &high1);
  }
  __m256i words0 = _mm256_packs_epi32(_mm256_srai_epi32(low0, 20), _mm256_srai_epi32(high0, 20));
  __m256i words1 = _mm256_packs_epi32(_mm256_srai_epi32(low1, 20), _mm256_srai_epi32(high1, 20));
  return _mm256_permute4x64_epi64(_mm256_packus_epi16(words0, words1), _MM_SHUFFLE(3, 1, 2, 0));
}

/* 16 columns from `x` on as P010 samples. */
AVX2 static inline __m256i down10_block(
    const int16_t *const *rows, const int16_t *coefficients, int taps, int x)
{
  const __m256i round = _mm256_set1_epi32(1 << 17);
  __m256i low = round, high = round;
  for (int k = 0; k < taps; k += 2)
    add_rows(rows[k] + x, rows[k + 1 < taps ? k + 1 : k] + x, weight_pair(coefficients, k, taps),
        &low, &high);
  __m256i words = _mm256_packs_epi32(_mm256_srai_epi32(low, 18), _mm256_srai_epi32(high, 18));
  words = _mm256_max_epi16(words, _mm256_setzero_si256());
  return _mm256_slli_epi16(_mm256_min_epi16(words, _mm256_set1_epi16(1023)), 6);
}

/* Stores the first bytes of a vector that would run over the end of the row. */
AVX2 static inline void store_part(uint8_t *out, __m256i value, size_t bytes)
{
  uint8_t whole[32];
  store(whole, value);
  memcpy(out, whole, bytes);
}

AVX2 static void down(const int16_t *const *rows, const int16_t *coefficients, int taps, int width,
    int out_depth, uint8_t *out)
{
  int x = 0;
  if (out_depth == 8) {
    for (; x + 32 <= width; x += 32)
      store(out + x, down8_block(rows, coefficients, taps, x));
    if (x < width)
      store_part(out + x, down8_block(rows, coefficients, taps, x), (size_t)(width - x));
    return;
  }
  for (; x + 16 <= width; x += 16)
    store(out + 2 * (size_t)x, down10_block(rows, coefficients, taps, x));
  if (x < width)
    store_part(
        out + 2 * (size_t)x, down10_block(rows, coefficients, taps, x), 2 * (size_t)(width - x));
}

AVX2 void df_avx2_interleave8(
    const uint8_t *first, const uint8_t *second, size_t count, uint8_t *staged)
{
  size_t i = 0;
  for (; i + 32 <= count; i += 32) {
    __m256i a = load(first + i), b = load(second + i);
    __m256i low = _mm256_unpacklo_epi8(a, b), high = _mm256_unpackhi_epi8(a, b);
    store(staged + 2 * i, _mm256_permute2x128_si256(low, high, 0x20));
    store(staged + 2 * i + 32, _mm256_permute2x128_si256(low, high, 0x31));
  }
  df_kernels_scalar.interleave8(first + i, second + i, count - i, staged + 2 * i);
}

AVX2 static inline __m256i ten_bits(const uint8_t *at, __m128i shift)
{
  return _mm256_and_si256(_mm256_srl_epi16(load(at), shift), _mm256_set1_epi16(1023));
}

AVX2 void df_avx2_stage10(const struct df_stage_source *source, size_t count, uint16_t *staged)
{
  const __m128i shift = _mm_cvtsi32_si128(source->shift);
  struct df_stage_source rest = *source;
  size_t i = 0, channels = source->second ? 2 : 1;
  for (; i + 16 <= count; i += 16) {
    __m256i a = ten_bits(source->first + 2 * i, shift);
    if (!source->second) {
      store(staged + i, a);
      continue;
    }
    __m256i b = ten_bits(source->second + 2 * i, shift);
    __m256i low = _mm256_unpacklo_epi16(a, b), high = _mm256_unpackhi_epi16(a, b);
    store(staged + 2 * i, _mm256_permute2x128_si256(low, high, 0x20));
    store(staged + 2 * i + 16, _mm256_permute2x128_si256(low, high, 0x31));
  }
  rest.first += 2 * i;
  if (rest.second)
    rest.second += 2 * i;
  df_kernels_scalar.stage10(&rest, count - i, staged + i * channels);
}

static const struct df_kernels kernels = {
    .name = "avx2",
    .pack = df_avx2_pack,
    .interleave8 = df_avx2_interleave8,
    .stage10 = df_avx2_stage10,
    .across = df_avx2_across,
    .down = down,
};

const struct df_kernels *df_kernels_avx2(void)
{
  return __builtin_cpu_supports("avx2") ? &kernels : NULL;
}

#else

const struct df_kernels *df_kernels_avx2(void)
{
  return NULL;
}

#endif
