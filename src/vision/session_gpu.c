/*
 * A session at a GPU: the chain of providers, and runs on memory of the device. With a provider of the GPU
 * the device's memory is bound to the model's inputs and outputs, nothing is copied and nothing waited for;
 * the CPU is fed by copying down and up, which the GPU's counters show.
 */
#include <fenv.h>
#include <onnxruntime_c_api.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "vision/session_internal.h"

struct df_session_gpu {
  struct df_session_place place;
  pthread_mutex_t lock; /* of the report */
  struct df_provider_report report;
  OrtMemoryInfo *device;
  OrtAllocator *locked; /* the provider's page-locked memory; see drop_model */
  OrtIoBinding *binding;
  OrtRunOptions *options;
  int64_t bound[4]; /* the input's shape that the outputs are bound for */
  /* For the CPU at the end of the chain. */
  void *input;
  size_t input_size;
  df_gpu_memory outputs[DF_SESSION_OUTPUTS];
  size_t output_sizes[DF_SESSION_OUTPUTS];
  df_gpu_event event;
};

static size_t tensor_bytes(const struct df_tensor *tensor)
{
  size_t bytes = sizeof(float);
  for (int i = 0; i < tensor->rank; i++)
    bytes *= (size_t)tensor->shape[i];
  return bytes;
}

static void drop_binding(struct df_session *s)
{
  const OrtApi *api = s->runtime->api;
  struct df_session_gpu *g = s->gpu;
  df_session_drop_outputs(s);
  if (g->binding)
    api->ReleaseIoBinding(g->binding);
  if (g->options)
    api->ReleaseRunOptions(g->options);
  if (g->device)
    api->ReleaseMemoryInfo(g->device);
  g->binding = NULL;
  g->options = NULL;
  g->device = NULL;
  memset(g->bound, 0, sizeof g->bound);
}

/* All that was put on the stream is done, callbacks included. False where the GPU does not answer any more. */
static bool settle(struct df_session_gpu *g)
{
  struct df_error ignored = {0};
  return df_gpu_event_record(g->place.gpu, g->event, g->place.stream, &ignored) == 0 &&
         df_gpu_event_wait_host(g->place.gpu, g->event, &ignored) == 0;
}

/*
 * Releases what a provider of the GPU holds. It gives page-locked memory back in callbacks on the stream, some
 * of them put there by the release itself. The last of them would take the memory's allocator with it, inside
 * a callback, where CUDA permits no call; so one reference is kept until all of them are done.
 */
static void release_at_gpu(struct df_session *s)
{
  const OrtApi *api = s->runtime->api;
  drop_binding(s);
  api->ReleaseSession(s->session);
  settle(s->gpu);
  api->ReleaseAllocator(s->gpu->locked);
}

/* Lets go of the model. ONNX Runtime ends the program when CUDA refuses to take memory back, as it does once
 * the GPU is lost: what lies there is left to the end of the process then. */
static void drop_model(struct df_session *s)
{
  struct df_session_gpu *g = s->gpu;
  struct df_error ignored = {0};
  if (!g->locked) {
    drop_binding(s);
    if (s->session)
      s->runtime->api->ReleaseSession(s->session);
  } else if (df_gpu_enter(g->place.gpu, &ignored) == 0) {
    if (settle(g))
      release_at_gpu(s);
    df_gpu_leave(g->place.gpu);
  }
  s->session = NULL;
  g->locked = NULL;
}

static OrtStatus *keep_locked_memory(struct df_session *s, int ordinal)
{
  const OrtApi *api = s->runtime->api;
  OrtMemoryInfo *locked = NULL;
  OrtStatus *status = api->CreateMemoryInfo(
      "CudaPinned", OrtDeviceAllocator, ordinal, OrtMemTypeCPUOutput, &locked);
  if (!status)
    status = api->CreateAllocator(s->session, locked, &s->gpu->locked);
  if (locked)
    api->ReleaseMemoryInfo(locked);
  return status;
}

