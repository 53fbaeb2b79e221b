/* Streams, events, modules and launches of gpu.h: on the double, and on a real card. */
#include "gpu_test.h"

#include <stdlib.h>

#include "gpu/kernel.h"
#include "probe.h"

DF_HOST_KERNEL(df_probe);

/* Page-locked memory, so that copies from it are not waited for. */
static unsigned char *host_memory(struct df_gpu *gpu, size_t size)
{
  void *memory = NULL;
  assert_int_equal(df_gpu_allocate_host(gpu, size, &memory, NULL), 0);
  return memory;
}

static void free_host(struct df_gpu *gpu, unsigned char *memory)
{
  void *m = memory;
  df_gpu_free_host(gpu, &m);
}

static void copy(struct df_gpu *gpu, struct df_gpu_rows to, struct df_gpu_rows from, size_t size,
    df_gpu_stream stream)
{
  assert_int_equal(df_gpu_copy(gpu, &to, &from, size, 1, stream, NULL), 0);
}

static void a_stream_does_not_wait_for_the_host(void **state)
{
  (void)state;
  only_with_double("delay=20000");
  struct df_gpu *gpu = open_gpu();
  df_gpu_stream stream = make_stream(gpu);
  df_gpu_event event = make_event(gpu);
  df_gpu_memory memory = allocate(gpu, 100);
  assert_int_equal(df_gpu_event_done(gpu, event, NULL), 1); /* never recorded */
  assert_int_equal(df_gpu_fill(gpu, memory, 1, 100, stream, NULL), 0);
  assert_int_equal(df_gpu_event_record(gpu, event, stream, NULL), 0);
  assert_int_equal(df_gpu_event_done(gpu, event, NULL), 0);
  assert_int_equal(df_gpu_counters(gpu)->host_waits, 0);
  assert_int_equal(df_gpu_event_wait_host(gpu, event, NULL), 0);
  assert_int_equal(df_gpu_counters(gpu)->host_waits, 1);
  assert_int_equal(df_gpu_event_done(gpu, event, NULL), 1);
  df_gpu_event_destroy(gpu, &event);
  assert_null(event);
  df_gpu_stream_destroy(gpu, &stream);
  df_gpu_free(gpu, &memory);
  close_gpu(gpu);
}

enum { SIZE = 1 << 20, ROUNDS = 20 };

/* A relay: one stream brings the bytes up, another moves them on, the third takes them back down; each starts
 * only when the one before says so, and the first not before the last has read. */
static void run_relay(struct df_gpu *gpu)
{
  df_gpu_stream streams[3];
  df_gpu_event events[3];
  for (int i = 0; i < 3; i++) {
    streams[i] = make_stream(gpu);
    events[i] = make_event(gpu);
  }
  df_gpu_memory a = allocate(gpu, SIZE), b = allocate(gpu, SIZE);
  unsigned char *up = host_memory(gpu, (size_t)SIZE * ROUNDS);
  unsigned char *down = host_memory(gpu, (size_t)SIZE * ROUNDS);
  for (int i = 0; i < ROUNDS; i++)
    memset(up + (size_t)i * SIZE, i + 1, SIZE);
  for (int i = 0; i < ROUNDS; i++) {
    size_t at = (size_t)i * SIZE;
    assert_int_equal(df_gpu_stream_wait(gpu, streams[0], events[2], NULL), 0);
    copy(gpu, (struct df_gpu_rows){.device = a}, (struct df_gpu_rows){.host = up + at}, SIZE,
        streams[0]);
    assert_int_equal(df_gpu_event_record(gpu, events[0], streams[0], NULL), 0);
    assert_int_equal(df_gpu_stream_wait(gpu, streams[1], events[0], NULL), 0);
    copy(gpu, (struct df_gpu_rows){.device = b}, (struct df_gpu_rows){.device = a}, SIZE,
        streams[1]);
    assert_int_equal(df_gpu_event_record(gpu, events[1], streams[1], NULL), 0);
    assert_int_equal(df_gpu_stream_wait(gpu, streams[2], events[1], NULL), 0);
    copy(gpu, (struct df_gpu_rows){.host = down + at}, (struct df_gpu_rows){.device = b}, SIZE,
        streams[2]);
    assert_int_equal(df_gpu_event_record(gpu, events[2], streams[2], NULL), 0);
  }
  assert_int_equal(df_gpu_event_wait_host(gpu, events[2], NULL), 0);
  assert_memory_equal(down, up, (size_t)SIZE * ROUNDS);
  for (int i = 0; i < 3; i++) {
    df_gpu_event_destroy(gpu, &events[i]);
    df_gpu_stream_destroy(gpu, &streams[i]);
  }
  df_gpu_free(gpu, &a);
  df_gpu_free(gpu, &b);
  free_host(gpu, up);
  free_host(gpu, down);
}

