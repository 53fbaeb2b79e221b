/*
 * How long the GPU's kernels take: milliseconds a call for the cases that occur, from pictures of noise in
 * device memory. Calls are put on a stream one after the other and waited for once, as in the program, so what
 * is measured is the slower of the device and of the host that feeds it; the host's part is printed too.
 * Judges nothing. Usage: gpu_bench [--json] [seconds a case]
 *
 * With --json prints a line for each case: {"name": "...", "ms": 0.1, "host_ms": 0.01}.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "compose/compose_cuda.h"
#include "frame/device.h"
#include "frame/gpu_pool.h"
#include "vision/detector.h"
#include "vision/preprocess_cuda.h"

enum { WARM_UP = 3, CALLS_MAX = 5000, BATCH = 8 };

static struct df_device device; /* what the pictures say they live on */
static struct df_error failure;

/* All that a case may use. */
struct bench {
  struct df_gpu *gpu;
  df_gpu_stream stream;
  df_gpu_event done;
  struct df_cuda_composer *composer;
  struct df_preprocessor *preprocessor;
  struct df_turner *turner;
  struct df_gpu_pool *pools[4];
  struct df_picture *hd, *hd10, *uhd, *out, *turned;
  df_gpu_memory tensor, sketch, sums, candidates, outputs[DF_YUNET_LEVELS][4];
  double seconds;
  bool json;
};

static void check(int result)
{
  if (result >= 0)
    return;
  fprintf(stderr, "gpu_bench: %s\n", failure.text);
  exit(1);
}

typedef int call_fn(struct bench *b, const void *context, int n);

static void wait(struct bench *b)
{
  check(df_gpu_event_record(b->gpu, b->done, b->stream, &failure));
  check(df_gpu_event_wait_host(b->gpu, b->done, &failure));
}

/* Seconds for `calls` calls; *ret_host for as long as it took to ask for them. */
static double time_calls(
    struct bench *b, call_fn *call, const void *context, int calls, double *ret_host)
{
  double start = df_clock_now();
  for (int n = 0; n < calls; n++)
    check(call(b, context, n));
  *ret_host = df_clock_now() - start;
  wait(b);
  return df_clock_now() - start;
}

static void measure(struct bench *b, const char *name, call_fn *call, const void *context)
{
  double host;
  time_calls(b, call, context, WARM_UP, &host);
  double each = time_calls(b, call, context, WARM_UP, &host) / WARM_UP;
  int calls = b->seconds / each < CALLS_MAX ? (int)(b->seconds / each) + 1 : CALLS_MAX;
  double ms = 1000 * time_calls(b, call, context, calls, &host) / calls;
  host *= 1000.0 / calls;
  if (b->json)
    printf("{\"name\": \"%s\", \"ms\": %.4f, \"host_ms\": %.4f}\n", name, ms, host);
  else
    printf("%-52s %9.4f %9.4f\n", name, ms, host);
  fflush(stdout);
}

struct composition {
  const char *name;
  struct df_picture *const *source;
  struct df_box windows[2];
  float drift; /* pixels the windows move from frame to frame: 0 keeps the filter tables */
};

static int compose(struct bench *b, const void *context, int n)
{
  const struct composition *c = context;
  struct df_tile tiles[2];
  for (int i = 0; i < 2; i++) {
    struct df_box window = c->windows[i];
    window.x += c->drift * (float)(n % 16);
    tiles[i] = (struct df_tile){*c->source, window, 1, 1, DF_FIT_COVER, {i * 960, 0, 960, 1080}};
  }
  return df_cuda_composer_draw(b->composer, tiles, 2, b->out, &failure);
}

static void measure_composer(struct bench *b)
{
  const struct composition all[] = {
      {"composing, 640x720 up", &b->hd, {{200, 100, 640, 720}, {1000, 90, 640, 720}}, 0},
      {"composing, 640x720 up, moving", &b->hd, {{200, 100, 640, 720}, {1000, 90, 640, 720}},
          0.25F},
      {"composing, 640x720 up, 10 bit", &b->hd10, {{200, 100, 640, 720}, {1000, 90, 640, 720}}, 0},
      {"composing, 960x1080 copied", &b->hd, {{100, 0, 960, 1080}, {960, 0, 960, 1080}}, 0},
      {"composing, 1920x2160 down, moving", &b->uhd, {{0, 0, 1900, 2160}, {1900, 0, 1900, 2160}},
          0.25F},
  };
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    measure(b, all[i].name, compose, &all[i]);
}

static const struct df_model_input face_input = {.scale = {1, 1, 1}, .width = 112, .height = 112};

static int letterbox(struct bench *b, const void *context, int n)
{
  const struct df_picture *picture = context;
  (void)n;
  struct df_letterbox l =
      df_letterbox_fit((float)picture->width, (float)picture->height, 1, 1, 32, 0);
  return df_preprocessor_letterbox(
      b->preprocessor, picture, &l, &face_input, b->tensor, b->stream, &failure);
}