static int make_binding(struct df_session *s, struct df_error *err)
{
  const OrtApi *api = s->runtime->api;
  struct df_session_gpu *g = s->gpu;
  int ordinal = df_gpu_info(g->place.gpu)->ordinal;
  OrtStatus *status = keep_locked_memory(s, ordinal);
  if (!status)
    status =
        api->CreateMemoryInfo("Cuda", OrtDeviceAllocator, ordinal, OrtMemTypeDefault, &g->device);
  if (!status)
    status = api->CreateIoBinding(s->session, &g->binding);
  if (!status)
    status = api->CreateRunOptions(&g->options);
  if (!status)
    status = api->AddRunConfigEntry(g->options, "disable_synchronize_execution_providers", "1");
  return df_ort_check(api, status, DF_ELIBRARY, "ONNX Runtime cannot bind the GPU's memory", err);
}

/* Loads the model for `provider` in place of what there is, which stays when that fails. */
static int use(struct df_session *s, enum df_provider provider, struct df_error *err)
{
  struct df_session_gpu *g = s->gpu;
  OrtSession *session = NULL;
  struct df_session_load load = {g->place.threads, provider, &g->place, NULL};
  int result = df_provider_load(s->runtime, provider, err);
  if (result == 0)
    result = df_gpu_enter(g->place.gpu, err);
  if (result < 0)
    return result;
  if (provider == DF_PROVIDER_TENSORRT)
    result = df_session_load_tensorrt(s, &load, &session, err);
  else
    result = df_session_load(s, &load, &session, err);
  df_gpu_leave(g->place.gpu);
  if (result < 0)
    return result;
  drop_model(s);
  s->session = session;
  return provider == DF_PROVIDER_CPU ? 0 : make_binding(s, err);
}

/* Keeps why `provider` is not used, and says it. */
static void note_failure(
    struct df_session *s, enum df_provider provider, const struct df_error *err)
{
  struct df_session_gpu *g = s->gpu;
  pthread_mutex_lock(&g->lock);
  char *reason = g->report.reasons[provider];
  if (!reason[0])
    snprintf(reason, sizeof g->report.reasons[provider], "%s", err->text);
  pthread_mutex_unlock(&g->lock);
  if (provider == DF_PROVIDER_TENSORRT)
    df_log_event(
        g->place.log, DF_LOG_NOTE, DF_EVENT_NEXT_PROVIDER, "TensorRT is not used: %s", err->text);
  else
    df_log_event(g->place.log, DF_LOG_WARNING, DF_EVENT_NEXT_PROVIDER,
        "inference runs on the CPU, since the GPU's provider CUDA cannot be used: %s", err->text);
}

/* The first provider from `provider` on that can be used; there is always the CPU. */
static int use_best(struct df_session *s, enum df_provider provider, struct df_error *err)
{
  for (;; provider++) {
    struct df_error reason = {0};
    int result = use(s, provider, &reason);
    if (result < 0 && provider == DF_PROVIDER_CPU)
      return df_fail(err, result, "%s", reason.text);
    if (result < 0) {
      note_failure(s, provider, &reason);
      continue;
    }
    pthread_mutex_lock(&s->gpu->lock);
    s->gpu->report.provider = provider;
    pthread_mutex_unlock(&s->gpu->lock);
    return 0;
  }
}

int df_session_gpu_create(
    struct df_session *s, const struct df_session_place *place, struct df_error *err)
{
  struct df_session_gpu *g = calloc(1, sizeof *g);
  if (!g)
    return df_fail(err, DF_ENOMEM, "no memory for a session at a GPU");
  g->place = *place;
  g->place.threads = place->threads > 0 ? place->threads : 1;
  pthread_mutex_init(&g->lock, NULL);
  s->gpu = g;
  int result = df_gpu_event_create(place->gpu, &g->event, err);
  return result < 0 ? result : use_best(s, place->first, err);
}