static void events_put_streams_in_order(void **state)
{
  (void)state;
  struct df_gpu *gpu = open_gpu();
  run_relay(gpu);
  assert_int_equal(
      df_gpu_counters(gpu)->host_waits, 1 + 3); /* the last event, and to end streams */
  assert_int_equal(df_gpu_counters(gpu)->bytes_up, (long long)SIZE * ROUNDS);
  close_gpu(gpu);
}

static void events_put_slow_streams_in_order(void **state)
{
  (void)state;
  only_with_double("delay=500");
  struct df_gpu *gpu = open_gpu();
  run_relay(gpu);
  close_gpu(gpu);
}

struct kernels {
  struct df_gpu *gpu;
  struct df_gpu_module *module;
  df_gpu_function probe;
  df_gpu_stream stream;
};

static struct kernels load_kernels(void)
{
  struct kernels k = {.gpu = open_gpu()};
  struct df_error err = {0};
  if (df_gpu_module_load(k.gpu, df_ptx_probe, &k.module, &err) < 0 ||
      df_gpu_module_function(k.gpu, k.module, "df_probe", &k.probe, &err) < 0)
    fail_msg("%s", err.text);
  k.stream = make_stream(k.gpu);
  return k;
}

static void unload(struct kernels *k)
{
  df_gpu_stream_destroy(k->gpu, &k->stream);
  df_gpu_module_unload(k->gpu, &k->module);
  assert_null(k->module);
  close_gpu(k->gpu);
}

static int start(
    struct kernels *k, const struct df_probe_arguments *arguments, struct df_error *err)
{
  struct df_gpu_launch launch = {.name = "df_probe",
      .function = k->probe,
      .columns = arguments->columns,
      .rows = arguments->rows,
      .layers = arguments->layers,
      .arguments = arguments,
      .size = sizeof *arguments};
  return df_gpu_start(k->gpu, &launch, k->stream, err);
}

struct sums {
  uint64_t sum;
  uint32_t counted, unused;
};

static void run_on_host(
    struct df_probe_arguments arguments, const unsigned char *from, float *to, struct sums *sums)
{
  arguments.from = (uintptr_t)from;
  arguments.to = (uintptr_t)to;
  arguments.sum = (uintptr_t)&sums->sum;
  arguments.counted = (uintptr_t)&sums->counted;
  for (int z = 0; z < arguments.layers; z++)
    for (int y = 0; y < arguments.rows; y++)
      for (int x = 0; x < arguments.columns; x++)
        df_host_df_probe(&(struct df_point3){x, y, z}, &arguments);
}

static void compare_with_host(struct kernels *k, int columns, int rows, int layers)
{
  size_t points = (size_t)columns * (size_t)rows * (size_t)layers;
  unsigned char *from = malloc(points);
  float *to = malloc(points * sizeof *to), *expected = malloc(points * sizeof *to);
  assert_true(from && to && expected);
  for (size_t i = 0; i < points; i++)
    from[i] = (unsigned char)rand();
  struct sums sums = {0}, expected_sums = {0};
  df_gpu_memory on_device[3] = {allocate(k->gpu, points), allocate(k->gpu, points * sizeof *to),
      allocate(k->gpu, sizeof sums)};
  struct df_probe_arguments arguments = {.from = on_device[0],
      .to = on_device[1],
      .counted = on_device[2] + offsetof(struct sums, counted),
      .sum = on_device[2] + offsetof(struct sums, sum),
      .columns = columns,
      .rows = rows,
      .layers = layers,
      .scale = 1 / 3.0f,
      .offset = 0.1f};
  upload(k->gpu, on_device[0], from, points, k->stream);
  assert_int_equal(df_gpu_fill(k->gpu, on_device[2], 0, sizeof sums, k->stream, NULL), 0);
  assert_int_equal(start(k, &arguments, NULL), 0);
  download(k->gpu, to, on_device[1], points * sizeof *to, k->stream);
  download(k->gpu, &sums, on_device[2], sizeof sums, k->stream);
  df_gpu_stream_destroy(k->gpu, &k->stream);
  k->stream = make_stream(k->gpu);
  run_on_host(arguments, from, expected, &expected_sums);
  assert_memory_equal(to, expected, points * sizeof *to);
  assert_memory_equal(&sums, &expected_sums, sizeof sums);
  assert_int_equal(sums.counted, points);
  for (int i = 0; i < 3; i++)
    df_gpu_free(k->gpu, &on_device[i]);
  free(from);
  free(to);
  free(expected);
}

