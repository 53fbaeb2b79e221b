/*
 * A session of one model. Tensors come in as the caller's memory and go out as the library's own values, kept
 * until the next run; nothing is copied. The floating-point environment of the caller's thread (the library
 * sets flush-to-zero in it) is given back as it was.
 */
#include "vision/session.h"

#include <fenv.h>
#include <onnxruntime_c_api.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/paths.h"
#include "vision/checksum.h"
#include "vision/session_internal.h"

/* Each step is tried only while all before it worked. */
static int set_options(
    const OrtApi *api, OrtSessionOptions *options, int threads, struct df_error *err)
{
  static const char *const entries[][2] = {
      {"session.intra_op.allow_spinning", "0"},
      {"session.inter_op.allow_spinning", "0"},
      {"session.set_denormal_as_zero", "1"},
      {"session.use_env_allocators", "1"},
  };
  OrtStatus *status = api->SetIntraOpNumThreads(options, threads);
  if (!status)
    status = api->SetInterOpNumThreads(options, 1);
  if (!status)
    status = api->SetSessionExecutionMode(options, ORT_SEQUENTIAL);
  if (!status)
    status = api->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL);
  if (!status) /* inputs change their size, so a pattern of one is memory wasted */
    status = api->DisableMemPattern(options);
  if (!status)
    status = api->SetSessionLogSeverityLevel(options, ORT_LOGGING_LEVEL_FATAL);
  for (size_t i = 0; !status && i < sizeof entries / sizeof entries[0]; i++)
    status = api->AddSessionConfigEntry(options, entries[i][0], entries[i][1]);
  return df_ort_check(api, status, DF_ELIBRARY, "ONNX Runtime refuses its options", err);
}

int df_session_load(struct df_session *s, const struct df_session_load *l,
    struct OrtSession **ret_session, struct df_error *err)
{
  const OrtApi *api = s->runtime->api;
  OrtSessionOptions *options = NULL;
  fenv_t floats;
  fegetenv(&floats);
  int result = df_ort_check(api, api->CreateSessionOptions(&options), DF_ELIBRARY,
      "ONNX Runtime cannot make options", err);
  if (result == 0)
    result = set_options(api, options, l->threads, err);
  if (result == 0 && l->provider != DF_PROVIDER_CPU)
    result = df_provider_append(
        s->runtime, l->provider, l->place, s->input_name, l->engines, options, err);
  if (result == 0)
    result = df_ort_check(api, api->CreateSession(s->runtime->env, s->path, options, ret_session),
        DF_EINPUT, "the model cannot be loaded", err);
  if (options)
    api->ReleaseSessionOptions(options);
  fesetenv(&floats);
  return result;
}

static int read_names(struct df_session *s, struct df_error *err)
{
  const OrtApi *api = s->runtime->api;
  size_t inputs = 0, outputs = 0;
  OrtStatus *status = api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &s->host);
  if (!status)
    status = api->GetAllocatorWithDefaultOptions(&s->allocator);
  if (!status)
    status = api->SessionGetInputCount(s->session, &inputs);
  if (!status)
    status = api->SessionGetOutputCount(s->session, &outputs);
  if (!status && (inputs != 1 || outputs < 1 || outputs > DF_SESSION_OUTPUTS))
    return df_fail(err, DF_EINPUT,
        "the model has %zu inputs and %zu outputs; 1 and 1 to %d can be used", inputs, outputs,
        DF_SESSION_OUTPUTS);
  if (!status)
    status = api->SessionGetInputName(s->session, 0, s->allocator, &s->input_name);
  while (!status && s->output_count < outputs) {
    status = api->SessionGetOutputName(
        s->session, s->output_count, s->allocator, &s->output_names[s->output_count]);
    s->output_count += !status;
  }
  return df_ort_check(api, status, DF_ELIBRARY, "ONNX Runtime cannot describe the model", err);
}

/* The model file is the one that was meant, as far as that is known. */
static int check_model(const char *path, const char *sha256, struct df_error *err)
{
  if (sha256[0])
    return df_checksum_verify(path, sha256, err);
  if (df_path_is_file(path))
    return 0;
  return df_fail(
      err, DF_EMISSING, "there is no model at %s; run tools/setup to get the models", path);
}

