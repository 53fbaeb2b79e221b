/* `dualface jobs` as it is called, on a ledger with a job in every state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>

#include "cli/cli.h"
#include "ledger_world.h"

enum { WAITING = 1, RUNNING, DONE, FAILED, QUARANTINED, LOST };

static char said[1 << 20], wrong[1 << 12];

static int make_jobs(void **state)
{
  struct df_error why = {DF_EINPUT, "no video in it"};
  if (world_begin(state) != 0)
    return -1;
  struct df_ledger *ledger = open_ledger();
  for (int i = WAITING; i <= LOST; i++) {
    assert_int_equal(add_job(ledger, i), i);
    int64_t id = i;
    if (i != WAITING)
      assert_int_equal(claim_one(ledger, &id, 1), i);
  }
  assert_int_equal(df_ledger_beat(ledger, RUNNING, 995, 1000, NULL), 0);
  write_file(in_world("3.mp4"), "a video");
  assert_int_equal(df_ledger_finish(ledger, DONE, DF_JOB_DONE, NULL, NULL), 0);
  assert_int_equal(df_ledger_finish(ledger, FAILED, DF_JOB_FAILED, &why, NULL), 0);
  df_ledger_close(&ledger);
  change_file("UPDATE job SET state = 4, last_error = 'it crashed 3 times' WHERE id = 5;"
              "UPDATE job SET start = 1 WHERE id = 6");
  return 0;
}

/* Everything that goes to `stream` meanwhile goes to a file; gives what it was before. */
static int redirect(FILE *stream, const char *name)
{
  fflush(stream);
  int before = dup(fileno(stream)), file = open(in_world(name), O_RDWR | O_CREAT | O_TRUNC, 0600);
  assert_true(before >= 0 && file >= 0);
  assert_true(dup2(file, fileno(stream)) >= 0);
  close(file);
  return before;
}

static void restore(FILE *stream, int before, const char *name, char *text, size_t size)
{
  fflush(stream);
  assert_true(dup2(before, fileno(stream)) >= 0);
  close(before);
  FILE *file = fopen(in_world(name), "r");
  assert_non_null(file);
  text[fread(text, 1, size - 1, file)] = '\0';
  fclose(file);
}

/* Calls `dualface jobs` with these words, and where the ledger is; what it says is in `said` and `wrong`. */
static int jobs(const char *line)
{
  char copy[512];
  const char *argv[32];
  int argc = 0;
  snprintf(copy, sizeof copy, "%s --state %s", line, world_folder);
  for (char *word = strtok(copy, " "); word && argc < 32; word = strtok(NULL, " "))
    argv[argc++] = word;
  int out = redirect(stdout, "out"), err = redirect(stderr, "err");
  int status = (int)df_cli_jobs(argc, argv);
  restore(stderr, err, "err", wrong, sizeof wrong);
  restore(stdout, out, "out", said, sizeof said);
  return status;
}

