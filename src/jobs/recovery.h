/*
 * What to do when a worker ends: a table of causes, and the step that it comes to after all that happened before.
 * Pure: no processes, no clock.
 */
#ifndef DF_JOBS_RECOVERY_H
#define DF_JOBS_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Why a worker ended. */
enum df_cause {
  DF_CAUSE_EXITED,  /* by itself, done or with an error that it told */
  DF_CAUSE_STOPPED, /* the user wanted it to */
  DF_CAUSE_CRASHED, /* by a signal */
  DF_CAUSE_KILLED,  /* by SIGKILL, and not ours: the kernel's, mostly, when memory ran out */
  DF_CAUSE_SILENT,  /* ended by us: no sign of life any more */
  DF_CAUSE_STALLED, /* ended by us: alive, but it made no picture any more */
  DF_CAUSES
};

enum df_action { DF_ACTION_END, DF_ACTION_RESTART, DF_ACTION_GIVE_UP };

/** What a cause comes to: END, or RESTART up to so many attempts in a row that got nowhere. */
struct df_recovery_rule {
  enum df_action action;
  int attempts_most;
};

enum { DF_BACKOFF_STEPS = 6 };

struct df_recovery_policy {
  struct df_recovery_rule rules[DF_CAUSES];
  double backoff
      [DF_BACKOFF_STEPS]; /* seconds before the 2nd, 3rd ... attempt in a row; the last for all later */
  /* So many pictures beyond the best attempt before make one that got somewhere. 0: none does, since every attempt
     begins anew. */
  int64_t progress_least;
};

/** Three attempts, 1, 2, 4 ... 30 s apart, and nothing counts as progress. */
extern const struct df_recovery_policy df_recovery_default;

/**
 * For a worker with many jobs, which is five times as patient, and takes every picture more than ever before for
 * progress: a video that kills it is taken up alone, and given up for itself, by the ledger.
 */
extern const struct df_recovery_policy df_recovery_of_many;

/** The end of an attempt. */
struct df_death {
  enum df_cause cause;
  int signal;       /* CRASHED, KILLED */
  int64_t pictures; /* made at least, as last heard */
};

enum { DF_DEATHS_KEPT = 8 };

/** What happened so far. Zero-initialise. */
struct df_recovery_history {
  struct df_death deaths[DF_DEATHS_KEPT]; /* the last ones, the i-th at i % DF_DEATHS_KEPT */
  int count;                              /* of all */
  int row;                                /* in a row that got nowhere */
  int64_t farthest;
};

struct df_step {
  enum df_action action;
  double wait; /* seconds before a RESTART */
};

/** What to do after `death`, which is not yet in the history. */
struct df_step df_recovery_next(const struct df_recovery_policy *policy,
    const struct df_recovery_history *history, const struct df_death *death);

/** Puts a death into the history. */
void df_recovery_note(const struct df_recovery_policy *policy, struct df_recovery_history *history,
    const struct df_death *death);

/** Writes "crashed (SIGSEGV), at least 12 pictures in"; returns `text`. */
const char *df_death_text(const struct df_death *death, char *text, size_t size);

/** Writes all deaths that are kept: "1: crashed ...; 2: ..."; returns `text`. */
const char *df_recovery_text(const struct df_recovery_history *history, char *text, size_t size);

#endif
