/* Each test is named after the promise of whole_file.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/whole_file.h"

struct folder {
  char path[256], file[300];
};

static int make_folder(void **state)
{
  static struct folder folder;
  strcpy(folder.path, "/tmp/dualface-test-XXXXXX");
  assert_non_null(mkdtemp(folder.path));
  snprintf(folder.file, sizeof folder.file, "%s/result.txt", folder.path);
  *state = &folder;
  return 0;
}

static int drop_folder(void **state)
{
  struct folder *folder = *state;
  unlink(folder->file);
  return rmdir(folder->path); /* fails the test when anything else is left behind */
}

static void write_text(const char *path, const char *text)
{
  FILE *stream = fopen(path, "w");
  assert_non_null(stream);
  fputs(text, stream);
  fclose(stream);
}

static void assert_text(const char *path, const char *wanted)
{
  char text[64] = "";
  FILE *stream = fopen(path, "r");
  assert_non_null(stream);
  assert_true(fgets(text, sizeof text, stream) != NULL);
  fclose(stream);
  assert_string_equal(text, wanted);
}

static void has_its_name_only_when_whole(void **state)
{
  struct folder *folder = *state;
  struct df_whole_file file;
  struct df_error err = {0};
  assert_int_equal(df_whole_file_begin(&file, folder->file, false, &err), 0);
  write_text(file.temporary, "whole");
  assert_int_not_equal(access(folder->file, F_OK), 0);
  assert_int_equal(df_whole_file_commit(&file, &err), 0);
  assert_text(folder->file, "whole");
  df_whole_file_abandon(&file); /* after a commit there is nothing to delete */
  assert_text(folder->file, "whole");
}

static void the_temporary_name_keeps_the_extension(void **state)
{
  struct folder *folder = *state;
  struct df_whole_file file;
  assert_int_equal(df_whole_file_begin(&file, folder->file, false, NULL), 0);
  assert_string_equal(strrchr(file.temporary, '.'), ".txt");
  df_whole_file_abandon(&file);
}

static void leaves_what_was_there_when_abandoned(void **state)
{
  struct folder *folder = *state;
  struct df_whole_file file;
  write_text(folder->file, "old");
  assert_int_equal(df_whole_file_begin(&file, folder->file, true, NULL), 0);
  write_text(file.temporary, "half");
  df_whole_file_abandon(&file);
  assert_text(folder->file, "old");
}

static void replaces_only_with_overwrite(void **state)
{
  struct folder *folder = *state;
  struct df_whole_file file;
  struct df_error err = {0};
  write_text(folder->file, "old");
  assert_int_equal(df_whole_file_begin(&file, folder->file, false, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, "--overwrite"));
  assert_int_equal(df_whole_file_begin(&file, folder->file, true, NULL), 0);
  write_text(file.temporary, "new");
  assert_int_equal(df_whole_file_commit(&file, NULL), 0);
  assert_text(folder->file, "new");
}

static void a_file_that_appears_meanwhile_is_kept(void **state)
{
  struct folder *folder = *state;
  struct df_whole_file file;
  struct df_error err = {0};
  assert_int_equal(df_whole_file_begin(&file, folder->file, false, NULL), 0);
  write_text(file.temporary, "mine");
  write_text(folder->file, "theirs");
  assert_int_equal(df_whole_file_commit(&file, &err), DF_EOUTPUT);
  assert_text(folder->file, "theirs");
}

static void two_at_once_do_not_meet(void **state)
{
  struct folder *folder = *state;
  struct df_whole_file first, second;
  assert_int_equal(df_whole_file_begin(&first, folder->file, true, NULL), 0);
  assert_int_equal(df_whole_file_begin(&second, folder->file, true, NULL), 0);
  assert_string_not_equal(first.temporary, second.temporary);
  df_whole_file_abandon(&first);
  df_whole_file_abandon(&second);
}

static void says_what_is_wrong_with_the_folder(void **state)
{
  struct folder *folder = *state;
  struct df_whole_file file;
  struct df_error err = {0};
  char path[400];
  snprintf(path, sizeof path, "%s/missing/result.txt", folder->path);
  assert_int_equal(df_whole_file_begin(&file, path, false, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, path));
  err = (struct df_error){0};
  assert_int_equal(df_whole_file_begin(&file, folder->path, true, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, "is a folder"));
}

static void a_name_that_could_not_be_given_is_refused_at_once(void **state)
{
  struct folder *folder = *state;
  struct df_whole_file file;
  struct df_error err = {0};
  char path[700], name[300];
  memset(name, 'n', sizeof name);
  name[sizeof name - 1] = '\0';
  snprintf(path, sizeof path, "%s/%s", folder->path, name);
  assert_int_equal(df_whole_file_begin(&file, path, false, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, "too long"));
  assert_int_equal(symlink("nothing-here", folder->file), 0);
  for (int overwrite = 0; overwrite < 2; overwrite++) {
    err = (struct df_error){0};
    assert_int_equal(df_whole_file_begin(&file, folder->file, overwrite, &err), DF_EOUTPUT);
    assert_non_null(strstr(err.text, "is a link"));
  }
}

