/* Each test is named after the promise of person/fixes.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "person/fixes.h"
#include "person/identifier.h"

static struct df_fix accept(const char *text)
{
  struct df_fix fix;
  struct df_error err = {0};
  if (df_fix_parse(text, &fix, &err) != 0)
    fail_msg("\"%s\" was refused: %s", text, err.text);
  return fix;
}

/* Refuses with a sentence that names the column and has `part` in it. */
static void refuse(const char *text, int column, const char *part)
{
  struct df_fix fix, before;
  struct df_error err = {0};
  char begin[32];
  memset(&fix, 0x5A, sizeof fix);
  memcpy(&before, &fix, sizeof fix);
  if (df_fix_parse(text, &fix, &err) != DF_EUSAGE)
    fail_msg("\"%s\" was not refused", text);
  snprintf(begin, sizeof begin, "column %d: ", column);
  if (strncmp(err.text, begin, strlen(begin)) != 0 || !strstr(err.text, part))
    fail_msg("\"%s\" was refused with \"%s\"", text, err.text);
  assert_memory_equal(&fix, &before, sizeof fix);
}

static void add(struct df_fixes *fixes, const char *text)
{
  struct df_fix fix = accept(text);
  struct df_error err = {0};
  assert_int_equal(df_fixes_add(fixes, &fix, &err), 0);
}

/* Who has the halves at `t` where person 0 would have the left and person 1 the right one. */
static void expect(const struct df_fixes *fixes, double t, int left, int right)
{
  int seats[DF_SEATS] = {0, 1};
  df_fixes_apply(fixes, t, seats);
  if (seats[DF_LEFT] != left || seats[DF_RIGHT] != right)
    fail_msg("at %g it is %d and %d", t, seats[DF_LEFT], seats[DF_RIGHT]);
}

static void times_come_in_every_usual_form(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    double from, to;
  } cases[] = {
      {"12:30-14:10 swap", 750, 850},
      {"90-1:31.5 swap", 90, 91.5},
      {"1:02:03.25 swap", 3723.25, INFINITY},
      {"  0\t swap  ", 0, INFINITY},
      {"0.04-0.08 swap", 0.04, 0.08},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct df_fix fix = accept(cases[i].text);
    assert_true(fix.from == cases[i].from && fix.to == cases[i].to);
    assert_int_equal(fix.kind, DF_FIX_SWAP);
  }
}

static void people_are_numbers_letters_or_nobody(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    enum df_seat seat;
    int person;
  } cases[] = {
      {"0 left=2", DF_LEFT, 1},
      {"0 right=B", DF_RIGHT, 1},
      {"0 right=c", DF_RIGHT, 2},
      {"0 left=none", DF_LEFT, DF_NOBODY},
      {"0 left=P", DF_LEFT, 15},
      {"0 left=P27", DF_LEFT, 26},
      {"0 right=64", DF_RIGHT, 63},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct df_fix fix = accept(cases[i].text);
    assert_int_equal(fix.kind, DF_FIX_SEAT);
    assert_int_equal(fix.seat, cases[i].seat);
    assert_int_equal(fix.person, cases[i].person);
  }
}

static void what_is_wrong_is_said_with_its_column(void **state)
{
  (void)state;
  refuse("", 1, "begins with a time");
  refuse("  ", 3, "begins with a time");
  refuse("swap 1:00", 1, "\"swap\" is no time");
  refuse("-1 swap", 1, "is no time");
  refuse("1- swap", 1, "is no time");
  refuse("1:99 swap", 1, "is no time");
  refuse("1-2-3 swap", 1, "is no time");
  refuse("1x swap", 1, "is no time");
  refuse("2-1 swap", 1, "ends before it begins");
  refuse("2-2 swap", 1, "ends before it begins");
  refuse("1:00", 5, "swap, left=WHO or right=WHO");
  refuse("1:00 swop", 6, "\"swop\" is nothing");
  refuse("1:00 swapped", 6, "is nothing");
  refuse("1:00 middle=2", 6, "is nothing");
  refuse("1:00 left", 6, "is nothing");
  refuse("1:00 left=", 11, "is nobody");
  refuse("1:00 left=0", 11, "\"0\" is nobody");
  refuse("1:00 left=-1", 11, "is nobody");
  refuse("1:00 left=1.5", 11, "is nobody");
  refuse("1:00 left=1000000", 11, "is nobody");
  refuse("1:00 left=me", 11, "a number");
  refuse("1:00 left=2 right=1", 13, "one rule does one thing");
}

