/* The driver itself, its devices and contexts. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { STACK_MOST = 32, BLOCKING_SYNC = CU_CTX_SCHED_BLOCKING_SYNC };

struct CUctx_st {
  CUdevice device;
  unsigned int flags;
  int references;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_initialised;
static struct CUctx_st primaries[SIM_DEVICES_MOST];
static __thread struct {
  CUcontext contexts[STACK_MOST];
  int depth;
} stack;

tcuInit cuInit;
CUresult cuDriverGetVersion(int *ret_version);
tcuGetErrorName cuGetErrorName;
tcuGetErrorString cuGetErrorString;
tcuDeviceGetCount cuDeviceGetCount;
tcuDeviceGet cuDeviceGet;
tcuDeviceGetName cuDeviceGetName;
tcuDeviceGetUuid cuDeviceGetUuid;
tcuDeviceGetUuid cuDeviceGetUuid_v2;
tcuDeviceGetAttribute cuDeviceGetAttribute;
tcuDeviceComputeCapability cuDeviceComputeCapability;
CUresult cuDeviceTotalMem_v2(size_t *ret_size, CUdevice device);
CUresult cuDeviceGetPCIBusId(char *ret_id, int size, CUdevice device);
tcuDevicePrimaryCtxRetain cuDevicePrimaryCtxRetain;
tcuDevicePrimaryCtxRelease cuDevicePrimaryCtxRelease;
tcuDevicePrimaryCtxRelease cuDevicePrimaryCtxRelease_v2;
tcuDevicePrimaryCtxSetFlags cuDevicePrimaryCtxSetFlags;
tcuDevicePrimaryCtxSetFlags cuDevicePrimaryCtxSetFlags_v2;
tcuDevicePrimaryCtxGetState cuDevicePrimaryCtxGetState;
tcuCtxCreate_v2 cuCtxCreate_v2;
tcuCtxDestroy_v2 cuCtxDestroy_v2;
tcuCtxPushCurrent_v2 cuCtxPushCurrent_v2;
tcuCtxPopCurrent_v2 cuCtxPopCurrent_v2;
tcuCtxGetDevice cuCtxGetDevice;
tcuCtxSetLimit cuCtxSetLimit;
CUresult cuCtxGetCurrent(CUcontext *ret_context);
CUresult cuCtxSetCurrent(CUcontext context);

static const struct {
  int code;
  const char *name, *text;
} errors[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU",
        "no kernel image is available for execution on the device"},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
        "the provided PTX was compiled with an unsupported toolchain."},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
        "system has unsupported display driver / cuda driver combination"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

static CUresult find_error(CUresult code, size_t *ret_index)
{
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
    if (errors[i].code == (int)code) {
      *ret_index = i;
      return CUDA_SUCCESS;
    }
  return SIM_INVALID_VALUE;
}

CUresult cuGetErrorName(CUresult code, const char **ret_name)
{
  size_t i = 0;
  CUresult result = find_error(code, &i);
  *ret_name = result == CUDA_SUCCESS ? errors[i].name : NULL;
  return result;
}

CUresult cuGetErrorString(CUresult code, const char **ret_text)
{
  size_t i = 0;
  CUresult result = find_error(code, &i);
  *ret_text = result == CUDA_SUCCESS ? errors[i].text : NULL;
  return result;
}

CUresult cuInit(unsigned int flags)
{
  (void)flags;
  SIM_CALLED(cuInit);
  if (sim_settings()->devices == 0)
    return SIM_NO_DEVICE;
  pthread_mutex_lock(&lock);
  is_initialised = true;
  pthread_mutex_unlock(&lock);
  return CUDA_SUCCESS;
}

CUresult cuDriverGetVersion(int *ret_version)
{
  *ret_version = sim_settings()->driver;
  return CUDA_SUCCESS;
}

/* CUDA_SUCCESS where the driver is ready and there is such a device. */
static CUresult check_device(CUdevice device)
{
  pthread_mutex_lock(&lock);
  bool is_ready = is_initialised;
  pthread_mutex_unlock(&lock);
  if (!is_ready)
    return SIM_NOT_INITIALIZED;
  return device >= 0 && device < sim_settings()->devices ? CUDA_SUCCESS : SIM_INVALID_DEVICE;
}

