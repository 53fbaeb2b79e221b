/* What can be wrong with the file of a ledger, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "ledger_world.h"

static void make_ledger(int jobs)
{
  struct df_ledger *ledger = open_ledger();
  for (int i = 0; i < jobs; i++)
    add_job(ledger, i);
  df_ledger_close(&ledger);
}

static void expect_refused(int code, const char *part)
{
  struct df_ledger *ledger = NULL;
  struct df_error err = {0};
  int result = df_ledger_open(in_world("ledger.db"), NULL, &ledger, &err);
  if (result != code || !strstr(err.text, part) || !strstr(err.text, "ledger.db"))
    fail_msg("%d: \"%s\" does not say \"%s\"", result, err.text, part);
  assert_null(ledger);
}

static void a_newer_ledger_is_refused_with_both_versions(void **state)
{
  (void)state;
  make_ledger(1);
  change_file("PRAGMA user_version = 9");
  expect_refused(DF_EINPUT, "has version 9, this program knows up to version 1");
  change_file("PRAGMA user_version = 1");
  struct df_ledger *ledger = open_ledger();
  assert_int_equal(state_of(ledger, 1), DF_JOB_WAITING);
  df_ledger_close(&ledger);
}

static void an_empty_file_becomes_a_ledger(void **state)
{
  (void)state;
  write_file(in_world("ledger.db"), "");
  make_ledger(1);
}

static void the_database_of_another_program_is_left_alone(void **state)
{
  (void)state;
  change_file("CREATE TABLE job (id INTEGER); PRAGMA user_version = 1");
  expect_refused(DF_EINPUT, "is a database of another program");
  change_file("PRAGMA user_version = 0");
  expect_refused(DF_EINPUT, "is a database of another program");
}

static void what_is_no_database_is_said_to_be_damaged(void **state)
{
  (void)state;
  write_file(in_world("ledger.db"), "This is a letter and no database at all, "
                                    "and it is long enough to have a header if it were one. "
                                    "Nobody may overwrite it.");
  expect_refused(DF_EINPUT, "is damaged");
}

static void a_truncated_ledger_is_said_to_be_damaged(void **state)
{
  (void)state;
  make_ledger(200);
  assert_int_equal(truncate(in_world("ledger.db"), 4096 + 100), 0);
  expect_refused(DF_EINPUT, "is damaged");
}

static void a_ledger_without_its_columns_is_said_to_be_damaged(void **state)
{
  (void)state;
  make_ledger(1);
  change_file("ALTER TABLE job DROP COLUMN seconds");
  expect_refused(DF_EINPUT, "is damaged");
}

static int receive_nothing(void *context, const struct df_job *job)
{
  (void)context, (void)job;
  return 0;
}

static void damage_inside_is_an_error_of_the_call_that_meets_it(void **state)
{
  (void)state;
  make_ledger(300);
  FILE *file = fopen(in_world("ledger.db"), "r+");
  struct stat info;
  assert_non_null(file);
  assert_int_equal(fstat(fileno(file), &info), 0);
  for (long at = 8 * 4096L; at < info.st_size; at += 512) {
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_true(fputs("\xff\xff\xff\xff\xff\xff\xff\xff damage", file) >= 0);
  }
  assert_int_equal(fclose(file), 0);
  struct df_ledger *ledger = open_ledger();
  struct df_error err = {0};
  assert_int_equal(df_ledger_list(ledger, DF_JOB_ALL, receive_nothing, NULL, &err), DF_EINPUT);
  assert_non_null(strstr(err.text, "is damaged"));
  df_ledger_close(&ledger);
}

static int open_as_nobody(void)
{
  struct df_ledger *ledger = NULL;
  struct df_error err = {0};
  if (getuid() == 0 && setresuid(65534, 65534, 65534) < 0)
    return 1;
  int result = df_ledger_open(in_world("ledger.db"), NULL, &ledger, &err);
  if (result != DF_EOUTPUT || !strstr(err.text, "cannot be written") ||
      !strstr(err.text, "--state"))
    return 2;
  return 0;
}

static void a_read_only_ledger_is_refused(void **state)
{
  (void)state;
  make_ledger(1);
  assert_int_equal(chmod(in_world("ledger.db"), 0444), 0);
  assert_int_equal(chmod(world_folder, 0555), 0);
  assert_int_equal(in_child(open_as_nobody), 0);
  assert_int_equal(chmod(world_folder, 0755), 0);
}

static void a_folder_that_is_not_there_or_may_not_be_written_is_refused(void **state)
{
  (void)state;
  struct df_ledger *ledger = NULL;
  struct df_error err = {0};
  assert_int_equal(df_ledger_open(in_world("none/ledger.db"), NULL, &ledger, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, "No such file or directory"));
  assert_int_equal(chmod(world_folder, 0555), 0);
  assert_int_equal(in_child(open_as_nobody), 0);
  assert_int_equal(chmod(world_folder, 0755), 0);
  assert_int_equal(mkdir(in_world("ledger.db"), 0755), 0);
  expect_refused(DF_EOUTPUT, "cannot be written");
}

static void a_lock_that_is_held_too_long_is_an_error(void **state)
{
  (void)state;
  sqlite3 *other = NULL;
  struct df_ledger *ledger = NULL;
  struct df_error err = {0};
  const struct df_ledger_options options = {.patience = 0.05};
  make_ledger(1);
  assert_int_equal(df_ledger_open(in_world("ledger.db"), &options, &ledger, &err), 0);
  assert_int_equal(sqlite3_open(in_world("ledger.db"), &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(df_ledger_retry(ledger, 1, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, "another process has locked the ledger"));
  assert_non_null(strstr(err.text, "0.05 s"));
  assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(df_ledger_retry(ledger, 1, NULL), 0);
  sqlite3_close(other);
  df_ledger_close(&ledger);
}

/* A limit on the size of files is as good as a full disk. */
static int fill_the_disk(void)
{
  struct df_ledger *ledger = open_ledger();
  struct df_error err = {0};
  const struct rlimit limit = {.rlim_cur = 200000, .rlim_max = 200000};
  signal(SIGXFSZ, SIG_IGN);
  if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
    return 1;
  int added = 0, result = 0;
  while (result >= 0 && added < 10000) {
    struct df_identity input = made_up_input(added++);
    struct df_job_order order = {.input = &input, .output = in_world("x.mp4"), .options = ""};
    struct df_job *job = NULL;
    result = df_ledger_add(ledger, &order, &job, &err);
    df_job_destroy(&job);
  }
  if (result != DF_ENOSPACE || !strstr(err.text, "no space left for the ledger"))
    return 2;
  struct df_job *job = NULL;
  if (df_ledger_show(ledger, 1, &job, NULL) != 0) /* what was there is there */
    return 3;
  df_job_destroy(&job);
  return 0;
}

