/*
 * One NVIDIA GPU: its primary context, memory, streams, events, copies and kernels, through the CUDA driver
 * API, which is opened at run time (libcuda.so.1): the program is linked to nothing of NVIDIA's and starts
 * where none of it is installed.
 *
 * The context is the device's primary one, which FFmpeg (AV_CUDA_USE_PRIMARY_CONTEXT) and ONNX Runtime share,
 * so that memory of one is memory of all. Every function here makes it current for its own duration; callers
 * need not.
 *
 * Work is put in order by streams and events, never by waiting for the whole device. What the host waits for
 * (df_gpu_event_wait_host), what is copied over the bus and what is allocated is counted (struct
 * df_gpu_counters).
 *
 * All functions are thread-safe unless they say otherwise. Errors are DF_EMISSING (no driver, no such device,
 * too old), DF_ENOMEM (of the device: CUDA_ERROR_OUT_OF_MEMORY, and only that) or DF_ELIBRARY, with the
 * driver's own name, number and text in the sentence.
 */
#ifndef DF_GPU_GPU_H
#define DF_GPU_GPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct df_gpu;
typedef struct CUstream_st *df_gpu_stream; /* a CUstream; plain handle */
typedef struct CUevent_st *df_gpu_event;   /* a CUevent */
typedef struct CUfunc_st *df_gpu_function; /* a CUfunction */
struct df_gpu_module;

/** Memory of the device: a CUdeviceptr. Never dereferenced by the host. 0: none. */
typedef uint64_t df_gpu_memory;

struct df_gpu_info {
  int ordinal; /* as CUDA counts the devices it may see */
  char name[128];
  char uuid[48];    /* "GPU-..." as NVML and nvidia-smi name it */
  int major, minor; /* compute capability */
  int processors;   /* streaming multiprocessors */
  size_t memory;    /* bytes in all */
  int driver;       /* highest CUDA version that the driver serves: 1000 * major + 10 * minor */
};

/** Counted since the GPU was opened; read at any time. */
struct df_gpu_counters {
  atomic_llong bytes_up, bytes_down; /* host to device and back, of copies made here */
  atomic_llong host_waits;           /* times that the host waited for the device */
  atomic_llong allocations;          /* of device memory and of page-locked host memory */
  atomic_llong allocated;            /* bytes of device memory held now */
  atomic_llong allocated_most;
  atomic_llong launches;
};

/** The least compute capability that the kernels are made for: 7.5 (Turing). */
enum { DF_GPU_MAJOR_MIN = 7, DF_GPU_MINOR_MIN = 5 };

/** Whether a driver is installed, whatever it finds to serve; asks once one was looked for (df_gpu_count). */
bool df_gpu_has_driver(void);

/** How many GPUs there are; 0 with the reason in `err` where there is no driver or no device. */
int df_gpu_count(struct df_error *err);

/**
 * Retains the primary context of device `ordinal`. DF_EMISSING says what is missing: the driver library (and
 * what dlopen said of it), a device, a device of that number (and how many there are), or a newer one.
 */
int df_gpu_open(int ordinal, struct df_gpu **ret_gpu, struct df_error *err);
/** Releases it. All that was made from it must be gone. Accepts NULL, sets *gpu to NULL. */
void df_gpu_close(struct df_gpu **gpu);

const struct df_gpu_info *df_gpu_info(const struct df_gpu *gpu);
struct df_gpu_counters *df_gpu_counters(struct df_gpu *gpu);
/** The CUcontext, for libraries that want it; borrowed. */
void *df_gpu_context(const struct df_gpu *gpu);
/** Bytes of device memory that are free now and that there are. */
int df_gpu_memory_free(
    struct df_gpu *gpu, size_t *ret_free, size_t *ret_total, struct df_error *err);

/** Makes the context current in this thread, for code that calls a library of NVIDIA's itself, and undoes it. */
int df_gpu_enter(struct df_gpu *gpu, struct df_error *err);
void df_gpu_leave(struct df_gpu *gpu);

