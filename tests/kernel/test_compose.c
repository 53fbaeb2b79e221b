/* Each test is named after the promise of compose.h or kernels.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../support/compose_cases.h"
#include "compose/compose.h"
#include "compose/kernels.h"

static struct df_composer *composer_of(bool scalar, int threads)
{
  struct df_composer *composer =
      df_composer_create(&(struct df_composer_options){.scalar = scalar, .threads = threads});
  assert_non_null(composer);
  return composer;
}

static void draw_or_fail(
    struct df_composer *composer, const struct df_tile *tiles, size_t count, struct df_picture *out)
{
  struct df_error err = {0};
  if (df_composer_draw(composer, tiles, count, out, &err) < 0)
    fail_msg("%s", err.text);
}

static void draw_once(
    bool scalar, const struct df_tile *tiles, size_t count, struct df_picture *out)
{
  struct df_composer *composer = composer_of(scalar, 1);
  draw_or_fail(composer, tiles, count, out);
  df_composer_destroy(&composer);
  assert_null(composer);
}

/* Draws random cases with `composer`, kept throughout, and anew with the scalar reference. */
static void compare_with_reference(struct df_composer *composer, uint64_t seed, int cases)
{
  struct random random = {seed};
  for (int n = 0; n < cases; n++) {
    struct case_of_two c;
    make_case(&random, &c);
    struct df_tile first[TILES_MAX], second[TILES_MAX];
    for (size_t t = 0; t < c.count; t++) {
      first[t] = c.tiles[t][0];
      second[t] = c.tiles[t][1];
    }
    draw_or_fail(composer, first, c.count, &c.out[0].picture);
    draw_once(true, second, c.count, &c.out[1].picture);
    if (!same_pictures(&c.out[0], &c.out[1]))
      fail_msg("case %d of seed %d differs from the scalar reference", n, (int)seed);
    assert_true(padding_intact(&c.out[0], OUT_FILL));
    assert_true(padding_intact(&c.out[1], OUT_FILL));
    finish_case(&c);
  }
}

static void the_fast_kernels_equal_the_reference_to_the_bit(void **state)
{
  (void)state;
  const struct df_kernels *const all[] = {df_kernels_avx2(), df_kernels_avx512()};
  int compared = 0;
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    if (!all[i])
      continue;
    struct df_composer *composer =
        df_composer_create(&(struct df_composer_options){.kernels = all[i]});
    assert_non_null(composer);
    print_message("# comparing %s\n", all[i]->name);
    compare_with_reference(composer, 1, 1500);
    df_composer_destroy(&composer);
    compared++;
  }
  if (!compared)
    skip();
}

static void threads_do_not_change_a_sample(void **state)
{
  (void)state;
  struct df_composer *composer = composer_of(false, 3);
  compare_with_reference(composer, 2, 200);
  df_composer_destroy(&composer);
}

static void what_was_drawn_before_does_not_matter(void **state)
{
  (void)state;
  struct df_composer *composer = composer_of(true, 1);
  compare_with_reference(composer, 3, 200);
  df_composer_destroy(&composer);
}

/* Sizes at the ends of what is promised: one source, one tile, both kinds of kernels. */
static void any_ratio_is_drawn(void **state)
{
  (void)state;
  const struct {
    int width, height, out_width, out_height, depth;
  } cases[] = {{7680, 400, 64, 64, 8}, {400, 4320, 64, 2, 10}, {1, 1, 640, 64, 8}, {1, 1, 2, 2, 10},
      {16, 16, 960, 66, 8}, {3, 700, 200, 64, 8}, {7680, 64, 2, 2, 10}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct test_picture in, out[2];
    struct df_format format = {.depth = (uint8_t)cases[i].depth, .shift_x = 1, .shift_y = 1};
    test_picture_init(&in, format, cases[i].width, cases[i].height, 0, 0, false);
    fill_noise(&in.picture, i);
    struct df_tile tile = {&in.picture, {0, 0, (float)cases[i].width, (float)cases[i].height}, 1, 1,
        DF_FIT_STRETCH, {0, 0, cases[i].out_width, cases[i].out_height}};
    for (int k = 0; k < 2; k++) {
      test_picture_init(
          &out[k], DF_FORMAT_NV12, cases[i].out_width, cases[i].out_height, 3, OUT_FILL, false);
      draw_once(k == 0, &tile, 1, &out[k].picture);
    }
    assert_true(same_pictures(&out[0], &out[1]));
    test_picture_finish(&in);
    test_picture_finish(&out[0]);
    test_picture_finish(&out[1]);
  }
}

