/* What doctor shows of its findings: to people, to programs, and what it comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli/findings.h"

static char *printed(const struct df_findings *findings, bool json)
{
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  if (json)
    df_findings_print_json(findings, 3, out);
  else
    df_findings_print(findings, out);
  fclose(out);
  return text;
}

static void what_is_absent_does_not_keep_the_program_from_running(void **state)
{
  (void)state;
  struct df_findings findings = {0};
  assert_true(df_findings_usable(&findings));
  df_findings_add(&findings, "GPU", "NVIDIA", DF_ABSENT, NULL, "no driver");
  assert_true(df_findings_usable(&findings));
  df_findings_add(&findings, "Models", "detector", DF_MISSING, "get it", "not there");
  assert_false(df_findings_usable(&findings));
  df_findings_finish(&findings);
  assert_int_equal(findings.count, 0);
}

static void people_see_a_heading_a_topic_and_advice_below_its_finding(void **state)
{
  (void)state;
  struct df_findings findings = {0};
  df_findings_add(&findings, "FFmpeg", "version", DF_FOUND, NULL, "%d.%d", 5, 1);
  df_findings_add(&findings, "FFmpeg", "encoder", DF_MISSING, "install it", "none");
  df_findings_add(&findings, "GPU", "NVIDIA", DF_ABSENT, NULL, "no\ndriver");
  char *text = printed(&findings, false);
  assert_string_equal(text, "FFmpeg\n"
                            "  ok      version           5.1\n"
                            "  missing encoder           none\n"
                            "                            -> install it\n"
                            "\n"
                            "GPU\n"
                            "  absent  NVIDIA            no?driver\n"
                            "\n"
                            "The program cannot run here: 1 of the things it needs is missing.\n");
  free(text);
  df_findings_finish(&findings);
}

static void programs_get_one_line_of_json(void **state)
{
  (void)state;
  struct df_findings findings = {0};
  for (int i = 0; i < 100; i++)
    df_findings_add(&findings, "GPU", "a \"name\"", DF_FOUND, i == 99 ? "do this" : NULL, "%d", i);
  char *text = printed(&findings, true);
  assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
  json_t *root = json_loads(text, 0, NULL);
  assert_non_null(root);
  assert_true(json_is_true(json_object_get(root, "ok")));
  assert_int_equal(json_integer_value(json_object_get(root, "exit")), 3);
  json_t *list = json_object_get(root, "findings");
  assert_int_equal(json_array_size(list), 100);
  json_t *last = json_array_get(list, 99);
  assert_string_equal(json_string_value(json_object_get(last, "name")), "a \"name\"");
  assert_string_equal(json_string_value(json_object_get(last, "text")), "99");
  assert_string_equal(json_string_value(json_object_get(last, "state")), "ok");
  assert_string_equal(json_string_value(json_object_get(last, "advice")), "do this");
  assert_true(json_is_null(json_object_get(json_array_get(list, 0), "advice")));
  json_decref(root);
  free(text);
  df_findings_finish(&findings);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_absent_does_not_keep_the_program_from_running),
      cmocka_unit_test(people_see_a_heading_a_topic_and_advice_below_its_finding),
      cmocka_unit_test(programs_get_one_line_of_json),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
