/*
 * What every command does: parse, run the pipeline in a thread of its own while this one shows progress
 * five times a second, then say what came of it. The stop flag of the pipeline is set by signals (stop.h).
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/events_writer.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "jobs/heartbeat.h"
#include "jobs/workplace.h"

enum { TICK_MS = 200, TICKS_A_SECOND = 1000 / TICK_MS };

struct execution {
  const struct df_cli_command *command;
  struct df_options options;
  char work[DF_PATH_BYTES]; /* what the task's is, if it has one */
  struct df_console console;
  struct df_log *log; /* of the one job */
  struct df_events *events;
  struct df_events_writer *events_writer; /* NULL: nobody wants them written */
  struct df_meter meter;
  struct df_heartbeat *heartbeat; /* NULL: nobody supervises this process */
  int attempt;                    /* of the supervisor's, from 1 */
  unsigned ticks;
  bool stopping; /* and it was said */

  struct df_progress progress;
  struct df_result result; /* the worker's until `done` */
  struct df_error err;     /* likewise */

  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool done;
};

enum df_exit df_cli_exit(int code)
{
  switch (code) {
  case 0:
    return DF_EXIT_DONE;
  case DF_EUSAGE:
    return DF_EXIT_USAGE;
  case DF_EMISSING:
    return DF_EXIT_MISSING;
  case DF_ESTOPPED:
    return DF_EXIT_STOPPED;
  default:
    return DF_EXIT_FAILED;
  }
}

static void *work(void *context)
{
  struct execution *e = context;
  int code = df_pipeline_run(&e->options.task, e->log, &e->progress, &e->result, &e->err);
  if (code < 0)
    df_fail(&e->err, code, "%s", df_error_text(code)); /* keeps the sentence that is there */
  pthread_mutex_lock(&e->lock);
  e->done = true;
  pthread_cond_signal(&e->changed);
  pthread_mutex_unlock(&e->lock);
  return NULL;
}

static struct df_standing standing(struct execution *e)
{
  return (struct df_standing){
      .now = df_clock_now(),
      .frames = atomic_load(&e->progress.frames),
      .frames_total = atomic_load(&e->progress.frames_total),
      .media_us = atomic_load(&e->progress.media_us),
      .media_total_us = atomic_load(&e->progress.media_total_us),
  };
}

/* Tells who watches what becomes of the job. */
static void publish(struct execution *e, enum df_event_kind kind, const char *text)
{
  df_log_publish_job(
      e->log, kind, atomic_load(&e->progress.frames), atomic_load(&e->progress.frames_total), text);
}

static void publish_end(struct execution *e)
{
  int code = e->err.code;
  if (code == DF_ENOSPACE)
    publish(e, DF_EVENT_DISK_FULL, e->err.text);
  publish(e,
      code == 0             ? DF_EVENT_FINISHED
      : code == DF_ESTOPPED ? DF_EVENT_STOPPED
                            : DF_EVENT_FAILED,
      e->err.text);
}

static void show_progress(struct execution *e)
{
  char line[256];
  struct df_standing now = standing(e);
  struct df_reading reading = df_meter_read(&e->meter, &now);
  if (!e->stopping && atomic_load(&e->progress.stop)) {
    e->stopping = true;
    if (e->console.draws)
      df_console_say(&e->console, DF_LOG_NOTE, "stopping; another Ctrl-C ends at once");
  }
  df_console_draw(&e->console, df_reading_line(&reading, line, sizeof line));
  if (++e->ticks % TICKS_A_SECOND != 0)
    return;
  publish(e, DF_EVENT_PROGRESS, "");
  if (e->options.json)
    df_report_json_progress(stdout, &reading);
}

static void add_ms(struct timespec *time, long ms)
{
  time->tv_nsec += ms * 1000000;
  time->tv_sec += time->tv_nsec / 1000000000;
  time->tv_nsec %= 1000000000;
}

/* Shows progress until the worker is done. */
static void watch(struct execution *e)
{
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  pthread_mutex_lock(&e->lock);
  while (!e->done) {
    add_ms(&next, TICK_MS);
    int waited = 0;
    while (!e->done && waited == 0)
      waited = pthread_cond_timedwait(&e->changed, &e->lock, &next);
    if (e->done)
      break;
    pthread_mutex_unlock(&e->lock);
    df_heartbeat_beat(e->heartbeat, atomic_load(&e->progress.frames));
    show_progress(e);
    pthread_mutex_lock(&e->lock);
  }
  pthread_mutex_unlock(&e->lock);
}

static void choose_workplace(struct execution *e)
{
  const char *why = df_workplace_choose(&e->options.task, e->options.state, e->work);
  if (why)
    df_log_say(
        e->log, DF_LOG_NOTE, "should this run be broken off, it cannot be taken up: %s", why);
}

