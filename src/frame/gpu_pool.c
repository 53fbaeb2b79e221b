#include "frame/gpu_pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { ROW_ALIGNMENT = 256 };

struct pooled {
  struct df_picture picture; /* first: a picture of the pool is its pooled */
  struct df_gpu_pool *pool;
  struct pooled *next_free;
  df_gpu_memory memory;
};

struct df_gpu_pool {
  pthread_mutex_t lock;
  struct df_gpu *gpu;
  struct df_device *device;
  struct df_format format;
  int width, height;
  struct pooled *free_list;
  size_t allocated, out;
  bool ended;
};

/* Bytes of samples in a row of a plane. */
static size_t row_bytes(struct df_format format, int plane, int width)
{
  size_t samples = (size_t)df_format_plane_width(format, plane, width);
  return samples * (format.depth > 8 ? 2 : 1) * (plane == 1 && format.semi_planar ? 2 : 1);
}

static int planes_of(struct df_format format)
{
  return format.semi_planar ? 2 : 3;
}

static void free_pooled(struct df_gpu *gpu, struct pooled *pooled)
{
  df_gpu_free(gpu, &pooled->memory);
  free(pooled);
}

static void free_pool(struct df_gpu_pool *pool)
{
  pthread_mutex_destroy(&pool->lock);
  free(pool);
}

/* Back to the pool, or gone when the pool has ended; the last one out takes the pool with it. */
static void give_back(struct df_picture *picture)
{
  struct pooled *pooled = (struct pooled *)picture;
  struct df_gpu_pool *pool = pooled->pool;
  struct df_gpu *gpu = pool->gpu;
  pthread_mutex_lock(&pool->lock);
  pool->out--;
  bool ended = pool->ended, last = ended && pool->out == 0;
  if (!ended) {
    pooled->next_free = pool->free_list;
    pool->free_list = pooled;
  }
  pthread_mutex_unlock(&pool->lock);
  if (ended)
    free_pooled(gpu, pooled);
  if (last)
    free_pool(pool);
}

int df_gpu_pool_create(struct df_gpu *gpu, struct df_device *device, struct df_format format,
    int width, int height, struct df_gpu_pool **ret_pool, struct df_error *err)
{
  assert(width > 0 && height > 0);
  struct df_gpu_pool *pool = calloc(1, sizeof *pool);
  if (!pool)
    return df_fail(err, DF_ENOMEM, "out of memory");
  pthread_mutex_init(&pool->lock, NULL);
  pool->gpu = gpu;
  pool->device = device;
  pool->format = format;
  pool->width = width;
  pool->height = height;
  *ret_pool = pool;
  return 0;
}

void df_gpu_pool_destroy(struct df_gpu_pool **pool_ptr)
{
  struct df_gpu_pool *pool = *pool_ptr;
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
    free_pooled(pool->gpu, list);
    list = next;
  }
  if (last)
    free_pool(pool);
}

/* Planes one behind the other, each of an even number of rows. */
static int allocate(
    const struct df_gpu_pool *pool, struct pooled **ret_pooled, struct df_error *err)
{
  size_t offsets[3] = {0}, strides[3] = {0}, total = 0;
  for (int p = 0; p < planes_of(pool->format); p++) {
    size_t bytes = row_bytes(pool->format, p, pool->width);
    strides[p] = (bytes + ROW_ALIGNMENT - 1) / ROW_ALIGNMENT * ROW_ALIGNMENT;
    offsets[p] = total;
    int rows = df_format_plane_height(pool->format, p, pool->height);
    total += strides[p] * (size_t)((rows + 1) / 2 * 2);
  }
  struct pooled *pooled = calloc(1, sizeof *pooled);
  if (!pooled)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = df_gpu_allocate(pool->gpu, total, "a picture", &pooled->memory, err);
  if (result < 0) {
    free(pooled);
    return result;
  }
  for (int p = 0; p < planes_of(pool->format); p++) {
    pooled->picture.planes[p] = (uint8_t *)(uintptr_t)(pooled->memory + offsets[p]);
    pooled->picture.strides[p] = (ptrdiff_t)strides[p];
  }
  *ret_pooled = pooled;
  return 0;
}

/* Takes free pictures off the pool until it has at most `allocated`; call locked. */
static void shrink(struct df_gpu_pool *pool, size_t allocated)
{
  while (pool->allocated > allocated && pool->free_list) {
    struct pooled *pooled = pool->free_list;
    pool->free_list = pooled->next_free;
    free_pooled(pool->gpu, pooled);
    pool->allocated--;
  }
}

int df_gpu_pool_reserve(struct df_gpu_pool *pool, size_t count, struct df_error *err)
{
  int result = 0;
  pthread_mutex_lock(&pool->lock);
  size_t before = pool->allocated;
  while (result == 0 && pool->allocated < count) {
    struct pooled *pooled = NULL;
    result = allocate(pool, &pooled, err);
    if (result < 0)
      break;
    pooled->pool = pool;
    pooled->next_free = pool->free_list;
    pool->free_list = pooled;
    pool->allocated++;
  }
  if (result < 0)
    shrink(pool, before);
  pthread_mutex_unlock(&pool->lock);
  return result;
}

int df_gpu_pool_take(
    struct df_gpu_pool *pool, struct df_picture **ret_picture, struct df_error *err)
{
  int result = 0;
  pthread_mutex_lock(&pool->lock);
  struct pooled *pooled = pool->free_list;
  if (pooled)
    pool->free_list = pooled->next_free;
  else
    result = allocate(pool, &pooled, err);
  pool->allocated += result == 0 && !pooled->pool;
  pool->out += result == 0;
  pthread_mutex_unlock(&pool->lock);
  if (result < 0)
    return result;

  pooled->pool = pool;
  struct df_picture *picture = &pooled->picture;
  atomic_store(&picture->references, 1);
  picture->device = pool->device;
  picture->width = pool->width;
  picture->height = pool->height;
  picture->format = pool->format;
  picture->colour = (struct df_colour){.primaries = 2, .transfer = 2, .matrix = 2};
  picture->pts = 0;
  picture->duration = 0;
  picture->repeated = false;
  picture->release = give_back;
  *ret_picture = picture;
  return 0;
}

size_t df_gpu_pool_allocated(struct df_gpu_pool *pool)
{
  pthread_mutex_lock(&pool->lock);
  size_t count = pool->allocated;
  pthread_mutex_unlock(&pool->lock);
  return count;
}

static struct df_gpu_rows rows_of(const struct df_picture *picture, int plane)
{
  struct df_gpu_rows rows = {.stride = picture->strides[plane]};
  if (picture->device)
    rows.device = (df_gpu_memory)(uintptr_t)picture->planes[plane];
  else
    rows.host = picture->planes[plane];
  return rows;
}

int df_gpu_copy_picture(struct df_gpu *gpu, const struct df_picture *from, struct df_picture *to,
    df_gpu_stream stream, struct df_error *err)
{
  assert(from->device || to->device);
  assert(from->width == to->width && from->height == to->height);
  assert(from->format.depth == to->format.depth);
  assert(from->format.semi_planar == to->format.semi_planar);
  int result = 0;
  for (int p = 0; p < planes_of(from->format) && result == 0; p++) {
    struct df_gpu_rows source = rows_of(from, p), target = rows_of(to, p);
    size_t rows = (size_t)df_format_plane_height(from->format, p, from->height);
    result = df_gpu_copy(
        gpu, &target, &source, row_bytes(from->format, p, from->width), rows, stream, err);
  }
  return result;
}
