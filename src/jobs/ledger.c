#include "jobs/ledger.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "jobs/ledger_row.h"

const char *const df_job_state_names[DF_JOB_STATES] = {
    [DF_JOB_WAITING] = "waiting",
    [DF_JOB_RUNNING] = "running",
    [DF_JOB_DONE] = "done",
    [DF_JOB_FAILED] = "failed",
    [DF_JOB_QUARANTINED] = "quarantined",
};

int df_ledger_open(const char *path, const struct df_ledger_options *options,
    struct df_ledger **ret_ledger, struct df_error *err)
{
  enum { PATIENCE = 10, SILENCE = 120 };
  struct df_ledger *ledger = calloc(1, sizeof *ledger);
  if (!ledger)
    return df_fail(err, DF_ENOMEM, "out of memory");
  pthread_mutex_init(&ledger->lock, NULL);
  ledger->patience = options && options->patience > 0 ? options->patience : PATIENCE;
  ledger->silence = options && options->silence > 0 ? options->silence : SILENCE;
  df_owner_self(&ledger->self, ledger->host, ledger->place);
  int result = 0;
  if (snprintf(ledger->path, sizeof ledger->path, "%s", path) >= (int)sizeof ledger->path)
    result = df_fail(err, DF_EOUTPUT, "%.80s...: the path of the ledger is too long", path);
  if (result == 0)
    result = df_ledger_file_open(ledger, err);
  if (result < 0)
    df_ledger_close(&ledger);
  else
    *ret_ledger = ledger;
  return result;
}

void df_ledger_on_quarantine(struct df_ledger *ledger,
    void (*quarantined)(void *context, const struct df_job *job), void *context)
{
  ledger->quarantined = quarantined;
  ledger->context = context;
}

void df_ledger_close(struct df_ledger **ledger_ptr)
{
  struct df_ledger *ledger = *ledger_ptr;
  if (!ledger)
    return;
  df_ledger_file_close(ledger);
  pthread_mutex_destroy(&ledger->lock);
  free(ledger);
  *ledger_ptr = NULL;
}

static int no_such_job(int64_t id, struct df_error *err)
{
  return df_fail(
      err, DF_EUSAGE, "there is no job %" PRId64 "; dualface jobs list shows those there are", id);
}

/* Runs a bound change of a job that has to be this process's. */
static int change_own(
    struct df_ledger *ledger, int64_t id, enum df_ledger_statement which, struct df_error *err)
{
  int result = df_ledger_run(ledger, which, err);
  if (result == 0 && sqlite3_changes(ledger->db) == 0)
    return df_fail(err, DF_ECLOSED,
        "job %" PRId64 " is not this process's any more: it was taken over or forgotten", id);
  return result;
}

int df_ledger_beat(struct df_ledger *ledger, int64_t id, int64_t frames, int64_t frames_total,
    struct df_error *err)
{
  int result = df_ledger_begin(ledger, err);
  if (result < 0)
    return result;
  sqlite3_stmt *s = ledger->statements[DF_SQL_BEAT];
  sqlite3_bind_int64(s, 1, id);
  df_ledger_bind_owner(ledger, s);
  sqlite3_bind_double(s, 5, df_ledger_time());
  sqlite3_bind_double(s, 6, df_clock_now());
  sqlite3_bind_int64(s, 7, frames);
  sqlite3_bind_int64(s, 8, frames_total);
  return df_ledger_end(ledger, change_own(ledger, id, DF_SQL_BEAT, err), err);
}

static int bind_output(struct df_ledger *ledger, sqlite3_stmt *s, int64_t id, struct df_error *err)
{
  struct df_job *job = NULL;
  int64_t size, mtime_ns;
  int result = df_ledger_fetch_id(ledger, id, &job, err);
  if (result <= 0)
    return result; /* the change will find that there is none */
  if (!df_ledger_look_at_output(job->output, &size, &mtime_ns))
    result = df_fail(err, DF_EOUTPUT, "job %" PRId64 " is done, but its output %s is not there: %s",
        id, job->output, strerror(errno));
  df_job_destroy(&job);
  if (result < 0)
    return result;
  sqlite3_bind_int64(s, 8, size);
  sqlite3_bind_int64(s, 9, mtime_ns);
  return 0;
}

