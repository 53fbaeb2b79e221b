/* Each test is named after the promise of jobs/inputs.h or jobs/state.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/paths.h"
#include "jobs/inputs.h"
#include "jobs/state.h"

static char folder[64], before[512];

static int make_folder(void **state)
{
  (void)state;
  strcpy(folder, "/tmp/df-inputs-XXXXXX");
  return getcwd(before, sizeof before) && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
  (void)state;
  char command[100];
  snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -rf %s", folder, folder);
  return chdir(before) == 0 ? system(command) : -1;
}

static void write_text(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

/* Makes files, each with the folders it lies in; a name that ends in "/" is an empty folder. */
static void make(const char *const *paths)
{
  for (; *paths; paths++) {
    char parents[256];
    snprintf(parents, sizeof parents, "%s", *paths);
    char *slash = strrchr(parents, '/');
    if (slash) {
      *slash = '\0';
      assert_true(df_path_make_folder(parents));
    }
    if (!slash || slash[1])
      write_text(*paths, "x");
  }
}
#define MAKE(...) make((const char *const[]){__VA_ARGS__, NULL})

static size_t count_of(const char *const *words)
{
  size_t count = 0;
  while (words[count])
    count++;
  return count;
}

/* Expands and compares with one line a candidate: "PATH STEM", or "PATH: REASON". */
static void expect(const struct df_inputs_order *order, const char *const *lines)
{
  struct df_inputs *inputs = NULL;
  struct df_error err = {0};
  size_t taken = 0;
  if (df_inputs_expand(order, &inputs, &err) != 0)
    fail_msg("%s", err.text);
  for (size_t i = 0; i < inputs->count; i++) {
    const struct df_candidate *item = &inputs->items[i];
    char line[512];
    assert_int_equal(item->stem == NULL, item->why_not != NULL);
    snprintf(line, sizeof line, "%s%s%s", item->path, item->why_not ? ": " : " ",
        item->why_not ? item->why_not : item->stem);
    if (i >= count_of(lines))
      fail_msg("one too much: %s", line);
    assert_string_equal(line, lines[i]);
    taken += item->why_not == NULL;
  }
  assert_int_equal(inputs->count, count_of(lines));
  assert_int_equal(inputs->taken, taken);
  df_inputs_destroy(&inputs);
  assert_null(inputs);
}
#define NAMES(...)                                                                                 \
  .names = (const char *const[]){__VA_ARGS__},                                                     \
  .name_count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)
#define LISTS(...)                                                                                 \
  .lists = (const char *const[]){__VA_ARGS__},                                                     \
  .list_count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)
#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void what_is_named_is_an_input_in_this_order(void **state)
{
  (void)state;
  MAKE("b.mp4", "a.txt", ".hidden.mp4");
  const struct df_inputs_order order = {NAMES("b.mp4", "a.txt", "missing.mp4", ".hidden.mp4")};
  expect(&order, LINES("b.mp4 b", "a.txt a", "missing.mp4 missing", ".hidden.mp4 .hidden"));
}

static void a_folder_is_searched_in_order_of_names(void **state)
{
  (void)state;
  MAKE("in/b.MKV", "in/a/z.mov", "in/a/B.mp4", "in/c.webm", "in/a/deep/er/x.ts", "in/empty/");
  const struct df_inputs_order order = {NAMES("in")};
  expect(&order,
      LINES("in/a/B.mp4 B", "in/a/deep/er/x.ts x", "in/a/z.mov z", "in/b.MKV b", "in/c.webm c"));
  const struct df_inputs_order slash = {NAMES("in/a/")};
  expect(&slash, LINES("in/a/B.mp4 B", "in/a/deep/er/x.ts x", "in/a/z.mov z"));
}

static void what_is_no_video_in_a_folder_is_listed_with_the_reason(void **state)
{
  (void)state;
  MAKE("in/a.mp4", "in/b.txt", "in/c", "in/.d.mp4", "in/.e/f.mp4", "in/mp4");
  assert_int_equal(mkfifo("in/g.mp4", 0600), 0);
  assert_int_equal(symlink("nowhere", "in/h.mp4"), 0);
  const struct df_inputs_order order = {NAMES("in")};
  expect(&order,
      LINES("in/a.mp4 a", "in/b.txt: its extension is not that of a video",
          "in/c: its extension is not that of a video", "in/g.mp4: it is not a regular file",
          "in/h.mp4: it cannot be looked at: No such file or directory",
          "in/mp4: its extension is not that of a video"));
}

static void a_folder_without_any_file_is_said(void **state)
{
  (void)state;
  MAKE("empty/", "in/a.mp4", "in/.hidden");
  const struct df_inputs_order order = {NAMES("empty", "in", "in", "in/a.mp4")};
  expect(
      &order, LINES("empty: the folder has no file in it that was not named before", "in/a.mp4 a"));
}

