#include "jobs/ledger_row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

double df_ledger_time(void)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static const char *text(sqlite3_stmt *statement, int column)
{
  return (const char *)sqlite3_column_text(statement, column);
}

/* A text that a whole row has; a damaged one may lack it. */
static const char *needed_text(sqlite3_stmt *statement, int column)
{
  const char *found = text(statement, column);
  return found ? found : "";
}

static bool is_lost(struct df_ledger *ledger, sqlite3_stmt *statement)
{
  if (sqlite3_column_int(statement, DF_COLUMN_STATE) != DF_JOB_RUNNING)
    return false;
  struct df_owner owner = {
      .host = needed_text(statement, DF_COLUMN_HOST),
      .place = needed_text(statement, DF_COLUMN_PLACE),
      .pid = sqlite3_column_int64(statement, DF_COLUMN_PID),
      .start = sqlite3_column_int64(statement, DF_COLUMN_START),
  };
  enum df_owner_life life = df_owner_look(&ledger->self, &owner);
  if (life != DF_OWNER_ELSEWHERE)
    return life == DF_OWNER_GONE;
  return df_ledger_time() - sqlite3_column_double(statement, DF_COLUMN_HEARTBEAT) > ledger->silence;
}

static enum df_job_state state_of(sqlite3_stmt *statement)
{
  int state = sqlite3_column_int(statement, DF_COLUMN_STATE);
  return state >= 0 && state < DF_JOB_STATES ? (enum df_job_state)state : DF_JOB_FAILED;
}

void df_ledger_row_read(struct df_ledger *ledger, sqlite3_stmt *s, struct df_job *ret_job)
{
  *ret_job = (struct df_job){
      .id = sqlite3_column_int64(s, DF_COLUMN_ID),
      .state = state_of(s),
      .input.path = needed_text(s, DF_COLUMN_INPUT),
      .input.size = sqlite3_column_int64(s, DF_COLUMN_INPUT_SIZE),
      .input.mtime_ns = sqlite3_column_int64(s, DF_COLUMN_INPUT_MTIME),
      .output = needed_text(s, DF_COLUMN_OUTPUT),
      .options = needed_text(s, DF_COLUMN_OPTIONS),
      .output_size = sqlite3_column_int64(s, DF_COLUMN_OUTPUT_SIZE),
      .output_mtime_ns = sqlite3_column_int64(s, DF_COLUMN_OUTPUT_MTIME),
      .host = text(s, DF_COLUMN_HOST),
      .pid = sqlite3_column_int64(s, DF_COLUMN_PID),
      .lost = is_lost(ledger, s),
      .heartbeat = sqlite3_column_double(s, DF_COLUMN_HEARTBEAT),
      .frames = sqlite3_column_int64(s, DF_COLUMN_FRAMES),
      .frames_total = sqlite3_column_int64(s, DF_COLUMN_FRAMES_TOTAL),
      .attempts = sqlite3_column_int(s, DF_COLUMN_ATTEMPTS),
      .error_code = sqlite3_column_int(s, DF_COLUMN_ERROR_CODE),
      .first_error = text(s, DF_COLUMN_FIRST_ERROR),
      .last_error = text(s, DF_COLUMN_LAST_ERROR),
      .created = sqlite3_column_double(s, DF_COLUMN_CREATED),
      .started = sqlite3_column_double(s, DF_COLUMN_STARTED),
      .finished = sqlite3_column_double(s, DF_COLUMN_FINISHED),
      .seconds = sqlite3_column_double(s, DF_COLUMN_SECONDS),
  };
  const void *sum = sqlite3_column_blob(s, DF_COLUMN_INPUT_SUM);
  if (sum && sqlite3_column_bytes(s, DF_COLUMN_INPUT_SUM) == DF_SHA256_BYTES)
    memcpy(ret_job->input.sum, sum, DF_SHA256_BYTES);
}

