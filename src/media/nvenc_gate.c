#include "media/nvenc_gate.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

static const double look_seconds = 0.2; /* between two looks at whether to stop */

struct df_nvenc_gate {
  pthread_mutex_t turn; /* held by who tries to open one; taken before `lock` */
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
  pthread_mutex_init(&gate->turn, NULL);
  pthread_mutex_init(&gate->lock, NULL);
  df_clock_condition_init(&gate->changed);
  return gate;
}

void df_nvenc_gate_destroy(struct df_nvenc_gate **gate)
{
  if (!*gate)
    return;
  pthread_cond_destroy(&(*gate)->changed);
  pthread_mutex_destroy(&(*gate)->lock);
  pthread_mutex_destroy(&(*gate)->turn);
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

long long df_nvenc_gate_enter(struct df_nvenc_gate *gate)
{
  pthread_mutex_lock(&gate->turn);
  pthread_mutex_lock(&gate->lock);
  long long closings = gate->closings;
  pthread_mutex_unlock(&gate->lock);
  return closings;
}

void df_nvenc_gate_leave(struct df_nvenc_gate *gate, bool opened)
{
  if (opened)
    df_nvenc_gate_opened(gate);
  pthread_mutex_unlock(&gate->turn);
}

bool df_nvenc_gate_wait(struct df_nvenc_gate *gate, long long closings, const atomic_bool *stop)
{
  pthread_mutex_lock(&gate->lock);
  while (gate->closings == closings && gate->open > 0 && !atomic_load(stop)) {
    struct timespec until = df_clock_in(look_seconds);
    pthread_cond_timedwait(&gate->changed, &gate->lock, &until);
  }
  bool closed = gate->closings != closings && !atomic_load(stop);
  pthread_mutex_unlock(&gate->lock);
  return closed;
}
