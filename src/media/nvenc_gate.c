#include "media/nvenc_gate.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { LOOK_NANOSECONDS = 200 * 1000 * 1000 }; /* between two looks at whether to stop */

struct df_nvenc_gate {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int open;
  long long closings;
};

struct df_nvenc_gate *df_nvenc_gate_create(void)
{
  struct df_nvenc_gate *gate = calloc(1, sizeof *gate);
  if (!gate)
    return NULL;
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&gate->lock, NULL);
  pthread_cond_init(&gate->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  return gate;
}

void df_nvenc_gate_destroy(struct df_nvenc_gate **gate)
{
  if (!*gate)
    return;
  pthread_cond_destroy(&(*gate)->changed);
  pthread_mutex_destroy(&(*gate)->lock);
  free(*gate);
  *gate = NULL;
}

void df_nvenc_gate_opened(struct df_nvenc_gate *gate)
{
  pthread_mutex_lock(&gate->lock);
  gate->open++;
  pthread_mutex_unlock(&gate->lock);
}

void df_nvenc_gate_closed(struct df_nvenc_gate *gate)
{
  pthread_mutex_lock(&gate->lock);
  gate->open--;
  gate->closings++;
  pthread_cond_broadcast(&gate->changed);
  pthread_mutex_unlock(&gate->lock);
}

long long df_nvenc_gate_closings(struct df_nvenc_gate *gate)
{
  pthread_mutex_lock(&gate->lock);
  long long closings = gate->closings;
  pthread_mutex_unlock(&gate->lock);
  return closings;
}

static void wait_a_little(struct df_nvenc_gate *gate)
{
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += LOOK_NANOSECONDS;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_cond_timedwait(&gate->changed, &gate->lock, &until);
}

bool df_nvenc_gate_wait(struct df_nvenc_gate *gate, long long closings, const atomic_bool *stop)
{
  pthread_mutex_lock(&gate->lock);
  while (gate->closings == closings && gate->open > 0 && !atomic_load(stop))
    wait_a_little(gate);
  bool closed = gate->closings != closings && !atomic_load(stop);
  pthread_mutex_unlock(&gate->lock);
  return closed;
}
