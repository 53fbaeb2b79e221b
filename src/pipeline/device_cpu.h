/* The CPU as a device: ties the CPU implementations of vision/ and compose/ into one table. */
#ifndef DF_PIPELINE_DEVICE_CPU_H
#define DF_PIPELINE_DEVICE_CPU_H

#include "frame/device.h"

/** `threads`: bands that composing may use side by side. NULL when memory runs out. */
struct df_device *df_device_cpu_create(int threads);

/** Releases any kind of device. Accepts NULL, sets *device to NULL. */
void df_device_destroy(struct df_device **device);

#endif
