#include "cli/crowd.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "jobs/state.h"

enum { STREAMS_A_GPU = 4, STREAMS_OF_A_CPU = 4, TICKS_A_SECOND = 5 };
static const double tick = 1.0 / TICKS_A_SECOND;

/* What is left over is said at once: long before the end somebody may put it right. */
void df_crowd_tell(void *crowd, enum df_leftover kind, const char *path, const char *reason)
{
  struct df_crowd *b = crowd;
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
static void say_error(struct df_crowd *b, const char *input, const char *text)
{
  char line[DF_PATH_BYTES + DF_ERROR_TEXT];
  snprintf(line, sizeof line, "%s: %s", input, text);
  df_console_say(&b->console, DF_LOG_ERROR, strstr(text, input) ? text : line);
}

static void report_end(struct df_crowd *b, const struct df_runner_job *job,
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
  struct df_crowd *b = context;
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
static void open_other_gpus(struct df_crowd *b)
{
  int first = df_gpu_info(df_engine_gpu(b->engines[0]))->ordinal, count = df_gpu_count(NULL);
  for (int i = first + 1; i < count && b->engine_count < DF_RUNNER_GPUS_MAX; i++) {
    struct df_error why = {0};
    struct df_device_choice choice = {DF_DEVICE_CUDA, i};
    if (df_engine_open(choice, b->log, &b->engines[b->engine_count], &why) == 0)
      b->engine_count++;
    else
      df_log_event(
          b->log, DF_LOG_WARNING, DF_EVENT_GPU_TO_CPU, "goes on without cuda:%d: %s", i, why.text);
  }
}

int df_crowd_open_engines(struct df_crowd *b)
{
  struct df_device_choice choice;
  int result = df_device_choice_parse(b->options->task.device, &choice, &b->err);
  if (result == 0)
    result = df_runtime_open(NULL, &b->runtime, &b->err);
  if (result == 0)
    result = df_engine_open(choice, b->log, &b->engines[0], &b->err);
  b->engine_count = b->engines[0] != NULL;
  if (result == 0 && b->engine_count && choice.ordinal < 0)
    open_other_gpus(b);
  return result;
}

int df_crowd_streams(const struct df_crowd *b)
{
  int streams = b->options->streams;
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  if (streams == 0 && b->engine_count)
    streams = STREAMS_A_GPU * (int)b->engine_count;
  else if (streams == 0)
    streams = cores > STREAMS_OF_A_CPU ? STREAMS_OF_A_CPU : (int)cores;
  return streams < 1 ? 1 : streams > DF_RUNNER_STREAMS_MAX ? DF_RUNNER_STREAMS_MAX : streams;
}

static void watch_over(
    struct df_crowd *b, struct df_runner *runner, const struct df_crowd_watch *watch)
{
  bool stopping = false;
  struct df_standing now = {.now = df_clock_now()};
  struct df_runner_view view;
  df_meter_init(&b->meter, &now);
  for (unsigned ticks = 1; !df_runner_wait(runner, tick); ticks++) {
    if (atomic_load(&b->stop) && !stopping) {
      stopping = true;
      watch->stop(watch->context, runner);
    }
    df_runner_look(runner, &view);
    if (watch->tick(watch->context, &view, ticks) < 0)
      atomic_store(&b->stop, true);
  }
  df_runner_look(runner, &view);
  b->sum.frames = view.frames;
  b->sum.seconds = df_clock_now() - now.now;
}

int df_crowd_source(struct df_crowd *crowd, struct df_ledger_source **ret_source)
{
  const struct df_ledger_source_options jobs = {
      .ledger = crowd->ledger,
      .task = &crowd->options->task,
      .state = crowd->options->state,
      .ended = ended,
      .context = crowd,
  };
  return df_ledger_source_create(&jobs, ret_source, &crowd->err);
}

int df_crowd_run(struct df_crowd *crowd, struct df_ledger_source *source, int streams,
    const struct df_crowd_watch *watch)
{
  const struct df_runner_options options = {
      .source = df_ledger_source_of(source),
      .streams = streams,
      .engines = crowd->engines,
      .engine_count = crowd->engine_count,
      .runtime = crowd->runtime,
      .log = crowd->log,
      .say = df_console_say,
      .say_context = &crowd->console,
  };
  struct df_runner *runner = NULL;
  int result = df_runner_start(&options, &runner, &crowd->err);
  if (result < 0)
    return result;
  watch_over(crowd, runner, watch);
  return df_runner_finish(&runner, &crowd->err);
}

/* One that is not taken any more, since it ended the program too often. */
static void quarantined(void *context, const struct df_job *job)
{
  struct df_crowd *b = context;
  struct df_event event = {
      .kind = DF_EVENT_QUARANTINED, .frames = job->frames, .frames_total = job->frames_total};
  char text[DF_PATH_BYTES + DF_ERROR_TEXT];
  df_plan_quarantine_text(job, text, sizeof text);
  snprintf(event.input, sizeof event.input, "%s", job->input.path);
  snprintf(event.text, sizeof event.text, "%s", text);
  df_events_publish(b->events, &event);
  df_console_say(&b->console, DF_LOG_ERROR, text);
  b->sum.failed++;
}

static int open_ledger(struct df_crowd *b)
{
  char path[DF_PATH_BYTES];
  int result = df_state_ledger(b->options->state, true, path, sizeof path, &b->err);
  if (result == 0)
    result = df_ledger_open(path, NULL, &b->ledger, &b->err);
  if (result == 0)
    df_ledger_on_quarantine(b->ledger, quarantined, b);
  return result;
}

struct df_crowd *df_crowd_create(const struct df_options *options, struct df_heartbeat *heartbeat)
{
  struct df_crowd *b = calloc(1, sizeof *b);
  if (!b)
    return NULL;
  b->options = options;
  b->heartbeat = heartbeat;
  df_console_init(&b->console, options->quiet, !options->json);
  b->log = df_log_create(DF_LOG_NOTE, df_console_say, &b->console);
  b->events = df_events_create();
  df_stop_watch(&b->stop);
  if (!b->log || !b->events) {
    df_fail(&b->err, DF_ENOMEM, "out of memory");
    return b;
  }
  df_log_publish_to(b->log, b->events);
  if (df_events_writer_open(options->events, b->events, b->log, &b->events_writer, &b->err) == 0)
    open_ledger(b);
  return b;
}

enum df_exit df_crowd_finish(struct df_crowd **crowd)
{
  struct df_crowd *b = *crowd;
  if (!b) {
    df_console_error("out of memory");
    return DF_EXIT_FAILED;
  }
  df_stop_release();
  for (size_t i = 0; i < b->engine_count; i++)
    df_engine_close(&b->engines[i]);
  df_runtime_close(&b->runtime);
  df_ledger_close(&b->ledger);
  df_events_writer_close(&b->events_writer);
  df_console_wipe(&b->console);
  if (b->err.code)
    df_console_say(&b->console, DF_LOG_ERROR, b->err.text);
  b->sum.plan = &b->plan;
  b->sum.events = b->events;
  if (b->options->json)
    df_batch_report_json_sum(stdout, &b->sum, &b->err);
  else if (!b->options->quiet)
    df_batch_report_sum(stdout, &b->sum);
  enum df_exit status = df_cli_exit(b->err.code);
  df_plan_release(&b->plan);
  df_log_destroy(&b->log);
  df_events_destroy(&b->events);
  df_console_finish(&b->console);
  free(b);
  *crowd = NULL;
  return status;
}
