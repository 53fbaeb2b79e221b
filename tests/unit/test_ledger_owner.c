/* What many processes and threads do to one ledger, and what becomes of the jobs of those that die. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>

#include "ledger_world.h"

enum { JOBS = 1200, PROCESSES = 4, THREADS = 4 };

static int64_t ids[JOBS];

static void add_jobs(struct df_ledger *ledger, int count)
{
  for (int i = 0; i < count; i++)
    ids[i] = add_job(ledger, i);
}

/* Does jobs until there are none, and notes each in a file that is only added to. */
static int do_all_jobs(struct df_ledger *ledger, int count)
{
  FILE *notes = fopen(in_world("notes"), "a");
  struct df_job *job = NULL;
  int result;
  while ((result = df_ledger_claim(ledger, ids, (size_t)count, &job, NULL)) == 1) {
    write_file(job->output, "done");
    fprintf(notes, "%lld\n", (long long)job->id);
    fflush(notes);
    if (df_ledger_beat(ledger, job->id, 1, 1, NULL) < 0 ||
        df_ledger_finish(ledger, job->id, DF_JOB_DONE, NULL, NULL) < 0)
      return 1;
    df_job_destroy(&job);
  }
  fclose(notes);
  return result < 0;
}

static int do_all_jobs_alone(void)
{
  struct df_ledger *ledger = NULL;
  if (df_ledger_open(in_world("ledger.db"), NULL, &ledger, NULL) < 0)
    return 2;
  int result = do_all_jobs(ledger, JOBS);
  df_ledger_close(&ledger);
  return result;
}

static void expect_each_job_done_once(int count)
{
  static int times[2 * JOBS];
  long long id;
  memset(times, 0, sizeof times);
  FILE *notes = fopen(in_world("notes"), "r");
  assert_non_null(notes);
  while (fscanf(notes, "%lld", &id) == 1)
    times[id]++;
  fclose(notes);
  for (int i = 0; i < count; i++)
    assert_int_equal(times[ids[i]], 1);
  struct df_ledger *ledger = open_ledger();
  int64_t counts[DF_JOB_STATES];
  assert_int_equal(df_ledger_count(ledger, counts, NULL), 0);
  assert_int_equal(counts[DF_JOB_DONE], count);
  df_ledger_close(&ledger);
}

static void no_job_is_done_twice_by_processes(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  add_jobs(ledger, JOBS);
  df_ledger_close(&ledger);
  fflush(NULL);
  pid_t children[PROCESSES];
  for (int i = 0; i < PROCESSES; i++) {
    children[i] = fork();
    if (children[i] == 0)
      _exit(do_all_jobs_alone());
  }
  for (int i = 0; i < PROCESSES; i++) {
    int status = -1;
    assert_int_equal(waitpid(children[i], &status, 0), children[i]);
    assert_int_equal(status, 0);
  }
  expect_each_job_done_once(JOBS);
}

static void *do_all_jobs_in_a_thread(void *context)
{
  return do_all_jobs(context, JOBS / 4) ? context : NULL;
}

static void no_job_is_done_twice_by_threads_of_one_ledger(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  pthread_t threads[THREADS];
  add_jobs(ledger, JOBS / 4);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, do_all_jobs_in_a_thread, ledger), 0);
  for (int i = 0; i < THREADS; i++) {
    void *failed = NULL;
    pthread_join(threads[i], &failed);
    assert_null(failed);
  }
  df_ledger_close(&ledger);
  expect_each_job_done_once(JOBS / 4);
}

