/*
 * What a session does when a provider fails in the middle. No machine without a card has a provider that works at
 * first, so here ONNX Runtime's CPU stands for CUDA's: its table of functions is changed in the few places that
 * know of CUDA. The double's device memory is the host's, so the CPU can read it. Skipped on a real card.
 */
#include "gpu_test.h"

#include <onnxruntime_c_api.h>
#include <stdio.h>
#include <stdlib.h>

#include "../support/deps.h"
#include "base/fault.h"
#include "vision/manifest.h"
#include "vision/session_internal.h"

#define LIBRARY deps_path("onnxruntime/lib/libonnxruntime.so", (char[4096]){0})
#define MODELS deps_path("models/models.json", (char[4096]){0})

enum { SIDE = 64, BATCH = 2, VALUES = BATCH * 3 * SIDE * SIDE };

/* The library keeps a few bytes of its own for as long as the program lives. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
  return "leak:libonnxruntime";
}

static const OrtApi *real;
static char options_of_cuda; /* only its address is wanted */

static OrtStatus *ORT_API_CALL create_options(OrtCUDAProviderOptionsV2 **ret_options) NO_EXCEPTION
{
  *ret_options = (OrtCUDAProviderOptionsV2 *)(void *)&options_of_cuda;
  return NULL;
}

static OrtStatus *ORT_API_CALL update_options(OrtCUDAProviderOptionsV2 *options,
    const char *const *keys, const char *const *values, size_t count) NO_EXCEPTION
{
  (void)options, (void)keys, (void)values, (void)count;
  return NULL;
}

static OrtStatus *ORT_API_CALL update_option(
    OrtCUDAProviderOptionsV2 *options, const char *key, void *value) NO_EXCEPTION
{
  (void)options, (void)key, (void)value;
  return NULL;
}

static void ORT_API_CALL release_options(OrtCUDAProviderOptionsV2 *options) NO_EXCEPTION
{
  (void)options;
}

static OrtStatus *ORT_API_CALL append_provider(
    OrtSessionOptions *options, const OrtCUDAProviderOptionsV2 *cuda) NO_EXCEPTION
{
  (void)options, (void)cuda;
  return NULL;
}

static OrtStatus *ORT_API_CALL create_memory(const char *name, enum OrtAllocatorType type, int id,
    enum OrtMemType memory, OrtMemoryInfo **ret_info) NO_EXCEPTION
{
  (void)name, (void)type, (void)id, (void)memory;
  return real->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, ret_info);
}

struct fixture {
  struct df_runtime *runtime;
  OrtApi api;
  struct df_manifest *manifest;
  struct df_gpu *gpu;
  df_gpu_stream stream;
  struct df_events *events;
  struct df_log *log;
  struct df_session *session, *host;
  df_gpu_memory input;
  float values[VALUES];
};

static void stand_in_for_cuda(struct fixture *f)
{
  real = f->runtime->api;
  f->api = *real;
  f->api.CreateCUDAProviderOptions = create_options;
  f->api.UpdateCUDAProviderOptions = update_options;
  f->api.UpdateCUDAProviderOptionsWithValue = update_option;
  f->api.ReleaseCUDAProviderOptions = release_options;
  f->api.SessionOptionsAppendExecutionProvider_CUDA_V2 = append_provider;
  f->api.CreateMemoryInfo = create_memory;
  f->runtime->api = &f->api;
  f->runtime->providers[DF_PROVIDER_CUDA].tried = true;
}

static int init(void **state)
{
  static struct fixture f;
  struct df_error err = {0};
  f = (struct fixture){0};
  *state = &f;
  f.gpu = open_gpu();
  f.stream = make_stream(f.gpu);
  f.events = df_events_create();
  f.log = df_log_create(DF_LOG_NOTE, NULL, NULL);
  df_log_publish_to(f.log, f.events);
  assert_int_equal(df_manifest_load(MODELS, &f.manifest, &err), 0);
  assert_int_equal(df_runtime_open(LIBRARY, &f.runtime, &err), 0);
  const struct df_model *detector = df_manifest_find(f.manifest, DF_TASK_DETECT, NULL, &err);
  const struct df_session_place place = {
      .gpu = f.gpu, .stream = f.stream, .first = DF_PROVIDER_CUDA, .log = f.log};
  stand_in_for_cuda(&f);
  assert_int_equal(df_session_create(f.runtime, detector->path, "", 1, &f.host, &err), 0);
  if (df_session_create_at(f.runtime, detector->path, "", &place, &f.session, &err) < 0)
    fail_msg("%s", err.text);
  for (int i = 0; i < VALUES; i++)
    f.values[i] = (float)(i * 7 % 256);
  f.input = allocate(f.gpu, sizeof f.values);
  upload(f.gpu, f.input, f.values, sizeof f.values, f.stream);
  return 0;
}

