/* Each test is named after the promise of compose_cuda.h that it checks. */
#include "gpu_picture.h"

#include "../support/compose_cases.h"
#include "../support/golden_frames.h"
#include "compose/compose_cuda.h"

struct bench {
  struct df_gpu *gpu;
  df_gpu_stream stream;
  struct df_cuda_composer *composer;
};

static void set_up(struct bench *b)
{
  struct df_error err = {0};
  *b = (struct bench){.gpu = open_gpu()};
  b->stream = make_stream(b->gpu);
  if (df_cuda_composer_create(b->gpu, b->stream, &b->composer, &err) < 0)
    fail_msg("%s", err.text);
}

static void tear_down(struct bench *b)
{
  df_cuda_composer_destroy(&b->composer);
  assert_null(b->composer);
  df_gpu_stream_destroy(b->gpu, &b->stream);
  close_gpu(b->gpu);
}

static void draw_on_gpu(
    struct bench *b, const struct df_tile *tiles, size_t count, struct df_picture *out)
{
  struct df_error err = {0};
  if (df_cuda_composer_draw(b->composer, tiles, count, out, &err) < 0)
    fail_msg("%s", err.text);
}

static void draw_reference(const struct df_tile *tiles, size_t count, struct df_picture *out)
{
  struct df_composer *composer = df_composer_create(&(struct df_composer_options){.scalar = true});
  assert_non_null(composer);
  assert_int_equal(df_composer_draw(composer, tiles, count, out, NULL), 0);
  df_composer_destroy(&composer);
}

/* The second pictures, whose bits that are no part of a sample are set at random, go to the device. */
static void compare_case(struct bench *b, struct random *r, int n)
{
  struct case_of_two c;
  make_case(r, &c);
  struct gpu_picture in[TILES_MAX], out;
  struct df_tile reference[TILES_MAX], tiles[TILES_MAX];
  for (size_t t = 0; t < c.count; t++) {
    gpu_picture_from(b->gpu, b->stream, &in[t], &c.in[t][1], random_int(r, 0, 40));
    reference[t] = tiles[t] = c.tiles[t][0];
    if (tiles[t].picture)
      tiles[t].picture = &in[t].picture;
  }
  const struct df_picture *host = &c.out[1].picture;
  gpu_picture_init(
      b->gpu, b->stream, &out, host->format, host->width, host->height, random_int(r, 0, 70));
  out.picture.colour = host->colour;
  draw_reference(reference, c.count, &c.out[0].picture);
  draw_on_gpu(b, tiles, c.count, &out.picture);
  gpu_picture_read(b->gpu, b->stream, &out, &c.out[1]);
  if (!same_pictures(&c.out[0], &c.out[1]))
    fail_msg("case %d differs from the scalar reference", n);
  for (size_t t = 0; t < c.count; t++)
    gpu_picture_finish(b->gpu, &in[t]);
  gpu_picture_finish(b->gpu, &out);
  finish_case(&c);
}

static void it_equals_the_reference_to_the_bit(void **state)
{
  (void)state;
  struct bench b;
  struct random random = {11};
  set_up(&b);
  for (int n = 0; n < 400; n++)
    compare_case(&b, &random, n);
  tear_down(&b);
}

static void it_composes_the_known_frames(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++) {
    struct test_picture in, out;
    struct gpu_picture gpu_in, gpu_out;
    struct df_tile tiles[DF_SEATS];
    golden_init(&goldens[i], &in, &out);
    gpu_picture_from(b.gpu, b.stream, &gpu_in, &in, 0);
    gpu_picture_init(b.gpu, b.stream, &gpu_out, out.picture.format, 640, 360, 0);
    gpu_out.picture.colour = out.picture.colour;
    golden_tiles(&goldens[i], &gpu_in.picture, tiles);
    draw_on_gpu(&b, tiles, DF_SEATS, &gpu_out.picture);
    gpu_picture_read(b.gpu, b.stream, &gpu_out, &out);
    golden_check(&goldens[i], &out.picture);
    gpu_picture_finish(b.gpu, &gpu_in);
    gpu_picture_finish(b.gpu, &gpu_out);
    test_picture_finish(&in);
    test_picture_finish(&out);
  }
  tear_down(&b);
}

