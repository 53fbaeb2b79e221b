/* A folder of its own with a ledger in it, for tests of the ledger. */
#ifndef DF_TEST_LEDGER_WORLD_H
#define DF_TEST_LEDGER_WORLD_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jobs/ledger.h"

static char world_folder[64];

static inline int world_begin(void **state)
{
  (void)state;
  strcpy(world_folder, "/tmp/df-ledger-XXXXXX");
  return mkdtemp(world_folder) ? 0 : -1;
}

static inline int world_end(void **state)
{
  (void)state;
  char command[100];
  snprintf(command, sizeof command, "rm -rf %s", world_folder);
  return system(command);
}

/* A path in the folder; good until the eighth call after this one. */
static inline const char *in_world(const char *name)
{
  static _Thread_local char paths[8][256];
  static _Thread_local int next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", world_folder, name);
  return path;
}

static inline void write_file(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static inline struct df_ledger *open_ledger(void)
{
  struct df_ledger *ledger = NULL;
  struct df_error err = {0};
  if (df_ledger_open(in_world("ledger.db"), NULL, &ledger, &err) != 0)
    fail_msg("%s", err.text);
  return ledger;
}

/* An input that is nowhere; `number` makes its content. */
static inline struct df_identity made_up_input(int number)
{
  struct df_identity input = {.size = 1000 + number, .mtime_ns = 7};
  snprintf(input.path, sizeof input.path, "/in/%d.mp4", number);
  memcpy(input.sum, &number, sizeof number);
  return input;
}

/* Adds a job for it, whose output is NUMBER.mp4 in the folder, and gives its id. */
static inline int64_t add_job(struct df_ledger *ledger, int number)
{
  struct df_identity input = made_up_input(number);
  char name[32];
  snprintf(name, sizeof name, "%d.mp4", number);
  struct df_job_order order = {.input = &input, .output = in_world(name), .options = "fit=cover"};
  struct df_job *job = NULL;
  struct df_error err = {0};
  if (df_ledger_add(ledger, &order, &job, &err) < 0)
    fail_msg("%s", err.text);
  int64_t id = job->id;
  df_job_destroy(&job);
  return id;
}

/* The id of the job that was taken, 0 for none. */
static inline int64_t claim_one(struct df_ledger *ledger, const int64_t *ids, size_t count)
{
  struct df_job *job = NULL;
  struct df_error err = {0};
  int result = df_ledger_claim(ledger, ids, count, &job, &err);
  if (result < 0)
    fail_msg("%s", err.text);
  assert_int_equal(result == 1, job != NULL);
  int64_t id = job ? job->id : 0;
  df_job_destroy(&job);
  return id;
}

static inline struct df_job *show(struct df_ledger *ledger, int64_t id)
{
  struct df_job *job = NULL;
  struct df_error err = {0};
  if (df_ledger_show(ledger, id, &job, &err) < 0)
    fail_msg("%s", err.text);
  return job;
}

static inline enum df_job_state state_of(struct df_ledger *ledger, int64_t id)
{
  struct df_job *job = show(ledger, id);
  enum df_job_state state = job->state;
  df_job_destroy(&job);
  return state;
}

/* Changes the file behind the ledger's back. */
static inline void change_file(const char *sql)
{
  sqlite3 *db = NULL;
  char *message = NULL;
  assert_int_equal(sqlite3_open(in_world("ledger.db"), &db), SQLITE_OK);
  sqlite3_busy_timeout(db, 10000);
  if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
    fail_msg("%s: %s", sql, message);
  sqlite3_close(db);
}

/* Runs `act` in a process of its own, which then is gone, and gives its exit status. */
static inline int in_child(int (*act)(void))
{
  fflush(NULL);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0)
    _exit(act());
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

#endif
