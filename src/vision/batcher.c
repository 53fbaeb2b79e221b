/*
 * The inference thread and the queues to and from it. All that is shared lies under one lock, which is never
 * held while the backend works. What is run next is batch_plan.c's to say; here it is only gathered.
 */
#include "vision/batcher.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fault.h"
#include "vision/batch_backend.h"

enum { PENDING_MOST = 32, WAITING_ROOM = 64 };

enum state { IDLE, PREPARED, RUNNING, DONE };

struct slot {
  enum state state;
  void *tag;
  double since;
  struct df_error err;
};

struct df_batcher_client {
  struct df_batcher *batcher;
  void *backend_client;
  pthread_cond_t changed;
  int pending, head, count; /* slots head..head+count-1 (around) are under way or untaken */
  struct slot slots[PENDING_MOST];
  struct slot face;
  bool face_used; /* a thread of the client's is embedding */
  bool cancelled;
};

/* What one run is of. A face's place is -1. */
struct batch {
  struct df_batcher_client *clients[DF_BATCH_MOST];
  int places[DF_BATCH_MOST];
  size_t count;
};

struct df_batcher {
  struct df_batch_backend *backend;
  const struct df_batch_backend_operations *operations;
  struct df_batch_settings settings;
  struct df_batch_limit limit; /* of settings.rules.most, or less since memory ran out */
  pthread_t thread;
  bool running, closing;
  pthread_mutex_t joining; /* one client joins or leaves at a time */
  pthread_mutex_t lock;    /* of all below, and of the clients' */
  pthread_cond_t work;
  struct df_batcher_client **clients;
  struct df_batch_share *shares; /* beside them */
  size_t client_count, client_room;
  struct df_batch_request *requests; /* room for every slot there is */
  size_t *chosen, *request_slots;
  double virtual_time;
  struct batch batches[DF_BATCH_DEPTH];
  int first, in_flight; /* batches first.. (around) are under way */
};

static struct slot *slot_at(struct df_batcher_client *client, int place)
{
  return place < 0 ? &client->face : &client->slots[place];
}

static struct df_batch_share *share_of(const struct df_batcher_client *client)
{
  const struct df_batcher *b = client->batcher;
  size_t i = 0;
  while (b->clients[i] != client)
    i++;
  return &b->shares[i];
}

static bool has_waiting(const struct df_batcher_client *client)
{
  for (int i = 0; i < client->pending; i++)
    if (client->slots[i].state == PREPARED)
      return true;
  return false;
}

/* Lists what waits, each client's in the order it came. */
static size_t list_requests(struct df_batcher *b)
{
  size_t count = 0;
  for (size_t i = 0; i < b->client_count; i++) {
    struct df_batcher_client *c = b->clients[i];
    b->shares[i].full = c->count == c->pending;
    for (int k = 0; k < c->count; k++) {
      int place = (c->head + k) % c->pending;
      if (c->slots[place].state != PREPARED)
        continue;
      b->requests[count] = (struct df_batch_request){i, c->slots[place].since};
      b->request_slots[count++] = (size_t)place;
    }
  }
  return count;
}

static void add_to(struct batch *batch, struct df_batcher_client *client, int place)
{
  batch->clients[batch->count] = client;
  batch->places[batch->count++] = place;
  slot_at(client, place)->state = RUNNING;
}

static void choose_faces(struct df_batcher *b, struct batch *batch)
{
  for (size_t i = 0; i < b->client_count && batch->count < DF_BATCH_MOST; i++)
    if (b->clients[i]->face.state == PREPARED)
      add_to(batch, b->clients[i], -1);
}

static void choose_pictures(struct df_batcher *b, struct batch *batch, double *ret_wait)
{
  struct df_batch_rules rules = {b->limit.most, b->settings.rules.wait};
  size_t requests = list_requests(b);
  size_t count = df_batch_plan(b->requests, requests, b->shares, b->client_count, &rules,
      df_clock_now(), &b->virtual_time, b->chosen, ret_wait);
  for (size_t i = 0; i < count; i++)
    add_to(
        batch, b->clients[b->requests[b->chosen[i]].client], (int)b->request_slots[b->chosen[i]]);
}

/* Every picture of `batch` has its answer: what it is read from, or why there is none. */
static void finish(struct batch *batch, const struct df_error *err)
{
  for (size_t i = 0; i < batch->count; i++) {
    struct slot *slot = slot_at(batch->clients[i], batch->places[i]);
    slot->state = DONE;
    slot->err = *err;
    pthread_cond_broadcast(&batch->clients[i]->changed);
  }
}

