/*
 * What the videos of one process share of a GPU: its context, the models and the thread that runs them. And
 * how the device of a task is chosen.
 */
#ifndef DF_PIPELINE_ENGINE_H
#define DF_PIPELINE_ENGINE_H

#include "base/error.h"
#include "base/log.h"
#include "gpu/gpu.h"
#include "media/nvenc_gate.h"
#include "vision/batcher.h"

enum df_device_kind { DF_DEVICE_AUTO, DF_DEVICE_CPU, DF_DEVICE_CUDA };

/** What a user may ask for: "auto", "cpu", "cuda" (the first usable GPU) or "cuda:N". */
struct df_device_choice {
  enum df_device_kind kind;
  int ordinal; /* of CUDA; -1: the first usable one */
};

/** NULL is the CPU. DF_EUSAGE says what is allowed. Pure. */
int df_device_choice_parse(
    const char *text, struct df_device_choice *ret_choice, struct df_error *err);

struct df_engine;

/**
 * Opens the GPU of a choice. *ret_engine is NULL where the CPU is to do the work: when that was chosen, or
 * for AUTO without a GPU; one that is there and cannot be used is named in `log` with its reason. DF_EMISSING
 * or the GPU's error where CUDA was asked for. `log` is borrowed until the engine is closed.
 */
int df_engine_open(struct df_device_choice choice, struct df_log *log,
    struct df_engine **ret_engine, struct df_error *err);
/** All that was made with it must be gone. Accepts NULL, sets *engine to NULL. */
void df_engine_close(struct df_engine **engine);

/** Borrowed until the engine is closed. */
struct df_gpu *df_engine_gpu(struct df_engine *engine);

/** Who has NVENC open on that GPU; borrowed until the engine is closed. */
struct df_nvenc_gate *df_engine_nvenc_gate(struct df_engine *engine);

/** Which models: as in struct df_models, NULL for the defaults. */
struct df_engine_models {
  const char *path, *detector, *embedder;
};

/**
 * The thread that runs the models, borrowed until the engine is closed. The first call loads them; later ones
 * must name the same (DF_EUSAGE). Thread-safe.
 */
int df_engine_batcher(struct df_engine *engine, const struct df_engine_models *models,
    struct df_batcher **ret_batcher, struct df_error *err);

#endif
