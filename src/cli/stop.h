/* Ctrl-C and its like: the one place where the program has something global, since a signal has none. */
#ifndef DF_CLI_STOP_H
#define DF_CLI_STOP_H

#include <stdatomic.h>

/**
 * From now on SIGINT, SIGTERM and SIGHUP set *flag (which must live until df_stop_release); another one
 * half a second later or more ends the program at once with status 130. A signal that the program was
 * started to ignore (nohup, a shell's background job) stays ignored.
 */
void df_stop_watch(atomic_bool *flag);

/** Signals do nothing any more but, if they are repeated, end the program. */
void df_stop_release(void);

#endif
