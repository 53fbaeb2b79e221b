/*
 * What models are fed, against what it should be worked out with doubles straight from the definitions:
 * each tensor pixel the mean of the picture under it, then Y'CbCr to R'G'B'. Integers and few weights make
 * the program's a little different, so a tolerance is needed; the AVX2 operations must equal the plain
 * ones to the bit.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/pictures.h"
#include "vision/colour.h"
#include "vision/letterbox.h"

enum { PADDING = 13, FILL = 0xa5, GUARD = 16 };

static const struct df_model_input rgb_input = {.scale = {1, 1, 1}, .width = 112, .height = 112};

static const struct df_format formats[] = {{8, 1, 1, false, false}, {8, 1, 0, false, false},
    {8, 0, 0, false, false}, {8, 1, 1, true, false}, {8, 1, 0, true, false},
    {10, 1, 1, false, false}, {10, 1, 0, false, false}, {10, 0, 0, false, false},
    {10, 1, 1, true, false}, {10, 1, 1, true, true}, {10, 1, 0, true, true},
    {10, 0, 0, true, true}};
enum { FORMATS = sizeof formats / sizeof formats[0] };

/* A tensor with guard values on both sides. */
struct tensor {
  float *memory, *data;
  size_t count;
};

static struct tensor tensor_new(int width, int height)
{
  struct tensor t = {.count = (size_t)3 * (size_t)width * (size_t)height};
  t.memory = malloc((t.count + 2 * GUARD) * sizeof(float));
  assert_non_null(t.memory);
  for (size_t i = 0; i < t.count + 2 * GUARD; i++)
    t.memory[i] = -777;
  t.data = t.memory + GUARD;
  return t;
}

static void tensor_end(struct tensor *t)
{
  for (size_t i = 0; i < GUARD; i++)
    if (t->memory[i] != -777 || t->data[t->count + i] != -777)
      fail_msg("the tensor's neighbours were written");
  free(t->memory);
}

/* Sample of a component (0 Y, 1 Cb, 2 Cr), ends repeated, in 8-bit levels. */
static double component(const struct df_picture *p, int k, int x, int y)
{
  int width = df_format_plane_width(p->format, k, p->width),
      height = df_format_plane_height(p->format, k, p->height);
  x = x < 0 ? 0 : x >= width ? width - 1 : x;
  y = y < 0 ? 0 : y >= height ? height - 1 : y;
  int value =
      k && p->format.semi_planar ? get_sample(p, 1, 2 * x + k - 1, y) : get_sample(p, k, x, y);
  return p->format.depth > 8 ? value / 4.0 : value;
}

/* The same where only every so manieth row is read: one between is the mean of those around it. */
static double component_of_read_rows(const struct df_picture *p, int k, int x, int y, int spacing)
{
  int last = (df_format_plane_height(p->format, k, p->height) - 1) / spacing * spacing;
  int before = (int)floor(y / (double)spacing) * spacing;
  double sum = 0;
  for (int side = 0; side < 2; side++) {
    int row = y == before ? y : before + spacing * side;
    sum += component(p, k, x, row < last ? row : last);
  }
  return sum / 2;
}

/* Mean over the rectangle x0..x1, y0..y1 in the component's samples. */
static double mean(const struct df_picture *p, int k, double x0, double x1, double y0, double y1)
{
  int spacing = df_letterbox_spacing(y1 - y0);
  double sum = 0;
  for (int y = (int)floor(y0); y < y1; y++)
    for (int x = (int)floor(x0); x < x1; x++) {
      double w = fmin(x + 1, x1) - fmax(x, x0), h = fmin(y + 1, y1) - fmax(y, y0);
      if (w > 0 && h > 0)
        sum += w * h * component_of_read_rows(p, k, x, y, spacing);
    }
  return sum / ((x1 - x0) * (y1 - y0));
}

/* Mean of a component under the box around (x, y) in luma samples, `w` by `h` but at least one sample. */
static double component_under(
    const struct df_picture *p, int k, double x, double y, double w, double h)
{
  int location = p->colour.chroma_location;
  if (k && p->format.shift_x) {
    x = x / 2 + (location == 2 ? 0 : 0.25);
    w /= 2;
  }
  if (k && p->format.shift_y) {
    y = y / 2 + (location == 3 ? 0.25 : 0);
    h /= 2;
  }
  w = fmax(w, 1);
  h = fmax(h, 1);
  return mean(p, k, x - w / 2, x + w / 2, y - h / 2, y + h / 2);
}