static void expect_in(const char *text, const char *part)
{
  if (!strstr(text, part))
    fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static void list_shows_each_job_in_one_line(void **state)
{
  (void)state;
  assert_int_equal(jobs("list"), DF_EXIT_DONE);
  assert_string_equal(wrong, "");
  expect_in(said, "    ID  STATE         DONE      WORK  INPUT");
  expect_in(said, "\n     1  waiting          -         -  /in/1.mp4");
  expect_in(said, "\n     2  running       99 %");
  expect_in(said, "\n     3  done         100 %");
  expect_in(said, "\n     4  failed  ");
  expect_in(said, "no video in it\n");
  expect_in(said, "it crashed 3 times\n");
  expect_in(said, "\n     6  lost  ");
  expect_in(said, "\n6 jobs: 1 waiting, 2 running, 1 done, 1 failed, 1 quarantined\n");
}

static void list_shows_only_the_states_that_are_named(void **state)
{
  (void)state;
  assert_int_equal(jobs("list --failed --waiting"), DF_EXIT_DONE);
  expect_in(said, "\n2 jobs: 1 waiting, 1 failed\n");
  assert_null(strstr(said, "running"));
  assert_int_equal(jobs("list --quiet"), DF_EXIT_DONE);
  assert_string_equal(said, "");
}

static void of_many_jobs_the_latest_are_listed(void **state)
{
  (void)state;
  change_file("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)"
              "INSERT INTO job (key, state, input, input_size, input_mtime, input_sum, output,"
              " options, created) SELECT randomblob(32), 3 * (i % 2), 'n' || i, 1, 1, x'', 'o', '',"
              " 1 FROM n");
  assert_int_equal(jobs("list"), DF_EXIT_DONE);
  assert_null(strstr(said, "/in/1.mp4"));
  assert_null(strstr(said, " n1100 "));
  expect_in(said, "\n  1107  failed           -         -  n1101 ");
  expect_in(said, "\n  1306  waiting          -         -  n1300 ");
  expect_in(said, "\n... and 1,106 earlier ones; --all lists them\n1306 jobs: 651 waiting, ");
  assert_int_equal(jobs("list --failed --running"), DF_EXIT_DONE);
  assert_null(strstr(said, "waiting"));
  assert_null(strstr(said, " n899 "));
  expect_in(said, " n901 ");
  expect_in(
      said, "\n... and 453 earlier ones; --all lists them\n653 jobs: 2 running, 651 failed\n");
  assert_int_equal(jobs("list --done"), DF_EXIT_DONE);
  expect_in(said, "/in/3.mp4");
  assert_null(strstr(said, "earlier"));
  assert_int_equal(jobs("list --all --failed"), DF_EXIT_DONE);
  expect_in(said, "/in/4.mp4");
  expect_in(said, " n1 ");
  assert_null(strstr(said, "earlier"));
  assert_int_equal(jobs("list --json --failed"), DF_EXIT_DONE);
  expect_in(said, "/in/4.mp4");
  assert_int_equal(jobs("forget --all"), DF_EXIT_USAGE);
  expect_in(wrong, "--all");
}

static void a_line_is_one_line_of_100_columns_whatever_a_name_is(void **state)
{
  (void)state;
  change_file("UPDATE job SET input = '/in/' || char(10) || char(27) || '[31m' || "
              "printf('%0300d', 7) || '/talk.mp4', output = printf('%0300d', 7) || '/end.mp4',"
              " last_error = printf('%0300d', 7), seconds = 1e9");
  change_file("UPDATE job SET input = '/\xE6\xBC\xA2\xE5\xAD\x97/' || "
              "replace(printf('%099d', 0), '0', '\xE6\xBC\xA2') WHERE id = 2");
  assert_int_equal(jobs("list"), DF_EXIT_DONE);
  assert_null(strchr(said, 27));
  int lines = 0;
  for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"), lines++) {
    int columns = 0;
    for (const char *c = line; *c; c++)
      columns += ((unsigned char)*c & 0xC0) == 0x80 ? 0 : (unsigned char)*c >= 0xE0 ? 2 : 1;
    if (columns > 100)
      fail_msg("%d columns: %s", columns, line);
    if (lines > 0 && lines < 7 && lines != 2)
      expect_in(line, "/talk.mp4 ");
  }
  assert_int_equal(lines, 8);
}

static void show_says_everything_of_a_job(void **state)
{
  (void)state;
  assert_int_equal(jobs("show 4"), DF_EXIT_DONE);
  expect_in(said, "job 4\n  state         failed\n  input         /in/4.mp4\n");
  expect_in(said, "  options       fit=cover\n");
  expect_in(said, "  last error    no video in it\n");
  assert_null(strstr(said, "first error")); /* it is the same */
  assert_int_equal(jobs("show 2"), DF_EXIT_DONE);
  expect_in(said, "  progress      995 of 1000 frames\n");
  expect_in(said, "  last beat     20");
  assert_int_equal(jobs("show 6"), DF_EXIT_DONE);
  expect_in(said, ", which is gone\n");
}

static void what_is_not_there_is_said(void **state)
{
  (void)state;
  assert_int_equal(jobs("show 9"), DF_EXIT_USAGE);
  assert_string_equal(said, "");
  expect_in(wrong, "there is no job 9");
  assert_int_equal(unlink(in_world("ledger.db")), 0);
  assert_int_equal(jobs("show 1"), DF_EXIT_USAGE);
  expect_in(wrong, "ledger.db is not there yet");
  assert_int_equal(jobs("forget 1"), DF_EXIT_USAGE);
  assert_int_equal(jobs("list"), DF_EXIT_DONE);
  assert_string_equal(said, "0 jobs\n");
  assert_int_not_equal(access(in_world("ledger.db"), F_OK), 0); /* looking makes none */
}

static enum df_job_state now(int64_t id)
{
  struct df_ledger *ledger = open_ledger();
  enum df_job_state found = state_of(ledger, id);
  df_ledger_close(&ledger);
  return found;
}

