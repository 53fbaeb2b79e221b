/* Each test is named after the promise of preprocess_cuda.h that it checks. */
#include "gpu_picture.h"

#include "vision/letterbox.h"
#include "vision/preprocess_cuda.h"

enum { EXTRA = 64 };

struct bench {
  struct df_gpu *gpu;
  df_gpu_stream stream;
  struct df_preprocessor *preprocessor;
};

static void set_up(struct bench *b)
{
  struct df_error err = {0};
  *b = (struct bench){.gpu = open_gpu()};
  b->stream = make_stream(b->gpu);
  if (df_preprocessor_create(b->gpu, &b->preprocessor, &err) < 0)
    fail_msg("%s", err.text);
}

static void tear_down(struct bench *b)
{
  df_preprocessor_destroy(&b->preprocessor);
  assert_null(b->preprocessor);
  df_gpu_stream_destroy(b->gpu, &b->stream);
  close_gpu(b->gpu);
}

/* Device memory of a size with known bytes around it. */
struct block {
  df_gpu_memory memory;
  size_t size;
  uint8_t *bytes; /* on the host: what is read back */
};

static struct block make_block(struct bench *b, size_t size)
{
  struct block block = {allocate(b->gpu, size + 2 * EXTRA), size, malloc(size + 2 * EXTRA)};
  assert_non_null(block.bytes);
  memset(block.bytes, GUARD, size + 2 * EXTRA);
  upload(b->gpu, block.memory, block.bytes, size + 2 * EXTRA, b->stream);
  return block;
}

static df_gpu_memory inside(const struct block *block)
{
  return block->memory + EXTRA;
}

static const void *read_block(struct bench *b, struct block *block)
{
  download(b->gpu, block->bytes, block->memory, block->size + 2 * EXTRA, b->stream);
  for (size_t i = 0; i < EXTRA; i++)
    if (block->bytes[i] != GUARD || block->bytes[EXTRA + block->size + i] != GUARD)
      fail_msg("bytes around %zu were overwritten", block->size);
  return block->bytes + EXTRA;
}

static void free_block(struct bench *b, struct block *block)
{
  df_gpu_free(b->gpu, &block->memory);
  free(block->bytes);
}

static struct df_model_input random_input(struct random *r, int width, int height)
{
  struct df_model_input input = {
      .bgr = random_int(r, 0, 1), .scale = {1, 1, 1}, .width = width, .height = height};
  if (random_int(r, 0, 1))
    for (int k = 0; k < 3; k++) {
      input.mean[k] = (float)random_real(r, -10, 130);
      input.scale[k] = (float)random_real(r, -0.02, 0.02) + 0.03F;
    }
  return input;
}

static struct df_colour random_colour(struct random *r)
{
  static const uint8_t matrices[] = {1, 2, 4, 5, 6, 7, 9}, transfers[] = {1, 2, 16, 18};
  return (struct df_colour){.matrix = matrices[random_int(r, 0, 6)],
      .transfer = transfers[random_int(r, 0, 3)],
      .full_range = random_int(r, 0, 1),
      .chroma_location = (uint8_t)random_int(r, 0, 6)};
}

/* A picture of noise, here and there, with dirt in the bits that are no part of a sample in neither. */
static void make_pictures(
    struct bench *b, struct random *r, struct test_picture *host, struct gpu_picture *device)
{
  test_picture_init(host, random_format(r), random_side(r), random_side(r), random_int(r, 0, 20),
      GUARD, random_int(r, 0, 1));
  fill_noise(&host->picture, random_next(r));
  host->picture.colour = random_colour(r);
  gpu_picture_from(b->gpu, b->stream, device, host, random_int(r, 0, 40));
}

static void finish_pictures(struct bench *b, struct test_picture *host, struct gpu_picture *device)
{
  gpu_picture_finish(b->gpu, device);
  test_picture_finish(host);
}

static struct df_letterbox random_letterbox(struct random *r, const struct df_picture *picture)
{
  if (random_int(r, 0, 1))
    return df_letterbox_fit((float)picture->width, (float)picture->height, 1, 1, 32, 96 * 64);
  return (struct df_letterbox){32 * random_int(r, 1, 4), 32 * random_int(r, 1, 3),
      (float)random_real(r, 0.06, 1), (float)random_real(r, 0.5, 2), (float)random_real(r, 0.5, 2)};
}

