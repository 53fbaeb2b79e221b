/* `dualface serve`: a split screen of every video that comes into a folder, until it is stopped. */
#include "base/clock.h"
#include "cli/batch.h"
#include "cli/crowd.h"
#include "cli/watch.h"
#include "jobs/notify.h"

enum { TICKS_A_SECOND = 5 };

struct serve {
  struct df_crowd *crowd;
  struct df_planner *planner;
  struct df_ledger_source *source;
  struct df_watch *watch;
  long long idle; /* ticks without a job: signs of life for a supervisor, who waits for pictures */
  bool draining;
};

/* What was done before is nothing to tell: after a restart that is everything. */
static void tell(void *context, enum df_leftover kind, const char *path, const char *reason)
{
  if (kind != DF_LEFT_DONE)
    df_crowd_tell(context, kind, path, reason);
}

static void drain(void *context, struct df_runner *runner)
{
  struct serve *s = context;
  (void)runner;
  s->draining = true;
  df_ledger_source_drain(s->source);
  df_notify("STOPPING=1");
  df_log_say(s->crowd->log, DF_LOG_NOTE,
      "takes no more videos and ends when those at work are done; another signal ends at once");
}

static void tell_manager(const struct serve *s, const struct df_runner_view *view)
{
  char status[128];
  snprintf(status, sizeof status,
      "WATCHDOG=1\nSTATUS=%lld done, %lld failed, %d at work, %zu arriving", view->done,
      view->failed, view->running, df_watch_pending(s->watch));
  df_notify(status);
}

static int look(void *context, const struct df_runner_view *view, unsigned ticks)
{
  struct serve *s = context;
  s->idle += view->running == 0;
  df_heartbeat_beat(s->crowd->heartbeat, view->frames + s->idle);
  if (ticks % TICKS_A_SECOND != 0)
    return 0;
  tell_manager(s, view);
  return s->draining ? 0 : df_watch_look(s->watch, &s->crowd->err);
}

static void work(struct serve *s)
{
  struct df_crowd *crowd = s->crowd;
  const struct df_crowd_watch watch = {drain, look, s};
  int result = df_crowd_source(crowd, &s->source);
  if (result == 0)
    result = df_planner_create(
        crowd->options, crowd->ledger, tell, crowd, &crowd->plan, &s->planner, &crowd->err);
  if (result == 0)
    result = df_watch_create(crowd->options, s->planner, s->source, &s->watch, &crowd->err);
  if (result == 0)
    result = df_crowd_open_engines(crowd);
  if (result == 0) {
    df_notify("READY=1");
    df_log_say(crowd->log, DF_LOG_NOTE, "watches %s, results go to %s", crowd->options->watch,
        crowd->options->task.output);
    df_crowd_run(crowd, s->source, df_crowd_streams(crowd), &watch);
  }
  df_watch_destroy(&s->watch);
  df_planner_destroy(&s->planner);
  df_ledger_source_destroy(&s->source);
}

static enum df_exit serve(const struct df_options *options, struct df_heartbeat *heartbeat)
{
  struct serve s = {.crowd = df_crowd_create(options, heartbeat)};
  if (s.crowd && !s.crowd->err.code)
    work(&s);
  return df_crowd_finish(&s.crowd);
}

enum df_exit df_cli_serve(int argc, const char *const *argv)
{
  static const struct df_cli_command command = {DF_COMMAND_SERVE, NULL, df_batch_is_meant, serve};
  return df_cli_execute(&command, argc, argv);
}
