/* Looking through the ledger; changes nothing. */
#include "jobs/ledger.h"
#include "jobs/ledger_row.h"

static int list(struct df_ledger *ledger, enum df_ledger_statement which, df_job_fn *receive,
    void *context, struct df_error *err)
{
  sqlite3_stmt *s = ledger->statements[which];
  int code, result = 0;
  while (result == 0 && (code = sqlite3_step(s)) != SQLITE_DONE) {
    struct df_job row;
    if (code != SQLITE_ROW) {
      result = df_ledger_file_fail(ledger, err);
      break;
    }
    df_ledger_row_read(ledger, s, &row);
    result = receive(context, &row);
  }
  sqlite3_reset(s);
  sqlite3_clear_bindings(s);
  return result;
}

int df_ledger_list(struct df_ledger *ledger, unsigned states, df_job_fn *receive, void *context,
    struct df_error *err)
{
  int result = 0;
  pthread_mutex_lock(&ledger->lock);
  if ((states & DF_JOB_ALL) == DF_JOB_ALL) {
    result = list(ledger, DF_SQL_LIST, receive, context, err);
  } else {
    for (int state = 0; state < DF_JOB_STATES && result == 0; state++)
      if (states & 1U << state) {
        sqlite3_bind_int(ledger->statements[DF_SQL_LIST_STATE], 1, state);
        result = list(ledger, DF_SQL_LIST_STATE, receive, context, err);
      }
  }
  pthread_mutex_unlock(&ledger->lock);
  return result;
}

int df_ledger_list_latest(struct df_ledger *ledger, unsigned states, int most, df_job_fn *receive,
    void *context, struct df_error *err)
{
  pthread_mutex_lock(&ledger->lock);
  sqlite3_bind_int64(ledger->statements[DF_SQL_LIST_LATEST], 1, states);
  sqlite3_bind_int(ledger->statements[DF_SQL_LIST_LATEST], 2, most);
  int result = list(ledger, DF_SQL_LIST_LATEST, receive, context, err);
  pthread_mutex_unlock(&ledger->lock);
  return result;
}

int df_ledger_count(
    struct df_ledger *ledger, int64_t ret_counts[DF_JOB_STATES], struct df_error *err)
{
  int64_t counts[DF_JOB_STATES] = {0};
  int code, result = 0;
  pthread_mutex_lock(&ledger->lock);
  sqlite3_stmt *s = ledger->statements[DF_SQL_COUNT];
  while ((code = sqlite3_step(s)) == SQLITE_ROW) {
    int state = sqlite3_column_int(s, 0);
    if (state >= 0 && state < DF_JOB_STATES)
      counts[state] = sqlite3_column_int64(s, 1);
  }
  if (code != SQLITE_DONE)
    result = df_ledger_file_fail(ledger, err);
  sqlite3_reset(s);
  pthread_mutex_unlock(&ledger->lock);
  for (int i = 0; i < DF_JOB_STATES && result == 0; i++)
    ret_counts[i] = counts[i];
  return result;
}
