/*
 * Known frames of the composer: what is drawn and the checksum of what must come out, on whatever device. A
 * change of any sample in any of these is a change of the specification, to be made knowingly. The pictures
 * are made of whole numbers alone, so no mathematics library can change them.
 */
#ifndef DF_TESTS_SUPPORT_GOLDEN_FRAMES_H
#define DF_TESTS_SUPPORT_GOLDEN_FRAMES_H

#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <stdio.h>

#include "pictures.h"

#include "compose/compose.h"

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

static const struct df_format golden_formats[] = {
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
static inline int golden_sample(void *context, int p, int x, int y)
{
  struct noise *noise = context;
  int value = 40 + (x * 3 + y * 2 + 31 * p) % 160;
  if (x % 23 < 2 || y % 19 < 2)
    value = 220 - value / 4;
  value += (int)(random_next(&noise->random) >> 28);
  return (value << (noise->depth - 8)) + (noise->depth > 8 ? x % 4 : 0);
}

static inline void checksum(const struct df_picture *out, char ret_text[33])
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

/* The picture that is drawn, and an output of the right size. */
static inline void golden_init(
    const struct golden *g, struct test_picture *ret_in, struct test_picture *ret_out)
{
  test_picture_init(ret_in, golden_formats[g->in], g->width, g->height, 13, 0, false);
  test_picture_init(
      ret_out, g->out_ten ? DF_FORMAT_P010 : DF_FORMAT_NV12, 640, 360, 0, 0x5A, false);
  ret_in->picture.colour.chroma_location = (uint8_t)g->siting;
  ret_out->picture.colour.full_range = g->full_range;
  struct noise noise = {{42}, golden_formats[g->in].depth};
  fill_picture(&ret_in->picture, golden_sample, &noise);
}

static inline void golden_tiles(
    const struct golden *g, const struct df_picture *picture, struct df_tile tiles[DF_SEATS])
{
  struct df_layout layout;
  assert_int_equal(df_layout_init(&layout, "side-by-side", 640, 360, NULL), 0);
  for (int i = 0; i < DF_SEATS; i++)
    tiles[i] = (struct df_tile){picture, g->windows[i], g->display_x, 1, g->fit, layout.tiles[i]};
}

static inline void golden_check(const struct golden *g, const struct df_picture *out)
{
  char text[33];
  checksum(out, text);
  if (strcmp(text, g->md5) != 0)
    fail_msg("%s: %s instead of %s", g->name, text, g->md5);
}

#endif
