/* Each test is named after the promise of gpu.h that it checks: on the double, and on a real card. */
#include "gpu_test.h"

#include <stdio.h>
#include <stdlib.h>

static void a_gpu_says_what_it_is(void **state)
{
  (void)state;
  struct df_error err = {0};
  assert_true(df_gpu_count(&err) >= 1);
  struct df_gpu *gpu = open_gpu();
  const struct df_gpu_info *info = df_gpu_info(gpu);
  assert_int_equal(info->ordinal, 0);
  assert_true(info->name[0] != '\0');
  assert_int_equal(strlen(info->uuid), strlen("GPU-01234567-0123-0123-0123-0123456789ab"));
  assert_int_equal(strncmp(info->uuid, "GPU-", 4), 0);
  assert_true(info->major > 7 || (info->major == 7 && info->minor >= 5));
  assert_true(info->processors > 0 && info->driver >= 11000);
  size_t available = 0, total = 0;
  assert_int_equal(df_gpu_memory_free(gpu, &available, &total, NULL), 0);
  assert_true(available > 0 && available <= total && total <= info->memory);
  assert_non_null(df_gpu_context(gpu));
  close_gpu(gpu);
}

static void a_device_that_is_not_there_is_missing(void **state)
{
  (void)state;
  struct df_error err = {0};
  struct df_gpu *gpu = NULL;
  assert_int_equal(df_gpu_open(99, &gpu, &err), DF_EMISSING);
  assert_null(gpu);
  expect_error(&err, DF_EMISSING, "there is no CUDA device 99; this machine has ");
  err = (struct df_error){0};
  assert_int_equal(df_gpu_open(-1, &gpu, &err), DF_EMISSING);
}

static void no_device_at_all_is_missing(void **state)
{
  (void)state;
  only_with_double(NULL);
  close_gpu(open_gpu()); /* so that the driver itself is there */
  only_with_double("devices=0");
  struct df_error err = {0};
  assert_int_equal(df_gpu_count(&err), 0);
  expect_error(&err, DF_EMISSING, "no device that it serves");
  struct df_gpu *gpu = NULL;
  err = (struct df_error){0};
  assert_int_equal(df_gpu_open(0, &gpu, &err), DF_EMISSING);
  expect_nothing_held();
}

static void a_card_older_than_turing_is_refused(void **state)
{
  (void)state;
  static const struct {
    const char *settings, *said;
  } old[] = {{"capability=7.0", "is too old: its compute capability is 7.0, 7.5"},
      {"capability=6.1", "its compute capability is 6.1"}};
  for (size_t i = 0; i < 2; i++) {
    only_with_double(old[i].settings);
    struct df_error err = {0};
    struct df_gpu *gpu = NULL;
    assert_int_equal(df_gpu_open(0, &gpu, &err), DF_EMISSING);
    expect_error(&err, DF_EMISSING, old[i].said);
  }
  only_with_double("capability=7.5");
  close_gpu(open_gpu());
}

static void a_context_that_cannot_be_made_is_told(void **state)
{
  (void)state;
  only_with_double("fail=cuDevicePrimaryCtxRetain:46");
  struct df_error err = {0};
  struct df_gpu *gpu = NULL;
  assert_int_equal(df_gpu_open(0, &gpu, &err), DF_ELIBRARY);
  expect_error(&err, DF_ELIBRARY, "CUDA_ERROR_DEVICE_UNAVAILABLE (46)");
  expect_nothing_held();
}

static void a_context_made_by_others_is_shared(void **state)
{
  (void)state;
  only_with_double("fail=cuDevicePrimaryCtxSetFlags_v2@2:708");
  struct df_gpu *first = open_gpu(), *second = open_gpu();
  assert_ptr_equal(df_gpu_context(first), df_gpu_context(second));
  df_gpu_close(&first);
  df_gpu_memory memory = allocate(second, 100);
  df_gpu_free(second, &memory);
  close_gpu(second);
}

