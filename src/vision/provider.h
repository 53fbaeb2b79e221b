/*
 * Where a session's work is done: ONNX Runtime's execution providers, best first. Which of them can be used
 * on this machine is found out once a process and runtime, in a way that survives libraries that crash.
 *
 * A provider's own library lies beside ONNX Runtime's. What it needs of NVIDIA (cuBLAS, cuDNN, TensorRT ...) is
 * looked for in the folders of $DUALFACE_CUDA_LIBRARIES (separated by ':'), beside ONNX Runtime's, in
 * /usr/local/cuda/lib64, and where the system has its libraries.
 */
#ifndef DF_VISION_PROVIDER_H
#define DF_VISION_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/log.h"
#include "gpu/gpu.h"

struct df_runtime;
struct OrtSessionOptions;

enum df_provider { DF_PROVIDER_TENSORRT, DF_PROVIDER_CUDA, DF_PROVIDER_CPU, DF_PROVIDERS };

/** "TensorRT", "CUDA", "CPU". */
const char *df_provider_name(enum df_provider provider);

/** Who does the work, and of those before it in the chain the first failure each had; "" for none. */
struct df_provider_report {
  enum df_provider provider;
  char reasons[DF_PROVIDERS][DF_ERROR_TEXT];
};

/** "CUDA (not TensorRT: why)" into ret_text; cut where `size` is too small. */
void df_provider_describe(const struct df_provider_report *report, char *ret_text, size_t size);

/** A GPU for a session to work on. Zero-initialise; all is borrowed and must outlive the session. */
struct df_session_place {
  struct df_gpu *gpu;
  df_gpu_stream stream;   /* in whose order it works */
  enum df_provider first; /* the best to be tried; 0: TensorRT */
  int shapes[3][4]; /* NCHW of the least, likeliest and largest input: what TensorRT builds for */
  size_t memory_limit; /* bytes of the device for CUDA's provider; 0: no limit */
  bool exhaustive;     /* cuDNN's algorithms by trying all, not by its own judgement */
  int threads;         /* for the CPU at the end of the chain; 0: 1 */
  const char *cache;   /* folder for engines; NULL: the XDG cache folder's dualface/ */
  struct df_log *log;  /* may be NULL */
};

/**
 * Whether the libraries of `provider` can be loaded, as found out by the first call (which takes as long as
 * loading them), loads them then. DF_EMISSING or DF_ELIBRARY say why not. Thread-safe.
 */
int df_provider_load(struct df_runtime *runtime, enum df_provider provider, struct df_error *err);

/**
 * Puts `provider` on the options of a session to be made. `engines` is the folder for TensorRT's engines,
 * `input` the model's input. Needs df_provider_load.
 */
int df_provider_append(struct df_runtime *runtime, enum df_provider provider,
    const struct df_session_place *place, const char *input, const char *engines,
    struct OrtSessionOptions *options, struct df_error *err);

#endif
