#include "base/patience.h"

#include <math.h>
#include <time.h>

#include "base/clock.h"

static void *say_now_and_then(void *argument)
{
  struct df_patience *p = argument;
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
      df_log_say(
          p->log, DF_LOG_NOTE, "still %s: %.0f s so far", p->what, df_clock_now() - p->begun);
  }
  pthread_mutex_unlock(&p->lock);
  return NULL;
}

void df_patience_begin(
    struct df_patience *patience, struct df_log *log, const char *what, double every)
{
  *patience =
      (struct df_patience){.log = log, .what = what, .every = every, .begun = df_clock_now()};
  pthread_mutex_init(&patience->lock, NULL);
  df_clock_condition_init(&patience->ended_now);
  patience->running = pthread_create(&patience->thread, NULL, say_now_and_then, patience) == 0;
}

double df_patience_end(struct df_patience *patience)
{
  pthread_mutex_lock(&patience->lock);
  patience->ended = true;
  pthread_cond_signal(&patience->ended_now);
  pthread_mutex_unlock(&patience->lock);
  if (patience->running)
    pthread_join(patience->thread, NULL);
  pthread_cond_destroy(&patience->ended_now);
  pthread_mutex_destroy(&patience->lock);
  return df_clock_now() - patience->begun;
}
