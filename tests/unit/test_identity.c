/* Each test is named after the promise of jobs/identity.h that it checks. */
#include <fcntl.h>
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

#include "jobs/identity.h"

enum { END = DF_IDENTITY_END };

static char folder[64];

static int make_folder(void **state)
{
  (void)state;
  strcpy(folder, "/tmp/df-identity-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
  (void)state;
  char command[100];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  return system(command);
}

static const char *in(const char *name)
{
  static char paths[4][256];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

/* A file of zeros with one byte in it that is none. */
static void make(const char *name, long size, long odd, char value)
{
  FILE *file = fopen(in(name), "w");
  assert_non_null(file);
  assert_int_equal(ftruncate(fileno(file), size), 0);
  assert_int_equal(fseek(file, odd, SEEK_SET), 0);
  assert_int_equal(fwrite(&value, 1, 1, file), 1);
  assert_int_equal(fclose(file), 0);
}

static struct df_identity read_it(const char *name)
{
  struct df_identity identity;
  struct df_error err = {0};
  if (df_identity_read(in(name), &identity, &err) != 0)
    fail_msg("%s", err.text);
  return identity;
}

static bool alike(const char *a, const char *b)
{
  struct df_identity left = read_it(a), right = read_it(b);
  return df_identity_same_content(&left, &right);
}

static void content_is_what_tells_files_apart(void **state)
{
  (void)state;
  make("a", 5 * END, 100, 'x');
  make("copy", 5 * END, 100, 'x');
  make("longer", 5 * END + 1, 100, 'x');
  make("head", 5 * END, END - 1, 'y');
  make("tail", 5 * END, 4 * END, 'y');
  make("middle", 5 * END, 2 * END, 'y');
  make("zero", 5 * END, 0, 0);
  assert_true(alike("a", "copy"));
  assert_false(alike("a", "longer"));
  assert_false(alike("zero", "head"));
  assert_false(alike("zero", "tail"));
  assert_true(alike("zero", "middle"));
}

static void small_files_are_summed_whole(void **state)
{
  (void)state;
  make("a", 2 * END, END, 'x');
  make("b", 2 * END, END, 'y');
  make("c", 2 * END, END - 1, 'x');
  assert_false(alike("a", "b"));
  assert_false(alike("a", "c"));
  make("one", 1, 0, 'x');
  make("other", 1, 0, 'y');
  assert_false(alike("one", "other"));
}

static void the_path_is_absolute_and_the_time_that_of_the_file(void **state)
{
  (void)state;
  char before[256];
  assert_non_null(getcwd(before, sizeof before));
  make("a", 10, 0, 'x');
  assert_int_equal(symlink("a", in("link")), 0);
  const struct timespec times[2] = {{.tv_sec = 5}, {.tv_sec = 1700000000, .tv_nsec = 123456789}};
  assert_int_equal(utimensat(AT_FDCWD, in("a"), times, 0), 0);
  assert_int_equal(chdir(folder), 0);
  struct df_identity identity;
  struct df_error err = {0};
  assert_int_equal(df_identity_look("link", &identity, &err), 0);
  assert_int_equal(chdir(before), 0);
  assert_string_equal(identity.path, in("a"));
  assert_int_equal(identity.mtime_ns, 1700000000123456789);
  struct df_identity whole = read_it("a");
  assert_true(df_identity_unchanged(&identity, &whole));
  assert_false(df_identity_same_content(&identity, &whole)); /* nothing was read for it */
  make("a", 10, 1, 'x');
  struct df_identity later = read_it("a");
  assert_false(df_identity_unchanged(&later, &whole));
}

static void refused(const char *path, const char *part)
{
  struct df_identity identity, before;
  memset(&identity, 0x5A, sizeof identity);
  before = identity;
  struct df_error err = {0};
  assert_int_equal(df_identity_read(path, &identity, &err), DF_EINPUT);
  if (!strstr(err.text, part) || !strstr(err.text, path))
    fail_msg("\"%s\" does not say \"%s\"", err.text, part);
  assert_memory_equal(&identity, &before, sizeof identity);
  assert_int_equal(df_identity_look(path, &identity, NULL), DF_EINPUT);
}

static void what_is_no_video_file_is_refused_with_the_reason(void **state)
{
  (void)state;
  make("a", 10, 0, 'x');
  make("empty", 0, 0, 'x');
  assert_int_equal(truncate(in("empty"), 0), 0);
  assert_int_equal(mkfifo(in("pipe"), 0600), 0);
  assert_int_equal(symlink("nothing", in("link")), 0);
  refused(in("missing"), "No such file");
  refused(in("link"), "No such file");
  refused(folder, "is a folder");
  refused(in("pipe"), "is not a regular file");
  refused("/dev/null", "is not a regular file");
  refused(in("empty"), "is empty");
  refused(in("a/b"), "Not a directory");
}

static void an_input_that_may_not_be_read_is_refused(void **state)
{
  (void)state;
  make("a", 10, 0, 'x');
  assert_int_equal(chmod(in("a"), 0), 0);
  if (geteuid() == 0)
    assert_int_equal(seteuid(65534), 0);
  struct df_identity identity;
  struct df_error err = {0};
  /* Also the folder is closed to anybody else; either way it is the permission. */
  int result = df_identity_read(in("a"), &identity, &err);
  if (getuid() == 0)
    assert_int_equal(seteuid(0), 0);
  assert_int_equal(result, DF_EINPUT);
  assert_non_null(strstr(err.text, "Permission denied"));
}

static void a_place_need_not_be_taken(void **state)
{
  (void)state;
  char path[DF_PATH_BYTES], before[256];
  struct df_error err = {0};
  assert_non_null(getcwd(before, sizeof before));
  assert_int_equal(chdir(folder), 0);
  assert_int_equal(df_identity_place("new.mp4", path, sizeof path, &err), 0);
  assert_int_equal(chdir(before), 0);
  assert_string_equal(path, in("new.mp4"));
  assert_int_equal(symlink(".", in("link")), 0);
  assert_int_equal(df_identity_place(in("link/link/new.mp4"), path, sizeof path, &err), 0);
  assert_string_equal(path, in("new.mp4"));
  assert_int_equal(df_identity_place("/new.mp4", path, sizeof path, &err), 0);
  assert_string_equal(path, "/new.mp4");
  assert_int_equal(df_identity_place(in("none/new.mp4"), path, sizeof path, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, "create it first"));
  assert_int_equal(df_identity_place(in("new.mp4"), path, 10, NULL), DF_EOUTPUT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(content_is_what_tells_files_apart),
      TEST(small_files_are_summed_whole),
      TEST(the_path_is_absolute_and_the_time_that_of_the_file),
      TEST(what_is_no_video_file_is_refused_with_the_reason),
      TEST(an_input_that_may_not_be_read_is_refused),
      TEST(a_place_need_not_be_taken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
