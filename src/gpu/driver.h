/*
 * The functions of libcuda.so.1, found at run time. Only src/gpu includes this; others see gpu.h.
 *
 * The library is opened once for the process and stays: FFmpeg and ONNX Runtime open the same one, and its
 * threads do not survive being unloaded. The driver exports functions whose first form was too narrow under
 * a name with _v2; the names here are the exported ones.
 */
#ifndef DF_GPU_DRIVER_H
#define DF_GPU_DRIVER_H

/* The types, CUDA_VERSION among them; it stands for cuda.h, which is not needed. */
#include <ffnvcodec/dynlink_cuda.h>
#include <stddef.h>

#include "base/error.h"

/* What the types' header does not name. */
enum {
  DF_CUDA_OUT_OF_MEMORY = 2,
  DF_CUDA_NO_DEVICE = 100,
  DF_CUDA_PRIMARY_CONTEXT_ACTIVE = 708,
};

/* name, parameters; all return a CUresult. */
#define DF_DRIVER_FUNCTIONS(X)                                                                     \
  X(cuGetErrorName, (CUresult, const char **))                                                     \
  X(cuGetErrorString, (CUresult, const char **))                                                   \
  X(cuInit, (unsigned int))                                                                        \
  X(cuDriverGetVersion, (int *))                                                                   \
  X(cuDeviceGetCount, (int *))                                                                     \
  X(cuDeviceGet, (CUdevice *, int))                                                                \
  X(cuDeviceGetName, (char *, int, CUdevice))                                                      \
  X(cuDeviceGetUuid, (CUuuid *, CUdevice))                                                         \
  X(cuDeviceGetAttribute, (int *, CUdevice_attribute, CUdevice))                                   \
  X(cuDeviceTotalMem_v2, (size_t *, CUdevice))                                                     \
  X(cuDevicePrimaryCtxRetain, (CUcontext *, CUdevice))                                             \
  X(cuDevicePrimaryCtxRelease_v2, (CUdevice))                                                      \
  X(cuDevicePrimaryCtxSetFlags_v2, (CUdevice, unsigned int))                                       \
  X(cuCtxPushCurrent_v2, (CUcontext))                                                              \
  X(cuCtxPopCurrent_v2, (CUcontext *))                                                             \
  X(cuMemGetInfo_v2, (size_t *, size_t *))                                                         \
  X(cuMemAlloc_v2, (CUdeviceptr *, size_t))                                                        \
  X(cuMemFree_v2, (CUdeviceptr))                                                                   \
  X(cuMemHostAlloc, (void **, size_t, unsigned int))                                               \
  X(cuMemFreeHost, (void *))                                                                       \
  X(cuMemcpyHtoDAsync_v2, (CUdeviceptr, const void *, size_t, CUstream))                           \
  X(cuMemcpyDtoHAsync_v2, (void *, CUdeviceptr, size_t, CUstream))                                 \
  X(cuMemcpyDtoDAsync_v2, (CUdeviceptr, CUdeviceptr, size_t, CUstream))                            \
  X(cuMemcpy2DAsync_v2, (const CUDA_MEMCPY2D *, CUstream))                                         \
  X(cuMemsetD8Async, (CUdeviceptr, unsigned char, size_t, CUstream))                               \
  X(cuStreamCreate, (CUstream *, unsigned int))                                                    \
  X(cuStreamSynchronize, (CUstream))                                                               \
  X(cuStreamDestroy_v2, (CUstream))                                                                \
  X(cuStreamWaitEvent, (CUstream, CUevent, unsigned int))                                          \
  X(cuEventCreate, (CUevent *, unsigned int))                                                      \
  X(cuEventRecord, (CUevent, CUstream))                                                            \
  X(cuEventQuery, (CUevent))                                                                       \
  X(cuEventSynchronize, (CUevent))                                                                 \
  X(cuEventDestroy_v2, (CUevent))                                                                  \
  X(cuModuleLoadDataEx, (CUmodule *, const void *, unsigned int, CUjit_option *, void **))         \
  X(cuModuleUnload, (CUmodule))                                                                    \
  X(cuModuleGetFunction, (CUfunction *, CUmodule, const char *))                                   \
  X(cuLaunchKernel, (CUfunction, unsigned int, unsigned int, unsigned int, unsigned int,           \
                        unsigned int, unsigned int, unsigned int, CUstream, void **, void **))

struct df_driver {
#define DF_DRIVER_MEMBER(name, parameters) CUresult(*name) parameters;
  DF_DRIVER_FUNCTIONS(DF_DRIVER_MEMBER)
#undef DF_DRIVER_MEMBER
};

/**
 * Opens the library and initialises it, once; later calls give the same. DF_EMISSING says what is missing.
 * Thread-safe.
 */
int df_driver_get(const struct df_driver **ret_driver, struct df_error *err);

/**
 * 0 for CUDA_SUCCESS; otherwise DF_ENOMEM for CUDA_ERROR_OUT_OF_MEMORY and DF_ELIBRARY for all else, with
 * the sentence "WHAT: NAME (NUMBER): TEXT", WHAT formatted.
 */
int df_driver_check(const struct df_driver *driver, CUresult result, struct df_error *err,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