static void a_rule_holds_from_its_first_to_before_its_last_time(void **state)
{
  (void)state;
  struct df_fixes fixes = {0};
  add(&fixes, "2-4 swap");
  expect(&fixes, 1.99, 0, 1);
  expect(&fixes, 2 - 1e-9, 1, 0);
  expect(&fixes, 3.99, 1, 0);
  expect(&fixes, 4 - 1e-9, 0, 1);
  assert_false(df_fixes_exchange(&fixes, 1.99));
  assert_true(df_fixes_exchange(&fixes, 2));
  assert_false(df_fixes_exchange(&fixes, 4));
  add(&fixes, "3-3.5 swap");
  assert_false(df_fixes_exchange(&fixes, 3));
  df_fixes_finish(&fixes);
  assert_null(fixes.items);
}

static void later_rules_win(void **state)
{
  (void)state;
  struct df_fixes fixes = {0};
  add(&fixes, "1 left=5");
  add(&fixes, "2 left=none");
  add(&fixes, "3-4 swap");
  expect(&fixes, 1, 4, 1);
  expect(&fixes, 2, DF_NOBODY, 1);
  expect(&fixes, 3, 1, DF_NOBODY);
  expect(&fixes, 4, DF_NOBODY, 1);
  df_fixes_finish(&fixes);
}

static void nobody_has_both_halves(void **state)
{
  (void)state;
  struct df_fixes fixes = {0};
  add(&fixes, "1 left=2");
  expect(&fixes, 1, 1, 0);
  add(&fixes, "2 right=2");
  expect(&fixes, 2, 0, 1);
  add(&fixes, "3 right=none");
  add(&fixes, "3 left=none");
  expect(&fixes, 3, DF_NOBODY, DF_NOBODY);
  df_fixes_finish(&fixes);
}

static void halves_are_given_for_all_the_time(void **state)
{
  (void)state;
  struct df_fixes fixes = {0};
  struct df_error err = {0};
  assert_int_equal(df_fixes_parse_people(&fixes, " left=3 , right=1", &err), 0);
  expect(&fixes, 0, 2, 0);
  expect(&fixes, 1e6, 2, 0);
  df_fixes_finish(&fixes);
  assert_int_equal(df_fixes_parse_people(&fixes, "right=none", &err), 0);
  expect(&fixes, 0, 0, DF_NOBODY);
  df_fixes_finish(&fixes);
}

static void what_is_wrong_with_the_halves_is_said(void **state)
{
  (void)state;
  static const struct {
    const char *text, *says;
  } cases[] = {
      {"", "column 1: \"\" says nothing of a half"},
      {"left", "column 1: \"left\" says nothing of a half"},
      {"left=1,", "column 8: \"\" says nothing of a half"},
      {"left=1,,right=2", "column 8: \"\" says nothing of a half"},
      {"left=x1", "column 6: \"x1\" is nobody"},
      {"left=1,left=2", "column 8: \"left=2\" names a half that was named before"},
      {"left=1,right=2,left=3", "column 16: \"left=3\" names a half"},
      {"left=2,right=B", "column 8: \"right=B\" gives both halves to one person"},
      {"left=1 right=2", "column 8: \"right=2\" is too much"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct df_fixes fixes = {0};
    struct df_error err = {0};
    assert_int_equal(df_fixes_parse_people(&fixes, cases[i].text, &err), DF_EUSAGE);
    if (strncmp(err.text, cases[i].says, strlen(cases[i].says)) != 0)
      fail_msg("\"%s\" was refused with \"%s\"", cases[i].text, err.text);
    assert_int_equal(fixes.count, 0);
  }
}

static void there_is_a_most_of_rules(void **state)
{
  (void)state;
  struct df_fixes fixes = {0};
  struct df_error err = {0};
  struct df_fix fix = accept("1 swap");
  for (int i = 0; i < DF_FIXES_MAX; i++)
    assert_int_equal(df_fixes_add(&fixes, &fix, &err), 0);
  assert_int_equal(df_fixes_add(&fixes, &fix, &err), DF_EUSAGE);
  assert_false(df_fixes_exchange(&fixes, 1)); /* an even number */
  df_fixes_finish(&fixes);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(times_come_in_every_usual_form),
      cmocka_unit_test(people_are_numbers_letters_or_nobody),
      cmocka_unit_test(what_is_wrong_is_said_with_its_column),
      cmocka_unit_test(a_rule_holds_from_its_first_to_before_its_last_time),
      cmocka_unit_test(later_rules_win),
      cmocka_unit_test(nobody_has_both_halves),
      cmocka_unit_test(halves_are_given_for_all_the_time),
      cmocka_unit_test(what_is_wrong_with_the_halves_is_said),
      cmocka_unit_test(there_is_a_most_of_rules),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
