/* Each test is named after the promise of config/options.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/option_table.h"
#include "config/options.h"

enum { WORDS_MAX = 32 };

/* Parses words given as one string; blanks part them, and "" stays until the test ends. */
static int parse(
    enum df_command command, const char *line, struct df_options *ret_options, struct df_error *err)
{
  static char copy[1024];
  const char *argv[WORDS_MAX];
  int argc = 0;
  snprintf(copy, sizeof copy, "%s", line);
  for (char *word = strtok(copy, " "); word && argc < WORDS_MAX; word = strtok(NULL, " "))
    argv[argc++] = word;
  *err = (struct df_error){0};
  return df_options_parse(command, argc, argv, ret_options, err);
}

static void accept(enum df_command command, const char *line, struct df_options *ret_options)
{
  struct df_error err;
  int result = parse(command, line, ret_options, &err);
  if (result != 0)
    fail_msg("\"%s\" was refused: %s", line, err.text);
}

/* Refuses with DF_EUSAGE and a sentence that has `part` in it, and leaves the result alone. */
static void refuse(enum df_command command, const char *line, const char *part)
{
  struct df_options options, before;
  struct df_error err;
  memset(&options, 0x5A, sizeof options);
  memcpy(&before, &options, sizeof options);
  int result = parse(command, line, &options, &err);
  if (result != DF_EUSAGE)
    fail_msg("\"%s\" gave %d", line, result);
  if (!strstr(err.text, part))
    fail_msg("\"%s\" was refused with \"%s\", without \"%s\"", line, err.text, part);
  assert_int_equal(err.code, DF_EUSAGE);
  assert_null(strchr(err.text, '\n'));
  assert_memory_equal(&options, &before, sizeof options);
}

static void defaults_are_filled_in(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_RUN, "in.mp4 -o out.mp4", &o);
  assert_int_equal(o.task.kind, DF_TASK_RUN);
  assert_string_equal(o.task.input, "in.mp4");
  assert_string_equal(o.task.output, "out.mp4");
  assert_null(o.task.tracks);
  assert_null(o.task.models);
  assert_null(o.task.photos[DF_LEFT]);
  assert_int_equal(o.task.crf, -1);
  assert_int_equal(o.task.bitrate, 0);
  assert_int_equal(o.task.threads, 0);
  assert_int_equal(o.task.codec, DF_CODEC_AUTO);
  assert_int_equal(o.task.profile, DF_PROFILE_BALANCED);
  assert_int_equal(o.task.fit, DF_FIT_COVER);
  assert_int_equal(o.task.absent, DF_ABSENT_WIDE);
  assert_true(o.task.lookahead == 1.5);
  assert_true(o.task.hold_seconds == 2);
  assert_true(o.task.start == 0 && o.task.duration == 0);
  assert_false(o.task.overwrite || o.task.swap || o.quiet || o.json || o.help);
}

static void the_layout_is_made(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_RUN, "in -o out", &o);
  assert_int_equal(o.task.layout.width, 1920);
  assert_int_equal(o.task.layout.height, 1080);
  assert_int_equal(o.task.layout.tiles[DF_RIGHT].x, 960);
  accept(DF_COMMAND_RUN, "in -o out --layout stacked", &o);
  assert_int_equal(o.task.layout.width, 1080);
  assert_int_equal(o.task.layout.tiles[DF_RIGHT].y, 960);
  accept(DF_COMMAND_ANALYZE, "in --tracks t --size 1280x720", &o);
  assert_int_equal(o.task.layout.width, 1280);
  assert_int_equal(o.task.layout.tiles[DF_LEFT].w, 640);
}

