/*
 * Standard error as people see it: lines that stay, and on a terminal one line of progress below them that
 * is drawn over and over. Thread-safe; writes nothing to standard output.
 */
#ifndef DF_CLI_CONSOLE_H
#define DF_CLI_CONSOLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

struct df_console {
  pthread_mutex_t lock;
  bool quiet; /* errors only */
  bool draws; /* there is a progress line */
  bool drawn; /* it is on the screen now */
};

/** `progress`: a progress line is wanted, if standard error is a terminal. */
void df_console_init(struct df_console *console, bool quiet, bool progress);
/** Wipes the progress line, until it is drawn again. */
void df_console_wipe(struct df_console *console);
/** Wipes the progress line for good. */
void df_console_finish(struct df_console *console);

/** A df_log_fn whose context is a struct df_console: "dualface: warning: ...", always one line. */
void df_console_say(void *console, enum df_log_level level, const char *line);

/** Draws the progress line, cut to the terminal's width; does nothing where there is none. */
void df_console_draw(struct df_console *console, const char *line);

/**
 * Copies `from`, which may come from outside (file names, titles): what could move a cursor or break the
 * line becomes "?". Cut to `size` - 1 bytes. Returns `to`.
 */
const char *df_console_harmless(char *to, size_t size, const char *from);

/** Says an error where there is no console (yet). */
void df_console_error(const char *line);

#endif
