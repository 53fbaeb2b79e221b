#include "vision/provider.h"

#include <onnxruntime_c_api.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/paths.h"
#include "vision/library.h"
#include "vision/ort.h"

enum { FOLDERS = 16, OPTIONS = 16, VALUE = 4200, LOAD_SECONDS = 180 };

static const char *const names[DF_PROVIDERS] = {"TensorRT", "CUDA", "CPU"};

const char *df_provider_name(enum df_provider provider)
{
  return names[provider];
}

void df_provider_describe(const struct df_provider_report *report, char *ret_text, size_t size)
{
  size_t end = (size_t)snprintf(ret_text, size, "%s", names[report->provider]);
  const char *before = " (not ";
  for (int i = 0; i < (int)report->provider && end < size; i++) {
    if (!report->reasons[i][0])
      continue;
    end += (size_t)snprintf(
        ret_text + end, size - end, "%s%s: %s", before, names[i], report->reasons[i]);
    before = "; not ";
  }
  if (before[0] == ';' && end < size)
    snprintf(ret_text + end, size - end, ")");
}

/* Where the libraries of NVIDIA that the providers need may lie, besides the system's own places. */
struct places {
  char variable[4096];
  const char *folders[FOLDERS];
  size_t count;
};

static void find_places(const struct df_runtime *runtime, struct places *ret_places)
{
  const char *variable = getenv("DUALFACE_CUDA_LIBRARIES");
  struct places *p = ret_places;
  p->count = 0;
  snprintf(p->variable, sizeof p->variable, "%s", variable ? variable : "");
  char *rest = p->variable, *folder;
  while (p->count < FOLDERS - 2 && (folder = strsep(&rest, ":")))
    if (folder[0])
      p->folders[p->count++] = folder;
  p->folders[p->count++] = runtime->folder;
  p->folders[p->count++] = "/usr/local/cuda/lib64";
}

struct trial {
  const OrtApi *api;
  enum df_provider provider;
};

static OrtStatus *append_cuda(
    const OrtApi *api, OrtSessionOptions *options, const OrtCUDAProviderOptionsV2 *cuda)
{
  return api->SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda);
}

/*
 * Asks for the provider; what ONNX Runtime answers is of no account here, who wants it will be told again.
 *
 * Before anything is loaded: a provider's constructors call back into ONNX Runtime, which makes itself known
 * to them (libonnxruntime_providers_shared.so) when the first one is asked for, even if that one cannot be
 * loaded yet. In the child, when all is loaded: one of another version may crash only then.
 */
static void append_for_trial(void *context)
{
  const struct trial *trial = context;
  const OrtApi *api = trial->api;
  OrtSessionOptions *options = NULL;
  OrtCUDAProviderOptionsV2 *cuda = NULL;
  OrtTensorRTProviderOptionsV2 *tensorrt = NULL;
  OrtStatus *status = api->CreateSessionOptions(&options);
  if (!status && trial->provider == DF_PROVIDER_CUDA)
    status = api->CreateCUDAProviderOptions(&cuda);
  else if (!status)
    status = api->CreateTensorRTProviderOptions(&tensorrt);
  if (!status && cuda)
    status = append_cuda(api, options, cuda);
  else if (!status)
    status = api->SessionOptionsAppendExecutionProvider_TensorRT_V2(options, tensorrt);
  if (status)
    api->ReleaseStatus(status);
}

static int find_out(struct df_runtime *runtime, enum df_provider provider, struct df_error *err)
{
  static const char *const files[] = {
      "libonnxruntime_providers_tensorrt.so", "libonnxruntime_providers_cuda.so"};
  char path[5000];
  const char *const libraries[] = {"libcudnn.so.9", path};
  struct places places;
  find_places(runtime, &places);
  if (!df_path_join(runtime->folder, files[provider], path, sizeof path) || !df_path_is_file(path))
    return df_fail(err, DF_EMISSING,
        "there is no %s in %s: the ONNX Runtime there is made for the CPU only", files[provider],
        runtime->folder);
  struct trial trial = {runtime->api, provider};
  struct df_library_set set = {
      .names = libraries,
      .count = sizeof libraries / sizeof libraries[0],
      .folders = places.folders,
      .folder_count = places.count,
      .before = append_for_trial,
      .then = append_for_trial,
      .context = &trial,
  };
  int result = df_library_try(&set, LOAD_SECONDS, err);
  return result < 0 ? result : df_library_load(&set, err);
}