static void every_option_is_stored(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_RUN,
      "in -o out --overwrite --tracks t --observations b --replay r --left l.jpg --right r.jpg "
      "--swap --absent freeze",
      &o);
  assert_true(o.task.overwrite && o.task.swap);
  assert_string_equal(o.task.tracks, "t");
  assert_string_equal(o.task.observations, "b");
  assert_string_equal(o.task.replay, "r");
  assert_string_equal(o.task.photos[DF_LEFT], "l.jpg");
  assert_string_equal(o.task.photos[DF_RIGHT], "r.jpg");
  assert_int_equal(o.task.absent, DF_ABSENT_FREEZE);
  accept(DF_COMMAND_RUN,
      "in -o out --debug d --contact-sheet c.png --models m --detector dn --embedder en --threads "
      "3 "
      "--json",
      &o);
  assert_string_equal(o.task.debug, "d");
  assert_string_equal(o.task.contact_sheet, "c.png");
  assert_string_equal(o.task.models, "m");
  assert_string_equal(o.task.detector, "dn");
  assert_string_equal(o.task.embedder, "en");
  assert_int_equal(o.task.threads, 3);
  assert_true(o.json);
  accept(DF_COMMAND_RENDER,
      "in -o out --tracks t --codec av1 --profile archival --crf 60 --fit contain", &o);
  assert_int_equal(o.task.kind, DF_TASK_RENDER);
  assert_int_equal(o.task.codec, DF_CODEC_AV1);
  assert_int_equal(o.task.profile, DF_PROFILE_ARCHIVAL);
  assert_int_equal(o.task.crf, 60);
  assert_int_equal(o.task.fit, DF_FIT_CONTAIN);
  accept(DF_COMMAND_ANALYZE,
      "in --tracks t --lookahead 0 --hold 0 --face-height 0.5 --headroom 0.1", &o);
  assert_int_equal(o.task.kind, DF_TASK_ANALYZE);
  assert_true(o.task.lookahead == 0 && o.task.hold_seconds == 0);
  assert_true(o.task.face_height == 0.5f && o.task.headroom == 0.1f);
}

static void the_device_is_chosen_by_name(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_RUN, "in -o out", &o);
  assert_string_equal(o.task.device, "auto");
  assert_int_equal(o.task.hardware, DF_HARDWARE_AUTO);
  assert_false(o.task.md5);
  accept(DF_COMMAND_RENDER, "in -o out --tracks t --device cuda:1 --encoder nvenc --md5", &o);
  assert_string_equal(o.task.device, "cuda:1");
  assert_int_equal(o.task.hardware, DF_HARDWARE_NVENC);
  assert_true(o.task.md5);
  accept(DF_COMMAND_ANALYZE, "in --tracks t --device cpu", &o);
  assert_string_equal(o.task.device, "cpu");
  refuse(DF_COMMAND_RUN, "in -o out --device gpu", "auto, cpu, cuda or cuda:N");
  refuse(DF_COMMAND_RUN, "in -o out --encoder null", "auto, nvenc or software");
  refuse(DF_COMMAND_ANALYZE, "in --tracks t --encoder nvenc", "run, serve, render and bench");
}

static void a_benchmark_takes_several_inputs_and_encodes_nothing(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_BENCH, "a.mp4", &o);
  assert_int_equal(o.input_count, 1);
  assert_int_equal(o.streams, 1);
  assert_true(o.seconds == 0 && o.rate == 0 && !o.loop && o.task.lookahead == 1.5);
  assert_int_equal(o.task.codec, DF_CODEC_NONE);
  accept(DF_COMMAND_BENCH,
      "a.mp4 b.mp4 --streams 8 --seconds 20 --loop --rate 29.97 --lookahead 0 --encoder auto "
      "--codec hevc --device cuda --md5 --json",
      &o);
  assert_int_equal(o.input_count, 2);
  assert_string_equal(o.inputs[0], "a.mp4");
  assert_string_equal(o.inputs[1], "b.mp4");
  assert_int_equal(o.streams, 8);
  assert_true(o.seconds == 20 && o.rate == 29.97 && o.loop && o.json && o.task.md5);
  assert_int_equal(o.task.codec, DF_CODEC_HEVC);
  assert_int_equal(o.task.hardware, DF_HARDWARE_AUTO);
  accept(DF_COMMAND_BENCH, "a.mp4 --encoder software", &o);
  assert_int_equal(o.task.hardware, DF_HARDWARE_SOFTWARE);
  assert_int_equal(o.task.codec, DF_CODEC_AUTO);
  refuse(DF_COMMAND_BENCH, "", "INPUT is missing");
  refuse(DF_COMMAND_BENCH, "a.mp4 --streams 0", "from 1 to 32");
  refuse(DF_COMMAND_BENCH, "a.mp4 --loop", "--seconds");
  refuse(DF_COMMAND_BENCH, "a.mp4 -o out.mp4", "run, serve and render");
  refuse(DF_COMMAND_RUN, "a.mp4 -o out.mp4 --seconds 2", "bench");
}

