/* Each test is named after the promise of fault.h or docs/faults.md that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"

static void set_up(const char *text)
{
  struct df_error err = {0};
  if (df_fault_set_up(text, 1, &err) < 0)
    fail_msg("%s", err.text);
}

static int reset(void **state)
{
  (void)state;
  return df_fault_set_up(NULL, 1, NULL);
}

/* Passes the point so many times; when it failed the first time, 0 never. */
static int first_of(enum df_fault_point point, const char *input, int times)
{
  struct df_fault fault;
  int first = 0;
  for (int i = 1; i <= times; i++)
    if (df_fault_hit(point, input, &fault) && !first)
      first = i;
  return first;
}

static int count_of(enum df_fault_point point, const char *input, int times)
{
  struct df_fault fault;
  int count = 0;
  for (int i = 0; i < times; i++)
    count += df_fault_hit(point, input, &fault);
  return count;
}

static void nothing_fails_by_itself(void **state)
{
  (void)state;
  const char *const nothing[] = {NULL, ""};
  for (size_t i = 0; i < 2; i++) {
    set_up(nothing[i]);
    assert_false(atomic_load(&df_fault_armed));
    for (int point = 0; point < DF_FAULT_POINT_COUNT; point++)
      assert_int_equal(count_of((enum df_fault_point)point, "a.mp4", 10), 0);
  }
}

static void a_fault_is_due_once_and_the_first_time_unless_said_otherwise(void **state)
{
  (void)state;
  set_up("decode,encode@3,compose@2+,read+");
  assert_int_equal(first_of(DF_FAULT_AT_DECODE, NULL, 5), 1);
  assert_int_equal(count_of(DF_FAULT_AT_DECODE, NULL, 5), 0);
  assert_int_equal(first_of(DF_FAULT_AT_ENCODE, NULL, 5), 3);
  assert_int_equal(count_of(DF_FAULT_AT_ENCODE, NULL, 5), 0);
  assert_int_equal(count_of(DF_FAULT_AT_COMPOSE, NULL, 5), 4);
  assert_int_equal(count_of(DF_FAULT_AT_READ, NULL, 5), 5);
  assert_int_equal(count_of(DF_FAULT_AT_DETECT, NULL, 5), 0);
}

static void one_point_may_fail_in_several_ways(void **state)
{
  (void)state;
  struct df_error err = {0};
  set_up("mux-write@2:error,mux-write@4");
  const int wanted[] = {0, DF_EOUTPUT, 0, DF_ENOSPACE, 0};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    err = (struct df_error){0};
    assert_int_equal(df_fault_check(DF_FAULT_AT_MUX_WRITE, NULL, DF_EOUTPUT, &err), wanted[i]);
    assert_int_equal(err.code, wanted[i]);
  }
}

static void the_sentence_names_the_point_and_the_time(void **state)
{
  (void)state;
  struct df_error err = {0};
  set_up("encode-open@2");
  assert_int_equal(df_fault_check(DF_FAULT_AT_ENCODE_OPEN, NULL, DF_ELIBRARY, &err), 0);
  assert_int_equal(df_fault_check(DF_FAULT_AT_ENCODE_OPEN, NULL, DF_ELIBRARY, &err), DF_ELIBRARY);
  assert_string_equal(err.text, "fault injected at encode-open 2");
}

static void kinds_are_the_points_own_unless_said_otherwise(void **state)
{
  (void)state;
  struct df_fault fault;
  set_up("batch,batch@2:error,read@2:damaged,embed:enomem");
  assert_true(df_fault_hit(DF_FAULT_AT_BATCH, NULL, &fault));
  assert_int_equal(fault.kind, DF_FAULT_ENOMEM);
  assert_true(df_fault_hit(DF_FAULT_AT_BATCH, NULL, &fault));
  assert_int_equal(fault.kind, DF_FAULT_ERROR);
  assert_int_equal(fault.n, 2);
  assert_false(df_fault_hit(DF_FAULT_AT_READ, NULL, &fault));
  assert_true(df_fault_hit(DF_FAULT_AT_READ, NULL, &fault));
  assert_int_equal(fault.kind, DF_FAULT_DAMAGED);
  struct df_error err = {0};
  assert_int_equal(df_fault_check(DF_FAULT_AT_EMBED, NULL, DF_ELIBRARY, &err), DF_ENOMEM);
}

