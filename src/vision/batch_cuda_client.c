#include "vision/batch_cuda_client.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 32, ALIGNMENT = 256 };

struct df_cuda_client {
  struct df_cuda_client_settings settings;
  struct df_model_input embedder;
  struct df_preprocessor *preprocessor;
  pthread_mutex_t lock; /* of the preprocessor, which pictures and faces share */
  df_gpu_memory memory; /* tensors, then sketches, then the face's tensor and sums */
  struct df_cuda_tensor tensors[SLOTS], face_tensor;
  df_gpu_memory sketches, sums;
  struct df_cuda_sight *sights; /* page-locked */
  struct df_cuda_face *face;    /* page-locked */
  struct df_face *work;
};

static size_t aligned(size_t size)
{
  return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t tensor_size(int width, int height)
{
  return (size_t)3 * (size_t)width * (size_t)height * sizeof(float);
}

static const size_t sketch_size = sizeof(struct df_luma_sketch);

static int make_memory(struct df_cuda_client *c, struct df_error *err)
{
  const struct df_cuda_client_settings *s = &c->settings;
  size_t pending = (size_t)s->pending;
  size_t tensor = tensor_size(s->letterbox.width, s->letterbox.height);
  size_t face = s->embedder ? tensor_size(c->embedder.width, c->embedder.height) : 0;
  size_t sketches = pending * aligned(tensor);
  size_t face_at = sketches + pending * aligned(sketch_size), sums = face_at + aligned(face);
  int result = df_gpu_allocate(
      s->gpu, sums + ALIGNMENT, "a video's pictures to be looked at", &c->memory, err);
  if (result < 0)
    return result;
  for (size_t i = 0; i < pending; i++) {
    c->tensors[i].memory = c->memory + i * aligned(tensor);
    c->tensors[i].size = tensor;
  }
  c->sketches = c->memory + sketches;
  c->face_tensor.memory = c->memory + face_at;
  c->face_tensor.size = face;
  c->sums = c->memory + sums;
  result = df_gpu_allocate_host(s->gpu, pending * sizeof *c->sights, (void **)&c->sights, err);
  if (result == 0)
    result = df_gpu_allocate_host(s->gpu, sizeof *c->face, (void **)&c->face, err);
  return result;
}

static int make_events(struct df_cuda_client *c, struct df_error *err)
{
  struct df_gpu *gpu = c->settings.gpu;
  int result = df_gpu_event_create(gpu, &c->face_tensor.ready, err);
  for (int i = 0; result == 0 && i < c->settings.pending; i++)
    result = df_gpu_event_create(gpu, &c->tensors[i].ready, err);
  return result;
}

int df_cuda_client_create(const struct df_cuda_client_settings *settings,
    struct df_cuda_client **ret_client, struct df_error *err)
{
  struct df_cuda_client *c = calloc(1, sizeof *c);
  if (!c)
    return df_fail(err, DF_ENOMEM, "no memory to look at another video");
  c->settings = *settings;
  if (settings->embedder)
    c->embedder = *settings->embedder;
  pthread_mutex_init(&c->lock, NULL);
  c->work = calloc(DF_CANDIDATES_MAX, sizeof *c->work);
  int result = c->work ? 0 : df_fail(err, DF_ENOMEM, "no memory to look at another video");
  if (result == 0)
    result = df_preprocessor_create(settings->gpu, &c->preprocessor, err);
  if (result == 0)
    result = make_memory(c, err);
  if (result == 0)
    result = make_events(c, err);
  if (result < 0) {
    df_cuda_client_destroy(&c);
    return result;
  }
  *ret_client = c;
  return 0;
}

void df_cuda_client_destroy(struct df_cuda_client **client)
{
  struct df_cuda_client *c = *client;
  if (!c)
    return;
  struct df_gpu *gpu = c->settings.gpu;
  if (c->face_tensor.ready &&
      df_gpu_event_record(gpu, c->face_tensor.ready, c->settings.stream, NULL) == 0)
    df_gpu_event_wait_host(gpu, c->face_tensor.ready, NULL);
  df_preprocessor_destroy(&c->preprocessor);
  df_gpu_event_destroy(gpu, &c->face_tensor.ready);
  for (int i = 0; i < c->settings.pending; i++)
    df_gpu_event_destroy(gpu, &c->tensors[i].ready);
  df_gpu_free(gpu, &c->memory);
  df_gpu_free_host(gpu, (void **)&c->sights);
  df_gpu_free_host(gpu, (void **)&c->face);
  pthread_mutex_destroy(&c->lock);
  free(c->work);
  free(c);
  *client = NULL;
}

int df_cuda_client_prepare(
    struct df_cuda_client *c, int slot, const struct df_picture *picture, struct df_error *err)
{
  const struct df_cuda_client_settings *s = &c->settings;
  pthread_mutex_lock(&c->lock);
  int result = df_preprocessor_letterbox(c->preprocessor, picture, &s->letterbox, &s->detector,
      c->tensors[slot].memory, s->stream, err);
  if (result == 0)
    result = df_preprocessor_sketch(
        c->preprocessor, picture, df_cuda_client_sketch(c, slot), s->stream, err);
  pthread_mutex_unlock(&c->lock);
  return result < 0 ? result : df_gpu_event_record(s->gpu, c->tensors[slot].ready, s->stream, err);
}

int df_cuda_client_prepare_face(struct df_cuda_client *c, const struct df_picture *picture,
    const float matrix[6], struct df_error *err)
{
  const struct df_cuda_client_settings *s = &c->settings;
  pthread_mutex_lock(&c->lock);
  int result = df_preprocessor_align(c->preprocessor, picture, matrix, &c->embedder,
      c->face_tensor.memory, c->sums, s->stream, err);
  pthread_mutex_unlock(&c->lock);
  return result < 0 ? result : df_gpu_event_record(s->gpu, c->face_tensor.ready, s->stream, err);
}

const struct df_letterbox *df_cuda_client_letterbox(const struct df_cuda_client *c)
{
  return &c->settings.letterbox;
}

const struct df_cuda_tensor *df_cuda_client_tensor(const struct df_cuda_client *c, int slot)
{
  return &c->tensors[slot];
}

const struct df_cuda_tensor *df_cuda_client_face_tensor(const struct df_cuda_client *c)
{
  return &c->face_tensor;
}

df_gpu_memory df_cuda_client_sketch(const struct df_cuda_client *c, int slot)
{
  return c->sketches + (size_t)slot * aligned(sketch_size);
}

df_gpu_memory df_cuda_client_sums(const struct df_cuda_client *c)
{
  return c->sums;
}

struct df_cuda_sight *df_cuda_client_sight(struct df_cuda_client *c, int slot)
{
  return &c->sights[slot];
}

struct df_cuda_face *df_cuda_client_face(struct df_cuda_client *c)
{
  return c->face;
}

struct df_face *df_cuda_client_work(struct df_cuda_client *c)
{
  return c->work;
}
