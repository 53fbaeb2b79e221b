/*
 * Opens the device of a task: a GPU with the video's side of its batcher, or the CPU where there is none; and
 * says at the end who did what.
 */
#include <stdio.h>

#include "pipeline/device_cpu.h"
#include "pipeline/device_cuda.h"
#include "pipeline/stages.h"

/* Pictures that wait for their future take at most this much memory, and of a GPU's free memory at most this
   part, since more videos may come; the look-ahead gives way. */
static const int64_t lookahead_bytes = 640LL << 20;
enum { LOOKAHEAD_PART = 2 };

/* Whether faces are looked for in this task's pictures. */
static bool looks(const struct df_task *task)
{
  return task->kind != DF_TASK_RENDER && task->pass != DF_PASS_DRAW &&
         !(task->probe && task->probe->decode_only);
}

static int join_batcher(struct df_pipeline *p, struct df_error *err)
{
  const struct df_task *task = p->task;
  struct df_engine_models models = {task->models, task->detector, task->embedder};
  int result = df_engine_batcher(p->engine, &models, &p->batcher, err);
  if (result == 0)
    result = df_batcher_join(p->batcher, df_device_cuda_stream(p->cuda), &p->letterboxes[0],
        DF_UNDER_WAY, 1, &p->client, err);
  return result;
}

static int attach(struct df_pipeline *p, struct df_error *err)
{
  struct df_gpu *gpu = df_engine_gpu(p->engine);
  size_t free = 0, total = 0;
  int result = df_device_cuda_create(gpu, &p->cuda, err);
  if (result == 0 && looks(p->task) && !p->plan)
    result = join_batcher(p, err);
  if (result == 0)
    result = df_gpu_memory_free(gpu, &free, &total, err);
  if (result < 0)
    return result;
  if ((int64_t)(free / LOOKAHEAD_PART) < p->lookahead_bytes)
    p->lookahead_bytes = (int64_t)(free / LOOKAHEAD_PART);
  df_gauge_begin(&p->gauge, gpu);
  return 0;
}

static void detach(struct df_pipeline *p)
{
  df_batcher_leave(&p->client);
  for (int i = 0; i < DF_UNDER_WAY; i++)
    df_picture_unref(&p->held[i]);
  df_device_destroy(&p->cuda);
  df_engine_close(&p->own_engine);
  p->batcher = NULL;
  p->engine = NULL;
}

static int open_gpu(struct df_pipeline *p, struct df_device_choice choice, struct df_error *err)
{
  struct df_error why = {0};
  int result = 0;
  p->wants_gpu = choice.kind != DF_DEVICE_CPU || p->task->engine;
  p->engine = p->task->engine;
  if (!p->engine) {
    result = df_engine_open(choice, p->log, &p->own_engine, &why);
    p->engine = p->own_engine;
  }
  if (p->engine)
    result = attach(p, &why);
  if (result == 0) {
    p->wants_gpu = p->engine; /* with auto there may be none, and nothing was refused */
    return 0;
  }
  bool may_do_without = choice.kind == DF_DEVICE_AUTO && !p->task->engine;
  detach(p);
  p->wants_gpu = !may_do_without;
  if (!may_do_without)
    return df_fail(err, result, "%s", why.text[0] ? why.text : df_error_text(result));
  df_log_say(p->log, DF_LOG_WARNING, "the GPU cannot be used, the CPU does the work: %s", why.text);
  return 0;
}

int df_pipeline_open_device(struct df_pipeline *p, struct df_error *err)
{
  const struct df_task *task = p->task;
  struct df_device_choice choice;
  p->lookahead_bytes = lookahead_bytes;
  p->device = df_device_cpu_create(1);
  if (!p->device)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = df_device_choice_parse(task->device, &choice, err);
  bool decides_from_a_log =
      task->kind == DF_TASK_ANALYZE && task->replay && task->pass != DF_PASS_SURVEY;
  return result < 0 || decides_from_a_log ? result : open_gpu(p, choice, err);
}

int df_pipeline_share_device(struct df_pipeline *p, struct df_engine *engine, struct df_error *err)
{
  p->device = df_device_cpu_create(1);
  if (!p->device)
    return df_fail(err, DF_ENOMEM, "out of memory");
  p->wants_gpu = engine;
  p->engine = engine;
  return engine ? attach(p, err) : 0;
}

void df_pipeline_close_device(struct df_pipeline *p)
{
  detach(p);
  df_device_destroy(&p->device);
}

static void name_part(struct df_part *part, const char *name, const char *refusal)
{
  snprintf(part->name, sizeof part->name, "%s", name ? name : "");
  snprintf(part->refusal, sizeof part->refusal, "%s", refusal ? refusal : "");
}

/* The reasons of all that come before the one that does the work. */
static void report_provider(struct df_pipeline *p)
{
  struct df_part *part = &p->result->provider;
  struct df_provider_report report;
  size_t length = 0;
  df_batcher_report(p->batcher, &report);
  name_part(part, df_provider_name(report.provider), NULL);
  for (int i = 0; i < (int)report.provider && length < sizeof part->refusal; i++)
    length += (size_t)snprintf(part->refusal + length, sizeof part->refusal - length, "%s%s: %s",
        length > 0 ? "; " : "", df_provider_name((enum df_provider)i), report.reasons[i]);
}

static void report_gpu(struct df_pipeline *p)
{
  struct df_result *result = p->result;
  const struct df_gpu_info *info = df_gpu_info(df_engine_gpu(p->engine));
  result->on_gpu = true;
  snprintf(
      result->device.name, sizeof result->device.name, "cuda:%d %s", info->ordinal, info->name);
  if (p->batcher)
    report_provider(p);
  df_gauge_read(&p->gauge, &result->gpu);
}

void df_pipeline_report_encoder(struct df_pipeline *p)
{
  const struct df_encoder *encoder = p->sinks[DF_SINK_MAIN].encoder;
  if (encoder)
    name_part(&p->result->encoder, df_encoder_name(encoder), df_encoder_refusal(encoder));
}

void df_pipeline_report(struct df_pipeline *p)
{
  struct df_result *result = p->result;
  const char *refusal = p->decoder ? df_decoder_refusal(p->decoder) : NULL;
  name_part(&result->device, "cpu", NULL);
  if (p->decoder)
    name_part(&result->decoder, p->cuda && !refusal ? "NVDEC" : "CPU", refusal);
  if (looks(p->task))
    name_part(&result->provider, "CPU", NULL);
  df_pipeline_report_encoder(p);
  if (p->cuda)
    report_gpu(p);
}

/* What the task can be taken up after is no loss. */
static int explain_break(const struct df_pipeline *p, int result, struct df_error *err)
{
  struct df_error said = *err;
  if (!df_segments_wanted(&p->segments) || (result != DF_ESTOPPED && result != DF_ENOSPACE))
    return result;
  *err = (struct df_error){0};
  return df_fail(err, result, "%s; the same command goes on after what is done",
      said.text[0] ? said.text : df_error_text(result));
}

int df_pipeline_explain(struct df_pipeline *p, int result, struct df_error *err)
{
  if (err && result != DF_ENOMEM)
    return explain_break(p, result, err);
  if (result != DF_ENOMEM || !p->wants_gpu || !err)
    return result;
  struct df_error said = *err;
  *err = (struct df_error){0};
  return df_fail(err, result,
      "%s; a shorter --lookahead, fewer videos at once or --device cpu take less of its memory",
      said.text[0] ? said.text : "out of memory");
}
