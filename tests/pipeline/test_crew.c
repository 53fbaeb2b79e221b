/* The crew with made-up members: slow, failing, ending early, stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "pipeline/crew.h"

enum { ITEMS = 500 };

static atomic_int alive; /* items that exist; 0 at the end says that none was lost or freed twice */

static void *make_item(int value)
{
  int *item = malloc(sizeof *item);
  *item = value;
  alive++;
  return item;
}

static void free_item(void *item)
{
  alive--;
  free(item);
}

struct line {
  struct df_queue *first, *second;
  int fail_at, end_at, slow_us;
  int received;
  bool in_order;
  atomic_int cancelled;
  atomic_bool stop;
  atomic_bool endless;
};

static int produce(void *context, struct df_error *err)
{
  struct line *line = context;
  (void)err;
  for (int i = 0; i < ITEMS || atomic_load(&line->endless); i++) {
    int result = df_queue_push(line->first, make_item(i));
    if (result < 0)
      return result;
  }
  return 0;
}

static int forward(void *context, struct df_error *err)
{
  struct line *line = context;
  void *item;
  int result;
  while ((result = df_queue_pop(line->first, &item)) == 1) {
    if (line->fail_at && *(int *)item == line->fail_at) {
      free_item(item);
      return df_fail(err, DF_ELIBRARY, "broken at %d", line->fail_at);
    }
    result = df_queue_push(line->second, item);
    if (result < 0)
      return result;
  }
  return result;
}

static int consume(void *context, struct df_error *err)
{
  struct line *line = context;
  void *item;
  int result;
  (void)err;
  line->in_order = true;
  while ((result = df_queue_pop(line->second, &item)) == 1) {
    line->in_order &= *(int *)item == line->received;
    free_item(item);
    if (line->slow_us)
      nanosleep(&(struct timespec){.tv_nsec = line->slow_us * 1000L}, NULL);
    if (++line->received == line->end_at)
      return 0;
  }
  return result;
}

static void note_cancel(void *context)
{
  struct line *line = context;
  line->cancelled++;
}

static int run(struct line *line, struct df_error *err)
{
  line->first = df_queue_create(4, free_item);
  line->second = df_queue_create(2, free_item);
  const struct df_crew_member members[] = {
      {"produce", produce, line, {NULL}, {line->first}},
      {"forward", forward, line, {line->first}, {line->second}},
      {NULL, NULL, NULL, {NULL}, {NULL}}, /* one that is not wanted */
      {"consume", consume, line, {line->second}, {NULL}},
  };
  int result = df_crew_run(members, 4, &line->stop, note_cancel, line, err);
  df_queue_destroy(&line->first);
  df_queue_destroy(&line->second);
  assert_int_equal(alive, 0);
  return result;
}

static void everything_arrives_in_order(void **state)
{
  (void)state;
  struct line line = {0};
  struct df_error err = {0};
  assert_int_equal(run(&line, &err), 0);
  assert_int_equal(line.received, ITEMS);
  assert_true(line.in_order);
  assert_int_equal(line.cancelled, 0);
}

static void a_slow_consumer_loses_nothing(void **state)
{
  (void)state;
  struct line line = {.slow_us = 200};
  assert_int_equal(run(&line, NULL), 0);
  assert_int_equal(line.received, ITEMS);
}

static void a_failing_member_ends_all_with_its_sentence(void **state)
{
  (void)state;
  struct line line = {.fail_at = 100};
  struct df_error err = {0};
  atomic_store(&line.endless, true);
  assert_int_equal(run(&line, &err), DF_ELIBRARY);
  assert_string_equal(err.text, "broken at 100");
  assert_int_equal(line.cancelled, 1);
}

static void a_member_that_ends_early_ends_those_before_it_without_error(void **state)
{
  (void)state;
  struct line line = {.end_at = 7};
  atomic_store(&line.endless, true);
  assert_int_equal(run(&line, NULL), 0);
  assert_int_equal(line.received, 7);
}

static void *stop_soon(void *context)
{
  struct line *line = context;
  nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
  atomic_store(&line->stop, true);
  return NULL;
}

static void the_wish_to_stop_ends_all(void **state)
{
  (void)state;
  struct line line = {0};
  struct df_error err = {0};
  pthread_t thread;
  atomic_store(&line.endless, true);
  pthread_create(&thread, NULL, stop_soon, &line);
  assert_int_equal(run(&line, &err), DF_ESTOPPED);
  pthread_join(thread, NULL);
  assert_int_equal(line.cancelled, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(everything_arrives_in_order),
      cmocka_unit_test(a_slow_consumer_loses_nothing),
      cmocka_unit_test(a_failing_member_ends_all_with_its_sentence),
      cmocka_unit_test(a_member_that_ends_early_ends_those_before_it_without_error),
      cmocka_unit_test(the_wish_to_stop_ends_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
