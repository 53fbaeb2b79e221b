/*
 * Who gets which job. All is decided inside one transaction that no other process can be in, so two never
 * take the same.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "jobs/ledger.h"
#include "jobs/ledger_row.h"

/* What this process has at work. */
struct own {
  int jobs;
  bool suspect; /* one of them may be what killed other processes */
};

/* Of a long list the ids are not all looked up. */
enum { ONE_BY_ONE = 256 };

/* The ids of all jobs that wait or run, ascending. */
struct open_ids {
  int64_t *ids;
  size_t count, capacity;
};

static int open_ids_add(struct open_ids *open, int64_t id, struct df_error *err)
{
  if (open->count == open->capacity) {
    size_t capacity = open->capacity ? 2 * open->capacity : 256;
    int64_t *grown = realloc(open->ids, capacity * sizeof *grown);
    if (!grown)
      return df_fail(err, DF_ENOMEM, "out of memory");
    open->ids = grown;
    open->capacity = capacity;
  }
  open->ids[open->count++] = id;
  return 0;
}

static int open_ids_read(struct df_ledger *ledger, struct open_ids *open, struct df_error *err)
{
  sqlite3_stmt *s = ledger->statements[DF_SQL_OPEN_IDS];
  int code, result = 0;
  while ((code = sqlite3_step(s)) == SQLITE_ROW && result == 0)
    result = open_ids_add(open, sqlite3_column_int64(s, 0), err);
  if (result == 0 && code != SQLITE_DONE)
    result = df_ledger_file_fail(ledger, err);
  sqlite3_reset(s);
  return result;
}

static int compare_ids(const void *a, const void *b)
{
  int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

static int take(struct df_ledger *ledger, int64_t id, struct df_error *err)
{
  sqlite3_stmt *s = ledger->statements[DF_SQL_TAKE];
  sqlite3_bind_int64(s, 1, id);
  df_ledger_bind_owner(ledger, s);
  df_ledger_bind_text(s, 5, ledger->host);
  sqlite3_bind_double(s, 6, df_clock_now());
  sqlite3_bind_double(s, 7, df_ledger_time());
  return df_ledger_run(ledger, DF_SQL_TAKE, err);
}

static int quarantine(struct df_ledger *ledger, int64_t id, struct df_error *err)
{
  struct df_error why = {0};
  df_fail(&why, DF_EINPUT,
      "the program was killed or crashed %d times while it worked on this input, so it is left "
      "alone; dualface jobs retry makes it wait again",
      DF_JOB_ATTEMPTS_MAX);
  sqlite3_stmt *s = ledger->statements[DF_SQL_QUARANTINE];
  sqlite3_bind_int64(s, 1, id);
  sqlite3_bind_int(s, 2, why.code);
  df_ledger_bind_text(s, 3, why.text);
  sqlite3_bind_double(s, 4, df_ledger_time());
  return df_ledger_run(ledger, DF_SQL_QUARANTINE, err);
}

static int look_at_own(struct df_ledger *ledger, struct own *ret_own, struct df_error *err)
{
  sqlite3_stmt *s = ledger->statements[DF_SQL_OWN];
  df_ledger_bind_owner(ledger, s);
  sqlite3_bind_int(s, 5, DF_JOB_DEATHS_TOGETHER);
  int result = sqlite3_step(s) == SQLITE_ROW ? 0 : df_ledger_file_fail(ledger, err);
  *ret_own = (struct own){sqlite3_column_int(s, 0), sqlite3_column_int(s, 1) > 0};
  sqlite3_reset(s);
  sqlite3_clear_bindings(s);
  return result;
}

/* An enum df_claim. */
static int try_one(
    struct df_ledger *ledger, int64_t id, const struct own *own, struct df_error *err)
{
  struct df_job *job = NULL;
  int result = df_ledger_fetch_id(ledger, id, &job, err);
  if (result <= 0)
    return result;
  bool lost = job->lost, may = job->state == DF_JOB_WAITING || lost;
  bool deadly = lost && job->attempts >= DF_JOB_ATTEMPTS_MAX;
  bool suspect = lost && job->attempts >= DF_JOB_DEATHS_TOGETHER;
  if (deadly)
    result = quarantine(ledger, id, err);
  if (deadly && result >= 0 && ledger->quarantined)
    ledger->quarantined(ledger->context, job);
  df_job_destroy(&job);
  if (!may || deadly)
    return result < 0 ? result : DF_CLAIM_NONE;
  if (own->suspect || (suspect && own->jobs > 0))
    return DF_CLAIM_LATER;
  result = take(ledger, id, err);
  return result < 0 ? result : DF_CLAIM_TAKEN;
}

/* A beat from the future was made by a clock that went wrong: it counts as of now, and ages from now on. */
static int retime(struct df_ledger *ledger, struct df_error *err)
{
  sqlite3_bind_double(ledger->statements[DF_SQL_RETIME], 1, df_ledger_time());
  return df_ledger_run(ledger, DF_SQL_RETIME, err);
}

/* Whether the id at this place can be open: asked one by one at first, then of the list of all that are. */
static int may_be_open(struct df_ledger *ledger, const int64_t *ids, size_t place,
    struct open_ids *open, struct df_error *err)
{
  if (place < ONE_BY_ONE)
    return 1;
  if (place == ONE_BY_ONE) {
    int result = open_ids_read(ledger, open, err);
    if (result < 0)
      return result;
  }
  return open->count > 0 &&
         bsearch(&ids[place], open->ids, open->count, sizeof *open->ids, compare_ids) != NULL;
}

static int claim(struct df_ledger *ledger, const int64_t *ids, size_t count, struct open_ids *open,
    struct df_job **ret_job, struct df_error *err)
{
  struct own own = {0};
  bool later = false;
  int result = retime(ledger, err);
  if (result >= 0)
    result = look_at_own(ledger, &own, err);
  for (size_t i = 0; i < count && result >= 0; i++) {
    result = may_be_open(ledger, ids, i, open, err);
    if (result > 0)
      result = try_one(ledger, ids[i], &own, err);
    if (result == DF_CLAIM_TAKEN)
      return df_ledger_fetch_id(ledger, ids[i], ret_job, err);
    later |= result == DF_CLAIM_LATER;
  }
  return result < 0 ? result : later ? DF_CLAIM_LATER : DF_CLAIM_NONE;
}

int df_ledger_claim(struct df_ledger *ledger, const int64_t *ids, size_t count,
    struct df_job **ret_job, struct df_error *err)
{
  struct open_ids open = {0};
  struct df_job *job = NULL;
  int result = df_ledger_begin(ledger, err);
  if (result < 0)
    return result;
  result = df_ledger_end(ledger, claim(ledger, ids, count, &open, &job, err), err);
  free(open.ids);
  if (result == DF_CLAIM_TAKEN)
    *ret_job = job;
  else
    df_job_destroy(&job);
  return result;
}