static double sinc(double x)
{
  return x == 0 ? 1 : sin(M_PI * x) / (M_PI * x);
}

/* Weights of Lanczos-3 around `at`, widened by `scale`; returns the first one's index. */
static int ideal_weights(double at, double scale, double *weights, int *ret_count)
{
  int first = (int)floor(at - 3 * scale) + 1, last = (int)ceil(at + 3 * scale) - 1;
  double sum = 0;
  for (int k = first; k <= last; k++) {
    double x = (k - at) / scale;
    weights[k - first] = sinc(x) * sinc(x / 3);
    sum += weights[k - first];
  }
  *ret_count = last - first + 1;
  for (int i = 0; i < *ret_count; i++)
    weights[i] /= sum;
  return first;
}

static int clamp_index(int k, int size)
{
  return k < 0 ? 0 : k >= size ? size - 1 : k;
}

/* Luma at output pixel (i, j) of a window stretched over w x h pixels, in double precision. */
static double ideal_luma(
    const struct df_picture *p, struct df_box window, int w, int h, int i, int j)
{
  double across[256], down[256], step_x = window.w / w, step_y = window.h / h, sum = 0;
  int nx, ny;
  int x0 = ideal_weights(window.x + (i + 0.5) * step_x - 0.5, fmax(1, step_x), across, &nx);
  int y0 = ideal_weights(window.y + (j + 0.5) * step_y - 0.5, fmax(1, step_y), down, &ny);
  for (int y = 0; y < ny; y++)
    for (int x = 0; x < nx; x++)
      sum += down[y] * across[x] *
             get_sample(p, 0, clamp_index(x0 + x, p->width), clamp_index(y0 + y, p->height));
  return sum;
}

/* Soft shapes, edges, stripes that get finer and a little noise: what pictures are made of. */
static int natural_sample(void *context, int p, int x, int y)
{
  struct noise *noise = context;
  double value = 110 + 60 * sin(x * 0.031 + 1) * cos(y * 0.023) + 35 * sin(x * x * 0.004 + y * 0.2);
  if ((x - 90) * (x - 90) + (y - 60) * (y - 60) < 900)
    value = 235;
  if ((x / 37 + y / 29) % 5 == p)
    value -= 70;
  value += random_int(&noise->random, -4, 4);
  value = value < 16 ? 16 : value > 235 ? 235 : value;
  return (int)(value * (1 << noise->depth) / 256);
}

static double luma_psnr(const struct df_picture *in, struct df_box window, struct df_picture *out)
{
  struct df_tile tile = {in, window, 1, 1, DF_FIT_STRETCH, {0, 0, out->width, out->height}};
  draw_once(false, &tile, 1, out);
  double peak = (1 << out->format.depth) - 1, error = 0;
  double scale = exp2(out->format.depth - in->format.depth);
  for (int j = 0; j < out->height; j++)
    for (int i = 0; i < out->width; i++) {
      double want = scale * ideal_luma(in, window, out->width, out->height, i, j);
      want = want < 0 ? 0 : want > peak ? peak : want;
      error += pow(get_sample(out, 0, i, j) - want, 2);
    }
  return 10 * log10(peak * peak * out->width * out->height / error);
}

static void luma_is_within_50_db_of_the_ideal_filter(void **state)
{
  (void)state;
  const struct df_box windows[] = {{30, 20, 64, 72}, {30.3F, 20.7F, 64, 72}, {0, 0, 200, 150},
      {11.1F, 7.9F, 150.3F, 120.6F}, {100.25F, 50.5F, 20.5F, 23.1F}, {33.5F, 40.25F, 96, 108}};
  double worst = 1000;
  for (int depths = 0; depths < 4; depths++)
    for (int noisy = 0; noisy < 2; noisy++) {
      struct test_picture in, out;
      struct df_format format = {.depth = depths & 1 ? 10 : 8, .shift_x = 1, .shift_y = 1};
      test_picture_init(&in, format, 200, 150, 0, 0, false);
      test_picture_init(&out, depths & 2 ? DF_FORMAT_P010 : DF_FORMAT_NV12, 96, 108, 0, 0, false);
      struct noise noise = {{5}, format.depth};
      fill_picture(&in.picture, noisy ? noise_sample : natural_sample, &noise);
      for (size_t w = 0; w < sizeof windows / sizeof windows[0]; w++)
        worst = fmin(worst, luma_psnr(&in.picture, windows[w], &out.picture));
      test_picture_finish(&in);
      test_picture_finish(&out);
    }
  print_message("# lowest PSNR of luma %.2f dB\n", worst);
  assert_true(worst >= 50);
}