static void assert_same_floats(
    const float *a, const float *b, size_t count, const char *what, int n)
{
  for (size_t i = 0; i < count; i++)
    if (memcmp(&a[i], &b[i], sizeof a[i]) != 0)
      fail_msg("%s %d: value %zu is %.9g instead of %.9g", what, n, i, (double)a[i], (double)b[i]);
}

static void compare_letterbox(struct bench *b, struct random *r, int n)
{
  struct test_picture host;
  struct gpu_picture device;
  make_pictures(b, r, &host, &device);
  struct df_letterbox letterbox = random_letterbox(r, &host.picture);
  struct df_model_input input = random_input(r, 0, 0);
  size_t count = (size_t)3 * (size_t)letterbox.width * (size_t)letterbox.height;
  struct block tensor = make_block(b, count * sizeof(float));
  float *expected = malloc(count * sizeof *expected);
  struct df_error err = {0};
  for (int again = 0; again < 2; again++) /* with tables sent anew, and those that stand */
    if (df_preprocessor_letterbox(b->preprocessor, &device.picture, &letterbox, &input,
            inside(&tensor), b->stream, &err) < 0)
      fail_msg("%s", err.text);
  assert_int_equal(df_letterbox_with(
                       &df_row_operations_plain, &host.picture, &letterbox, &input, expected, NULL),
      0);
  assert_same_floats(read_block(b, &tensor), expected, count, "letterbox", n);
  free(expected);
  free_block(b, &tensor);
  finish_pictures(b, &host, &device);
}

static void a_letterbox_equals_the_cpus_to_the_bit(void **state)
{
  (void)state;
  struct bench b;
  struct random r = {21};
  set_up(&b);
  for (int n = 0; n < 200; n++)
    compare_letterbox(&b, &r, n);
  tear_down(&b);
}

/* Streams of their own have no order; what the tables' owner puts between them must do. */
static void a_letterbox_may_move_to_another_stream(void **state)
{
  (void)state;
  struct bench b;
  struct random r = {22};
  set_up(&b);
  df_gpu_stream streams[2] = {b.stream, make_stream(b.gpu)};
  for (int n = 0; n < 20; n++) {
    b.stream = streams[n % 2];
    compare_letterbox(&b, &r, n);
  }
  b.stream = streams[0];
  df_gpu_stream_destroy(b.gpu, &streams[1]);
  tear_down(&b);
}

static void a_letterbox_of_one_geometry_sends_its_tables_once(void **state)
{
  (void)state;
  struct bench b;
  struct random r = {23};
  struct test_picture host;
  struct gpu_picture device;
  set_up(&b);
  make_pictures(&b, &r, &host, &device);
  struct df_letterbox letterbox = {64, 32, 0.3F, 1, 1};
  struct df_model_input input = random_input(&r, 0, 0);
  struct block tensor = make_block(&b, 3 * 64 * 32 * sizeof(float));
  struct df_gpu_counters *counters = df_gpu_counters(b.gpu);
  long long up = 0, waits = 0, allocations = 0;
  for (int n = 0; n < 5; n++) {
    assert_int_equal(df_preprocessor_letterbox(b.preprocessor, &device.picture, &letterbox, &input,
                         inside(&tensor), b.stream, NULL),
        0);
    if (n == 0) {
      up = atomic_load(&counters->bytes_up);
      waits = atomic_load(&counters->host_waits);
      allocations = atomic_load(&counters->allocations);
    }
  }
  assert_int_equal(atomic_load(&counters->bytes_up), up);
  assert_int_equal(atomic_load(&counters->host_waits), waits);
  assert_int_equal(atomic_load(&counters->allocations), allocations);
  read_block(&b, &tensor);
  free_block(&b, &tensor);
  finish_pictures(&b, &host, &device);
  tear_down(&b);
}

static void a_sketch_equals_the_cpus(void **state)
{
  (void)state;
  struct bench b;
  struct random r = {24};
  set_up(&b);
  for (int n = 0; n < 200; n++) {
    struct test_picture host;
    struct gpu_picture device;
    struct df_luma_sketch expected;
    make_pictures(&b, &r, &host, &device);
    struct block sketch = make_block(&b, sizeof expected);
    df_sketch_cpu(&host.picture, &expected);
    assert_int_equal(
        df_preprocessor_sketch(b.preprocessor, &device.picture, inside(&sketch), b.stream, NULL),
        0);
    assert_memory_equal(read_block(&b, &sketch), &expected, sizeof expected);
    free_block(&b, &sketch);
    finish_pictures(&b, &host, &device);
  }
  tear_down(&b);
}