/* R'G'B' 0..255 by the textbook. */
static void to_rgb(const struct df_picture *p, const double c[3], double ret_rgb[3])
{
  bool bt709 = p->colour.matrix == 1, bt2020 = p->colour.matrix == 9;
  double kr = bt709    ? 0.2126
              : bt2020 ? 0.2627
                       : 0.299,
         kb = bt709    ? 0.0722
              : bt2020 ? 0.0593
                       : 0.114;
  double top = p->format.depth > 8 ? 1023 / 4.0 : 255;
  bool full = p->colour.full_range;
  double y = full ? c[0] / top : (c[0] - 16) / 219;
  double cb = (c[1] - 128) / (full ? top : 224), cr = (c[2] - 128) / (full ? top : 224);
  double r = y + 2 * (1 - kr) * cr, b = y + 2 * (1 - kb) * cb,
         g = (y - kr * r - kb * b) / (1 - kr - kb);
  const double rgb[3] = {r, g, b};
  for (int k = 0; k < 3; k++)
    ret_rgb[k] = 255 * fmin(fmax(rgb[k], 0), 1);
}

struct differences {
  double most, sum;
  size_t count;
};

static void add_difference(struct differences *d, double a, double b)
{
  double difference = fabs(a - b);
  d->most = fmax(d->most, difference);
  d->sum += difference;
  d->count++;
}

static void compare_letterbox(const struct df_picture *p, const struct df_letterbox *l,
    const float *tensor, struct differences *d)
{
  double step_x = l->display_x / l->scale, step_y = l->display_y / l->scale;
  size_t plane = (size_t)l->width * (size_t)l->height;
  for (int v = 0; v < l->height; v++)
    for (int u = 0; u < l->width; u++) {
      double x = (u + 0.5) * step_x, y = (v + 0.5) * step_y, rgb[3] = {0};
      if (fabs(x - p->width) < 1e-4 || fabs(y - p->height) < 1e-4)
        continue; /* on the edge itself */
      if (x < p->width && y < p->height) {
        double c[3];
        for (int k = 0; k < 3; k++)
          c[k] = component_under(p, k, x, y, step_x, step_y);
        to_rgb(p, c, rgb);
      }
      for (int k = 0; k < 3; k++)
        add_difference(
            d, rgb[k], tensor[(size_t)k * plane + (size_t)v * (size_t)l->width + (size_t)u]);
    }
}

static void letterbox_is_near(struct df_format format, struct df_colour colour, int width,
    int height, const struct df_letterbox *l, bool upside_down)
{
  struct test_picture t;
  test_picture_init(&t, format, width, height, PADDING, FILL, upside_down);
  t.picture.colour = colour;
  fill_noise(&t.picture, (uint64_t)(width * 131 + height));
  struct tensor tensor = tensor_new(l->width, l->height);
  struct df_error err = {0};
  assert_int_equal(df_letterbox_cpu(&t.picture, l, &rgb_input, tensor.data, &err), 0);
  struct differences d = {0};
  compare_letterbox(&t.picture, l, tensor.data, &d);
  if (d.most > 7 || d.sum / (double)d.count > 1.2)
    fail_msg("%dx%d depth %d shift %d%d to %dx%d: off by up to %g, %g on average", width, height,
        format.depth, format.shift_x, format.shift_y, l->width, l->height, d.most,
        d.sum / (double)d.count);
  assert_true(padding_intact(&t, FILL));
  tensor_end(&tensor);
  test_picture_finish(&t);
}

static void every_format_and_size_is_near_the_definition(void **state)
{
  (void)state;
  static const int sizes[][2] = {
      {1, 1}, {3, 2}, {17, 5}, {64, 32}, {97, 61}, {201, 40}, {320, 180}, {31, 203}};
  for (int f = 0; f < FORMATS; f++)
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
      struct df_letterbox l =
          df_letterbox_fit((float)sizes[s][0], (float)sizes[s][1], 1, 1, 32, 64 * 32);
      letterbox_is_near(
          formats[f], (struct df_colour){.matrix = 1}, sizes[s][0], sizes[s][1], &l, s % 2);
    }
}

