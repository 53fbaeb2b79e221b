#include "media/encoder_null.h"

#include <stdbool.h>
#include <stdlib.h>

struct df_encoder_null {
  struct df_gpu *gpu;
  df_gpu_stream stream;
  df_gpu_event made[2]; /* of the last two pictures */
  int newest;
  bool waiting; /* the newest one was not waited for */
};

int df_encoder_null_create(struct df_gpu *gpu, df_gpu_stream stream,
    struct df_encoder_null **ret_null, struct df_error *err)
{
  struct df_encoder_null *n = calloc(1, sizeof *n);
  if (!n)
    return df_fail(err, DF_ENOMEM, "no memory for an encoder");
  n->gpu = gpu;
  n->stream = stream;
  int result = 0;
  for (int i = 0; i < 2 && gpu && result == 0; i++)
    result = df_gpu_event_create(gpu, &n->made[i], err);
  if (result < 0) {
    df_encoder_null_destroy(&n);
    return result;
  }
  *ret_null = n;
  return 0;
}

void df_encoder_null_destroy(struct df_encoder_null **null)
{
  struct df_encoder_null *n = *null;
  if (!n)
    return;
  for (int i = 0; i < 2; i++)
    if (n->made[i])
      df_gpu_event_destroy(n->gpu, &n->made[i]);
  free(n);
  *null = NULL;
}

int df_encoder_null_count(struct df_encoder_null *n, struct df_error *err)
{
  if (!n->gpu)
    return 0;
  int older = n->newest;
  n->newest = !older;
  int result = df_gpu_event_record(n->gpu, n->made[n->newest], n->stream, err);
  if (result == 0 && n->waiting)
    result = df_gpu_event_wait_host(n->gpu, n->made[older], err);
  n->waiting = true;
  return result;
}

int df_encoder_null_end(struct df_encoder_null *n, struct df_error *err)
{
  if (!n->waiting)
    return 0;
  n->waiting = false;
  return df_gpu_event_wait_host(n->gpu, n->made[n->newest], err);
}
