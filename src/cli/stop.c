/* Signals to a flag; see stop.h. The handler calls nothing that is not async-signal-safe. */
#include "cli/stop.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

/* `timeout` and terminals that close signal a process twice in a moment; that is not a second wish. */
enum { REPEAT_MS = 500 };

static _Atomic(atomic_bool *) stop_flag;
static atomic_llong first_ms; /* 0: none yet */

static void on_signal(int number)
{
  (void)number;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long ms = (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1, none = 0;
  if (!atomic_compare_exchange_strong(&first_ms, &none, ms) && ms - none >= REPEAT_MS)
    _exit(DF_EXIT_STOPPED);
  atomic_bool *flag = atomic_load(&stop_flag);
  if (flag)
    atomic_store(flag, true);
}

void df_stop_watch(atomic_bool *flag)
{
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
  atomic_store(&stop_flag, flag);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct sigaction old, action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction(numbers[i], &action, NULL);
  }
}

void df_stop_release(void)
{
  atomic_store(&stop_flag, NULL);
}
