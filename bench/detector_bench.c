/*
 * How long the detector takes on a GPU: milliseconds a run for each batch size, on black pictures of the size
 * that 1080p video is looked at in, from device memory to device memory. Runs are put on a stream one after the
 * other and waited for once. Judges nothing. Usage: detector_bench [--json] [seconds a size]
 *
 * With --json prints a line for each size: {"name": "...", "ms": 1.5}.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pipeline/models.h"
#include "vision/batch_plan.h"
#include "vision/letterbox.h"

enum { WARM_UP = 3, RUNS_MAX = 2000 };

struct bench {
  struct df_gpu *gpu;
  df_gpu_stream stream;
  df_gpu_event done;
  struct df_models models;
  struct df_detector *detector;
  struct df_letterbox size;
  df_gpu_memory tensor;
  struct df_error err;
};

static void check(struct bench *b, int result)
{
  if (result >= 0)
    return;
  fprintf(stderr, "detector_bench: %s\n", b->err.text);
  exit(1);
}

static void prepare(struct bench *b)
{
  b->models.for_gpu = true;
  check(b, df_gpu_open(0, &b->gpu, &b->err));
  check(b, df_gpu_stream_create(b->gpu, &b->stream, &b->err));
  check(b, df_gpu_event_create(b->gpu, &b->done, &b->err));
  check(b, df_models_init(&b->models, NULL, NULL, NULL, &b->err));
  const struct df_model *model = b->models.detector;
  struct df_session_place place = {.gpu = b->gpu, .stream = b->stream};
  check(b, df_detector_create_at(b->models.runtime, model, DF_LOW_SCORE, &place, DF_BATCH_MOST,
               &b->detector, &b->err));
  b->size = df_letterbox_fit(1920, 1080, 1, 1, model->input.multiple, 0);
  size_t bytes =
      DF_BATCH_MOST * df_models_tensor_size(b->size.width, b->size.height) * sizeof(float);
  check(b, df_gpu_allocate(b->gpu, bytes, "black pictures", &b->tensor, &b->err));
  check(b, df_gpu_fill(b->gpu, b->tensor, 0, bytes, b->stream, &b->err));
}

static void finish(struct bench *b)
{
  df_detector_destroy(&b->detector);
  df_models_finish(&b->models);
  df_gpu_free(b->gpu, &b->tensor);
  df_gpu_event_destroy(b->gpu, &b->done);
  df_gpu_stream_destroy(b->gpu, &b->stream);
  df_gpu_close(&b->gpu);
}

/* Seconds until `runs` runs are done. */
static double time_runs(struct bench *b, int batch, int runs)
{
  df_gpu_memory outputs[DF_YUNET_LEVELS][4];
  double start = df_clock_now();
  for (int i = 0; i < runs; i++)
    check(b, df_detector_run_at(
                 b->detector, b->tensor, batch, b->size.width, b->size.height, outputs, &b->err));
  check(b, df_gpu_event_record(b->gpu, b->done, b->stream, &b->err));
  check(b, df_gpu_event_wait_host(b->gpu, b->done, &b->err));
  return df_clock_now() - start;
}

/* As many runs as take about `seconds`. */
static double milliseconds(struct bench *b, int batch, double seconds)
{
  time_runs(b, batch, WARM_UP);
  double once = time_runs(b, batch, WARM_UP) / WARM_UP;
  double wanted = seconds / (once > 0 ? once : 1e-6);
  int runs = wanted < 1 ? 1 : wanted > RUNS_MAX ? RUNS_MAX : (int)wanted;
  return 1e3 * time_runs(b, batch, runs) / runs;
}

int main(int argc, char **argv)
{
  bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
  double seconds = argc > 1 + json ? strtod(argv[1 + json], NULL) : 1;
  if (seconds <= 0) {
    fputs("usage: detector_bench [--json] [seconds a size]\n", stderr);
    return 2;
  }
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  struct bench b = {0};
  prepare(&b);
  struct df_provider_report report;
  df_detector_provider_report(b.detector, &report);
  for (int i = 0; i < DF_BATCH_SIZES; i++) {
    int batch = df_batch_sizes[i];
    double ms = milliseconds(&b, batch, seconds);
    char name[96];
    snprintf(name, sizeof name, "detector, %dx%d, batch of %d, %s", b.size.width, b.size.height,
        batch, df_provider_name(report.provider));
    if (json)
      printf("{\"name\": \"%s\", \"ms\": %.4f}\n", name, ms);
    else
      printf("%-48s %9.3f ms\n", name, ms);
  }
  finish(&b);
  return 0;
}