struct df_job *df_ledger_row_keep(const struct df_job *job)
{
  const char *const texts[] = {
      job->input.path, job->output, job->options, job->host, job->first_error, job->last_error};
  enum { TEXTS = sizeof texts / sizeof *texts };
  size_t size = sizeof *job;
  for (int i = 0; i < TEXTS; i++)
    size += texts[i] ? strlen(texts[i]) + 1 : 0;
  struct df_job *copy = malloc(size);
  if (!copy)
    return NULL;
  *copy = *job;
  const char **const places[TEXTS] = {&copy->input.path, &copy->output, &copy->options, &copy->host,
      &copy->first_error, &copy->last_error};
  char *at = (char *)(copy + 1);
  for (int i = 0; i < TEXTS; i++)
    if (texts[i]) {
      *places[i] = at;
      at = stpcpy(at, texts[i]) + 1;
    }
  return copy;
}

int df_ledger_run(struct df_ledger *ledger, enum df_ledger_statement which, struct df_error *err)
{
  sqlite3_stmt *s = ledger->statements[which];
  errno = 0;
  int code = sqlite3_step(s);
  int result = code == SQLITE_ROW ? 1 : code == SQLITE_DONE ? 0 : df_ledger_file_fail(ledger, err);
  sqlite3_reset(s);
  sqlite3_clear_bindings(s);
  return result;
}

int df_ledger_begin(struct df_ledger *ledger, struct df_error *err)
{
  pthread_mutex_lock(&ledger->lock);
  int result = df_ledger_run(ledger, DF_SQL_BEGIN, err);
  if (result < 0)
    pthread_mutex_unlock(&ledger->lock);
  return result;
}

int df_ledger_end(struct df_ledger *ledger, int result, struct df_error *err)
{
  if (result >= 0) {
    int committed = df_ledger_run(ledger, DF_SQL_COMMIT, err);
    result = committed < 0 ? committed : result;
  }
  if (result < 0 && !sqlite3_get_autocommit(ledger->db))
    df_ledger_run(ledger, DF_SQL_ROLLBACK, NULL);
  pthread_mutex_unlock(&ledger->lock);
  return result;
}

void df_ledger_bind_text(sqlite3_stmt *s, int at, const char *text)
{
  sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

void df_ledger_bind_owner(struct df_ledger *ledger, sqlite3_stmt *s)
{
  sqlite3_bind_int64(s, 2, ledger->self.pid);
  sqlite3_bind_int64(s, 3, ledger->self.start);
  df_ledger_bind_text(s, 4, ledger->place);
}

int df_ledger_fetch(struct df_ledger *ledger, enum df_ledger_statement which,
    struct df_job **ret_job, struct df_error *err)
{
  sqlite3_stmt *s = ledger->statements[which];
  int code = sqlite3_step(s), result = 0;
  if (code == SQLITE_ROW) {
    struct df_job row;
    df_ledger_row_read(ledger, s, &row);
    struct df_job *job = df_ledger_row_keep(&row);
    result = job ? 1 : df_fail(err, DF_ENOMEM, "out of memory");
    if (job)
      *ret_job = job;
  } else if (code != SQLITE_DONE) {
    result = df_ledger_file_fail(ledger, err);
  }
  sqlite3_reset(s);
  sqlite3_clear_bindings(s);
  return result;
}

int df_ledger_fetch_id(
    struct df_ledger *ledger, int64_t id, struct df_job **ret_job, struct df_error *err)
{
  sqlite3_bind_int64(ledger->statements[DF_SQL_BY_ID], 1, id);
  return df_ledger_fetch(ledger, DF_SQL_BY_ID, ret_job, err);
}

bool df_ledger_look_at_output(const char *path, int64_t *ret_size, int64_t *ret_mtime_ns)
{
  struct stat info;
  if (stat(path, &info) < 0)
    return false;
  *ret_size = info.st_size;
  *ret_mtime_ns = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
  return true;
}

void df_job_destroy(struct df_job **job)
{
  free(*job);
  *job = NULL;
}