/* A window that moves and zooms from frame to frame, with many frames on their way at once. */
static void it_allocates_nothing_while_a_camera_moves(void **state)
{
  (void)state;
  enum { FRAMES = 24 };
  struct bench b;
  struct test_picture in, expected, drawn;
  struct gpu_picture gpu_in, outs[FRAMES];
  set_up(&b);
  test_picture_init(&in, DF_FORMAT_NV12, 320, 180, 0, 0, false);
  fill_noise(&in.picture, 8);
  test_picture_init(&expected, DF_FORMAT_NV12, 64, 64, 0, 0, false);
  test_picture_init(&drawn, DF_FORMAT_NV12, 64, 64, 0, 0, false);
  gpu_picture_from(b.gpu, b.stream, &gpu_in, &in, 0);
  for (int i = 0; i < FRAMES; i++)
    gpu_picture_init(b.gpu, b.stream, &outs[i], DF_FORMAT_NV12, 64, 64, 0);
  struct df_gpu_counters *counters = df_gpu_counters(b.gpu);
  struct df_tile tile = {&gpu_in.picture, {0, 0, 1, 1}, 1, 1, DF_FIT_COVER, {0, 0, 64, 64}};
  long long allocations = 0;
  for (int i = 0; i < FRAMES; i++) {
    tile.window = (struct df_box){3.0F * (float)i, 1.5F, 60 + 7.0F * (float)i, 170};
    draw_on_gpu(&b, &tile, 1, &outs[i].picture);
    if (i == 8) /* the ring of buffers is whole */
      allocations = atomic_load(&counters->allocations);
  }
  assert_int_equal(atomic_load(&counters->allocations), allocations);
  tile.picture = &in.picture;
  for (int i = 0; i < FRAMES; i++) {
    tile.window = (struct df_box){3.0F * (float)i, 1.5F, 60 + 7.0F * (float)i, 170};
    draw_reference(&tile, 1, &expected.picture);
    gpu_picture_read(b.gpu, b.stream, &outs[i], &drawn);
    assert_true(same_pictures(&expected, &drawn));
    gpu_picture_finish(b.gpu, &outs[i]);
  }
  gpu_picture_finish(b.gpu, &gpu_in);
  test_picture_finish(&in);
  test_picture_finish(&expected);
  test_picture_finish(&drawn);
  tear_down(&b);
}

static void a_window_that_rests_sends_nothing_up(void **state)
{
  (void)state;
  struct bench b;
  struct gpu_picture in, out;
  set_up(&b);
  gpu_picture_init(b.gpu, b.stream, &in, DF_FORMAT_NV12, 320, 180, 0);
  gpu_picture_init(b.gpu, b.stream, &out, DF_FORMAT_NV12, 64, 64, 0);
  struct df_tile tile = {&in.picture, {10, 10, 99, 101}, 1, 1, DF_FIT_COVER, {0, 0, 64, 64}};
  draw_on_gpu(&b, &tile, 1, &out.picture);
  struct df_gpu_counters *counters = df_gpu_counters(b.gpu);
  long long up = atomic_load(&counters->bytes_up), waits = atomic_load(&counters->host_waits);
  for (int i = 0; i < 20; i++)
    draw_on_gpu(&b, &tile, 1, &out.picture);
  assert_int_equal(atomic_load(&counters->bytes_up), up);
  assert_int_equal(atomic_load(&counters->host_waits), waits);
  assert_int_equal(atomic_load(&counters->bytes_down), 0);
  df_cuda_composer_destroy(&b.composer); /* waits, so that the pictures may go */
  gpu_picture_finish(b.gpu, &in);
  gpu_picture_finish(b.gpu, &out);
  tear_down(&b);
}

static void assert_refused(
    struct bench *b, const struct df_tile *tile, struct df_picture *out, int code)
{
  struct df_error err = {0};
  long long launches = atomic_load(&df_gpu_counters(b->gpu)->launches);
  assert_int_equal(df_cuda_composer_draw(b->composer, tile, 1, out, &err), code);
  assert_int_equal(err.code, code);
  assert_true(strlen(err.text) > 10);
  assert_int_equal(atomic_load(&df_gpu_counters(b->gpu)->launches), launches);
}

