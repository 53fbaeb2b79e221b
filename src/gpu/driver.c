#include "gpu/driver.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "gpu/gpu.h"

static const char library_name[] = "libcuda.so.1";

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct df_driver driver;
static bool is_ready;

/* NULL when all functions were found, else the name of one that was not. */
static const char *find_functions(void *library, struct df_driver *found)
{
#define FIND(name, parameters)                                                                     \
  *(void **)&found->name = dlsym(library, #name);                                                  \
  if (!found->name)                                                                                \
    return #name;
  DF_DRIVER_FUNCTIONS(FIND)
#undef FIND
  return NULL;
}

static const char *name_of(const struct df_driver *from, CUresult result)
{
  const char *name = NULL;
  if (from->cuGetErrorName(result, &name) != CUDA_SUCCESS || !name)
    return "unknown error";
  return name;
}

static const char *text_of(const struct df_driver *from, CUresult result)
{
  const char *text = NULL;
  if (from->cuGetErrorString(result, &text) != CUDA_SUCCESS || !text)
    return "no text";
  return text;
}

static int load(struct df_error *err)
{
  void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library)
    return df_fail(err, DF_EMISSING,
        "there is no NVIDIA driver (%.300s); install one, or use --device cpu", dlerror());
  struct df_driver found = {0};
  const char *missing = find_functions(library, &found);
  if (missing)
    return df_fail(err, DF_EMISSING,
        "the NVIDIA driver (%s) has no function %s; it is too old, install a newer one",
        library_name, missing);
  CUresult result = found.cuInit(0);
  if (result != CUDA_SUCCESS)
    return df_fail(err, DF_EMISSING,
        "the NVIDIA driver (%s) finds nothing to use: cuInit: %s (%d): %s", library_name,
        name_of(&found, result), (int)result, text_of(&found, result));
  driver = found;
  is_ready = true;
  return 0;
}

int df_driver_get(const struct df_driver **ret_driver, struct df_error *err)
{
  pthread_mutex_lock(&lock);
  int r = is_ready ? 0 : load(err);
  pthread_mutex_unlock(&lock);
  if (r == 0)
    *ret_driver = &driver;
  return r;
}

bool df_gpu_has_driver(void)
{
  void *library = dlopen(library_name, RTLD_NOW | RTLD_NOLOAD);
  if (library)
    dlclose(library);
  return library != NULL;
}

int df_driver_check(
    const struct df_driver *from, CUresult result, struct df_error *err, const char *format, ...)
{
  if (result == CUDA_SUCCESS)
    return 0;
  char what[300];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  return df_fail(err, (int)result == DF_CUDA_OUT_OF_MEMORY ? DF_ENOMEM : DF_ELIBRARY,
      "%s: %s (%d): %s", what, name_of(from, result), (int)result, text_of(from, result));
}
