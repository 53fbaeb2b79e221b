/*
 * Says from time to time that something long is still going on. Has a thread of its own while it lasts; begin and
 * end in one thread.
 */
#ifndef DF_BASE_PATIENCE_H
#define DF_BASE_PATIENCE_H

#include <pthread.h>
#include <stdbool.h>

#include "base/log.h"

struct df_patience {
  struct df_log *log;
  const char *what;
  double every, begun;
  pthread_mutex_t lock;
  pthread_cond_t ended_now;
  bool ended, running;
  pthread_t thread;
};

/**
 * Begins to say "still WHAT: N s so far" in `log` every `every` seconds (> 0). Borrows `log` and `what` until the
 * end. Where no thread can be had nothing is said.
 */
void df_patience_begin(
    struct df_patience *patience, struct df_log *log, const char *what, double every);
/** Ends it: nothing is said after. Returns the seconds since the beginning. */
double df_patience_end(struct df_patience *patience);

#endif