static int finish(void **state)
{
  struct fixture *f = *state;
  df_fault_set_up(NULL, 1, NULL);
  df_session_destroy(&f->session);
  df_session_destroy(&f->host);
  df_gpu_free(f->gpu, &f->input);
  f->runtime->api = real;
  df_runtime_close(&f->runtime);
  df_manifest_destroy(&f->manifest);
  df_log_destroy(&f->log);
  df_events_destroy(&f->events);
  df_gpu_stream_destroy(f->gpu, &f->stream);
  close_gpu(f->gpu);
  return 0;
}

static enum df_provider provider_of(struct fixture *f, char reason[DF_ERROR_TEXT])
{
  struct df_provider_report report;
  df_session_provider_report(f->session, &report);
  snprintf(reason, DF_ERROR_TEXT, "%s", report.reasons[DF_PROVIDER_CUDA]);
  return report.provider;
}

/* Runs on so many pictures, and compares what comes out with what the host gives. */
static int run(struct fixture *f, int batch, struct df_error *err)
{
  static float got[VALUES];
  struct df_tensor outputs[DF_SESSION_OUTPUTS], wanted[DF_SESSION_OUTPUTS];
  struct df_tensor there = {{batch, 3, SIDE, SIDE}, 4, (const float *)(uintptr_t)f->input};
  struct df_tensor here = {{batch, 3, SIDE, SIDE}, 4, f->values};
  int result = df_session_run(f->session, "", &there, outputs, err);
  if (result < 0)
    return result;
  assert_int_equal(df_session_run(f->host, "", &here, wanted, NULL), 0);
  char reason[DF_ERROR_TEXT];
  bool by_cpu = provider_of(f, reason) == DF_PROVIDER_CPU;
  for (size_t i = 0; i < df_session_outputs(f->host); i++) {
    size_t size = sizeof(float);
    for (int k = 0; k < wanted[i].rank; k++)
      size *= (size_t)wanted[i].shape[k];
    assert_in_range(size, 1, sizeof got);
    if (by_cpu)
      download(f->gpu, got, (uintptr_t)outputs[i].data, size, f->stream);
    assert_memory_equal(by_cpu ? got : outputs[i].data, wanted[i].data, size);
  }
  return 0;
}

static void the_next_provider_does_the_run_that_failed_and_all_later_ones(void **state)
{
  struct fixture *f = *state;
  char reason[DF_ERROR_TEXT];
  struct df_error err = {0};
  only_with_double(NULL);
  assert_int_equal(df_fault_set_up("infer@3", 1, &err), 0);
  for (int i = 0; i < 2; i++)
    assert_int_equal(run(f, BATCH, &err), 0);
  assert_int_equal(provider_of(f, reason), DF_PROVIDER_CUDA);
  for (int i = 0; i < 2; i++)
    assert_int_equal(run(f, BATCH, &err), 0);
  assert_int_equal(provider_of(f, reason), DF_PROVIDER_CPU);
  assert_non_null(strstr(reason, "fault injected at infer 3"));
  assert_int_equal(df_events_count(f->events, DF_EVENT_NEXT_PROVIDER), 1);
  assert_int_equal(df_log_kept(f->log), 1);
}

static void for_want_of_memory_a_batch_is_made_smaller_first(void **state)
{
  struct fixture *f = *state;
  char reason[DF_ERROR_TEXT];
  struct df_error err = {0};
  only_with_double(NULL);
  assert_int_equal(df_fault_set_up("infer@1:enomem,infer@3:enomem", 1, &err), 0);
  assert_int_equal(run(f, BATCH, &err), DF_ENOMEM);
  assert_int_equal(run(f, 1, NULL), 0);
  assert_int_equal(provider_of(f, reason), DF_PROVIDER_CUDA);
  assert_int_equal(run(f, 1, NULL), 0); /* one picture is as few as there can be */
  assert_int_equal(provider_of(f, reason), DF_PROVIDER_CPU);
  assert_non_null(strstr(reason, "fault injected at infer 3"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, init, finish)

int main(void)
{
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  const struct CMUnitTest tests[] = {
      TEST(the_next_provider_does_the_run_that_failed_and_all_later_ones),
      TEST(for_want_of_memory_a_batch_is_made_smaller_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
