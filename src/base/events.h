/*
 * What happens while the program works, told to whoever watches: what becomes of each job, and every time that
 * something gave out and the work went on another way. docs/events.md says what each kind means.
 *
 * Who publishes never waits for who reads: each reader has a ring of its own, in which the newest push the oldest
 * out; what a reader missed so is counted. Thread-safe, but for creating and destroying.
 */
#ifndef DF_BASE_EVENTS_H
#define DF_BASE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* name, as it is written, whether it is a recovery */
#define DF_EVENT_KINDS(X)                                                                          \
  X(STARTED, "started", false)                                                                     \
  X(RESTARTED, "restarted", false)                                                                 \
  X(PROGRESS, "progress", false)                                                                   \
  X(WAITING, "waiting", false)                                                                     \
  X(FINISHED, "finished", false)                                                                   \
  X(FAILED, "failed", false)                                                                       \
  X(STOPPED, "stopped", false)                                                                     \
  X(QUARANTINED, "quarantined", false)                                                             \
  X(WARNING, "warning", false)                                                                     \
  X(GPU_TO_CPU, "gpu-to-cpu", true)                                                                \
  X(BATCH_SMALLER, "batch-smaller", true)                                                          \
  X(BATCH_LARGER, "batch-larger", true)                                                            \
  X(STREAMS_FEWER, "streams-fewer", true)                                                          \
  X(STREAMS_MORE, "streams-more", true)                                                            \
  X(DECODER_TO_CPU, "decoder-to-cpu", true)                                                        \
  X(ENCODER_TO_SOFTWARE, "encoder-to-software", true)                                              \
  X(ENCODER_REOPENED, "encoder-reopened", true)                                                    \
  X(NEXT_PROVIDER, "next-provider", true)                                                          \
  X(DAMAGED, "damaged", true)                                                                      \
  X(SKIPPED, "skipped", true)                                                                      \
  X(RESUMED, "resumed", true)                                                                      \
  X(DONE_ANEW, "done-anew", true)                                                                  \
  X(DISK_FULL, "disk-full", true)                                                                  \
  X(WORKER_RESTARTED, "worker-restarted", true)                                                    \
  X(WORKER_GIVEN_UP, "worker-given-up", true)

enum df_event_kind {
#define DF_EVENT_ENUM(name, text, recovery) DF_EVENT_##name,
  DF_EVENT_KINDS(DF_EVENT_ENUM)
#undef DF_EVENT_ENUM
      DF_EVENT_KIND_COUNT
};

enum { DF_EVENT_INPUT = 1024 };

/** Plain memory, owns nothing. */
struct df_event {
  enum df_event_kind kind;
  long long number;               /* from 1, of all that were published; set by df_events_publish */
  long long count;                /* from 1, of its kind; likewise */
  double time;                    /* df_clock_now(); likewise */
  long long frames, frames_total; /* where the job stands; 0: no job's, or not known */
  char input[DF_EVENT_INPUT];     /* the job's; empty: of none, or of all */
  char text[DF_ERROR_TEXT];       /* the cause, a sentence; may be empty */
};

struct df_events;
struct df_events_reader;

/** NULL when memory runs out. */
struct df_events *df_events_create(void);
/** All readers must be gone. Accepts NULL, sets *events to NULL. */
void df_events_destroy(struct df_events **events);

/** Numbers the event, gives it its time, and hands a copy to every reader. `events` may be NULL (does nothing). */
void df_events_publish(struct df_events *events, const struct df_event *event);

/** No more will be published: readers get what is left, then DF_ECLOSED. */
void df_events_close(struct df_events *events);

/** How many of a kind there were so far. `events` may be NULL: none. */
long long df_events_count(struct df_events *events, enum df_event_kind kind);

/** A reader of all that is published from now on, with a ring of `room` (> 0) events. DF_ENOMEM. */
int df_events_subscribe(struct df_events *events, size_t room, struct df_events_reader **ret_reader,
    struct df_error *err);
/** Accepts NULL, sets *reader to NULL. */
void df_events_unsubscribe(struct df_events_reader **reader);

/** Waits at most `seconds` (>= 0) for the oldest event: 1 with it, 0 when none came, DF_ECLOSED at the end. */
int df_events_next(struct df_events_reader *reader, double seconds, struct df_event *ret_event);

/** How many this reader missed since it was last asked. */
long long df_events_missed(struct df_events_reader *reader);

/** "decoder-to-cpu"; lives for ever. */
const char *df_event_name(enum df_event_kind kind);
/** Whether something gave out, or came back, and the work went on another way. */
bool df_event_is_recovery(enum df_event_kind kind);

#endif
