/* What becomes of names and files: each test is named after the promise of output.h that it checks. */
#include "remake.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static int files_in_folder(void)
{
  int count = 0;
  DIR *folder = opendir(clip_path("target"));
  for (struct dirent *entry; (entry = readdir(folder));)
    count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
  closedir(folder);
  return count;
}

static void nothing_unfinished_is_left(void **state)
{
  (void)state;
  clip_make(VIDEO SINE "-c:v libx264 -c:a aac drop.mp4");
  clip_run("mkdir -p target; echo old >target/old.mp4");
  char path[CLIP_NAME];
  struct remake r;
  snprintf(path, sizeof path, "%s", clip_path("target/new.mp4"));
  assert_int_equal(remake_open(&r, "drop.mp4", path, 0, 0, false, NULL), 0);
  assert_int_equal(files_in_folder(), 2);
  remake_close(&r);
  assert_int_equal(files_in_folder(), 1);

  snprintf(path, sizeof path, "%s", clip_path("target/old.mp4"));
  assert_int_equal(remake_open(&r, "drop.mp4", path, 0, 0, true, NULL), 0);
  while (df_input_read(r.input, r.packet, &r.err) > 0)
    assert_int_equal(df_output_write_other(r.output, r.packet, &r.err), 0);
  remake_close(&r);
  assert_string_equal(said("cat target/old.mp4"), "old\n");
  assert_int_equal(files_in_folder(), 1);
}

static void a_file_that_appeared_meanwhile_is_not_replaced(void **state)
{
  (void)state;
  clip_make(VIDEO SINE "-c:v libx264 -c:a aac meanwhile.mp4");
  clip_run("rm -rf target; mkdir target");
  char path[CLIP_NAME];
  struct remake r;
  snprintf(path, sizeof path, "%s", clip_path("target/late.mp4"));
  assert_int_equal(remake_open(&r, "meanwhile.mp4", path, 0, 0, false, NULL), 0);
  clip_run("echo mine >target/late.mp4");
  assert_int_equal(remake_all(&r), DF_EOUTPUT);
  assert_says(r.err.text, "late.mp4");
  remake_close(&r);
  assert_string_equal(said("cat target/late.mp4"), "mine\n");
  assert_int_equal(files_in_folder(), 1);
}

static void a_full_disk_says_how_much_was_written(void **state)
{
  (void)state;
  clip_make("-f lavfi -i testsrc2=s=160x120:r=25:d=4 -f lavfi -i anoisesrc=d=4 -c:v libx264 "
            "-c:a pcm_s16le full.mkv");
  clip_run("rm -rf target; mkdir target");
  static const char *const names[] = {"target/full.mkv", "target/full.mp4"};
  struct rlimit before, small;
  getrlimit(RLIMIT_FSIZE, &before);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  for (int i = 0; i < 2; i++) {
    struct remake r;
    char path[CLIP_NAME];
    snprintf(path, sizeof path, "%s", clip_path(names[i]));
    assert_int_equal(remake_open(&r, "full.mkv", path, 0, 0, false, NULL), 0);
    small = before;
    small.rlim_cur = 30000;
    setrlimit(RLIMIT_FSIZE, &small);
    int result = remake_all(&r);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(result, DF_ENOSPACE);
    assert_says(r.err.text, "MB");
    remake_close(&r);
    assert_int_equal(files_in_folder(), 0);
  }
  signal(SIGXFSZ, handler);
}

static void a_disk_that_fills_at_the_very_end_is_no_success(void **state)
{
  (void)state;
  clip_make("-f lavfi -i testsrc2=s=160x120:r=25:d=4 " SINE "-c:v libx264 -c:a aac end.mp4");
  clip_run("rm -rf target; mkdir target");
  remake("end.mp4", "target/whole.mp4");
  struct stat whole;
  assert_int_equal(stat(clip_path("target/whole.mp4"), &whole), 0);
  struct rlimit before, small;
  getrlimit(RLIMIT_FSIZE, &before);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  for (int less = 1; less < 4000; less += 400) {
    struct remake r;
    char path[CLIP_NAME];
    snprintf(path, sizeof path, "%s", clip_path("target/part.mp4"));
    assert_int_equal(remake_open(&r, "end.mp4", path, 0, 0, false, NULL), 0);
    small = before;
    small.rlim_cur = (rlim_t)(whole.st_size - less);
    setrlimit(RLIMIT_FSIZE, &small);
    int result = remake_all(&r);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(result, DF_ENOSPACE);
    remake_close(&r);
    assert_int_equal(files_in_folder(), 1);
  }
  signal(SIGXFSZ, handler);
}

