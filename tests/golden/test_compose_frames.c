/* The known frames of golden_frames.h, which every kernel set and number of threads must give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/golden_frames.h"
#include "compose/kernels.h"

static void check_golden(struct df_composer *composer, const struct golden *g)
{
  struct test_picture in, out;
  struct df_tile tiles[DF_SEATS];
  golden_init(g, &in, &out);
  golden_tiles(g, &in.picture, tiles);
  assert_int_equal(df_composer_draw(composer, tiles, DF_SEATS, &out.picture, NULL), 0);
  golden_check(g, &out.picture);
  test_picture_finish(&in);
  test_picture_finish(&out);
}

/* With the fastest kernels where `kernels` is NULL. */
static void check_all(const struct df_kernels *kernels, int threads)
{
  struct df_composer *composer =
      df_composer_create(&(struct df_composer_options){.kernels = kernels, .threads = threads});
  assert_non_null(composer);
  for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++)
    check_golden(composer, &goldens[i]);
  df_composer_destroy(&composer);
}

static void the_reference_composes_the_known_frames(void **state)
{
  (void)state;
  check_all(&df_kernels_scalar, 1);
}

static void the_fast_kernels_compose_the_known_frames(void **state)
{
  (void)state;
  if (!df_kernels_avx2())
    skip();
  check_all(df_kernels_avx2(), 1);
  if (df_kernels_avx512())
    check_all(df_kernels_avx512(), 1);
}

static void threads_compose_the_known_frames(void **state)
{
  (void)state;
  check_all(NULL, 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_reference_composes_the_known_frames),
      cmocka_unit_test(the_fast_kernels_compose_the_known_frames),
      cmocka_unit_test(threads_compose_the_known_frames),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