static void random_matrix(struct random *r, const struct df_picture *picture, float matrix[6])
{
  double size = random_real(r, 0.1, 5), angle = random_real(r, 0, 6.3);
  matrix[0] = matrix[4] = (float)(size * cos(angle));
  matrix[1] = -(matrix[3] = (float)(size * sin(angle)));
  matrix[2] = (float)random_real(r, -20, picture->width + 20);
  matrix[5] = (float)random_real(r, -20, picture->height + 20);
  if (random_int(r, 0, 15) == 0)
    matrix[2] = 1e30F; /* nothing of it lies in the picture */
}

static void compare_face(struct bench *b, struct random *r, int n)
{
  struct test_picture host;
  struct gpu_picture device;
  make_pictures(b, r, &host, &device);
  struct df_model_input input = random_input(r, random_int(r, 1, 50), random_int(r, 1, 50));
  float matrix[6];
  random_matrix(r, &host.picture, matrix);
  size_t count = (size_t)3 * (size_t)input.width * (size_t)input.height;
  struct block tensor = make_block(b, count * sizeof(float));
  struct block sums = make_block(b, DF_SHARPNESS_BYTES);
  float *expected = malloc(count * sizeof *expected);
  struct df_error err = {0};
  if (df_preprocessor_align(b->preprocessor, &device.picture, matrix, &input, inside(&tensor),
          inside(&sums), b->stream, &err) < 0)
    fail_msg("%s", err.text);
  assert_int_equal(df_align_cpu(&host.picture, matrix, &input, expected, NULL), 0);
  assert_same_floats(read_block(b, &tensor), expected, count, "face", n);
  float sharpness = df_preprocessor_sharpness(read_block(b, &sums), &input);
  float wanted = df_tensor_sharpness(&input, expected);
  assert_same_floats(&sharpness, &wanted, 1, "sharpness", n);
  free(expected);
  free_block(b, &tensor);
  free_block(b, &sums);
  finish_pictures(b, &host, &device);
}

static void an_aligned_face_and_its_sharpness_equal_the_cpus_to_the_bit(void **state)
{
  (void)state;
  struct bench b;
  struct random r = {25};
  set_up(&b);
  for (int n = 0; n < 200; n++)
    compare_face(&b, &r, n);
  tear_down(&b);
}

static void expect_refusal(struct bench *b, const struct df_picture *picture, const float matrix[6],
    int code, const char *part)
{
  struct df_error err = {0};
  const struct df_model_input input = {.scale = {1, 1, 1}, .width = 8, .height = 8};
  struct block tensor = make_block(b, 3 * 8 * 8 * sizeof(float));
  assert_int_equal(df_preprocessor_align(b->preprocessor, picture, matrix, &input, inside(&tensor),
                       inside(&tensor), b->stream, &err),
      code);
  expect_error(&err, code, part);
  free_block(b, &tensor);
}

static void a_picture_that_cannot_be_read_is_refused(void **state)
{
  (void)state;
  struct bench b;
  struct gpu_picture picture;
  const float broken[6] = {1, 0, NAN, 0, 1, 0}, good[6] = {1, 0, 0, 0, 1, 0};
  set_up(&b);
  gpu_picture_init(b.gpu, b.stream, &picture, DF_FORMAT_P010, 16, 16, 0);
  expect_refusal(&b, &picture.picture, broken, DF_EUSAGE, "not finite");
  picture.picture.planes[0]++;
  expect_refusal(&b, &picture.picture, good, DF_EUNSUPPORTED, "odd addresses");
  picture.picture.planes[0]--;
  picture.picture.device = NULL;
  expect_refusal(&b, &picture.picture, good, DF_EUNSUPPORTED, "host memory");
  gpu_picture_finish(b.gpu, &picture);
  tear_down(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_letterbox_equals_the_cpus_to_the_bit),
      cmocka_unit_test(a_letterbox_may_move_to_another_stream),
      cmocka_unit_test(a_letterbox_of_one_geometry_sends_its_tables_once),
      cmocka_unit_test(a_sketch_equals_the_cpus),
      cmocka_unit_test(an_aligned_face_and_its_sharpness_equal_the_cpus_to_the_bit),
      cmocka_unit_test(a_picture_that_cannot_be_read_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