int df_ledger_finish(struct df_ledger *ledger, int64_t id, enum df_job_state state,
    const struct df_error *why, struct df_error *err)
{
  assert(state == DF_JOB_DONE || state == DF_JOB_WAITING || (state == DF_JOB_FAILED && why));
  int result = df_ledger_begin(ledger, err);
  if (result < 0)
    return result;
  sqlite3_stmt *s = ledger->statements[DF_SQL_FINISH];
  if (state == DF_JOB_DONE)
    result = bind_output(ledger, s, id, err);
  if (result < 0) {
    sqlite3_clear_bindings(s);
    return df_ledger_end(ledger, result, err);
  }
  sqlite3_bind_int64(s, 1, id);
  df_ledger_bind_owner(ledger, s);
  sqlite3_bind_double(s, 5, df_ledger_time());
  sqlite3_bind_double(s, 6, df_clock_now());
  sqlite3_bind_int(s, 7, (int)state);
  if (why && why->code && why->code != DF_ESTOPPED) {
    sqlite3_bind_int(s, 10, why->code);
    df_ledger_bind_text(s, 11, why->text);
  }
  return df_ledger_end(ledger, change_own(ledger, id, DF_SQL_FINISH, err), err);
}

static int retry_row(struct df_ledger *ledger, const struct df_job *job, struct df_error *err)
{
  if (job->state == DF_JOB_RUNNING && !job->lost)
    return df_fail(err, DF_EUSAGE, "job %" PRId64 " is running; stop it first", job->id);
  if (job->state == DF_JOB_DONE)
    return df_fail(err, DF_EUSAGE,
        "job %" PRId64 " is done; to have it done again, forget it and remove its output %s",
        job->id, job->output);
  sqlite3_bind_int64(ledger->statements[DF_SQL_RETRY], 1, job->id);
  return df_ledger_run(ledger, DF_SQL_RETRY, err);
}

static int forget_row(struct df_ledger *ledger, const struct df_job *job, struct df_error *err)
{
  if (job->state == DF_JOB_RUNNING && !job->lost)
    return df_fail(err, DF_EUSAGE, "job %" PRId64 " is running; stop it first", job->id);
  sqlite3_bind_int64(ledger->statements[DF_SQL_FORGET], 1, job->id);
  return df_ledger_run(ledger, DF_SQL_FORGET, err);
}

/* Does something to one job that has to be there. */
static int with_row(struct df_ledger *ledger, int64_t id,
    int (*act)(struct df_ledger *, const struct df_job *, struct df_error *), struct df_error *err)
{
  struct df_job *job = NULL;
  int result = df_ledger_begin(ledger, err);
  if (result < 0)
    return result;
  result = df_ledger_fetch_id(ledger, id, &job, err);
  if (result == 0)
    result = no_such_job(id, err);
  else if (result > 0)
    result = act(ledger, job, err);
  df_job_destroy(&job);
  return df_ledger_end(ledger, result, err);
}

int df_ledger_retry(struct df_ledger *ledger, int64_t id, struct df_error *err)
{
  return with_row(ledger, id, retry_row, err);
}

int df_ledger_forget(struct df_ledger *ledger, int64_t id, struct df_error *err)
{
  return with_row(ledger, id, forget_row, err);
}

int df_ledger_show(
    struct df_ledger *ledger, int64_t id, struct df_job **ret_job, struct df_error *err)
{
  pthread_mutex_lock(&ledger->lock);
  int result = df_ledger_fetch_id(ledger, id, ret_job, err);
  pthread_mutex_unlock(&ledger->lock);
  if (result == 0)
    return no_such_job(id, err);
  return result < 0 ? result : 0;
}
