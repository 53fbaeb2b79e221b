#include "frame/picture.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_ALIGNMENT = 64, TAIL_BYTES = 64 }; /* the tail lets vector loads run over the last row */

struct pooled {
  struct df_picture picture; /* first: a picture of the pool is its pooled */
  struct df_pool *pool;
  struct pooled *next_free;
  void *memory;
};

struct df_pool {
  pthread_mutex_t lock;
  struct df_format format;
  int width, height;
  struct pooled *free_list;
  size_t allocated, out;
  bool ended;
};

struct df_picture *df_picture_ref(struct df_picture *picture)
{
  atomic_fetch_add_explicit(&picture->references, 1, memory_order_relaxed);
  return picture;
}

static void drop_repeated(struct df_picture *picture)
{
  struct df_picture *of = picture->owner;
  free(picture);
  df_picture_unref(&of);
}

struct df_picture *df_picture_repeat(struct df_picture *picture, int64_t pts, int64_t duration)
{
  struct df_picture *repeat = malloc(sizeof *repeat);
  if (!repeat)
    return NULL;
  memcpy(repeat, picture, sizeof *repeat);
  atomic_init(&repeat->references, 1);
  repeat->pts = pts;
  repeat->duration = duration;
  repeat->repeated = true;
  repeat->release = drop_repeated;
  repeat->owner = df_picture_ref(picture);
  return repeat;
}

void df_picture_unref(struct df_picture **picture_ptr)
{
  struct df_picture *picture = *picture_ptr;
  if (!picture)
    return;
  *picture_ptr = NULL;
  int before = atomic_fetch_sub_explicit(&picture->references, 1, memory_order_acq_rel);
  assert(before > 0);
  if (before == 1)
    picture->release(picture);
}

int df_format_plane_width(struct df_format format, int plane, int width)
{
  return plane == 0 ? width : (width + (1 << format.shift_x) - 1) >> format.shift_x;
}

int df_format_plane_height(struct df_format format, int plane, int height)
{
  return plane == 0 ? height : (height + (1 << format.shift_y) - 1) >> format.shift_y;
}

static void free_pooled(struct pooled *pooled)
{
  free(pooled->memory);
  free(pooled);
}

static void free_pool(struct df_pool *pool)
{
  pthread_mutex_destroy(&pool->lock);
  free(pool);
}

/* Back to the pool, or gone when the pool has ended; the last one out takes the pool with it. */
static void give_back(struct df_picture *picture)
{
  struct pooled *pooled = (struct pooled *)picture;
  struct df_pool *pool = pooled->pool;
  pthread_mutex_lock(&pool->lock);
  pool->out--;
  bool ended = pool->ended, last = ended && pool->out == 0;
  if (!ended) {
    pooled->next_free = pool->free_list;
    pool->free_list = pooled;
  }
  pthread_mutex_unlock(&pool->lock);
  if (ended)
    free_pooled(pooled);
  if (last)
    free_pool(pool);
}

struct df_pool *df_pool_create(struct df_format format, int width, int height)
{
  assert(width > 0 && height > 0);
  struct df_pool *pool = calloc(1, sizeof *pool);
  if (!pool)
    return NULL;
  pthread_mutex_init(&pool->lock, NULL);
  pool->format = format;
  pool->width = width;
  pool->height = height;
  return pool;
}

void df_pool_destroy(struct df_pool **pool_ptr)
{
  struct df_pool *pool = *pool_ptr;
  if (!pool)
    return;
  *pool_ptr = NULL;
  pthread_mutex_lock(&pool->lock);
  pool->ended = true;
  struct pooled *list = pool->free_list;
  pool->free_list = NULL;
  bool last = pool->out == 0;
  pthread_mutex_unlock(&pool->lock);
  while (list) {
    struct pooled *next = list->next_free;
    free_pooled(list);
    list = next;
  }
  if (last)
    free_pool(pool);
}

/* Planes one behind the other in one block, every row aligned. */
static struct pooled *allocate(const struct df_pool *pool)
{
  struct pooled *pooled = calloc(1, sizeof *pooled);
  if (!pooled)
    return NULL;
  size_t offsets[3] = {0}, total = 0;
  int planes = pool->format.semi_planar ? 2 : 3;
  for (int p = 0; p < planes; p++) {
    size_t samples = (size_t)df_format_plane_width(pool->format, p, pool->width);
    size_t bytes = samples * (pool->format.depth > 8 ? 2 : 1);
    if (p == 1 && pool->format.semi_planar)
      bytes *= 2;
    size_t stride = (bytes + ROW_ALIGNMENT - 1) / ROW_ALIGNMENT * ROW_ALIGNMENT;
    pooled->picture.strides[p] = (ptrdiff_t)stride;
    offsets[p] = total;
    total += stride * (size_t)df_format_plane_height(pool->format, p, pool->height);
  }
  total = (total + TAIL_BYTES + ROW_ALIGNMENT - 1) / ROW_ALIGNMENT * ROW_ALIGNMENT;
  pooled->memory = aligned_alloc(ROW_ALIGNMENT, total);
  if (!pooled->memory) {
    free(pooled);
    return NULL;
  }
  for (int p = 0; p < planes; p++)
    pooled->picture.planes[p] = (uint8_t *)pooled->memory + offsets[p];
  return pooled;
}

struct df_picture *df_pool_take(struct df_pool *pool)
{
  pthread_mutex_lock(&pool->lock);
  struct pooled *pooled = pool->free_list;
  if (pooled)
    pool->free_list = pooled->next_free;
  else if ((pooled = allocate(pool)))
    pool->allocated++;
  if (pooled)
    pool->out++;
  pthread_mutex_unlock(&pool->lock);
  if (!pooled)
    return NULL;

  pooled->pool = pool;
  struct df_picture *picture = &pooled->picture;
  atomic_store(&picture->references, 1);
  picture->width = pool->width;
  picture->height = pool->height;
  picture->format = pool->format;
  picture->colour = (struct df_colour){.primaries = 2, .transfer = 2, .matrix = 2};
  picture->pts = 0;
  picture->duration = 0;
  picture->repeated = false;
  picture->release = give_back;
  return picture;
}

size_t df_pool_allocated(struct df_pool *pool)
{
  pthread_mutex_lock(&pool->lock);
  size_t count = pool->allocated;
  pthread_mutex_unlock(&pool->lock);
  return count;
}
