/* A session of an embedder; what it gives is checked, copied and brought to length 1. */
#include "vision/embedder.h"

#include <stdlib.h>
#include <string.h>

struct df_embedder {
  struct df_model model;
  struct df_session *session;
};

int df_embedder_create(struct df_runtime *runtime, const struct df_model *model, int threads,
    struct df_embedder **ret_embedder, struct df_error *err)
{
  if (model->task != DF_TASK_EMBED)
    return df_fail(err, DF_EUSAGE, "the model %s is no embedder", model->name);
  struct df_embedder *e = calloc(1, sizeof *e);
  if (!e)
    return df_fail(err, DF_ENOMEM, "no memory for the embedder %s", model->name);
  e->model = *model;
  int result = df_session_create(runtime, model->path, model->sha256, threads, &e->session, err);
  if (result < 0) {
    df_embedder_destroy(&e);
    return result;
  }
  *ret_embedder = e;
  return 0;
}

void df_embedder_destroy(struct df_embedder **embedder_ptr)
{
  struct df_embedder *e = *embedder_ptr;
  if (!e)
    return;
  df_session_destroy(&e->session);
  free(e);
  *embedder_ptr = NULL;
}

const struct df_model *df_embedder_model(const struct df_embedder *embedder)
{
  return &embedder->model;
}

int df_embedder_run(struct df_embedder *embedder, const float *tensor,
    struct df_embedding *ret_embedding, struct df_error *err)
{
  const struct df_model *model = &embedder->model;
  struct df_tensor outputs[DF_SESSION_OUTPUTS];
  struct df_tensor input = {{1, 3, model->input.height, model->input.width}, 4, tensor};
  int result = df_session_run(embedder->session, model->input.name, &input, outputs, err);
  if (result < 0)
    return result;
  int64_t values = 1;
  for (int i = 0; i < outputs[0].rank; i++)
    values *= outputs[0].shape[i];
  if (values != model->dimensions)
    return df_fail(err, DF_EINPUT,
        "the model %s (%s) gives %lld values a face, its manifest says %d", model->name,
        model->path, (long long)values, model->dimensions);
  ret_embedding->dimensions = model->dimensions;
  memcpy(ret_embedding->values, outputs[0].data, (size_t)values * sizeof(float));
  df_embedding_normalise(ret_embedding);
  return 0;
}