CUresult cuDeviceGetCount(int *ret_count)
{
  SIM_CALLED(cuDeviceGetCount);
  *ret_count = sim_settings()->devices;
  return *ret_count ? check_device(0) : CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice *ret_device, int ordinal)
{
  SIM_CALLED(cuDeviceGet);
  *ret_device = ordinal;
  return check_device(ordinal);
}

CUresult cuDeviceGetName(char *ret_name, int size, CUdevice device)
{
  SIM_CALLED(cuDeviceGetName);
  snprintf(ret_name, (size_t)size, "dualface double");
  return check_device(device);
}

/* The double of NVML names its devices so too. */
CUresult cuDeviceGetUuid(CUuuid *ret_uuid, CUdevice device)
{
  SIM_CALLED(cuDeviceGetUuid);
  memcpy(ret_uuid->bytes, "dualface-double", sizeof ret_uuid->bytes - 1);
  ret_uuid->bytes[sizeof ret_uuid->bytes - 1] = (char)device;
  return check_device(device);
}

CUresult cuDeviceGetUuid_v2(CUuuid *ret_uuid, CUdevice device)
{
  return cuDeviceGetUuid(ret_uuid, device);
}

CUresult cuDeviceGetPCIBusId(char *ret_id, int size, CUdevice device)
{
  SIM_CALLED(cuDeviceGetPCIBusId);
  snprintf(ret_id, (size_t)size, "0000:%02X:00.0", (unsigned int)device + 1);
  return check_device(device);
}

CUresult cuDeviceTotalMem_v2(size_t *ret_size, CUdevice device)
{
  SIM_CALLED(cuDeviceTotalMem_v2);
  *ret_size = sim_settings()->memory;
  return check_device(device);
}

static int attribute(int which, CUdevice device)
{
  switch (which) {
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
    return sim_settings()->major;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
    return sim_settings()->minor;
  case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
    return 2;
  case CU_DEVICE_ATTRIBUTE_CLOCK_RATE:
    return 1000000;
  case CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT:
    return 512;
  case CU_DEVICE_ATTRIBUTE_PCI_BUS_ID:
    return device + 1;
  case CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY:
  case CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS:
  case CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT:
  case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
    return 1;
  default:
    return 0;
  }
}

CUresult cuDeviceGetAttribute(int *ret_value, CUdevice_attribute which, CUdevice device)
{
  SIM_CALLED(cuDeviceGetAttribute);
  *ret_value = attribute((int)which, device);
  return check_device(device);
}

CUresult cuDeviceComputeCapability(int *ret_major, int *ret_minor, CUdevice device)
{
  SIM_CALLED(cuDeviceComputeCapability);
  *ret_major = sim_settings()->major;
  *ret_minor = sim_settings()->minor;
  return check_device(device);
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *ret_context, CUdevice device)
{
  SIM_CALLED(cuDevicePrimaryCtxRetain);
  CUresult result = check_device(device);
  if (result != CUDA_SUCCESS)
    return result;
  pthread_mutex_lock(&lock);
  primaries[device].device = device;
  primaries[device].references++;
  pthread_mutex_unlock(&lock);
  *ret_context = &primaries[device];
  return CUDA_SUCCESS;
}

/* Whether the last reference of all contexts of all devices is gone; call locked. */
static bool nothing_lives(void)
{
  for (int i = 0; i < SIM_DEVICES_MOST; i++)
    if (primaries[i].references > 0)
      return false;
  return true;
}