static void what_follows_a_dot_may_be_long(void **state)
{
  struct folder *folder = *state;
  struct df_whole_file file;
  char path[700], name[240];
  memset(name, 'n', sizeof name);
  name[sizeof name - 1] = '\0';
  snprintf(path, sizeof path, "%s/Mr. %s", folder->path, name);
  assert_int_equal(df_whole_file_begin(&file, path, false, NULL), 0);
  assert_int_equal(df_whole_file_commit(&file, NULL), 0);
  assert_int_equal(unlink(path), 0);
}

static void a_link_stays_and_what_it_leads_to_is_replaced(void **state)
{
  struct folder *folder = *state;
  struct df_whole_file file;
  struct stat info;
  char target[300];
  snprintf(target, sizeof target, "%s/target.txt", folder->path);
  write_text(target, "old");
  assert_int_equal(symlink("target.txt", folder->file), 0);
  assert_int_equal(df_whole_file_begin(&file, folder->file, true, NULL), 0);
  write_text(file.temporary, "new");
  assert_int_equal(df_whole_file_commit(&file, NULL), 0);
  assert_int_equal(lstat(folder->file, &info), 0);
  assert_true(S_ISLNK(info.st_mode));
  assert_text(target, "new");
  assert_int_equal(unlink(target), 0);
}

static void a_device_or_pipe_is_never_replaced(void **state)
{
  struct folder *folder = *state;
  struct df_whole_file file;
  struct df_error err = {0};
  assert_int_equal(mkfifo(folder->file, 0600), 0);
  assert_int_equal(df_whole_file_begin(&file, folder->file, true, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, "regular file"));
}

static void what_a_dead_process_left_can_be_swept_away(void **state)
{
  struct folder *folder = *state;
  static const struct {
    const char *name;
    bool of_file, of_folder;
  } files[] = {
      {".result.txt.4711-0.part.txt", true, true}, {".result.txt.4711-12.part.txt", true, true},
      {".result-split.mp4.4711-0.part.mp4", false, true},
      {".result.txt.4712-0.part.txt", false, false}, /* another process's */
      {".other.txt.4711-0.part.txt", false, false},  /* another file's */
      {".result.txt.4711-0.txt", false, false}, {".result.txt.4711-part", false, false},
      {"result.txt.4711-0.part.txt", false, false}, /* somebody's own */
  };
  char path[700];
  for (int whole_folder = 0; whole_folder < 2; whole_folder++) {
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
      snprintf(path, sizeof path, "%s/%s", folder->path, files[i].name);
      write_text(path, "part");
    }
    df_whole_file_sweep(whole_folder ? folder->path : folder->file, "result", 4711);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
      bool goes = whole_folder ? files[i].of_folder : files[i].of_file;
      snprintf(path, sizeof path, "%s/%s", folder->path, files[i].name);
      if ((unlink(path) < 0) != goes)
        fail_msg("%s should %s", files[i].name, goes ? "be gone" : "have stayed");
    }
  }
}

static void sweeping_finds_what_was_begun_here(void **state)
{
  struct folder *folder = *state;
  struct df_whole_file file;
  char path[700], name[240];
  memset(name, 'n', sizeof name);
  name[sizeof name - 1] = '\0';
  snprintf(path, sizeof path, "%s/%s.mp4", folder->path, name);
  assert_int_equal(df_whole_file_begin(&file, path, false, NULL), 0);
  df_whole_file_sweep(path, "", (long)getpid());
  assert_int_equal(access(file.temporary, F_OK), -1);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)
  const struct CMUnitTest tests[] = {
      ONE(has_its_name_only_when_whole),
      ONE(the_temporary_name_keeps_the_extension),
      ONE(leaves_what_was_there_when_abandoned),
      ONE(replaces_only_with_overwrite),
      ONE(a_file_that_appears_meanwhile_is_kept),
      ONE(two_at_once_do_not_meet),
      ONE(says_what_is_wrong_with_the_folder),
      ONE(a_name_that_could_not_be_given_is_refused_at_once),
      ONE(what_follows_a_dot_may_be_long),
      ONE(a_link_stays_and_what_it_leads_to_is_replaced),
      ONE(a_device_or_pipe_is_never_replaced),
      ONE(what_a_dead_process_left_can_be_swept_away),
      ONE(sweeping_finds_what_was_begun_here),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