static void words_come_in_every_usual_form(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_RUN, "--output=out.mp4 in.mp4", &o);
  assert_string_equal(o.task.output, "out.mp4");
  accept(DF_COMMAND_RUN, "in.mp4 -oout.mp4", &o);
  assert_string_equal(o.task.output, "out.mp4");
  accept(DF_COMMAND_RUN, "-qo out.mp4 in.mp4", &o);
  assert_true(o.quiet);
  assert_string_equal(o.task.output, "out.mp4");
  accept(DF_COMMAND_RUN, "-o out.mp4 -- --in.mp4", &o);
  assert_string_equal(o.task.input, "--in.mp4");
  accept(DF_COMMAND_RUN, "-o a -o b in", &o);
  assert_string_equal(o.task.output, "b");
  accept(DF_COMMAND_RUN, "-o -strange.mp4 in", &o);
  assert_string_equal(o.task.output, "-strange.mp4");
  accept(DF_COMMAND_RUN, "in -o out --fit center-crop", &o);
  assert_int_equal(o.task.fit, DF_FIT_CENTRE);
}

static void times_and_rates_are_read(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    double seconds;
  } times[] = {
      {"12", 12},
      {"12.25", 12.25},
      {".5", 0.5},
      {"1:30", 90},
      {"90:00", 5400},
      {"01:02:03.5", 3723.5},
      {"100:00:00", 360000},
  };
  static const struct {
    const char *text;
    int kilobits;
  } rates[] = {{"4M", 4000}, {"4.5m", 4500}, {"4000k", 4000}, {"800K", 800}, {"4000000", 4000}};
  struct df_options o;
  char line[128];
  for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
    snprintf(line, sizeof line, "in -o out --start 7 --start %s --duration %s", times[i].text,
        times[i].text);
    accept(DF_COMMAND_RUN, line, &o);
    assert_true(o.task.start == times[i].seconds && o.task.duration == times[i].seconds);
  }
  for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
    snprintf(line, sizeof line, "in -o out --bitrate %s", rates[i].text);
    accept(DF_COMMAND_RUN, line, &o);
    assert_int_equal(o.task.bitrate, rates[i].kilobits);
  }
}

static void a_supervised_run_may_replace_its_own_log(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_RUN, "in -o out", &o);
  assert_true(!o.supervise && o.stall == 900);
  accept(DF_COMMAND_RUN, "in -o out --supervise --stall 0 --tracks t", &o);
  assert_true(o.supervise && o.stall == 0);
  accept(DF_COMMAND_ANALYZE, "in --supervise --observations log --overwrite", &o);
  refuse(DF_COMMAND_RUN, "in -o out --supervise --observations log",
      "--supervise with --observations wants --overwrite");
}

static void an_unknown_option_names_the_nearest(void **state)
{
  (void)state;
  refuse(DF_COMMAND_RUN, "in -o out --lokahead 1", "did you mean --lookahead?");
  refuse(DF_COMMAND_RUN, "in --outptu out", "did you mean --output?");
  refuse(DF_COMMAND_RUN, "in -o out --bitrtae=4M", "--bitrtae; did you mean --bitrate?");
  refuse(DF_COMMAND_GENERAL, "--versoin", "did you mean --version?");
  refuse(
      DF_COMMAND_RUN, "in -o out --zzzzzzzz", "unknown option --zzzzzzzz; see dualface run --help");
  refuse(DF_COMMAND_RUN, "in -o out -z", "unknown option -z");
  refuse(DF_COMMAND_RUN, "in -o out --manua", "unknown option --manua; see");
}

static void an_option_of_other_commands_says_whose_it_is(void **state)
{
  (void)state;
  refuse(DF_COMMAND_ANALYZE, "in --tracks t --crf 20",
      "--crf is an option of run, serve, render and bench");
  refuse(DF_COMMAND_RENDER, "in --tracks t -o o --swap",
      "--swap is an option of run, serve and analyze");
  refuse(DF_COMMAND_ANALYZE, "in -o out", "--output is an option of run, serve and render");
  refuse(DF_COMMAND_RUN, "--version", "--version goes without a command");
  refuse(DF_COMMAND_GENERAL, "--crf 20", "--crf comes after a command");
}

