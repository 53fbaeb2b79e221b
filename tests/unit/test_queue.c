/* Each test is named after the promise of queue.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/error.h"
#include "base/queue.h"

enum { ITEMS = 10000, SOME_ERROR = -7 };

static _Atomic int released;

static void count_release(void *item)
{
  (void)item;
  released++;
}

static void *push_all(void *arg)
{
  struct df_queue *q = arg;
  for (intptr_t i = 1; i <= ITEMS; i++)
    if (df_queue_push(q, (void *)i) < 0)
      return NULL;
  df_queue_close(q);
  return NULL;
}

static void deliver_all_through(size_t capacity)
{
  struct df_queue *q = df_queue_create(capacity, NULL);
  pthread_t producer;
  pthread_create(&producer, NULL, push_all, q);

  void *item = NULL;
  for (intptr_t i = 1; i <= ITEMS; i++) {
    assert_int_equal(df_queue_pop(q, &item), 1);
    assert_int_equal((intptr_t)item, i);
  }
  assert_int_equal(df_queue_pop(q, &item), 0);

  pthread_join(producer, NULL);
  df_queue_destroy(&q);
  assert_null(q);
}

static void delivers_all_in_order_then_the_end(void **state)
{
  (void)state;
  deliver_all_through(3);
  deliver_all_through(0);
}

static void a_consumer_that_closes_frees_a_waiting_producer(void **state)
{
  (void)state;
  released = 0;
  struct df_queue *q = df_queue_create(1, count_release);
  pthread_t producer;
  pthread_create(&producer, NULL, push_all, q);

  void *item = NULL;
  assert_int_equal(df_queue_pop(q, &item), 1);
  df_queue_close(q);
  pthread_join(producer, NULL);

  assert_int_equal(df_queue_push(q, item), DF_ECLOSED);
  int before = released;
  size_t left = df_queue_depth(q);
  df_queue_destroy(&q);
  assert_int_equal(released - before, left);
}

static void the_first_error_reaches_both_sides(void **state)
{
  (void)state;
  struct df_queue *q = df_queue_create(2, NULL);
  void *item = &item;
  assert_int_equal(df_queue_push(q, &item), 0);

  df_queue_cancel(q, SOME_ERROR);
  df_queue_cancel(q, SOME_ERROR - 1);

  assert_int_equal(df_queue_push(q, &item), SOME_ERROR);
  assert_int_equal(df_queue_pop(q, &item), SOME_ERROR);
  df_queue_destroy(&q);
}

/* What a producer does that makes an item only when there is room for it. */
static void *make_when_there_is_room(void *arg)
{
  struct df_queue *q = arg;
  static int item;
  while (df_queue_wait_room(q) == 0) {
    released++;
    if (df_queue_push(q, &item) < 0)
      break;
  }
  return NULL;
}

static void a_producer_can_wait_until_there_is_room(void **state)
{
  (void)state;
  released = 0;
  struct df_queue *q = df_queue_create(2, NULL);
  pthread_t producer;
  pthread_create(&producer, NULL, make_when_there_is_room, q);

  void *item = NULL;
  for (int taken = 1; taken <= 100; taken++) {
    assert_int_equal(df_queue_pop(q, &item), 1);
    assert_in_range(released, taken, taken + 2);
  }
  df_queue_close(q);
  pthread_join(producer, NULL);
  assert_int_equal(df_queue_wait_room(q), DF_ECLOSED);
  df_queue_cancel(q, SOME_ERROR);
  assert_int_equal(df_queue_wait_room(q), SOME_ERROR);
  df_queue_destroy(&q);
}

static void without_room_of_its_own_it_hands_over_to_one_who_waits(void **state)
{
  (void)state;
  released = 0;
  struct df_queue *q = df_queue_create(0, NULL);
  pthread_t producer;
  pthread_create(&producer, NULL, make_when_there_is_room, q);

  void *item = NULL;
  for (int taken = 0; taken < 100; taken++) {
    assert_int_equal(released, taken); /* nothing was made that nobody waited for */
    assert_int_equal(df_queue_pop(q, &item), 1);
  }
  df_queue_close(q);
  pthread_join(producer, NULL);
  assert_int_equal(released, 100);
  df_queue_destroy(&q);
}

static void room_can_be_given_and_taken_while_items_wait(void **state)
{
  (void)state;
  struct df_queue *q = df_queue_create(2, NULL);
  void *item = NULL;
  for (intptr_t i = 1; i <= 2; i++)
    assert_int_equal(df_queue_push(q, (void *)i), 0);
  assert_int_equal(df_queue_pop(q, &item), 1);
  assert_int_equal(df_queue_push(q, (void *)3), 0); /* now the ring's end is passed */

  assert_int_equal(df_queue_resize(q, 5), 0);
  for (intptr_t i = 4; i <= 6; i++)
    assert_int_equal(df_queue_push(q, (void *)i), 0);
  assert_int_equal(df_queue_resize(q, 1), 0);
  assert_int_equal(df_queue_depth(q), 5);

  df_queue_close(q);
  for (intptr_t i = 2; i <= 6; i++) {
    assert_int_equal(df_queue_pop(q, &item), 1);
    assert_int_equal((intptr_t)item, i);
  }
  assert_int_equal(df_queue_pop(q, &item), 0);
  df_queue_destroy(&q);
}

static void more_room_frees_a_waiting_producer(void **state)
{
  (void)state;
  struct df_queue *q = df_queue_create(1, NULL);
  pthread_t producer;
  pthread_create(&producer, NULL, push_all, q);
  assert_int_equal(df_queue_resize(q, ITEMS), 0);
  pthread_join(producer, NULL);
  assert_int_equal(df_queue_depth(q), ITEMS);
  df_queue_destroy(&q);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(delivers_all_in_order_then_the_end),
      cmocka_unit_test(a_consumer_that_closes_frees_a_waiting_producer),
      cmocka_unit_test(the_first_error_reaches_both_sides),
      cmocka_unit_test(a_producer_can_wait_until_there_is_room),
      cmocka_unit_test(without_room_of_its_own_it_hands_over_to_one_who_waits),
      cmocka_unit_test(room_can_be_given_and_taken_while_items_wait),
      cmocka_unit_test(more_room_frees_a_waiting_producer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
