#include "jobs/ledger_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { VERSION = 1, APPLICATION = 0x64664a42 /* "dfJB" */ };

/* migrations[n] makes version n + 1 of version n. */
static const char *const migrations[VERSION] = {
    "CREATE TABLE job ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT," /* an id that was forgotten means nothing else later */
    " key BLOB NOT NULL UNIQUE,"             /* of input content, output and options */
    " state INTEGER NOT NULL DEFAULT 0,"
    " input TEXT NOT NULL, input_size INTEGER NOT NULL, input_mtime INTEGER NOT NULL,"
    " input_sum BLOB NOT NULL,"
    " output TEXT NOT NULL, output_size INTEGER, output_mtime INTEGER,"
    " options TEXT NOT NULL,"
    " host TEXT, place TEXT, pid INTEGER NOT NULL DEFAULT 0, start INTEGER NOT NULL DEFAULT 0,"
    " heartbeat REAL NOT NULL DEFAULT 0, clock REAL NOT NULL DEFAULT 0,"
    " frames INTEGER NOT NULL DEFAULT 0, frames_total INTEGER NOT NULL DEFAULT 0,"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " error_code INTEGER NOT NULL DEFAULT 0, first_error TEXT, last_error TEXT,"
    " created REAL NOT NULL, started REAL NOT NULL DEFAULT 0, finished REAL NOT NULL DEFAULT 0,"
    " seconds REAL NOT NULL DEFAULT 0);"
    "CREATE INDEX job_by_state ON job (state);"
    "CREATE INDEX job_by_input ON job (input);"
    "CREATE INDEX job_open ON job (id) WHERE state < 2;",
};

#define COLUMNS                                                                                    \
  "id, state, input, input_size, input_mtime, input_sum, output, output_size, output_mtime, "      \
  "options, host, place, pid, start, heartbeat, frames, frames_total, attempts, error_code, "      \
  "first_error, last_error, created, started, finished, seconds"

/* States by their numbers: 0 waiting, 1 running, 4 quarantined. */
#define OWN "WHERE id = ?1 AND state = 1 AND pid = ?2 AND start = ?3 AND place = ?4"
#define WORKED "seconds = seconds + max(0, ?6 - clock), clock = ?6"

/* The latest ids in a state, if its bit is set: from the index alone, without a look at the others. */
#define LATEST(state)                                                                              \
  "SELECT id FROM (SELECT id FROM job WHERE state = " #state " AND ?1 & (1 << " #state             \
  ") ORDER BY id DESC LIMIT ?2)"

