/*
 * How long composing takes: milliseconds a frame for the cases that occur, from synthetic pictures,
 * on one thread or as many as asked for. Prints a table; judges nothing. Usage: compose_bench
 * [seconds a case] [threads]
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "compose/compose.h"

enum { WIDTH = 1920, HEIGHT = 1080 };

struct bench_case {
  const char *name;
  struct df_format source;
  int source_width, source_height;
  struct df_box windows[2];
  float drift; /* pixels the windows move from frame to frame: 0 keeps the filter tables */
};

static const struct df_format planar8 = {.depth = 8, .shift_x = 1, .shift_y = 1};
static const struct df_format nv12 = {.depth = 8, .shift_x = 1, .shift_y = 1, .semi_planar = true};
static const struct df_format planar10 = {.depth = 10, .shift_x = 1, .shift_y = 1};

static struct df_picture *noise(struct df_pool *pool)
{
  struct df_picture *picture = df_pool_take(pool);
  if (!picture)
    return NULL;
  uint32_t state = 1;
  for (int p = 0; p < 3 && picture->planes[p]; p++) {
    size_t rows = (size_t)df_format_plane_height(picture->format, p, picture->height);
    size_t bytes = (size_t)picture->strides[p] * rows;
    for (size_t i = 0; i < bytes; i++) {
      state = state * 1664525 + 1013904223;
      bool upper = picture->format.depth > 8 && i % 2;
      picture->planes[p][i] = (uint8_t)(upper ? state >> 30 : state >> 24);
    }
  }
  return picture;
}

static double measure(struct df_composer *composer, const struct bench_case *bench,
    const struct df_picture *source, struct df_picture *out, double seconds)
{
  struct df_error err = {0};
  double start = df_clock_now(), now = start;
  int frames = 0;
  for (; now - start < seconds || frames < 3; frames++, now = df_clock_now()) {
    struct df_tile tiles[2];
    for (int i = 0; i < 2; i++) {
      struct df_box window = bench->windows[i];
      window.x += bench->drift * (float)(frames % 16);
      tiles[i] = (struct df_tile){source, window, 1, 1, DF_FIT_COVER, {i * 960, 0, 960, 1080}};
    }
    if (df_composer_draw(composer, tiles, 2, out, &err) < 0) {
      fprintf(stderr, "compose_bench: %s\n", err.text);
      exit(1);
    }
  }
  return (now - start) / frames * 1000;
}

static int run(const struct bench_case *bench, double seconds, int threads)
{
  const struct df_composer_options fast = {.threads = threads}, slow = {.scalar = true};
  struct df_composer *composer = df_composer_create(&fast), *scalar = df_composer_create(&slow);
  struct df_pool *in_pool =
      df_pool_create(bench->source, bench->source_width, bench->source_height);
  struct df_pool *out_pool = df_pool_create(DF_FORMAT_NV12, WIDTH, HEIGHT);
  struct df_picture *in = in_pool ? noise(in_pool) : NULL;
  struct df_picture *out = out_pool ? df_pool_take(out_pool) : NULL;
  int result = composer && scalar && in && out ? 0 : DF_ENOMEM;
  if (result == 0)
    printf("%-44s %8.3f %8.3f\n", bench->name, measure(composer, bench, in, out, seconds),
        measure(scalar, bench, in, out, 0));
  df_picture_unref(&in);
  df_picture_unref(&out);
  df_pool_destroy(&in_pool);
  df_pool_destroy(&out_pool);
  df_composer_destroy(&composer);
  df_composer_destroy(&scalar);
  return result;
}

int main(int argc, char **argv)
{
  const struct bench_case cases[] = {
      {"640x720 up", planar8, 1920, 1080, {{200, 100, 640, 720}, {1000, 90, 640, 720}}, 0},
      {"480x540 up", planar8, 1920, 1080, {{200, 100, 480, 540}, {1000, 90, 480, 540}}, 0},
      {"640x720 up, NV12", nv12, 1920, 1080, {{200, 100, 640, 720}, {1000, 90, 640, 720}}, 0},
      {"640x720 up, moving", planar8, 1920, 1080, {{200, 100, 640, 720}, {1000, 90, 640, 720}},
          .25F},
      {"960x1080 copied", planar8, 1920, 1080, {{100, 0, 960, 1080}, {960, 0, 960, 1080}}, 0},
      {"960x1080 at a sub-pixel", planar8, 1920, 1080,
          {{.5F, 0, 960, 1080}, {900.3F, 0, 960, 1080}}, 0},
      {"640x720 up, 10 bit", planar10, 1920, 1080, {{200, 100, 640, 720}, {1000, 90, 640, 720}}, 0},
      {"1280x1440 down", planar8, 3840, 2160, {{200, 100, 1280, 1440}, {2000, 90, 1280, 1440}}, 0},
      {"1920x2160 down", planar8, 3840, 2160, {{0, 0, 1920, 2160}, {1920, 0, 1920, 2160}}, 0},
      {"3840x4320 down", planar8, 7680, 4320, {{0, 0, 3840, 4320}, {3840, 0, 3840, 4320}}, 0},
  };
  double seconds = argc > 1 ? strtod(argv[1], NULL) : 0.5;
  int threads = argc > 2 ? atoi(argv[2]) : 1;
  printf("%-44s %8s %8s\n", "two tiles of 960x1080, ms a frame", "fast", "scalar");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    if (run(&cases[i], seconds, threads) < 0)
      return 1;
  return 0;
}
