/*
 * `--events`: writes what happens, as it happens, as JSON Lines (docs/events.md), in a thread of its own that
 * reads a ring (base/events.h): whoever does the work never waits for the file.
 */
#ifndef DF_CLI_EVENTS_WRITER_H
#define DF_CLI_EVENTS_WRITER_H

#include "base/error.h"
#include "base/events.h"
#include "base/log.h"

struct df_events_writer;

/**
 * Adds all that is published from now on to the file `path`, made where it is not there; "-" is standard output;
 * NULL: nothing is written, and *ret_writer is NULL. Borrows `events` and `log`, which hears of it once when the file
 * cannot be written any more. DF_EOUTPUT, DF_ENOMEM.
 */
int df_events_writer_open(const char *path, struct df_events *events, struct df_log *log,
    struct df_events_writer **ret_writer, struct df_error *err);

/** Closes the events, and writes what is left. Accepts NULL, sets *writer to NULL. */
void df_events_writer_close(struct df_events_writer **writer);

#endif