static void what_it_cannot_draw_is_refused_before_a_sample_is_set(void **state)
{
  (void)state;
  struct bench b;
  struct gpu_picture in, out;
  set_up(&b);
  gpu_picture_init(b.gpu, b.stream, &in, DF_FORMAT_NV12, 32, 32, 0);
  gpu_picture_init(b.gpu, b.stream, &out, DF_FORMAT_NV12, 64, 64, 0);
  const struct df_tile good = {&in.picture, {0, 0, 32, 32}, 1, 1, DF_FIT_COVER, {0, 0, 64, 64}};
  struct df_tile odd = good;
  odd.rect.x = 1;
  assert_refused(&b, &odd, &out.picture, DF_EUSAGE);
  in.picture.device = NULL;
  assert_refused(&b, &good, &out.picture, DF_EUNSUPPORTED);
  in.picture.device = &test_device;
  out.picture.device = NULL;
  assert_refused(&b, &good, &out.picture, DF_EUNSUPPORTED);
  out.picture.device = &test_device;
  out.picture.planes[1] += 2;
  assert_refused(&b, &good, &out.picture, DF_EUNSUPPORTED);
  out.picture.planes[1] -= 2;
  in.picture.format.depth = 12;
  assert_refused(&b, &good, &out.picture, DF_EUNSUPPORTED);
  gpu_picture_finish(b.gpu, &in);
  gpu_picture_finish(b.gpu, &out);
  tear_down(&b);
}

static void a_failing_device_is_an_error_with_its_reason(void **state)
{
  (void)state;
  struct bench b;
  struct gpu_picture in, out;
  struct df_error err = {0};
  only_with_double("fail=cuLaunchKernel@2:1");
  set_up(&b);
  gpu_picture_init(b.gpu, b.stream, &in, DF_FORMAT_NV12, 32, 32, 0);
  gpu_picture_init(b.gpu, b.stream, &out, DF_FORMAT_NV12, 64, 64, 0);
  const struct df_tile tile = {&in.picture, {0, 0, 32, 32}, 1, 1, DF_FIT_COVER, {0, 0, 64, 64}};
  assert_int_equal(df_cuda_composer_draw(b.composer, &tile, 1, &out.picture, &err), DF_ELIBRARY);
  expect_error(&err, DF_ELIBRARY, "df_compose_down");
  draw_on_gpu(&b, &tile, 1, &out.picture); /* the next one may work */
  df_cuda_composer_destroy(&b.composer);
  gpu_picture_finish(b.gpu, &in);
  gpu_picture_finish(b.gpu, &out);
  tear_down(&b);
}

static void memory_that_runs_out_is_said_and_later_drawn_again(void **state)
{
  (void)state;
  struct bench b;
  struct gpu_picture in, out;
  struct test_picture expected, drawn;
  struct df_error err = {0};
  only_with_double("fail=cuMemAlloc_v2@3"); /* the pictures' two, then the tables */
  set_up(&b);
  test_picture_init(&expected, DF_FORMAT_NV12, 64, 64, 0, 0, false);
  test_picture_init(&drawn, DF_FORMAT_NV12, 64, 64, 0, 0, false);
  struct test_picture source;
  test_picture_init(&source, DF_FORMAT_NV12, 32, 32, 0, 0, false);
  fill_noise(&source.picture, 2);
  gpu_picture_from(b.gpu, b.stream, &in, &source, 0);
  gpu_picture_init(b.gpu, b.stream, &out, DF_FORMAT_NV12, 64, 64, 0);
  struct df_tile tile = {&in.picture, {0, 0, 30, 32}, 1, 1, DF_FIT_COVER, {0, 0, 64, 64}};
  assert_int_equal(df_cuda_composer_draw(b.composer, &tile, 1, &out.picture, &err), DF_ENOMEM);
  expect_error(&err, DF_ENOMEM, "filter tables");
  draw_on_gpu(&b, &tile, 1, &out.picture);
  gpu_picture_read(b.gpu, b.stream, &out, &drawn);
  tile.picture = &source.picture;
  draw_reference(&tile, 1, &expected.picture);
  assert_true(same_pictures(&expected, &drawn));
  gpu_picture_finish(b.gpu, &in);
  gpu_picture_finish(b.gpu, &out);
  test_picture_finish(&source);
  test_picture_finish(&expected);
  test_picture_finish(&drawn);
  tear_down(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_equals_the_reference_to_the_bit),
      cmocka_unit_test(it_composes_the_known_frames),
      cmocka_unit_test(it_allocates_nothing_while_a_camera_moves),
      cmocka_unit_test(a_window_that_rests_sends_nothing_up),
      cmocka_unit_test(what_it_cannot_draw_is_refused_before_a_sample_is_set),
      cmocka_unit_test(a_failing_device_is_an_error_with_its_reason),
      cmocka_unit_test(memory_that_runs_out_is_said_and_later_drawn_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
