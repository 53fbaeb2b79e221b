/*
 * Jobs of a ledger as a runner takes them: claims the next of those that were ordered, keeps the ledger told, and
 * hands every end on. Other processes may work on the same ones.
 */
#ifndef DF_JOBS_LEDGER_SOURCE_H
#define DF_JOBS_LEDGER_SOURCE_H

#include "jobs/ledger.h"
#include "jobs/runner.h"

/** Borrows all; must outlive the runner. Zero what is not named. */
struct df_ledger_source {
  struct df_ledger *ledger;
  const int64_t *ids; /* the jobs, in the order in which they are taken */
  size_t count;
  const struct df_task *task; /* but for input, output and work folder, which are the job's */
  const char *state;          /* the state folder as the user said it; NULL: the usual one */
  /** Called for each end, after the ledger was told; `unkept` (NULL: none) is why it could not be. */
  void (*ended)(void *context, const struct df_runner_job *job, const struct df_runner_end *end,
      const struct df_error *unkept);
  void *context;
};

/** What a runner is given. */
struct df_runner_source df_ledger_source(struct df_ledger_source *source);

#endif