static const char *const texts[DF_SQL_STATEMENTS] = {
    [DF_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [DF_SQL_COMMIT] = "COMMIT",
    [DF_SQL_ROLLBACK] = "ROLLBACK",
    [DF_SQL_ADD] =
        "INSERT INTO job (key, input, input_size, input_mtime, input_sum, output, options, created)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [DF_SQL_BY_KEY] = "SELECT " COLUMNS " FROM job WHERE key = ?1",
    [DF_SQL_BY_ID] = "SELECT " COLUMNS " FROM job WHERE id = ?1",
    [DF_SQL_BY_PATH] = "SELECT input_sum FROM job"
                       " WHERE input = ?1 AND input_size = ?2 AND input_mtime = ?3 LIMIT 1",
    [DF_SQL_MOVE] = "UPDATE job SET input = ?2, input_mtime = ?3 WHERE id = ?1",
    [DF_SQL_RENEW] =
        "UPDATE job SET state = 0, frames = 0, output_size = NULL, output_mtime = NULL,"
        " finished = 0 WHERE id = ?1",
    [DF_SQL_RETIME] = "UPDATE job SET heartbeat = ?1 WHERE state = 1 AND heartbeat > ?1",
    [DF_SQL_OPEN_IDS] = "SELECT id FROM job WHERE state < 2 ORDER BY id",
    [DF_SQL_OWN] = "SELECT count(*), total(attempts > ?5) FROM job"
                   " WHERE state = 1 AND pid = ?2 AND start = ?3 AND place = ?4",
    [DF_SQL_TAKE] = "UPDATE job SET state = 1, attempts = attempts + 1, pid = ?2, start = ?3,"
                    " place = ?4, host = ?5, clock = ?6, heartbeat = ?7, started = ?7, finished = 0"
                    " WHERE id = ?1",
    [DF_SQL_QUARANTINE] = "UPDATE job SET state = 4, error_code = ?2, last_error = ?3,"
                          " first_error = ifnull(first_error, ?3), finished = ?4 WHERE id = ?1",
    [DF_SQL_BEAT] =
        "UPDATE job SET heartbeat = ?5, " WORKED ", frames = ?7, frames_total = ?8 " OWN,
    [DF_SQL_FINISH] = "UPDATE job SET finished = ?5, heartbeat = ?5, " WORKED ", state = ?7,"
                      " output_size = ?8, output_mtime = ?9, attempts = 0,"
                      " error_code = ifnull(?10, error_code), last_error = ifnull(?11, last_error),"
                      " first_error = ifnull(first_error, ?11) " OWN,
    [DF_SQL_RETRY] = "UPDATE job SET state = 0, attempts = 0, finished = 0 WHERE id = ?1",
    [DF_SQL_FORGET] = "DELETE FROM job WHERE id = ?1",
    [DF_SQL_LIST] = "SELECT " COLUMNS " FROM job ORDER BY id",
    [DF_SQL_LIST_STATE] = "SELECT " COLUMNS " FROM job WHERE state = ?1 ORDER BY id",
    [DF_SQL_LIST_LATEST] =
        "SELECT " COLUMNS " FROM job WHERE id IN (SELECT id FROM (" LATEST(0) " UNION ALL " LATEST(
            1) " UNION ALL " LATEST(2) " UNION ALL " LATEST(3) " UNION ALL " LATEST(4) ")"
                                                                                       " ORDER BY "
                                                                                       "id DESC "
                                                                                       "LIMIT ?2) "
                                                                                       "ORDER BY "
                                                                                       "id",
    [DF_SQL_COUNT] = "SELECT state, count(*) FROM job GROUP BY state",
};

static int fail_to_write(struct df_ledger *ledger, struct df_error *err)
{
  int reason = sqlite3_system_errno(ledger->db);
  if (!reason && df_write_error_code(errno) == DF_ENOSPACE)
    reason =
        errno; /* of a commit SQLite does not tell the system's error; df_ledger_run cleared it */
  const char *text = reason ? strerror(reason) : sqlite3_errmsg(ledger->db);
  int code = reason ? df_write_error_code(reason) : DF_EOUTPUT;
  if (code == DF_ENOSPACE)
    return df_fail(err, code, "no space left for the ledger %s (%s); make room and try again",
        ledger->path, text);
  return df_fail(err, code, "the ledger %s cannot be written: %s; name another folder with --state",
      ledger->path, text);
}

int df_ledger_file_fail(struct df_ledger *ledger, struct df_error *err)
{
  switch (sqlite3_errcode(ledger->db)) {
  case SQLITE_NOMEM:
    return df_fail(err, DF_ENOMEM, "out of memory");
  case SQLITE_FULL:
    return df_fail(
        err, DF_ENOSPACE, "no space left for the ledger %s; make room and try again", ledger->path);
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return df_fail(err, DF_EOUTPUT,
        "another process has locked the ledger %s for more than %g s; wait until it is done and "
        "try "
        "again",
        ledger->path, ledger->patience);
  case SQLITE_IOERR:
  case SQLITE_READONLY:
  case SQLITE_CANTOPEN:
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return fail_to_write(ledger, err);
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_ERROR: /* a table or a column is not there */
    return df_fail(err, DF_EINPUT,
        "the ledger %s is damaged (%s); rename it, with its -wal file if there is one, and a new "
        "one "
        "is begun",
        ledger->path, sqlite3_errmsg(ledger->db));
  default:
    return df_fail(err, DF_ELIBRARY, "the ledger %s: SQLite %s: %s", ledger->path,
        sqlite3_libversion(), sqlite3_errmsg(ledger->db));
  }
}

static int execute(struct df_ledger *ledger, const char *sql, struct df_error *err)
{
  int code = sqlite3_exec(ledger->db, sql, NULL, NULL, NULL);
  return code == SQLITE_OK ? 0 : df_ledger_file_fail(ledger, err);
}

/* Runs a statement that gives one number. */
static int ask(struct df_ledger *ledger, const char *sql, int *ret_number, struct df_error *err)
{
  sqlite3_stmt *statement = NULL;
  int result = 0;
  if (sqlite3_prepare_v2(ledger->db, sql, -1, &statement, NULL) != SQLITE_OK ||
      sqlite3_step(statement) != SQLITE_ROW)
    result = df_ledger_file_fail(ledger, err);
  else
    *ret_number = sqlite3_column_int(statement, 0);
  sqlite3_finalize(statement);
  return result;
}

/* The change to this mode does not wait for other processes that make it as well, so it is tried again. */
static int choose_log(struct df_ledger *ledger, struct df_error *err)
{
  const struct timespec pause = {.tv_nsec = 5000000};
  double end = df_clock_now() + ledger->patience;
  for (;;) {
    int code = sqlite3_exec(ledger->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    if (code == SQLITE_OK)
      return execute(ledger, "PRAGMA synchronous = NORMAL", err);
    if (code != SQLITE_BUSY || df_clock_now() >= end)
      return df_ledger_file_fail(ledger, err);
    nanosleep(&pause, NULL);
  }
}

/* The version that the file has, or why it cannot be used. */
static int version_of(struct df_ledger *ledger, struct df_error *err)
{
  int version = 0, application = 0, tables = 0;
  int result = ask(ledger, "PRAGMA user_version", &version, err);
  if (result == 0)
    result = ask(ledger, "PRAGMA application_id", &application, err);
  if (result == 0)
    result = ask(ledger, "SELECT count(*) FROM sqlite_master", &tables, err);
  if (result < 0)
    return result;
  if (application != APPLICATION && (tables > 0 || application != 0 || version != 0))
    return df_fail(err, DF_EINPUT,
        "%s is a database of another program; name another folder with --state", ledger->path);
  if (version > VERSION || version < 0)
    return df_fail(err, DF_EINPUT,
        "the ledger %s has version %d, this program knows up to version %d; take a newer dualface, "
        "or "
        "name another folder with --state",
        ledger->path, version, VERSION);
  return version;
}

/* Looks again, since another process may have done the same meanwhile. */
static int bring_up_to_date(struct df_ledger *ledger, struct df_error *err)
{
  char sql[128];
  int version = version_of(ledger, err), result = version < 0 ? version : 0;
  for (; result == 0 && version < VERSION; version++)
    result = execute(ledger, migrations[version], err);
  if (result < 0)
    return result;
  snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION,
      VERSION);
  return execute(ledger, sql, err);
}

/* Runs `act` between `begin` and the commit, or undoes it. */
static int in_transaction(struct df_ledger *ledger, const char *begin,
    int (*act)(struct df_ledger *, struct df_error *), struct df_error *err)
{
  int result = execute(ledger, begin, err);
  if (result < 0)
    return result;
  result = act(ledger, err);
  if (result >= 0) {
    int committed = execute(ledger, "COMMIT", err);
    result = committed < 0 ? committed : result;
  }
  if (result < 0)
    sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
  return result;
}

static int check_writable(struct df_ledger *ledger, struct df_error *err)
{
  if (sqlite3_db_readonly(ledger->db, "main") == 1 || access(ledger->path, W_OK) < 0)
    return df_fail(err, DF_EOUTPUT,
        "the ledger %s cannot be written: it is read-only; name another folder with --state",
        ledger->path);
  return 0;
}

/* The version is looked at first: nothing of what is not ours is changed, not even its kind of log. */
static int migrate(struct df_ledger *ledger, struct df_error *err)
{
  int version = in_transaction(ledger, "BEGIN", version_of, err);
  if (version < 0)
    return version;
  int result = check_writable(ledger, err);
  if (result == 0)
    result = choose_log(ledger, err);
  if (result < 0 || version == VERSION)
    return result;
  return in_transaction(ledger, "BEGIN IMMEDIATE", bring_up_to_date, err);
}

int df_ledger_file_open(struct df_ledger *ledger, struct df_error *err)
{
  /* One lock of our own is over all calls, so SQLite needs none. */
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(ledger->path, &ledger->db, flags, NULL) != SQLITE_OK)
    return ledger->db ? df_ledger_file_fail(ledger, err) : df_fail(err, DF_ENOMEM, "out of memory");
  sqlite3_busy_timeout(ledger->db, (int)(ledger->patience * 1000));
  int result = migrate(ledger, err);
  for (int i = 0; i < DF_SQL_STATEMENTS && result == 0; i++)
    if (sqlite3_prepare_v3(ledger->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
            &ledger->statements[i], NULL) != SQLITE_OK)
      result = df_ledger_file_fail(ledger, err);
  return result;
}

void df_ledger_file_close(struct df_ledger *ledger)
{
  for (int i = 0; i < DF_SQL_STATEMENTS; i++)
    sqlite3_finalize(ledger->statements[i]);
  sqlite3_close(ledger->db);
}
