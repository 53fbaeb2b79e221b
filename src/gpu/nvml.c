#include "gpu/nvml.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* NVML's types, as its binary interface has them. */
typedef struct nvmlDevice_st *nvml_device;
typedef int nvml_result; /* 0: success */

struct nvml_utilization {
  unsigned int gpu, memory;
};

struct nvml_memory {
  unsigned long long total, free, used;
};

enum { NVML_OF_GPU = 0 }; /* the sensor on the chip itself */

/* Without these there is no knowing any GPU. */
#define NEEDED(X)                                                                                  \
  X(nvmlInit_v2, (void))                                                                           \
  X(nvmlShutdown, (void))                                                                          \
  X(nvmlDeviceGetHandleByUUID, (const char *, nvml_device *))                                      \
  X(nvmlDeviceGetHandleByPciBusId_v2, (const char *, nvml_device *))

#define OPTIONAL(X)                                                                                \
  X(nvmlSystemGetDriverVersion, (char *, unsigned int))                                            \
  X(nvmlDeviceGetName, (nvml_device, char *, unsigned int))                                        \
  X(nvmlDeviceGetUUID, (nvml_device, char *, unsigned int))                                        \
  X(nvmlDeviceGetUtilizationRates, (nvml_device, struct nvml_utilization *))                       \
  X(nvmlDeviceGetDecoderUtilization, (nvml_device, unsigned int *, unsigned int *))                \
  X(nvmlDeviceGetEncoderUtilization, (nvml_device, unsigned int *, unsigned int *))                \
  X(nvmlDeviceGetMemoryInfo, (nvml_device, struct nvml_memory *))                                  \
  X(nvmlDeviceGetTemperature, (nvml_device, int, unsigned int *))                                  \
  X(nvmlDeviceGetPowerUsage, (nvml_device, unsigned int *))

struct df_nvml {
#define MEMBER(name, parameters) nvml_result(*name) parameters;
  NEEDED(MEMBER)
  OPTIONAL(MEMBER)
#undef MEMBER
  const char *(*nvmlErrorString)(nvml_result);
  bool is_initialised;
  nvml_device device;
  struct df_nvml_info info;
};

static const char library_name[] = "libnvidia-ml.so.1";

/* NULL when all that are needed were found, else the name of one that was not. */
static const char *find_functions(void *library, struct df_nvml *nvml)
{
#define FIND(name, parameters) *(void **)&nvml->name = dlsym(library, #name);
  NEEDED(FIND)
  OPTIONAL(FIND)
#undef FIND
  *(void **)&nvml->nvmlErrorString = dlsym(library, "nvmlErrorString");
#define EXPECT(name, parameters)                                                                   \
  if (!nvml->name)                                                                                 \
    return #name;
  NEEDED(EXPECT)
#undef EXPECT
  return NULL;
}

/* The library stays open, as the driver does; NVML counts its users itself. */
static bool load(struct df_nvml *nvml, struct df_error *err)
{
  void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) {
    df_fail(
        err, DF_EMISSING, "there is no NVML (%.300s); it comes with NVIDIA's driver", dlerror());
    return false;
  }
  const char *missing = find_functions(library, nvml);
  if (missing)
    df_fail(err, DF_EMISSING, "%s has no function %s; the driver is too old, install a newer one",
        library_name, missing);
  return !missing;
}

static const char *text_of(const struct df_nvml *nvml, nvml_result result)
{
  const char *text = nvml->nvmlErrorString ? nvml->nvmlErrorString(result) : NULL;
  return text ? text : "no text";
}

static int initialise(struct df_nvml *nvml, struct df_error *err)
{
  nvml_result result = nvml->nvmlInit_v2();
  nvml->is_initialised = result == 0;
  if (!nvml->is_initialised)
    return df_fail(err, DF_ELIBRARY, "NVML (%s) does not start: nvmlInit: %d: %s", library_name,
        result, text_of(nvml, result));
  return 0;
}