static void every_scale_is_near_the_definition(void **state)
{
  (void)state;
  for (float scale = 0.07F; scale <= 1; scale *= 1.31F) {
    struct df_letterbox l = {96, 64, scale, 1, 1};
    letterbox_is_near(formats[0], (struct df_colour){.matrix = 1}, (int)fminf(96 / scale, 700),
        (int)fminf(64 / scale, 500), &l, false);
  }
}

/* Steps of four and of nine rows, and heights of which the last row is read or not. */
static void left_out_rows_are_the_mean_of_their_neighbours(void **state)
{
  (void)state;
  assert_int_equal(df_letterbox_spacing(3.99), 1);
  assert_int_equal(df_letterbox_spacing(4), 2);
  assert_int_equal(df_letterbox_spacing(7.99), 2);
  assert_int_equal(df_letterbox_spacing(8), 4);
  for (int f = 0; f < FORMATS; f++)
    for (int height = 96; height < 104; height++) {
      struct df_letterbox l = {32, 32, height % 3 ? 0.25F : 0.11F, 1, 1};
      letterbox_is_near(formats[f], (struct df_colour){.matrix = 1}, 80, height, &l, height % 2);
    }
}

static int slope(void *context, int p, int x, int y)
{
  (void)context, (void)x;
  return p ? 128 : 20 + y;
}

/* What is seen must lie where it is: on a slope of a level a row, a shift would show as a difference. */
static void leaving_out_rows_shifts_nothing(void **state)
{
  (void)state;
  struct test_picture t;
  test_picture_init(&t, formats[0], 200, 200, PADDING, FILL, false);
  fill_picture(&t.picture, slope, NULL);
  for (float step = 4; step < 9; step += 0.375F) {
    struct df_letterbox l = {64, 64, 1 / step, 1, 1};
    struct tensor tensor = tensor_new(64, 64);
    assert_int_equal(df_letterbox_cpu(&t.picture, &l, &rgb_input, tensor.data, NULL), 0);
    for (int v = 1; v < (int)(200 / step) - 2; v++) {
      float level = 20 + ((float)v + 0.5F) * step - 0.5F;
      assert_float_equal(tensor.data[v * 64 + 3], (level - 16) * 255 / 219, 0.25 * 255 / 219);
    }
    tensor_end(&tensor);
  }
  test_picture_finish(&t);
}

static void pixels_need_not_be_square(void **state)
{
  (void)state;
  struct df_letterbox l = df_letterbox_fit(160, 90, 0.75F, 1, 32, 96 * 64);
  letterbox_is_near(formats[3], (struct df_colour){.matrix = 6}, 120, 90, &l, false);
  l = df_letterbox_fit(90, 160, 1, 0.5F, 32, 96 * 64);
  letterbox_is_near(formats[5], (struct df_colour){.matrix = 6}, 90, 80, &l, false);
}

static void matrix_range_and_chroma_location_are_honoured(void **state)
{
  (void)state;
  static const uint8_t matrices[] = {1, 5, 6, 9};
  struct df_letterbox l = df_letterbox_fit(75, 53, 1, 1, 32, 64 * 32);
  for (int f = 0; f < FORMATS; f += 3)
    for (size_t m = 0; m < sizeof matrices; m++)
      for (uint8_t location = 0; location < 4; location++)
        for (int full = 0; full < 2; full++) {
          struct df_colour colour = {
              .matrix = matrices[m], .full_range = full, .chroma_location = location};
          letterbox_is_near(formats[f], colour, 75, 53, &l, false);
        }
}

static void an_unspecified_matrix_is_chosen_by_the_height(void **state)
{
  (void)state;
  struct df_picture p = {.width = 1280, .height = 720, .colour = {.matrix = 2}};
  assert_float_equal(df_colour_matrix_for(&p, 1).red[0], 2 * (1 - 0.2126) * 255 / 224, 1e-4);
  p.height = 719;
  assert_float_equal(df_colour_matrix_for(&p, 1).red[0], 2 * (1 - 0.299) * 255 / 224, 1e-4);
}

