/*
 * What the files of the ledger share: transactions, statements, and from a row to a struct df_job. Internal
 * to jobs/. All but df_ledger_begin want the ledger's lock to be held.
 */
#ifndef DF_JOBS_LEDGER_ROW_H
#define DF_JOBS_LEDGER_ROW_H

#include "jobs/ledger_file.h"

/** Seconds since 1970; by a clock that may be set. */
double df_ledger_time(void);

/** Takes the lock and begins a change, alone among all processes. On failure the lock is free. */
int df_ledger_begin(struct df_ledger *ledger, struct df_error *err);

/** Keeps the change where `result` is >= 0, else undoes it; frees the lock. Returns what came of it. */
int df_ledger_end(struct df_ledger *ledger, int result, struct df_error *err);

/** Steps a bound statement once and makes it new. Returns 1 for a row, which is gone by then, else 0. */
int df_ledger_run(struct df_ledger *ledger, enum df_ledger_statement which, struct df_error *err);

/** `text` has to stay until the statement has run. */
void df_ledger_bind_text(sqlite3_stmt *statement, int at, const char *text);

/** Binds pid, start and place of this process to 2, 3 and 4. */
void df_ledger_bind_owner(struct df_ledger *ledger, sqlite3_stmt *statement);

/** Reads the one row that a bound statement gives: 1 with *ret_job, which the caller owns, or 0. */
int df_ledger_fetch(struct df_ledger *ledger, enum df_ledger_statement which,
    struct df_job **ret_job, struct df_error *err);
int df_ledger_fetch_id(
    struct df_ledger *ledger, int64_t id, struct df_job **ret_job, struct df_error *err);

/** Fills *ret_job from the row at which `statement` stands; texts are the statement's until its next step. */
void df_ledger_row_read(struct df_ledger *ledger, sqlite3_stmt *statement, struct df_job *ret_job);

/** A copy with its own texts, for df_job_destroy; NULL when memory runs out. */
struct df_job *df_ledger_row_keep(const struct df_job *job);

/** Size and time of a file, as they are kept of an output; false with errno when it is not there. */
bool df_ledger_look_at_output(const char *path, int64_t *ret_size, int64_t *ret_mtime_ns);

#endif