static void entering_nests_and_leaves_no_trace(void **state)
{
  (void)state;
  struct df_gpu *gpu = open_gpu();
  for (int i = 0; i < 100; i++) {
    assert_int_equal(df_gpu_enter(gpu, NULL), 0);
    df_gpu_memory memory = allocate(gpu, 1);
    df_gpu_free(gpu, &memory);
    df_gpu_leave(gpu);
  }
  close_gpu(gpu);
}

static void memory_is_aligned_and_counted(void **state)
{
  (void)state;
  struct df_gpu *gpu = open_gpu();
  struct df_gpu_counters *counters = df_gpu_counters(gpu);
  df_gpu_memory a = allocate(gpu, 1000), b = allocate(gpu, 1);
  assert_true(a % 256 == 0 && b % 256 == 0 && a != b);
  assert_int_equal(counters->allocations, 2);
  assert_int_equal(counters->allocated, 1001);
  df_gpu_free(gpu, &a);
  assert_int_equal(a, 0);
  assert_int_equal(counters->allocated, 1);
  df_gpu_memory c = allocate(gpu, 500);
  assert_int_equal(counters->allocations, 3);
  assert_int_equal(counters->allocated_most, 1001);
  df_gpu_free(gpu, &b);
  df_gpu_free(gpu, &c);
  df_gpu_free(gpu, &c); /* of nothing */
  assert_int_equal(counters->allocated, 0);
  close_gpu(gpu);
}

static void many_pieces_of_memory_are_kept_apart(void **state)
{
  (void)state;
  enum { PIECES = 300 };
  struct df_gpu *gpu = open_gpu();
  df_gpu_memory pieces[PIECES];
  for (size_t i = 0; i < PIECES; i++)
    pieces[i] = allocate(gpu, i + 1);
  for (size_t i = 0; i < PIECES; i += 2)
    df_gpu_free(gpu, &pieces[i]);
  assert_int_equal(df_gpu_counters(gpu)->allocated, 150 * 151);
  for (size_t i = 1; i < PIECES; i += 2)
    df_gpu_free(gpu, &pieces[i]);
  assert_int_equal(df_gpu_counters(gpu)->allocated, 0);
  close_gpu(gpu);
}

static void too_much_memory_is_out_of_memory(void **state)
{
  (void)state;
  struct df_gpu *gpu = open_gpu();
  struct df_error err = {0};
  df_gpu_memory memory = 0;
  assert_int_equal(
      df_gpu_allocate(gpu, (size_t)1 << 46, "the test's hunger", &memory, &err), DF_ENOMEM);
  assert_int_equal(memory, 0);
  expect_error(&err, DF_ENOMEM, "for the test's hunger on ");
  expect_error(&err, DF_ENOMEM, "cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY (2): out of memory");
  assert_int_equal(df_gpu_counters(gpu)->allocations, 0);
  assert_int_equal(df_gpu_counters(gpu)->allocated_most, 0);
  memory = allocate(gpu, 1000); /* and goes on */
  df_gpu_free(gpu, &memory);
  close_gpu(gpu);
}

static void what_is_freed_can_be_had_again(void **state)
{
  (void)state;
  only_with_double("memory=1M");
  struct df_gpu *gpu = open_gpu();
  for (int i = 0; i < 10; i++) {
    df_gpu_memory most = allocate(gpu, 1 << 20), more = 0;
    assert_int_equal(df_gpu_allocate(gpu, 1, "more", &more, NULL), DF_ENOMEM);
    df_gpu_free(gpu, &most);
  }
  close_gpu(gpu);
}

