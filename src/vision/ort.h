/*
 * What the files that speak to ONNX Runtime share: the library's table, and its complaints as errors.
 * Internal to vision.
 */
#ifndef DF_VISION_ORT_H
#define DF_VISION_ORT_H

#include <pthread.h>

#include "vision/provider.h"
#include "vision/runtime.h"

struct OrtApi;
struct OrtEnv;
struct OrtSession;
struct OrtStatus;

/** A model that was loaded for the CPU, which all sessions of the runtime that run it share. */
struct df_runtime_model {
  char *path;
  char sha256[65]; /* what it was checked against, or empty */
  int threads;
  struct OrtSession *session;
  struct df_runtime_model *next;
};

struct df_runtime {
  void *library;
  const struct OrtApi *api;
  const char *version;
  struct OrtEnv *env;
  char folder[4096]; /* where the library lies, and its providers beside it */
  struct df_provider_memory {
    bool tried;
    struct df_error err; /* code 0: can be used */
  } providers[DF_PROVIDERS];
  pthread_mutex_t lock; /* of `providers` */
  struct df_runtime_model *models;
  pthread_mutex_t models_lock; /* held while one is loaded: who wants the same one waits for it */
};

/** Takes a status of the library: NULL is 0, anything else becomes `code` (DF_ENOMEM where memory, of the
 * host or a device, ran out) with its reason on one line. */
int df_ort_check(const struct OrtApi *api, struct OrtStatus *status, int code, const char *what,
    struct df_error *err);

#endif
