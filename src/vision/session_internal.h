/* What a session is made of; shared by session.c and session_gpu.c alone. */
#ifndef DF_VISION_SESSION_INTERNAL_H
#define DF_VISION_SESSION_INTERNAL_H

#include <stdbool.h>

#include "vision/ort.h"
#include "vision/session.h"

struct OrtAllocator;
struct OrtMemoryInfo;
struct OrtSession;
struct OrtValue;
struct df_session_gpu;

struct df_session {
  struct df_runtime *runtime;
  char *path;      /* of the model */
  char sha256[65]; /* of the model, or empty */
  struct OrtSession *session;
  bool shared; /* the session is the runtime's */
  struct OrtMemoryInfo *host;
  struct OrtAllocator *allocator; /* the library's default one, never released */
  char *input_name;               /* the allocator's, and so are the outputs' */
  char *output_names[DF_SESSION_OUTPUTS];
  struct OrtValue *outputs[DF_SESSION_OUTPUTS]; /* of the latest run */
  size_t output_count;
  struct df_session_gpu *gpu; /* NULL on the CPU */
};

/** What a model is loaded for. */
struct df_session_load {
  int threads;
  enum df_provider provider;
  const struct df_session_place *place; /* not read for the CPU */
  const char *engines;                  /* TensorRT's folder */
};
/** Loads the model's session anew, beside the one there is. DF_EINPUT when that is refused. */
int df_session_load(struct df_session *session, const struct df_session_load *load,
    struct OrtSession **ret_session, struct df_error *err);

/** df_session_load with TensorRT, whose engine is taken from the disk or built and kept there. */
int df_session_load_tensorrt(struct df_session *session, const struct df_session_load *load,
    struct OrtSession **ret_session, struct df_error *err);

void df_session_drop_outputs(struct df_session *session);
/** Shape and values of output `i` of the latest run; a float tensor of at most four dimensions. */
int df_session_describe(
    struct df_session *session, size_t i, struct df_tensor *ret_tensor, struct df_error *err);
/** One run on host memory, by the session there is. */
int df_session_run_host(struct df_session *session, const char *input_name,
    const struct df_tensor *input, struct df_error *err);

/** Moves a session that was made for the CPU to a GPU; nothing is left behind on failure. */
int df_session_gpu_create(
    struct df_session *session, const struct df_session_place *place, struct df_error *err);
/** Accepts a session without a GPU. */
void df_session_gpu_destroy(struct df_session *session);
/** df_session_run at a GPU, but for the error's prefix. */
int df_session_gpu_run(struct df_session *session, const char *input_name,
    const struct df_tensor *input, struct df_tensor ret_outputs[DF_SESSION_OUTPUTS],
    struct df_error *err);

#endif
