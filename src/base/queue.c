#include "base/queue.h"

#include "base/error.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct df_queue {
  pthread_mutex_t lock;
  pthread_cond_t not_empty, not_full;
  df_queue_free_fn *free_item;
  void **ring;
  size_t capacity, head, depth;
  size_t takers; /* that wait for an item */
  size_t slots;  /* of the ring: never fewer than the capacity or the depth */
  bool closed;
  int error;
};

struct df_queue *df_queue_create(size_t capacity, df_queue_free_fn *free_item)
{
  struct df_queue *q = calloc(1, sizeof *q);
  if (!q)
    return NULL;
  q->slots = capacity ? capacity : 1;
  q->ring = calloc(q->slots, sizeof *q->ring);
  if (!q->ring) {
    free(q);
    return NULL;
  }
  pthread_mutex_init(&q->lock, NULL);
  pthread_cond_init(&q->not_empty, NULL);
  pthread_cond_init(&q->not_full, NULL);
  q->capacity = capacity;
  q->free_item = free_item;
  return q;
}

static void release(struct df_queue *q, void *item)
{
  if (q->free_item)
    q->free_item(item);
}

static void *take(struct df_queue *q)
{
  void *item = q->ring[q->head];
  q->head = (q->head + 1) % q->slots;
  q->depth--;
  return item;
}

void df_queue_destroy(struct df_queue **q_ptr)
{
  struct df_queue *q = *q_ptr;
  if (!q)
    return;
  while (q->depth > 0)
    release(q, take(q));
  pthread_cond_destroy(&q->not_full);
  pthread_cond_destroy(&q->not_empty);
  pthread_mutex_destroy(&q->lock);
  free(q->ring);
  free(q);
  *q_ptr = NULL;
}

/* Called with the lock held. */
static int grow(struct df_queue *q, size_t slots)
{
  void **ring = calloc(slots, sizeof *ring);
  if (!ring)
    return DF_ENOMEM;
  for (size_t i = 0; i < q->depth; i++)
    ring[i] = q->ring[(q->head + i) % q->slots];
  free(q->ring);
  q->ring = ring;
  q->slots = slots;
  q->head = 0;
  return 0;
}

int df_queue_resize(struct df_queue *q, size_t capacity)
{
  pthread_mutex_lock(&q->lock);
  int result = capacity > q->slots ? grow(q, capacity) : 0;
  if (result == 0) {
    q->capacity = capacity;
    pthread_cond_broadcast(&q->not_full);
  }
  pthread_mutex_unlock(&q->lock);
  return result;
}

/* Whether an item would wait no longer than it may. One slot is enough for all takers of a hand-over. */
static bool has_room(const struct df_queue *q)
{
  return q->capacity > 0 ? q->depth < q->capacity : q->depth == 0 && q->takers > 0;
}

/* Called with the lock held. */
static int wait_room(struct df_queue *q)
{
  while (!has_room(q) && !q->closed && !q->error)
    pthread_cond_wait(&q->not_full, &q->lock);
  return q->error ? q->error : q->closed ? DF_ECLOSED : 0;
}

int df_queue_wait_room(struct df_queue *q)
{
  pthread_mutex_lock(&q->lock);
  int result = wait_room(q);
  pthread_mutex_unlock(&q->lock);
  return result;
}

int df_queue_push(struct df_queue *q, void *item)
{
  pthread_mutex_lock(&q->lock);
  int result = wait_room(q);
  if (result == 0) {
    q->ring[(q->head + q->depth++) % q->slots] = item;
    pthread_cond_signal(&q->not_empty);
  }
  pthread_mutex_unlock(&q->lock);

  if (result < 0)
    release(q, item);
  return result;
}

int df_queue_pop(struct df_queue *q, void **ret_item)
{
  pthread_mutex_lock(&q->lock);
  q->takers++;
  if (q->capacity == 0 && q->depth == 0)
    pthread_cond_signal(&q->not_full);
  while (q->depth == 0 && !q->closed && !q->error)
    pthread_cond_wait(&q->not_empty, &q->lock);
  q->takers--;
  int result = q->error;
  if (result == 0 && q->depth > 0) {
    *ret_item = take(q);
    pthread_cond_signal(&q->not_full);
    result = 1;
  }
  pthread_mutex_unlock(&q->lock);
  return result;
}

/* Everybody who waits must look again. */
static void wake_all(struct df_queue *q)
{
  pthread_cond_broadcast(&q->not_empty);
  pthread_cond_broadcast(&q->not_full);
}

void df_queue_close(struct df_queue *q)
{
  pthread_mutex_lock(&q->lock);
  q->closed = true;
  wake_all(q);
  pthread_mutex_unlock(&q->lock);
}

void df_queue_cancel(struct df_queue *q, int error)
{
  assert(error < 0);
  pthread_mutex_lock(&q->lock);
  if (!q->error)
    q->error = error;
  wake_all(q);
  pthread_mutex_unlock(&q->lock);
}

size_t df_queue_depth(struct df_queue *q)
{
  pthread_mutex_lock(&q->lock);
  size_t depth = q->depth;
  pthread_mutex_unlock(&q->lock);
  return depth;
}
