/* Each test is named after the promise of log.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"

struct said {
  int count;
  char last[256];
};

static void hear(void *context, enum df_log_level level, const char *line)
{
  struct said *said = context;
  (void)level;
  said->count++;
  snprintf(said->last, sizeof said->last, "%s", line);
}

static void the_same_warning_is_said_and_kept_once(void **state)
{
  (void)state;
  struct said said = {0};
  struct df_log *log = df_log_create(DF_LOG_NOTE, hear, &said);
  for (int i = 0; i < 3; i++) {
    df_log_say(log, DF_LOG_WARNING, "w");
    df_log_say(log, DF_LOG_DEBUG, "d");
    df_log_event(log, DF_LOG_NOTE, DF_EVENT_RESUMED, "n");
  }
  assert_int_equal(said.count, 2);
  assert_int_equal(df_log_kept(log), 2);
  df_log_destroy(&log);
}

static void what_holds_for_all_jobs_is_said_once_by_the_parent(void **state)
{
  (void)state;
  struct said above = {0}, below[2] = {0};
  struct df_log *parent = df_log_create(DF_LOG_NOTE, hear, &above), *jobs[2];
  for (int i = 0; i < 2; i++) {
    jobs[i] = df_log_create_for(parent, i ? "b.mp4" : "a.mp4", DF_LOG_NOTE, hear, &below[i]);
    df_log_event_of_all(
        jobs[i], DF_LOG_WARNING, DF_EVENT_ENCODER_TO_SOFTWARE, "%s", "no NVENC here");
    assert_int_equal(df_log_kept(jobs[i]), 1);
  }
  assert_int_equal(above.count, 1);
  assert_string_equal(above.last, "no NVENC here");
  assert_int_equal(below[0].count + below[1].count, 0);
  for (int i = 0; i < 2; i++)
    df_log_say_of_all(jobs[i], DF_LOG_NOTE, "an option has no meaning here");
  assert_int_equal(above.count, 2);
  for (int i = 0; i < 2; i++)
    df_log_event(jobs[i], DF_LOG_WARNING, DF_EVENT_DAMAGED, "damaged");
  assert_int_equal(below[0].count, 1);
  assert_int_equal(below[1].count, 1);
  df_log_destroy(&jobs[0]);
  df_log_destroy(&jobs[1]);
  df_log_destroy(&parent);

  struct df_log *alone = df_log_create_for(NULL, "a.mp4", DF_LOG_NOTE, hear, &below[0]);
  df_log_event_of_all(alone, DF_LOG_WARNING, DF_EVENT_ENCODER_TO_SOFTWARE, "no NVENC here");
  assert_string_equal(below[0].last, "no NVENC here");
  df_log_destroy(&alone);
}

static void a_recovery_is_published_each_time_with_its_input(void **state)
{
  (void)state;
  struct df_events *events = df_events_create();
  struct df_events_reader *reader = NULL;
  struct df_event event;
  assert_int_equal(df_events_subscribe(events, 16, &reader, NULL), 0);
  struct df_log *parent = df_log_create(DF_LOG_NOTE, NULL, NULL);
  df_log_publish_to(parent, events);
  struct df_log *job = df_log_create_for(parent, "in/a.mp4", DF_LOG_NOTE, NULL, NULL);
  df_log_say(job, DF_LOG_NOTE, "a note is no event");
  for (int i = 1; i <= 2; i++) {
    df_log_event(job, DF_LOG_WARNING, DF_EVENT_DAMAGED, "packet %d", 7);
    assert_int_equal(df_events_next(reader, 0, &event), 1);
    assert_int_equal(event.kind, DF_EVENT_DAMAGED);
    assert_int_equal(event.count, i);
    assert_string_equal(event.input, "in/a.mp4");
    assert_string_equal(event.text, "packet 7");
  }
  df_log_say(job, DF_LOG_WARNING, "some warning");
  assert_int_equal(df_events_next(reader, 0, &event), 1);
  assert_int_equal(event.kind, DF_EVENT_WARNING);
  df_log_event(parent, DF_LOG_WARNING, DF_EVENT_BATCH_SMALLER, "smaller");
  assert_int_equal(df_events_next(reader, 0, &event), 1);
  assert_string_equal(event.input, "");
  df_log_publish(job, &(struct df_event){.kind = DF_EVENT_PROGRESS, .frames = 3});
  df_log_publish(NULL, &(struct df_event){.kind = DF_EVENT_PROGRESS});
  assert_int_equal(df_events_next(reader, 0, &event), 1);
  assert_int_equal(event.frames, 3);
  assert_string_equal(event.input, "in/a.mp4");
  assert_int_equal(df_events_next(reader, 0, &event), 0);
  df_log_destroy(&job);
  df_log_destroy(&parent);
  df_events_unsubscribe(&reader);
  df_events_destroy(&events);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_warning_is_said_and_kept_once),
      cmocka_unit_test(what_holds_for_all_jobs_is_said_once_by_the_parent),
      cmocka_unit_test(a_recovery_is_published_each_time_with_its_input),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