static void only_out_of_memory_is_out_of_memory(void **state)
{
  (void)state;
  only_with_double("fail=cuMemAlloc_v2@2:999,fail=cuMemHostAlloc@1");
  struct df_gpu *gpu = open_gpu();
  df_gpu_memory memory = allocate(gpu, 10), other = 0;
  struct df_error err = {0};
  assert_int_equal(df_gpu_allocate(gpu, 10, "a test", &other, &err), DF_ELIBRARY);
  expect_error(&err, DF_ELIBRARY, "CUDA_ERROR_UNKNOWN (999)");
  err = (struct df_error){0};
  void *host = NULL;
  assert_int_equal(df_gpu_allocate_host(gpu, 10, &host, &err), DF_ENOMEM);
  assert_null(host);
  df_gpu_free(gpu, &memory);
  close_gpu(gpu);
}

static void host_memory_is_zeroed_and_counted(void **state)
{
  (void)state;
  struct df_gpu *gpu = open_gpu();
  static const unsigned char zeros[5000];
  void *memory = NULL;
  assert_int_equal(df_gpu_allocate_host(gpu, sizeof zeros, &memory, NULL), 0);
  assert_memory_equal(memory, zeros, sizeof zeros);
  assert_int_equal(df_gpu_counters(gpu)->allocations, 1);
  assert_int_equal(df_gpu_counters(gpu)->allocated, 0);
  df_gpu_free_host(gpu, &memory);
  assert_null(memory);
  df_gpu_free_host(gpu, &memory);
  close_gpu(gpu);
}

struct shape {
  size_t width, rows;
  ptrdiff_t host, device, back; /* strides */
};

/* Up into device memory, across within it, and back; what lies between the rows stays as it is. */
static void copy_around(struct df_gpu *gpu, df_gpu_stream stream, const struct shape *s)
{
  size_t sizes[] = {
      (size_t)s->host * s->rows, (size_t)s->device * s->rows, (size_t)s->back * s->rows};
  unsigned char *from = malloc(sizes[0]), *to = malloc(sizes[2]), *expected = malloc(sizes[2]);
  assert_true(from && to && expected);
  for (size_t i = 0; i < sizes[0]; i++)
    from[i] = (unsigned char)rand();
  memset(to, 0x55, sizes[2]);
  memset(expected, 0x55, sizes[2]);
  for (size_t row = 0; row < s->rows; row++)
    memcpy(expected + row * (size_t)s->back, from + row * (size_t)s->host, s->width);
  df_gpu_memory a = allocate(gpu, sizes[1]), b = allocate(gpu, sizes[2]);
  struct df_gpu_rows source = {.host = from, .stride = s->host};
  struct df_gpu_rows first = {.device = a, .stride = s->device};
  struct df_gpu_rows second = {.device = b, .stride = s->back};
  struct df_gpu_rows target = {.host = to, .stride = s->back};
  assert_int_equal(df_gpu_copy(gpu, &first, &source, s->width, s->rows, stream, NULL), 0);
  assert_int_equal(df_gpu_copy(gpu, &second, &first, s->width, s->rows, stream, NULL), 0);
  assert_int_equal(df_gpu_copy(gpu, &target, &second, s->width, s->rows, stream, NULL), 0);
  df_gpu_event event = make_event(gpu);
  assert_int_equal(df_gpu_event_record(gpu, event, stream, NULL), 0);
  assert_int_equal(df_gpu_event_wait_host(gpu, event, NULL), 0);
  df_gpu_event_destroy(gpu, &event);
  assert_memory_equal(to, expected, sizes[2]);
  df_gpu_free(gpu, &a);
  df_gpu_free(gpu, &b);
  free(from);
  free(to);
  free(expected);
}

static void rows_are_copied_with_their_strides_and_counted(void **state)
{
  (void)state;
  static const struct shape shapes[] = {
      {1, 1, 1, 1, 1},
      {100, 1, 100, 100, 100},
      {64, 48, 64, 64, 64},
      {64, 48, 100, 256, 64},
      {33, 7, 33, 512, 40},
      {1, 9, 1, 2, 3},
      {1921, 13, 2000, 2048, 1921},
  };
  struct df_gpu *gpu = open_gpu();
  df_gpu_stream stream = make_stream(gpu);
  long long bytes = 0;
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
    copy_around(gpu, stream, &shapes[i]);
    bytes += (long long)(shapes[i].width * shapes[i].rows);
  }
  assert_int_equal(df_gpu_counters(gpu)->bytes_up, bytes);
  assert_int_equal(df_gpu_counters(gpu)->bytes_down, bytes);
  df_gpu_stream_destroy(gpu, &stream);
  assert_null(stream);
  close_gpu(gpu);
}