static void planes_are_ordered_and_normalised_as_the_model_wants(void **state)
{
  (void)state;
  struct test_picture t;
  test_picture_init(&t, formats[0], 70, 40, PADDING, FILL, false);
  fill_noise(&t.picture, 3);
  struct df_letterbox l = df_letterbox_fit(70, 40, 1, 1, 32, 64 * 32);
  const struct df_model_input bgr = {.bgr = true, .mean = {100, 50, 25}, .scale = {0.5F, 2, -1}};
  struct tensor a = tensor_new(l.width, l.height), b = tensor_new(l.width, l.height);
  assert_int_equal(df_letterbox_cpu(&t.picture, &l, &rgb_input, a.data, NULL), 0);
  assert_int_equal(df_letterbox_cpu(&t.picture, &l, &bgr, b.data, NULL), 0);
  size_t plane = a.count / 3;
  int columns = (int)(70 * l.scale + 0.5F), lines = (int)(40 * l.scale + 0.5F);
  for (size_t i = 0; i < a.count; i++) {
    size_t k = i / plane, at = i % plane;
    bool inside = (int)(at % (size_t)l.width) < columns && (int)(at / (size_t)l.width) < lines;
    float expected = inside ? (a.data[(2 - k) * plane + at] - bgr.mean[k]) * bgr.scale[k] : 0;
    assert_float_equal(b.data[i], expected, 0);
  }
  tensor_end(&a);
  tensor_end(&b);
  test_picture_finish(&t);
}

static void avx2_equals_plain_to_the_bit(void **state)
{
  (void)state;
  const struct df_row_operations *avx2 = df_row_operations_avx2();
  if (!avx2)
    skip();
  for (int f = 0; f < FORMATS; f++)
    for (int width = 1; width < 260; width += 7) {
      struct test_picture t;
      int height = 20 + width % 40;
      test_picture_init(&t, formats[f], width, height, PADDING, FILL, width % 2);
      fill_noise(&t.picture, (uint64_t)width);
      t.picture.colour = (struct df_colour){.matrix = 1, .transfer = width % 3 ? 1 : 16};
      struct df_letterbox l = {
          .width = 96, .height = 32, .scale = 1.0F / (1 + (float)(width % 17) / 3), 1, 1};
      struct tensor a = tensor_new(l.width, l.height), b = tensor_new(l.width, l.height);
      assert_int_equal(df_letterbox_with(avx2, &t.picture, &l, &rgb_input, a.data, NULL), 0);
      assert_int_equal(
          df_letterbox_with(&df_row_operations_plain, &t.picture, &l, &rgb_input, b.data, NULL), 0);
      assert_memory_equal(a.data, b.data, a.count * sizeof(float));
      tensor_end(&a);
      tensor_end(&b);
      test_picture_finish(&t);
    }
}

/* Bright stripes of one sample, which a detector must see as grey, whatever the scale. */
static int stripes(void *context, int p, int x, int y)
{
  (void)context, (void)y;
  return p ? 128 : x % 2 ? 235 : 16;
}

static void fine_detail_becomes_grey_instead_of_aliasing(void **state)
{
  (void)state;
  struct test_picture t;
  test_picture_init(&t, formats[0], 640, 64, PADDING, FILL, false);
  fill_picture(&t.picture, stripes, NULL);
  struct df_letterbox l = {160, 32, 0.25F, 1, 1};
  struct tensor tensor = tensor_new(160, 32);
  assert_int_equal(df_letterbox_cpu(&t.picture, &l, &rgb_input, tensor.data, NULL), 0);
  for (int u = 0; u < 160; u++)
    assert_float_equal(tensor.data[u], 127.5, 1.5);
  tensor_end(&tensor);
  test_picture_finish(&t);
}

static double bilinear(const struct df_picture *p, int k, double x, double y)
{
  x -= 0.5;
  y -= 0.5;
  int x0 = (int)floor(x), y0 = (int)floor(y);
  double r = x - x0, b = y - y0;
  return (component(p, k, x0, y0) * (1 - r) + component(p, k, x0 + 1, y0) * r) * (1 - b) +
         (component(p, k, x0, y0 + 1) * (1 - r) + component(p, k, x0 + 1, y0 + 1) * r) * b;
}