/* Too many at once for the device's memory: they wait again, and fewer are run from now on. */
static void put_back(struct df_batcher *b, struct batch *batch, const struct df_error *err)
{
  df_batch_limit_shrink(&b->limit, batch->count);
  size_t most = b->limit.most;
  df_log_event(b->settings.log, DF_LOG_WARNING, DF_EVENT_BATCH_SMALLER,
      "batches have at most %zu picture%s from now on: %s", most, most == 1 ? "" : "s", err->text);
  for (size_t i = 0; i < batch->count; i++)
    slot_at(batch->clients[i], batch->places[i])->state = PREPARED;
}

/* Called and returns with the lock held. */
static void start(struct df_batcher *b, int ticket)
{
  struct batch *batch = &b->batches[ticket];
  struct df_batch_item items[DF_BATCH_MOST];
  struct df_error err = {0};
  bool faces = batch->places[0] < 0;
  for (size_t i = 0; i < batch->count; i++)
    items[i] = (struct df_batch_item){batch->clients[i]->backend_client, batch->places[i]};
  pthread_mutex_unlock(&b->lock);
  int result = df_fault_check(DF_FAULT_AT_BATCH, NULL, DF_ELIBRARY, &err);
  if (result == 0)
    result = faces ? b->operations->run_faces(b->backend, ticket, items, batch->count, &err)
                   : b->operations->run(b->backend, ticket, items, batch->count, &err);
  pthread_mutex_lock(&b->lock);
  if (result == 0)
    b->in_flight++;
  else if (result == DF_ENOMEM && batch->count > 1 && !faces)
    put_back(b, batch, &err);
  else
    finish(batch, &err);
}

/* After so many that went well the memory may be there again; else the next batch makes it less. */
static void learn(struct df_batcher *b, const struct batch *batch)
{
  if (batch->places[0] >= 0 && df_batch_limit_learn(&b->limit, batch->count))
    df_log_event(b->settings.log, DF_LOG_NOTE, DF_EVENT_BATCH_LARGER,
        "batches may have %zu pictures again", b->limit.most);
}

static void collect(struct df_batcher *b)
{
  struct df_error err = {0};
  int ticket = b->first;
  pthread_mutex_unlock(&b->lock);
  b->operations->collect(b->backend, ticket, &err);
  pthread_mutex_lock(&b->lock);
  if (err.code == 0)
    learn(b, &b->batches[ticket]);
  finish(&b->batches[ticket], &err);
  b->first = (b->first + 1) % DF_BATCH_DEPTH;
  b->in_flight--;
}

static void wait_for_work(struct df_batcher *b, double seconds)
{
  if (isinf(seconds)) {
    pthread_cond_wait(&b->work, &b->lock);
    return;
  }
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  double nanoseconds = (double)until.tv_nsec + fmax(seconds, 0) * 1e9;
  until.tv_sec += (time_t)(nanoseconds / 1e9);
  until.tv_nsec = (long)fmod(nanoseconds, 1e9);
  pthread_cond_timedwait(&b->work, &b->lock, &until);
}

/* Faces first, for somebody's decisions wait for them; then pictures; then what is under way; else rest. */
static void *infer(void *argument)
{
  struct df_batcher *b = argument;
  pthread_mutex_lock(&b->lock);
  while (!b->closing || b->in_flight > 0) {
    double wait = INFINITY;
    int ticket = (b->first + b->in_flight) % DF_BATCH_DEPTH;
    struct batch *batch = &b->batches[ticket];
    if (b->in_flight < DF_BATCH_DEPTH) {
      batch->count = 0;
      choose_faces(b, batch);
      if (batch->count == 0)
        choose_pictures(b, batch, &wait);
      if (batch->count > 0) {
        start(b, ticket);
        continue;
      }
    }
    if (b->in_flight > 0)
      collect(b);
    else if (!b->closing)
      wait_for_work(b, wait);
  }
  pthread_mutex_unlock(&b->lock);
  return NULL;
}

int df_batcher_create_on(struct df_batch_backend *backend, const struct df_batch_settings *settings,
    struct df_batcher **ret_batcher, struct df_error *err)
{
  struct df_batcher *b = calloc(1, sizeof *b);
  if (!b) {
    backend->operations->destroy(backend);
    return df_fail(err, DF_ENOMEM, "no memory for the inference thread");
  }
  b->backend = backend;
  b->operations = backend->operations;
  b->settings = *settings;
  df_batch_limit_init(&b->limit, settings->rules.most,
      settings->patience > 0 ? settings->patience : DF_BATCH_PATIENCE);
  pthread_mutex_init(&b->joining, NULL);
  pthread_mutex_init(&b->lock, NULL);
  df_clock_condition_init(&b->work);
  b->running = pthread_create(&b->thread, NULL, infer, b) == 0;
  if (!b->running) {
    df_batcher_destroy(&b);
    return df_fail(err, DF_ENOMEM, "cannot start the inference thread");
  }
  *ret_batcher = b;
  return 0;
}