/** `size` > 0 bytes of device memory, 256-byte aligned, undefined content. `what` names it in an error. */
int df_gpu_allocate(struct df_gpu *gpu, size_t size, const char *what, df_gpu_memory *ret_memory,
    struct df_error *err);
/** Accepts 0, sets *memory to 0. Work that uses it must be done. */
void df_gpu_free(struct df_gpu *gpu, df_gpu_memory *memory);

/** Page-locked host memory, zeroed. */
int df_gpu_allocate_host(struct df_gpu *gpu, size_t size, void **ret_memory, struct df_error *err);
void df_gpu_free_host(struct df_gpu *gpu, void **memory);

/** A stream that does not wait for the default one. */
int df_gpu_stream_create(struct df_gpu *gpu, df_gpu_stream *ret_stream, struct df_error *err);
/** Waits for what is on it. Accepts NULL. */
void df_gpu_stream_destroy(struct df_gpu *gpu, df_gpu_stream *stream);

/** An event without timing. */
int df_gpu_event_create(struct df_gpu *gpu, df_gpu_event *ret_event, struct df_error *err);
void df_gpu_event_destroy(struct df_gpu *gpu, df_gpu_event *event);
/** `event` happens when all that is on `stream` now is done. */
int df_gpu_event_record(
    struct df_gpu *gpu, df_gpu_event event, df_gpu_stream stream, struct df_error *err);
/** What is put on `stream` from now on waits for `event`; the host does not. */
int df_gpu_stream_wait(
    struct df_gpu *gpu, df_gpu_stream stream, df_gpu_event event, struct df_error *err);
/** 1 when it has happened (or was never recorded), 0 when not yet, or an error of the work before it. */
int df_gpu_event_done(struct df_gpu *gpu, df_gpu_event event, struct df_error *err);
/** Waits, without using the processor, until it has happened; counted. */
int df_gpu_event_wait_host(struct df_gpu *gpu, df_gpu_event event, struct df_error *err);

/** One side of a copy of rows: device memory when `host` is NULL. */
struct df_gpu_rows {
  void *host;
  df_gpu_memory device;
  ptrdiff_t stride; /* bytes from a row to the next, >= the width; not negative */
};
/**
 * Copies `rows` rows of `width` bytes, in the order of `stream`. Host memory that is not page-locked makes
 * the copy synchronous. Not from host to host.
 */
int df_gpu_copy(struct df_gpu *gpu, const struct df_gpu_rows *to, const struct df_gpu_rows *from,
    size_t width, size_t rows, df_gpu_stream stream, struct df_error *err);
/** Sets `size` bytes to `value`, in the order of `stream`. */
int df_gpu_fill(struct df_gpu *gpu, df_gpu_memory memory, int value, size_t size,
    df_gpu_stream stream, struct df_error *err);

/** Loads PTX (0-terminated; gpu/kernel.h says how it is made). The driver compiles it for the device. */
int df_gpu_module_load(
    struct df_gpu *gpu, const char *ptx, struct df_gpu_module **ret_module, struct df_error *err);
void df_gpu_module_unload(struct df_gpu *gpu, struct df_gpu_module **module);
int df_gpu_module_function(struct df_gpu *gpu, struct df_gpu_module *module, const char *name,
    df_gpu_function *ret_function, struct df_error *err);

/**
 * Starts kernel `function` on `stream` over `columns` x `rows` x `layers` points (each > 0), one thread a
 * point; the kernel itself leaves out those beyond. `arguments` is its one argument struct, copied at once.
 * `name` is for errors.
 */
struct df_gpu_launch {
  const char *name;
  df_gpu_function function;
  int columns, rows, layers;
  const void *arguments;
  size_t size;
};
int df_gpu_start(struct df_gpu *gpu, const struct df_gpu_launch *launch, df_gpu_stream stream,
    struct df_error *err);

#endif