static void a_folder_that_may_not_be_read_is_said(void **state)
{
  (void)state;
  MAKE("in/closed/a.mp4", "in/b.mp4");
  assert_int_equal(chmod("in/closed", 0), 0);
  assert_int_equal(chmod(folder, 0755), 0);
  if (geteuid() == 0)
    assert_int_equal(seteuid(65534), 0);
  const struct df_inputs_order order = {NAMES("in")};
  struct df_inputs *inputs = NULL;
  int result = df_inputs_expand(&order, &inputs, NULL);
  if (getuid() == 0)
    assert_int_equal(seteuid(0), 0);
  assert_int_equal(result, 0);
  assert_int_equal(inputs->count, 2);
  assert_string_equal(inputs->items[1].path, "in/closed");
  assert_string_equal(inputs->items[1].why_not, "the folder cannot be read: Permission denied");
  df_inputs_destroy(&inputs);
}

static void links_in_a_circle_do_no_harm(void **state)
{
  (void)state;
  MAKE("in/a/x.mp4", "in/b/y.mp4");
  assert_int_equal(symlink("..", "in/a/up"), 0);
  assert_int_equal(symlink("../a", "in/b/other"), 0);
  assert_int_equal(symlink("self", "in/self"), 0);
  const struct df_inputs_order order = {NAMES("in")};
  expect(&order, LINES("in/a/x.mp4 x", "in/b/y.mp4 y",
                     "in/self: it cannot be looked at: Too many levels of symbolic links"));
}

static void a_file_counts_once_by_whatever_name(void **state)
{
  (void)state;
  MAKE("in/a.mp4", "in/b.dat");
  assert_int_equal(symlink("a.mp4", "in/link.mp4"), 0);
  assert_int_equal(link("in/a.mp4", "in/hard.mp4"), 0);
  const struct df_inputs_order order = {NAMES("in/hard.mp4", "in", "./in/a.mp4", "in/../in/b.dat")};
  /* What a folder gave no reason to take is taken when it is named after all. */
  expect(&order, LINES("in/hard.mp4 hard", "in/b.dat b"));
}

static void clashing_names_get_numbers(void **state)
{
  (void)state;
  MAKE("a/talk.mp4", "b/talk.mkv", "c/talk.mov", "c/talk-2.mp4", "d/talk.mp4", "d/Talk.mp4");
  const struct df_inputs_order order = {NAMES("a", "b", "c", "d")};
  const char *const lines[] = {"a/talk.mp4 talk", "b/talk.mkv talk-2", "c/talk-2.mp4 talk-2-2",
      "c/talk.mov talk-3", "d/Talk.mp4 Talk", "d/talk.mp4 talk-4", NULL};
  expect(&order, lines);
  expect(&order, lines);
  const struct df_inputs_order natural = {NAMES("c/talk-2.mp4", "a/talk.mp4", "b/talk.mkv")};
  expect(&natural, LINES("c/talk-2.mp4 talk-2", "a/talk.mp4 talk", "b/talk.mkv talk-3"));
}

static void results_are_not_fed_back(void **state)
{
  (void)state;
  MAKE("in/a.mp4", "in/a-split.mp4", "in/-split.mp4", "in/out/b.mp4", "in/out/b-split.mkv");
  const struct df_inputs_order beside = {
      NAMES("in"), .output_folder = "in/.", .output_suffix = "-split"};
  expect(&beside, LINES("in/-split.mp4 -split", "in/a-split.mp4: it is a result of an earlier run",
                      "in/a.mp4 a", "in/out/b-split.mkv b-split", "in/out/b.mp4 b"));
  const struct df_inputs_order inside = {
      NAMES("in", "in/out/b-split.mkv"), .output_folder = "in/out", .output_suffix = "-split"};
  expect(&inside, LINES("in/-split.mp4 -split", "in/a-split.mp4 a-split", "in/a.mp4 a",
                      "in/out/b-split.mkv b-split", "in/out/b.mp4 b"));
  const struct df_inputs_order nowhere = {
      NAMES("in/out"), .output_folder = "none", .output_suffix = "-split"};
  expect(&nowhere, LINES("in/out/b-split.mkv b-split", "in/out/b.mp4 b"));
}

static void a_list_has_a_path_a_line_seen_from_its_folder(void **state)
{
  (void)state;
  MAKE("lists/a.mp4", "b.mp4", "lists/in/c.mp4");
  char text[256];
  snprintf(text, sizeof text,
      "\xEF\xBB\xBF# a comment\n\na.mp4\r\n../b.mp4\nin\n%s/none #1.mp4\nlast one.mp4", folder);
  write_text("lists/list.txt", text);
  char none[128];
  snprintf(none, sizeof none, "%s/none #1.mp4 none #1", folder);
  const struct df_inputs_order order = {NAMES("b.mp4"), LISTS("lists/list.txt")};
  expect(&order,
      LINES("b.mp4 b", "lists/a.mp4 a", "lists/in/c.mp4 c", none, "lists/last one.mp4 last one"));
}

