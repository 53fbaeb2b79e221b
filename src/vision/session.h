/*
 * A model that can be run: a session of ONNX Runtime, on the CPU or at a GPU.
 *
 * At a GPU the chain TensorRT, CUDA, CPU is gone through until one can load the model, and gone on with when
 * one fails later; what is fed and what comes out lies in the device's memory whoever does the work.
 */
#ifndef DF_VISION_SESSION_H
#define DF_VISION_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "vision/provider.h"
#include "vision/runtime.h"

struct df_session;

/** A float tensor: shape and values, row-major. */
struct df_tensor {
  int64_t shape[4];
  int rank;
  const float *data; /* of a session at a GPU: device memory, which the host never follows */
};

enum { DF_SESSION_OUTPUTS = 16 };

/**
 * A session for the CPU with `threads` (>= 1) threads in all, none of which spins when idle. The model is loaded
 * once a runtime and kept until that is closed: sessions of the same path, sum and number of threads share it, and
 * still run side by side, each in a thread of its own. Of one that is loaded `sha256` (hex or empty) is checked first. DF_EMISSING when the file is not there or its sum differs,
 * DF_EINPUT when ONNX Runtime refuses it (with its reason).
 */
int df_session_create(struct df_runtime *runtime, const char *path, const char *sha256, int threads,
    struct df_session **ret_session, struct df_error *err);

/**
 * Loads a model at a GPU (`place` is copied, what it points to is not). Says once in the log which providers
 * cannot be used and why, and how long TensorRT's building takes. Fails only when the CPU cannot load it
 * either, as df_session_create.
 */
int df_session_create_at(struct df_runtime *runtime, const char *path, const char *sha256,
    const struct df_session_place *place, struct df_session **ret_session, struct df_error *err);

void df_session_destroy(struct df_session **session);

size_t df_session_outputs(const struct df_session *session);
const char *df_session_output_name(const struct df_session *session, size_t i);

/** Who does its work now, and why nobody better. Thread-safe. */
void df_session_provider_report(struct df_session *session, struct df_provider_report *ret_report);

/**
 * Runs the model on one input (by name; empty takes the first) and gives all its outputs in the model's
 * order. The outputs' data is the session's, valid until its next run. One thread at a time a session.
 *
 * At a GPU it is put in the order of the place's stream and not waited for, unless the CPU does the work.
 * When a provider fails the next one of the chain takes its place and does the run; out of device memory
 * (DF_ENOMEM) is the caller's to mend while it has more than one picture in the batch.
 */
int df_session_run(struct df_session *session, const char *input_name,
    const struct df_tensor *input, struct df_tensor ret_outputs[DF_SESSION_OUTPUTS],
    struct df_error *err);

#endif
