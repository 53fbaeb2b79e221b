/*
 * Each test is named after the promise of supervisor.h that it checks; the worker is tests/support/worker.c. Times
 * are bounds of what must not happen: where something is waited for, it is waited for as long as it takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jobs/supervisor.h"

enum { NEVER = 1000, NOTES = 16 };

struct world {
  char notes[64];
  struct df_recovery_policy policy;
  int deaths;
  int done_after; /* deaths; 0: never */
  pid_t dead;
  long pids[NOTES];
  int pid_count;
};

static void read_notes(struct world *w)
{
  FILE *file = fopen(w->notes, "r");
  w->pid_count = 0;
  while (file && w->pid_count < NOTES && fscanf(file, "%ld\n", &w->pids[w->pid_count]) == 1)
    w->pid_count++;
  if (file)
    fclose(file);
}

static int make_world(void **state)
{
  static struct world world;
  world = (struct world){.policy = df_recovery_default};
  for (int i = 0; i < DF_BACKOFF_STEPS; i++)
    world.policy.backoff[i] = 0.01;
  strcpy(world.notes, "/tmp/dualface-test-XXXXXX");
  close(mkstemp(world.notes));
  *state = &world;
  return 0;
}

static int drop_world(void **state)
{
  struct world *w = *state;
  return unlink(w->notes);
}

static void count_death(void *context, pid_t worker)
{
  struct world *w = context;
  w->deaths++;
  w->dead = worker;
}

static bool is_done(void *context)
{
  const struct world *w = context;
  return w->deaths == w->done_after;
}

static int supervise_with(struct world *w, const char *what, const char *number, double hang,
    double stall, int *ret_status, struct df_error *err)
{
  const char *argv[] = {"worker", what, w->notes, number, NULL};
  struct df_supervisor_options options = {
      .program = DF_TEST_WORKER,
      .argv = argv,
      .hang_seconds = hang,
      .stall_seconds = stall,
      .grace_seconds = 0.2,
      .policy = &w->policy,
      .died = count_death,
      .was_done = is_done,
      .context = w,
  };
  int result = df_supervise(&options, NULL, ret_status, err);
  read_notes(w);
  return result;
}

static int supervise(
    struct world *w, const char *what, const char *number, int *ret_status, struct df_error *err)
{
  return supervise_with(w, what, number, NEVER, 0, ret_status, err);
}

