#include "jobs/runner.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

enum { ATTEMPTS_MOST = 4, GOOD_ENDS_TO_RISE = 2, TICKS_A_BEAT = 10, LINE = 2048 };
static const double tick = 0.1;          /* seconds between two looks at what runs */
static const double later_seconds = 0.5; /* until a source without a job is asked again */

struct stream {
  struct df_runner *runner;
  pthread_t thread;
  /* From here on behind the runner's lock, but for what atomics are. */
  bool running;
  size_t engine; /* while it runs */
  struct df_runner_job job;
  struct df_log *log; /* the job's */
  struct df_progress progress;
};

struct df_runner {
  struct df_runner_options options;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_mutex_t source_lock; /* never taken inside `lock` */
  struct stream streams[DF_RUNNER_STREAMS_MAX];
  int active, allowed, alive; /* with a slot, the most of these, threads that have not ended */
  int good_ends;              /* since `allowed` was last changed */
  bool over;                  /* the source has nothing more */
  atomic_bool stop;
  long long done, failed, frames, media_us; /* of jobs that ended */
  int code;
  struct df_error err; /* the source's */
  int started;
  pthread_t watcher;
  bool watched;
};

/* The GPU with the fewest streams; call locked. */
static size_t least_loaded(const struct df_runner *r)
{
  size_t loads[DF_RUNNER_GPUS_MAX] = {0}, best = 0;
  for (int i = 0; i < r->started; i++)
    if (r->streams[i].running)
      loads[r->streams[i].engine]++;
  for (size_t i = 1; i < r->options.engine_count; i++)
    if (loads[i] < loads[best])
      best = i;
  return best;
}

/* Waits until one more stream may be at work; false when there is nothing more to do. */
static bool enter(struct stream *s, bool has_job)
{
  struct df_runner *r = s->runner;
  pthread_mutex_lock(&r->lock);
  while (!atomic_load(&r->stop) && (has_job || !r->over) && r->active >= r->allowed)
    pthread_cond_wait(&r->changed, &r->lock);
  bool goes_on = !atomic_load(&r->stop) && (has_job || !r->over);
  r->active += goes_on;
  pthread_mutex_unlock(&r->lock);
  return goes_on;
}

static void leave(struct stream *s)
{
  struct df_runner *r = s->runner;
  pthread_mutex_lock(&r->lock);
  r->active--;
  pthread_cond_broadcast(&r->changed);
  pthread_mutex_unlock(&r->lock);
}

static int take(struct stream *s)
{
  struct df_runner *r = s->runner;
  struct df_error err = {0};
  memset(&s->job, 0, sizeof s->job);
  pthread_mutex_lock(&r->source_lock);
  int taken = r->options.source.take(r->options.source.context, &s->job, &err);
  pthread_mutex_unlock(&r->source_lock);
  if (taken > 0)
    return taken;
  pthread_mutex_lock(&r->lock);
  if (taken < 0 && r->code == 0) {
    r->code = taken;
    r->err = err;
  }
  r->over = true;
  pthread_cond_broadcast(&r->changed);
  pthread_mutex_unlock(&r->lock);
  return taken;
}

static void rest(struct df_runner *r)
{
  struct timespec until = df_clock_in(later_seconds);
  pthread_mutex_lock(&r->lock);
  if (!atomic_load(&r->stop))
    pthread_cond_timedwait(&r->changed, &r->lock, &until);
  pthread_mutex_unlock(&r->lock);
}

static void say_of_job(void *context, enum df_log_level level, const char *line)
{
  const struct stream *s = context;
  struct df_runner *r = s->runner;
  const char *slash = strrchr(s->job.task.input, '/');
  char text[LINE];
  snprintf(text, sizeof text, "%s: %s", slash ? slash + 1 : s->job.task.input, line);
  pthread_mutex_lock(&r->source_lock);
  r->options.say(r->options.say_context, level, text);
  pthread_mutex_unlock(&r->source_lock);
}

static int run_once(struct stream *s, struct df_result *ret_result, struct df_error *err)
{
  struct df_runner *r = s->runner;
  pthread_mutex_lock(&r->lock);
  memset(&s->progress, 0, sizeof s->progress);
  atomic_store(&s->progress.stop, atomic_load(&r->stop));
  s->engine = least_loaded(r);
  s->running = true;
  s->job.task.engine = r->options.engine_count ? r->options.engines[s->engine] : NULL;
  s->job.task.runtime = r->options.runtime;
  pthread_mutex_unlock(&r->lock);
  memset(ret_result, 0, sizeof *ret_result);
  *err = (struct df_error){0};
  int code = r->options.work(&s->job.task, s->log, &s->progress, ret_result, err);
  pthread_mutex_lock(&r->lock);
  s->running = false;
  pthread_mutex_unlock(&r->lock);
  return code;
}

