#include "frame/locked_pool.h"

#include <pthread.h>
#include <stdlib.h>

enum { ROW_ALIGNMENT = 64, TAIL_BYTES = 64 }; /* as in df_pool, for the same readers */

struct locked {
  struct df_picture picture; /* first: a picture of the pool is its locked */
  struct df_locked_pool *pool;
  struct locked *next_free;
  void *memory;
};

struct df_locked_pool {
  pthread_mutex_t lock;
  struct df_gpu *gpu;
  struct df_format format;
  int width, height;
  struct locked *free_list;
  size_t out;
  bool ended;
};

static void free_locked(struct df_gpu *gpu, struct locked *locked)
{
  if (locked->memory)
    df_gpu_free_host(gpu, &locked->memory);
  free(locked);
}

static void free_pool(struct df_locked_pool *pool)
{
  pthread_mutex_destroy(&pool->lock);
  free(pool);
}

/* Back to the pool, or gone when the pool has ended; the last one out takes the pool with it. */
static void give_back(struct df_picture *picture)
{
  struct locked *locked = (struct locked *)picture;
  struct df_locked_pool *pool = locked->pool;
  pthread_mutex_lock(&pool->lock);
  pool->out--;
  bool ended = pool->ended, last = ended && pool->out == 0;
  if (!ended) {
    locked->next_free = pool->free_list;
    pool->free_list = locked;
  }
  pthread_mutex_unlock(&pool->lock);
  if (ended)
    free_locked(pool->gpu, locked);
  if (last)
    free_pool(pool);
}

struct df_locked_pool *df_locked_pool_create(
    struct df_gpu *gpu, struct df_format format, int width, int height)
{
  struct df_locked_pool *pool = calloc(1, sizeof *pool);
  if (!pool)
    return NULL;
  pthread_mutex_init(&pool->lock, NULL);
  pool->gpu = gpu;
  pool->format = format;
  pool->width = width;
  pool->height = height;
  return pool;
}

void df_locked_pool_destroy(struct df_locked_pool **pool_ptr)
{
  struct df_locked_pool *pool = *pool_ptr;
  if (!pool)
    return;
  *pool_ptr = NULL;
  pthread_mutex_lock(&pool->lock);
  pool->ended = true;
  struct locked *next, *free_list = pool->free_list;
  bool last = pool->out == 0;
  pthread_mutex_unlock(&pool->lock);
  for (; free_list; free_list = next) {
    next = free_list->next_free;
    free_locked(pool->gpu, free_list);
  }
  if (last)
    free_pool(pool);
}

/* Bytes from a row to the next. */
static size_t row_bytes(const struct df_locked_pool *pool, int plane)
{
  size_t samples = (size_t)df_format_plane_width(pool->format, plane, pool->width);
  if (plane == 1 && pool->format.semi_planar)
    samples *= 2;
  size_t bytes = samples * (pool->format.depth > 8 ? 2 : 1);
  return (bytes + ROW_ALIGNMENT - 1) / ROW_ALIGNMENT * ROW_ALIGNMENT;
}

static int make(struct df_locked_pool *pool, struct locked **ret_locked, struct df_error *err)
{
  const int planes = pool->format.semi_planar ? 2 : 3;
  size_t offsets[3] = {0}, size = 0;
  for (int plane = 0; plane < planes; plane++) {
    offsets[plane] = size;
    size +=
        row_bytes(pool, plane) * (size_t)df_format_plane_height(pool->format, plane, pool->height);
  }
  struct locked *locked = calloc(1, sizeof *locked);
  if (!locked)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = df_gpu_allocate_host(pool->gpu, size + TAIL_BYTES, &locked->memory, err);
  if (result < 0) {
    free(locked);
    return result;
  }
  locked->pool = pool;
  for (int plane = 0; plane < planes; plane++) {
    locked->picture.planes[plane] = (uint8_t *)locked->memory + offsets[plane];
    locked->picture.strides[plane] = (ptrdiff_t)row_bytes(pool, plane);
  }
  *ret_locked = locked;
  return 0;
}

/* Sets what a picture of the pool is when it is new, but for its planes. */
static void make_blank(struct locked *locked)
{
  struct df_picture *picture = &locked->picture;
  const struct df_locked_pool *pool = locked->pool;
  atomic_init(&picture->references, 1);
  picture->width = pool->width;
  picture->height = pool->height;
  picture->format = pool->format;
  picture->colour = (struct df_colour){0};
  picture->pts = picture->duration = 0;
  picture->repeated = false;
  picture->release = give_back;
}

int df_locked_pool_take(
    struct df_locked_pool *pool, struct df_picture **ret_picture, struct df_error *err)
{
  pthread_mutex_lock(&pool->lock);
  struct locked *locked = pool->free_list;
  if (locked)
    pool->free_list = locked->next_free;
  pool->out++;
  pthread_mutex_unlock(&pool->lock);
  int result = locked ? 0 : make(pool, &locked, err);
  if (result < 0) {
    pthread_mutex_lock(&pool->lock);
    pool->out--;
    pthread_mutex_unlock(&pool->lock);
    return result;
  }
  make_blank(locked);
  *ret_picture = &locked->picture;
  return 0;
}

int df_locked_pool_reserve(struct df_locked_pool *pool, size_t count, struct df_error *err)
{
  for (size_t i = 0; i < count; i++) {
    struct locked *locked = NULL;
    int result = make(pool, &locked, err);
    if (result < 0)
      return result;
    pthread_mutex_lock(&pool->lock);
    locked->next_free = pool->free_list;
    pool->free_list = locked;
    pthread_mutex_unlock(&pool->lock);
  }
  return 0;
}
