/*
 * ONNX Runtime behind two small objects: the library with its environment, and a session of one model.
 * Tensors come in as the caller's memory and go out as the library's own values, kept until the next run;
 * nothing is copied. Its log is silenced, its reasons travel in df_error. The floating-point environment
 * of the caller's thread (the library sets flush-to-zero in it) is given back as it was.
 */
#include "vision/runtime.h"

#include <dlfcn.h>
#include <fenv.h>
#include <onnxruntime_c_api.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vision/checksum.h"
#include "vision/paths.h"
#include "vision/runtime_library.h"

struct df_runtime {
  void *library;
  const OrtApi *api;
  const char *version;
  OrtEnv *env;
};

struct df_session {
  const OrtApi *api; /* the runtime's */
  char *path;        /* for sentences */
  OrtSession *session;
  OrtMemoryInfo *host;
  OrtAllocator *allocator; /* the library's default one, never released */
  char *input_name;        /* the allocator's, and so are the outputs' */
  char *output_names[DF_SESSION_OUTPUTS];
  OrtValue *outputs[DF_SESSION_OUTPUTS]; /* of the latest run */
  size_t output_count;
};

/* Takes a status of the library: NULL is 0, anything else becomes `code` with its reason on one line. */
static int check(
    const OrtApi *api, OrtStatus *status, int code, const char *what, struct df_error *err)
{
  if (!status)
    return 0;
  char reason[600];
  snprintf(reason, sizeof reason, "%s", api->GetErrorMessage(status));
  if (strstr(reason, "bad_alloc") || strstr(reason, "Failed to allocate memory"))
    code = DF_ENOMEM;
  api->ReleaseStatus(status);
  for (char *c = reason; *c; c++)
    if ((unsigned char)*c < ' ')
      *c = ' ';
  return df_fail(err, code, "%s: %s", what, reason);
}

static int take_api(struct df_runtime *runtime, struct df_error *err)
{
  const OrtApiBase *(*get_base)(void);
  *(void **)&get_base = dlsym(runtime->library, "OrtGetApiBase");
  if (!get_base)
    return df_fail(err, DF_EMISSING,
        "the library opened as ONNX Runtime is another one: it has no "
        "OrtGetApiBase; run tools/setup to get the right one");
  const OrtApiBase *base = get_base();
  runtime->version = base->GetVersionString();
  runtime->api = base->GetApi(ORT_API_VERSION);
  if (!runtime->api)
    return df_fail(err, DF_EMISSING,
        "ONNX Runtime %s is too old, 1.%d or later is needed; run tools/setup to get it",
        runtime->version, ORT_API_VERSION);
  int result = check(runtime->api,
      runtime->api->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "dualface", &runtime->env), DF_ELIBRARY,
      "cannot start ONNX Runtime", err);
  if (result == 0)
    result = check(runtime->api, runtime->api->DisableTelemetryEvents(runtime->env), DF_ELIBRARY,
        "cannot silence ONNX Runtime", err);
  return result;
}

int df_runtime_open(const char *library, struct df_runtime **ret_runtime, struct df_error *err)
{
  struct df_runtime *runtime = calloc(1, sizeof *runtime);
  if (!runtime)
    return df_fail(err, DF_ENOMEM, "no memory for the inference runtime");
  fenv_t floats;
  fegetenv(&floats);
  runtime->library = df_runtime_library_open(library, false, err);
  int result = runtime->library ? take_api(runtime, err) : DF_EMISSING;
  fesetenv(&floats);
  if (result < 0) {
    df_runtime_close(&runtime);
    return result;
  }
  *ret_runtime = runtime;
  return 0;
}

void df_runtime_close(struct df_runtime **runtime_ptr)
{
  struct df_runtime *runtime = *runtime_ptr;
  if (!runtime)
    return;
  if (runtime->env)
    runtime->api->ReleaseEnv(runtime->env);
  if (runtime->library)
    dlclose(runtime->library);
  free(runtime);
  *runtime_ptr = NULL;
}

const char *df_runtime_version(const struct df_runtime *runtime)
{
  return runtime->version;
}

