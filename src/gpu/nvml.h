/*
 * What a GPU is doing, by NVML, which is opened at run time (libnvidia-ml.so.1) and comes with the driver.
 *
 * Every value is optional: cards and drivers differ in what they tell, and a machine may have no NVML at all.
 * It only looks; nothing here sets anything or slows the work.
 */
#ifndef DF_GPU_NVML_H
#define DF_GPU_NVML_H

#include "base/error.h"

/** One GPU as NVML sees it. */
struct df_nvml;

/** What stays the same; "" where it is not told. */
struct df_nvml_info {
  char name[96];   /* "NVIDIA H100 80GB HBM3" */
  char uuid[96];   /* "GPU-..." */
  char driver[80]; /* version, such as "580.82.07" */
};

enum { DF_NVML_UNKNOWN = -1 };

/** What changes; DF_NVML_UNKNOWN where it is not told. */
struct df_nvml_reading {
  int gpu, memory; /* percent of the time that kernels ran, and that memory was read or written */
  int decoder, encoder;   /* percent of the time that they worked */
  long long memory_used;  /* bytes, of all processes */
  long long memory_total; /* bytes */
  int temperature;        /* degrees Celsius */
  long long milliwatts;   /* drawn now */
};

/**
 * Finds a GPU by its UUID ("GPU-...", as struct df_gpu_info has it) or, where `gpu` has no "-", by its place
 * on the bus ("0000:01:00.0"). DF_EMISSING where there is no NVML or no such GPU, DF_ELIBRARY when NVML fails,
 * each with NVML's own number and text.
 */
int df_nvml_open(const char *gpu, struct df_nvml **ret_nvml, struct df_error *err);
/** Accepts NULL, sets *nvml to NULL. */
void df_nvml_close(struct df_nvml **nvml);

const struct df_nvml_info *df_nvml_info(const struct df_nvml *nvml);
/** Reads all values now: some milliseconds. Thread-safe. */
void df_nvml_read(const struct df_nvml *nvml, struct df_nvml_reading *ret_reading);

#endif
