/* Looks for ONNX Runtime's library in the places that runtime.h names, the nearest first. */
#include "vision/runtime_library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/paths.h"

/* The library is never unloaded: its threads and thread-local data do not survive that. */
static void *open_library(const char *path)
{
  return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

static void *open_named(const char *path, const char *named_by, struct df_error *err)
{
  void *library = open_library(path);
  if (!library)
    df_fail(err, DF_EMISSING, "cannot open the ONNX Runtime library %s (%s): %.400s", path,
        named_by, dlerror());
  return library;
}

/* The build for NVIDIA GPUs, if it is there. One that cannot be opened is as good as none. */
static void *find_gpu_build(void)
{
  static const char *const beside[] = {
      "../lib/dualface/gpu/libonnxruntime.so", "../deps/onnxruntime-gpu/lib/libonnxruntime.so"};
  void *library = NULL;
  for (int i = 0; i < 2 && !library; i++) {
    char candidate[4096];
    if (df_path_beside_executable(beside[i], candidate, sizeof candidate) &&
        df_path_is_file(candidate))
      library = open_library(candidate);
  }
  return library;
}

static void *find_cpu_build(struct df_error *err)
{
  static const char *const beside[] = {
      "../lib/dualface/libonnxruntime.so", "../deps/onnxruntime/lib/libonnxruntime.so"};
  static const char *const system_names[] = {"libonnxruntime.so", "libonnxruntime.so.1"};
  char tried[2][400] = {"", ""};
  for (int i = 0; i < 2; i++) {
    char candidate[4096];
    if (!df_path_beside_executable(beside[i], candidate, sizeof candidate))
      continue;
    if (df_path_is_file(candidate))
      return open_named(candidate, "beside the program", err);
    snprintf(tried[i], sizeof tried[i], "%s", candidate);
  }
  for (int i = 0; i < 2; i++) {
    void *library = open_library(system_names[i]);
    if (library)
      return library;
  }
  df_fail(err, DF_EMISSING,
      "no ONNX Runtime library in DUALFACE_ONNXRUNTIME (not set), %s, %s or the system's libraries "
      "(libonnxruntime.so); run tools/setup to get it",
      tried[0], tried[1]);
  return NULL;
}

void *df_runtime_library_open(const char *path, bool gpu, struct df_error *err)
{
  if (path)
    return open_named(path, "as given", err);
  const char *variable = getenv("DUALFACE_ONNXRUNTIME");
  if (variable && variable[0])
    return open_named(variable, "from DUALFACE_ONNXRUNTIME", err);
  void *library = gpu ? find_gpu_build() : NULL;
  return library ? library : find_cpu_build(err);
}