static void a_kill_at_any_moment_leaves_the_ledger_whole(void **state)
{
  (void)state;
  enum { KILLS = 20, FEW = 300 };
  struct df_ledger *ledger = open_ledger();
  int64_t counts[DF_JOB_STATES];
  add_jobs(ledger, FEW);
  memset(ids + FEW, 0, sizeof ids - FEW * sizeof *ids);
  df_ledger_close(&ledger);
  for (int i = 0; i < KILLS; i++) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
      _exit(do_all_jobs_alone());
    usleep((useconds_t)(500 * i)); /* whenever that is: all of it is right */
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
  }
  assert_int_equal(in_child(do_all_jobs_alone), 0);
  ledger = open_ledger();
  assert_int_equal(df_ledger_count(ledger, counts, NULL), 0);
  assert_int_equal(counts[DF_JOB_DONE] + counts[DF_JOB_QUARANTINED], FEW);
  assert_true(counts[DF_JOB_QUARANTINED] <= KILLS / DF_JOB_ATTEMPTS_MAX);
  df_ledger_close(&ledger);
  sqlite3 *db = NULL;
  sqlite3_stmt *check = NULL;
  assert_int_equal(sqlite3_open(in_world("ledger.db"), &db), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &check, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(check), SQLITE_ROW);
  assert_string_equal((const char *)sqlite3_column_text(check, 0), "ok");
  sqlite3_finalize(check);
  sqlite3_close(db);
}

static int claim_and_die(void)
{
  struct df_ledger *ledger = NULL;
  struct df_job *job = NULL;
  if (df_ledger_open(in_world("ledger.db"), NULL, &ledger, NULL) < 0)
    return 2;
  return df_ledger_claim(ledger, ids, 1, &job, NULL); /* and neither finishes nor closes */
}

static void the_job_of_a_dead_owner_is_taken_up_again(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  add_jobs(ledger, 1);
  assert_int_equal(in_child(claim_and_die), 1);
  struct df_job *job = show(ledger, ids[0]);
  assert_int_equal(job->state, DF_JOB_RUNNING);
  assert_true(job->lost);
  df_job_destroy(&job);
  assert_int_equal(claim_one(ledger, ids, 1), ids[0]);
  job = show(ledger, ids[0]);
  assert_int_equal(job->pid, getpid());
  assert_int_equal(job->attempts, 2);
  assert_false(job->lost);
  df_job_destroy(&job);
  df_ledger_close(&ledger);
}

static void an_owner_that_was_killed_and_not_reaped_is_gone(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  add_jobs(ledger, 1);
  fflush(NULL);
  int ready[2];
  char byte;
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  if (child == 0) {
    byte = (char)claim_and_die();
    if (write(ready[1], &byte, 1) != 1)
      _exit(1);
    pause();
  }
  assert_int_equal(read(ready[0], &byte, 1), 1);
  assert_int_equal(byte, 1);
  assert_int_equal(claim_one(ledger, ids, 1), 0); /* it lives */
  assert_int_equal(kill(child, SIGKILL), 0);
  siginfo_t info;
  assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
  assert_int_equal(claim_one(ledger, ids, 1), ids[0]);
  assert_int_equal(waitpid(child, NULL, 0), child);
  close(ready[0]);
  close(ready[1]);
  df_ledger_close(&ledger);
}

static void a_job_that_kills_its_owner_three_times_is_quarantined(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  add_jobs(ledger, 1);
  for (int i = 0; i < DF_JOB_ATTEMPTS_MAX; i++)
    assert_int_equal(in_child(claim_and_die), 1);
  assert_int_equal(in_child(claim_and_die), 0);
  struct df_job *job = show(ledger, ids[0]);
  assert_int_equal(job->state, DF_JOB_QUARANTINED);
  assert_non_null(strstr(job->last_error, "3 times"));
  assert_string_equal(job->first_error, job->last_error);
  df_job_destroy(&job);
  assert_int_equal(add_job(ledger, 0), ids[0]);
  assert_int_equal(claim_one(ledger, ids, 1), 0);
  assert_int_equal(df_ledger_retry(ledger, ids[0], NULL), 0);
  assert_int_equal(in_child(claim_and_die), 1);
  df_ledger_close(&ledger);
}

