/*
 * ONNX Runtime, opened at run time (dlopen) and never linked.
 *
 * The library is searched as: the path given, $DUALFACE_ONNXRUNTIME (a file), for a GPU
 * ../lib/dualface/gpu/ and ../deps/onnxruntime-gpu/lib/ from the folder of the executable, for all
 * ../lib/dualface/ and ../deps/onnxruntime/lib/ from there, then the system's own libraries
 * (libonnxruntime.so, libonnxruntime.so.1).
 *
 * Newer libraries collect usage data, and begin with it as they are opened. It is switched off in what we
 * make; a program that wants it never to begin sets ORT_DISABLE_TELEMETRY=1 in its environment before.
 */
#ifndef DF_VISION_RUNTIME_H
#define DF_VISION_RUNTIME_H

#include "base/error.h"

struct df_runtime;

/**
 * Opens the library. DF_EMISSING when there is none (says where it looked and how to get it), or when it
 * is older than the header the program was built with. Several runtimes in one process share it.
 */
int df_runtime_open(const char *library, struct df_runtime **ret_runtime, struct df_error *err);
/** The same for work on a GPU: takes the build that can do it where one is installed, else any. */
int df_runtime_open_for_gpu(struct df_runtime **ret_runtime, struct df_error *err);
/**
 * All sessions must be gone; the models that they shared go with it. Accepts NULL, sets *runtime to NULL. All
 * else that is done with a runtime may be done by several threads at once.
 */
void df_runtime_close(struct df_runtime **runtime);
/** Its version, "1.x.y"; borrowed. */
const char *df_runtime_version(const struct df_runtime *runtime);

#endif
