/*
 * What does the batcher's work: the pixels, the model and the memory of one kind of device, without threads
 * or queues of its own. batcher.c decides what is run and when; here is how.
 *
 *   a client's thread      prepare      what goes in, into a slot of the client's
 *   the inference thread   run          begins a batch of slots, returns at once where the device allows it
 *   the inference thread   collect      waits until that batch is done
 *   a client's thread      read         what came out, from the slot
 *
 * A slot is prepared, run, collected and read in this order, by one thread at a time; different slots are
 * prepared and read while others are run. run and collect are called by one thread only, and batches are
 * collected in the order in which they were run.
 */
#ifndef DF_VISION_BATCH_BACKEND_H
#define DF_VISION_BATCH_BACKEND_H

#include <stddef.h>

#include "vision/batch_plan.h"
#include "vision/batcher.h"

/** Batches under way at once: while one is collected the next one is run already. */
enum { DF_BATCH_DEPTH = 2 };

struct df_batch_backend {
  const struct df_batch_backend_operations *operations;
};

/** One picture of a batch: a client's slot, or its face. */
struct df_batch_item {
  void *client; /* what join gave */
  int slot;     /* 0..pending-1 */
};

struct df_batch_backend_operations {
  /** Makes what a client of `pending` slots, and one face, needs. Called by any thread, not at once. */
  int (*join)(struct df_batch_backend *backend, df_gpu_stream stream,
      const struct df_letterbox *letterbox, int pending, void **ret_client, struct df_error *err);
  /** Waits for what was prepared, then releases it. */
  void (*leave)(struct df_batch_backend *backend, void *client);

  int (*prepare)(struct df_batch_backend *backend, void *client, int slot,
      const struct df_picture *picture, struct df_error *err);
  /** Begins batch number `ticket` (0..DF_BATCH_DEPTH-1) of `count` pictures of one size. DF_ENOMEM: it may be
   * run again in smaller parts. On failure there is nothing to collect. */
  int (*run)(struct df_batch_backend *backend, int ticket, const struct df_batch_item *items,
      size_t count, struct df_error *err);
  int (*collect)(struct df_batch_backend *backend, int ticket, struct df_error *err);
  /** All of *ret_result but the tag. */
  void (*read)(
      struct df_batch_backend *backend, void *client, int slot, struct df_sight_result *ret_result);

  /** The same for faces, of which a client has one at a time. Not called without an embedder. */
  int (*prepare_face)(struct df_batch_backend *backend, void *client,
      const struct df_picture *picture, const float matrix[6], struct df_error *err);
  int (*run_faces)(struct df_batch_backend *backend, int ticket, const struct df_batch_item *items,
      size_t count, struct df_error *err);
  void (*read_face)(struct df_batch_backend *backend, void *client,
      struct df_embedding *ret_embedding, float *ret_sharpness);

  /** Who does the work and why nobody better; thread-safe. */
  void (*report)(struct df_batch_backend *backend, struct df_provider_report *ret_report);
  void (*destroy)(struct df_batch_backend *backend);
};

struct df_batch_settings {
  struct df_batch_rules rules; /* most: 1..DF_BATCH_MOST */
  bool faces;                  /* there is an embedder */
  struct df_log *log;          /* borrowed; may be NULL */
  int patience;                /* see df_batch_limit_init; 0: DF_BATCH_PATIENCE */
};

/** A batcher on any backend, which it owns from now on, on failure too. */
int df_batcher_create_on(struct df_batch_backend *backend, const struct df_batch_settings *settings,
    struct df_batcher **ret_batcher, struct df_error *err);

/** The backend of a GPU, and with it what was found to be the best batch (options->batch, or measured). */
int df_batch_cuda_create(const struct df_batcher_options *options,
    struct df_batch_backend **ret_backend, int *ret_batch, struct df_error *err);

#endif
