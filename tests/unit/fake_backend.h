/*
 * A backend of the batcher without a device: it looks at nothing, takes as long as it is told, fails when it
 * is told, and checks that the batcher keeps the promises of batch_backend.h. A picture's result is made of
 * its pts, so that every result can be told from every other.
 */
#ifndef DF_TESTS_FAKE_BACKEND_H
#define DF_TESTS_FAKE_BACKEND_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "vision/batch_backend.h"

enum { FAKE_BATCHES = 4096, FAKE_SLOTS = 32 };

enum fake_state { FAKE_IDLE, FAKE_PREPARED, FAKE_RUN, FAKE_COLLECTED };

struct fake_slot {
  _Atomic enum fake_state state;
  int64_t pts;
  float value;
};

struct fake_client {
  struct df_letterbox letterbox;
  struct fake_slot slots[FAKE_SLOTS + 1]; /* the last is the face */
};

struct fake_backend {
  struct df_batch_backend base;
  /* What it is told; set before it is used, or by atomics. */
  double seconds;        /* a batch takes, in collect */
  atomic_int fail_runs;  /* so many runs fail from now on */
  atomic_int fail_waits; /* so many collects */
  size_t memory;         /* pictures that fit; 0: any */
  bool refuse;           /* joins fail */
  /* What it saw. */
  pthread_mutex_t lock;
  size_t sizes[FAKE_BATCHES]; /* pictures of each batch; 100 more for faces */
  size_t batches;
  atomic_int clients, destroyed, broken, ahead;
  int under_way, next_ticket;
  struct df_batch_item items[DF_BATCH_DEPTH][DF_BATCH_MOST];
  size_t counts[DF_BATCH_DEPTH];
};

static inline struct fake_backend *fake(struct df_batch_backend *backend)
{
  return (struct fake_backend *)backend;
}

static inline void fake_sleep(double seconds)
{
  struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  nanosleep(&time, NULL);
}

/* A promise of batch_backend.h that was not kept is counted, since the threads that see it cannot fail a test. */
static inline void fake_expect(struct fake_backend *f, bool kept)
{
  if (!kept)
    f->broken++;
}

static inline struct fake_slot *fake_slot(const struct df_batch_item *item)
{
  struct fake_client *client = item->client;
  return &client->slots[item->slot < 0 ? FAKE_SLOTS : item->slot];
}

static inline int fake_join(struct df_batch_backend *backend, df_gpu_stream stream,
    const struct df_letterbox *letterbox, int pending, void **ret_client, struct df_error *err)
{
  (void)stream, (void)pending;
  if (fake(backend)->refuse)
    return df_fail(err, DF_ENOMEM, "the fake device is full");
  struct fake_client *client = calloc(1, sizeof *client);
  if (!client)
    return df_fail(err, DF_ENOMEM, "no memory for a fake client");
  client->letterbox = *letterbox;
  fake(backend)->clients++;
  *ret_client = client;
  return 0;
}

static inline void fake_leave(struct df_batch_backend *backend, void *client)
{
  struct fake_client *c = client;
  for (int i = 0; i <= FAKE_SLOTS; i++)
    fake_expect(fake(backend), c->slots[i].state != FAKE_RUN);
  fake(backend)->clients--;
  free(client);
}

static inline void fake_fill(
    struct fake_backend *f, struct fake_slot *slot, int64_t pts, float value)
{
  fake_expect(f, slot->state != FAKE_RUN && slot->state != FAKE_PREPARED);
  slot->pts = pts;
  slot->value = value;
  slot->state = FAKE_PREPARED;
}

static inline int fake_prepare(struct df_batch_backend *backend, void *client, int slot,
    const struct df_picture *picture, struct df_error *err)
{
  struct fake_client *c = client;
  if (picture->pts < 0)
    return df_fail(err, DF_EINPUT, "the fake picture cannot be prepared");
  fake_fill(fake(backend), &c->slots[slot], picture->pts, 0);
  return 0;
}

static inline int fake_prepare_face(struct df_batch_backend *backend, void *client,
    const struct df_picture *picture, const float matrix[6], struct df_error *err)
{
  struct fake_client *c = client;
  (void)err;
  fake_fill(fake(backend), &c->slots[FAKE_SLOTS], picture->pts, matrix[0]);
  return 0;
}

