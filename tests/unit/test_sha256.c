/* Each test is named after the promise of sha256.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/sha256.h"

static void sum_of(const void *bytes, size_t size, size_t step, bool plain, char ret_text[65])
{
  uint8_t sum[DF_SHA256_BYTES];
  struct df_sha256 *sha = df_sha256_create(plain);
  assert_non_null(sha);
  for (size_t i = 0; i < size; i += step)
    df_sha256_update(sha, (const uint8_t *)bytes + i, size - i < step ? size - i : step);
  df_sha256_final(sha, sum);
  df_sha256_destroy(&sha);
  assert_null(sha);
  for (int i = 0; i < DF_SHA256_BYTES; i++)
    snprintf(ret_text + 2 * i, 3, "%02x", sum[i]);
}

static void published_examples_have_their_sums(void **state)
{
  (void)state;
  static const char *const examples[][2] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"}};
  for (int i = 0; i < 3; i++)
    for (int plain = 0; plain < 2; plain++) {
      char text[65];
      sum_of(examples[i][0], strlen(examples[i][0]), 1000, plain, text);
      assert_string_equal(text, examples[i][1]);
    }
}

static void sums_do_not_depend_on_pieces_or_instructions(void **state)
{
  (void)state;
  static uint8_t bytes[1000];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)(i * 37 + i / 11);
  for (size_t size = 0; size <= 300; size++) {
    char whole[65], pieces[65], plain[65];
    sum_of(bytes, size, 1000, false, whole);
    sum_of(bytes, size, 1 + size % 70, false, pieces);
    sum_of(bytes, size, 1000, true, plain);
    assert_string_equal(whole, plain);
    assert_string_equal(pieces, plain);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(published_examples_have_their_sums),
      cmocka_unit_test(sums_do_not_depend_on_pieces_or_instructions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
