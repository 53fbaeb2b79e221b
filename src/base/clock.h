/* Time that only goes forward, for measuring. Decisions never look at it. */
#ifndef DF_BASE_CLOCK_H
#define DF_BASE_CLOCK_H

/** Seconds since some fixed moment; monotonic, thread-safe. */
double df_clock_now(void);

#endif