static void a_value_says_what_is_allowed(void **state)
{
  (void)state;
  static const char *const lines[][2] = {
      {"--crf -1", "from 0 to 63, not \"-1\""},
      {"--crf 2.5", "a whole number"},
      {"--crf 64 --codec av1", "from 0 to 63"},
      {"--crf 52", "from 0 to 51"},
      {"--crf 52 --codec hevc", "from 0 to 51 with --codec hevc"},
      {"--lookahead 10.1", "a number from 0 to 10"},
      {"--lookahead 1e1", "a number from 0 to 10"},
      {"--lookahead nan", "a number from 0 to 10"},
      {"--lookahead 1,5", "a number from 0 to 10"},
      {"--threads 257", "from 0 to 256"},
      {"--threads 99999999999999999999", "from 0 to 256"},
      {"--start 1:60", "[HH:]MM:SS"},
      {"--start 1:2:3:4", "[HH:]MM:SS"},
      {"--start 1.5:20", "[HH:]MM:SS"},
      {"--start -3", "[HH:]MM:SS"},
      {"--start 1:-3", "[HH:]MM:SS"},
      {"--start 3600001", "at most 1000 hours"},
      {"--duration 0", "more than 0"},
      {"--bitrate 4G", "bits a second"},
      {"--bitrate 4", "from 16k to 1000M"},
      {"--bitrate 2000M", "from 16k to 1000M"},
      {"--size 1280", "width x height"},
      {"--size 1281x720", "two even numbers"},
      {"--size 1280x720x3", "width x height"},
      {"--size 8194x720", "from 64 to 8192"},
      {"--size 1280.0x720", "width x height"},
      {"--codec vp9", "one of auto, h264, hevc or av1, not \"vp9\""},
      {"--profile best", "one of realtime, streaming, balanced, quality or archival"},
      {"--absent gone", "one of wide, hold, freeze or black"},
      {"--layout grid", "one of side-by-side or stacked"},
      {"--fit fill", "one of cover, contain, stretch or centre-crop"},
      {"--face-height 0", "from 0.05 to 0.9"},
      {"--face-height 0.8 --headroom 0.3", "their sum may be at most 1"},
      {"--tracks=", "--tracks wants a value, but got an empty one"},
      {"--tracks", "--tracks wants a value: --tracks FILE"},
      {"--tracks --json", "--tracks wants a value, but the option --json follows it"},
      {"--tracks -q", "--tracks wants a value, but the option -q follows it"},
      {"--swap=yes", "--swap takes no value"},
  };
  char line[128];
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    snprintf(line, sizeof line, "in -o out %s", lines[i][0]);
    refuse(DF_COMMAND_RUN, line, lines[i][1]);
  }
}

static void arguments_are_one_input_and_what_the_command_needs(void **state)
{
  (void)state;
  refuse(DF_COMMAND_RUN, "-o out", "INPUT is missing");
  refuse(DF_COMMAND_RUN, "", "INPUT is missing");
  refuse(DF_COMMAND_ANALYZE, "a b --tracks t", "\"b\" is a second one");
  refuse(DF_COMMAND_RUN, "a b -o out --tracks t", "--tracks names one file");
  refuse(DF_COMMAND_RUN, "--list l -o out --debug t.mp4", "--debug names one file");
  refuse(DF_COMMAND_RUN, "- -o out", "standard input");
  refuse(DF_COMMAND_RUN, "in", "dualface run INPUT... -o OUT");
  refuse(DF_COMMAND_ANALYZE, "in --debug d.mp4", "--debug is an option of run and render");
  refuse(DF_COMMAND_ANALYZE, "in", "dualface analyze INPUT --tracks FILE");
  refuse(DF_COMMAND_RENDER, "in -o out", "which tracks file");
  refuse(DF_COMMAND_RENDER, "in --tracks t", "where the video goes");
  refuse(DF_COMMAND_GENERAL, "run", "the command comes first");
}

