/* Modules, whose kernels are found as PTX names them and run as their host builds. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#include "gpu/kernel.h"

typedef void (*host_kernel)(const struct df_point3 *point, const void *arguments);

struct CUfunc_st {
  struct CUfunc_st *next;
  char name[96];
  host_kernel run;
  size_t size; /* of its one argument */
};

struct CUmod_st {
  char *ptx;
  struct CUfunc_st *functions; /* that were asked for */
};

struct launch {
  host_kernel run;
  unsigned int points[3]; /* of whole blocks */
  _Alignas(16) unsigned char arguments[];
};

tcuModuleLoadData cuModuleLoadData;
CUresult cuModuleLoadDataEx(CUmodule *ret_module, const void *image, unsigned int count,
    CUjit_option *options, void **values);
tcuModuleUnload cuModuleUnload;
tcuModuleGetFunction cuModuleGetFunction;
tcuLaunchKernel cuLaunchKernel;

static void write_log(
    const char *text, unsigned int count, const CUjit_option *options, void *const *values)
{
  char *log = NULL;
  size_t size = 0;
  for (unsigned int i = 0; i < count; i++) {
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER)
      log = values[i];
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
      size = (size_t)values[i];
  }
  if (log && size)
    snprintf(log, size, "%s", text);
}

static CUresult load(CUmodule *ret_module, const char *ptx)
{
  if (strncmp(ptx, ".version ", 9) != 0 || !strstr(ptx, ".target ") || !strstr(ptx, ".entry "))
    return SIM_INVALID_PTX;
  struct CUmod_st *module = calloc(1, sizeof *module);
  if (!module || !(module->ptx = strdup(ptx)))
    sim_die("out of memory");
  *ret_module = module;
  return CUDA_SUCCESS;
}

CUresult cuModuleLoadData(CUmodule *ret_module, const void *image)
{
  SIM_CALLED_IN_CONTEXT(cuModuleLoadData);
  return load(ret_module, image);
}

CUresult cuModuleLoadDataEx(CUmodule *ret_module, const void *image, unsigned int count,
    CUjit_option *options, void **values)
{
  SIM_CALLED_IN_CONTEXT(cuModuleLoadDataEx);
  CUresult result = load(ret_module, image);
  if (result != CUDA_SUCCESS)
    write_log("double application ptx input: there is no kernel\n"
              "double fatal: aborted due to errors",
        count, options, values);
  return result;
}

CUresult cuModuleUnload(CUmodule module)
{
  while (module->functions) {
    struct CUfunc_st *function = module->functions;
    module->functions = function->next;
    free(function);
  }
  free(module->ptx);
  free(module);
  return CUDA_SUCCESS;
}

/* The host build, which is linked into this library. */
static host_kernel find_host_kernel(const char *name)
{
  char symbol[128];
  snprintf(symbol, sizeof symbol, "df_host_%s", name);
  Dl_info self = {0};
  if (!dladdr((void *)(uintptr_t)&find_host_kernel, &self))
    return NULL;
  void *library = dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  host_kernel found = NULL;
  if (library) {
    *(void **)&found = dlsym(library, symbol);
    dlclose(library);
  }
  return found;
}

/* Whether the PTX has the kernel, and how large its argument is. */
static bool find_entry(const char *ptx, const char *name, size_t *ret_size)
{
  char entry[160], parameter[160];
  snprintf(entry, sizeof entry, ".entry %s(", name);
  snprintf(parameter, sizeof parameter, " %s_param_0[", name);
  const char *at = strstr(ptx, entry);
  const char *size = at ? strstr(at, parameter) : NULL;
  if (!size)
    return false;
  *ret_size = strtoul(size + strlen(parameter), NULL, 10);
  return true;
}

CUresult cuModuleGetFunction(CUfunction *ret_function, CUmodule module, const char *name)
{
  SIM_CALLED_IN_CONTEXT(cuModuleGetFunction);
  size_t size = 0;
  if (!find_entry(module->ptx, name, &size))
    return SIM_NOT_FOUND;
  host_kernel run = find_host_kernel(name);
  if (!run)
    sim_die("the host build of kernel %s is not linked into the double", name);
  struct CUfunc_st *function = calloc(1, sizeof *function);
  if (!function)
    sim_die("out of memory");
  snprintf(function->name, sizeof function->name, "%s", name);
  function->run = run;
  function->size = size;
  function->next = module->functions;
  module->functions = function;
  *ret_function = function;
  return CUDA_SUCCESS;
}

static void run_launch(void *data)
{
  const struct launch *launch = data;
  struct df_point3 point = {0};
  for (point.z = 0; point.z < (int32_t)launch->points[2]; point.z++)
    for (point.y = 0; point.y < (int32_t)launch->points[1]; point.y++)
      for (point.x = 0; point.x < (int32_t)launch->points[0]; point.x++)
        launch->run(&point, launch->arguments);
}

/* Where the argument lies, of the size that the kernel wants; NULL when it does not. */
static const void *argument_of(const struct CUfunc_st *function, void **parameters, void **extra)
{
  enum { END = 0, AT = 1, SIZE = 2 };
  if (parameters)
    return extra ? NULL : parameters[0];
  const void *at = NULL;
  size_t size = 0;
  for (; extra && (uintptr_t)extra[0] != END; extra += 2) {
    if ((uintptr_t)extra[0] == AT)
      at = extra[1];
    if ((uintptr_t)extra[0] == SIZE)
      size = *(const size_t *)extra[1];
  }
  return size == function->size ? at : NULL;
}

CUresult cuLaunchKernel(CUfunction function, unsigned int grid_x, unsigned int grid_y,
    unsigned int grid_z, unsigned int block_x, unsigned int block_y, unsigned int block_z,
    unsigned int shared, CUstream stream, void **parameters, void **extra)
{
  enum { THREADS_MOST = 1024, GRID_MOST = 65535 };
  SIM_CALLED_IN_CONTEXT(cuLaunchKernel);
  unsigned long long threads = (unsigned long long)block_x * block_y * block_z;
  const void *argument = argument_of(function, parameters, extra);
  if (!argument || shared || threads == 0 || threads > THREADS_MOST || !grid_x || !grid_y ||
      !grid_z || grid_y > GRID_MOST || grid_z > GRID_MOST)
    return SIM_INVALID_VALUE;
  size_t size = sizeof(struct launch) + function->size;
  struct launch *launch = malloc(size);
  if (!launch)
    sim_die("out of memory");
  *launch = (struct launch){function->run, {grid_x * block_x, grid_y * block_y, grid_z * block_z}};
  memcpy(launch->arguments, argument, function->size);
  CUresult result = sim_put(stream, run_launch, launch, size, false);
  free(launch);
  return result;
}
