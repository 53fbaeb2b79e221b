#include "cli/batch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/batch_report.h"
#include "cli/console.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "jobs/ledger_source.h"
#include "jobs/state.h"
#include "pipeline/engine.h"

enum { STREAMS_A_GPU = 4, STREAMS_OF_A_CPU = 4, CORES_A_STREAM = 2, TICKS_A_SECOND = 5 };
static const double tick = 1.0 / TICKS_A_SECOND;

struct batch {
  const struct df_options *options;
  struct df_console console;
  struct df_log *log;
  struct df_ledger *ledger;
  struct df_plan plan;
  struct df_engine *engines[DF_RUNNER_GPUS_MAX];
  size_t engine_count;
  struct df_meter meter;
  struct df_heartbeat *heartbeat;
  struct df_batch_sum sum;
  atomic_bool stop;
  struct df_error err;
};

bool df_batch_is_meant(const struct df_options *options)
{
  struct stat info;
  return options->list || options->input_count > 1 ||
         (stat(options->task.input, &info) == 0 && S_ISDIR(info.st_mode));
}

/* Looking at thousands of inputs takes its time, and is no reason to be thought dead. */
static bool goes_on(void *context)
{
  struct batch *b = context;
  df_heartbeat_beat(b->heartbeat, 0);
  return !atomic_load(&b->stop);
}

/* What is left over is said at once: long before the end somebody may put it right. */
static void tell_leftover(
    void *context, enum df_leftover kind, const char *path, const char *reason)
{
  struct batch *b = context;
  if (kind == DF_LEFT_DONE)
    df_log_say(b->log, DF_LOG_NOTE, "%s: done before", path);
  else if (kind == DF_LEFT_TAKEN)
    df_log_say(b->log, DF_LOG_NOTE, "%s: another process is at it", path);
  else if (kind == DF_LEFT_SKIPPED)
    df_log_say(b->log, DF_LOG_NOTE, "%s: skipped: %s", path, reason);
  else
    df_console_say(&b->console, DF_LOG_ERROR, reason);
}

/* Says an error, and whose it is where it does not say so itself. */
static void say_error(struct batch *b, const char *input, const char *text)
{
  char line[DF_PATH_BYTES + DF_ERROR_TEXT];
  snprintf(line, sizeof line, "%s: %s", input, text);
  df_console_say(&b->console, DF_LOG_ERROR, strstr(text, input) ? text : line);
}

static void report_end(struct batch *b, const struct df_runner_job *job,
    const struct df_runner_end *end, const struct df_error *err)
{
  double seconds = end->result ? end->result->seconds : 0;
  df_console_wipe(&b->console);
  if (err && end->code != DF_ESTOPPED)
    say_error(b, job->task.input, err->text);
  if (b->options->json)
    df_report_json_result(stdout, &(struct df_report){
                                      .command = "run",
                                      .task = &job->task,
                                      .result = end->result,
                                      .speed = seconds > 0 ? end->media_seconds / seconds : 0,
                                      .log = end->log,
                                      .error = err,
                                  });
  else if (!err && !b->options->quiet)
    df_batch_report_done(stdout, end);
  fflush(stdout);
}

static void ended(void *context, const struct df_runner_job *job, const struct df_runner_end *end,
    const struct df_error *unkept)
{
  struct batch *b = context;
  b->sum.stopped += end->code == DF_ESTOPPED;
  b->sum.failed += end->code != DF_ESTOPPED && (end->code < 0 || unkept);
  b->sum.done += end->code == 0 && !unkept;
  if (end->code == DF_EMISSING) { /* what the machine lacks, it lacks for all */
    df_fail(&b->err, end->code, "%s", end->err->text);
    atomic_store(&b->stop, true);
    return;
  }
  report_end(b, job, end, end->code < 0 ? end->err : unkept);
}

/* The other GPUs too, where none was chosen; one that cannot be used is no reason to stop. */
static void open_other_gpus(struct batch *b)
{
  int first = df_gpu_info(df_engine_gpu(b->engines[0]))->ordinal, count = df_gpu_count(NULL);
  for (int i = first + 1; i < count && b->engine_count < DF_RUNNER_GPUS_MAX; i++) {
    struct df_error why = {0};
    struct df_device_choice choice = {DF_DEVICE_CUDA, i};
    if (df_engine_open(choice, b->log, &b->engines[b->engine_count], &why) == 0)
      b->engine_count++;
    else
      df_log_say(b->log, DF_LOG_WARNING, "goes on without cuda:%d: %s", i, why.text);
  }
}

static int open_engines(struct batch *b)
{
  struct df_device_choice choice;
  int result = df_device_choice_parse(b->options->task.device, &choice, &b->err);
  if (result == 0)
    result = df_engine_open(choice, b->log, &b->engines[0], &b->err);
  b->engine_count = b->engines[0] != NULL;
  if (result == 0 && b->engine_count && choice.ordinal < 0)
    open_other_gpus(b);
  return result;
}

static int streams_for(const struct batch *b)
{
  int streams = b->options->streams;
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  if (streams == 0 && b->engine_count)
    streams = STREAMS_A_GPU * (int)b->engine_count;
  else if (streams == 0)
    streams = cores / CORES_A_STREAM > STREAMS_OF_A_CPU ? STREAMS_OF_A_CPU
                                                        : (int)(cores / CORES_A_STREAM);
  streams = streams < 1 ? 1 : streams > DF_RUNNER_STREAMS_MAX ? DF_RUNNER_STREAMS_MAX : streams;
  return (size_t)streams > b->plan.count ? (int)b->plan.count : streams;
}