static void a_full_disk_is_said_and_loses_nothing(void **state)
{
  (void)state;
  assert_int_equal(in_child(fill_the_disk), 0);
  make_ledger(1);
}

static int open_and_add(void)
{
  struct df_ledger *ledger = NULL;
  struct df_job *job = NULL;
  struct df_identity input = made_up_input(getpid());
  const struct df_job_order order = {.input = &input, .output = "/out.mp4", .options = ""};
  if (df_ledger_open(in_world("ledger.db"), NULL, &ledger, NULL) < 0)
    return 1;
  int result = df_ledger_add(ledger, &order, &job, NULL);
  df_job_destroy(&job);
  df_ledger_close(&ledger);
  return result == 1 ? 0 : 2;
}

static void many_may_make_the_ledger_at_once(void **state)
{
  (void)state;
  enum { PROCESSES = 12 };
  pid_t children[PROCESSES];
  int64_t counts[DF_JOB_STATES];
  fflush(NULL);
  for (int i = 0; i < PROCESSES; i++) {
    children[i] = fork();
    if (children[i] == 0)
      _exit(open_and_add());
  }
  for (int i = 0; i < PROCESSES; i++) {
    int status = -1;
    assert_int_equal(waitpid(children[i], &status, 0), children[i]);
    assert_int_equal(status, 0);
  }
  struct df_ledger *ledger = open_ledger();
  assert_int_equal(df_ledger_count(ledger, counts, NULL), 0);
  assert_int_equal(counts[DF_JOB_WAITING], PROCESSES);
  df_ledger_close(&ledger);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_newer_ledger_is_refused_with_both_versions),
      TEST(an_empty_file_becomes_a_ledger),
      TEST(the_database_of_another_program_is_left_alone),
      TEST(what_is_no_database_is_said_to_be_damaged),
      TEST(a_truncated_ledger_is_said_to_be_damaged),
      TEST(a_ledger_without_its_columns_is_said_to_be_damaged),
      TEST(damage_inside_is_an_error_of_the_call_that_meets_it),
      TEST(a_read_only_ledger_is_refused),
      TEST(a_folder_that_is_not_there_or_may_not_be_written_is_refused),
      TEST(a_lock_that_is_held_too_long_is_an_error),
      TEST(a_full_disk_is_said_and_loses_nothing),
      TEST(many_may_make_the_ledger_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