static void refuse(const char *list, const char *part)
{
  const struct df_inputs_order order = {NAMES("a.mp4"), LISTS(list)};
  struct df_inputs *inputs = NULL;
  struct df_error err = {0};
  assert_int_equal(df_inputs_expand(&order, &inputs, &err), DF_EINPUT);
  assert_null(inputs);
  if (!strstr(err.text, part) || !strstr(err.text, list))
    fail_msg("\"%s\" does not say \"%s\"", err.text, part);
}

static void a_list_that_is_none_is_refused(void **state)
{
  (void)state;
  MAKE("folder/");
  refuse("missing.txt", "No such file or directory");
  refuse("folder", "Is a directory");
  FILE *file = fopen("video.mp4", "w");
  assert_non_null(file);
  assert_int_equal(fwrite("a.mp4\nb\0c\n", 1, 10, file), 10);
  assert_int_equal(fclose(file), 0);
  refuse("video.mp4", "line 2 has a zero byte");
  file = fopen("long.txt", "w");
  assert_non_null(file);
  for (int i = 0; i < 5000; i++)
    fputc('x', file);
  assert_int_equal(fclose(file), 0);
  refuse("long.txt", "line 1 that is too long");
}

static void many_files_are_all_found(void **state)
{
  (void)state;
  enum { FILES = 2000 };
  char path[64];
  for (int i = 0; i < FILES; i++) {
    snprintf(path, sizeof path, "in/%04d/video.mp4", i);
    MAKE(path);
  }
  const struct df_inputs_order order = {NAMES("in")};
  struct df_inputs *inputs = NULL;
  assert_int_equal(df_inputs_expand(&order, &inputs, NULL), 0);
  assert_int_equal(inputs->taken, FILES);
  assert_string_equal(inputs->items[0].stem, "video");
  assert_string_equal(inputs->items[FILES - 1].path, "in/1999/video.mp4");
  assert_string_equal(inputs->items[FILES - 1].stem, "video-2000");
  df_inputs_destroy(&inputs);
}

static void expect_state(const char *given, const char *wanted)
{
  char path[4096];
  struct df_error err = {0};
  if (df_state_folder(given, false, path, sizeof path, &err) != 0)
    fail_msg("%s", err.text);
  assert_string_equal(path, wanted);
}

static void the_folder_of_the_state_is_found_in_this_order(void **state)
{
  (void)state;
  char path[4096];
  struct df_error err = {0};
  setenv("DUALFACE_STATE", "/own", 1);
  setenv("XDG_STATE_HOME", "/xdg", 1);
  setenv("HOME", "/home", 1);
  expect_state("given", "given");
  expect_state(NULL, "/own");
  unsetenv("DUALFACE_STATE");
  expect_state(NULL, "/xdg/dualface");
  setenv("XDG_STATE_HOME", "relative", 1);
  expect_state(NULL, "/home/.local/state/dualface");
  unsetenv("HOME");
  assert_int_equal(df_state_folder(NULL, false, path, sizeof path, &err), DF_EUSAGE);
  assert_non_null(strstr(err.text, "--state"));
}

static void the_folder_of_the_state_is_made(void **state)
{
  (void)state;
  char path[4096];
  struct df_error err = {0};
  assert_int_equal(df_state_ledger("a/b", false, path, sizeof path, &err), 0);
  assert_string_equal(path, "a/b/ledger.db");
  assert_false(df_path_is_folder("a"));
  assert_int_equal(df_state_ledger("a/b", true, path, sizeof path, &err), 0);
  assert_true(df_path_is_folder("a/b"));
  MAKE("file");
  assert_int_equal(df_state_folder("file/x", true, path, sizeof path, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, "file/x"));
  assert_non_null(strstr(err.text, "Not a directory"));
  assert_int_equal(df_state_folder("file", true, path, sizeof path, NULL), DF_EOUTPUT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(what_is_named_is_an_input_in_this_order),
      TEST(a_folder_is_searched_in_order_of_names),
      TEST(what_is_no_video_in_a_folder_is_listed_with_the_reason),
      TEST(a_folder_without_any_file_is_said),
      TEST(a_folder_that_may_not_be_read_is_said),
      TEST(links_in_a_circle_do_no_harm),
      TEST(a_file_counts_once_by_whatever_name),
      TEST(clashing_names_get_numbers),
      TEST(results_are_not_fed_back),
      TEST(a_list_has_a_path_a_line_seen_from_its_folder),
      TEST(a_list_that_is_none_is_refused),
      TEST(many_files_are_all_found),
      TEST(the_folder_of_the_state_is_found_in_this_order),
      TEST(the_folder_of_the_state_is_made),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