void df_session_gpu_destroy(struct df_session *s)
{
  struct df_session_gpu *g = s->gpu;
  if (!g)
    return;
  drop_model(s);
  for (size_t i = 0; i < DF_SESSION_OUTPUTS; i++)
    df_gpu_free(g->place.gpu, &g->outputs[i]);
  df_gpu_free_host(g->place.gpu, &g->input);
  df_gpu_event_destroy(g->place.gpu, &g->event);
  pthread_mutex_destroy(&g->lock);
  free(g);
  s->gpu = NULL;
}

void df_session_provider_report(struct df_session *session, struct df_provider_report *ret_report)
{
  memset(ret_report, 0, sizeof *ret_report);
  ret_report->provider = DF_PROVIDER_CPU;
  if (!session->gpu)
    return;
  pthread_mutex_lock(&session->gpu->lock);
  *ret_report = session->gpu->report;
  pthread_mutex_unlock(&session->gpu->lock);
}

static OrtStatus *bind_outputs(struct df_session *s, const struct df_tensor *input)
{
  const OrtApi *api = s->runtime->api;
  struct df_session_gpu *g = s->gpu;
  if (memcmp(g->bound, input->shape, sizeof g->bound) == 0)
    return NULL;
  /* What was bound has the old shape and would be taken for the memory to write to. */
  api->ClearBoundOutputs(g->binding);
  memset(g->bound, 0, sizeof g->bound);
  for (size_t i = 0; i < s->output_count; i++) {
    OrtStatus *status = api->BindOutputToDevice(g->binding, s->output_names[i], g->device);
    if (status)
      return status;
  }
  memcpy(g->bound, input->shape, sizeof g->bound);
  return NULL;
}

static OrtStatus *take_outputs(struct df_session *s)
{
  const OrtApi *api = s->runtime->api;
  OrtValue **values = NULL;
  size_t count = 0;
  OrtStatus *status = api->GetBoundOutputValues(s->gpu->binding, s->allocator, &values, &count);
  if (status)
    return status;
  for (size_t i = 0; i < count; i++)
    if (i < s->output_count)
      s->outputs[i] = values[i];
    else
      api->ReleaseValue(values[i]);
  return values ? api->AllocatorFree(s->allocator, values) : NULL;
}

static int run_bound(
    struct df_session *s, const char *name, const struct df_tensor *input, struct df_error *err)
{
  const OrtApi *api = s->runtime->api;
  struct df_session_gpu *g = s->gpu;
  OrtValue *value = NULL;
  OrtStatus *status =
      api->CreateTensorWithDataAsOrtValue(g->device, (void *)input->data, tensor_bytes(input),
          input->shape, (size_t)input->rank, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &value);
  if (!status)
    status = api->BindInput(g->binding, name, value);
  if (!status)
    status = bind_outputs(s, input);
  if (!status)
    status = api->RunWithBinding(s->session, g->options, g->binding);
  if (!status)
    status = take_outputs(s);
  if (value)
    api->ReleaseValue(value);
  if (status) /* so that the next run begins anew */
    memset(g->bound, 0, sizeof g->bound);
  return df_ort_check(api, status, DF_EINPUT, "the model cannot be run", err);
}

/* TensorRT's engine takes shapes within a range; another would be built for minutes while all wait. */
static int check_range(
    const struct df_session_gpu *g, const struct df_tensor *input, struct df_error *err)
{
  bool within = g->report.provider != DF_PROVIDER_TENSORRT;
  for (int i = 0; !within && i < input->rank; i++)
    if (input->shape[i] < g->place.shapes[0][i] || input->shape[i] > g->place.shapes[2][i])
      return df_fail(err, DF_EUNSUPPORTED,
          "an input of %lldx%lldx%lldx%lld lies outside the range that its engine is built for",
          (long long)input->shape[0], (long long)input->shape[1], (long long)input->shape[2],
          (long long)input->shape[3]);
  return 0;
}