static int sketch(struct bench *b, const void *context, int n)
{
  (void)n;
  return df_preprocessor_sketch(b->preprocessor, context, b->sketch, b->stream, &failure);
}

static int align(struct bench *b, const void *context, int n)
{
  const float matrix[6] = {2.1F, 0.3F, 300, -0.3F, 2.1F, 400};
  (void)n;
  return df_preprocessor_align(
      b->preprocessor, context, matrix, &face_input, b->tensor, b->sums, b->stream, &failure);
}

static int candidates(struct bench *b, const void *context, int n)
{
  (void)context, (void)n;
  return df_preprocessor_candidates(b->preprocessor, (const df_gpu_memory(*)[4])b->outputs, BATCH,
      640, 384, 0.1F, b->candidates, b->stream, &failure);
}

static int turn(struct bench *b, const void *context, int n)
{
  (void)n;
  return df_turner_turn(b->turner, context, 90, false, b->turned, b->stream, &failure);
}

/* A picture of noise, or of nothing where it is drawn to. */
static struct df_picture *make_picture(
    struct bench *b, int which, struct df_format format, int width, int height, bool noise)
{
  struct df_picture *picture;
  if (!b->pools[which])
    check(df_gpu_pool_create(b->gpu, &device, format, width, height, &b->pools[which], &failure));
  check(df_gpu_pool_take(b->pools[which], &picture, &failure));
  struct df_pool *pool = noise ? df_pool_create(format, width, height) : NULL;
  struct df_picture *host = pool ? df_pool_take(pool) : NULL;
  uint32_t state = 1;
  for (int p = 0; host && p < 2; p++) {
    size_t bytes =
        (size_t)host->strides[p] * (size_t)df_format_plane_height(format, p, host->height);
    for (size_t i = 0; i < bytes; i++) {
      state = state * 1664525 + 1013904223;
      host->planes[p][i] = (uint8_t)(state >> 24);
    }
  }
  if (host)
    check(df_gpu_copy_picture(b->gpu, host, picture, b->stream, &failure));
  wait(b);
  df_picture_unref(&host);
  df_pool_destroy(&pool);
  return picture;
}

/* Scores of which one in a hundred is above the least, about as on a crowd. */
static void make_outputs(struct bench *b)
{
  static const int values[4] = {1, 1, 4, 10};
  uint32_t state = 1;
  for (int l = 0; l < DF_YUNET_LEVELS; l++)
    for (int k = 0; k < 4; k++) {
      size_t cells = (size_t)(640 / df_yunet_stride(l)) * (size_t)(384 / df_yunet_stride(l));
      size_t count = BATCH * cells * (size_t)values[k];
      float *host = malloc(count * sizeof *host);
      for (size_t i = 0; host && i < count; i++) {
        state = state * 1664525 + 1013904223;
        host[i] = (float)(state >> 8) / (1 << 24);
        if (k < 2)
          host[i] = host[i] > 0.9F ? 0.5F : 0.001F;
      }
      struct df_gpu_rows to = {0}, from = {.host = host};
      check(df_gpu_allocate(b->gpu, count * sizeof *host, "outputs", &b->outputs[l][k], &failure));
      to.device = b->outputs[l][k];
      if (host)
        check(df_gpu_copy(b->gpu, &to, &from, count * sizeof *host, 1, b->stream, &failure));
      free(host);
    }
}

static void set_up(struct bench *b)
{
  struct df_gpu *gpu;
  check(df_gpu_open(0, &gpu, &failure));
  b->gpu = gpu;
  check(df_gpu_stream_create(gpu, &b->stream, &failure));
  check(df_gpu_event_create(gpu, &b->done, &failure));
  check(df_cuda_composer_create(gpu, b->stream, &b->composer, &failure));
  check(df_preprocessor_create(gpu, &b->preprocessor, &failure));
  check(df_turner_create(gpu, &b->turner, &failure));
  b->hd = make_picture(b, 0, DF_FORMAT_NV12, 1920, 1080, true);
  b->out = make_picture(b, 0, DF_FORMAT_NV12, 1920, 1080, false);
  b->hd10 = make_picture(b, 1, DF_FORMAT_P010, 1920, 1080, true);
  b->uhd = make_picture(b, 2, DF_FORMAT_NV12, 3840, 2160, true);
  b->turned = make_picture(b, 3, DF_FORMAT_NV12, 1080, 1920, false);
  check(df_gpu_allocate(gpu, 3 * 1024 * 1024 * sizeof(float), "a tensor", &b->tensor, &failure));
  check(df_gpu_allocate(gpu, sizeof(struct df_luma_sketch), "a sketch", &b->sketch, &failure));
  check(df_gpu_allocate(gpu, DF_SHARPNESS_BYTES, "sums", &b->sums, &failure));
  check(df_gpu_allocate(
      gpu, BATCH * sizeof(struct df_candidates), "candidates", &b->candidates, &failure));
  make_outputs(b);
}

