#include "vision/engine_build.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "base/clock.h"
#include "vision/engine_cache.h"

enum { PATH = 4096 };

/* Says how long something takes, from a thread of its own, until it is ended. */
struct patience {
  struct df_log *log;
  const char *model;
  double every, begun;
  pthread_mutex_t lock;
  pthread_cond_t ended_now;
  bool ended, running;
  pthread_t thread;
};

static void *say_now_and_then(void *argument)
{
  struct patience *p = argument;
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  pthread_mutex_lock(&p->lock);
  while (!p->ended) {
    double nanoseconds = (double)next.tv_nsec + p->every * 1e9;
    next.tv_sec += (time_t)(nanoseconds / 1e9);
    next.tv_nsec = (long)fmod(nanoseconds, 1e9);
    while (!p->ended && pthread_cond_timedwait(&p->ended_now, &p->lock, &next) == 0)
      ;
    if (!p->ended)
      df_log_say(p->log, DF_LOG_NOTE, "still building TensorRT's engine for %s: %.0f s so far",
          p->model, df_clock_now() - p->begun);
  }
  pthread_mutex_unlock(&p->lock);
  return NULL;
}

static void begin_patience(struct patience *p, const struct df_engine_order *order)
{
  *p = (struct patience){
      .log = order->log, .model = order->model, .every = order->say_every, .begun = df_clock_now()};
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&p->lock, NULL);
  pthread_cond_init(&p->ended_now, &monotonic);
  pthread_condattr_destroy(&monotonic);
  df_log_say(p->log, DF_LOG_NOTE,
      "building TensorRT's engine for %s; this takes up to a few minutes, once for this card",
      p->model);
  p->running = pthread_create(&p->thread, NULL, say_now_and_then, p) == 0;
}

static double end_patience(struct patience *p)
{
  pthread_mutex_lock(&p->lock);
  p->ended = true;
  pthread_cond_signal(&p->ended_now);
  pthread_mutex_unlock(&p->lock);
  if (p->running)
    pthread_join(p->thread, NULL);
  pthread_cond_destroy(&p->ended_now);
  pthread_mutex_destroy(&p->lock);
  return df_clock_now() - p->begun;
}

static int build(const struct df_engine_order *order, struct df_error *err)
{
  char building[PATH];
  struct patience patience;
  int result = df_engine_begin(order->cache, order->key, building, err);
  if (result < 0)
    return result;
  begin_patience(&patience, order);
  result = order->load(order->context, building, err);
  double seconds = end_patience(&patience);
  if (result < 0) {
    df_engine_remove(building);
    return result;
  }
  struct df_error reason = {0};
  df_log_say(
      order->log, DF_LOG_NOTE, "built TensorRT's engine for %s in %.0f s", order->model, seconds);
  if (df_engine_commit(order->cache, order->key, building, &reason) < 0)
    df_log_say(order->log, DF_LOG_WARNING, "%s; it will be built again the next time", reason.text);
  return 0;
}

int df_engine_obtain(const struct df_engine_order *order, struct df_error *err)
{
  char path[PATH];
  struct df_error reason = {0};
  enum df_engine_state state = df_engine_find(order->cache, order->key, path);
  if (state == DF_ENGINE_WHOLE) {
    if (order->load(order->context, path, &reason) == 0)
      return 0;
    df_log_say(order->log, DF_LOG_WARNING,
        "TensorRT's engine in %s cannot be loaded (%s) and is built anew", path, reason.text);
    df_engine_remove(path);
  } else if (state == DF_ENGINE_DAMAGED)
    df_log_say(
        order->log, DF_LOG_WARNING, "TensorRT's engine in %s was damaged and is built anew", path);
  return build(order, err);
}
