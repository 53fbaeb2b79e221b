#include "base/events.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct df_events_reader {
  struct df_events *events;
  struct df_events_reader *next;
  pthread_cond_t changed;
  size_t room, first, count; /* the events first.. (around) are unread */
  long long missed;
  struct df_event ring[];
};

struct df_events {
  pthread_mutex_t lock; /* of all, and of the readers'; never held for longer than copying takes */
  struct df_events_reader *readers;
  long long number, counts[DF_EVENT_KIND_COUNT];
  bool closed;
};

static const struct {
  const char *name;
  bool recovery;
} kinds[DF_EVENT_KIND_COUNT] = {
#define KIND(name, text, recovery) [DF_EVENT_##name] = {text, recovery},
    DF_EVENT_KINDS(KIND)
#undef KIND
};

const char *df_event_name(enum df_event_kind kind)
{
  return kinds[kind].name;
}

bool df_event_is_recovery(enum df_event_kind kind)
{
  return kinds[kind].recovery;
}

struct df_events *df_events_create(void)
{
  struct df_events *events = calloc(1, sizeof *events);
  if (events)
    pthread_mutex_init(&events->lock, NULL);
  return events;
}

void df_events_destroy(struct df_events **events)
{
  if (!*events)
    return;
  pthread_mutex_destroy(&(*events)->lock);
  free(*events);
  *events = NULL;
}

static void hand_to(struct df_events_reader *reader, const struct df_event *event)
{
  if (reader->count == reader->room) {
    reader->first = (reader->first + 1) % reader->room;
    reader->count--;
    reader->missed++;
  }
  reader->ring[(reader->first + reader->count++) % reader->room] = *event;
  pthread_cond_signal(&reader->changed);
}

void df_events_publish(struct df_events *events, const struct df_event *event)
{
  if (!events)
    return;
  struct df_event numbered = *event;
  pthread_mutex_lock(&events->lock);
  numbered.number = ++events->number;
  numbered.count = ++events->counts[event->kind];
  numbered.time = df_clock_now();
  for (struct df_events_reader *r = events->readers; r; r = r->next)
    hand_to(r, &numbered);
  pthread_mutex_unlock(&events->lock);
}

void df_events_close(struct df_events *events)
{
  pthread_mutex_lock(&events->lock);
  events->closed = true;
  for (struct df_events_reader *r = events->readers; r; r = r->next)
    pthread_cond_broadcast(&r->changed);
  pthread_mutex_unlock(&events->lock);
}

long long df_events_count(struct df_events *events, enum df_event_kind kind)
{
  if (!events)
    return 0;
  pthread_mutex_lock(&events->lock);
  long long count = events->counts[kind];
  pthread_mutex_unlock(&events->lock);
  return count;
}

int df_events_subscribe(struct df_events *events, size_t room, struct df_events_reader **ret_reader,
    struct df_error *err)
{
  struct df_events_reader *reader = calloc(1, sizeof *reader + room * sizeof reader->ring[0]);
  if (!reader)
    return df_fail(err, DF_ENOMEM, "no memory to listen to events");
  reader->events = events;
  reader->room = room;
  df_clock_condition_init(&reader->changed);
  pthread_mutex_lock(&events->lock);
  reader->next = events->readers;
  events->readers = reader;
  pthread_mutex_unlock(&events->lock);
  *ret_reader = reader;
  return 0;
}

void df_events_unsubscribe(struct df_events_reader **reader)
{
  struct df_events_reader *r = *reader;
  if (!r)
    return;
  pthread_mutex_lock(&r->events->lock);
  struct df_events_reader **place = &r->events->readers;
  while (*place != r)
    place = &(*place)->next;
  *place = r->next;
  pthread_mutex_unlock(&r->events->lock);
  pthread_cond_destroy(&r->changed);
  free(r);
  *reader = NULL;
}

int df_events_next(struct df_events_reader *reader, double seconds, struct df_event *ret_event)
{
  struct df_events *events = reader->events;
  struct timespec until = df_clock_in(seconds);
  int waited = 0, result = 0;
  pthread_mutex_lock(&events->lock);
  while (reader->count == 0 && !events->closed && waited == 0)
    waited = pthread_cond_timedwait(&reader->changed, &events->lock, &until);
  if (reader->count > 0) {
    *ret_event = reader->ring[reader->first];
    reader->first = (reader->first + 1) % reader->room;
    reader->count--;
    result = 1;
  } else if (events->closed) {
    result = DF_ECLOSED;
  }
  pthread_mutex_unlock(&events->lock);
  return result;
}

long long df_events_missed(struct df_events_reader *reader)
{
  pthread_mutex_lock(&reader->events->lock);
  long long missed = reader->missed;
  reader->missed = 0;
  pthread_mutex_unlock(&reader->events->lock);
  return missed;
}