struct resolution {
  struct df_input *input;
  char input_path[CLIP_NAME], path[CLIP_NAME];
};

static int resolve(struct resolution *r, const char *output, bool overwrite, struct df_error *err)
{
  *err = (struct df_error){0};
  char name[CLIP_NAME];
  snprintf(name, sizeof name, "%s", output[0] == '/' ? output : clip_path(output));
  return df_output_resolve(name, r->input, r->input_path, overwrite, r->path, sizeof r->path, err);
}

static void assert_not_resolved(
    struct resolution *r, const char *output, int code, const char *says)
{
  struct df_error err;
  assert_int_equal(resolve(r, output, false, &err), code);
  assert_says(err.text, says);
}

static void resolve_refuses_what_cannot_be_written(void **state)
{
  (void)state;
  struct resolution r;
  struct df_error err;
  clip_make(VIDEO SINE "-c:v libx264 -c:a aac in.mp4");
  clip_run("ln -f in.mp4 hard.mp4; ln -sf in.mp4 soft.mp4; echo x >there.mp4; rm -rf shut d; mkdir "
           "-p shut d; chmod 555 shut; ln -sf /dev/null null.mp4");
  snprintf(r.input_path, sizeof r.input_path, "%s", clip_path("in.mp4"));
  clip_open("in.mp4", 0, 0, NULL, &r.input);
  assert_not_resolved(&r, "in.mp4", DF_EOUTPUT, "is the input itself");
  assert_not_resolved(&r, "hard.mp4", DF_EOUTPUT, "is the input itself");
  assert_not_resolved(&r, "soft.mp4", DF_EOUTPUT, "is the input itself");
  assert_int_equal(resolve(&r, "soft.mp4", true, &err), DF_EOUTPUT);
  assert_not_resolved(&r, "there.mp4", DF_EOUTPUT, "exists");
  assert_not_resolved(&r, "missing/out.mp4", DF_EOUTPUT, "missing");
  assert_not_resolved(&r, "missing/", DF_EOUTPUT, "missing");
  assert_not_resolved(&r, "there.mp4/out.mp4", DF_EOUTPUT, "");
  assert_not_resolved(&r, "null.mp4", DF_EOUTPUT, "regular file");
  assert_not_resolved(&r, "out.txt", DF_EUSAGE, ".mp4");
  assert_not_resolved(&r, "out", DF_EUSAGE, ".mp4");
  if (geteuid() != 0)
    assert_not_resolved(&r, "shut/out.mp4", DF_EOUTPUT, "cannot be written to");
  assert_int_equal(resolve(&r, "there.mp4", true, &err), 0);
  assert_int_equal(resolve(&r, "d/OUT.MKV", false, &err), 0);
  assert_string_equal(r.path, clip_path("d/OUT.MKV"));
  df_input_close(&r.input);
}

static void resolve_names_files_in_folders_by_what_the_audio_needs(void **state)
{
  (void)state;
  static const char *const cases[][3] = {{"aac", "talk.one.mp4", "d/talk.one-split.mp4"},
      {"pcm_s16le", "talk.mov", "d/talk-split.mkv"}, {"libvorbis", "talk.mkv", "d/talk-split.mkv"},
      {"libopus", "opus.mkv", "d/opus-split.mp4"}};
  clip_run("mkdir -p d");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct resolution r;
    struct df_error err;
    char arguments[512];
    snprintf(arguments, sizeof arguments, VIDEO SINE "-c:v libx264 -c:a %s %s", cases[i][0],
        cases[i][1]);
    clip_make(arguments);
    snprintf(r.input_path, sizeof r.input_path, "%s", clip_path(cases[i][1]));
    clip_open(cases[i][1], 0, 0, NULL, &r.input);
    assert_int_equal(resolve(&r, i % 2 ? "d" : "d/", false, &err), 0);
    assert_string_equal(r.path, clip_path(cases[i][2]));
    df_input_close(&r.input);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_unfinished_is_left),
      cmocka_unit_test(a_file_that_appeared_meanwhile_is_not_replaced),
      cmocka_unit_test(a_full_disk_says_how_much_was_written),
      cmocka_unit_test(a_disk_that_fills_at_the_very_end_is_no_success),
      cmocka_unit_test(resolve_refuses_what_cannot_be_written),
      cmocka_unit_test(resolve_names_files_in_folders_by_what_the_audio_needs),
  };
  return cmocka_run_group_tests(tests, clip_setup, clip_teardown);
}
