/*
 * A double of libcuda.so.1 for tests: the driver API as dualface, FFmpeg and nv-codec-headers' loader call it,
 * on a machine without a card.
 *
 * Device memory is host memory with guard bytes around it. Every stream that does not block has a thread of
 * its own, so that work which nothing puts in order really runs in none; blocking streams and the default one
 * share a thread (an order that the driver permits). Kernels are their host builds, called for every point of
 * whole blocks. What the driver would leave undefined (memory freed while work uses it, bytes written beyond)
 * ends the process with a sentence on stderr.
 *
 * DUALFACE_DOUBLE_CUDA sets it up, read at the first call; sim_configure does so again:
 *   memory=256M        of each device (default 2G; K, M and G are powers of 1024)
 *   capability=9.0     compute capability
 *   devices=1          how many; 0 to 4
 *   driver=13000       the CUDA version served
 *   delay=200          microseconds that each piece of work takes at least
 *   fail=cuMemAlloc_v2@3       the third call from here on fails, with the code that such a call fails with,
 *   fail=cuLaunchKernel@3+:719 or with this one, and with a + so do all after it
 *   fail=work@20:700           the twentieth piece of work that a stream carries out fails
 * Settings are parted by commas; `fail` may be given several times. Codes that lose the context for the driver
 * (700, 702, 714 to 719) do so here: all but what gives back then returns them, until the next configuration.
 */
#ifndef DF_TESTS_SIM_H
#define DF_TESTS_SIM_H

#include <ffnvcodec/dynlink_cuda.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The codes that the types' header does not name. */
#define SIM_INVALID_VALUE ((CUresult)1)
#define SIM_OUT_OF_MEMORY ((CUresult)2)
#define SIM_NOT_INITIALIZED ((CUresult)3)
#define SIM_NO_DEVICE ((CUresult)100)
#define SIM_INVALID_DEVICE ((CUresult)101)
#define SIM_INVALID_CONTEXT ((CUresult)201)
#define SIM_INVALID_PTX ((CUresult)218)
#define SIM_INVALID_HANDLE ((CUresult)400)
#define SIM_NOT_FOUND ((CUresult)500)
#define SIM_ILLEGAL_ADDRESS ((CUresult)700)
#define SIM_LAUNCH_FAILED ((CUresult)719)
#define SIM_NOT_SUPPORTED ((CUresult)801)

enum { SIM_DEVICES_MOST = 4 };

struct sim_settings {
  size_t memory;
  int major, minor, devices, driver, delay;
};

/* settings.c */

const struct sim_settings *sim_settings(void);
/** Exported for tests: sets up anew, as the environment variable does; NULL or "" for the defaults. */
void sim_configure(const char *settings);
/** Counts a call of `name` and says what it is to return when it is to fail, else CUDA_SUCCESS. */
CUresult sim_called(const char *name);
/** What lost the context, else CUDA_SUCCESS. */
CUresult sim_lost(void);
/** Ends the process with a sentence; for what would be undefined. */
_Noreturn void sim_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What each function that uses the device begins with. */
#define SIM_CALLED(name)                                                                           \
  do {                                                                                             \
    CUresult planned = sim_called(#name);                                                          \
    if (planned != CUDA_SUCCESS)                                                                   \
      return planned;                                                                              \
  } while (0)
/* And where a context must be current. */
#define SIM_CALLED_IN_CONTEXT(name)                                                                \
  do {                                                                                             \
    SIM_CALLED(name);                                                                              \
    if (!sim_has_context())                                                                        \
      return SIM_INVALID_CONTEXT;                                                                  \
  } while (0)

/* device.c */

/** Whether a live context is current in this thread. */
bool sim_has_context(void);

/* memory.c */

enum sim_place { SIM_NOWHERE, SIM_DEVICE, SIM_PINNED };
/** Where `size` bytes at `address` lie: in what was allocated here, all of them, or nowhere. */
enum sim_place sim_place(const void *address, size_t size);
/** Frees all device memory that is still held, and says how many pieces there were. */
size_t sim_free_all(void);
/** Exported for tests: pieces of device memory and of page-locked memory held, and streams and events. */
size_t sim_held(void);

/* stream.c */

/**
 * Puts work on `stream`: `run` is called with a copy of `size` bytes of `data`. With `wait` returns when it
 * is done.
 */
CUresult sim_put(
    CUstream stream, void (*run)(void *data), const void *data, size_t size, bool wait);
void sim_wait_for_all(void);
/** Ends the thread of the default stream. */
void sim_end_default_stream(void);
/** Streams and events that there are. */
size_t sim_streams_held(void);

#endif