static void a_name_limits_it_to_one_input_and_counts_for_that_alone(void **state)
{
  (void)state;
  set_up("decode@2:error/a+b:c.mp4");
  assert_int_equal(count_of(DF_FAULT_AT_DECODE, NULL, 5), 0);
  assert_int_equal(count_of(DF_FAULT_AT_DECODE, "/x/other.mp4", 5), 0);
  assert_int_equal(count_of(DF_FAULT_AT_DECODE, "a+b:c.mp4/other.mp4", 5), 0);
  assert_int_equal(first_of(DF_FAULT_AT_DECODE, "/x/a+b:c.mp4", 5), 2);
  set_up("decode/a.mp4");
  assert_int_equal(first_of(DF_FAULT_AT_DECODE, "a.mp4", 5), 1);
}

static void an_attempt_limits_it_to_the_first_processes(void **state)
{
  (void)state;
  for (int attempt = 1; attempt <= 4; attempt++) {
    struct df_error err = {0};
    assert_int_equal(df_fault_set_up("decode+*2,encode", attempt, &err), 0);
    assert_int_equal(count_of(DF_FAULT_AT_DECODE, NULL, 3), attempt <= 2 ? 3 : 0);
    assert_int_equal(count_of(DF_FAULT_AT_ENCODE, NULL, 3), 1);
  }
}

static void what_is_wrong_is_said_and_nothing_is_set_up(void **state)
{
  (void)state;
  static const struct {
    const char *text, *says;
  } wrong[] = {
      {"nonsense", "no point \"nonsense\"; there are read, decode-open, decode"},
      {"decod", "no point \"decod\""},
      {",", "no point \"\""},
      {"decode,", "no point \"\""},
      {" decode", "no point \" decode\""},
      {"decode@", "after @ comes a whole number"},
      {"decode@0", "not \"0\""},
      {"decode@-1", "not \"-1\""},
      {"decode@x", "not \"x\""},
      {"decode@99999999999999999999", "from 1 to 1000000000"},
      {"decode*0", "after * comes"},
      {"decode@3x", "\"x\" does not belong there"},
      {"decode++", "\"+\" does not belong there"},
      {"decode:", "decode cannot be \"\"; it can be error, enomem, crash, kill, hang"},
      {"decode:enospc", "decode cannot be \"enospc\""},
      {"mux-write:damaged", "it can be error, enomem, enospc, crash, kill, hang"},
      {"decode:crash@3", "cannot be \"crash@3\""},
      {"decode/", "after / comes the name of an input"},
      {"read,read,read,read,read,read,read,read,read,read,read,read,read,read,read,read,read",
          "at most 16 faults"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct df_error err = {0};
    assert_int_equal(df_fault_set_up(wrong[i].text, 1, &err), DF_EUSAGE);
    if (!strstr(err.text, wrong[i].says) || !strstr(err.text, "DUALFACE_FAULT"))
      fail_msg("\"%s\": %s", wrong[i].text, err.text);
    assert_false(atomic_load(&df_fault_armed));
    assert_int_equal(count_of(DF_FAULT_AT_DECODE, "a.mp4", 3), 0);
  }
}

static void *pass_often(void *hits)
{
  struct df_fault fault;
  for (int i = 0; i < 10000; i++)
    if (df_fault_hit(DF_FAULT_AT_DECODE, NULL, &fault))
      atomic_fetch_add((atomic_int *)hits, 1);
  return NULL;
}

static void threads_count_together(void **state)
{
  (void)state;
  enum { THREADS = 4 };
  pthread_t threads[THREADS];
  atomic_int hits = 0;
  set_up("decode@20001,decode@39901+");
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, pass_often, &hits), 0);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  assert_int_equal(hits, 1 + 100);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(nothing_fails_by_itself, reset),
      cmocka_unit_test_teardown(
          a_fault_is_due_once_and_the_first_time_unless_said_otherwise, reset),
      cmocka_unit_test_teardown(one_point_may_fail_in_several_ways, reset),
      cmocka_unit_test_teardown(the_sentence_names_the_point_and_the_time, reset),
      cmocka_unit_test_teardown(kinds_are_the_points_own_unless_said_otherwise, reset),
      cmocka_unit_test_teardown(a_name_limits_it_to_one_input_and_counts_for_that_alone, reset),
      cmocka_unit_test_teardown(an_attempt_limits_it_to_the_first_processes, reset),
      cmocka_unit_test_teardown(what_is_wrong_is_said_and_nothing_is_set_up, reset),
      cmocka_unit_test_teardown(threads_count_together, reset),
  };
  return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
