/*
 * The frames that compose hands the encoder, as checksums: a change of any sample in any of these
 * is a change of the specification, to be made knowingly. Every kernel set and number of threads
 * must give them. The pictures are made of whole numbers alone, so no mathematics library can
 * change them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/pictures.h"
#include "compose/compose.h"
#include "compose/kernels.h"

enum source { P8_420, P8_422, P8_444, P10_420, P10_422, NV12, P010 };

struct golden {
  const char *name;
  enum source in;
  int siting, width, height;
  bool out_ten, full_range;
  enum df_fit fit;
  float display_x;
  struct df_box windows[DF_SEATS];
  const char *md5;
};

static const struct df_format formats[] = {
    [P8_420] = {.depth = 8, .shift_x = 1, .shift_y = 1},
    [P8_422] = {.depth = 8, .shift_x = 1},
    [P8_444] = {.depth = 8},
    [P10_420] = {.depth = 10, .shift_x = 1, .shift_y = 1},
    [P10_422] = {.depth = 10, .shift_x = 1},
    [NV12] = {.depth = 8, .shift_x = 1, .shift_y = 1, .semi_planar = true},
    [P010] = {.depth = 10, .shift_x = 1, .shift_y = 1, .semi_planar = true, .high_aligned = true},
};

static const struct golden goldens[] = {
    {"magnified", P8_420, 1, 640, 360, false, false, DF_FIT_COVER, 1,
        {{20.5F, 30, 160, 180}, {333, 41.25F, 213.3F, 240}}, "fc40069ddf241528a432d7c782b268b8"},
    {"copied", P8_420, 1, 640, 360, false, false, DF_FIT_COVER, 1,
        {{2, 0, 320, 360}, {320, 0, 320, 360}}, "6b62fef71706561c592007cc052947b1"},
    {"moved by part of a pixel", NV12, 1, 640, 360, false, false, DF_FIT_COVER, 1,
        {{0.25F, 0, 320, 360}, {319.015625F, 0, 320, 360}}, "149ea799639f82baaf6f93b582948a34"},
    {"shrunk", P8_420, 2, 1600, 900, false, false, DF_FIT_COVER, 1,
        {{0, 0, 800, 900}, {700.7F, 0, 800, 900}}, "06bc6d1cf4f09645b5cff577dbd95f73"},
    {"shrunk a lot", NV12, 3, 4000, 2200, false, false, DF_FIT_STRETCH, 1,
        {{0, 0, 4000, 2200}, {11.5F, 0, 3900, 2100}}, "a3484754683c060ca6a40a2f9e56def6"},
    {"contained", P8_422, 1, 640, 360, false, false, DF_FIT_CONTAIN, 1,
        {{0, 0, 640, 360}, {300, 20, 50, 300}}, "a95f3729d06bf39186fdd6eaea16a48e"},
    {"stretched, 4:4:4", P8_444, 0, 353, 287, false, false, DF_FIT_STRETCH, 1,
        {{10, 10, 300, 77}, {-10, -10, 500, 500}}, "b7f78a5311c25f4a7a75480b3ec16120"},
    {"centre, full range", P8_420, 1, 353, 287, false, true, DF_FIT_CENTRE, 1,
        {{3.25F, 7.75F, 201, 207}, {0, 0, 353, 287}}, "0c9f80b014b3d2340a7e45be6cf1cc09"},
    {"anamorphic", P8_420, 1, 720, 576, false, false, DF_FIT_COVER, 0.703125F,
        {{0, 0, 512, 576}, {512, 0, 512, 576}}, "765f2584ba36f86da6ce6bd854835ad4"},
    {"10 bit to 10", P010, 3, 640, 360, true, false, DF_FIT_COVER, 1,
        {{20.5F, 30, 160, 180}, {320, 0, 320, 360}}, "85dd81f8bf8acb8797c72657e76a7ae3"},
    {"10 bit to 8", P10_420, 1, 640, 360, false, false, DF_FIT_COVER, 1,
        {{20.5F, 30, 160, 180}, {320, 0, 320, 360}}, "2abb11bceb92f8124f196a087eda80d7"},
    {"8 bit to 10", P8_420, 1, 640, 360, true, false, DF_FIT_COVER, 1,
        {{20.5F, 30, 160, 180}, {320, 0, 320, 360}}, "510d77b312bde8906f455d59fe6ef4e5"},
    {"10 bit 4:2:2, contained, full range", P10_422, 2, 640, 360, true, true, DF_FIT_CONTAIN, 1,
        {{0, 0, 640, 360}, {0, 0, 0, 0}}, "798eae10dfae0e16286a1fcc4570eb00"},
};

/* A grid, a slope and some noise, different in each plane. */
static int golden_sample(void *context, int p, int x, int y)
{
  struct noise *noise = context;
  int value = 40 + (x * 3 + y * 2 + 31 * p) % 160;
  if (x % 23 < 2 || y % 19 < 2)
    value = 220 - value / 4;
  value += (int)(random_next(&noise->random) >> 28);
  return (value << (noise->depth - 8)) + (noise->depth > 8 ? x % 4 : 0);
}

static void checksum(const struct df_picture *out, char ret_text[33])
{
  struct AVMD5 *md5 = av_md5_alloc();
  assert_non_null(md5);
  av_md5_init(md5);
  size_t bytes = (size_t)out->width * (out->format.depth > 8 ? 2 : 1);
  for (int p = 0; p < 2; p++)
    for (int y = 0; y < out->height >> p; y++)
      av_md5_update(md5, test_row(out, p, y), bytes);
  uint8_t digest[16];
  av_md5_final(md5, digest);
  av_free(md5);
  for (int i = 0; i < 16; i++)
    snprintf(ret_text + 2 * i, 3, "%02x", digest[i]);
}

static void check_golden(struct df_composer *composer, const struct golden *g)
{
  struct test_picture in, out;
  struct df_layout layout;
  assert_int_equal(df_layout_init(&layout, "side-by-side", 640, 360, NULL), 0);
  test_picture_init(&in, formats[g->in], g->width, g->height, 13, 0, false);
  test_picture_init(&out, g->out_ten ? DF_FORMAT_P010 : DF_FORMAT_NV12, layout.width, layout.height,
      0, 0x5A, false);
  in.picture.colour.chroma_location = (uint8_t)g->siting;
  out.picture.colour.full_range = g->full_range;
  struct noise noise = {{42}, formats[g->in].depth};
  fill_picture(&in.picture, golden_sample, &noise);

  struct df_tile tiles[DF_SEATS];
  for (int i = 0; i < DF_SEATS; i++)
    tiles[i] =
        (struct df_tile){&in.picture, g->windows[i], g->display_x, 1, g->fit, layout.tiles[i]};
  struct df_error err = {0};
  assert_int_equal(df_composer_draw(composer, tiles, DF_SEATS, &out.picture, &err), 0);
  char text[33];
  checksum(&out.picture, text);
  if (strcmp(text, g->md5) != 0)
    fail_msg("%s: %s instead of %s", g->name, text, g->md5);
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