static void retry_has_jobs_wait_again(void **state)
{
  (void)state;
  assert_int_equal(jobs("retry 4"), DF_EXIT_DONE);
  assert_string_equal(said, "job 4 waits for the next run\n");
  assert_int_equal(now(FAILED), DF_JOB_WAITING);
  assert_int_equal(jobs("retry --quarantined --failed"), DF_EXIT_DONE);
  assert_string_equal(said, "job 5 waits for the next run\n");
  assert_int_equal(now(QUARANTINED), DF_JOB_WAITING);
  assert_int_equal(jobs("retry --failed"), DF_EXIT_DONE);
  assert_string_equal(said, "0 jobs wait for the next run\n");
}

static void one_that_cannot_be_changed_does_not_keep_the_others(void **state)
{
  (void)state;
  assert_int_equal(jobs("retry 2 4 5"), DF_EXIT_USAGE);
  expect_in(wrong, "job 2 is running");
  assert_string_equal(said, "2 jobs wait for the next run\n");
  assert_int_equal(now(FAILED), DF_JOB_WAITING);
  assert_int_equal(now(RUNNING), DF_JOB_RUNNING);
}

static void forget_removes_jobs_and_no_file(void **state)
{
  (void)state;
  assert_int_equal(jobs("forget 3 4"), DF_EXIT_DONE);
  assert_string_equal(said, "2 jobs are forgotten; their files stay\n");
  assert_int_equal(access(in_world("3.mp4"), F_OK), 0);
  assert_int_equal(jobs("list"), DF_EXIT_DONE);
  expect_in(said, "\n4 jobs: 1 waiting, 2 running, 1 quarantined\n");
}

/* The JSON of a line of `said`. */
static json_t *line_of(int number)
{
  const char *at = said;
  for (; number > 0 && at; number--)
    at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
  assert_non_null(at);
  json_error_t why;
  json_t *found = json_loadb(at, strcspn(at, "\n"), 0, &why);
  if (!found)
    fail_msg("%s: %s", why.text, at);
  return found;
}

static void programs_get_lines_of_json(void **state)
{
  (void)state;
  assert_int_equal(jobs("list --json"), DF_EXIT_DONE);
  json_t *job = line_of(3), *result = line_of(6);
  assert_string_equal(json_string_value(json_object_get(job, "state")), "failed");
  assert_int_equal(json_integer_value(json_object_get(job, "id")), 4);
  assert_string_equal(json_string_value(json_object_get(job, "last_error")), "no video in it");
  assert_int_equal(
      json_integer_value(json_object_get(json_object_get(job, "input"), "bytes")), 1004);
  assert_true(json_is_null(json_object_get(job, "frames_total")));
  json_t *counts = json_object_get(result, "counts");
  assert_int_equal(json_integer_value(json_object_get(counts, "running")), 2);
  assert_true(json_is_true(json_object_get(result, "ok")));
  json_decref(job);
  json_decref(result);
  assert_int_equal(jobs("show 2 --json"), DF_EXIT_DONE);
  job = line_of(0);
  assert_int_equal(json_integer_value(json_object_get(job, "frames")), 995);
  assert_true(json_is_null(json_object_get(job, "finished")));
  json_decref(job);
  assert_int_equal(jobs("retry 3 4 --json"), DF_EXIT_USAGE);
  result = line_of(0);
  assert_int_equal(json_integer_value(json_object_get(result, "changed")), 1);
  assert_true(json_is_false(json_object_get(result, "ok")));
  json_decref(result);
}

static void a_damaged_ledger_is_one_error(void **state)
{
  (void)state;
  write_file(in_world("ledger.db"), "This is a letter and no database at all, and nobody may "
                                    "overwrite it, whatever the program is told to do to it now.");
  unlink(in_world("ledger.db-wal"));
  assert_int_equal(jobs("list"), DF_EXIT_FAILED);
  expect_in(wrong, "dualface: error: the ledger ");
  expect_in(wrong, "is damaged");
  assert_ptr_equal(strchr(wrong, '\n'), wrong + strlen(wrong) - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_jobs, world_end)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(list_shows_each_job_in_one_line),
      TEST(list_shows_only_the_states_that_are_named),
      TEST(of_many_jobs_the_latest_are_listed),
      TEST(a_line_is_one_line_of_100_columns_whatever_a_name_is),
      TEST(show_says_everything_of_a_job),
      TEST(what_is_not_there_is_said),
      TEST(retry_has_jobs_wait_again),
      TEST(one_that_cannot_be_changed_does_not_keep_the_others),
      TEST(forget_removes_jobs_and_no_file),
      TEST(programs_get_lines_of_json),
      TEST(a_damaged_ledger_is_one_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