static void tear_down(struct bench *b)
{
  wait(b);
  df_cuda_composer_destroy(&b->composer);
  df_preprocessor_destroy(&b->preprocessor);
  df_turner_destroy(&b->turner);
  df_picture_unref(&b->hd);
  df_picture_unref(&b->hd10);
  df_picture_unref(&b->uhd);
  df_picture_unref(&b->out);
  df_picture_unref(&b->turned);
  for (int i = 0; i < 4; i++)
    df_gpu_pool_destroy(&b->pools[i]);
  for (int l = 0; l < DF_YUNET_LEVELS; l++)
    for (int k = 0; k < 4; k++)
      df_gpu_free(b->gpu, &b->outputs[l][k]);
  df_gpu_free(b->gpu, &b->tensor);
  df_gpu_free(b->gpu, &b->sketch);
  df_gpu_free(b->gpu, &b->sums);
  df_gpu_free(b->gpu, &b->candidates);
  df_gpu_event_destroy(b->gpu, &b->done);
  df_gpu_stream_destroy(b->gpu, &b->stream);
  df_gpu_close(&b->gpu);
}

struct detection {
  struct df_runtime *runtime;
  struct df_manifest *manifest;
  struct df_detector *detector;
  df_gpu_memory input;
};

static int detect(struct bench *b, const void *context, int n)
{
  const struct detection *d = context;
  df_gpu_memory outputs[DF_YUNET_LEVELS][4];
  (void)b, (void)n;
  return df_detector_run_at(d->detector, d->input, BATCH, 640, 384, outputs, &failure);
}

static int load_detector(struct bench *b, struct detection *d, struct df_error *err)
{
  char path[4096];
  const struct df_session_place place = {.gpu = b->gpu, .stream = b->stream, .threads = 1};
  int result = df_manifest_locate(NULL, path, sizeof path, err);
  if (result == 0)
    result = df_runtime_open(NULL, &d->runtime, err);
  if (result == 0)
    result = df_manifest_load(path, &d->manifest, err);
  if (result < 0)
    return result;
  const struct df_model *model = df_manifest_find(d->manifest, DF_TASK_DETECT, NULL, err);
  if (!model)
    return DF_EINPUT;
  return df_detector_create_at(d->runtime, model, 0.1F, &place, BATCH, &d->detector, err);
}

static void measure_detector(struct bench *b)
{
  struct detection d = {0};
  struct df_error err = {0};
  size_t size = (size_t)BATCH * 3 * 640 * 384 * sizeof(float);
  if (load_detector(b, &d, &err) < 0) {
    fprintf(stderr, "gpu_bench: no detector: %s\n", err.text);
  } else {
    struct df_provider_report report;
    char by[DF_PROVIDERS * DF_ERROR_TEXT];
    check(df_gpu_allocate(b->gpu, size, "a batch", &d.input, &failure));
    check(df_gpu_fill(b->gpu, d.input, 0, size, b->stream, &failure));
    measure(b, "detector, 640x384, batch of 8", detect, &d);
    df_detector_provider_report(d.detector, &report);
    df_provider_describe(&report, by, sizeof by);
    fprintf(stderr, "gpu_bench: the detector's provider: %s\n", by);
  }
  wait(b);
  df_detector_destroy(&d.detector);
  df_manifest_destroy(&d.manifest);
  df_runtime_close(&d.runtime);
  df_gpu_free(b->gpu, &d.input);
}

int main(int argc, char **argv)
{
  struct bench b = {.seconds = 0.5};
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--json") == 0)
      b.json = true;
    else
      b.seconds = strtod(argv[i], NULL);
  set_up(&b);
  if (!b.json)
    printf("%-52s %9s %9s\n", df_gpu_info(b.gpu)->name, "ms", "host's ms");
  measure_composer(&b);
  measure(&b, "letterbox, 1080p", letterbox, b.hd);
  measure(&b, "letterbox, 1080p, 10 bit", letterbox, b.hd10);
  measure(&b, "letterbox, 2160p", letterbox, b.uhd);
  measure(&b, "sketch, 1080p", sketch, b.hd);
  measure(&b, "sketch, 2160p", sketch, b.uhd);
  measure(&b, "face aligned, with its sharpness", align, b.hd);
  measure(&b, "candidates, 640x384, batch of 8", candidates, NULL);
  measure(&b, "1080p turned by a quarter", turn, b.hd);
  measure_detector(&b);
  tear_down(&b);
  return 0;
}
