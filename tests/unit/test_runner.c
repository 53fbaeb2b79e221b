/* Many jobs, several at a time, whose work is made up: what the runner gives to whom, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jobs/runner.h"

enum { JOBS = 20 };

/* A list of jobs, and what came of them. */
struct list {
  int next, count, later; /* the next one; how many; how often to say LATER before */
  int broken_at;          /* the source fails there; -1: never */
  int ended[JOBS], code[JOBS];
  int beats, taken_away; /* the job that is taken away at its first beat; -1: none */
  char input[JOBS][16], reason[JOBS][64];
  int said;
  char line[128];
};

/* What the made-up work sees of itself. */
static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int running, most, wanted; /* at a time; most of them; wait until so many are */
  int memory;                /* how many at a time the memory suffices for */
  long frames;               /* done before it ends; -1: goes on until stopped */
  const void *engines[2];
  int on_engine[2];
} world;

static int take(void *context, struct df_runner_job *ret_job, struct df_error *err)
{
  struct list *list = context;
  if (list->next == list->broken_at)
    return df_fail(err, DF_EINPUT, "the list cannot be read");
  if (list->next == list->count)
    return DF_RUNNER_NONE;
  if (list->later > 0) {
    list->later--;
    return DF_RUNNER_LATER;
  }
  int n = list->next++;
  snprintf(list->input[n], sizeof list->input[n], "in/%d.mp4", n);
  *ret_job = (struct df_runner_job){.id = n, .task.input = list->input[n]};
  return DF_RUNNER_TAKEN;
}

static int beat(void *context, const struct df_runner_job *job, long long frames, long long total)
{
  struct list *list = context;
  assert_true(job->id < list->next && !list->ended[job->id]);
  assert_true(frames <= total);
  pthread_mutex_lock(&world.lock);
  list->beats++;
  pthread_cond_broadcast(&world.changed);
  pthread_mutex_unlock(&world.lock);
  return job->id == list->taken_away ? DF_ECLOSED : 0;
}

static void ended(void *context, const struct df_runner_job *job, const struct df_runner_end *end)
{
  struct list *list = context;
  list->ended[job->id]++;
  list->code[job->id] = end->code;
  assert_true((end->code < 0) == (end->err != NULL) && (end->code == 0) == (end->result != NULL));
  snprintf(list->reason[job->id], sizeof list->reason[0], "%s", end->err ? end->err->text : "");
}

static void say(void *context, enum df_log_level level, const char *line)
{
  struct list *list = context;
  (void)level;
  list->said++;
  snprintf(list->line, sizeof list->line, "%s", line);
}

static int go_on(const struct df_task *task, struct df_progress *progress)
{
  atomic_store(&progress->frames_total, 100);
  pthread_mutex_lock(&world.lock);
  world.running++;
  if (world.running > world.most)
    world.most = world.running;
  for (int i = 0; i < 2; i++)
    world.on_engine[i] += task->engine && world.engines[i] == (const void *)task->engine;
  pthread_cond_broadcast(&world.changed);
  bool fits = world.running <= world.memory;
  while (fits && world.most < world.wanted)
    pthread_cond_wait(&world.changed, &world.lock);
  pthread_mutex_unlock(&world.lock);
  while (fits && world.frames < 0 && !atomic_load(&progress->stop))
    usleep(1000);
  atomic_store(&progress->frames, 10);
  pthread_mutex_lock(&world.lock);
  world.running--;
  pthread_mutex_unlock(&world.lock);
  return !fits ? DF_ENOMEM : atomic_load(&progress->stop) ? DF_ESTOPPED : 0;
}

static int work(const struct df_task *task, struct df_log *log, struct df_progress *progress,
    struct df_result *ret_result, struct df_error *err)
{
  ret_result->frames = 10;
  if (strcmp(task->input, "in/3.mp4") == 0 && world.memory == JOBS) {
    df_log_say(log, DF_LOG_WARNING, "looks odd");
    return df_fail(err, DF_EINPUT, "in/3.mp4 is damaged");
  }
  int code = go_on(task, progress);
  return code < 0 ? df_fail(err, code, "ended with %d", code) : 0;
}

static void set_up(struct list *list, int count)
{
  *list = (struct list){.count = count, .broken_at = -1, .taken_away = -1};
  memset(&world, 0, sizeof world);
  pthread_mutex_init(&world.lock, NULL);
  pthread_cond_init(&world.changed, NULL);
  world.memory = JOBS;
}

static struct df_runner *start(struct list *list, int streams)
{
  const struct df_runner_options options = {
      .source = {list, take, beat, ended},
      .streams = streams,
      .say = say,
      .say_context = list,
      .work = work,
  };
  struct df_runner *runner = NULL;
  struct df_error err = {0};
  assert_int_equal(df_runner_start(&options, &runner, &err), 0);
  return runner;
}

static void expect_each_once(const struct list *list, int count)
{
  for (int i = 0; i < count; i++)
    assert_int_equal(list->ended[i], 1);
}

