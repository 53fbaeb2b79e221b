/* Where ONNX Runtime's library lies, and opening it. Knows nothing of what is in it. */
#ifndef DF_VISION_RUNTIME_LIBRARY_H
#define DF_VISION_RUNTIME_LIBRARY_H

#include <stdbool.h>

#include "base/error.h"

/**
 * Opens the library (dlopen) and returns its handle, which the caller closes; the library itself stays
 * loaded. Searched as runtime.h says. With `gpu` the build that has the CUDA provider is taken where it is
 * installed and can be opened; it serves the CPU as well.
 *
 * NULL with DF_EMISSING when there is none: says where it looked and how to get it. Thread-safe.
 */
void *df_runtime_library_open(const char *path, bool gpu, struct df_error *err);

#endif