static int run_on_device(struct df_session *s, const char *name, const struct df_tensor *input,
    struct df_tensor *ret_outputs, struct df_error *err)
{
  struct df_gpu *gpu = s->gpu->place.gpu;
  int result = check_range(s->gpu, input, err);
  if (result == 0)
    result = df_gpu_enter(gpu, err);
  if (result < 0)
    return result;
  fenv_t floats;
  fegetenv(&floats);
  df_session_drop_outputs(s);
  result = df_fault_check(DF_FAULT_AT_INFER, NULL, DF_ELIBRARY, err);
  if (result == 0)
    result = run_bound(s, name, input, err);
  fesetenv(&floats);
  df_gpu_leave(gpu);
  for (size_t i = 0; result == 0 && i < s->output_count; i++)
    result = df_session_describe(s, i, &ret_outputs[i], err);
  return result;
}

static int copy_down(struct df_session_gpu *g, const struct df_tensor *input, struct df_error *err)
{
  size_t size = tensor_bytes(input);
  if (size > g->input_size) {
    df_gpu_free_host(g->place.gpu, &g->input);
    g->input_size = 0;
    int result = df_gpu_allocate_host(g->place.gpu, size, &g->input, err);
    if (result < 0)
      return result;
    g->input_size = size;
  }
  struct df_gpu_rows to = {.host = g->input, .stride = (ptrdiff_t)size};
  struct df_gpu_rows from = {.device = (uintptr_t)input->data, .stride = (ptrdiff_t)size};
  int result = df_gpu_copy(g->place.gpu, &to, &from, size, 1, g->place.stream, err);
  if (result == 0)
    result = df_gpu_event_record(g->place.gpu, g->event, g->place.stream, err);
  return result < 0 ? result : df_gpu_event_wait_host(g->place.gpu, g->event, err);
}

static int copy_up(
    struct df_session_gpu *g, size_t i, struct df_tensor *output, struct df_error *err)
{
  size_t size = tensor_bytes(output);
  if (size > g->output_sizes[i]) {
    df_gpu_free(g->place.gpu, &g->outputs[i]);
    g->output_sizes[i] = 0;
    int result = df_gpu_allocate(g->place.gpu, size, "what the model gives", &g->outputs[i], err);
    if (result < 0)
      return result;
    g->output_sizes[i] = size;
  }
  struct df_gpu_rows to = {.device = g->outputs[i], .stride = (ptrdiff_t)size};
  struct df_gpu_rows from = {.host = (void *)output->data, .stride = (ptrdiff_t)size};
  output->data = (const float *)(uintptr_t)g->outputs[i];
  return df_gpu_copy(g->place.gpu, &to, &from, size, 1, g->place.stream, err);
}

static int run_on_cpu(struct df_session *s, const char *name, const struct df_tensor *input,
    struct df_tensor *ret_outputs, struct df_error *err)
{
  int result = copy_down(s->gpu, input, err);
  if (result < 0)
    return result;
  struct df_tensor down = *input;
  down.data = s->gpu->input;
  result = df_session_run_host(s, name, &down, err);
  for (size_t i = 0; result == 0 && i < s->output_count; i++) {
    result = df_session_describe(s, i, &ret_outputs[i], err);
    if (result == 0)
      result = copy_up(s->gpu, i, &ret_outputs[i], err);
  }
  return result;
}

int df_session_gpu_run(struct df_session *s, const char *input_name, const struct df_tensor *input,
    struct df_tensor ret_outputs[DF_SESSION_OUTPUTS], struct df_error *err)
{
  const char *name = input_name[0] ? input_name : s->input_name;
  for (;;) {
    struct df_error reason = {0};
    enum df_provider provider = s->gpu->report.provider;
    int result = provider == DF_PROVIDER_CPU ? run_on_cpu(s, name, input, ret_outputs, &reason)
                                             : run_on_device(s, name, input, ret_outputs, &reason);
    if (result == 0)
      return 0;
    if (provider == DF_PROVIDER_CPU || (result == DF_ENOMEM && input->shape[0] > 1))
      return df_fail(err, result, "%s", reason.text);
    note_failure(s, provider, &reason);
    result = use_best(s, provider + 1, err);
    if (result < 0)
      return result;
  }
}
