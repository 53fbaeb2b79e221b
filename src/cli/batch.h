/* `dualface run` of several videos: jobs in the ledger, a few at a time. Internal to cli/. */
#ifndef DF_CLI_BATCH_H
#define DF_CLI_BATCH_H

#include "cli/cli.h"

/** Whether the command line asks for several: more than one INPUT, a folder, a list. Looks at the file system. */
bool df_batch_is_meant(const struct df_options *options);

/** Does them all, beats meanwhile (`heartbeat` may be NULL), and says everything that there is to say. Returns the exit status. */
enum df_exit df_batch_run(const struct df_options *options, struct df_heartbeat *heartbeat);

#endif
