/* The folder that `dualface serve` watches: finds what is complete in it and makes jobs of it. Internal to cli/. */
#ifndef DF_CLI_WATCH_H
#define DF_CLI_WATCH_H

#include "cli/batch_plan.h"
#include "jobs/ledger_source.h"

struct df_watch;

/** Borrows all. `planner` says what to make of a video. DF_EINPUT when there is no such folder. */
int df_watch_create(const struct df_options *options, struct df_planner *planner,
    struct df_ledger_source *source, struct df_watch **ret_watch, struct df_error *err);
/** Accepts NULL, sets *watch to NULL. */
void df_watch_destroy(struct df_watch **watch);

/**
 * Looks at the folder and gives the source the jobs of what is complete now. A folder that is gone for a while is no
 * error: it may be mounted again. Errors are the ledger's, or DF_ENOMEM.
 */
int df_watch_look(struct df_watch *watch, struct df_error *err);

/** Files that are there and not complete yet. */
size_t df_watch_pending(const struct df_watch *watch);

#endif