static void an_upright_face_of_the_tensors_size_is_sampled_bilinearly(void **state)
{
  (void)state;
  const struct df_model_input input = {.scale = {1, 1, 1}, .width = 32, .height = 24};
  const float m[6] = {0.9F, 0.2F, 20.3F, -0.2F, 0.9F, 15.7F};
  for (int f = 0; f < FORMATS; f++) {
    struct test_picture t;
    test_picture_init(&t, formats[f], 71, 57, PADDING, FILL, f % 2);
    t.picture.colour = (struct df_colour){.matrix = 1, .chroma_location = 2};
    fill_noise(&t.picture, (uint64_t)f);
    struct tensor tensor = tensor_new(32, 24);
    assert_int_equal(df_align_cpu(&t.picture, m, &input, tensor.data, NULL), 0);
    for (int v = 0; v < 24; v++)
      for (int u = 0; u < 32; u++) {
        double x = m[0] * (u + 0.5) + m[1] * (v + 0.5) + m[2],
               y = m[3] * (u + 0.5) + m[4] * (v + 0.5) + m[5];
        double c[3], rgb[3];
        for (int k = 0; k < 3; k++)
          c[k] = bilinear(&t.picture, k, k && formats[f].shift_x ? x / 2 : x,
              k && formats[f].shift_y ? y / 2 : y);
        to_rgb(&t.picture, c, rgb);
        for (int k = 0; k < 3; k++)
          assert_float_equal(tensor.data[k * 32 * 24 + v * 32 + u], rgb[k], 0.02);
      }
    tensor_end(&tensor);
    test_picture_finish(&t);
  }
}

static void a_large_face_is_averaged_not_picked(void **state)
{
  (void)state;
  struct test_picture t;
  test_picture_init(&t, formats[0], 640, 640, PADDING, FILL, false);
  fill_picture(&t.picture, stripes, NULL);
  struct tensor tensor = tensor_new(112, 112);
  for (float size = 2; size < 4.5F; size += 0.5F) {
    const float m[6] = {size, 0, 30.25F, 0, size, 30.25F};
    assert_int_equal(df_align_cpu(&t.picture, m, &rgb_input, tensor.data, NULL), 0);
    for (int i = 0; i < 112; i++)
      assert_in_range((int)tensor.data[50 * 112 + i], 128 - 45, 128 + 45);
  }
  tensor_end(&tensor);
  test_picture_finish(&t);
}

static int white(void *context, int p, int x, int y)
{
  (void)context, (void)x, (void)y;
  return p ? 128 : 235;
}

static void what_lies_outside_the_picture_is_black(void **state)
{
  (void)state;
  struct test_picture t;
  test_picture_init(&t, formats[0], 50, 40, PADDING, FILL, false);
  fill_picture(&t.picture, white, NULL);
  const struct df_model_input input = {
      .mean = {10, 10, 10}, .scale = {2, 2, 2}, .width = 80, .height = 64};
  const float m[6] = {1, 0, -10, 0, 1, -12};
  struct tensor tensor = tensor_new(80, 64);
  assert_int_equal(df_align_cpu(&t.picture, m, &input, tensor.data, NULL), 0);
  for (int v = 0; v < 64; v++)
    for (int u = 0; u < 80; u++) {
      bool inside = u >= 10 && u < 60 && v >= 12 && v < 52;
      assert_float_equal(tensor.data[v * 80 + u], inside ? 2 * (255 - 10) : 2 * (0 - 10), 0.01);
    }
  const float far[6] = {1, 0, 1e30F, 0, 1, -1e30F}, broken[6] = {1, 0, NAN, 0, 1, 0};
  assert_int_equal(df_align_cpu(&t.picture, far, &input, tensor.data, NULL), 0);
  assert_float_equal(tensor.data[0], -20, 0);
  struct df_error err = {0};
  assert_int_equal(df_align_cpu(&t.picture, broken, &input, tensor.data, &err), DF_EUSAGE);
  tensor_end(&tensor);
  test_picture_finish(&t);
}

static void hdr_pictures_look_like_sdr_ones(void **state)
{
  (void)state;
  assert_null(df_colour_curve(1));
  assert_null(df_colour_curve(2));
  /* 58 % of PQ and 75 % of HLG are diffuse white (BT.2408), 38 % and 38 % a mid grey. */
  const float *pq = df_colour_curve(16), *hlg = df_colour_curve(18);
  assert_in_range((int)df_curve_at(pq, 0.58F * 255), 230, 250);
  assert_in_range((int)df_curve_at(hlg, 0.75F * 255), 230, 250);
  assert_in_range((int)df_curve_at(pq, 0.38F * 255), 90, 140);
  assert_in_range((int)df_curve_at(hlg, 0.38F * 255), 90, 140);
  for (int i = 1; i < DF_CURVE_SIZE; i++) {
    assert_true(pq[i] >= pq[i - 1] && pq[i] <= 255);
    assert_true(hlg[i] >= hlg[i - 1] && hlg[i] <= 255);
  }
  assert_float_equal(df_curve_at(pq, 0), 0, 0.01);
  assert_float_equal(df_curve_at(hlg, 0), 0, 0.01);
}

