/* Starts the threads, watches for the first error and the user's wish to stop, and joins them. */
#include "pipeline/crew.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

enum { WATCH_NANOSECONDS = 50 * 1000 * 1000 };

struct crew;

struct worker {
  struct crew *crew;
  const struct df_crew_member *member;
  pthread_t thread;
};

struct crew {
  struct worker workers[DF_CREW_MAX];
  size_t count, running;
  pthread_mutex_t lock;
  pthread_cond_t ended;
  int result;
  struct df_error error;
  void (*cancel)(void *context);
  void *context;
};

static void each_queue(struct df_queue *const queues[DF_CREW_QUEUES],
    void (*act)(struct df_queue *queue, int error), int error)
{
  for (int i = 0; i < DF_CREW_QUEUES; i++)
    if (queues[i])
      act(queues[i], error);
}

static void close_queue(struct df_queue *queue, int error)
{
  (void)error;
  df_queue_close(queue);
}

/* Keeps the first error and cancels all. */
static void fail(struct crew *crew, int result, const struct df_error *error)
{
  pthread_mutex_lock(&crew->lock);
  bool first = crew->result == 0;
  if (first) {
    crew->result = result;
    crew->error = *error;
  }
  pthread_mutex_unlock(&crew->lock);
  if (!first)
    return;
  for (size_t i = 0; i < crew->count; i++) {
    each_queue(crew->workers[i].member->in, df_queue_cancel, result);
    each_queue(crew->workers[i].member->out, df_queue_cancel, result);
  }
  if (crew->cancel)
    crew->cancel(crew->context);
}

static void *work(void *context)
{
  struct worker *worker = context;
  struct crew *crew = worker->crew;
  const struct df_crew_member *member = worker->member;
  struct df_error error = {0};
  int result = member->run(member->context, &error);
  bool failed = result < 0 && result != DF_ECLOSED;
  if (failed)
    fail(crew, result, &error);
  /* Also by who is not the first: others may still be about to, and nobody may take a failure for the end. */
  each_queue(member->out, failed ? df_queue_cancel : close_queue, result);
  each_queue(member->in, failed ? df_queue_cancel : close_queue, result);

  pthread_mutex_lock(&crew->lock);
  crew->running--;
  pthread_cond_signal(&crew->ended);
  pthread_mutex_unlock(&crew->lock);
  return NULL;
}

static int start(struct crew *crew, struct worker *worker)
{
  pthread_mutex_lock(&crew->lock);
  crew->running++;
  pthread_mutex_unlock(&crew->lock);
  if (pthread_create(&worker->thread, NULL, work, worker) == 0) {
    char name[16]; /* what the system allows */
    strncpy(name, worker->member->name, sizeof name - 1);
    name[sizeof name - 1] = '\0';
    pthread_setname_np(worker->thread, name);
    return 0;
  }
  pthread_mutex_lock(&crew->lock);
  crew->running--;
  pthread_mutex_unlock(&crew->lock);
  fail(crew, DF_ENOMEM, &(struct df_error){DF_ENOMEM, "cannot start another thread"});
  return DF_ENOMEM;
}

/* Until the last member has ended; a wish to stop is noticed within a moment. */
static void watch(struct crew *crew, atomic_bool *stop)
{
  pthread_mutex_lock(&crew->lock);
  while (crew->running > 0) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WATCH_NANOSECONDS;
    if (until.tv_nsec >= 1000000000) {
      until.tv_sec++;
      until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&crew->ended, &crew->lock, &until);
    if (atomic_load(stop) && crew->result == 0) {
      pthread_mutex_unlock(&crew->lock);
      fail(crew, DF_ESTOPPED, &(struct df_error){DF_ESTOPPED, "stopped before the end"});
      pthread_mutex_lock(&crew->lock);
    }
  }
  pthread_mutex_unlock(&crew->lock);
}

int df_crew_run(const struct df_crew_member *members, size_t count, atomic_bool *stop,
    void (*cancel)(void *context), void *context, struct df_error *err)
{
  struct crew crew = {
      .lock = PTHREAD_MUTEX_INITIALIZER,
      .ended = PTHREAD_COND_INITIALIZER,
      .cancel = cancel,
      .context = context,
  };
  for (size_t i = 0; i < count; i++)
    if (members[i].name) {
      assert(crew.count < DF_CREW_MAX);
      crew.workers[crew.count++] = (struct worker){.crew = &crew, .member = &members[i]};
    }
  size_t started = 0;
  while (started < crew.count && start(&crew, &crew.workers[started]) == 0)
    started++;
  watch(&crew, stop);
  for (size_t i = 0; i < started; i++)
    pthread_join(crew.workers[i].thread, NULL);
  if (crew.result < 0)
    df_fail(err, crew.result, "%s", crew.error.code ? crew.error.text : df_error_text(crew.result));
  return crew.result;
}