struct ramp {
  struct df_format format;
  double offset_x, offset_y, slope_x, slope_y;
};

/* A slope of chroma over the picture, sampled where the siting says; Cr falls where Cb rises. */
static int ramp_sample(void *context, int p, int x, int y)
{
  const struct ramp *r = context;
  if (p == 0)
    return 128;
  double u = r->format.shift_x ? 2 * x + r->offset_x : x + 0.5;
  double v = r->format.shift_y ? 2 * y + r->offset_y : y + 0.5;
  int value = (int)lround(r->slope_x * u + r->slope_y * v);
  return p == 1 ? 20 + value : 230 - value;
}

static void check_ramp(const struct ramp *ramp, int siting)
{
  struct test_picture in, out;
  test_picture_init(&in, ramp->format, 300, 280, 0, 0, false);
  test_picture_init(&out, DF_FORMAT_NV12, 160, 160, 0, 0, false);
  in.picture.colour.chroma_location = (uint8_t)siting;
  fill_picture(&in.picture, ramp_sample, (void *)ramp);
  struct df_box window = {41, 39, 37, 31}; /* magnified, so that a quarter pixel shows */
  struct df_tile tile = {&in.picture, window, 1, 1, DF_FIT_STRETCH, {0, 0, 160, 160}};
  draw_once(false, &tile, 1, &out.picture);
  double bias = 0;
  for (int y = 0; y < 80; y++)
    for (int x = 0; x < 80; x++) {
      double u = 41 + (2 * x + 0.5) * 37 / 160, v = 39 + (2 * y + 1.0) * 31 / 160;
      double want = ramp->slope_x * u + ramp->slope_y * v;
      double cb = get_sample(&out.picture, 1, 2 * x, y) - 20 - want;
      double cr = 230 - want - get_sample(&out.picture, 1, 2 * x + 1, y);
      assert_true(fabs(cb) < 2.5 && fabs(cr) < 2.5);
      bias += (cb + cr) / 2;
    }
  assert_true(fabs(bias / 6400) < 0.1); /* a quarter of a pixel off would be half a step */
  test_picture_finish(&in);
  test_picture_finish(&out);
}

static void chroma_stays_where_it_was_in_every_format_and_siting(void **state)
{
  (void)state;
  const double across[] = {0.5, 0.5, 1, 0.5, 1, 0.5, 1}, down[] = {1, 1, 1, 0.5, 0.5, 1.5, 1.5};
  for (int siting = 0; siting <= 6; siting++)
    for (int shifts = 0; shifts < 3; shifts++)
      for (int slope = 0; slope < 2; slope++) {
        struct ramp ramp = {{.depth = 8, .shift_x = shifts > 0, .shift_y = shifts > 1},
            across[siting], down[siting], slope ? 0 : 2, slope ? 2 : 0};
        check_ramp(&ramp, siting);
      }
}

static void a_whole_pixel_window_of_the_tiles_size_is_copied(void **state)
{
  (void)state;
  struct test_picture in, out;
  test_picture_init(
      &in, (struct df_format){.depth = 8, .shift_x = 1, .shift_y = 1}, 130, 90, 5, 0, false);
  test_picture_init(&out, DF_FORMAT_NV12, 64, 48, 0, 0, false);
  fill_noise(&in.picture, 9);
  for (enum df_fit fit = DF_FIT_COVER; fit <= DF_FIT_CENTRE; fit++) {
    struct df_tile tile = {&in.picture, {66, 42, 64, 48}, 1, 1, fit, {0, 0, 64, 48}};
    draw_once(false, &tile, 1, &out.picture);
    for (int y = 0; y < 48; y++)
      assert_memory_equal(test_row(&out.picture, 0, y), test_row(&in.picture, 0, 42 + y) + 66, 64);
    for (int y = 0; y < 24; y++)
      for (int x = 0; x < 64; x++)
        assert_int_equal(get_sample(&out.picture, 1, x, y),
            get_sample(&in.picture, 1 + x % 2, 33 + x / 2, 21 + y));
  }
  test_picture_finish(&in);
  test_picture_finish(&out);
}