static int load_for_cpu(struct df_session *s, int threads, struct df_error *err)
{
  const struct df_session_load cpu = {.threads = threads, .provider = DF_PROVIDER_CPU};
  int result = check_model(s->path, s->sha256, err);
  if (result < 0)
    return result;
  result = df_session_load(s, &cpu, &s->session, err);
  if (result < 0)
    df_error_prefix(err, "%s", s->path);
  return result;
}

/* Gives the session's model to the runtime, for others. */
static int lend(struct df_session *s, int threads, struct df_error *err)
{
  struct df_runtime_model *model = calloc(1, sizeof *model);
  char *path = strdup(s->path);
  if (!model || !path) {
    free(model);
    free(path);
    return df_fail(err, DF_ENOMEM, "no memory for the model %s", s->path);
  }
  *model = (struct df_runtime_model){
      .path = path,
      .threads = threads,
      .session = s->session,
      .next = s->runtime->models,
  };
  memcpy(model->sha256, s->sha256, sizeof model->sha256);
  s->runtime->models = model;
  s->shared = true;
  return 0;
}

/* Takes the model that the runtime has, or loads it; call with the lock of the models held. */
static int borrow(struct df_session *s, int threads, struct df_error *err)
{
  for (const struct df_runtime_model *m = s->runtime->models; m; m = m->next)
    if (m->threads == threads && strcmp(m->path, s->path) == 0 &&
        strcmp(m->sha256, s->sha256) == 0) {
      s->session = m->session;
      s->shared = true;
      return 0;
    }
  int result = load_for_cpu(s, threads, err);
  return result < 0 ? result : lend(s, threads, err);
}

static int make(struct df_runtime *runtime, const char *path, const char *sha256,
    struct df_session **ret_session, struct df_error *err)
{
  struct df_session *s = calloc(1, sizeof *s);
  char *copy = strdup(path);
  if (!s || !copy) {
    free(s);
    free(copy);
    return df_fail(err, DF_ENOMEM, "no memory for the model %s", path);
  }
  s->runtime = runtime;
  s->path = copy;
  snprintf(s->sha256, sizeof s->sha256, "%s", sha256);
  *ret_session = s;
  return 0;
}

/* The names, and with them the session is whole; it goes where that or what came before failed. */
static int complete(
    struct df_session *s, int result, struct df_session **ret_session, struct df_error *err)
{
  if (result == 0 && (result = read_names(s, err)) < 0)
    df_error_prefix(err, "%s", s->path);
  if (result < 0)
    df_session_destroy(&s);
  else
    *ret_session = s;
  return result;
}

int df_session_create(struct df_runtime *runtime, const char *path, const char *sha256, int threads,
    struct df_session **ret_session, struct df_error *err)
{
  struct df_session *s = NULL;
  int result = make(runtime, path, sha256, &s, err);
  if (result < 0)
    return result;
  pthread_mutex_lock(&runtime->models_lock);
  result = borrow(s, threads, err);
  pthread_mutex_unlock(&runtime->models_lock);
  return complete(s, result, ret_session, err);
}

int df_session_create_at(struct df_runtime *runtime, const char *path, const char *sha256,
    const struct df_session_place *place, struct df_session **ret_session, struct df_error *err)
{
  struct df_session *s = NULL;
  int threads = place->threads > 0 ? place->threads : 1;
  int result = make(runtime, path, sha256, &s, err);
  if (result == 0)
    result = complete(s, load_for_cpu(s, threads, err), &s, err);
  if (result < 0)
    return result;
  result = df_session_gpu_create(s, place, err);
  if (result < 0) {
    df_error_prefix(err, "%s", path);
    df_session_destroy(&s);
    return result;
  }
  *ret_session = s;
  return 0;
}

void df_session_drop_outputs(struct df_session *s)
{
  for (size_t i = 0; i < s->output_count; i++) {
    if (s->outputs[i])
      s->runtime->api->ReleaseValue(s->outputs[i]);
    s->outputs[i] = NULL;
  }
}