static void wait_a_moment(void)
{
  nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

static void assert_says(const struct df_error *err, const char *part)
{
  if (!strstr(err->text, part))
    fail_msg("\"%s\" is not in: %s", part, err->text);
}

/* As in /proc: T is stopped; X also one that is not there. */
static char state_of(long pid)
{
  char path[64], state = 'X';
  snprintf(path, sizeof path, "/proc/%ld/stat", pid);
  FILE *file = fopen(path, "r");
  if (!file)
    return 'X';
  if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
    state = 'X';
  fclose(file);
  return state;
}

/* Neither gone nor a corpse that its parent has not buried yet. */
static int is_running(long pid)
{
  char state = state_of(pid);
  return state != 'Z' && state != 'X';
}

static void assert_no_child_is_left(void)
{
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  assert_int_equal(errno, ECHILD);
}

static void the_workers_exit_status_is_returned(void **state)
{
  struct world *w = *state;
  const char *const numbers[] = {"0", "3", "130"};
  for (int i = 0; i < 3; i++) {
    struct df_error err = {0};
    int status = -1;
    assert_int_equal(supervise(w, "exit", numbers[i], &status, &err), 0);
    assert_int_equal(status, atoi(numbers[i]));
    assert_int_equal(w->pid_count, i + 1);
    assert_int_equal(w->deaths, i); /* all but the one that was done */
    assert_no_child_is_left();
  }
}

static void one_that_crashes_is_started_again(void **state)
{
  struct world *w = *state;
  struct df_error err = {0};
  int status = -1;
  assert_int_equal(supervise(w, "crash", "2", &status, &err), 0);
  assert_int_equal(status, 0);
  assert_int_equal(w->pid_count, 3);
  assert_int_equal(w->deaths, 2);
  assert_int_equal(w->dead, w->pids[1]);
  assert_no_child_is_left();
}

static void after_three_deaths_it_gives_up_and_says_of_what_each_died(void **state)
{
  struct world *w = *state;
  struct df_error err = {0};
  int status = -1;
  assert_int_equal(supervise(w, "crash", "100", &status, &err), DF_ELIBRARY);
  assert_int_equal(status, -1);
  assert_int_equal(w->pid_count, 3);
  assert_says(&err, "given up after 3 attempts: 1: crashed (SIGABRT)");
  assert_says(&err, "; 3: crashed (SIGABRT)");
  assert_no_child_is_left();
}

static void one_that_dies_when_all_is_done_is_not_started_again(void **state)
{
  struct world *w = *state;
  for (w->done_after = 1; w->done_after <= 3; w->done_after++) {
    struct df_error err = {0};
    int status = -1;
    w->deaths = 0;
    assert_int_equal(supervise(w, "crash", "9", &status, &err), 0);
    assert_int_equal(status, 0);
    assert_int_equal(w->deaths, w->done_after);
  }
  assert_no_child_is_left();
}

static void the_worker_knows_which_attempt_it_is(void **state)
{
  struct world *w = *state;
  struct df_error err = {0};
  int status = -1;
  assert_int_equal(supervise(w, "attempt", NULL, &status, &err), 0);
  assert_int_equal(status, 2);
}

static void one_that_is_silent_is_ended(void **state)
{
  struct world *w = *state;
  struct df_error err = {0};
  int status = -1;
  assert_int_equal(supervise_with(w, "silent", NULL, 0.2, 0, &status, &err), DF_ELIBRARY);
  assert_says(&err, "1: gave no sign of life any more and was ended");
  assert_int_equal(w->deaths, 3);
  assert_no_child_is_left();
}

static void one_that_ignores_sigterm_is_killed(void **state)
{
  struct world *w = *state;
  struct df_error err = {0};
  int status = -1;
  w->policy.rules[DF_CAUSE_SILENT].attempts_most = 1;
  assert_int_equal(supervise_with(w, "stubborn", NULL, 0.2, 0, &status, &err), DF_ELIBRARY);
  assert_says(&err, "gave no sign of life");
  assert_int_equal(w->deaths, 1);
  assert_no_child_is_left();
}

static void one_that_beats_without_a_picture_more_is_ended(void **state)
{
  struct world *w = *state;
  struct df_error err = {0};
  int status = -1;
  w->policy.rules[DF_CAUSE_STALLED].attempts_most = 1;
  assert_int_equal(supervise_with(w, "stalled", NULL, NEVER, 0.3, &status, &err), DF_ELIBRARY);
  assert_says(&err, "made no picture any more");
}

static void what_the_worker_started_ends_with_it(void **state)
{
  struct world *w = *state;
  struct df_error err = {0};
  int status = -1;
  w->policy.rules[DF_CAUSE_KILLED].attempts_most = 1;
  assert_int_equal(supervise(w, "family", NULL, &status, &err), DF_ELIBRARY);
  assert_says(&err, "was killed");
  assert_int_equal(w->pid_count, 2);
  while (is_running(w->pids[1]))
    wait_a_moment();
}

static void a_worker_that_cannot_be_started_is_an_error(void **state)
{
  struct world *w = *state;
  const char *argv[] = {"worker", NULL};
  struct df_supervisor_options options = {
      .program = "/nowhere/worker", .argv = argv, .hang_seconds = NEVER, .policy = &w->policy};
  struct df_error err = {0};
  int status = -1;
  assert_int_equal(df_supervise(&options, NULL, &status, &err), DF_EMISSING);
  assert_says(&err, "/nowhere/worker cannot be started: No such file");
  assert_no_child_is_left();
}

/* A supervisor in a process of its own, which ends with the worker's status, or 100 less the error. */
static pid_t fork_supervisor(struct world *w, const char *what)
{
  pid_t child = fork();
  assert_true(child >= 0);
  if (child > 0)
    return child;
  struct df_error err = {0};
  int status = 0;
  int result = supervise(w, what, NULL, &status, &err);
  _exit(result < 0 ? 100 - result : status);
}

static long await_worker(struct world *w)
{
  do {
    wait_a_moment();
    read_notes(w);
  } while (w->pid_count < 1);
  return w->pids[0];
}

static int status_of(pid_t pid)
{
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void signals_are_passed_on_and_end_it(void **state)
{
  struct world *w = *state;
  pid_t supervisor = fork_supervisor(w, "obedient");
  await_worker(w);
  kill(supervisor, SIGTERM);
  assert_int_equal(status_of(supervisor), 77);
}

static void one_that_dies_of_a_signal_passed_on_is_not_started_again(void **state)
{
  struct world *w = *state;
  const int signals[] = {SIGINT, SIGTERM, SIGHUP};
  w->policy.rules[DF_CAUSE_CRASHED].attempts_most = 1; /* nor is it what we gave up on */
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(truncate(w->notes, 0), 0);
    pid_t supervisor = fork_supervisor(w, "busy");
    await_worker(w);
    kill(supervisor, signals[i]);
    assert_int_equal(status_of(supervisor), 100 - DF_ESTOPPED);
    read_notes(w);
    assert_int_equal(w->pid_count, 1);
  }
}

static void a_signal_ends_the_wait_before_another_attempt(void **state)
{
  struct world *w = *state;
  for (int i = 0; i < DF_BACKOFF_STEPS; i++)
    w->policy.backoff[i] = NEVER;
  pid_t supervisor = fork_supervisor(w, "family");
  long worker = await_worker(w);
  while (is_running(worker))
    wait_a_moment();
  kill(supervisor, SIGTERM);
  assert_int_equal(status_of(supervisor), 100 - DF_ESTOPPED);
}

static void the_worker_dies_with_its_supervisor(void **state)
{
  struct world *w = *state;
  prctl(PR_SET_CHILD_SUBREAPER, 1); /* so that the worker becomes our child */
  pid_t supervisor = fork_supervisor(w, "stubborn");
  long worker = await_worker(w);
  int status;
  kill(supervisor, SIGKILL);
  assert_int_equal(waitpid(supervisor, NULL, 0), supervisor);
  assert_int_equal(waitpid((pid_t)worker, &status, 0), worker);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void ctrl_z_stops_both_and_nothing_is_held_against_the_worker(void **state)
{
  struct world *w = *state;
  int status;
  pid_t supervisor = fork_supervisor(w, "obedient");
  long worker = await_worker(w);
  kill(supervisor, SIGTSTP);
  assert_int_equal(waitpid(supervisor, &status, WUNTRACED), supervisor);
  assert_true(WIFSTOPPED(status));
  while (state_of(worker) != 'T')
    wait_a_moment();
  kill(supervisor, SIGCONT);
  kill(supervisor, SIGTERM);
  assert_int_equal(status_of(supervisor), 77);
}

static void the_callers_signals_are_its_own_again(void **state)
{
  struct world *w = *state;
  struct df_error err = {0};
  sigset_t before, after;
  int status;
  sigprocmask(SIG_SETMASK, NULL, &before);
  assert_int_equal(supervise(w, "exit", "0", &status, &err), 0);
  sigprocmask(SIG_SETMASK, NULL, &after);
  for (int number = 1; number < SIGRTMIN; number++)
    assert_int_equal(sigismember(&before, number), sigismember(&after, number));
  assert_null(getenv("DUALFACE_HEARTBEAT"));
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, drop_world)

int main(void)
{
  signal(SIGHUP, SIG_DFL); /* who tests may ignore it (nohup), and then so would the supervisor */
  const struct CMUnitTest tests[] = {
      IN_WORLD(the_workers_exit_status_is_returned),
      IN_WORLD(one_that_crashes_is_started_again),
      IN_WORLD(after_three_deaths_it_gives_up_and_says_of_what_each_died),
      IN_WORLD(one_that_dies_when_all_is_done_is_not_started_again),
      IN_WORLD(the_worker_knows_which_attempt_it_is),
      IN_WORLD(one_that_is_silent_is_ended),
      IN_WORLD(one_that_ignores_sigterm_is_killed),
      IN_WORLD(one_that_beats_without_a_picture_more_is_ended),
      IN_WORLD(what_the_worker_started_ends_with_it),
      IN_WORLD(a_worker_that_cannot_be_started_is_an_error),
      IN_WORLD(signals_are_passed_on_and_end_it),
      IN_WORLD(one_that_dies_of_a_signal_passed_on_is_not_started_again),
      IN_WORLD(a_signal_ends_the_wait_before_another_attempt),
      IN_WORLD(the_worker_dies_with_its_supervisor),
      IN_WORLD(ctrl_z_stops_both_and_nothing_is_held_against_the_worker),
      IN_WORLD(the_callers_signals_are_its_own_again),
  };
  return cmocka_run_group_tests_name("supervisor", tests, NULL, NULL);
}