static int counting_sample(void *context, int p, int x, int y)
{
  const struct df_format *format = context;
  return (x + 64 * y + p) % (1 << format->depth);
}

static void depth_ten_to_eight_rounds_and_eight_to_ten_shifts(void **state)
{
  (void)state;
  for (int to_ten = 0; to_ten < 2; to_ten++)
    for (int high = 0; high < 2; high++) {
      struct test_picture in, out;
      struct df_format format = {.depth = to_ten ? 8 : 10,
          .semi_planar = true,
          .high_aligned = high,
          .shift_x = 1,
          .shift_y = 1};
      test_picture_init(&in, format, 64, 16, 0, 0, false);
      test_picture_init(&out, to_ten ? DF_FORMAT_P010 : DF_FORMAT_NV12, 64, 16, 0, 0, false);
      fill_picture(&in.picture, counting_sample, &format);
      struct df_tile tile = {&in.picture, {0, 0, 64, 16}, 1, 1, DF_FIT_COVER, {0, 0, 64, 16}};
      draw_once(false, &tile, 1, &out.picture);
      for (int p = 0; p < 2; p++)
        for (int i = 0; i < 64 * 16 >> p; i++) {
          int was = get_sample(&in.picture, p, i % 64, i / 64), rounded = (was + 2) / 4;
          int want = to_ten ? was * 4 : rounded > 255 ? 255 : rounded;
          assert_int_equal(get_sample(&out.picture, p, i % 64, i / 64), want);
        }
      test_picture_finish(&in);
      test_picture_finish(&out);
    }
}

static int plane_constant(void *context, int p, int x, int y)
{
  const int *values = context;
  (void)x, (void)y;
  return values[p];
}

/* Says whether samples x0..x1 of rows y0..y1 of plane `p` (Cb and Cr apart) are `want`. */
static void assert_area(const struct df_picture *out, int p, struct df_rect r, int want)
{
  for (int y = r.y >> !!p; y < (r.y + r.h) >> !!p; y++)
    for (int x = r.x >> !!p; x < (r.x + r.w) >> !!p; x++)
      assert_int_equal(get_sample(out, !!p, p ? 2 * x + p - 1 : x, y), want);
}

static void assert_colour(const struct df_picture *out, struct df_rect r, const int values[3])
{
  for (int p = 0; p < 3; p++)
    assert_area(out, p, r, values[p]);
}

/* White, so that any ringing or any sample from outside the drawn part would show. */
static void bars_are_black_of_the_range_and_flat_stays_flat(void **state)
{
  (void)state;
  for (int ten = 0; ten < 2; ten++)
    for (int full = 0; full < 2; full++) {
      const int up = ten ? 2 : 0, white[] = {255, 7, 201};
      const int wanted[] = {255 << up, 7 << up, 201 << up};
      const int black[] = {full ? 0 : 16 << up, 128 << up, 128 << up};
      struct test_picture in, out;
      test_picture_init(&in, (struct df_format){.depth = 8}, 61, 47, 0, 0, false);
      test_picture_init(&out, ten ? DF_FORMAT_P010 : DF_FORMAT_NV12, 120, 60, 6, OUT_FILL, false);
      out.picture.colour.full_range = full;
      fill_picture(&in.picture, plane_constant, (void *)white);
      const struct df_tile tiles[] = {
          {&in.picture, {3, 3, 30, 15}, 1, 1, DF_FIT_CONTAIN, {4, 2, 40, 40}},
          {&in.picture, {1.5F, 3, 21, 23}, 1, 1, DF_FIT_CENTRE, {50, 0, 60, 60}},
          {NULL, {0, 0, 10, 10}, 1, 1, DF_FIT_COVER, {110, 0, 10, 10}},
          {&in.picture, {0, 0, NAN, 10}, 1, 1, DF_FIT_COVER, {110, 10, 10, 10}}};
      draw_once(false, tiles, 4, &out.picture);
      assert_colour(&out.picture, (struct df_rect){4, 12, 40, 20}, wanted);
      assert_colour(&out.picture, (struct df_rect){70, 18, 20, 22}, wanted);
      assert_colour(&out.picture, (struct df_rect){0, 0, 120, 12}, black);
      assert_colour(&out.picture, (struct df_rect){4, 32, 66, 28}, black);
      assert_colour(&out.picture, (struct df_rect){44, 0, 26, 60}, black);
      assert_colour(&out.picture, (struct df_rect){90, 0, 30, 60}, black);
      assert_colour(&out.picture, (struct df_rect){0, 40, 120, 20}, black);
      assert_true(padding_intact(&out, OUT_FILL));
      test_picture_finish(&in);
      test_picture_finish(&out);
    }
}

