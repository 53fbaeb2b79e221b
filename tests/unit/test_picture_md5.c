/* What pipeline/picture_md5.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline/picture_md5.h"

/* Samples that count up, row by row and plane by plane; `padding` fills what lies beside them. */
static struct df_picture *counting(struct df_format format, int width, int height, int padding)
{
  struct df_pool *pool = df_pool_create(format, width, height);
  struct df_picture *picture = df_pool_take(pool);
  uint8_t next = 0;
  for (int plane = 0; plane < (format.semi_planar ? 2 : 3); plane++) {
    int bytes = df_format_plane_width(format, plane, width) * (format.depth > 8 ? 2 : 1) *
                (plane == 1 && format.semi_planar ? 2 : 1);
    for (int y = 0; y < df_format_plane_height(format, plane, height); y++) {
      uint8_t *row = picture->planes[plane] + y * picture->strides[plane];
      memset(row, padding, (size_t)picture->strides[plane]);
      for (int x = 0; x < bytes; x++)
        row[x] = next++;
    }
  }
  df_pool_destroy(&pool);
  return picture;
}

static const char *sum(struct df_format format, int width, int height, int padding, int count)
{
  static char text[DF_MD5_TEXT];
  struct df_picture_md5 *md5 = df_picture_md5_create();
  assert_non_null(md5);
  struct df_picture *picture = counting(format, width, height, padding);
  while (count-- > 0)
    df_picture_md5_add(md5, picture);
  df_picture_md5_finish(md5, text);
  df_picture_unref(&picture);
  df_picture_md5_destroy(&md5);
  return text;
}

/* The sums are those that md5sum gives of the bytes 0, 1, 2, ... */
static void samples_count_and_padding_does_not(void **state)
{
  (void)state;
  for (int padding = 0; padding < 256; padding += 255) {
    assert_string_equal(sum(DF_FORMAT_NV12, 6, 4, padding, 1), "07602fe0229e486957081a49e3f06f83");
    assert_string_equal(sum(DF_FORMAT_P010, 6, 4, padding, 1), "70e7ade70281b0afcb1d4ed13efc2e25");
  }
  assert_string_equal(sum(DF_FORMAT_NV12, 6, 4, 0, 2), "6bcd3d9f2c3216dfaac15ee657a009e0");
  assert_string_equal(sum(DF_FORMAT_NV12, 6, 4, 0, 0), "d41d8cd98f00b204e9800998ecf8427e");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(samples_count_and_padding_does_not),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