void df_batcher_destroy(struct df_batcher **batcher_ptr)
{
  struct df_batcher *b = *batcher_ptr;
  if (!b)
    return;
  pthread_mutex_lock(&b->lock);
  b->closing = true;
  pthread_cond_signal(&b->work);
  pthread_mutex_unlock(&b->lock);
  if (b->running)
    pthread_join(b->thread, NULL);
  b->operations->destroy(b->backend);
  pthread_cond_destroy(&b->work);
  pthread_mutex_destroy(&b->lock);
  pthread_mutex_destroy(&b->joining);
  free(b->clients);
  free(b->shares);
  free(b->requests);
  free(b->request_slots);
  free(b->chosen);
  free(b);
  *batcher_ptr = NULL;
}

void df_batcher_report(const struct df_batcher *batcher, struct df_provider_report *ret_report)
{
  batcher->operations->report(batcher->backend, ret_report);
}

const char *df_batcher_provider(const struct df_batcher *batcher)
{
  struct df_provider_report report;
  df_batcher_report(batcher, &report);
  return df_provider_name(report.provider);
}

/* Grows one array; what there was stays on failure. */
static bool grow(void **array, size_t count, size_t size)
{
  void *more = realloc(*array, count * size);
  if (more)
    *array = more;
  return more != NULL;
}

/* Room for one more client and all its pictures. */
static bool reserve(struct df_batcher *b)
{
  if (b->client_count < b->client_room)
    return true;
  size_t clients = b->client_room + WAITING_ROOM, slots = clients * PENDING_MOST;
  bool grown = grow((void **)&b->clients, clients, sizeof *b->clients) &&
               grow((void **)&b->shares, clients, sizeof *b->shares) &&
               grow((void **)&b->requests, slots, sizeof *b->requests) &&
               grow((void **)&b->request_slots, slots, sizeof *b->request_slots) &&
               grow((void **)&b->chosen, slots, sizeof *b->chosen);
  if (grown)
    b->client_room = clients;
  return grown;
}

static bool enter(struct df_batcher_client *c, const struct df_letterbox *letterbox, float weight)
{
  struct df_batcher *b = c->batcher;
  pthread_mutex_lock(&b->lock);
  bool room = reserve(b);
  if (room) {
    b->shares[b->client_count] = (struct df_batch_share){.weight = weight,
        .served = b->virtual_time,
        .width = letterbox->width,
        .height = letterbox->height};
    b->clients[b->client_count++] = c;
  }
  pthread_mutex_unlock(&b->lock);
  return room;
}

int df_batcher_join(struct df_batcher *b, df_gpu_stream stream,
    const struct df_letterbox *letterbox, int pending, float weight,
    struct df_batcher_client **ret_client, struct df_error *err)
{
  if (pending < 1 || pending > PENDING_MOST || !(weight > 0))
    return df_fail(err, DF_EUSAGE,
        "%d pictures under way at a weight of %g: 1 to %d and above 0 can be", pending,
        (double)weight, PENDING_MOST);
  struct df_batcher_client *c = calloc(1, sizeof *c);
  if (!c)
    return df_fail(err, DF_ENOMEM, "no memory to look at another video");
  c->batcher = b;
  c->pending = pending;
  pthread_mutex_lock(&b->joining);
  int result = b->operations->join(b->backend, stream, letterbox, pending, &c->backend_client, err);
  if (result == 0 && !enter(c, letterbox, weight)) {
    b->operations->leave(b->backend, c->backend_client);
    result = df_fail(err, DF_ENOMEM, "no memory to look at another video");
  }
  pthread_mutex_unlock(&b->joining);
  if (result < 0) {
    free(c);
    return result;
  }
  df_clock_condition_init(&c->changed);
  *ret_client = c;
  return 0;
}

static bool is_running(const struct df_batcher_client *c)
{
  bool running = c->face.state == RUNNING;
  for (int i = 0; i < c->pending; i++)
    running |= c->slots[i].state == RUNNING;
  return running;
}

/* What only waits is given up, since nobody will take it; what runs is waited for. */
static void withdraw(struct df_batcher_client *c)
{
  struct df_batcher *b = c->batcher;
  pthread_mutex_lock(&b->lock);
  for (int i = 0; i < c->pending; i++)
    if (c->slots[i].state == PREPARED)
      c->slots[i].state = IDLE;
  while (is_running(c))
    pthread_cond_wait(&c->changed, &b->lock);
  size_t place = (size_t)(share_of(c) - b->shares);
  b->client_count--;
  for (size_t i = place; i < b->client_count; i++) {
    b->clients[i] = b->clients[i + 1];
    b->shares[i] = b->shares[i + 1];
  }
  /* Those that waited for this one's company need not any more. */
  pthread_cond_signal(&b->work);
  pthread_mutex_unlock(&b->lock);
}

