/* Each test is named after the promise of cli/progress.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/progress.h"

static struct df_standing at(double now, long long frames, long long total)
{
  return (struct df_standing){
      .now = now,
      .frames = frames,
      .frames_total = total,
      .media_us = frames * 40000,
      .media_total_us = total * 40000,
  };
}

static struct df_reading read_at(
    struct df_meter *meter, double now, long long frames, long long total)
{
  struct df_standing standing = at(now, frames, total);
  return df_meter_read(meter, &standing);
}

static void begin(struct df_meter *meter)
{
  struct df_standing first = at(100, 0, 0);
  df_meter_init(meter, &first);
}

static void the_first_readings_count_from_the_beginning(void **state)
{
  (void)state;
  struct df_meter meter;
  begin(&meter);
  struct df_reading r = read_at(&meter, 102, 100, 1000);
  assert_true(r.fps == 50 && r.speed == 2 && r.elapsed == 2);
  assert_true(r.share == 0.1 && r.eta == 18);
}

static void speed_is_that_of_lately(void **state)
{
  (void)state;
  struct df_meter meter;
  begin(&meter);
  struct df_reading r;
  for (int i = 1; i <= 50; i++) /* nothing for ten seconds, say a slow start */
    r = read_at(&meter, 100 + i * 0.2, 0, 1000);
  assert_true(r.fps == 0 && r.eta < 0);
  for (int i = 1; i <= 26; i++)
    r = read_at(&meter, 110 + i * 0.2, 10 * i, 1000);
  assert_true(r.fps > 49.99 && r.fps < 50.01);
  assert_true(r.eta > 14.7 && r.eta < 14.9);
  assert_true(r.elapsed > 15.1 && r.elapsed < 15.3);
}

static void without_a_number_of_frames_time_tells(void **state)
{
  (void)state;
  struct df_meter meter;
  begin(&meter);
  struct df_standing standing = {
      .now = 101, .frames = 30, .media_us = 1000000, .media_total_us = 4000000};
  struct df_reading r = df_meter_read(&meter, &standing);
  assert_true(r.share == 0.25 && r.eta == 3 && r.frames_total < 0);
}

static void what_is_not_known_is_negative(void **state)
{
  (void)state;
  struct df_meter meter;
  begin(&meter);
  struct df_reading r = read_at(&meter, 100, 0, 0);
  assert_true(r.share < 0 && r.fps < 0 && r.speed < 0 && r.eta < 0 && r.frames_total < 0);
}

static void estimates_that_were_too_low_do_no_harm(void **state)
{
  (void)state;
  struct df_meter meter;
  begin(&meter);
  struct df_reading r = read_at(&meter, 101, 120, 100);
  assert_true(r.share == 1 && r.eta == 0);
}

static void a_line_shows_what_is_known(void **state)
{
  (void)state;
  char line[128];
  struct df_reading all = {.frames = 1234,
      .frames_total = 2880,
      .share = 0.4287,
      .fps = 187.26,
      .speed = 6.241,
      .eta = 8.2};
  assert_string_equal(df_reading_line(&all, line, sizeof line),
      " 42.8 %  1234/2880 frames  187.3 fps  6.24x  ETA 0:09");
  struct df_reading none = {
      .frames = 7, .frames_total = -1, .share = -1, .fps = -1, .speed = -1, .eta = -1};
  assert_string_equal(df_reading_line(&none, line, sizeof line), "7 frames");
  assert_int_equal(strlen(df_reading_line(&all, line, 11)), 10);
}

static void durations_are_clock_like(void **state)
{
  (void)state;
  char text[32];
  assert_string_equal(df_duration_text(0, text, sizeof text), "0:00");
  assert_string_equal(df_duration_text(484.5, text, sizeof text), "8:05");
  assert_string_equal(df_duration_text(3723, text, sizeof text), "1:02:03");
  assert_string_equal(df_duration_text(-1, text, sizeof text), "0:00");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_readings_count_from_the_beginning),
      cmocka_unit_test(speed_is_that_of_lately),
      cmocka_unit_test(without_a_number_of_frames_time_tells),
      cmocka_unit_test(what_is_not_known_is_negative),
      cmocka_unit_test(estimates_that_were_too_low_do_no_harm),
      cmocka_unit_test(a_line_shows_what_is_known),
      cmocka_unit_test(durations_are_clock_like),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
