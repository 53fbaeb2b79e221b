/* Kernels: PTX handed to the driver's compiler, its functions found by name and started over a grid. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/gpu.h"
#include "gpu/internal.h"

struct df_gpu_module {
  CUmodule module;
};

/* Threads of a block: rows of a warp's width read memory in whole lines; few enough for any kernel. */
enum { BLOCK_COLUMNS = 32, BLOCK_ROWS = 8, BLOCK_RUN = 256, GRID_MOST = 65535 };

/* Where the parameters are that start a kernel: CU_LAUNCH_PARAM_... of the driver. */
#define PARAMETERS_END ((void *)0)
#define PARAMETERS_AT ((void *)1)
#define PARAMETERS_SIZE ((void *)2)

static void keep_first_line(char *log)
{
  log[strcspn(log, "\r\n")] = '\0';
}

int df_gpu_module_load(
    struct df_gpu *gpu, const char *ptx, struct df_gpu_module **ret_module, struct df_error *err)
{
  struct df_gpu_module *module = calloc(1, sizeof *module);
  if (!module)
    return df_fail(err, DF_ENOMEM, "out of memory for a module of kernels");
  int r = df_gpu_enter(gpu, err);
  if (r < 0) {
    free(module);
    return r;
  }
  char log[512] = "";
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {log, (void *)(sizeof log - 1)};
  CUresult result = gpu->driver->cuModuleLoadDataEx(&module->module, ptx, 2, options, values);
  df_gpu_leave(gpu);
  keep_first_line(log);
  r = df_driver_check(gpu->driver, result, err, "the driver does not take the kernels%s%s",
      log[0] ? ", its compiler says: " : "", log);
  if (r < 0) {
    free(module);
    return r;
  }
  *ret_module = module;
  return 0;
}

void df_gpu_module_unload(struct df_gpu *gpu, struct df_gpu_module **module)
{
  if (!*module)
    return;
  if (df_gpu_enter(gpu, NULL) == 0) {
    gpu->driver->cuModuleUnload((*module)->module);
    df_gpu_leave(gpu);
  }
  free(*module);
  *module = NULL;
}

int df_gpu_module_function(struct df_gpu *gpu, struct df_gpu_module *module, const char *name,
    df_gpu_function *ret_function, struct df_error *err)
{
  int r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  CUfunction function = NULL;
  CUresult result = gpu->driver->cuModuleGetFunction(&function, module->module, name);
  df_gpu_leave(gpu);
  r = df_driver_check(gpu->driver, result, err, "kernel %s", name);
  if (r == 0)
    *ret_function = function;
  return r;
}

static unsigned blocks(int points, int block)
{
  return ((unsigned)points + (unsigned)block - 1) / (unsigned)block;
}

int df_gpu_start(struct df_gpu *gpu, const struct df_gpu_launch *launch, df_gpu_stream stream,
    struct df_error *err)
{
  int columns = launch->rows == 1 ? BLOCK_RUN : BLOCK_COLUMNS;
  int rows = launch->rows == 1 ? 1 : BLOCK_ROWS;
  assert(launch->columns > 0 && launch->rows > 0 && launch->layers > 0 && launch->size > 0);
  assert(blocks(launch->rows, rows) <= GRID_MOST && launch->layers <= GRID_MOST);
  int r = df_gpu_enter(gpu, err);
  if (r < 0)
    return r;
  size_t size = launch->size;
  void *extra[] = {
      PARAMETERS_AT, (void *)(uintptr_t)launch->arguments, PARAMETERS_SIZE, &size, PARAMETERS_END};
  CUresult result = gpu->driver->cuLaunchKernel(launch->function, blocks(launch->columns, columns),
      blocks(launch->rows, rows), (unsigned)launch->layers, (unsigned)columns, (unsigned)rows, 1, 0,
      stream, NULL, extra);
  df_gpu_leave(gpu);
  r = df_driver_check(gpu->driver, result, err, "starting kernel %s", launch->name);
  if (r == 0)
    atomic_fetch_add(&gpu->counters.launches, 1);
  return r;
}
