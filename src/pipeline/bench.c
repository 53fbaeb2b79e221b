#include "pipeline/bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "pipeline/engine.h"
#include "pipeline/gauge.h"
#include "pipeline/probe.h"

/* Asking the driver for its memory holds up who else asks it for something, so it is done seldom. */
enum { TICK_NANOSECONDS = 20 * 1000 * 1000, TICKS_BETWEEN_MEMORY = 10 };

struct stream {
  struct bench *bench;
  struct df_task task;
  struct df_probe probe;
  struct df_progress progress;
  struct df_result result;
  struct df_error err;
  int code;
  pthread_t thread;
};

struct bench {
  const struct df_bench_options *options;
  struct df_log *log;
  atomic_bool *stop;
  struct df_engine *engine; /* NULL on the CPU */
  struct stream *streams;
  atomic_int running;
  struct df_gauge gauge;
  double processor_began; /* < 0: no picture yet */
};

static double processor_seconds(void)
{
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void *run_stream(void *context)
{
  struct stream *stream = context;
  stream->code = df_pipeline_run(
      &stream->task, stream->bench->log, &stream->progress, &stream->result, &stream->err);
  atomic_fetch_sub(&stream->bench->running, 1);
  return NULL;
}

static void prepare(struct bench *b, int i, bool decode_only)
{
  const struct df_bench_options *o = b->options;
  struct stream *stream = &b->streams[i];
  df_probe_release(&stream->probe);
  *stream = (struct stream){
      .bench = b,
      .task = *o->task,
      .probe =
          {
              .decode_only = decode_only,
              .loop = o->loop,
              .seconds = o->seconds,
              .rate = o->rate,
          },
  };
  stream->task.kind = DF_TASK_RUN;
  stream->task.input = o->inputs[(size_t)i % o->input_count];
  stream->task.engine = b->engine;
  stream->task.device = NULL; /* what is not on the engine is on the CPU */
  stream->task.probe = &stream->probe;
}

/* Whether every stream has come so far that nothing more has to be made. */
static bool all_are_going(const struct bench *b)
{
  for (int i = 0; i < b->options->streams; i++) {
    struct stream *stream = &b->streams[i];
    if (atomic_load(&stream->probe.first) == 0 ||
        (!stream->probe.decode_only && atomic_load(&stream->progress.frames) == 0))
      return false;
  }
  return true;
}

static bool any_has_begun(const struct bench *b)
{
  for (int i = 0; i < b->options->streams; i++)
    if (atomic_load(&b->streams[i].probe.first) > 0)
      return true;
  return false;
}

static void note_memory(const struct bench *b, struct df_bench_pass *pass)
{
  size_t free = 0, total = 0;
  struct df_error ignored = {0};
  if (!b->engine || df_gpu_memory_free(df_engine_gpu(b->engine), &free, &total, &ignored) < 0)
    return;
  if ((long long)(total - free) > pass->device_memory)
    pass->device_memory = (long long)(total - free);
}

static void stop_all(struct bench *b)
{
  for (int i = 0; i < b->options->streams; i++)
    atomic_store(&b->streams[i].progress.stop, true);
}

/* Looks on until the last stream has ended. */
static void watch(struct bench *b, struct df_bench_pass *pass)
{
  const struct timespec tick = {0, TICK_NANOSECONDS};
  for (int ticks = 0; atomic_load(&b->running) > 0; ticks++) {
    nanosleep(&tick, NULL);
    if (atomic_load(b->stop))
      stop_all(b);
    if (b->processor_began < 0 && any_has_begun(b))
      b->processor_began = processor_seconds();
    if (all_are_going(b))
      df_gauge_picture(&b->gauge);
    if (ticks % TICKS_BETWEEN_MEMORY == 0)
      note_memory(b, pass);
  }
}

/* Starts what it can; the rest is told by the first stream that has an error. */
static int start(struct bench *b)
{
  int started = 0;
  for (; started < b->options->streams; started++) {
    struct stream *stream = &b->streams[started];
    atomic_fetch_add(&b->running, 1);
    if (pthread_create(&stream->thread, NULL, run_stream, stream) != 0) {
      atomic_fetch_sub(&b->running, 1);
      stream->code = df_fail(&stream->err, DF_ENOMEM, "no thread could be started");
      stop_all(b);
      break;
    }
  }
  return started;
}

static int by_size(const void *a, const void *b)
{
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

/* The latencies of all streams together. */
static int add_up_latencies(struct bench *b, struct df_bench_pass *pass, struct df_error *err)
{
  size_t count = 0;
  float *all = malloc((size_t)(pass->frames + 1) * sizeof *all);
  if (!all)
    return df_fail(err, DF_ENOMEM, "out of memory");
  for (int i = 0; i < b->options->streams; i++)
    for (int64_t n = 0; n < b->streams[i].probe.frames; n++)
      all[count++] = b->streams[i].probe.latencies[n];
  qsort(all, count, sizeof *all, by_size);
  if (count > 0) {
    pass->latency_median = (double)all[count / 2];
    pass->latency_95 = (double)all[(count - 1) * 95 / 100];
  }
  free(all);
  return 0;
}

static int add_up(struct bench *b, struct df_bench_pass *pass, struct df_error *err)
{
  double first = 0, last = 0;
  for (int i = 0; i < b->options->streams; i++) {
    const struct df_probe *probe = &b->streams[i].probe;
    double began = atomic_load(&b->streams[i].probe.first);
    first = i == 0 || began < first ? began : first;
    last = i == 0 || probe->last > last ? probe->last : last;
    pass->frames += probe->frames;
  }
  pass->seconds = last - first;
  return add_up_latencies(b, pass, err);
}

/* An error that another stream's error or the user caused is not the one to tell. */
static int first_error(struct bench *b, struct df_error *err)
{
  const struct stream *worst = NULL;
  for (int i = 0; i < b->options->streams; i++) {
    const struct stream *stream = &b->streams[i];
    if (stream->code < 0 && (!worst || worst->code == DF_ESTOPPED))
      worst = stream;
  }
  if (!worst)
    return 0;
  if (b->options->streams == 1)
    return df_fail(err, worst->code, "%s", worst->err.text);
  return df_fail(err, worst->code, "stream %d: %s", (int)(worst - b->streams), worst->err.text);
}

static int run_pass(
    struct bench *b, bool decode_only, struct df_bench_pass *pass, struct df_error *err)
{
  for (int i = 0; i < b->options->streams; i++)
    prepare(b, i, decode_only);
  df_gauge_begin(&b->gauge, b->engine ? df_engine_gpu(b->engine) : NULL);
  b->processor_began = -1;
  int started = start(b);
  watch(b, pass);
  for (int i = 0; i < started; i++)
    pthread_join(b->streams[i].thread, NULL);
  if (b->processor_began >= 0)
    pass->processor_seconds = processor_seconds() - b->processor_began;
  df_gauge_read(&b->gauge, &pass->gpu);
  int result = first_error(b, err);
  return result == 0 ? add_up(b, pass, err) : result;
}

/* The models are loaded before anything is measured. */
static int open_engine(struct bench *b, struct df_error *err)
{
  const struct df_task *task = b->options->task;
  struct df_engine_models models = {task->models, task->detector, task->embedder};
  struct df_device_choice choice;
  struct df_batcher *batcher;
  int result = df_device_choice_parse(task->device, &choice, err);
  if (result == 0)
    result = df_engine_open(choice, b->log, &b->engine, err);
  return result == 0 && b->engine ? df_engine_batcher(b->engine, &models, &batcher, err) : result;
}

int df_bench_run(const struct df_bench_options *options, struct df_log *log, atomic_bool *stop,
    struct df_bench_result *ret_result, struct df_error *err)
{
  struct bench b = {.options = options, .log = log, .stop = stop};
  *ret_result = (struct df_bench_result){0};
  b.streams = calloc((size_t)options->streams, sizeof *b.streams);
  int result = b.streams ? 0 : df_fail(err, DF_ENOMEM, "out of memory");
  if (result == 0)
    result = open_engine(&b, err);
  if (result == 0)
    result = run_pass(&b, true, &ret_result->decode, err);
  if (result == 0)
    result = run_pass(&b, false, &ret_result->whole, err);
  for (int i = 0; b.streams && i < options->streams; i++) {
    if (i == 0)
      ret_result->first = b.streams[i].result;
    for (int k = 0; k < 33; k++)
      ret_result->md5[i][k] = b.streams[i].result.md5[k];
    df_probe_release(&b.streams[i].probe);
  }
  free(b.streams);
  df_engine_close(&b.engine);
  return result;
}