/* Each step is tried only while all before it worked. */
static int set_options(
    const OrtApi *api, OrtSessionOptions *options, int threads, struct df_error *err)
{
  static const char *const entries[][2] = {
      {"session.intra_op.allow_spinning", "0"}, {"session.inter_op.allow_spinning", "0"},
      {"session.set_denormal_as_zero", "1"},
      {"session.disable_prepacking",
          "1"}, /* costs time and memory at the start, gains none later */
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
  return check(api, status, DF_ELIBRARY, "ONNX Runtime refuses its options", err);
}

static int load(struct df_session *s, struct df_runtime *runtime, int threads, struct df_error *err)
{
  const OrtApi *api = s->api;
  OrtSessionOptions *options = NULL;
  int result = check(api, api->CreateSessionOptions(&options), DF_ELIBRARY,
      "ONNX Runtime cannot make options", err);
  if (result == 0)
    result = set_options(api, options, threads, err);
  if (result == 0)
    result = check(api, api->CreateSession(runtime->env, s->path, options, &s->session), DF_EINPUT,
        "the model cannot be loaded", err);
  if (options)
    api->ReleaseSessionOptions(options);
  return result;
}

static int read_names(struct df_session *s, struct df_error *err)
{
  const OrtApi *api = s->api;
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
  return check(api, status, DF_ELIBRARY, "ONNX Runtime cannot describe the model", err);
}

int df_session_create(struct df_runtime *runtime, const char *path, const char *sha256, int threads,
    struct df_session **ret_session, struct df_error *err)
{
  if (sha256[0]) {
    int result = df_checksum_verify(path, sha256, err);
    if (result < 0)
      return result;
  } else if (!df_path_is_file(path))
    return df_fail(
        err, DF_EMISSING, "there is no model at %s; run tools/setup to get the models", path);
  struct df_session *s = calloc(1, sizeof *s);
  char *copy = strdup(path);
  if (!s || !copy) {
    free(s);
    free(copy);
    return df_fail(err, DF_ENOMEM, "no memory for the model %s", path);
  }
  s->api = runtime->api;
  s->path = copy;
  fenv_t floats;
  fegetenv(&floats);
  int result = load(s, runtime, threads, err);
  if (result == 0)
    result = read_names(s, err);
  fesetenv(&floats);
  if (result < 0) {
    df_error_prefix(err, "%s", path);
    df_session_destroy(&s);
    return result;
  }
  *ret_session = s;
  return 0;
}

static void drop_outputs(struct df_session *s)
{
  for (size_t i = 0; i < s->output_count; i++) {
    if (s->outputs[i])
      s->api->ReleaseValue(s->outputs[i]);
    s->outputs[i] = NULL;
  }
}

static void free_name(struct df_session *s, char *name)
{
  if (!name)
    return;
  OrtStatus *status = s->api->AllocatorFree(s->allocator, name);
  if (status)
    s->api->ReleaseStatus(status);
}

void df_session_destroy(struct df_session **session_ptr)
{
  struct df_session *s = *session_ptr;
  if (!s)
    return;
  drop_outputs(s);
  for (size_t i = 0; i < s->output_count; i++)
    free_name(s, s->output_names[i]);
  free_name(s, s->input_name);
  if (s->host)
    s->api->ReleaseMemoryInfo(s->host);
  if (s->session)
    s->api->ReleaseSession(s->session);
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

/* Shape and values of output `i` of the latest run; a float tensor of at most four dimensions. */
static int describe(
    struct df_session *s, size_t i, struct df_tensor *ret_tensor, struct df_error *err)
{
  const OrtApi *api = s->api;
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
    return check(api, status, DF_ELIBRARY, "ONNX Runtime cannot describe an output", err);
  if (!usable)
    return df_fail(err, DF_EINPUT,
        "output \"%s\" is no float tensor of at most 4 dimensions, so the model cannot be used",
        s->output_names[i]);
  tensor.data = data;
  *ret_tensor = tensor;
  return 0;
}

static int run(struct df_session *s, const char *input_name, const struct df_tensor *input,
    struct df_error *err)
{
  size_t count = 1;
  for (int i = 0; i < input->rank; i++)
    count *= (size_t)input->shape[i];
  OrtValue *value = NULL;
  OrtStatus *status =
      s->api->CreateTensorWithDataAsOrtValue(s->host, (void *)input->data, count * sizeof(float),
          input->shape, (size_t)input->rank, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &value);
  if (!status) {
    const char *name = input_name[0] ? input_name : s->input_name;
    status = s->api->Run(s->session, NULL, &name, (const OrtValue *const *)&value, 1,
        (const char *const *)s->output_names, s->output_count, s->outputs);
  }
  if (value)
    s->api->ReleaseValue(value);
  return check(s->api, status, DF_EINPUT, "the model cannot be run", err);
}

int df_session_run(struct df_session *session, const char *input_name,
    const struct df_tensor *input, struct df_tensor ret_outputs[DF_SESSION_OUTPUTS],
    struct df_error *err)
{
  fenv_t floats;
  fegetenv(&floats);
  drop_outputs(session);
  int result = run(session, input_name, input, err);
  fesetenv(&floats);
  for (size_t i = 0; result == 0 && i < session->output_count; i++)
    result = describe(session, i, &ret_outputs[i], err);
  if (result < 0)
    df_error_prefix(err, "%s", session->path);
  return result;
}
