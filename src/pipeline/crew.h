/*
 * A crew: functions that run side by side, one a thread, joined by queues. Knows nothing of what they do.
 *
 * When a member ends, the queues it reads and writes are closed, so that its neighbours end as well, in
 * both directions. The first error cancels every queue, and is what the crew returns.
 */
#ifndef DF_PIPELINE_CREW_H
#define DF_PIPELINE_CREW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/queue.h"

enum { DF_CREW_MAX = 48, DF_CREW_QUEUES = 2 };

struct df_crew_member {
  const char *name; /* of its thread; NULL: this member is not wanted */
  /** Returns 0 or DF_ECLOSED at the end, or an error with its sentence. */
  int (*run)(void *context, struct df_error *err);
  void *context;
  struct df_queue *in[DF_CREW_QUEUES], *out[DF_CREW_QUEUES]; /* NULL: none */
};

/**
 * Runs all members and waits for the last. When *stop becomes true, or a member fails, every queue is
 * cancelled and `cancel` (may be NULL) is called once, to wake a member that waits elsewhere.
 *
 * Returns 0, the first error, or DF_ESTOPPED. Borrows everything until it returns.
 */
int df_crew_run(const struct df_crew_member *members, size_t count, atomic_bool *stop,
    void (*cancel)(void *context), void *context, struct df_error *err);

#endif