void df_batcher_leave(struct df_batcher_client **client)
{
  struct df_batcher_client *c = *client;
  if (!c)
    return;
  struct df_batcher *b = c->batcher;
  withdraw(c);
  pthread_mutex_lock(&b->joining);
  b->operations->leave(b->backend, c->backend_client);
  pthread_mutex_unlock(&b->joining);
  pthread_cond_destroy(&c->changed);
  free(c);
  *client = NULL;
}

void df_batcher_cancel(struct df_batcher_client *c)
{
  pthread_mutex_lock(&c->batcher->lock);
  c->cancelled = true;
  pthread_cond_broadcast(&c->changed);
  pthread_mutex_unlock(&c->batcher->lock);
}

int df_batcher_submit(
    struct df_batcher_client *c, struct df_picture *picture, void *tag, struct df_error *err)
{
  struct df_batcher *b = c->batcher;
  pthread_mutex_lock(&b->lock);
  while (c->count == c->pending && !c->cancelled)
    pthread_cond_wait(&c->changed, &b->lock);
  int place = (c->head + c->count) % c->pending;
  bool cancelled = c->cancelled;
  pthread_mutex_unlock(&b->lock);
  if (cancelled)
    return df_fail(err, DF_ECLOSED, "nobody wants to know what is in the pictures any more");

  int result = b->operations->prepare(b->backend, c->backend_client, place, picture, err);
  if (result < 0)
    return result;
  pthread_mutex_lock(&b->lock);
  if (!has_waiting(c))
    df_batch_enter(share_of(c), b->virtual_time);
  c->slots[place] = (struct slot){.state = PREPARED, .tag = tag, .since = df_clock_now()};
  c->count++;
  pthread_cond_signal(&b->work);
  pthread_mutex_unlock(&b->lock);
  return 0;
}

int df_batcher_take(
    struct df_batcher_client *c, struct df_sight_result *ret_result, struct df_error *err)
{
  struct df_batcher *b = c->batcher;
  pthread_mutex_lock(&b->lock);
  int place = c->head;
  struct slot *slot = &c->slots[place];
  bool any = c->count > 0;
  while (any && slot->state != DONE)
    pthread_cond_wait(&c->changed, &b->lock);
  pthread_mutex_unlock(&b->lock);
  if (!any)
    return 0;

  int result = slot->err.code;
  if (result == 0) {
    b->operations->read(b->backend, c->backend_client, place, ret_result);
    ret_result->tag = slot->tag;
  } else
    df_fail(err, result, "%s", slot->err.text);
  pthread_mutex_lock(&b->lock);
  slot->state = IDLE;
  c->head = (c->head + 1) % c->pending;
  c->count--;
  pthread_cond_broadcast(&c->changed);
  pthread_mutex_unlock(&b->lock);
  return result < 0 ? result : 1;
}

/* Waits for the client's one face to be free, and for its answer. */
static int ask_for_face(struct df_batcher_client *c, const struct df_picture *picture,
    const float matrix[6], struct df_error *err)
{
  struct df_batcher *b = c->batcher;
  int result = b->operations->prepare_face(b->backend, c->backend_client, picture, matrix, err);
  if (result < 0)
    return result;
  pthread_mutex_lock(&b->lock);
  c->face.state = PREPARED;
  pthread_cond_signal(&b->work);
  while (c->face.state != DONE)
    pthread_cond_wait(&c->changed, &b->lock);
  c->face.state = IDLE;
  result = c->face.err.code;
  pthread_mutex_unlock(&b->lock);
  return result < 0 ? df_fail(err, result, "%s", c->face.err.text) : 0;
}

int df_batcher_embed(struct df_batcher_client *c, const struct df_picture *picture,
    const float matrix[6], struct df_embedding *ret_embedding, float *ret_sharpness,
    struct df_error *err)
{
  struct df_batcher *b = c->batcher;
  if (!b->settings.faces)
    return df_fail(err, DF_EUSAGE, "there is no embedder to recognise people with");
  pthread_mutex_lock(&b->lock);
  while (c->face_used)
    pthread_cond_wait(&c->changed, &b->lock);
  c->face_used = true;
  pthread_mutex_unlock(&b->lock);
  int result = ask_for_face(c, picture, matrix, err);
  if (result == 0)
    b->operations->read_face(b->backend, c->backend_client, ret_embedding, ret_sharpness);
  pthread_mutex_lock(&b->lock);
  c->face_used = false;
  pthread_cond_broadcast(&c->changed);
  pthread_mutex_unlock(&b->lock);
  return result;
}