static void hdr_goes_through_the_curve_in_both_conversions(void **state)
{
  (void)state;
  struct test_picture t;
  test_picture_init(&t, formats[9], 64, 64, PADDING, FILL, false);
  fill_picture(&t.picture, white, NULL); /* 235 of 1023: dark */
  for (int y = 0; y < 32; y++)
    for (int x = 0; x < 64; x++)
      set_sample(&t.picture, 1, x, y, 512);
  t.picture.colour = (struct df_colour){.primaries = 9, .transfer = 16, .matrix = 9};
  float expected = df_curve_at(df_colour_curve(16), (float)((235 / 4.0 - 16) * 255 / 219));
  struct df_letterbox l = df_letterbox_fit(64, 64, 1, 1, 32, 0);
  const struct df_model_input input = {.scale = {1, 1, 1}, .width = 32, .height = 32};
  const float m[6] = {1, 0, 3, 0, 1, 3};
  struct tensor a = tensor_new(l.width, l.height), b = tensor_new(32, 32);
  assert_int_equal(df_letterbox_cpu(&t.picture, &l, &input, a.data, NULL), 0);
  assert_int_equal(df_align_cpu(&t.picture, m, &input, b.data, NULL), 0);
  assert_float_equal(a.data[5], expected, 0.1);
  assert_float_equal(b.data[5], expected, 0.1);
  tensor_end(&a);
  tensor_end(&b);
  test_picture_finish(&t);
}

static void sharpness_is_that_of_the_picture_whatever_is_fed(void **state)
{
  (void)state;
  struct df_model_input plain = rgb_input;
  struct df_model_input fed = {.bgr = true,
      .mean = {120, 110, 100},
      .scale = {0.01F, 0.02F, 0.03F},
      .width = 112,
      .height = 112};
  struct tensor a = tensor_new(112, 112), b = tensor_new(112, 112);
  struct random r = {5};
  for (size_t i = 0; i < a.count / 3; i++)
    for (int k = 0; k < 3; k++)
      a.data[(size_t)k * (a.count / 3) + i] = (float)random_real(&r, 0, 255);
  for (size_t i = 0; i < a.count; i++) {
    size_t k = i / (a.count / 3), at = i % (a.count / 3);
    b.data[i] = (a.data[(2 - k) * (a.count / 3) + at] - fed.mean[k]) * fed.scale[k];
  }
  float sharp = df_tensor_sharpness(&plain, a.data);
  assert_float_equal(df_tensor_sharpness(&fed, b.data), sharp, 0.01);
  /* Noise of variance s2 in each channel has a Laplacian of variance 20 s2 (w . w). */
  double sigma = 255 / sqrt(12), weights = 0.299 * 0.299 + 0.587 * 0.587 + 0.114 * 0.114;
  assert_float_equal(sharp, sigma * sqrt(20 * weights), 3);
  for (size_t i = 0; i < a.count; i++)
    a.data[i] = (float)(i % 112); /* a slope has none */
  assert_float_equal(df_tensor_sharpness(&plain, a.data), 0, 0.01);
  tensor_end(&a);
  tensor_end(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_format_and_size_is_near_the_definition),
      cmocka_unit_test(every_scale_is_near_the_definition),
      cmocka_unit_test(left_out_rows_are_the_mean_of_their_neighbours),
      cmocka_unit_test(leaving_out_rows_shifts_nothing),
      cmocka_unit_test(pixels_need_not_be_square),
      cmocka_unit_test(matrix_range_and_chroma_location_are_honoured),
      cmocka_unit_test(an_unspecified_matrix_is_chosen_by_the_height),
      cmocka_unit_test(planes_are_ordered_and_normalised_as_the_model_wants),
      cmocka_unit_test(avx2_equals_plain_to_the_bit),
      cmocka_unit_test(fine_detail_becomes_grey_instead_of_aliasing),
      cmocka_unit_test(an_upright_face_of_the_tensors_size_is_sampled_bilinearly),
      cmocka_unit_test(a_large_face_is_averaged_not_picked),
      cmocka_unit_test(what_lies_outside_the_picture_is_black),
      cmocka_unit_test(hdr_pictures_look_like_sdr_ones),
      cmocka_unit_test(hdr_goes_through_the_curve_in_both_conversions),
      cmocka_unit_test(sharpness_is_that_of_the_picture_whatever_is_fed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