static inline int fake_begin(struct fake_backend *f, int ticket, const struct df_batch_item *items,
    size_t count, size_t kind, struct df_error *err)
{
  const struct fake_client *first = items[0].client;
  fake_expect(f, ticket == f->next_ticket && f->under_way < DF_BATCH_DEPTH && count > 0);
  if (f->memory && count > f->memory)
    return df_fail(err, DF_ENOMEM, "the fake device has no room for %zu pictures", count);
  pthread_mutex_lock(&f->lock);
  if (f->batches < FAKE_BATCHES)
    f->sizes[f->batches++] = count + kind;
  pthread_mutex_unlock(&f->lock);
  if (f->fail_runs > 0) {
    f->fail_runs--;
    for (size_t i = 0; i < count; i++)
      fake_slot(&items[i])->state = FAKE_IDLE;
    return df_fail(err, DF_ELIBRARY, "the fake model cannot be run");
  }
  for (size_t i = 0; i < count; i++) {
    const struct fake_client *c = items[i].client;
    fake_expect(f, fake_slot(&items[i])->state == FAKE_PREPARED);
    fake_expect(f, kind || (c->letterbox.width == first->letterbox.width &&
                               c->letterbox.height == first->letterbox.height));
    fake_slot(&items[i])->state = FAKE_RUN;
    f->items[ticket][i] = items[i];
  }
  f->counts[ticket] = count;
  f->next_ticket = (ticket + 1) % DF_BATCH_DEPTH;
  f->under_way++;
  if (f->under_way > f->ahead)
    f->ahead = f->under_way;
  return 0;
}

static inline int fake_run(struct df_batch_backend *backend, int ticket,
    const struct df_batch_item *items, size_t count, struct df_error *err)
{
  return fake_begin(fake(backend), ticket, items, count, 0, err);
}

static inline int fake_run_faces(struct df_batch_backend *backend, int ticket,
    const struct df_batch_item *items, size_t count, struct df_error *err)
{
  return fake_begin(fake(backend), ticket, items, count, 100, err);
}

static inline int fake_collect(struct df_batch_backend *backend, int ticket, struct df_error *err)
{
  struct fake_backend *f = fake(backend);
  fake_expect(f, f->under_way > 0);
  fake_sleep(f->seconds);
  for (size_t i = 0; i < f->counts[ticket]; i++)
    fake_slot(&f->items[ticket][i])->state = FAKE_COLLECTED;
  f->under_way--;
  if (f->fail_waits == 0)
    return 0;
  f->fail_waits--;
  return df_fail(err, DF_ELIBRARY, "the fake device was lost");
}

static inline void fake_read(
    struct df_batch_backend *backend, void *client, int slot, struct df_sight_result *ret_result)
{
  struct fake_client *c = client;
  fake_expect(fake(backend), c->slots[slot].state == FAKE_COLLECTED);
  ret_result->count = 1;
  ret_result->faces[0].box.x = (float)c->slots[slot].pts;
  c->slots[slot].state = FAKE_IDLE;
}

static inline void fake_read_face(struct df_batch_backend *backend, void *client,
    struct df_embedding *ret_embedding, float *ret_sharpness)
{
  struct fake_client *c = client;
  fake_expect(fake(backend), c->slots[FAKE_SLOTS].state == FAKE_COLLECTED);
  ret_embedding->dimensions = 1;
  ret_embedding->values[0] = c->slots[FAKE_SLOTS].value;
  *ret_sharpness = (float)c->slots[FAKE_SLOTS].pts;
  c->slots[FAKE_SLOTS].state = FAKE_IDLE;
}

static inline void fake_report(
    struct df_batch_backend *backend, struct df_provider_report *ret_report)
{
  (void)backend;
  *ret_report = (struct df_provider_report){.provider = DF_PROVIDER_CUDA};
}

/* The test owns the memory, and looks at it afterwards. */
static inline void fake_destroy(struct df_batch_backend *backend)
{
  fake_expect(fake(backend), fake(backend)->clients == 0 && fake(backend)->under_way == 0);
  fake(backend)->destroyed++;
}

static const struct df_batch_backend_operations fake_operations = {fake_join, fake_leave,
    fake_prepare, fake_run, fake_collect, fake_read, fake_prepare_face, fake_run_faces,
    fake_read_face, fake_report, fake_destroy};

static inline void fake_init(struct fake_backend *f)
{
  *f = (struct fake_backend){.base = {&fake_operations}};
  pthread_mutex_init(&f->lock, NULL);
}

#endif
