/* What tests of the GPU share: a GPU, real or the double's, and the means to make the latter misbehave. */
#ifndef DF_TESTS_GPU_TEST_H
#define DF_TESTS_GPU_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <string.h>

#include "gpu/gpu.h"

static inline void *double_function(const char *name)
{
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  return library ? dlsym(library, name) : NULL;
}

/* Sets up the double anew (tests/doubles/cuda/sim.h); skips the test on a real driver, which takes no orders. */
static inline void only_with_double(const char *settings)
{
  void (*configure)(const char *) = NULL;
  *(void **)&configure = double_function("sim_configure");
  if (!configure)
    skip();
  configure(settings);
}

/* The double as it is at first, for tests that run anywhere. */
static inline void expect_nothing_held(void)
{
  void (*configure)(const char *) = NULL;
  *(void **)&configure = double_function("sim_configure");
  size_t (*held)(void) = NULL;
  *(void **)&held = double_function("sim_held");
  if (held)
    assert_int_equal(held(), 0);
  if (configure)
    configure(NULL);
}

static inline struct df_gpu *open_gpu(void)
{
  struct df_gpu *gpu = NULL;
  struct df_error err = {0};
  if (df_gpu_open(0, &gpu, &err) < 0)
    fail_msg("%s", err.text);
  return gpu;
}

static inline void close_gpu(struct df_gpu *gpu)
{
  df_gpu_close(&gpu);
  assert_null(gpu);
  expect_nothing_held();
}

static inline df_gpu_stream make_stream(struct df_gpu *gpu)
{
  df_gpu_stream stream = NULL;
  struct df_error err = {0};
  if (df_gpu_stream_create(gpu, &stream, &err) < 0)
    fail_msg("%s", err.text);
  return stream;
}

static inline df_gpu_event make_event(struct df_gpu *gpu)
{
  df_gpu_event event = NULL;
  struct df_error err = {0};
  if (df_gpu_event_create(gpu, &event, &err) < 0)
    fail_msg("%s", err.text);
  return event;
}

static inline df_gpu_memory allocate(struct df_gpu *gpu, size_t size)
{
  df_gpu_memory memory = 0;
  struct df_error err = {0};
  if (df_gpu_allocate(gpu, size, "a test", &memory, &err) < 0)
    fail_msg("%s", err.text);
  return memory;
}

/* Bytes up and down, waited for; through memory that is not page-locked. */
static inline void upload(
    struct df_gpu *gpu, df_gpu_memory to, const void *from, size_t size, df_gpu_stream stream)
{
  struct df_gpu_rows host = {.host = (void *)(uintptr_t)from}, device = {.device = to};
  assert_int_equal(df_gpu_copy(gpu, &device, &host, size, 1, stream, NULL), 0);
}

static inline void download(
    struct df_gpu *gpu, void *to, df_gpu_memory from, size_t size, df_gpu_stream stream)
{
  struct df_gpu_rows host = {.host = to}, device = {.device = from};
  assert_int_equal(df_gpu_copy(gpu, &host, &device, size, 1, stream, NULL), 0);
}

static inline void expect_error(const struct df_error *err, int code, const char *part)
{
  assert_int_equal(err->code, code);
  if (!strstr(err->text, part))
    fail_msg("`%s` is not in: %s", part, err->text);
}

#endif
