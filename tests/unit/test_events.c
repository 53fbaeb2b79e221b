/* Each test is named after the promise of events.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/events.h"

enum { PUBLISHERS = 4, EACH = 500 };

static void publish(struct df_events *events, enum df_event_kind kind, const char *text)
{
  struct df_event event = {.kind = kind};
  snprintf(event.text, sizeof event.text, "%s", text);
  df_events_publish(events, &event);
}

static struct df_events_reader *subscribe(struct df_events *events, size_t room)
{
  struct df_events_reader *reader = NULL;
  assert_int_equal(df_events_subscribe(events, room, &reader, NULL), 0);
  return reader;
}

static void each_reader_gets_every_event_in_order(void **state)
{
  (void)state;
  struct df_events *events = df_events_create();
  publish(events, DF_EVENT_STARTED, "before anybody listens");
  struct df_events_reader *readers[2] = {subscribe(events, 4), subscribe(events, 4)};
  double began = df_clock_now();
  publish(events, DF_EVENT_DAMAGED, "a");
  publish(events, DF_EVENT_STARTED, "b");
  publish(events, DF_EVENT_DAMAGED, "c");
  for (int i = 0; i < 2; i++) {
    static const struct df_event wanted[] = {{DF_EVENT_DAMAGED, 2, 1, 0, 0, 0, "", "a"},
        {DF_EVENT_STARTED, 3, 2, 0, 0, 0, "", "b"}, {DF_EVENT_DAMAGED, 4, 2, 0, 0, 0, "", "c"}};
    struct df_event event;
    for (int k = 0; k < 3; k++) {
      assert_int_equal(df_events_next(readers[i], 0, &event), 1);
      assert_int_equal(event.kind, wanted[k].kind);
      assert_int_equal(event.number, wanted[k].number);
      assert_int_equal(event.count, wanted[k].count);
      assert_string_equal(event.text, wanted[k].text);
      assert_true(event.time >= began && event.time <= df_clock_now());
    }
    assert_int_equal(df_events_next(readers[i], 0, &event), 0);
    assert_int_equal(df_events_missed(readers[i]), 0);
  }
  assert_int_equal(df_events_count(events, DF_EVENT_STARTED), 2);
  assert_int_equal(df_events_count(events, DF_EVENT_FAILED), 0);
  df_events_unsubscribe(&readers[0]);
  publish(events, DF_EVENT_FAILED, "d");
  df_events_unsubscribe(&readers[1]);
  assert_null(readers[1]);
  df_events_destroy(&events);
  assert_null(events);
}

static void the_newest_push_the_oldest_out_and_that_is_counted(void **state)
{
  (void)state;
  struct df_events *events = df_events_create();
  struct df_events_reader *slow = subscribe(events, 2), *quick = subscribe(events, 8);
  struct df_event event;
  char text[8];
  for (int i = 0; i < 5; i++) {
    snprintf(text, sizeof text, "%d", i);
    publish(events, DF_EVENT_PROGRESS, text);
  }
  assert_int_equal(df_events_next(slow, 0, &event), 1);
  assert_string_equal(event.text, "3");
  assert_int_equal(df_events_next(slow, 0, &event), 1);
  assert_string_equal(event.text, "4");
  assert_int_equal(df_events_next(slow, 0, &event), 0);
  assert_int_equal(df_events_missed(slow), 3);
  assert_int_equal(df_events_missed(slow), 0);
  for (int i = 0; i < 5; i++)
    assert_int_equal(df_events_next(quick, 0, &event), 1);
  assert_int_equal(df_events_missed(quick), 0);
  df_events_unsubscribe(&slow);
  df_events_unsubscribe(&quick);
  df_events_destroy(&events);
}

static void after_the_end_a_reader_gets_what_is_left(void **state)
{
  (void)state;
  struct df_events *events = df_events_create();
  struct df_events_reader *reader = subscribe(events, 2);
  struct df_event event;
  publish(events, DF_EVENT_FINISHED, "");
  df_events_close(events);
  assert_int_equal(df_events_next(reader, 60, &event), 1);
  assert_int_equal(df_events_next(reader, 60, &event), DF_ECLOSED);
  df_events_unsubscribe(&reader);
  df_events_destroy(&events);
}

struct crowd {
  struct df_events *events;
  struct df_events_reader *reader;
  long long got, missed;
};

static void *publish_many(void *context)
{
  struct crowd *crowd = context;
  for (int i = 0; i < EACH; i++)
    publish(crowd->events, DF_EVENT_PROGRESS, "x");
  return NULL;
}

/* Every event is read or missed, and their numbers grow. */
static void *read_all(void *context)
{
  struct crowd *crowd = context;
  struct df_event event;
  long long newest = 0;
  int got;
  while ((got = df_events_next(crowd->reader, 60, &event)) > 0) {
    if (event.number <= newest)
      return NULL;
    newest = event.number;
    crowd->got++;
  }
  crowd->missed = df_events_missed(crowd->reader);
  return NULL;
}

static void many_may_publish_while_others_read(void **state)
{
  (void)state;
  struct df_events *events = df_events_create();
  struct crowd readers[2] = {
      {events, subscribe(events, PUBLISHERS * EACH), 0, 0}, {events, subscribe(events, 3), 0, 0}};
  struct crowd publisher = {.events = events};
  pthread_t reading[2], publishing[PUBLISHERS];
  for (int i = 0; i < 2; i++)
    assert_int_equal(pthread_create(&reading[i], NULL, read_all, &readers[i]), 0);
  for (int i = 0; i < PUBLISHERS; i++)
    assert_int_equal(pthread_create(&publishing[i], NULL, publish_many, &publisher), 0);
  for (int i = 0; i < PUBLISHERS; i++)
    pthread_join(publishing[i], NULL);
  df_events_close(events);
  for (int i = 0; i < 2; i++) {
    pthread_join(reading[i], NULL);
    assert_int_equal(readers[i].got + readers[i].missed, PUBLISHERS * EACH);
    df_events_unsubscribe(&readers[i].reader);
  }
  assert_int_equal(readers[0].missed, 0);
  df_events_destroy(&events);
}

static void nobody_has_to_listen(void **state)
{
  (void)state;
  struct df_events *events = df_events_create();
  publish(NULL, DF_EVENT_STARTED, "");
  publish(events, DF_EVENT_STARTED, "");
  df_events_destroy(&events);
  df_events_destroy(&events);
}

static void every_kind_has_a_name_of_its_own(void **state)
{
  (void)state;
  for (int i = 0; i < DF_EVENT_KIND_COUNT; i++)
    for (int k = 0; k < i; k++)
      assert_string_not_equal(
          df_event_name((enum df_event_kind)i), df_event_name((enum df_event_kind)k));
  assert_true(df_event_is_recovery(DF_EVENT_DECODER_TO_CPU));
  assert_false(df_event_is_recovery(DF_EVENT_FAILED));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_reader_gets_every_event_in_order),
      cmocka_unit_test(the_newest_push_the_oldest_out_and_that_is_counted),
      cmocka_unit_test(after_the_end_a_reader_gets_what_is_left),
      cmocka_unit_test(many_may_publish_while_others_read),
      cmocka_unit_test(nobody_has_to_listen),
      cmocka_unit_test(every_kind_has_a_name_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
