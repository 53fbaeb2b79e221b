/*
 * Jobs of a ledger as a runner takes them: claims the next of those that were ordered, keeps the ledger told, and
 * hands every end on. Other processes may work on the same ones. Jobs may be added while the runner runs.
 */
#ifndef DF_JOBS_LEDGER_SOURCE_H
#define DF_JOBS_LEDGER_SOURCE_H

#include "jobs/ledger.h"
#include "jobs/runner.h"

/** Borrows all, which must outlive the runner. */
struct df_ledger_source_options {
  struct df_ledger *ledger;
  const struct df_task *task; /* but for input, output and work folder, which are the job's */
  const char *state;          /* the state folder as the user said it; NULL: the usual one */
  /** Called for each end, after the ledger was told; `unkept` (NULL: none) is why it could not be. */
  void (*ended)(void *context, const struct df_runner_job *job, const struct df_runner_end *end,
      const struct df_error *unkept);
  void *context;
};

struct df_ledger_source;

int df_ledger_source_create(const struct df_ledger_source_options *options,
    struct df_ledger_source **ret_source, struct df_error *err);
/** After the runner. Accepts NULL, sets *source to NULL. */
void df_ledger_source_destroy(struct df_ledger_source **source);

/** Adds a job, taken after those added before. Thread-safe. DF_ENOMEM. */
int df_ledger_source_add(struct df_ledger_source *source, int64_t id, struct df_error *err);
/** No more will be added: the runner ends when all are taken. Thread-safe. */
void df_ledger_source_close(struct df_ledger_source *source);
/** Gives no more jobs out, whatever was added. Thread-safe. */
void df_ledger_source_drain(struct df_ledger_source *source);

/** What the runner is given; borrows the source. */
struct df_runner_source df_ledger_source_of(struct df_ledger_source *source);

#endif