static void run_and_watch(struct execution *e)
{
  struct df_standing now = standing(e);
  df_meter_init(&e->meter, &now);
  df_stop_watch(&e->progress.stop);
  pthread_t worker;
  int failed = pthread_create(&worker, NULL, work, e);
  if (failed) {
    df_fail(&e->err, DF_ENOMEM, "no thread could be started: %s", strerror(failed));
  } else {
    watch(e);
    pthread_join(worker, NULL);
  }
  df_stop_release();
}

/* Media time over wall time. */
static double overall_speed(struct execution *e)
{
  double media = (double)atomic_load(&e->progress.media_us) / 1e6;
  return e->result.seconds > 0 ? media / e->result.seconds : 0;
}

const char *df_cli_command_name(enum df_command command)
{
  const struct df_command_info *info = df_commands;
  while (info->command != command)
    info++;
  return info->name;
}

static void print_kept(FILE *out, struct df_log *log)
{
  for (size_t i = 0; i < df_log_kept(log); i++) {
    enum df_log_level level;
    char line[DF_ERROR_TEXT];
    df_console_harmless(line, sizeof line, df_log_kept_line(log, i, &level));
    fprintf(out, "%s: %s\n", level == DF_LOG_WARNING ? "warning" : "note", line);
  }
}

static void report(struct execution *e)
{
  bool failed = e->err.code != 0;
  double speed = overall_speed(e);
  df_console_wipe(&e->console);
  if (failed)
    df_console_say(&e->console, DF_LOG_ERROR, e->err.text);
  if (e->options.json)
    df_report_json_result(stdout, &(struct df_report){
                                      .command = df_cli_command_name(e->command->command),
                                      .task = &e->options.task,
                                      .result = failed ? NULL : &e->result,
                                      .speed = speed,
                                      .log = e->log,
                                      .error = &e->err,
                                  });
  else if (!failed && !e->options.quiet) {
    e->command->summarise(stdout, &e->options.task, &e->result, speed);
    print_kept(stdout, e->log);
  }
}

static void execution_init(struct execution *e)
{
  df_clock_condition_init(&e->changed);
  pthread_mutex_init(&e->lock, NULL);
  df_console_init(&e->console, e->options.quiet, !e->options.json);
  e->log = df_log_create_for(NULL, e->options.task.input, DF_LOG_NOTE, df_console_say, &e->console);
  e->events = df_events_create();
  if (!e->log || !e->events) {
    df_fail(&e->err, DF_ENOMEM, "out of memory");
    return;
  }
  df_log_publish_to(e->log, e->events);
  df_events_writer_open(e->options.events, e->events, e->log, &e->events_writer, &e->err);
}

static void execution_finish(struct execution *e)
{
  df_log_destroy(&e->log);
  df_events_destroy(&e->events);
  df_console_finish(&e->console);
  pthread_cond_destroy(&e->changed);
  pthread_mutex_destroy(&e->lock);
}

enum df_exit df_cli_refuse(
    enum df_command command, int argc, const char *const *argv, const struct df_error *err)
{
  df_console_error(err->text);
  for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
    if (strcmp(argv[i], "--json") == 0) {
      df_report_json_result(
          stdout, &(struct df_report){.command = df_cli_command_name(command), .error = err});
      break;
    }
  return df_cli_exit(err->code);
}

enum df_exit df_cli_execute(const struct df_cli_command *command, int argc, const char *const *argv)
{
  struct execution *e = calloc(1, sizeof *e);
  if (!e) {
    df_console_error("out of memory");
    return DF_EXIT_FAILED;
  }
  e->command = command;
  e->attempt = df_heartbeat_attempt();
  e->heartbeat = df_heartbeat_open();
  enum df_exit status = DF_EXIT_DONE;
  if (df_options_parse(command->command, argc, argv, &e->options, &e->err) < 0) {
    status = df_cli_refuse(command->command, argc, argv, &e->err);
  } else if (e->options.help) {
    df_options_help(command->command, stdout);
  } else if (e->options.supervise && !e->heartbeat) {
    status = df_cli_supervise(command, &e->options, argc, argv);
  } else if (command->is_meant_for_several && command->is_meant_for_several(&e->options)) {
    status = command->run_several(&e->options, e->heartbeat);
  } else {
    execution_init(e);
    if (!e->err.code && df_cli_check_files(&e->options.task, &e->err) == 0) {
      choose_workplace(e);
      publish(e, e->attempt > 1 ? DF_EVENT_RESTARTED : DF_EVENT_STARTED, "");
      run_and_watch(e);
      publish_end(e);
      df_workplace_leave(&e->options.task);
    }
    df_events_writer_close(&e->events_writer); /* the result is the last line */
    report(e);
    status = df_cli_exit(e->err.code);
    execution_finish(e);
  }
  df_heartbeat_close(&e->heartbeat);
  free(e);
  return status;
}