static int find_device(struct df_nvml *nvml, const char *gpu, struct df_error *err)
{
  nvml_result result = strchr(gpu, '-')
                           ? nvml->nvmlDeviceGetHandleByUUID(gpu, &nvml->device)
                           : nvml->nvmlDeviceGetHandleByPciBusId_v2(gpu, &nvml->device);
  if (result != 0)
    return df_fail(
        err, DF_EMISSING, "NVML knows no GPU %s: %d: %s", gpu, result, text_of(nvml, result));
  return 0;
}

static void read_info(struct df_nvml *nvml)
{
  struct df_nvml_info *info = &nvml->info;
  if (!nvml->nvmlDeviceGetName ||
      nvml->nvmlDeviceGetName(nvml->device, info->name, sizeof info->name) != 0)
    info->name[0] = '\0';
  if (!nvml->nvmlDeviceGetUUID ||
      nvml->nvmlDeviceGetUUID(nvml->device, info->uuid, sizeof info->uuid) != 0)
    info->uuid[0] = '\0';
  if (!nvml->nvmlSystemGetDriverVersion ||
      nvml->nvmlSystemGetDriverVersion(info->driver, sizeof info->driver) != 0)
    info->driver[0] = '\0';
}

int df_nvml_open(const char *gpu, struct df_nvml **ret_nvml, struct df_error *err)
{
  struct df_nvml *nvml = calloc(1, sizeof *nvml);
  if (!nvml)
    return df_fail(err, DF_ENOMEM, "out of memory for NVML");
  int r = load(nvml, err) ? initialise(nvml, err) : DF_EMISSING;
  if (r == 0)
    r = find_device(nvml, gpu, err);
  if (r < 0) {
    df_nvml_close(&nvml);
    return r;
  }
  read_info(nvml);
  *ret_nvml = nvml;
  return 0;
}

void df_nvml_close(struct df_nvml **nvml)
{
  if (!*nvml)
    return;
  if ((*nvml)->is_initialised)
    (*nvml)->nvmlShutdown();
  free(*nvml);
  *nvml = NULL;
}

const struct df_nvml_info *df_nvml_info(const struct df_nvml *nvml)
{
  return &nvml->info;
}

static int engine_use(
    nvml_result (*read)(nvml_device, unsigned int *, unsigned int *), nvml_device device)
{
  unsigned int percent = 0, period = 0;
  return read && read(device, &percent, &period) == 0 ? (int)percent : DF_NVML_UNKNOWN;
}

void df_nvml_read(const struct df_nvml *nvml, struct df_nvml_reading *ret_reading)
{
  struct nvml_utilization use = {0};
  struct nvml_memory memory = {0};
  unsigned int temperature = 0, milliwatts = 0;
  nvml_device device = nvml->device;
  bool knows_use =
      nvml->nvmlDeviceGetUtilizationRates && nvml->nvmlDeviceGetUtilizationRates(device, &use) == 0;
  bool knows_memory =
      nvml->nvmlDeviceGetMemoryInfo && nvml->nvmlDeviceGetMemoryInfo(device, &memory) == 0;
  bool knows_temperature = nvml->nvmlDeviceGetTemperature &&
                           nvml->nvmlDeviceGetTemperature(device, NVML_OF_GPU, &temperature) == 0;
  bool knows_power =
      nvml->nvmlDeviceGetPowerUsage && nvml->nvmlDeviceGetPowerUsage(device, &milliwatts) == 0;
  *ret_reading = (struct df_nvml_reading){
      .gpu = knows_use ? (int)use.gpu : DF_NVML_UNKNOWN,
      .memory = knows_use ? (int)use.memory : DF_NVML_UNKNOWN,
      .decoder = engine_use(nvml->nvmlDeviceGetDecoderUtilization, device),
      .encoder = engine_use(nvml->nvmlDeviceGetEncoderUtilization, device),
      .memory_used = knows_memory ? (long long)memory.used : DF_NVML_UNKNOWN,
      .memory_total = knows_memory ? (long long)memory.total : DF_NVML_UNKNOWN,
      .temperature = knows_temperature ? (int)temperature : DF_NVML_UNKNOWN,
      .milliwatts = knows_power ? (long long)milliwatts : DF_NVML_UNKNOWN,
  };
}
