#include "jobs/arrivals.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct arrival {
  char *path;
  int64_t size, mtime_ns;
  double since; /* when it was first seen like this */
  bool told, seen;
};

struct df_arrivals {
  double settle, now;
  struct arrival *items; /* in order of their paths */
  size_t count, room;
};

struct df_arrivals *df_arrivals_create(double settle)
{
  struct df_arrivals *a = calloc(1, sizeof *a);
  if (a)
    a->settle = settle;
  return a;
}

void df_arrivals_destroy(struct df_arrivals **arrivals)
{
  struct df_arrivals *a = *arrivals;
  if (!a)
    return;
  for (size_t i = 0; i < a->count; i++)
    free(a->items[i].path);
  free(a->items);
  free(a);
  *arrivals = NULL;
}

void df_arrivals_begin(struct df_arrivals *arrivals, double now)
{
  arrivals->now = now;
  for (size_t i = 0; i < arrivals->count; i++)
    arrivals->items[i].seen = false;
}

/* Where a path is or belongs. */
static size_t place_of(const struct df_arrivals *a, const char *path)
{
  size_t low = 0, high = a->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(a->items[middle].path, path) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static struct arrival *insert(struct df_arrivals *a, size_t at, const char *path)
{
  if (a->count == a->room) {
    size_t room = a->room ? 2 * a->room : 64;
    struct arrival *items = realloc(a->items, room * sizeof *items);
    if (!items)
      return NULL;
    a->items = items;
    a->room = room;
  }
  char *copy = strdup(path);
  if (!copy)
    return NULL;
  memmove(&a->items[at + 1], &a->items[at], (a->count++ - at) * sizeof *a->items);
  a->items[at] = (struct arrival){.path = copy, .size = -1};
  return &a->items[at];
}

int df_arrivals_see(struct df_arrivals *arrivals, const char *path, int64_t size, int64_t mtime_ns)
{
  size_t at = place_of(arrivals, path);
  bool known = at < arrivals->count && strcmp(arrivals->items[at].path, path) == 0;
  struct arrival *item = known ? &arrivals->items[at] : insert(arrivals, at, path);
  if (!item)
    return DF_ENOMEM;
  item->seen = true;
  if (item->size != size || item->mtime_ns != mtime_ns) {
    item->size = size;
    item->mtime_ns = mtime_ns;
    item->since = arrivals->now;
    item->told = false;
  }
  if (item->told || arrivals->now - item->since < arrivals->settle)
    return 0;
  item->told = true;
  return 1;
}

void df_arrivals_end(struct df_arrivals *arrivals)
{
  size_t kept = 0;
  for (size_t i = 0; i < arrivals->count; i++)
    if (arrivals->items[i].seen)
      arrivals->items[kept++] = arrivals->items[i];
    else
      free(arrivals->items[i].path);
  arrivals->count = kept;
}

size_t df_arrivals_pending(const struct df_arrivals *arrivals)
{
  size_t pending = 0;
  for (size_t i = 0; i < arrivals->count; i++)
    pending += !arrivals->items[i].told;
  return pending;
}
