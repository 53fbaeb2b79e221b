/*
 * ONNX Runtime's library and its environment. Its log is silenced, its reasons travel in df_error. The
 * floating-point environment of the caller's thread (the library sets flush-to-zero in it) is given back
 * as it was.
 */
#include "vision/runtime.h"

#include <dlfcn.h>
#include <fenv.h>
#include <onnxruntime_c_api.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/paths.h"
#include "vision/ort.h"
#include "vision/runtime_library.h"

/* Words by which the library, CUDA, cuDNN and cuBLAS say that memory ran out. */
static bool lacks_memory(const char *reason)
{
  static const char *const words[] = {"bad_alloc", "Failed to allocate memory", "out of memory",
      "STATUS_ALLOC_FAILED", "OutOfMemory"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strstr(reason, words[i]))
      return true;
  return false;
}

int df_ort_check(const struct OrtApi *api, struct OrtStatus *status, int code, const char *what,
    struct df_error *err)
{
  if (!status)
    return 0;
  char reason[600];
  snprintf(reason, sizeof reason, "%s", api->GetErrorMessage(status));
  if (lacks_memory(reason))
    code = DF_ENOMEM;
  api->ReleaseStatus(status);
  for (char *c = reason; *c; c++)
    if ((unsigned char)*c < ' ')
      *c = ' ';
  return df_fail(err, code, "%s: %s", what, reason);
}

/*
 * One arena for all sessions, which grows by what is asked for: those that sessions make for themselves grow
 * by doubling. The library keeps it with its environment, of which a process has one; where another runtime
 * has made it already, or it cannot be made, that is as well.
 */
static void share_arena(struct df_runtime *runtime)
{
  static const char *const keys[] = {"arena_extend_strategy"};
  static const size_t same_as_requested[] = {1};
  const OrtApi *api = runtime->api;
  OrtArenaCfg *config = NULL;
  OrtMemoryInfo *host = NULL;
  OrtStatus *status = api->CreateArenaCfgV2(keys, same_as_requested, 1, &config);
  if (!status)
    status = api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &host);
  if (!status)
    status = api->CreateAndRegisterAllocator(runtime->env, host, config);
  if (status)
    api->ReleaseStatus(status);
  if (host)
    api->ReleaseMemoryInfo(host);
  if (config)
    api->ReleaseArenaCfg(config);
}

/* The library has one environment for the whole process, and fails when one thread asks for it while another one
 * gives the last reference to it back. */
static pthread_mutex_t environment_lock = PTHREAD_MUTEX_INITIALIZER;

static OrtStatus *create_environment(struct df_runtime *runtime)
{
  pthread_mutex_lock(&environment_lock);
  OrtStatus *status = runtime->api->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "dualface", &runtime->env);
  pthread_mutex_unlock(&environment_lock);
  return status;
}

static void release_environment(struct df_runtime *runtime)
{
  pthread_mutex_lock(&environment_lock);
  runtime->api->ReleaseEnv(runtime->env);
  pthread_mutex_unlock(&environment_lock);
}

/* The folder in which the library looks for its providers: its own. */
static void note_folder(struct df_runtime *runtime, const void *symbol)
{
  Dl_info info;
  if (!dladdr(symbol, &info) || !info.dli_fname)
    return;
  snprintf(runtime->folder, sizeof runtime->folder, "%s", info.dli_fname);
  char *slash = strrchr(runtime->folder, '/');
  snprintf(slash ? slash : runtime->folder, 2, "%s", slash ? "" : ".");
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
  note_folder(runtime, *(void **)&get_base);
  runtime->version = base->GetVersionString();
  runtime->api = base->GetApi(ORT_API_VERSION);
  if (!runtime->api)
    return df_fail(err, DF_EMISSING,
        "ONNX Runtime %s is too old, 1.%d or later is needed; run tools/setup to get it",
        runtime->version, ORT_API_VERSION);
  int result = df_ort_check(
      runtime->api, create_environment(runtime), DF_ELIBRARY, "cannot start ONNX Runtime", err);
  if (result == 0)
    result = df_ort_check(runtime->api, runtime->api->DisableTelemetryEvents(runtime->env),
        DF_ELIBRARY, "cannot silence ONNX Runtime", err);
  if (result == 0)
    share_arena(runtime);
  return result;
}

static int open_runtime(
    const char *library, bool gpu, struct df_runtime **ret_runtime, struct df_error *err)
{
  struct df_runtime *runtime = calloc(1, sizeof *runtime);
  if (!runtime)
    return df_fail(err, DF_ENOMEM, "no memory for the inference runtime");
  pthread_mutex_init(&runtime->lock, NULL);
  pthread_mutex_init(&runtime->models_lock, NULL);
  fenv_t floats;
  fegetenv(&floats);
  runtime->library = df_runtime_library_open(library, gpu, err);
  int result = runtime->library ? take_api(runtime, err) : DF_EMISSING;
  fesetenv(&floats);
  if (result < 0) {
    df_runtime_close(&runtime);
    return result;
  }
  *ret_runtime = runtime;
  return 0;
}

int df_runtime_open(const char *library, struct df_runtime **ret_runtime, struct df_error *err)
{
  return open_runtime(library, false, ret_runtime, err);
}

int df_runtime_open_for_gpu(struct df_runtime **ret_runtime, struct df_error *err)
{
  return open_runtime(NULL, true, ret_runtime, err);
}

static void release_models(struct df_runtime *runtime)
{
  while (runtime->models) {
    struct df_runtime_model *model = runtime->models;
    runtime->models = model->next;
    runtime->api->ReleaseSession(model->session);
    free(model->path);
    free(model);
  }
}

void df_runtime_close(struct df_runtime **runtime_ptr)
{
  struct df_runtime *runtime = *runtime_ptr;
  if (!runtime)
    return;
  release_models(runtime);
  if (runtime->env)
    release_environment(runtime);
  if (runtime->library)
    dlclose(runtime->library);
  pthread_mutex_destroy(&runtime->models_lock);
  pthread_mutex_destroy(&runtime->lock);
  free(runtime);
  *runtime_ptr = NULL;
}

const char *df_runtime_version(const struct df_runtime *runtime)
{
  return runtime->version;
}