static int claim_two_and_die(void)
{
  struct df_ledger *ledger = NULL;
  struct df_job *job = NULL;
  if (df_ledger_open(in_world("ledger.db"), NULL, &ledger, NULL) < 0)
    return 3;
  return (int)(df_ledger_claim(ledger, ids, 2, &job, NULL) == DF_CLAIM_TAKEN) +
         (int)(df_ledger_claim(ledger, ids, 2, &job, NULL) == DF_CLAIM_TAKEN);
}

static int claim_all(struct df_ledger *ledger)
{
  struct df_job *job = NULL;
  int result = df_ledger_claim(ledger, ids, 3, &job, NULL);
  df_job_destroy(&job);
  return result;
}

static void after_one_death_all_is_taken_as_before(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  add_jobs(ledger, 3);
  assert_int_equal(in_child(claim_two_and_die), 2);
  for (int i = 0; i < 3; i++)
    assert_int_equal(claim_one(ledger, ids, 3), ids[i]);
  df_ledger_close(&ledger);
}

static void what_was_under_way_at_two_deaths_is_taken_alone(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  add_jobs(ledger, 3);
  for (int i = 0; i < DF_JOB_DEATHS_TOGETHER; i++)
    assert_int_equal(in_child(claim_two_and_die), 2);
  assert_int_equal(claim_one(ledger, ids + 2, 1), ids[2]);
  assert_int_equal(claim_all(ledger), DF_CLAIM_LATER); /* there is one at work */
  assert_int_equal(df_ledger_finish(ledger, ids[2], DF_JOB_WAITING, NULL, NULL), 0);
  assert_int_equal(claim_one(ledger, ids, 3), ids[0]);
  assert_int_equal(claim_all(ledger), DF_CLAIM_LATER); /* nor is any beside it */
  const struct df_error why = {DF_EINPUT, "bad"};
  assert_int_equal(df_ledger_finish(ledger, ids[0], DF_JOB_FAILED, &why, NULL), 0);
  assert_int_equal(claim_one(ledger, ids, 3), ids[1]);
  assert_int_equal(df_ledger_finish(ledger, ids[1], DF_JOB_FAILED, &why, NULL), 0);
  assert_int_equal(claim_one(ledger, ids, 3), ids[2]);
  assert_int_equal(claim_all(ledger), DF_CLAIM_NONE);
  df_ledger_close(&ledger);
}

static void count_quarantined(void *context, const struct df_job *job)
{
  assert_int_equal(job->id, ids[0]);
  assert_int_equal(job->attempts, DF_JOB_ATTEMPTS_MAX);
  ++*(int *)context;
}

static void who_died_beside_a_deadly_job_is_not_quarantined(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  int told = 0;
  df_ledger_on_quarantine(ledger, count_quarantined, &told);
  add_jobs(ledger, 2);
  for (int i = 0; i < DF_JOB_DEATHS_TOGETHER; i++)
    assert_int_equal(in_child(claim_two_and_die), 2);
  for (int i = DF_JOB_DEATHS_TOGETHER; i < DF_JOB_ATTEMPTS_MAX; i++)
    assert_int_equal(in_child(claim_two_and_die), 1); /* the first one, alone */
  assert_int_equal(claim_one(ledger, ids, 2), ids[1]);
  assert_int_equal(state_of(ledger, ids[0]), DF_JOB_QUARANTINED);
  assert_int_equal(told, 1);
  df_ledger_close(&ledger);
}

static void an_end_in_between_makes_attempts_count_anew(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  add_jobs(ledger, 1);
  for (int i = 0; i < 2 * DF_JOB_ATTEMPTS_MAX; i++) {
    assert_int_equal(in_child(claim_and_die), 1);
    assert_int_equal(claim_one(ledger, ids, 1), ids[0]);
    assert_int_equal(df_ledger_finish(ledger, ids[0], DF_JOB_WAITING, NULL, NULL), 0);
  }
  df_ledger_close(&ledger);
}

