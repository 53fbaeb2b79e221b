/*
 * Threads for bands, as bands.h says. Bands are taken from a counter under the lock: there are few
 * of them and each takes long. Errors there are none; what may fail is done before.
 */
#include "compose/bands.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct helper {
  struct df_bands *bands;
  pthread_t thread;
  int worker;
};

struct df_bands {
  pthread_mutex_t lock;
  pthread_cond_t work, done;
  df_band_fn *fn;
  void *context;
  int count, next, unfinished;
  bool ended;
  int helpers;
  struct helper helper[];
};

/* Takes and does bands until none is left. Called and left with the lock held. */
static void do_bands(struct df_bands *bands, int worker)
{
  while (bands->next < bands->count) {
    int band = bands->next++;
    pthread_mutex_unlock(&bands->lock);
    bands->fn(bands->context, band, worker);
    pthread_mutex_lock(&bands->lock);
    if (--bands->unfinished == 0)
      pthread_cond_signal(&bands->done);
  }
}

static void *help(void *argument)
{
  struct helper *helper = argument;
  struct df_bands *bands = helper->bands;
  pthread_mutex_lock(&bands->lock);
  while (!bands->ended) {
    do_bands(bands, helper->worker);
    if (!bands->ended)
      pthread_cond_wait(&bands->work, &bands->lock);
  }
  pthread_mutex_unlock(&bands->lock);
  return NULL;
}

struct df_bands *df_bands_create(int workers)
{
  assert(workers > 0);
  size_t helpers = (size_t)workers - 1;
  struct df_bands *bands = calloc(1, sizeof *bands + helpers * sizeof bands->helper[0]);
  if (!bands)
    return NULL;
  pthread_mutex_init(&bands->lock, NULL);
  pthread_cond_init(&bands->work, NULL);
  pthread_cond_init(&bands->done, NULL);
  for (int i = 0; i < workers - 1; i++) {
    struct helper *helper = &bands->helper[i];
    helper->bands = bands;
    helper->worker = i + 1;
    if (pthread_create(&helper->thread, NULL, help, helper) != 0)
      break;
    bands->helpers++;
  }
  return bands;
}

void df_bands_destroy(struct df_bands **bands_ptr)
{
  struct df_bands *bands = *bands_ptr;
  if (!bands)
    return;
  *bands_ptr = NULL;
  pthread_mutex_lock(&bands->lock);
  bands->ended = true;
  pthread_cond_broadcast(&bands->work);
  pthread_mutex_unlock(&bands->lock);
  for (int i = 0; i < bands->helpers; i++)
    pthread_join(bands->helper[i].thread, NULL);
  pthread_cond_destroy(&bands->done);
  pthread_cond_destroy(&bands->work);
  pthread_mutex_destroy(&bands->lock);
  free(bands);
}

void df_bands_run(struct df_bands *bands, int count, df_band_fn *fn, void *context)
{
  pthread_mutex_lock(&bands->lock);
  bands->fn = fn;
  bands->context = context;
  bands->next = 0;
  bands->count = bands->unfinished = count;
  pthread_cond_broadcast(&bands->work);
  do_bands(bands, 0);
  while (bands->unfinished > 0)
    pthread_cond_wait(&bands->done, &bands->lock);
  pthread_mutex_unlock(&bands->lock);
}