static void the_same_order_has_the_same_text(void **state)
{
  (void)state;
  struct df_options o;
  struct df_error err = {0};
  char text[256];
  accept(DF_COMMAND_RUN, "a b -o out --streams 3 --threads 2 --device cpu --overwrite --json", &o);
  assert_int_equal(df_options_canonical(&o, text, sizeof text, &err), 0);
  assert_string_equal(text, "");
  accept(DF_COMMAND_RUN,
      "c --swap --crf 20 -o x --lookahead 0.5 --size 1280x720 --left me.jpg --fit contain --absent "
      "hold",
      &o);
  assert_int_equal(df_options_canonical(&o, text, sizeof text, &err), 0);
  assert_string_equal(text,
      "--size 1280x720 --fit contain --crf 20 --left me.jpg --swap --absent hold --lookahead 0.5");
  assert_int_equal(df_options_canonical(&o, text, 20, &err), DF_EUSAGE);
  accept(DF_COMMAND_RUN, "c -o x --crf=20 --fit cover", &o);
  assert_int_equal(df_options_canonical(&o, text, sizeof text, &err), 0);
  assert_string_equal(text, "--crf 20");
}

static void several_inputs_are_for_run(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_RUN, "a -o out b --list l --streams 3", &o);
  assert_int_equal(o.input_count, 2);
  assert_string_equal(o.inputs[1], "b");
  assert_string_equal(o.list, "l");
  assert_int_equal(o.streams, 3);
  accept(DF_COMMAND_RUN, "--list l -o out", &o);
  assert_int_equal(o.input_count, 0);
  assert_int_equal(o.streams, 0);
}

static void serving_watches_a_folder(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_SERVE, "--watch in --out out --settle 2 --swap --streams 2", &o);
  assert_string_equal(o.watch, "in");
  assert_string_equal(o.task.output, "out");
  assert_true(o.settle == 2 && o.task.swap && o.streams == 2);
  refuse(DF_COMMAND_SERVE, "--out out", "which folder to watch");
  refuse(DF_COMMAND_SERVE, "--watch in", "where the videos go");
  refuse(DF_COMMAND_SERVE, "--watch in --out out x.mp4", "serve takes no INPUT");
  refuse(DF_COMMAND_SERVE, "--watch in --out out --tracks t", "--tracks is an option of");
}

static void doctor_looks_at_no_input(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_DOCTOR, "", &o);
  accept(DF_COMMAND_DOCTOR, "--json -q", &o);
  assert_true(o.json && o.quiet);
  refuse(DF_COMMAND_DOCTOR, "in", "doctor takes no argument");
  refuse(DF_COMMAND_DOCTOR, "--crf 20", "--crf is an option of run");
}

static void jobs_takes_an_action_and_ids_or_states(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_JOBS, "list", &o);
  assert_int_equal(o.jobs_action, DF_JOBS_LIST);
  assert_null(o.state);
  accept(DF_COMMAND_JOBS, "--state dir retry 4 --json 17", &o);
  assert_int_equal(o.jobs_action, DF_JOBS_RETRY);
  assert_string_equal(o.state, "dir");
  assert_int_equal(o.input_count, 3);
  assert_int_equal(df_options_job_id(o.inputs[2]), 17);
  accept(DF_COMMAND_JOBS, "forget --done --failed", &o);
  assert_true(o.job_states[DF_JOB_DONE] && o.job_states[DF_JOB_FAILED]);
  assert_false(o.job_states[DF_JOB_WAITING]);
  accept(DF_COMMAND_JOBS, "sweep --state dir", &o);
  assert_int_equal(o.jobs_action, DF_JOBS_SWEEP);
  refuse(DF_COMMAND_JOBS, "sweep 3", "neither ids nor states");
  refuse(DF_COMMAND_JOBS, "sweep --failed", "neither ids nor states");
  refuse(DF_COMMAND_JOBS, "", "dualface jobs list");
  refuse(DF_COMMAND_JOBS, "lsit", "did you mean list?");
  refuse(DF_COMMAND_JOBS, "explode", "it can list, show ID, retry ID, forget ID and sweep");
  refuse(DF_COMMAND_JOBS, "list 3", "jobs list takes no id");
  refuse(DF_COMMAND_JOBS, "show", "jobs show takes one id");
  refuse(DF_COMMAND_JOBS, "show 3 4", "jobs show takes one id");
  refuse(DF_COMMAND_JOBS, "show 3 --failed", "jobs show takes an id");
  refuse(DF_COMMAND_JOBS, "retry", "say which job");
  refuse(DF_COMMAND_JOBS, "retry 3 --failed", "ids or states, not both");
  refuse(DF_COMMAND_JOBS, "retry --done",
      "cannot be done to all jobs that are waiting, running or done");
  refuse(DF_COMMAND_JOBS, "forget --running", "cannot be done to all jobs that are running");
  for (const char *const *word =
           (const char *const[]){"0", "-3", "3x", "x", "1.5", "99999999999999999999", NULL};
       *word; word++) {
    char line[64];
    snprintf(line, sizeof line, "forget -- %s", *word);
    refuse(DF_COMMAND_JOBS, line, "is no id of a job");
  }
  refuse(DF_COMMAND_JOBS, "list --crf 20", "--crf is an option of run");
}