static void a_number_that_another_process_has_now_is_not_the_owner(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  add_jobs(ledger, 1);
  assert_int_equal(claim_one(ledger, ids, 1), ids[0]);
  assert_int_equal(claim_one(ledger, ids, 1), 0);
  change_file("UPDATE job SET start = start - 1");
  assert_int_equal(claim_one(ledger, ids, 1), ids[0]);
  df_ledger_close(&ledger);
}

/* Has the job be one of another machine that beat that many seconds ago. */
static void move_elsewhere(double seconds_ago)
{
  char sql[200];
  snprintf(sql, sizeof sql,
      "UPDATE job SET host = 'far', place = 'away', heartbeat = "
      "(julianday('now') - 2440587.5) * 86400.0 - %f",
      seconds_ago);
  change_file(sql);
}

static void of_an_owner_elsewhere_the_beats_are_believed(void **state)
{
  (void)state;
  struct df_ledger *ledger = NULL;
  const struct df_ledger_options options = {.silence = 1000};
  assert_int_equal(df_ledger_open(in_world("ledger.db"), &options, &ledger, NULL), 0);
  add_jobs(ledger, 1);
  assert_int_equal(claim_one(ledger, ids, 1), ids[0]);
  move_elsewhere(500);
  assert_int_equal(claim_one(ledger, ids, 1), 0);
  assert_int_equal(df_ledger_forget(ledger, ids[0], NULL), DF_EUSAGE);
  move_elsewhere(1500);
  assert_int_equal(claim_one(ledger, ids, 1), ids[0]);
  df_ledger_close(&ledger);
}

static void a_beat_from_the_future_counts_as_now(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  add_jobs(ledger, 1);
  assert_int_equal(claim_one(ledger, ids, 1), ids[0]);
  move_elsewhere(-1e6);
  struct df_job *job = show(ledger, ids[0]);
  double future = job->heartbeat;
  assert_false(job->lost);
  df_job_destroy(&job);
  assert_int_equal(claim_one(ledger, ids, 1), 0);
  job = show(ledger, ids[0]);
  assert_true(job->heartbeat < future - 9e5); /* from now on it ages */
  df_job_destroy(&job);
  df_ledger_close(&ledger);
}

static void who_lost_a_job_cannot_end_it(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  struct df_error err = {0}, why = {DF_EINPUT, "bad"};
  add_jobs(ledger, 1);
  assert_int_equal(claim_one(ledger, ids, 1), ids[0]);
  move_elsewhere(0);
  assert_int_equal(df_ledger_beat(ledger, ids[0], 1, 1, &err), DF_ECLOSED);
  assert_non_null(strstr(err.text, "job 1 is not this process's"));
  assert_int_equal(df_ledger_finish(ledger, ids[0], DF_JOB_FAILED, &why, NULL), DF_ECLOSED);
  assert_int_equal(state_of(ledger, ids[0]), DF_JOB_RUNNING);
  df_ledger_close(&ledger);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(no_job_is_done_twice_by_processes),
      TEST(no_job_is_done_twice_by_threads_of_one_ledger),
      TEST(a_kill_at_any_moment_leaves_the_ledger_whole),
      TEST(the_job_of_a_dead_owner_is_taken_up_again),
      TEST(an_owner_that_was_killed_and_not_reaped_is_gone),
      TEST(a_job_that_kills_its_owner_three_times_is_quarantined),
      TEST(after_one_death_all_is_taken_as_before),
      TEST(what_was_under_way_at_two_deaths_is_taken_alone),
      TEST(who_died_beside_a_deadly_job_is_not_quarantined),
      TEST(an_end_in_between_makes_attempts_count_anew),
      TEST(a_number_that_another_process_has_now_is_not_the_owner),
      TEST(of_an_owner_elsewhere_the_beats_are_believed),
      TEST(a_beat_from_the_future_counts_as_now),
      TEST(who_lost_a_job_cannot_end_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
