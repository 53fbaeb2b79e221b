/* Chooses and opens a GPU, and loads its models when they are first wanted. Never sees a picture. */
#include "pipeline/engine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "pipeline/models.h"

enum { NAME_BYTES = 4096, ORDINAL_DIGITS = 3 };

struct df_engine {
  struct df_gpu *gpu;
  struct df_log *log;
  struct df_nvenc_gate *gate;
  pthread_mutex_t lock;       /* over what follows */
  struct df_models models;    /* the batcher's */
  struct df_batcher *batcher; /* NULL until it is wanted */
  char loaded[NAME_BYTES];    /* what the models were asked for as */
};

/* The number after "cuda:", or -1 when it is none. */
static int read_ordinal(const char *text)
{
  size_t digits = strspn(text, "0123456789");
  return digits == 0 || digits > ORDINAL_DIGITS || text[digits] ? -1 : atoi(text);
}

int df_device_choice_parse(
    const char *text, struct df_device_choice *ret_choice, struct df_error *err)
{
  struct df_device_choice choice = {DF_DEVICE_CUDA, -1};
  bool numbered = text && strncmp(text, "cuda:", 5) == 0;
  if (!text || strcmp(text, "cpu") == 0)
    choice.kind = DF_DEVICE_CPU;
  else if (strcmp(text, "auto") == 0)
    choice.kind = DF_DEVICE_AUTO;
  else if (numbered)
    choice.ordinal = read_ordinal(text + 5);
  else if (strcmp(text, "cuda") != 0)
    numbered = true; /* none of these: refused below */
  if (numbered && choice.ordinal < 0)
    return df_fail(err, DF_EUSAGE,
        "--device takes one of auto, cpu, cuda or cuda:N with the GPU's number, not \"%s\"", text);
  *ret_choice = choice;
  return 0;
}

/* The first GPU that can be used; the reason why the first one that was tried cannot. */
static int open_first(struct df_gpu **ret_gpu, int *ret_count, struct df_error *err)
{
  int count = *ret_count = df_gpu_count(err);
  for (int i = 0; i < count; i++) {
    struct df_error last = {0};
    int result = df_gpu_open(i, ret_gpu, &last);
    if (result == 0)
      return 0;
    df_fail(err, result, "%s", last.text);
  }
  return err->code ? err->code : df_fail(err, DF_EMISSING, "there is no NVIDIA GPU");
}

static int open_gpu(struct df_device_choice choice, struct df_log *log, struct df_gpu **ret_gpu,
    struct df_error *err)
{
  struct df_error why = {0};
  int count = 0;
  int result = choice.ordinal >= 0 ? df_gpu_open(choice.ordinal, ret_gpu, &why)
                                   : open_first(ret_gpu, &count, &why);
  if (result == 0)
    return 0;
  if (choice.kind == DF_DEVICE_CUDA)
    return df_fail(err, result, "%s", why.text);
  if (df_gpu_has_driver()) /* nobody who never had a GPU wants to hear of it */
    df_log_event(log, count > 0 ? DF_LOG_WARNING : DF_LOG_NOTE, DF_EVENT_GPU_TO_CPU,
        "no GPU can be used, the CPU does the work: %s", why.text);
  return 0;
}

int df_engine_open(struct df_device_choice choice, struct df_log *log,
    struct df_engine **ret_engine, struct df_error *err)
{
  struct df_gpu *gpu = NULL;
  *ret_engine = NULL;
  if (choice.kind == DF_DEVICE_CPU)
    return 0;
  int result = df_fault_check(DF_FAULT_AT_GPU_OPEN, NULL, DF_EMISSING, err);
  if (result == 0)
    result = open_gpu(choice, log, &gpu, err);
  if (result < 0 || !gpu)
    return result;
  struct df_engine *engine = calloc(1, sizeof *engine);
  if (engine)
    engine->gate = df_nvenc_gate_create();
  if (!engine || !engine->gate) {
    free(engine);
    df_gpu_close(&gpu);
    return df_fail(err, DF_ENOMEM, "out of memory");
  }
  engine->gpu = gpu;
  engine->log = log;
  pthread_mutex_init(&engine->lock, NULL);
  *ret_engine = engine;
  return 0;
}

void df_engine_close(struct df_engine **engine_ptr)
{
  struct df_engine *engine = *engine_ptr;
  if (!engine)
    return;
  df_batcher_destroy(&engine->batcher);
  df_models_finish(&engine->models);
  df_nvenc_gate_destroy(&engine->gate);
  df_gpu_close(&engine->gpu);
  pthread_mutex_destroy(&engine->lock);
  free(engine);
  *engine_ptr = NULL;
}

struct df_gpu *df_engine_gpu(struct df_engine *engine)
{
  return engine->gpu;
}

struct df_nvenc_gate *df_engine_nvenc_gate(struct df_engine *engine)
{
  return engine->gate;
}

static int load(
    struct df_engine *engine, const struct df_engine_models *models, struct df_error *err)
{
  engine->models.for_gpu = true;
  int result =
      df_models_init(&engine->models, models->path, models->detector, models->embedder, err);
  if (result == 0)
    result = df_batcher_create(
        &(struct df_batcher_options){
            .gpu = engine->gpu,
            .runtime = engine->models.runtime,
            .detector = engine->models.detector,
            .embedder = engine->models.embedder,
            .low_score = DF_LOW_SCORE,
            .log = engine->log,
        },
        &engine->batcher, err);
  if (result < 0)
    df_models_finish(&engine->models);
  return result;
}

static const char *or_default(const char *name)
{
  return name ? name : "the default";
}

int df_engine_batcher(struct df_engine *engine, const struct df_engine_models *models,
    struct df_batcher **ret_batcher, struct df_error *err)
{
  char wanted[NAME_BYTES];
  snprintf(wanted, sizeof wanted, "%s, %s, %s", or_default(models->path),
      or_default(models->detector), or_default(models->embedder));
  pthread_mutex_lock(&engine->lock);
  int result = 0;
  if (!engine->batcher) {
    result = load(engine, models, err);
    snprintf(engine->loaded, sizeof engine->loaded, "%s", wanted);
  } else if (strcmp(engine->loaded, wanted) != 0) {
    result = df_fail(err, DF_EUSAGE,
        "videos that share a GPU share its models; %s are loaded, so %s cannot be", engine->loaded,
        wanted);
  }
  if (result == 0)
    *ret_batcher = engine->batcher;
  pthread_mutex_unlock(&engine->lock);
  return result;
}