/* Tells who watches what became of a job. */
static void publish(struct stream *s, enum df_event_kind kind, const char *text)
{
  df_log_publish_job(
      s->log, kind, atomic_load(&s->progress.frames), atomic_load(&s->progress.frames_total), text);
}

/* One stream less, unless this is the only one: then false. */
static bool make_do_with_less(struct df_runner *r)
{
  pthread_mutex_lock(&r->lock);
  bool can = r->active > 1;
  if (can) {
    r->allowed = r->active - 1;
    r->good_ends = 0;
  }
  pthread_mutex_unlock(&r->lock);
  return can;
}

static int run(struct stream *s, struct df_result *result, struct df_error *err)
{
  struct df_runner *r = s->runner;
  for (int attempt = 1;; attempt++) {
    int code = run_once(s, result, err);
    if (code != DF_ENOMEM || attempt == ATTEMPTS_MOST || !make_do_with_less(r))
      return code;
    df_log_event(s->log, DF_LOG_WARNING, DF_EVENT_STREAMS_FEWER,
        "%s; done again with fewer streams beside it", err->text);
    publish(s, DF_EVENT_WAITING, "");
    leave(s);
    if (!enter(s, true)) {
      pthread_mutex_lock(&r->lock);
      r->active++; /* the job still has to be ended, and its place to be left */
      pthread_mutex_unlock(&r->lock);
      *err = (struct df_error){0};
      return df_fail(err, DF_ESTOPPED, "%s", df_error_text(DF_ESTOPPED));
    }
    publish(s, DF_EVENT_RESTARTED, "");
  }
}

static void count(struct stream *s, int code)
{
  struct df_runner *r = s->runner;
  int risen = 0;
  pthread_mutex_lock(&r->lock);
  r->frames += atomic_load(&s->progress.frames);
  r->media_us += atomic_load(&s->progress.media_us);
  r->done += code == 0;
  r->failed += code < 0 && code != DF_ESTOPPED;
  if (code == 0 && r->allowed < r->options.streams && ++r->good_ends >= GOOD_ENDS_TO_RISE) {
    risen = ++r->allowed;
    r->good_ends = 0;
    pthread_cond_broadcast(&r->changed);
  }
  pthread_mutex_unlock(&r->lock);
  if (risen > 0)
    df_log_event(r->options.log, DF_LOG_NOTE, DF_EVENT_STREAMS_MORE,
        "%d videos are done at a time again", risen);
}

/* How a job ended, for who watches. */
static void publish_end(struct stream *s, int code, const struct df_error *err)
{
  if (code == DF_ENOSPACE)
    publish(s, DF_EVENT_DISK_FULL, err->text);
  publish(s,
      code == 0             ? DF_EVENT_FINISHED
      : code == DF_ESTOPPED ? DF_EVENT_STOPPED
                            : DF_EVENT_FAILED,
      code < 0 ? err->text : "");
}

static void begin(struct stream *s)
{
  struct df_runner *r = s->runner;
  s->log = df_log_create_for(r->options.log, s->job.task.input, DF_LOG_NOTE, say_of_job, s);
  pthread_mutex_lock(&r->lock);
  memset(&s->progress, 0, sizeof s->progress);
  pthread_mutex_unlock(&r->lock);
  publish(s, s->job.again ? DF_EVENT_RESTARTED : DF_EVENT_STARTED, "");
}

static void do_job(struct stream *s)
{
  struct df_runner *r = s->runner;
  struct df_result result;
  struct df_error err;
  begin(s);
  int code = run(s, &result, &err);
  if (code < 0 && !err.text[0])
    df_fail(&err, code, "%s", df_error_text(code));
  struct df_runner_end end = {
      .code = code,
      .err = code < 0 ? &err : NULL,
      .result = code < 0 ? NULL : &result,
      .media_seconds = (double)atomic_load(&s->progress.media_us) / 1e6,
      .log = s->log,
  };
  count(s, code);
  publish_end(s, code, &err);
  pthread_mutex_lock(&r->source_lock);
  r->options.source.ended(r->options.source.context, &s->job, &end);
  pthread_mutex_unlock(&r->source_lock);
  df_log_destroy(&s->log);
}

static void *work(void *context)
{
  struct stream *s = context;
  struct df_runner *r = s->runner;
  while (enter(s, false)) {
    int taken = take(s);
    if (taken == DF_RUNNER_TAKEN)
      do_job(s);
    leave(s);
    if (taken == DF_RUNNER_LATER)
      rest(r);
  }
  pthread_mutex_lock(&r->lock);
  r->alive--;
  pthread_cond_broadcast(&r->changed);
  pthread_mutex_unlock(&r->lock);
  return NULL;
}