static void no_tiles_at_all_is_black(void **state)
{
  (void)state;
  struct test_picture out;
  test_picture_init(&out, DF_FORMAT_NV12, 34, 6, 1, OUT_FILL, false);
  draw_once(false, NULL, 0, &out.picture);
  assert_colour(&out.picture, (struct df_rect){0, 0, 34, 6}, (const int[]){16, 128, 128});
  test_picture_finish(&out);
}

/* Sharp detail finer than the output's pixels turns grey instead of aliasing. */
static int stripes_sample(void *context, int p, int x, int y)
{
  (void)context, (void)y;
  return p == 0 ? x % 2 * 255 : 128;
}

static void shrinking_does_not_alias(void **state)
{
  (void)state;
  struct test_picture in, out;
  test_picture_init(
      &in, (struct df_format){.depth = 8, .shift_x = 1, .shift_y = 1}, 600, 64, 0, 0, false);
  test_picture_init(&out, DF_FORMAT_NV12, 160, 16, 0, 0, false);
  fill_picture(&in.picture, stripes_sample, NULL);
  struct df_tile tile = {&in.picture, {40, 0, 520, 64}, 1, 1, DF_FIT_STRETCH, {0, 0, 160, 16}};
  draw_once(false, &tile, 1, &out.picture);
  for (int x = 0; x < 160; x++)
    assert_in_range(get_sample(&out.picture, 0, x, 8), 124, 131);
  test_picture_finish(&in);
  test_picture_finish(&out);
}

/* Cutting a part out of a larger result gives the same as composing that part's window. */
static void the_filter_looks_past_the_window_but_not_the_picture(void **state)
{
  (void)state;
  struct test_picture in, small, large;
  test_picture_init(
      &in, (struct df_format){.depth = 8, .shift_x = 1, .shift_y = 1}, 96, 96, 0, 0, false);
  test_picture_init(&small, DF_FORMAT_NV12, 64, 64, 0, 0, false);
  test_picture_init(&large, DF_FORMAT_NV12, 128, 128, 0, 0, false);
  fill_noise(&in.picture, 4);
  struct df_tile inner = {&in.picture, {32, 32, 32, 32}, 1, 1, DF_FIT_COVER, {0, 0, 64, 64}};
  struct df_tile outer = {&in.picture, {16, 16, 64, 64}, 1, 1, DF_FIT_COVER, {0, 0, 128, 128}};
  draw_once(false, &inner, 1, &small.picture);
  draw_once(false, &outer, 1, &large.picture);
  for (int y = 0; y < 64; y++)
    assert_memory_equal(
        test_row(&small.picture, 0, y), test_row(&large.picture, 0, 32 + y) + 32, 64);
  test_picture_finish(&in);
  test_picture_finish(&small);
  test_picture_finish(&large);
}

static void assert_refused(const struct df_tile *tile, struct test_picture *out, int code)
{
  struct df_error err = {0};
  struct df_composer *composer = composer_of(false, 1);
  assert_int_equal(df_composer_draw(composer, tile, 1, &out->picture, &err), code);
  assert_int_equal(err.code, code);
  assert_true(strlen(err.text) > 10);
  assert_int_equal(get_sample(&out->picture, 0, 0, 0), OUT_FILL); /* nothing was drawn */
  df_composer_destroy(&composer);
}

static void what_it_cannot_draw_is_refused_before_a_sample_is_set(void **state)
{
  (void)state;
  struct test_picture in, out;
  test_picture_init(
      &in, (struct df_format){.depth = 8, .shift_x = 1, .shift_y = 1}, 32, 32, 0, 0, false);
  test_picture_init(&out, DF_FORMAT_NV12, 64, 64, 0, OUT_FILL, false);
  const struct df_tile good = {&in.picture, {0, 0, 32, 32}, 1, 1, DF_FIT_COVER, {0, 0, 64, 64}};

  const struct df_rect bad[] = {{0, 0, 66, 64}, {2, 0, 64, 64}, {-2, 0, 32, 32}, {0, 0, 0, 32},
      {1, 0, 32, 32}, {0, 0, 31, 32}, {0, 62, 32, 4}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct df_tile tile = good;
    tile.rect = bad[i];
    assert_refused(&tile, &out, DF_EUSAGE);
  }
  in.picture.format.depth = 12;
  assert_refused(&good, &out, DF_EUNSUPPORTED);
  in.picture.format.depth = 8;
  in.picture.format.shift_x = 2;
  assert_refused(&good, &out, DF_EUNSUPPORTED);
  in.picture.format.shift_x = 1;
  out.picture.format.semi_planar = false;
  assert_refused(&good, &out, DF_EUNSUPPORTED);
  out.picture.format.semi_planar = true;
  out.picture.width = 63;
  assert_refused(&good, &out, DF_EUNSUPPORTED);
  test_picture_finish(&in);
  test_picture_finish(&out);
}