/* The last one takes with it all memory of the device, as the driver does. */
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device)
{
  if (device < 0 || device >= SIM_DEVICES_MOST)
    return SIM_INVALID_DEVICE;
  pthread_mutex_lock(&lock);
  bool was_held = primaries[device].references > 0;
  primaries[device].references -= was_held;
  bool was_last = was_held && nothing_lives();
  pthread_mutex_unlock(&lock);
  if (was_last) {
    sim_wait_for_all();
    sim_free_all();
    sim_end_default_stream();
  }
  return was_held ? CUDA_SUCCESS : SIM_INVALID_CONTEXT;
}

CUresult cuDevicePrimaryCtxRelease(CUdevice device)
{
  return cuDevicePrimaryCtxRelease_v2(device);
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned int flags)
{
  SIM_CALLED(cuDevicePrimaryCtxSetFlags_v2);
  CUresult result = check_device(device);
  if (result != CUDA_SUCCESS)
    return result;
  pthread_mutex_lock(&lock);
  primaries[device].flags = flags;
  pthread_mutex_unlock(&lock);
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxSetFlags(CUdevice device, unsigned int flags)
{
  return cuDevicePrimaryCtxSetFlags_v2(device, flags);
}

CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned int *ret_flags, int *ret_active)
{
  SIM_CALLED(cuDevicePrimaryCtxGetState);
  CUresult result = check_device(device);
  if (result != CUDA_SUCCESS)
    return result;
  pthread_mutex_lock(&lock);
  *ret_flags = primaries[device].flags;
  *ret_active = primaries[device].references > 0;
  pthread_mutex_unlock(&lock);
  return CUDA_SUCCESS;
}

/* Contexts besides the primary one share all with it here. */
CUresult cuCtxCreate_v2(CUcontext *ret_context, unsigned int flags, CUdevice device)
{
  (void)flags;
  SIM_CALLED(cuCtxCreate_v2);
  CUresult result = cuDevicePrimaryCtxRetain(ret_context, device);
  return result == CUDA_SUCCESS ? cuCtxPushCurrent_v2(*ret_context) : result;
}

CUresult cuCtxDestroy_v2(CUcontext context)
{
  if (stack.depth && stack.contexts[stack.depth - 1] == context)
    stack.depth--;
  return cuDevicePrimaryCtxRelease_v2(context->device);
}

static bool is_alive(CUcontext context)
{
  pthread_mutex_lock(&lock);
  bool alive = context && context->references > 0;
  pthread_mutex_unlock(&lock);
  return alive;
}

bool sim_has_context(void)
{
  return stack.depth > 0 && is_alive(stack.contexts[stack.depth - 1]);
}

CUresult cuCtxPushCurrent_v2(CUcontext context)
{
  if (!is_alive(context))
    return SIM_INVALID_CONTEXT;
  if (stack.depth == STACK_MOST)
    sim_die("a thread pushed %d contexts and popped none", STACK_MOST);
  stack.contexts[stack.depth++] = context;
  return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent_v2(CUcontext *ret_context)
{
  if (!stack.depth)
    return SIM_INVALID_CONTEXT;
  CUcontext top = stack.contexts[--stack.depth];
  if (ret_context)
    *ret_context = top;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetCurrent(CUcontext *ret_context)
{
  *ret_context = stack.depth ? stack.contexts[stack.depth - 1] : NULL;
  return CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(CUcontext context)
{
  stack.depth -= stack.depth > 0;
  return context ? cuCtxPushCurrent_v2(context) : CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice *ret_device)
{
  SIM_CALLED_IN_CONTEXT(cuCtxGetDevice);
  *ret_device = stack.contexts[stack.depth - 1]->device;
  return CUDA_SUCCESS;
}

CUresult cuCtxSetLimit(CUlimit limit, size_t value)
{
  (void)limit;
  (void)value;
  SIM_CALLED_IN_CONTEXT(cuCtxSetLimit);
  return CUDA_SUCCESS;
}
