/* Each test is named after the promise of recovery.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>

#include "jobs/recovery.h"

static struct df_death crash_at(int64_t pictures)
{
  return (struct df_death){.cause = DF_CAUSE_CRASHED, .signal = SIGSEGV, .pictures = pictures};
}

static struct df_step die(const struct df_recovery_policy *policy,
    struct df_recovery_history *history, struct df_death death)
{
  struct df_step step = df_recovery_next(policy, history, &death);
  df_recovery_note(policy, history, &death);
  return step;
}

static void what_ended_by_itself_or_was_stopped_is_not_started_again(void **state)
{
  (void)state;
  const struct df_recovery_history history = {0};
  const enum df_cause causes[] = {DF_CAUSE_EXITED, DF_CAUSE_STOPPED};
  for (size_t i = 0; i < 2; i++) {
    struct df_death death = {.cause = causes[i]};
    assert_int_equal(
        df_recovery_next(&df_recovery_default, &history, &death).action, DF_ACTION_END);
  }
}

static void three_attempts_whatever_each_died_of(void **state)
{
  (void)state;
  const enum df_cause causes[] = {
      DF_CAUSE_CRASHED, DF_CAUSE_KILLED, DF_CAUSE_SILENT, DF_CAUSE_STALLED};
  for (size_t first = 0; first < 4; first++)
    for (size_t third = 0; third < 4; third++) {
      struct df_recovery_history history = {0};
      struct df_step step =
          die(&df_recovery_default, &history, (struct df_death){.cause = causes[first]});
      assert_int_equal(step.action, DF_ACTION_RESTART);
      step = die(&df_recovery_default, &history, crash_at(100));
      assert_int_equal(step.action, DF_ACTION_RESTART);
      step = die(&df_recovery_default, &history,
          (struct df_death){.cause = causes[third], .pictures = 100000});
      assert_int_equal(step.action, DF_ACTION_GIVE_UP);
      assert_int_equal(history.count, 3);
    }
}

static struct df_recovery_policy patient(int64_t progress_least)
{
  struct df_recovery_policy policy = df_recovery_default;
  for (int cause = DF_CAUSE_CRASHED; cause < DF_CAUSES; cause++)
    policy.rules[cause].attempts_most = 9;
  policy.progress_least = progress_least;
  return policy;
}

static void attempts_in_a_row_wait_longer_and_longer_up_to_a_bound(void **state)
{
  (void)state;
  const struct df_recovery_policy policy = patient(0);
  const double wanted[] = {1, 2, 4, 8, 16, 30, 30, 30};
  struct df_recovery_history history = {0};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    struct df_step step = die(&policy, &history, crash_at(0));
    assert_int_equal(step.action, DF_ACTION_RESTART);
    assert_true(step.wait == wanted[i]);
  }
  assert_int_equal(die(&policy, &history, crash_at(0)).action, DF_ACTION_GIVE_UP);
}

static void who_got_farther_than_all_before_begins_a_new_row(void **state)
{
  (void)state;
  const struct df_recovery_policy policy = patient(100);
  const struct {
    int64_t pictures;
    double wait;
  } deaths[] = {
      {50, 1}, {99, 2}, {198, 4}, {297, 8}, {397, 1}, {400, 2}, {20, 4}, {450, 8}, {550, 1}};
  struct df_recovery_history history = {0};
  for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++) {
    struct df_step step = die(&policy, &history, crash_at(deaths[i].pictures));
    assert_int_equal(step.action, DF_ACTION_RESTART);
    if (step.wait != deaths[i].wait)
      fail_msg("death %zu: waits %g s, not %g", i, step.wait, deaths[i].wait);
  }
}

static void deciding_changes_nothing(void **state)
{
  (void)state;
  const struct df_recovery_history history = {.count = 1, .row = 1, .farthest = 3};
  struct df_death death = crash_at(7);
  struct df_step one = df_recovery_next(&df_recovery_default, &history, &death);
  struct df_step two = df_recovery_next(&df_recovery_default, &history, &death);
  assert_int_equal(one.action, two.action);
  assert_true(one.wait == two.wait);
}

static void the_text_says_how_each_died(void **state)
{
  (void)state;
  struct df_recovery_history history = {0};
  char text[512];
  assert_string_equal(df_recovery_text(&history, text, sizeof text), "");
  die(&df_recovery_default, &history, crash_at(1));
  die(&df_recovery_default, &history,
      (struct df_death){.cause = DF_CAUSE_KILLED, .signal = SIGKILL, .pictures = 12});
  die(&df_recovery_default, &history, (struct df_death){.cause = DF_CAUSE_SILENT});
  assert_string_equal(df_recovery_text(&history, text, sizeof text),
      "1: crashed (SIGSEGV), at least 1 picture in; "
      "2: was killed, as happens when memory runs out (SIGKILL), at least 12 pictures in; "
      "3: gave no sign of life any more and was ended, at least 0 pictures in");
}

static void of_very_many_deaths_the_last_ones_are_told(void **state)
{
  (void)state;
  struct df_recovery_history history = {0};
  char text[2048], little[20];
  for (int i = 1; i <= 20; i++)
    die(&df_recovery_default, &history, crash_at(i));
  df_recovery_text(&history, text, sizeof text);
  assert_ptr_equal(strstr(text, "13: crashed"), text);
  assert_non_null(strstr(text, "20: crashed (SIGSEGV), at least 20 pictures in"));
  df_recovery_text(&history, little, sizeof little);
  assert_int_equal(strlen(little), sizeof little - 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_ended_by_itself_or_was_stopped_is_not_started_again),
      cmocka_unit_test(three_attempts_whatever_each_died_of),
      cmocka_unit_test(attempts_in_a_row_wait_longer_and_longer_up_to_a_bound),
      cmocka_unit_test(who_got_farther_than_all_before_begins_a_new_row),
      cmocka_unit_test(deciding_changes_nothing),
      cmocka_unit_test(the_text_says_how_each_died),
      cmocka_unit_test(of_very_many_deaths_the_last_ones_are_told),
  };
  return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
