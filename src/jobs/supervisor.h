/*
 * A small parent that lives on when its worker does not. It starts the worker (fork, exec), hears its heartbeat
 * (heartbeat.h), and does after a crash or a hang what recovery.h says. It touches no codec, no model and no GPU,
 * so that nothing of theirs can take it along.
 *
 * Nothing is left behind: the worker has a process group of its own, and whatever of it is there when the worker
 * is gone is killed; the worker is killed when its parent dies in whatever way.
 */
#ifndef DF_JOBS_SUPERVISOR_H
#define DF_JOBS_SUPERVISOR_H

#include <sys/types.h>

#include "base/error.h"
#include "base/log.h"
#include "jobs/recovery.h"

struct df_supervisor_options {
  const char *program;     /* path of the worker's executable */
  const char *const *argv; /* its arguments, the name first, ended by NULL */
  double hang_seconds;     /* without a beat: it hangs */
  double stall_seconds;    /* with beats, but without a picture more: it hangs too; 0: never */
  double grace_seconds;    /* between SIGTERM and SIGKILL for one that hangs */
  const struct df_recovery_policy *policy;
  /* Clears away what a worker that did not end well may have left; NULL: nothing. */
  void (*died)(void *context, pid_t worker);
  /* Whether all was done when a worker died, so that none has to be started again; NULL: never. */
  bool (*was_done)(void *context);
  void *context;
};

/**
 * Runs the worker until it ends for good. SIGINT, SIGTERM and SIGHUP are passed on to it, and after one of them it
 * is not started again; SIGTSTP (Ctrl-Z) stops both. Says in `log` how a worker died that is started again.
 *
 * 0 with the worker's exit status in *ret_status, which is 0 when it died and all was done; DF_ESTOPPED: it died of a signal that was passed on; DF_ELIBRARY:
 * given up, with all its deaths in the sentence; DF_EMISSING: it cannot be started. For a process without other
 * threads, whose signal mask and SIGCHLD are its own again after.
 */
int df_supervise(const struct df_supervisor_options *options, struct df_log *log, int *ret_status,
    struct df_error *err);

#endif
