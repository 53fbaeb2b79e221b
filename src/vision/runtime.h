/*
 * ONNX Runtime, opened at run time (dlopen) and never linked, and sessions of one model each.
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

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct df_runtime;
struct df_session;

/**
 * Opens the library. DF_EMISSING when there is none (says where it looked and how to get it), or when it
 * is older than the header the program was built with. Several runtimes in one process share it.
 */
int df_runtime_open(const char *library, struct df_runtime **ret_runtime, struct df_error *err);
/** All sessions must be gone. Accepts NULL, sets *runtime to NULL. */
void df_runtime_close(struct df_runtime **runtime);
/** Its version, "1.x.y"; borrowed. */
const char *df_runtime_version(const struct df_runtime *runtime);

/** A float tensor: shape and values, row-major. */
struct df_tensor {
  int64_t shape[4];
  int rank;
  const float *data;
};

enum { DF_SESSION_OUTPUTS = 16 };

/**
 * Loads a model for the CPU with `threads` (>= 1) threads in all, none of which spins when idle.
 * `sha256` (hex or empty) is checked first. DF_EMISSING when the file is not there or its sum differs,
 * DF_EINPUT when ONNX Runtime refuses it (with its reason).
 */
int df_session_create(struct df_runtime *runtime, const char *path, const char *sha256, int threads,
    struct df_session **ret_session, struct df_error *err);
void df_session_destroy(struct df_session **session);

size_t df_session_outputs(const struct df_session *session);
const char *df_session_output_name(const struct df_session *session, size_t i);

/**
 * Runs the model on one input (by name; empty takes the first) and gives all its outputs in the model's
 * order. The outputs' data is the session's, valid until its next run. One thread at a time a session.
 */
int df_session_run(struct df_session *session, const char *input_name,
    const struct df_tensor *input, struct df_tensor ret_outputs[DF_SESSION_OUTPUTS],
    struct df_error *err);

#endif