/* Tells the source of a stream's job, if it is still at it, and who watches. */
static void beat(struct df_runner *r, struct stream *s)
{
  pthread_mutex_lock(&r->source_lock);
  pthread_mutex_lock(&r->lock);
  bool running = s->running;
  pthread_mutex_unlock(&r->lock);
  /* The job cannot be ended meanwhile: that takes the source's lock too. */
  if (running)
    publish(s, DF_EVENT_PROGRESS, "");
  if (running && r->options.source.beat &&
      r->options.source.beat(r->options.source.context, &s->job, atomic_load(&s->progress.frames),
          atomic_load(&s->progress.frames_total)) != 0)
    atomic_store(&s->progress.stop, true);
  pthread_mutex_unlock(&r->source_lock);
}

/* Passes the wish to stop on, and beats. */
static void *watch(void *context)
{
  struct df_runner *r = context;
  for (int ticks = 1; !df_runner_wait(r, tick); ticks++) {
    if (atomic_load(&r->stop)) {
      pthread_mutex_lock(&r->lock);
      for (int i = 0; i < r->started; i++)
        atomic_store(&r->streams[i].progress.stop, true);
      pthread_cond_broadcast(&r->changed);
      pthread_mutex_unlock(&r->lock);
    }
    for (int i = 0; ticks % TICKS_A_BEAT == 0 && i < r->started; i++)
      beat(r, &r->streams[i]);
  }
  return NULL;
}

static struct df_runner *make(const struct df_runner_options *options)
{
  struct df_runner *r = calloc(1, sizeof *r);
  if (!r)
    return NULL;
  df_clock_condition_init(&r->changed);
  pthread_mutex_init(&r->lock, NULL);
  pthread_mutex_init(&r->source_lock, NULL);
  r->options = *options;
  if (!r->options.work)
    r->options.work = df_pipeline_run;
  r->allowed = options->streams;
  return r;
}

/* Starts the threads; with fewer than were wanted it goes on too. */
static void start_streams(struct df_runner *r)
{
  pthread_mutex_lock(&r->lock);
  for (int i = 0; i < r->options.streams; i++) {
    struct stream *s = &r->streams[i];
    s->runner = r;
    if (pthread_create(&s->thread, NULL, work, s) != 0)
      break;
    r->started++;
    r->alive++;
  }
  pthread_mutex_unlock(&r->lock);
}

int df_runner_start(
    const struct df_runner_options *options, struct df_runner **ret_runner, struct df_error *err)
{
  struct df_runner *r = make(options);
  if (!r)
    return df_fail(err, DF_ENOMEM, "no memory for the streams");
  start_streams(r);
  r->watched = r->started > 0 && pthread_create(&r->watcher, NULL, watch, r) == 0;
  if (!r->watched) {
    df_runner_stop(r);
    df_runner_finish(&r, NULL);
    return df_fail(err, DF_ENOMEM, "no thread could be started");
  }
  *ret_runner = r;
  return 0;
}

void df_runner_stop(struct df_runner *runner)
{
  atomic_store(&runner->stop, true);
}

bool df_runner_wait(struct df_runner *runner, double seconds)
{
  struct timespec until = df_clock_in(seconds);
  int waited = 0;
  pthread_mutex_lock(&runner->lock);
  while (runner->alive > 0 && waited == 0)
    waited = pthread_cond_timedwait(&runner->changed, &runner->lock, &until);
  bool ended = runner->alive == 0;
  pthread_mutex_unlock(&runner->lock);
  return ended;
}

void df_runner_look(struct df_runner *runner, struct df_runner_view *ret_view)
{
  pthread_mutex_lock(&runner->lock);
  *ret_view = (struct df_runner_view){
      .allowed = runner->allowed,
      .done = runner->done,
      .failed = runner->failed,
      .frames = runner->frames,
      .media_us = runner->media_us,
  };
  for (int i = 0; i < runner->started; i++) {
    struct stream *s = &runner->streams[i];
    if (!s->running)
      continue;
    ret_view->running++;
    ret_view->frames += atomic_load(&s->progress.frames);
    ret_view->media_us += atomic_load(&s->progress.media_us);
  }
  pthread_mutex_unlock(&runner->lock);
}

int df_runner_finish(struct df_runner **runner, struct df_error *err)
{
  struct df_runner *r = *runner;
  for (int i = 0; i < r->started; i++)
    pthread_join(r->streams[i].thread, NULL);
  if (r->watched)
    pthread_join(r->watcher, NULL);
  int code = r->code < 0 ? df_fail(err, r->code, "%s", r->err.text) : 0;
  pthread_mutex_destroy(&r->source_lock);
  pthread_mutex_destroy(&r->lock);
  pthread_cond_destroy(&r->changed);
  free(r);
  *runner = NULL;
  return code;
}
