/* The ring of staging.h: the buffer that was sent longest ago is the next to be filled. */
#include "gpu/staging.h"

#include <assert.h>
#include <stdlib.h>

enum { BUFFERS = 16 }; /* two a frame, and frames run ahead of the device */

struct buffer {
  void *memory;
  size_t room;
  df_gpu_event sent; /* done: the memory may be written */
};

struct df_staging {
  struct df_gpu *gpu;
  struct buffer buffers[BUFFERS];
  int next;
};

int df_staging_create(struct df_gpu *gpu, struct df_staging **ret_staging, struct df_error *err)
{
  struct df_staging *staging = calloc(1, sizeof *staging);
  if (!staging)
    return df_fail(err, DF_ENOMEM, "out of memory for a staging ring");
  staging->gpu = gpu;
  int result = 0;
  for (int i = 0; i < BUFFERS && result == 0; i++)
    result = df_gpu_event_create(gpu, &staging->buffers[i].sent, err);
  if (result < 0) {
    df_staging_destroy(&staging);
    return result;
  }
  *ret_staging = staging;
  return 0;
}

void df_staging_destroy(struct df_staging **staging_ptr)
{
  struct df_staging *staging = *staging_ptr;
  if (!staging)
    return;
  *staging_ptr = NULL;
  for (int i = 0; i < BUFFERS; i++) {
    struct buffer *buffer = &staging->buffers[i];
    if (buffer->memory && df_gpu_event_done(staging->gpu, buffer->sent, NULL) == 0)
      df_gpu_event_wait_host(staging->gpu, buffer->sent, NULL);
    df_gpu_free_host(staging->gpu, &buffer->memory);
    df_gpu_event_destroy(staging->gpu, &buffer->sent);
  }
  free(staging);
}

static int grow(
    struct df_staging *staging, struct buffer *buffer, size_t size, struct df_error *err)
{
  if (size <= buffer->room)
    return 0;
  df_gpu_free_host(staging->gpu, &buffer->memory);
  buffer->room = 0;
  int result = df_gpu_allocate_host(staging->gpu, size, &buffer->memory, err);
  if (result == 0)
    buffer->room = size;
  return result;
}

int df_staging_take(
    struct df_staging *staging, size_t size, void **ret_memory, struct df_error *err)
{
  assert(size > 0);
  struct buffer *buffer = &staging->buffers[staging->next];
  int result = df_gpu_event_done(staging->gpu, buffer->sent, err);
  if (result == 0)
    result = df_gpu_event_wait_host(staging->gpu, buffer->sent, err);
  if (result >= 0)
    result = grow(staging, buffer, size, err);
  if (result == 0)
    *ret_memory = buffer->memory;
  return result;
}

int df_staging_send(struct df_staging *staging, df_gpu_memory to, size_t size, df_gpu_stream stream,
    struct df_error *err)
{
  struct buffer *buffer = &staging->buffers[staging->next];
  assert(size > 0 && size <= buffer->room);
  struct df_gpu_rows target = {.device = to}, source = {.host = buffer->memory};
  int result = df_gpu_copy(staging->gpu, &target, &source, size, 1, stream, err);
  if (result == 0)
    result = df_gpu_event_record(staging->gpu, buffer->sent, stream, err);
  staging->next = (staging->next + 1) % BUFFERS;
  return result;
}
