/* Time that only goes forward, for measuring. Decisions never look at it. */
#ifndef DF_BASE_CLOCK_H
#define DF_BASE_CLOCK_H

#include <pthread.h>
#include <time.h>

/** Seconds since some fixed moment; monotonic, thread-safe. */
double df_clock_now(void);

/** Initialises a condition whose timed waits go by this clock, not by one that may be set. */
void df_clock_condition_init(pthread_cond_t *condition);
/** The moment in `seconds` (>= 0) from now, for such a wait. Thread-safe. */
struct timespec df_clock_in(double seconds);

#endif
