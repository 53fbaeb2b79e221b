/*
 * A video's side of the batcher's backend on a GPU: its slots in the device's memory and, page-locked, in the
 * host's, and what is put into them in the order of the video's stream. Internal to vision.
 *
 * Slots are prepared by one thread and faces by one, the same or another; the rest is for who has the slot.
 */
#ifndef DF_VISION_BATCH_CUDA_CLIENT_H
#define DF_VISION_BATCH_CUDA_CLIENT_H

#include "base/embedding.h"
#include "vision/preprocess_cuda.h"

struct df_cuda_client;

/** A model's input in device memory, and when it is there. */
struct df_cuda_tensor {
  df_gpu_memory memory;
  size_t size; /* bytes */
  df_gpu_event ready;
};

/** What comes down of one picture, and of one face. */
struct df_cuda_sight {
  struct df_candidates candidates;
  struct df_luma_sketch sketch;
};
struct df_cuda_face {
  float values[DF_EMBEDDING_MAX];
  uint8_t sums[DF_SHARPNESS_BYTES];
};

struct df_cuda_client_settings {
  struct df_gpu *gpu; /* borrowed */
  df_gpu_stream stream;
  struct df_letterbox letterbox;
  struct df_model_input detector;
  const struct df_model_input *embedder; /* copied; NULL: none */
  int pending;
};

int df_cuda_client_create(const struct df_cuda_client_settings *settings,
    struct df_cuda_client **ret_client, struct df_error *err);
/** Waits for what was prepared. Accepts NULL and half-made ones. */
void df_cuda_client_destroy(struct df_cuda_client **client);

int df_cuda_client_prepare(struct df_cuda_client *client, int slot,
    const struct df_picture *picture, struct df_error *err);
int df_cuda_client_prepare_face(struct df_cuda_client *client, const struct df_picture *picture,
    const float matrix[6], struct df_error *err);

/** Its parts, borrowed. */
const struct df_letterbox *df_cuda_client_letterbox(const struct df_cuda_client *client);
const struct df_cuda_tensor *df_cuda_client_tensor(const struct df_cuda_client *client, int slot);
const struct df_cuda_tensor *df_cuda_client_face_tensor(const struct df_cuda_client *client);
df_gpu_memory df_cuda_client_sketch(const struct df_cuda_client *client, int slot);
df_gpu_memory df_cuda_client_sums(const struct df_cuda_client *client);
struct df_cuda_sight *df_cuda_client_sight(struct df_cuda_client *client, int slot);
struct df_cuda_face *df_cuda_client_face(struct df_cuda_client *client);
/** Room for DF_CANDIDATES_MAX faces. */
struct df_face *df_cuda_client_work(struct df_cuda_client *client);

#endif
