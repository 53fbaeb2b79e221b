/* Each test is named after the promise of jobs/ledger.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger_world.h"

static void a_job_that_was_added_waits(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  int64_t id = add_job(ledger, 3);
  struct df_job *job = show(ledger, id);
  assert_int_equal(job->state, DF_JOB_WAITING);
  assert_string_equal(job->input.path, "/in/3.mp4");
  assert_int_equal(job->input.size, 1003);
  assert_int_equal(job->input.mtime_ns, 7);
  assert_string_equal(job->output, in_world("3.mp4"));
  assert_string_equal(job->options, "fit=cover");
  assert_true(job->created > 1.5e9 && job->started == 0 && job->finished == 0);
  assert_null(job->host);
  assert_null(job->last_error);
  assert_int_equal(job->attempts, 0);
  df_job_destroy(&job);
  df_ledger_close(&ledger);
  assert_null(ledger);
}

static void the_same_order_is_the_same_job(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  struct df_identity input = made_up_input(1);
  struct df_job_order order = {.input = &input, .output = "/out/1.mp4", .options = "a"};
  struct df_job *first = NULL, *again = NULL, *other = NULL;
  struct df_error err = {0};
  assert_int_equal(df_ledger_add(ledger, &order, &first, &err), 1);
  strcpy(input.path, "/elsewhere/1.mp4");
  input.mtime_ns = 8;
  assert_int_equal(df_ledger_add(ledger, &order, &again, &err), 0);
  assert_int_equal(again->id, first->id);
  assert_string_equal(again->input.path, "/elsewhere/1.mp4");
  assert_int_equal(again->input.mtime_ns, 8);
  order.options = "b";
  assert_int_equal(df_ledger_add(ledger, &order, &other, &err), 1);
  df_job_destroy(&other);
  order.options = "a";
  order.output = "/out/2.mp4";
  assert_int_equal(df_ledger_add(ledger, &order, &other, &err), 1);
  df_job_destroy(&other);
  order.output = "/out/1.mp4";
  input.sum[31] = 1;
  assert_int_equal(df_ledger_add(ledger, &order, &other, &err), 1);
  df_job_destroy(&other);
  df_job_destroy(&again);
  df_job_destroy(&first);
  df_ledger_close(&ledger);
}

static void jobs_are_claimed_in_the_order_given_and_once(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  int64_t a = add_job(ledger, 1), b = add_job(ledger, 2), c = add_job(ledger, 3);
  const int64_t ids[] = {999, c, a};
  assert_int_equal(claim_one(ledger, ids, 3), c);
  assert_int_equal(claim_one(ledger, ids, 3), a);
  assert_int_equal(claim_one(ledger, ids, 3), 0);
  assert_int_equal(state_of(ledger, b), DF_JOB_WAITING);
  struct df_job *job = show(ledger, c);
  assert_int_equal(job->state, DF_JOB_RUNNING);
  assert_int_equal(job->pid, getpid());
  assert_int_equal(job->attempts, 1);
  assert_false(job->lost);
  assert_non_null(job->host);
  df_job_destroy(&job);
  df_ledger_close(&ledger);
}

static void beats_keep_progress_and_count_work(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  struct df_error err = {0};
  int64_t id = add_job(ledger, 1);
  assert_int_equal(df_ledger_beat(ledger, id, 1, 2, &err), DF_ECLOSED);
  err.code = 0;
  assert_int_equal(claim_one(ledger, &id, 1), id);
  change_file("UPDATE job SET clock = clock - 5, heartbeat = 1");
  assert_int_equal(df_ledger_beat(ledger, id, 70, 100, &err), 0);
  struct df_job *job = show(ledger, id);
  assert_int_equal(job->frames, 70);
  assert_int_equal(job->frames_total, 100);
  assert_true(job->seconds >= 5 && job->heartbeat > 1.5e9);
  df_job_destroy(&job);
  df_ledger_close(&ledger);
}

static void a_failure_is_kept_with_the_first_and_the_last_reason(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  struct df_error err = {0}, first = {DF_EINPUT, "no video in it"},
                  last = {DF_ENOSPACE, "disk full"};
  int64_t id = add_job(ledger, 1);
  assert_int_equal(claim_one(ledger, &id, 1), id);
  assert_int_equal(df_ledger_finish(ledger, id, DF_JOB_FAILED, &first, &err), 0);
  assert_int_equal(state_of(ledger, id), DF_JOB_FAILED);
  assert_int_equal(claim_one(ledger, &id, 1), 0);
  assert_int_equal(df_ledger_retry(ledger, id, &err), 0);
  assert_int_equal(claim_one(ledger, &id, 1), id);
  assert_int_equal(df_ledger_finish(ledger, id, DF_JOB_FAILED, &last, &err), 0);
  struct df_job *job = show(ledger, id);
  assert_string_equal(job->first_error, "no video in it");
  assert_string_equal(job->last_error, "disk full");
  assert_int_equal(job->error_code, DF_ENOSPACE);
  assert_int_equal(job->attempts, 0);
  assert_true(job->finished >= job->started && job->started > 0);
  df_job_destroy(&job);
  df_ledger_close(&ledger);
}

static void a_stopped_job_waits_again(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  struct df_error err = {0};
  int64_t id = add_job(ledger, 1);
  assert_int_equal(claim_one(ledger, &id, 1), id);
  const struct df_error stopped = {DF_ESTOPPED, "stopped by the user"};
  assert_int_equal(df_ledger_finish(ledger, id, DF_JOB_WAITING, &stopped, &err), 0);
  struct df_job *job = show(ledger, id);
  assert_int_equal(job->state, DF_JOB_WAITING);
  assert_null(job->first_error);
  assert_int_equal(job->error_code, 0);
  df_job_destroy(&job);
  assert_int_equal(df_ledger_beat(ledger, id, 1, 2, &err), DF_ECLOSED);
  assert_int_equal(claim_one(ledger, &id, 1), id);
  df_ledger_close(&ledger);
}

static void done_without_an_output_is_an_error(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  struct df_error err = {0};
  int64_t id = add_job(ledger, 1);
  assert_int_equal(claim_one(ledger, &id, 1), id);
  assert_int_equal(df_ledger_finish(ledger, id, DF_JOB_DONE, NULL, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, "1.mp4 is not there"));
  assert_int_equal(state_of(ledger, id), DF_JOB_RUNNING);
  err = (struct df_error){0};
  assert_int_equal(df_ledger_finish(ledger, 77, DF_JOB_DONE, NULL, &err), DF_ECLOSED);
  df_ledger_close(&ledger);
}

static void a_done_job_waits_again_when_its_output_is_not_what_it_was(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  struct df_error err = {0};
  int64_t id = add_job(ledger, 1);
  for (int round = 0; round < 2; round++) {
    assert_int_equal(claim_one(ledger, &id, 1), id);
    write_file(in_world("1.mp4"), "a video");
    assert_int_equal(df_ledger_finish(ledger, id, DF_JOB_DONE, NULL, &err), 0);
    assert_int_equal(add_job(ledger, 1), id);
    assert_int_equal(state_of(ledger, id), DF_JOB_DONE);
    assert_int_equal(claim_one(ledger, &id, 1), 0);
    if (round == 0)
      write_file(in_world("1.mp4"), "another video");
    else
      assert_int_equal(unlink(in_world("1.mp4")), 0);
    assert_int_equal(add_job(ledger, 1), id);
    assert_int_equal(state_of(ledger, id), DF_JOB_WAITING);
  }
  df_ledger_close(&ledger);
}

static void what_runs_is_neither_retried_nor_forgotten(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  struct df_error err = {0};
  int64_t id = add_job(ledger, 1);
  assert_int_equal(df_ledger_retry(ledger, id, &err), 0);
  assert_int_equal(claim_one(ledger, &id, 1), id);
  assert_int_equal(df_ledger_retry(ledger, id, &err), DF_EUSAGE);
  assert_non_null(strstr(err.text, "is running"));
  err.code = 0;
  assert_int_equal(df_ledger_forget(ledger, id, &err), DF_EUSAGE);
  assert_non_null(strstr(err.text, "is running"));
  err.code = 0;
  write_file(in_world("1.mp4"), "a video");
  assert_int_equal(df_ledger_finish(ledger, id, DF_JOB_DONE, NULL, &err), 0);
  assert_int_equal(df_ledger_retry(ledger, id, &err), DF_EUSAGE);
  assert_non_null(strstr(err.text, "is done"));
  err.code = 0;
  assert_int_equal(df_ledger_forget(ledger, id, &err), 0);
  assert_int_equal(access(in_world("1.mp4"), F_OK), 0);
  df_ledger_close(&ledger);
}

static void what_was_forgotten_is_gone_and_its_id_stays_unused(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  struct df_job *job = NULL;
  struct df_error err = {0};
  int64_t id = add_job(ledger, 1);
  assert_int_equal(df_ledger_forget(ledger, id, &err), 0);
  assert_int_equal(df_ledger_show(ledger, id, &job, &err), DF_EUSAGE);
  assert_non_null(strstr(err.text, "there is no job 1"));
  assert_null(job);
  assert_int_equal(df_ledger_forget(ledger, id, NULL), DF_EUSAGE);
  assert_int_equal(df_ledger_retry(ledger, id, NULL), DF_EUSAGE);
  assert_int_not_equal(add_job(ledger, 1), id);
  df_ledger_close(&ledger);
}

struct seen {
  int64_t ids[16];
  int count, stop_at;
};

static int see(void *context, const struct df_job *job)
{
  struct seen *seen = context;
  seen->ids[seen->count++] = job->id;
  return seen->count == seen->stop_at ? 42 : 0;
}

static void a_list_has_the_states_that_are_wanted(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  struct df_error err = {0}, why = {DF_EINPUT, "bad"};
  int64_t ids[4], counts[DF_JOB_STATES];
  for (int i = 0; i < 4; i++)
    ids[i] = add_job(ledger, i);
  assert_int_equal(claim_one(ledger, ids, 1), ids[0]);
  assert_int_equal(df_ledger_finish(ledger, ids[0], DF_JOB_FAILED, &why, &err), 0);
  assert_int_equal(claim_one(ledger, ids + 2, 1), ids[2]);
  struct seen all = {0}, some = {0}, stopped = {.stop_at = 2};
  assert_int_equal(df_ledger_list(ledger, DF_JOB_ALL, see, &all, &err), 0);
  assert_int_equal(all.count, 4);
  assert_memory_equal(all.ids, ids, sizeof ids);
  unsigned wanted = 1 << DF_JOB_FAILED | 1 << DF_JOB_WAITING;
  assert_int_equal(df_ledger_list(ledger, wanted, see, &some, &err), 0);
  const int64_t expected[] = {ids[1], ids[3], ids[0]};
  assert_int_equal(some.count, 3);
  assert_memory_equal(some.ids, expected, sizeof expected);
  assert_int_equal(df_ledger_list(ledger, DF_JOB_ALL, see, &stopped, &err), 42);
  assert_int_equal(stopped.count, 2);
  assert_int_equal(df_ledger_count(ledger, counts, &err), 0);
  const int64_t counted[DF_JOB_STATES] = {2, 1, 0, 1, 0};
  assert_memory_equal(counts, counted, sizeof counted);
  df_ledger_close(&ledger);
}

static void an_unchanged_input_is_known_without_reading_it(void **state)
{
  (void)state;
  struct df_ledger *ledger = open_ledger();
  struct df_identity input, known;
  struct df_job *job = NULL;
  struct df_error err = {0};
  write_file(in_world("in.mp4"), "a video");
  assert_int_equal(df_ledger_identify(ledger, in_world("in.mp4"), &input, &err), 0);
  struct df_identity whole;
  assert_int_equal(df_identity_read(in_world("in.mp4"), &whole, &err), 0);
  assert_true(df_identity_same_content(&input, &whole));
  struct df_job_order order = {.input = &input, .output = "/out/1.mp4", .options = ""};
  assert_int_equal(df_ledger_add(ledger, &order, &job, &err), 1);
  df_job_destroy(&job);
  /* What the ledger says is believed, so it is seen that nothing else was asked. */
  change_file("UPDATE job SET input_sum = zeroblob(32)");
  assert_int_equal(df_ledger_identify(ledger, in_world("in.mp4"), &known, &err), 0);
  assert_false(df_identity_same_content(&known, &whole));
  assert_true(df_identity_unchanged(&known, &whole));
  write_file(in_world("in.mp4"), "another video");
  assert_int_equal(df_ledger_identify(ledger, in_world("in.mp4"), &known, &err), 0);
  assert_int_equal(df_identity_read(in_world("in.mp4"), &whole, &err), 0);
  assert_true(df_identity_same_content(&known, &whole));
  df_ledger_close(&ledger);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_job_that_was_added_waits),
      TEST(the_same_order_is_the_same_job),
      TEST(jobs_are_claimed_in_the_order_given_and_once),
      TEST(beats_keep_progress_and_count_work),
      TEST(a_failure_is_kept_with_the_first_and_the_last_reason),
      TEST(a_stopped_job_waits_again),
      TEST(done_without_an_output_is_an_error),
      TEST(a_done_job_waits_again_when_its_output_is_not_what_it_was),
      TEST(what_runs_is_neither_retried_nor_forgotten),
      TEST(what_was_forgotten_is_gone_and_its_id_stays_unused),
      TEST(a_list_has_the_states_that_are_wanted),
      TEST(an_unchanged_input_is_known_without_reading_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
