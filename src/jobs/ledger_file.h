/*
 * The file under the ledger: opening it, its schema, its statements, and its errors in words. Internal to
 * jobs/.
 */
#ifndef DF_JOBS_LEDGER_FILE_H
#define DF_JOBS_LEDGER_FILE_H

#include <pthread.h>
#include <sqlite3.h>

#include "jobs/ledger.h"
#include "jobs/owner.h"

/* Every statement is prepared once, when the ledger is opened. */
enum df_ledger_statement {
  DF_SQL_BEGIN,
  DF_SQL_COMMIT,
  DF_SQL_ROLLBACK,
  DF_SQL_ADD,
  DF_SQL_BY_KEY,
  DF_SQL_BY_ID,
  DF_SQL_BY_PATH,
  DF_SQL_MOVE,
  DF_SQL_RENEW,
  DF_SQL_RETIME,
  DF_SQL_OPEN_IDS,
  DF_SQL_OWN,
  DF_SQL_TAKE,
  DF_SQL_QUARANTINE,
  DF_SQL_BEAT,
  DF_SQL_FINISH,
  DF_SQL_RETRY,
  DF_SQL_FORGET,
  DF_SQL_LIST,
  DF_SQL_LIST_STATE,
  DF_SQL_LIST_LATEST,
  DF_SQL_COUNT,
  DF_SQL_STATEMENTS,
};

/* The columns of a whole row, in the order in which statements give them. */
enum df_ledger_column {
  DF_COLUMN_ID,
  DF_COLUMN_STATE,
  DF_COLUMN_INPUT,
  DF_COLUMN_INPUT_SIZE,
  DF_COLUMN_INPUT_MTIME,
  DF_COLUMN_INPUT_SUM,
  DF_COLUMN_OUTPUT,
  DF_COLUMN_OUTPUT_SIZE,
  DF_COLUMN_OUTPUT_MTIME,
  DF_COLUMN_OPTIONS,
  DF_COLUMN_HOST,
  DF_COLUMN_PLACE,
  DF_COLUMN_PID,
  DF_COLUMN_START,
  DF_COLUMN_HEARTBEAT,
  DF_COLUMN_FRAMES,
  DF_COLUMN_FRAMES_TOTAL,
  DF_COLUMN_ATTEMPTS,
  DF_COLUMN_ERROR_CODE,
  DF_COLUMN_FIRST_ERROR,
  DF_COLUMN_LAST_ERROR,
  DF_COLUMN_CREATED,
  DF_COLUMN_STARTED,
  DF_COLUMN_FINISHED,
  DF_COLUMN_SECONDS,
};

struct df_ledger {
  pthread_mutex_t lock; /* over everything below */
  char path[DF_PATH_BYTES];
  double patience, silence;
  sqlite3 *db;
  sqlite3_stmt *statements[DF_SQL_STATEMENTS];
  struct df_owner self;
  char host[DF_OWNER_TEXT], place[DF_OWNER_TEXT];
  void (*quarantined)(void *context, const struct df_job *job); /* NULL: nobody wants to know */
  void *context;                                                /* its */
};

/** Opens the file, brings its schema up to date and prepares the statements. On failure close it. */
int df_ledger_file_open(struct df_ledger *ledger, struct df_error *err);

/** Accepts what was opened in part. */
void df_ledger_file_close(struct df_ledger *ledger);

/** Puts SQLite's last error into words: what it is, of which file, what to do. */
int df_ledger_file_fail(struct df_ledger *ledger, struct df_error *err);

#endif
