#include "base/sha256.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 };

struct df_sha256 {
  bool plain; /* without the processor's instructions for it */
  uint32_t state[8];
  uint64_t size;          /* bytes so far */
  uint8_t waiting[BLOCK]; /* the last size % BLOCK of them */
};

static const uint32_t constants[64] __attribute__((aligned(16))) = {0x428a2f98, 0x71374491,
    0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
    0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138,
    0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f,
    0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t word, int bits)
{
  return word >> bits | word << (32 - bits);
}

/* Section 6.2.2 of the specification, by its letters. */
static void add_block_plain(uint32_t state[8], const uint8_t *bytes)
{
  uint32_t w[64], s[8];
  for (int t = 0; t < 16; t++, bytes += 4)
    w[t] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
  for (int t = 16; t < 64; t++)
    w[t] = (turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ w[t - 2] >> 10) + w[t - 7] +
           (turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ w[t - 15] >> 3) + w[t - 16];
  memcpy(s, state, sizeof s);
  for (int t = 0; t < 64; t++) {
    uint32_t a = s[0], e = s[4];
    uint32_t first = s[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & s[5]) ^ (~e & s[6])) +
                     constants[t] + w[t];
    uint32_t second =
        (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += first;
    s[0] = first + second;
  }
  for (int i = 0; i < 8; i++)
    state[i] += s[i];
}

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define SHA_NI __attribute__((target("sha,sse4.1")))

static bool processor_has_sha(void)
{
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1U << 29) &&
         __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3");
}

/* Four words of the schedule from the sixteen before them. */
SHA_NI static inline __m128i schedule(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
  __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
  return _mm_sha256msg2_epu32(sum, w3);
}

/* The instructions want the state as (a b e f) and (c d g h), highest word first. */
SHA_NI static void add_blocks_fast(uint32_t state[8], const uint8_t *bytes, size_t blocks)
{
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0x1b);
  __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
  __m128i abef = _mm_unpackhi_epi64(efgh, abcd), cdgh = _mm_unpacklo_epi64(efgh, abcd);
  for (; blocks > 0; blocks--, bytes += BLOCK) {
    __m128i old_abef = abef, old_cdgh = cdgh, w[4];
    for (int i = 0; i < 16; i++) {
      if (i < 4)
        w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)bytes + i), swap);
      else
        w[i & 3] = schedule(w[i & 3], w[(i + 1) & 3], w[(i + 2) & 3], w[(i + 3) & 3]);
      __m128i k = _mm_add_epi32(w[i & 3], _mm_load_si128((const __m128i *)constants + i));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, k);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(k, 0x0e));
    }
    abef = _mm_add_epi32(abef, old_abef);
    cdgh = _mm_add_epi32(cdgh, old_cdgh);
  }
  abcd = _mm_unpackhi_epi64(cdgh, abef);
  efgh = _mm_unpacklo_epi64(cdgh, abef);
  _mm_storeu_si128((__m128i *)state, _mm_shuffle_epi32(abcd, 0x1b));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_shuffle_epi32(efgh, 0x1b));
}

#else

static bool processor_has_sha(void)
{
  return false;
}

static void add_blocks_fast(uint32_t state[8], const uint8_t *bytes, size_t blocks)
{
  (void)state, (void)bytes, (void)blocks; /* never called */
}

#endif

static void add_blocks(struct df_sha256 *sha, const uint8_t *bytes, size_t blocks)
{
  if (!sha->plain) {
    add_blocks_fast(sha->state, bytes, blocks);
    return;
  }
  for (; blocks > 0; blocks--, bytes += BLOCK)
    add_block_plain(sha->state, bytes);
}

struct df_sha256 *df_sha256_create(bool plain)
{
  static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
      0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  struct df_sha256 *sha = calloc(1, sizeof *sha);
  if (!sha)
    return NULL;
  memcpy(sha->state, start, sizeof start);
  sha->plain = plain || !processor_has_sha();
  return sha;
}

void df_sha256_destroy(struct df_sha256 **sha_ptr)
{
  struct df_sha256 *sha = *sha_ptr;
  if (!sha)
    return;
  free(sha);
  *sha_ptr = NULL;
}

void df_sha256_update(struct df_sha256 *sha, const uint8_t *bytes, size_t size)
{
  size_t held = sha->size % BLOCK;
  sha->size += size;
  if (held > 0) {
    size_t part = size < BLOCK - held ? size : BLOCK - held;
    memcpy(sha->waiting + held, bytes, part);
    bytes += part;
    size -= part;
    if (held + part < BLOCK)
      return;
    add_blocks(sha, sha->waiting, 1);
  }
  add_blocks(sha, bytes, size / BLOCK);
  memcpy(sha->waiting, bytes + size / BLOCK * BLOCK, size % BLOCK);
}

/* A one bit, zeros, and the length in bits at the end of a block. */
static void pad(struct df_sha256 *sha)
{
  static const uint8_t padding[BLOCK] = {0x80};
  uint64_t bits = 8 * sha->size;
  size_t held = sha->size % BLOCK;
  df_sha256_update(sha, padding, held < 56 ? 56 - held : 120 - held);
  uint8_t length[8];
  for (int i = 0; i < 8; i++)
    length[i] = (uint8_t)(bits >> (56 - 8 * i));
  df_sha256_update(sha, length, sizeof length);
}

void df_sha256_final(struct df_sha256 *sha, uint8_t ret_sum[DF_SHA256_BYTES])
{
  pad(sha);
  for (int i = 0; i < DF_SHA256_BYTES; i++)
    ret_sum[i] = (uint8_t)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}
