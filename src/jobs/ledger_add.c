/* How a job comes into the ledger, or is found there. */
#include <assert.h>
#include <string.h>

#include "jobs/ledger.h"
#include "jobs/ledger_row.h"

static bool known_sum(struct df_ledger *ledger, struct df_identity *identity)
{
  sqlite3_stmt *s = ledger->statements[DF_SQL_BY_PATH];
  df_ledger_bind_text(s, 1, identity->path);
  sqlite3_bind_int64(s, 2, identity->size);
  sqlite3_bind_int64(s, 3, identity->mtime_ns);
  bool known = sqlite3_step(s) == SQLITE_ROW && sqlite3_column_bytes(s, 0) == DF_SHA256_BYTES;
  if (known)
    memcpy(identity->sum, sqlite3_column_blob(s, 0), DF_SHA256_BYTES);
  sqlite3_reset(s);
  sqlite3_clear_bindings(s);
  return known;
}

int df_ledger_identify(struct df_ledger *ledger, const char *path, struct df_identity *ret_identity,
    struct df_error *err)
{
  struct df_identity identity;
  int result = df_identity_look(path, &identity, err);
  if (result < 0)
    return result;
  pthread_mutex_lock(&ledger->lock);
  bool known = known_sum(ledger, &identity);
  pthread_mutex_unlock(&ledger->lock);
  if (!known)
    return df_identity_read(path, ret_identity, err);
  *ret_identity = identity;
  return 0;
}

/* One sum stands for all that makes a job what it is, so that the index stays small. */
static bool key_of(const struct df_job_order *order, uint8_t ret_key[DF_SHA256_BYTES])
{
  struct df_sha256 *sha = df_sha256_create(false);
  if (!sha)
    return false;
  uint8_t size[8];
  for (int i = 0; i < 8; i++)
    size[i] = (uint8_t)((uint64_t)order->input->size >> (8 * i));
  df_sha256_update(sha, order->input->sum, DF_SHA256_BYTES);
  df_sha256_update(sha, size, sizeof size);
  df_sha256_update(sha, (const uint8_t *)order->output, strlen(order->output) + 1);
  df_sha256_update(sha, (const uint8_t *)order->options, strlen(order->options) + 1);
  df_sha256_final(sha, ret_key);
  df_sha256_destroy(&sha);
  return true;
}

static int insert(struct df_ledger *ledger, const struct df_job_order *order,
    const uint8_t key[DF_SHA256_BYTES], struct df_error *err)
{
  sqlite3_stmt *s = ledger->statements[DF_SQL_ADD];
  sqlite3_bind_blob(s, 1, key, DF_SHA256_BYTES, SQLITE_STATIC);
  df_ledger_bind_text(s, 2, order->input->path);
  sqlite3_bind_int64(s, 3, order->input->size);
  sqlite3_bind_int64(s, 4, order->input->mtime_ns);
  sqlite3_bind_blob(s, 5, order->input->sum, DF_SHA256_BYTES, SQLITE_STATIC);
  df_ledger_bind_text(s, 6, order->output);
  df_ledger_bind_text(s, 7, order->options);
  sqlite3_bind_double(s, 8, df_ledger_time());
  return df_ledger_run(ledger, DF_SQL_ADD, err);
}

/* Has the ledger know the input by the path it has now. */
static int follow(struct df_ledger *ledger, const struct df_job *job,
    const struct df_identity *input, struct df_error *err)
{
  if (job->input.mtime_ns == input->mtime_ns && strcmp(job->input.path, input->path) == 0)
    return 0;
  sqlite3_stmt *s = ledger->statements[DF_SQL_MOVE];
  sqlite3_bind_int64(s, 1, job->id);
  df_ledger_bind_text(s, 2, input->path);
  sqlite3_bind_int64(s, 3, input->mtime_ns);
  return df_ledger_run(ledger, DF_SQL_MOVE, err);
}

static bool output_is_whole(const struct df_job *job)
{
  int64_t size, mtime_ns;
  return df_ledger_look_at_output(job->output, &size, &mtime_ns) && size == job->output_size &&
         mtime_ns == job->output_mtime_ns;
}

/* Brings a job that was found up to what is on the disk now. */
static int refresh(struct df_ledger *ledger, const struct df_job *job,
    const struct df_identity *input, struct df_error *err)
{
  int result = follow(ledger, job, input, err);
  if (result < 0 || job->state != DF_JOB_DONE || output_is_whole(job))
    return result;
  sqlite3_bind_int64(ledger->statements[DF_SQL_RENEW], 1, job->id);
  return df_ledger_run(ledger, DF_SQL_RENEW, err);
}

static int fetch_key(struct df_ledger *ledger, const uint8_t key[DF_SHA256_BYTES],
    struct df_job **ret_job, struct df_error *err)
{
  sqlite3_bind_blob(ledger->statements[DF_SQL_BY_KEY], 1, key, DF_SHA256_BYTES, SQLITE_STATIC);
  return df_ledger_fetch(ledger, DF_SQL_BY_KEY, ret_job, err);
}

static int add_or_find(struct df_ledger *ledger, const struct df_job_order *order,
    const uint8_t key[DF_SHA256_BYTES], struct df_job **ret_job, struct df_error *err)
{
  struct df_job *found = NULL;
  int result = fetch_key(ledger, key, &found, err);
  if (result < 0)
    return result;
  bool is_new = result == 0;
  result = is_new ? insert(ledger, order, key, err) : refresh(ledger, found, order->input, err);
  df_job_destroy(&found);
  if (result >= 0)
    result = fetch_key(ledger, key, ret_job, err);
  return result < 0 ? result : is_new;
}

int df_ledger_add(struct df_ledger *ledger, const struct df_job_order *order,
    struct df_job **ret_job, struct df_error *err)
{
  assert(order->output[0] == '/');
  uint8_t key[DF_SHA256_BYTES];
  struct df_job *job = NULL;
  if (!key_of(order, key))
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = df_ledger_begin(ledger, err);
  if (result < 0)
    return result;
  result = df_ledger_end(ledger, add_or_find(ledger, order, key, &job, err), err);
  if (result < 0)
    df_job_destroy(&job);
  else
    *ret_job = job;
  return result;
}