static void draw_blurred(const struct df_picture *in, struct df_picture *out)
{
  const struct df_tile tile = {.picture = in,
      .window = {0, 0, (float)in->width, (float)in->height},
      .display_x = 1,
      .display_y = 1,
      .fit = DF_FIT_COVER,
      .rect = {0, 0, out->width, out->height},
      .blurred = true};
  struct df_composer *composer = df_composer_create(NULL);
  assert_non_null(composer);
  assert_int_equal(df_composer_draw(composer, &tile, 1, out, NULL), 0);
  df_composer_destroy(&composer);
}

static void what_is_blurred_is_a_quarter_darker(void **state)
{
  (void)state;
  for (int full = 0; full < 2; full++) {
    struct test_picture in, out;
    test_picture_init(&in, DF_FORMAT_NV12, 640, 360, 0, 200, false);
    test_picture_init(&out, DF_FORMAT_NV12, 160, 180, 0, OUT_FILL, false);
    out.picture.colour.full_range = full;
    draw_blurred(&in.picture, &out.picture);
    for (int y = 0; y < 180; y++)
      for (int x = 0; x < 160; x++) {
        assert_int_equal(out.picture.planes[0][y * out.picture.strides[0] + x], full ? 150 : 154);
        assert_int_equal(out.picture.planes[1][y / 2 * out.picture.strides[1] + x], 182);
      }
    test_picture_finish(&in);
    test_picture_finish(&out);
  }
}

/* Squares of a fortieth of the picture's height: finer than what is left of it. */
static void what_is_blurred_shows_nothing_small(void **state)
{
  (void)state;
  enum { SIDE = 1000, SQUARE = 25 };
  struct test_picture in, out;
  int least = 255, most = 0;
  test_picture_init(&in, DF_FORMAT_NV12, SIDE, SIDE, 0, 128, false);
  test_picture_init(&out, DF_FORMAT_NV12, SIDE, SIDE, 0, OUT_FILL, false);
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      in.picture.planes[0][y * in.picture.strides[0] + x] =
          (x / SQUARE + y / SQUARE) % 2 ? 235 : 16;
  draw_blurred(&in.picture, &out.picture);
  for (int y = SIDE / 10; y < SIDE - SIDE / 10; y++)
    for (int x = SIDE / 10; x < SIDE - SIDE / 10; x++) {
      int sample = out.picture.planes[0][y * out.picture.strides[0] + x];
      least = sample < least ? sample : least;
      most = sample > most ? sample : most;
    }
  assert_in_range(most - least, 0, 12); /* of 219 */
  test_picture_finish(&in);
  test_picture_finish(&out);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_blurred_is_a_quarter_darker),
      cmocka_unit_test(what_is_blurred_shows_nothing_small),
      cmocka_unit_test(the_fast_kernels_equal_the_reference_to_the_bit),
      cmocka_unit_test(threads_do_not_change_a_sample),
      cmocka_unit_test(what_was_drawn_before_does_not_matter),
      cmocka_unit_test(any_ratio_is_drawn),
      cmocka_unit_test(luma_is_within_50_db_of_the_ideal_filter),
      cmocka_unit_test(chroma_stays_where_it_was_in_every_format_and_siting),
      cmocka_unit_test(a_whole_pixel_window_of_the_tiles_size_is_copied),
      cmocka_unit_test(depth_ten_to_eight_rounds_and_eight_to_ten_shifts),
      cmocka_unit_test(bars_are_black_of_the_range_and_flat_stays_flat),
      cmocka_unit_test(no_tiles_at_all_is_black),
      cmocka_unit_test(shrinking_does_not_alias),
      cmocka_unit_test(the_filter_looks_past_the_window_but_not_the_picture),
      cmocka_unit_test(what_it_cannot_draw_is_refused_before_a_sample_is_set),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