static void free_name(struct df_session *s, char *name)
{
  if (!name)
    return;
  OrtStatus *status = s->runtime->api->AllocatorFree(s->allocator, name);
  if (status)
    s->runtime->api->ReleaseStatus(status);
}

void df_session_destroy(struct df_session **session_ptr)
{
  struct df_session *s = *session_ptr;
  if (!s)
    return;
  df_session_drop_outputs(s);
  df_session_gpu_destroy(s);
  for (size_t i = 0; i < s->output_count; i++)
    free_name(s, s->output_names[i]);
  free_name(s, s->input_name);
  if (s->host)
    s->runtime->api->ReleaseMemoryInfo(s->host);
  if (s->session && !s->shared)
    s->runtime->api->ReleaseSession(s->session);
  free(s->path);
  free(s);
  *session_ptr = NULL;
}

size_t df_session_outputs(const struct df_session *session)
{
  return session->output_count;
}

const char *df_session_output_name(const struct df_session *session, size_t i)
{
  return session->output_names[i];
}

int df_session_describe(
    struct df_session *s, size_t i, struct df_tensor *ret_tensor, struct df_error *err)
{
  const OrtApi *api = s->runtime->api;
  int is_tensor = 0;
  size_t rank = 0;
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  OrtTensorTypeAndShapeInfo *info = NULL;
  void *data = NULL;
  OrtStatus *status = api->IsTensor(s->outputs[i], &is_tensor);
  if (!status && is_tensor)
    status = api->GetTensorTypeAndShape(s->outputs[i], &info);
  if (!status && info)
    status = api->GetTensorElementType(info, &type);
  if (!status && info)
    status = api->GetDimensionsCount(info, &rank);
  bool usable = type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT && rank <= 4;
  struct df_tensor tensor = {.rank = (int)rank};
  if (!status && usable)
    status = api->GetDimensions(info, tensor.shape, rank);
  if (!status && usable)
    status = api->GetTensorMutableData(s->outputs[i], &data);
  if (info)
    api->ReleaseTensorTypeAndShapeInfo(info);
  if (status)
    return df_ort_check(api, status, DF_ELIBRARY, "ONNX Runtime cannot describe an output", err);
  if (!usable)
    return df_fail(err, DF_EINPUT,
        "output \"%s\" is no float tensor of at most 4 dimensions, so the model cannot be used",
        s->output_names[i]);
  tensor.data = data;
  *ret_tensor = tensor;
  return 0;
}

int df_session_run_host(struct df_session *s, const char *input_name, const struct df_tensor *input,
    struct df_error *err)
{
  const OrtApi *api = s->runtime->api;
  size_t count = 1;
  for (int i = 0; i < input->rank; i++)
    count *= (size_t)input->shape[i];
  fenv_t floats;
  fegetenv(&floats);
  df_session_drop_outputs(s);
  OrtValue *value = NULL;
  OrtStatus *status =
      api->CreateTensorWithDataAsOrtValue(s->host, (void *)input->data, count * sizeof(float),
          input->shape, (size_t)input->rank, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &value);
  if (!status) {
    const char *name = input_name[0] ? input_name : s->input_name;
    status = api->Run(s->session, NULL, &name, (const OrtValue *const *)&value, 1,
        (const char *const *)s->output_names, s->output_count, s->outputs);
  }
  if (value)
    api->ReleaseValue(value);
  fesetenv(&floats);
  return df_ort_check(api, status, DF_EINPUT, "the model cannot be run", err);
}

int df_session_run(struct df_session *session, const char *input_name,
    const struct df_tensor *input, struct df_tensor ret_outputs[DF_SESSION_OUTPUTS],
    struct df_error *err)
{
  int result;
  if (session->gpu)
    result = df_session_gpu_run(session, input_name, input, ret_outputs, err);
  else {
    result = df_session_run_host(session, input_name, input, err);
    for (size_t i = 0; result == 0 && i < session->output_count; i++)
      result = df_session_describe(session, i, &ret_outputs[i], err);
  }
  if (result < 0)
    df_error_prefix(err, "%s", session->path);
  return result;
}