static void a_copy_that_fails_is_told_and_not_counted(void **state)
{
  (void)state;
  only_with_double("fail=cuMemcpyHtoDAsync_v2@1:999");
  struct df_gpu *gpu = open_gpu();
  df_gpu_memory memory = allocate(gpu, 10);
  char bytes[10] = "";
  struct df_error err = {0};
  struct df_gpu_rows host = {.host = bytes}, device = {.device = memory};
  assert_int_equal(df_gpu_copy(gpu, &device, &host, 10, 1, NULL, &err), DF_ELIBRARY);
  expect_error(
      &err, DF_ELIBRARY, "copying 1 rows of 10 bytes to the GPU: CUDA_ERROR_UNKNOWN (999)");
  assert_int_equal(df_gpu_counters(gpu)->bytes_up, 0);
  df_gpu_free(gpu, &memory);
  close_gpu(gpu);
}

static void an_address_that_is_not_the_devices_is_refused(void **state)
{
  (void)state;
  only_with_double(NULL);
  struct df_gpu *gpu = open_gpu();
  df_gpu_memory memory = allocate(gpu, 10);
  char bytes[11] = "";
  struct df_error err = {0};
  struct df_gpu_rows host = {.host = bytes}, device = {.device = memory};
  assert_int_equal(df_gpu_copy(gpu, &device, &host, 11, 1, NULL, &err), DF_ELIBRARY);
  expect_error(&err, DF_ELIBRARY, "CUDA_ERROR_INVALID_VALUE (1)");
  df_gpu_free(gpu, &memory);
  close_gpu(gpu);
}

static void filling_sets_just_these_bytes(void **state)
{
  (void)state;
  struct df_gpu *gpu = open_gpu();
  df_gpu_stream stream = make_stream(gpu);
  df_gpu_memory memory = allocate(gpu, 300);
  unsigned char got[300], expected[300];
  assert_int_equal(df_gpu_fill(gpu, memory, 7, 300, stream, NULL), 0);
  assert_int_equal(df_gpu_fill(gpu, memory + 100, 200, 99, stream, NULL), 0);
  download(gpu, got, memory, sizeof got, stream);
  df_gpu_stream_destroy(gpu, &stream);
  memset(expected, 7, sizeof expected);
  memset(expected + 100, 200, 99);
  assert_memory_equal(got, expected, sizeof got);
  df_gpu_free(gpu, &memory);
  close_gpu(gpu);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_gpu_says_what_it_is),
      cmocka_unit_test(a_device_that_is_not_there_is_missing),
      cmocka_unit_test(no_device_at_all_is_missing),
      cmocka_unit_test(a_card_older_than_turing_is_refused),
      cmocka_unit_test(a_context_that_cannot_be_made_is_told),
      cmocka_unit_test(a_context_made_by_others_is_shared),
      cmocka_unit_test(entering_nests_and_leaves_no_trace),
      cmocka_unit_test(memory_is_aligned_and_counted),
      cmocka_unit_test(many_pieces_of_memory_are_kept_apart),
      cmocka_unit_test(too_much_memory_is_out_of_memory),
      cmocka_unit_test(what_is_freed_can_be_had_again),
      cmocka_unit_test(only_out_of_memory_is_out_of_memory),
      cmocka_unit_test(host_memory_is_zeroed_and_counted),
      cmocka_unit_test(rows_are_copied_with_their_strides_and_counted),
      cmocka_unit_test(a_copy_that_fails_is_told_and_not_counted),
      cmocka_unit_test(an_address_that_is_not_the_devices_is_refused),
      cmocka_unit_test(filling_sets_just_these_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