static void eval_takes_a_truth_and_a_tracks_file(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_EVAL, "truth tracks --plot p.png --partial --layout stacked", &o);
  assert_int_equal(o.input_count, 2);
  assert_string_equal(o.inputs[0], "truth");
  assert_string_equal(o.inputs[1], "tracks");
  assert_string_equal(o.plot, "p.png");
  assert_true(o.partial);
  assert_int_equal(o.task.layout.tiles[DF_LEFT].h, 960);
  accept(DF_COMMAND_EVAL, "truth tracks", &o);
  assert_null(o.plot);
  assert_false(o.partial);
  refuse(DF_COMMAND_EVAL, "", "TRUTH TRACKS");
  refuse(DF_COMMAND_EVAL, "truth", "TRUTH TRACKS");
  refuse(DF_COMMAND_EVAL, "truth tracks more", "\"more\" is a third one");
  refuse(DF_COMMAND_EVAL, "truth tracks --plot tracks", "TRACKS and --plot are the same file");
  refuse(DF_COMMAND_RUN, "in -o out --plot p.png", "--plot is an option of eval");
}

static void options_that_exclude_each_other_are_refused(void **state)
{
  (void)state;
  refuse(DF_COMMAND_RUN, "in -o out --crf 20 --bitrate 4M", "exclude each other");
  refuse(DF_COMMAND_RUN, "in -o in", "INPUT and --output are the same file");
  refuse(
      DF_COMMAND_RUN, "in -o out --tracks x --debug x", "--tracks and --debug are the same file");
  refuse(DF_COMMAND_RENDER, "in -o t --tracks t", "--output and --tracks are the same file");
  struct df_options o;
  accept(DF_COMMAND_RUN, "in -o out --left same.jpg --right same.jpg", &o);
}

static void help_and_version_end_the_parsing(void **state)
{
  (void)state;
  struct df_options o;
  accept(DF_COMMAND_RUN, "--help --nonsense", &o);
  assert_true(o.help);
  accept(DF_COMMAND_RENDER, "-h", &o);
  assert_true(o.help);
  accept(DF_COMMAND_GENERAL, "--version", &o);
  assert_true(o.version);
  accept(DF_COMMAND_GENERAL, "-h", &o);
  assert_true(o.help);
}

static void commands_are_found_by_name(void **state)
{
  (void)state;
  assert_int_equal(df_command_find("analyze")->command, DF_COMMAND_ANALYZE);
  assert_null(df_command_find("analyse"));
  assert_int_equal(df_command_nearest("analyse")->command, DF_COMMAND_ANALYZE);
  assert_int_equal(df_command_nearest("rnder")->command, DF_COMMAND_RENDER);
  assert_null(df_command_nearest("talk.mp4"));
  assert_null(df_command_nearest(""));
}

static void spelling_distance_counts_edits(void **state)
{
  (void)state;
  assert_int_equal(df_spelling_distance("same", "same"), 0);
  assert_int_equal(df_spelling_distance("", "abc"), 3);
  assert_int_equal(df_spelling_distance("abc", ""), 3);
  assert_int_equal(df_spelling_distance("abcd", "abdc"), 1);
  assert_int_equal(df_spelling_distance("kitten", "sitting"), 3);
  assert_int_equal(df_spelling_distance("debug", "debgu"), 1);
}

/* What a FILE * printer printed; freed by the caller. */
static char *printed(void (*print)(FILE *out, enum df_command command), enum df_command command)
{
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  print(out, command);
  fclose(out);
  return text;
}

static void print_help(FILE *out, enum df_command command)
{
  df_options_help(command, out);
}

static void print_manual(FILE *out, enum df_command command)
{
  (void)command;
  df_options_manual(out);
}

