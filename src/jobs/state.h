/*
 * The folder in which the program keeps what it has to know the next time: the ledger, and what lies beside
 * it. Unlike a cache it cannot be made again.
 */
#ifndef DF_JOBS_STATE_H
#define DF_JOBS_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/**
 * Writes the folder's path: `given` where it is not NULL, else $DUALFACE_STATE, else
 * $XDG_STATE_HOME/dualface, else ~/.local/state/dualface. With `make` it is there afterwards.
 * DF_EUSAGE when none of these says where, DF_EOUTPUT when it cannot be made.
 */
int df_state_folder(
    const char *given, bool make, char *ret_path, size_t size, struct df_error *err);

/** The same for the ledger in it. */
int df_state_ledger(
    const char *given, bool make, char *ret_path, size_t size, struct df_error *err);

#endif