static void every_job_is_done_once_and_one_fails_alone(void **state)
{
  (void)state;
  struct list list;
  struct df_error err = {0};
  struct df_runner_view view;
  set_up(&list, JOBS);
  list.later = 1;
  world.wanted = 3; /* so many really run at a time */
  struct df_runner *runner = start(&list, 3);
  while (!df_runner_wait(runner, 0.05))
    ;
  df_runner_look(runner, &view);
  assert_int_equal(df_runner_finish(&runner, &err), 0);
  assert_null(runner);
  expect_each_once(&list, JOBS);
  assert_int_equal(world.most, 3);
  for (int i = 0; i < JOBS; i++)
    assert_int_equal(list.code[i], i == 3 ? DF_EINPUT : 0);
  assert_string_equal(list.reason[3], "in/3.mp4 is damaged");
  assert_string_equal(list.line, "3.mp4: looks odd");
  assert_true(view.done == JOBS - 1 && view.failed == 1 && view.running == 0);
  assert_int_equal(view.frames, 10 * (JOBS - 1));
}

static void too_little_memory_means_fewer_at_a_time(void **state)
{
  (void)state;
  struct list list;
  struct df_error err = {0};
  set_up(&list, 8);
  world.memory = 1;
  struct df_runner *runner = start(&list, 2);
  while (!df_runner_wait(runner, 0.05))
    ;
  assert_int_equal(df_runner_finish(&runner, &err), 0);
  expect_each_once(&list, 8);
  for (int i = 0; i < 8; i++)
    assert_int_equal(list.code[i], 0);
}

static void memory_that_does_not_suffice_for_one_fails_the_job(void **state)
{
  (void)state;
  struct list list;
  struct df_error err = {0};
  set_up(&list, 2);
  world.memory = 0;
  struct df_runner *runner = start(&list, 2);
  assert_int_equal(df_runner_finish(&runner, &err), 0);
  expect_each_once(&list, 2);
  assert_int_equal(list.code[0], DF_ENOMEM);
  assert_int_equal(list.code[1], DF_ENOMEM);
}

static void stopping_ends_what_runs_and_begins_nothing(void **state)
{
  (void)state;
  struct list list;
  struct df_error err = {0};
  set_up(&list, JOBS);
  world.frames = -1;
  world.wanted = 3;
  struct df_runner *runner = start(&list, 3);
  pthread_mutex_lock(&world.lock);
  while (world.most < 3 || list.beats < 3)
    pthread_cond_wait(&world.changed, &world.lock);
  pthread_mutex_unlock(&world.lock);
  df_runner_stop(runner);
  assert_int_equal(df_runner_finish(&runner, &err), 0);
  assert_int_equal(list.next, 3);
  expect_each_once(&list, 3);
  for (int i = 0; i < 3; i++)
    assert_int_equal(list.code[i], DF_ESTOPPED);
}

static void a_job_that_is_taken_away_stops(void **state)
{
  (void)state;
  struct list list;
  struct df_error err = {0};
  set_up(&list, 1);
  world.frames = -1;
  list.taken_away = 0;
  struct df_runner *runner = start(&list, 1);
  assert_int_equal(df_runner_finish(&runner, &err), 0);
  assert_int_equal(list.code[0], DF_ESTOPPED);
}

static void a_source_that_fails_ends_it_after_what_runs(void **state)
{
  (void)state;
  struct list list;
  struct df_error err = {0};
  set_up(&list, JOBS);
  list.broken_at = 2;
  struct df_runner *runner = start(&list, 2);
  assert_int_equal(df_runner_finish(&runner, &err), DF_EINPUT);
  assert_string_equal(err.text, "the list cannot be read");
  expect_each_once(&list, 2);
}

static void streams_are_spread_over_the_gpus(void **state)
{
  (void)state;
  struct list list;
  struct df_error err = {0};
  set_up(&list, 3);
  char stand_ins[2];
  struct df_engine *engines[2] = {
      (struct df_engine *)&stand_ins[0], (struct df_engine *)&stand_ins[1]};
  world.engines[0] = engines[0];
  world.engines[1] = engines[1];
  world.wanted = 3;
  const struct df_runner_options options = {
      .source = {&list, take, NULL, ended},
      .streams = 3,
      .engines = engines,
      .engine_count = 2,
      .say = say,
      .say_context = &list,
      .work = work,
  };
  struct df_runner *runner = NULL;
  assert_int_equal(df_runner_start(&options, &runner, &err), 0);
  assert_int_equal(df_runner_finish(&runner, &err), 0);
  assert_int_equal(world.on_engine[0] + world.on_engine[1], 3);
  assert_true(world.on_engine[0] > 0 && world.on_engine[1] > 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_job_is_done_once_and_one_fails_alone),
      cmocka_unit_test(too_little_memory_means_fewer_at_a_time),
      cmocka_unit_test(memory_that_does_not_suffice_for_one_fails_the_job),
      cmocka_unit_test(stopping_ends_what_runs_and_begins_nothing),
      cmocka_unit_test(a_job_that_is_taken_away_stops),
      cmocka_unit_test(a_source_that_fails_ends_it_after_what_runs),
      cmocka_unit_test(streams_are_spread_over_the_gpus),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