static void help_shows_every_option_of_its_command_in_80_columns(void **state)
{
  (void)state;
  static const enum df_command commands[] = {DF_COMMAND_RUN, DF_COMMAND_ANALYZE, DF_COMMAND_RENDER,
      DF_COMMAND_BENCH, DF_COMMAND_EVAL, DF_COMMAND_JOBS, DF_COMMAND_GENERAL};
  for (size_t c = 0; c < sizeof commands / sizeof *commands; c++) {
    char *help = printed(print_help, commands[c]);
    for (size_t i = 0; i < df_option_count; i++) {
      char name[64];
      snprintf(name, sizeof name, " --%s%s", df_option_table[i].name,
          df_option_table[i].placeholder ? " " : "");
      bool wanted =
          (df_option_find(commands[c], df_option_table[i].name, strlen(df_option_table[i].name))
                  ->commands &
              commands[c]) &&
          df_option_table[i].group != DF_GROUP_HIDDEN;
      if (wanted && !strstr(help, name))
        fail_msg("help of command %d lacks%s", commands[c], name);
    }
    for (char *line = strtok(help, "\n"); line; line = strtok(NULL, "\n"))
      assert_true(strlen(line) <= 80);
    free(help);
  }
}

static void the_manual_shows_every_option_as_roff(void **state)
{
  (void)state;
  char *manual = printed(print_manual, DF_COMMAND_GENERAL);
  assert_memory_equal(manual, ".TH DUALFACE 1", 14);
  assert_non_null(strstr(manual, "\\-\\-encoder\\-preset"));
  assert_non_null(strstr(manual, "(run and render only)"));
  assert_null(strstr(manual, "--"));
  assert_null(strstr(manual, "man(7) source"));
  free(manual);
}

static void the_table_is_consistent(void **state)
{
  (void)state;
  for (size_t i = 0; i < df_option_count; i++) {
    const struct df_option *o = &df_option_table[i];
    struct df_options options = {0};
    struct df_error err = {0};
    char text[256];
    assert_true(o->commands != 0);
    assert_int_equal(o->help[strlen(o->help) - 1], '.');
    assert_int_equal(o->kind == DF_VALUE_NONE, o->placeholder == NULL);
    assert_int_equal(o->kind == DF_VALUE_CHOICE || o->kind == DF_VALUE_NAME, o->choices != NULL);
    assert_int_equal(df_option_allowed(o, text, sizeof text)[0] == '\0', o->kind == DF_VALUE_NONE);
    if (o->fallback && df_option_store(o, o->fallback, &options, &err) < 0)
      fail_msg("default of --%s: %s", o->name, err.text);
    for (size_t j = i + 1; j < df_option_count; j++) {
      const struct df_option *other = &df_option_table[j];
      if (!(other->commands & o->commands))
        continue;
      assert_string_not_equal(o->name, other->name);
      assert_false(o->letter && o->letter == other->letter);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_are_filled_in),
      cmocka_unit_test(the_layout_is_made),
      cmocka_unit_test(every_option_is_stored),
      cmocka_unit_test(the_device_is_chosen_by_name),
      cmocka_unit_test(a_benchmark_takes_several_inputs_and_encodes_nothing),
      cmocka_unit_test(words_come_in_every_usual_form),
      cmocka_unit_test(times_and_rates_are_read),
      cmocka_unit_test(a_supervised_run_may_replace_its_own_log),
      cmocka_unit_test(an_unknown_option_names_the_nearest),
      cmocka_unit_test(an_option_of_other_commands_says_whose_it_is),
      cmocka_unit_test(a_value_says_what_is_allowed),
      cmocka_unit_test(arguments_are_one_input_and_what_the_command_needs),
      cmocka_unit_test(the_same_order_has_the_same_text),
      cmocka_unit_test(several_inputs_are_for_run),
      cmocka_unit_test(serving_watches_a_folder),
      cmocka_unit_test(doctor_looks_at_no_input),
      cmocka_unit_test(jobs_takes_an_action_and_ids_or_states),
      cmocka_unit_test(eval_takes_a_truth_and_a_tracks_file),
      cmocka_unit_test(options_that_exclude_each_other_are_refused),
      cmocka_unit_test(help_and_version_end_the_parsing),
      cmocka_unit_test(commands_are_found_by_name),
      cmocka_unit_test(spelling_distance_counts_edits),
      cmocka_unit_test(help_shows_every_option_of_its_command_in_80_columns),
      cmocka_unit_test(the_manual_shows_every_option_as_roff),
      cmocka_unit_test(the_table_is_consistent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