static void show_progress(struct batch *b, struct df_runner *runner, unsigned ticks)
{
  char line[256], text[320];
  struct df_runner_view view;
  df_runner_look(runner, &view);
  struct df_standing now = {.now = df_clock_now(),
      .frames = view.frames,
      .frames_total = b->plan.frames,
      .media_us = view.media_us};
  struct df_reading reading = df_meter_read(&b->meter, &now);
  df_heartbeat_beat(b->heartbeat, b->plan.frames_before + view.frames);
  snprintf(text, sizeof text, "%lld of %zu done, %d at work  %s", view.done + view.failed,
      b->plan.count, view.running, df_reading_line(&reading, line, sizeof line));
  df_console_draw(&b->console, text);
  if (b->options->json && ticks % TICKS_A_SECOND == 0)
    df_report_json_progress(stdout, &reading);
}

static void watch(struct batch *b, struct df_runner *runner)
{
  bool stopping = false;
  struct df_standing now = {.now = df_clock_now()};
  struct df_runner_view view;
  df_meter_init(&b->meter, &now);
  for (unsigned ticks = 1; !df_runner_wait(runner, tick); ticks++) {
    if (atomic_load(&b->stop) && !stopping) {
      stopping = true;
      df_runner_stop(runner);
      if (b->console.draws)
        df_console_say(&b->console, DF_LOG_NOTE, "stopping; another Ctrl-C ends at once");
    }
    show_progress(b, runner, ticks);
  }
  df_runner_look(runner, &view);
  b->sum.frames = view.frames;
  b->sum.seconds = df_clock_now() - now.now;
}

static int run_jobs(struct batch *b)
{
  struct df_ledger_source source = {
      .ledger = b->ledger,
      .ids = b->plan.ids,
      .count = b->plan.count,
      .task = &b->options->task,
      .state = b->options->state,
      .ended = ended,
      .context = b,
  };
  struct df_runner_options options = {
      .source = df_ledger_source(&source),
      .streams = streams_for(b),
      .engines = b->engines,
      .engine_count = b->engine_count,
      .say = df_console_say,
      .say_context = &b->console,
  };
  struct df_runner *runner = NULL;
  int result = df_runner_start(&options, &runner, &b->err);
  if (result < 0)
    return result;
  watch(b, runner);
  return df_runner_finish(&runner, &b->err);
}

/* Those that were not taken any more, since they ended the program too often. */
static void tell_quarantined(struct batch *b)
{
  for (size_t i = 0; i < b->plan.count; i++) {
    struct df_job *job = NULL;
    char text[DF_PATH_BYTES + DF_ERROR_TEXT];
    if (df_ledger_show(b->ledger, b->plan.ids[i], &job, NULL) < 0)
      continue;
    if (job->state == DF_JOB_QUARANTINED) {
      df_console_say(
          &b->console, DF_LOG_ERROR, df_plan_quarantine_text(job, text, sizeof text));
      b->sum.failed++;
    }
    df_job_destroy(&job);
  }
}

static int open_ledger(struct batch *b)
{
  char path[DF_PATH_BYTES];
  int result = df_state_ledger(b->options->state, true, path, sizeof path, &b->err);
  return result < 0 ? result : df_ledger_open(path, NULL, &b->ledger, &b->err);
}

static void work(struct batch *b)
{
  int result = open_ledger(b);
  if (result == 0)
    result = df_plan_make(
        b->options, b->ledger, goes_on, tell_leftover, b, &b->plan, &b->err);
  if (result == 0 && b->plan.count > 0)
    result = open_engines(b);
  if (result == 0 && b->plan.count > 0)
    result = run_jobs(b);
  if (b->ledger)
    tell_quarantined(b);
  long long failed = b->sum.failed + (long long)b->plan.leftovers[DF_LEFT_REFUSED];
  if (result == 0 && atomic_load(&b->stop))
    df_fail(&b->err, DF_ESTOPPED, "%s; the same call goes on with what is left",
        df_error_text(DF_ESTOPPED));
  else if (result == 0 && failed > 0)
    df_fail(&b->err, DF_EINPUT, "%lld video%s failed", failed, failed == 1 ? "" : "s");
  for (size_t i = 0; i < b->engine_count; i++)
    df_engine_close(&b->engines[i]);
  df_ledger_close(&b->ledger);
}

static void report_sum(struct batch *b)
{
  df_console_wipe(&b->console);
  if (b->err.code)
    df_console_say(&b->console, DF_LOG_ERROR, b->err.text);
  b->sum.plan = &b->plan;
  if (b->options->json)
    df_batch_report_json_sum(stdout, &b->sum, &b->err);
  else if (!b->options->quiet)
    df_batch_report_sum(stdout, &b->sum);
}

enum df_exit df_batch_run(const struct df_options *options, struct df_heartbeat *heartbeat)
{
  struct batch *b = calloc(1, sizeof *b);
  if (!b) {
    df_console_error("out of memory");
    return DF_EXIT_FAILED;
  }
  b->options = options;
  b->heartbeat = heartbeat;
  df_console_init(&b->console, options->quiet, !options->json);
  b->log = df_log_create(DF_LOG_NOTE, df_console_say, &b->console);
  df_stop_watch(&b->stop);
  if (b->log)
    work(b);
  else
    df_fail(&b->err, DF_ENOMEM, "out of memory");
  df_stop_release();
  report_sum(b);
  enum df_exit status = df_cli_exit(b->err.code);
  df_plan_release(&b->plan);
  df_log_destroy(&b->log);
  df_console_finish(&b->console);
  free(b);
  return status;
}