static void a_kernel_computes_every_point_as_the_host_does(void **state)
{
  (void)state;
  static const int sizes[][3] = {
      {1, 1, 1}, {1000, 1, 1}, {256, 1, 3}, {33, 9, 2}, {7, 300, 1}, {64, 8, 5}, {1, 1000, 1}};
  struct kernels k = load_kernels();
  size_t count = sizeof sizes / sizeof sizes[0];
  for (size_t i = 0; i < count; i++)
    compare_with_host(&k, sizes[i][0], sizes[i][1], sizes[i][2]);
  assert_int_equal(df_gpu_counters(k.gpu)->launches, count);
  unload(&k);
}

static void what_is_no_ptx_is_refused_with_the_compilers_reason(void **state)
{
  (void)state;
  static const char no_ptx[] = ".version 6.3\n.target sm_75\n.address_size 64\nwhat is this\n";
  struct df_gpu *gpu = open_gpu();
  struct df_gpu_module *module = NULL;
  struct df_error err = {0};
  assert_int_equal(df_gpu_module_load(gpu, no_ptx, &module, &err), DF_ELIBRARY);
  assert_null(module);
  expect_error(&err, DF_ELIBRARY, "the driver does not take the kernels, its compiler says: ");
  expect_error(&err, DF_ELIBRARY, "CUDA_ERROR_INVALID_PTX (218)");
  assert_null(strchr(err.text, '\n'));
  close_gpu(gpu);
}

static void a_kernel_that_is_not_there_is_told(void **state)
{
  (void)state;
  struct kernels k = load_kernels();
  struct df_error err = {0};
  df_gpu_function function = NULL;
  assert_int_equal(
      df_gpu_module_function(k.gpu, k.module, "df_prob", &function, &err), DF_ELIBRARY);
  assert_null(function);
  expect_error(&err, DF_ELIBRARY, "kernel df_prob: CUDA_ERROR_NOT_FOUND (500)");
  unload(&k);
}

static void a_launch_that_fails_is_told_and_loses_the_context(void **state)
{
  (void)state;
  only_with_double("fail=cuLaunchKernel@2");
  struct kernels k = load_kernels();
  df_gpu_memory memory = allocate(k.gpu, 1000);
  struct df_probe_arguments arguments = {.from = memory,
      .to = memory,
      .counted = memory + 200,
      .sum = memory + 208,
      .columns = 1,
      .rows = 1,
      .layers = 1};
  assert_int_equal(start(&k, &arguments, NULL), 0);
  struct df_error err = {0};
  assert_int_equal(start(&k, &arguments, &err), DF_ELIBRARY);
  expect_error(&err, DF_ELIBRARY,
      "starting kernel df_probe: CUDA_ERROR_LAUNCH_FAILED (719): unspecified launch failure");
  assert_int_equal(df_gpu_counters(k.gpu)->launches, 1);
  err = (struct df_error){0};
  df_gpu_event event = NULL;
  assert_int_equal(df_gpu_event_create(k.gpu, &event, &err), DF_ELIBRARY);
  expect_error(&err, DF_ELIBRARY, "CUDA_ERROR_LAUNCH_FAILED (719)");
  df_gpu_free(k.gpu, &memory); /* what is given back is taken all the same */
  unload(&k);
}

static void work_that_fails_is_told_by_its_event(void **state)
{
  (void)state;
  only_with_double("fail=work@2:700");
  struct df_gpu *gpu = open_gpu();
  df_gpu_stream stream = make_stream(gpu);
  df_gpu_event event = make_event(gpu);
  df_gpu_memory memory = allocate(gpu, 100);
  for (int i = 0; i < 3; i++)
    df_gpu_fill(gpu, memory, i, 100, stream, NULL);
  df_gpu_event_record(gpu, event, stream, NULL);
  struct df_error err = {0};
  assert_int_equal(df_gpu_event_wait_host(gpu, event, &err), DF_ELIBRARY);
  expect_error(&err, DF_ELIBRARY,
      "CUDA_ERROR_ILLEGAL_ADDRESS (700): an illegal memory access was encountered");
  err = (struct df_error){0};
  assert_int_equal(df_gpu_event_done(gpu, event, &err), DF_ELIBRARY);
  df_gpu_event_destroy(gpu, &event);
  df_gpu_stream_destroy(gpu, &stream);
  df_gpu_free(gpu, &memory);
  close_gpu(gpu);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_stream_does_not_wait_for_the_host),
      cmocka_unit_test(events_put_streams_in_order),
      cmocka_unit_test(events_put_slow_streams_in_order),
      cmocka_unit_test(a_kernel_computes_every_point_as_the_host_does),
      cmocka_unit_test(what_is_no_ptx_is_refused_with_the_compilers_reason),
      cmocka_unit_test(a_kernel_that_is_not_there_is_told),
      cmocka_unit_test(a_launch_that_fails_is_told_and_loses_the_context),
      cmocka_unit_test(work_that_fails_is_told_by_its_event),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