int df_provider_load(struct df_runtime *runtime, enum df_provider provider, struct df_error *err)
{
  if (provider == DF_PROVIDER_CPU)
    return 0;
  /* TensorRT's provider stands on CUDA's, in ONNX Runtime too. */
  int result =
      provider == DF_PROVIDER_TENSORRT ? df_provider_load(runtime, DF_PROVIDER_CUDA, err) : 0;
  if (result < 0) {
    df_error_prefix(err, "it needs CUDA's provider");
    return result;
  }
  struct df_provider_memory *memory = &runtime->providers[provider];
  pthread_mutex_lock(&runtime->lock);
  if (!memory->tried)
    find_out(runtime, provider, &memory->err);
  memory->tried = true;
  pthread_mutex_unlock(&runtime->lock);
  return memory->err.code < 0 ? df_fail(err, memory->err.code, "%s", memory->err.text) : 0;
}

/* Options of a provider: keys of ours, values formatted. */
struct options {
  const char *keys[OPTIONS];
  const char *values[OPTIONS];
  char text[OPTIONS][VALUE];
  size_t count;
};

static void set(struct options *o, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void set(struct options *o, const char *key, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(o->text[o->count], VALUE, format, arguments);
  va_end(arguments);
  o->keys[o->count] = key;
  o->values[o->count] = o->text[o->count];
  o->count++;
}

static OrtStatus *add_cuda(const OrtApi *api, const struct df_session_place *place,
    struct options *o, OrtSessionOptions *options)
{
  OrtCUDAProviderOptionsV2 *cuda = NULL;
  set(o, "device_id", "%d", df_gpu_info(place->gpu)->ordinal);
  set(o, "do_copy_in_default_stream", "0");
  set(o, "arena_extend_strategy", "kSameAsRequested");
  set(o, "cudnn_conv_algo_search", "%s", place->exhaustive ? "EXHAUSTIVE" : "HEURISTIC");
  if (place->memory_limit)
    set(o, "gpu_mem_limit", "%zu", place->memory_limit);
  OrtStatus *status = api->CreateCUDAProviderOptions(&cuda);
  if (!status)
    status = api->UpdateCUDAProviderOptions(cuda, o->keys, o->values, o->count);
  if (!status)
    status = api->UpdateCUDAProviderOptionsWithValue(cuda, "user_compute_stream", place->stream);
  if (!status)
    status = append_cuda(api, options, cuda);
  if (cuda)
    api->ReleaseCUDAProviderOptions(cuda);
  return status;
}

static void set_profile(struct options *o, const char *key, const char *input, const int shape[4])
{
  set(o, key, "%s:%dx%dx%dx%d", input, shape[0], shape[1], shape[2], shape[3]);
}

static OrtStatus *add_tensorrt(const OrtApi *api, const struct df_session_place *place,
    const char *input, const char *engines, struct options *o, OrtSessionOptions *options)
{
  OrtTensorRTProviderOptionsV2 *tensorrt = NULL;
  set(o, "device_id", "%d", df_gpu_info(place->gpu)->ordinal);
  set(o, "trt_fp16_enable", "1");
  set(o, "trt_engine_cache_enable", "1");
  set(o, "trt_engine_cache_path", "%s", engines);
  set(o, "trt_timing_cache_enable", "1");
  /* It grows with every engine, so it lies outside the folder whose files keep their sums. */
  set(o, "trt_timing_cache_path", "%s/..", engines);
  set_profile(o, "trt_profile_min_shapes", input, place->shapes[0]);
  set_profile(o, "trt_profile_opt_shapes", input, place->shapes[1]);
  set_profile(o, "trt_profile_max_shapes", input, place->shapes[2]);
  OrtStatus *status = api->CreateTensorRTProviderOptions(&tensorrt);
  if (!status)
    status = api->UpdateTensorRTProviderOptions(tensorrt, o->keys, o->values, o->count);
  if (!status)
    status =
        api->UpdateTensorRTProviderOptionsWithValue(tensorrt, "user_compute_stream", place->stream);
  if (!status)
    status = api->SessionOptionsAppendExecutionProvider_TensorRT_V2(options, tensorrt);
  if (tensorrt)
    api->ReleaseTensorRTProviderOptions(tensorrt);
  return status;
}

int df_provider_append(struct df_runtime *runtime, enum df_provider provider,
    const struct df_session_place *place, const char *input, const char *engines,
    struct OrtSessionOptions *options, struct df_error *err)
{
  const OrtApi *api = runtime->api;
  if (provider == DF_PROVIDER_CPU)
    return 0;
  struct options *o = calloc(2, sizeof *o);
  if (!o)
    return df_fail(err, DF_ENOMEM, "no memory for the options of %s", names[provider]);
  OrtStatus *status = NULL;
  if (provider == DF_PROVIDER_TENSORRT)
    status = add_tensorrt(api, place, input, engines, &o[0], options);
  if (!status) /* behind TensorRT too, for what it cannot do */
    status = add_cuda(api, place, &o[1], options);
  free(o);
  return df_ort_check(api, status, DF_ELIBRARY, "ONNX Runtime refuses it", err);
}
