/* How much room is asked for when the disk is full: the promises of space.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pipeline/space.h"

static void what_is_left_is_as_large_as_what_was_made(void **state)
{
  (void)state;
  const struct {
    struct df_space space;
    int64_t needed;
  } cases[] = {
      {{.bytes = 1000, .frames = 25, .frames_total = 100}, 3000},
      {{.bytes = 1000, .frames = 100, .frames_total = 100}, 0},
      {{.bytes = 1000, .frames = 130, .frames_total = 100}, 0}, /* the total is an estimate */
      {{.bytes = 1000, .frames = 25, .frames_total = 0}, 0},
      {{.bytes = 0, .frames = 25, .frames_total = 100}, 0},
      {{.bytes = 1000, .frames = 0, .frames_total = 100}, 0},
      /* Segments stay until the output is made of them, which takes as much again. */
      {{.bytes = 1000, .frames = 25, .frames_total = 100, .cut = true}, 7000},
      {{.bytes = 4000, .frames = 100, .frames_total = 100, .cut = true, .joined = 1500}, 2500},
      {{.bytes = 4000, .frames = 100, .frames_total = 100, .cut = true, .joined = 4100}, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(df_space_needed(&cases[i].space), cases[i].needed);
}

static void the_sentence_says_what_is_known(void **state)
{
  (void)state;
  char text[128];
  assert_non_null(strstr(df_space_text(12300000, "/tmp/out.mp4", text, sizeof text),
      "about 12.3 MB more are needed there, "));
  assert_non_null(strstr(text, " MB are free"));
  assert_string_equal(df_space_text(12300000, "/nowhere/at/all.mp4", text, sizeof text),
      "about 12.3 MB more are needed there");
  assert_string_equal(df_space_text(0, "/tmp/out.mp4", text, sizeof text), "");
  assert_int_equal(strlen(df_space_text(12300000, "out.mp4", text, 8)), 7);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_left_is_as_large_as_what_was_made),
      cmocka_unit_test(the_sentence_says_what_is_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
