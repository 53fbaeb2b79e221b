/* A session of an embedder; what it gives is checked, copied and brought to length 1. */
#include "vision/embedder.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct df_embedder {
  struct df_model model;
  struct df_session *session;
};

static int make(
    const struct df_model *model, struct df_embedder **ret_embedder, struct df_error *err)
{
  if (model->task != DF_TASK_EMBED)
    return df_fail(err, DF_EUSAGE, "the model %s is no embedder", model->name);
  struct df_embedder *e = calloc(1, sizeof *e);
  if (!e)
    return df_fail(err, DF_ENOMEM, "no memory for the embedder %s", model->name);
  e->model = *model;
  *ret_embedder = e;
  return 0;
}

int df_embedder_create(struct df_runtime *runtime, const struct df_model *model, int threads,
    struct df_embedder **ret_embedder, struct df_error *err)
{
  struct df_embedder *e = NULL;
  int result = make(model, &e, err);
  if (result < 0)
    return result;
  result = df_session_create(runtime, model->path, model->sha256, threads, &e->session, err);
  if (result < 0) {
    df_embedder_destroy(&e);
    return result;
  }
  *ret_embedder = e;
  return 0;
}

int df_embedder_create_at(struct df_runtime *runtime, const struct df_model *model,
    const struct df_session_place *place, int batch, struct df_embedder **ret_embedder,
    struct df_error *err)
{
  struct df_session_place here = *place;
  struct df_embedder *e = NULL;
  int result = make(model, &e, err);
  if (result < 0)
    return result;
  int height = model->input.height, width = model->input.width;
  int shapes[3][4] = {{1, 3, height, width}, {1, 3, height, width}, {batch, 3, height, width}};
  memcpy(here.shapes, shapes, sizeof shapes);
  result = df_session_create_at(runtime, model->path, model->sha256, &here, &e->session, err);
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

/* What the model gives for `batch` faces, wherever `tensor` lies. */
static int infer(struct df_embedder *e, const float *tensor, int batch, const float **ret_values,
    struct df_error *err)
{
  const struct df_model *model = &e->model;
  struct df_tensor outputs[DF_SESSION_OUTPUTS];
  struct df_tensor input = {{batch, 3, model->input.height, model->input.width}, 4, tensor};
  int result = df_session_run(e->session, model->input.name, &input, outputs, err);
  if (result < 0)
    return result;
  int64_t values = 1;
  for (int i = 0; i < outputs[0].rank; i++)
    values *= outputs[0].shape[i];
  if (values != (int64_t)batch * model->dimensions)
    return df_fail(err, DF_EINPUT,
        "the model %s (%s) gives %lld values for %d face%s, its manifest says %d a face",
        model->name, model->path, (long long)values, batch, batch == 1 ? "" : "s",
        model->dimensions);
  *ret_values = outputs[0].data;
  return 0;
}

int df_embedder_run(struct df_embedder *embedder, const float *tensor,
    struct df_embedding *ret_embedding, struct df_error *err)
{
  const float *values = NULL;
  int result = infer(embedder, tensor, 1, &values, err);
  if (result == 0)
    df_embedder_finish(&embedder->model, values, ret_embedding);
  return result;
}

int df_embedder_run_at(struct df_embedder *embedder, df_gpu_memory tensor, int batch,
    df_gpu_memory *ret_values, struct df_error *err)
{
  const float *values = NULL;
  int result = infer(embedder, (const float *)(uintptr_t)tensor, batch, &values, err);
  if (result == 0)
    *ret_values = (uintptr_t)values;
  return result;
}

void df_embedder_finish(
    const struct df_model *model, const float *values, struct df_embedding *ret_embedding)
{
  ret_embedding->dimensions = model->dimensions;
  memcpy(ret_embedding->values, values, (size_t)model->dimensions * sizeof(float));
  df_embedding_normalise(ret_embedding);
}

void df_embedder_provider_report(
    const struct df_embedder *embedder, struct df_provider_report *ret_report)
{
  df_session_provider_report(embedder->session, ret_report);
}
