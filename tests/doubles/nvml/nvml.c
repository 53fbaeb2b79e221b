/*
 * A double of libnvidia-ml.so.1 for tests, with the devices of libcuda's double.
 *
 * DUALFACE_DOUBLE_NVML changes what it says, read at each nvmlInit: values by name (gpu=50,memory=20,decoder=80,
 * encoder=30,used=BYTES,total=BYTES,temperature=60,power=MILLIWATTS), absent=NAME for one that is not supported
 * (any of these, or name, uuid, driver), init=CODE for an nvmlInit that fails. Settings are parted by commas.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, DRIVER_NOT_LOADED = 9 };
enum { DEVICES = 4 };

typedef struct nvmlDevice_st {
  int number;
} * nvml_device;

static struct nvmlDevice_st devices[DEVICES] = {{0}, {1}, {2}, {3}};

static char settings[512];

/* The value of `name=` in the settings, or `otherwise`. */
static unsigned long long value_of(const char *name, unsigned long long otherwise)
{
  size_t length = strlen(name);
  for (const char *at = settings; at; at = strchr(at, ',')) {
    at += *at == ',';
    if (strncmp(at, name, length) == 0 && at[length] == '=')
      return strtoull(at + length + 1, NULL, 10);
  }
  return otherwise;
}

static bool is_absent(const char *name)
{
  char item[64];
  int length = snprintf(item, sizeof item, "absent=%s", name);
  const char *at = strstr(settings, item);
  return at && (at[length] == ',' || at[length] == '\0');
}

static int tell(const char *name, unsigned long long otherwise, unsigned long long *ret_value)
{
  if (is_absent(name))
    return NOT_SUPPORTED;
  *ret_value = value_of(name, otherwise);
  return SUCCESS;
}

static int tell_narrow(const char *name, unsigned int otherwise, unsigned int *ret_value)
{
  unsigned long long value = 0;
  int r = tell(name, otherwise, &value);
  if (r == SUCCESS)
    *ret_value = (unsigned int)value;
  return r;
}

static int tell_text(const char *name, const char *text, char *ret_text, unsigned int size)
{
  if (is_absent(name))
    return NOT_SUPPORTED;
  snprintf(ret_text, size, "%s", text);
  return SUCCESS;
}

/* As libcuda's double has it. */
static void write_uuid(int number, char *to, size_t size)
{
  const char *bytes = "dualface-double";
  int length = snprintf(to, size, "GPU-");
  for (int i = 0; i < 16; i++)
    length += snprintf(to + length, size - (size_t)length, "%s%02x",
        i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
        i < 15 ? (unsigned int)(unsigned char)bytes[i] : (unsigned int)number);
}

int nvmlInit_v2(void);
int nvmlShutdown(void);
const char *nvmlErrorString(int result);
int nvmlSystemGetDriverVersion(char *ret_version, unsigned int size);
int nvmlDeviceGetHandleByUUID(const char *uuid, nvml_device *ret_device);
int nvmlDeviceGetHandleByPciBusId_v2(const char *id, nvml_device *ret_device);
int nvmlDeviceGetName(nvml_device device, char *ret_name, unsigned int size);
int nvmlDeviceGetUUID(nvml_device device, char *ret_uuid, unsigned int size);
int nvmlDeviceGetUtilizationRates(nvml_device device, unsigned int ret_rates[2]);
int nvmlDeviceGetDecoderUtilization(
    nvml_device device, unsigned int *ret_percent, unsigned int *ret_period);
int nvmlDeviceGetEncoderUtilization(
    nvml_device device, unsigned int *ret_percent, unsigned int *ret_period);
int nvmlDeviceGetMemoryInfo(nvml_device device, unsigned long long ret_memory[3]);
int nvmlDeviceGetTemperature(nvml_device device, int sensor, unsigned int *ret_temperature);
int nvmlDeviceGetPowerUsage(nvml_device device, unsigned int *ret_milliwatts);

int nvmlInit_v2(void)
{
  const char *text = getenv("DUALFACE_DOUBLE_NVML");
  snprintf(settings, sizeof settings, "%s", text ? text : "");
  return (int)value_of("init", SUCCESS);
}

int nvmlShutdown(void)
{
  return SUCCESS;
}

const char *nvmlErrorString(int result)
{
  switch (result) {
  case SUCCESS:
    return "The operation was successful";
  case NOT_SUPPORTED:
    return "Not Supported";
  case NOT_FOUND:
    return "Not Found";
  case DRIVER_NOT_LOADED:
    return "Driver Not Loaded";
  default:
    return "Unknown Error";
  }
}

int nvmlSystemGetDriverVersion(char *ret_version, unsigned int size)
{
  return tell_text("driver", "580.00.00", ret_version, size);
}

int nvmlDeviceGetHandleByUUID(const char *uuid, nvml_device *ret_device)
{
  for (int i = 0; i < DEVICES; i++) {
    char ours[64];
    write_uuid(i, ours, sizeof ours);
    if (strcmp(ours, uuid) == 0) {
      *ret_device = &devices[i];
      return SUCCESS;
    }
  }
  return NOT_FOUND;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char *id, nvml_device *ret_device)
{
  unsigned int domain = 0, bus = 0;
  if (sscanf(id, "%x:%x:00.0", &domain, &bus) != 2 || domain != 0 || bus < 1 || bus > DEVICES)
    return NOT_FOUND;
  *ret_device = &devices[bus - 1];
  return SUCCESS;
}

int nvmlDeviceGetName(nvml_device device, char *ret_name, unsigned int size)
{
  (void)device;
  return tell_text("name", "dualface double", ret_name, size);
}

int nvmlDeviceGetUUID(nvml_device device, char *ret_uuid, unsigned int size)
{
  char uuid[64];
  write_uuid(device->number, uuid, sizeof uuid);
  return tell_text("uuid", uuid, ret_uuid, size);
}

int nvmlDeviceGetUtilizationRates(nvml_device device, unsigned int ret_rates[2])
{
  (void)device;
  int r = tell_narrow("gpu", 83, &ret_rates[0]);
  return r == SUCCESS ? tell_narrow("memory", 41, &ret_rates[1]) : r;
}

int nvmlDeviceGetDecoderUtilization(
    nvml_device device, unsigned int *ret_percent, unsigned int *ret_period)
{
  (void)device;
  *ret_period = 200000;
  return tell_narrow("decoder", 97, ret_percent);
}

int nvmlDeviceGetEncoderUtilization(
    nvml_device device, unsigned int *ret_percent, unsigned int *ret_period)
{
  (void)device;
  *ret_period = 200000;
  return tell_narrow("encoder", 12, ret_percent);
}

int nvmlDeviceGetMemoryInfo(nvml_device device, unsigned long long ret_memory[3])
{
  (void)device;
  int r = tell("total", 2ull << 30, &ret_memory[0]);
  if (r == SUCCESS)
    r = tell("used", 512ull << 20, &ret_memory[2]);
  if (r == SUCCESS)
    ret_memory[1] = ret_memory[0] - ret_memory[2];
  return r;
}

int nvmlDeviceGetTemperature(nvml_device device, int sensor, unsigned int *ret_temperature)
{
  (void)device;
  return sensor == 0 ? tell_narrow("temperature", 47, ret_temperature) : INVALID_ARGUMENT;
}

int nvmlDeviceGetPowerUsage(nvml_device device, unsigned int *ret_milliwatts)
{
  (void)device;
  return tell_narrow("power", 215300, ret_milliwatts);
}
