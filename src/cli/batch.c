#include "cli/batch.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "cli/crowd.h"
#include "cli/report.h"

enum { TICKS_A_SECOND = 5 };

bool df_batch_is_meant(const struct df_options *options)
{
  struct stat info;
  return options->watch || options->list || options->input_count > 1 ||
         (stat(options->task.input, &info) == 0 && S_ISDIR(info.st_mode));
}

/* Looking at thousands of inputs takes its time, and is no reason to be thought dead. */
static bool goes_on(void *context)
{
  struct df_crowd *b = context;
  df_heartbeat_beat(b->heartbeat, 0);
  return !atomic_load(&b->stop);
}

static int show_progress(void *context, const struct df_runner_view *view, unsigned ticks)
{
  struct df_crowd *b = context;
  char line[256], text[320];
  struct df_standing now = {.now = df_clock_now(),
      .frames = view->frames,
      .frames_total = b->plan.frames,
      .media_us = view->media_us};
  struct df_reading reading = df_meter_read(&b->meter, &now);
  df_heartbeat_beat(b->heartbeat, b->plan.frames_before + view->frames);
  snprintf(text, sizeof text, "%lld of %zu done, %d at work  %s", view->done + view->failed,
      b->plan.count, view->running, df_reading_line(&reading, line, sizeof line));
  df_console_draw(&b->console, text);
  if (b->options->json && ticks % TICKS_A_SECOND == 0)
    df_report_json_progress(stdout, &reading);
  return 0;
}

static void stop(void *context, struct df_runner *runner)
{
  struct df_crowd *b = context;
  df_runner_stop(runner);
  if (b->console.draws)
    df_console_say(&b->console, DF_LOG_NOTE, "stopping; another Ctrl-C ends at once");
}

static int run_jobs(struct df_crowd *b)
{
  const struct df_crowd_watch watch = {stop, show_progress, b};
  struct df_ledger_source *source = NULL;
  int streams = df_crowd_streams(b);
  int result = df_crowd_source(b, &source);
  for (size_t i = 0; result == 0 && i < b->plan.count; i++)
    result = df_ledger_source_add(source, b->plan.ids[i], &b->err);
  if (result == 0) {
    df_ledger_source_close(source);
    result = df_crowd_run(
        b, source, (size_t)streams > b->plan.count ? (int)b->plan.count : streams, &watch);
  }
  df_ledger_source_destroy(&source);
  return result;
}

static void work(struct df_crowd *b)
{
  int result = df_options_check_several(b->options, &b->err);
  if (result == 0)
    result = df_plan_make(b->options, b->ledger, goes_on, df_crowd_tell, b, &b->plan, &b->err);
  if (result == 0 && b->plan.count > 0)
    result = df_crowd_open_engines(b);
  if (result == 0 && b->plan.count > 0)
    result = run_jobs(b);
  long long failed = b->sum.failed + (long long)b->plan.leftovers[DF_LEFT_REFUSED];
  if (result == 0 && atomic_load(&b->stop))
    df_fail(&b->err, DF_ESTOPPED, "%s; the same call goes on with what is left",
        df_error_text(DF_ESTOPPED));
  else if (result == 0 && failed > 0)
    df_fail(&b->err, DF_EINPUT, "%lld video%s failed", failed, failed == 1 ? "" : "s");
}

enum df_exit df_batch_run(const struct df_options *options, struct df_heartbeat *heartbeat)
{
  struct df_crowd *crowd = df_crowd_create(options, heartbeat);
  if (crowd && !crowd->err.code)
    work(crowd);
  return df_crowd_finish(&crowd);
}
