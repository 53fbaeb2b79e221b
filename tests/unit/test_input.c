/* Each test is named after the promise of input.h that it checks. */
#include "clip.h"

#include <math.h>
#include <sys/stat.h>

#define SECOND_OF_TEST "-f lavfi -i testsrc2=s=320x240:r=25:d=1 "

static void refuses(const char *path, const char *why)
{
  struct df_error err = {0};
  struct df_input *input = NULL;
  int ret = df_input_open(path, NULL, NULL, &input, &err);
  if (ret != DF_EINPUT || !strstr(err.text, why) || !strstr(err.text, path) ||
      strchr(err.text, '\n'))
    fail_msg("%s: code %d, \"%s\", expected \"%s\"", path, ret, err.text, why);
  assert_null(input);
}

static void says_in_one_sentence_what_cannot_be_a_video(void **state)
{
  (void)state;
  clip_run(": >empty.mp4; echo hello >text.txt; mkfifo pipe; head -c 50000 /dev/zero >zeros.mp4;"
           "printf 'ffconcat version 1.0\\nfile whole.mp4\\n' >list.mp4");
  clip_make(SECOND_OF_TEST "whole.mp4");
  clip_make("-f lavfi -i sine=d=1 sound.mp3");
  clip_make(SECOND_OF_TEST "-frames:v 1 photo.png");
  clip_make(SECOND_OF_TEST "-frames:v 1 photo.jpg");
  clip_make(SECOND_OF_TEST "-frames:v 1 photo.gif");
  clip_make(
      "-i sound.mp3 -i photo.jpg -map 0 -map 1 -c copy -disposition:v attached_pic cover.mp3");
  refuses("/nonexistent/video.mp4", "does not exist");
  refuses(clip_folder, "is a folder");
  refuses(clip_path("pipe"), "is a device or pipe");
  refuses(clip_path("empty.mp4"), "is empty");
  refuses(clip_path("text.txt"), "format is not known");
  refuses(clip_path("zeros.mp4"), "");
  refuses(clip_path("list.mp4"), "list of files");
  refuses(clip_path("sound.mp3"), "only audio");
  refuses(clip_path("cover.mp3"), "only audio and a cover picture");
  refuses(clip_path("photo.png"), "is a still picture");
  refuses(clip_path("photo.jpg"), "is a still picture");
  refuses(clip_path("photo.gif"), "is a still picture");
}

static void opens_files_only(void **state)
{
  (void)state;
  clip_make(SECOND_OF_TEST "whole.mp4");
  char path[2 * CLIP_NAME];
  snprintf(path, sizeof path, "concat:%s/whole.mp4", clip_folder);
  refuses(path, "does not exist");
  refuses("http://localhost/whole.mp4", "does not exist");
  clip_run("cp whole.mp4 'concat:a|b'; cp whole.mp4 'n%03d.mp4'");
  struct df_input *input = NULL;
  clip_open("concat:a|b", 0, 0, NULL, &input);
  df_input_close(&input);
  clip_open("n%03d.mp4", 0, 0, NULL, &input);
  df_input_close(&input);
}

static void says_that_an_index_is_missing(void **state)
{
  (void)state;
  clip_make(SECOND_OF_TEST "whole.mp4");
  clip_run("head -c 20000 whole.mp4 >half.mp4");
  refuses(clip_path("half.mp4"), "may be damaged or incomplete");
}

static struct df_video_info info_of(const char *name)
{
  struct df_input *input = NULL;
  clip_open(name, 0, 0, NULL, &input);
  struct df_video_info info = *df_input_video(input);
  df_input_close(&input);
  return info;
}

static void tells_size_rate_and_length(void **state)
{
  (void)state;
  clip_make("-f lavfi -i testsrc2=s=854x480:r=30000/1001:d=2 -c:v libx264 a.mp4");
  struct df_video_info info = info_of("a.mp4");
  assert_int_equal(info.width, 854);
  assert_int_equal(info.height, 480);
  assert_int_equal(info.display_width, 854);
  assert_int_equal(info.frames, 60);
  assert_int_equal(info.frame_rate.num, 30000);
  assert_int_equal(info.frame_rate.den, 1001);
  assert_true(fabs(info.duration - 2.002) < 0.01);
  assert_string_equal(info.codec, "h264");
}

static void enlarges_in_one_direction_for_sample_aspect(void **state)
{
  (void)state;
  clip_make("-f lavfi -i testsrc2=s=720x576:r=25:d=0.2 -vf setsar=64/45 -c:v libx264 wide.mp4");
  struct df_video_info wide = info_of("wide.mp4");
  assert_int_equal(wide.width, 720);
  assert_int_equal(wide.display_width, 1024);
  assert_int_equal(wide.display_height, 576);
  assert_true(fabsf(wide.display_x - 45.0f / 64) < 1e-4f);
  assert_true(wide.display_y == 1);

  clip_make("-f lavfi -i testsrc2=s=720x480:r=25:d=0.2 -vf setsar=8/9 -c:v libx264 tall.mp4");
  struct df_video_info tall = info_of("tall.mp4");
  assert_int_equal(tall.display_width, 720);
  assert_int_equal(tall.display_height, 540);
  assert_true(tall.display_x == 1);
  assert_true(fabsf(tall.display_y - 8.0f / 9) < 1e-4f);
}

/* By a filter: in newer releases ffmpeg's options for colour lose to what a frame says. */
static void expect_colour(
    const char *size, const char *tags, int primaries, int transfer, int matrix, bool full)
{
  char arguments[512];
  snprintf(arguments, sizeof arguments,
      "-f lavfi -i testsrc2=s=%s:r=25:d=0.08 -pix_fmt yuv420p -vf %s -c:v libx264 colour.mp4", size,
      tags);
  clip_make(arguments);
  struct df_colour colour = info_of("colour.mp4").colour;
  assert_int_equal(colour.primaries, primaries);
  assert_int_equal(colour.transfer, transfer);
  assert_int_equal(colour.matrix, matrix);
  assert_int_equal(colour.full_range, full);
}

static void guesses_colour_by_size_only_where_nothing_is_said(void **state)
{
  (void)state;
  expect_colour("1280x720", "null", 1, 1, 1, false);
  expect_colour("720x576", "null", 5, 6, 5, false);
  expect_colour("640x480", "null", 6, 6, 6, false);
  expect_colour("640x480", "setparams=colorspace=bt709", 1, 1, 1, false);
  expect_colour("1280x720", "setparams=colorspace=smpte170m:range=pc", 6, 6, 6, true);
  expect_colour("640x480", "setparams=colorspace=bt2020nc:color_primaries=bt2020", 9, 14, 9, false);
}

static void reads_hdr_from_the_stream_itself(void **state)
{
  (void)state;
  clip_make(SECOND_OF_TEST "-frames:v 5 -pix_fmt yuv420p10le -c:v libx265 -x265-params "
                           "'log-level=none:hdr10=1:repeat-headers=1:colorprim=bt2020:"
                           "transfer=smpte2084:colormatrix=bt2020nc:master-display="
                           "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)"
                           "L(10000000,50):max-cll=1000,400' hdr.ts 2>/dev/null");
  struct df_video_info info = info_of("hdr.ts");
  assert_int_equal(info.depth, 10);
  assert_int_equal(info.transfer, DF_TRANSFER_PQ);
  assert_true(info.hdr.has_mastering);
  assert_int_equal(info.hdr.primaries[0][0].num, 34000);
  assert_int_equal(info.hdr.primaries[2][1].num, 3000);
  assert_int_equal(info.hdr.white[1].num, 16450);
  assert_int_equal(info.hdr.max_luminance.num, 10000000);
  assert_int_equal(info.hdr.min_luminance.num, 50);
  assert_true(info.hdr.has_light);
  assert_int_equal(info.hdr.max_content_light, 1000);
  assert_int_equal(info.hdr.max_average_light, 400);
}

static void tells_hlg(void **state)
{
  (void)state;
  clip_make(SECOND_OF_TEST "-frames:v 5 -pix_fmt yuv420p10le -c:v libx264 -vf setparams="
                           "color_trc=arib-std-b67:color_primaries=bt2020:colorspace=bt2020nc "
                           "hlg.mp4");
  struct df_video_info info = info_of("hlg.mp4");
  assert_int_equal(info.transfer, DF_TRANSFER_HLG);
  assert_false(info.hdr.has_mastering);
}

static void shows_the_video_and_never_the_cover(void **state)
{
  (void)state;
  clip_make("-f lavfi -i testsrc2=s=1280x720 -frames:v 1 cover.jpg");
  clip_make(SECOND_OF_TEST "-i cover.jpg -map 1 -map 0 -c:v:0 copy -c:v:1 libx264 "
                           "-disposition:v:0 attached_pic covered.mp4");
  struct df_video_info info = info_of("covered.mp4");
  assert_string_equal(info.codec, "h264");
  assert_int_equal(info.width, 320);
}

static void stops_reading_once_all_is_past_the_end(void **state)
{
  (void)state;
  clip_make("-f lavfi -i testsrc2=s=64x64:r=25:d=20 -f lavfi -i sine=d=20 -c:v libx264 -g 25 "
            "-c:a aac long.mp4");
  struct clip_result part, whole;
  clip_decode("long.mp4", 2, 1, NULL, &part);
  clip_decode("long.mp4", 0, 0, NULL, &whole);
  assert_int_equal(whole.count, 500);
  assert_int_equal(part.count, 25);
  assert_true(part.packets < whole.packets / 4);
  assert_int_equal(part.info.frames, 25);
  assert_true(fabs(part.info.duration - 1) < 1e-3);
  clip_free(&part);
  clip_free(&whole);
}

static void it_can_be_entered_past_its_beginning(void **state)
{
  (void)state;
  clip_make("-f lavfi -i testsrc2=s=64x64:r=25:d=20 -c:v libx264 -g 25 entered.mp4");
  struct df_input *whole = NULL, *input = NULL;
  struct df_input_options options = {.entry = 12500000};
  AVPacket *packet = av_packet_alloc();
  assert_int_equal(df_input_open(clip_path("entered.mp4"), NULL, NULL, &whole, NULL), 0);
  assert_int_equal(df_input_open(clip_path("entered.mp4"), &options, NULL, &input, NULL), 0);
  assert_int_equal(df_input_read(input, packet, NULL), 1);
  double first = (double)packet->pts * av_q2d(df_input_video_stream(input)->time_base);
  assert_true(packet->flags & AV_PKT_FLAG_KEY);
  assert_true(first <= 12.5 && first >= 8);
  assert_true(fabs((double)df_input_entered(input) / 1e6 - first) < 1e-5);
  assert_true(df_input_entered(whole) == INT64_MIN);
  assert_int_equal(df_input_beginning(input), df_input_beginning(whole));
  struct df_span span = df_input_span(input);
  assert_true(span.begin == INT64_MIN && span.end == INT64_MAX);
  assert_memory_equal(df_input_video(input), df_input_video(whole), sizeof(struct df_video_info));
  av_packet_free(&packet);
  df_input_close(&input);
  df_input_close(&whole);
}

static void where_only_its_beginning_is_a_key_frame_it_is_read_from_there(void **state)
{
  (void)state;
  clip_make(
      "-f lavfi -i testsrc2=s=64x64:r=25:d=8 -c:v libx264 -g 999 -sc_threshold 0 one-key.mp4");
  struct df_input *input = NULL;
  struct df_input_options options = {.entry = 4000000};
  assert_int_equal(df_input_open(clip_path("one-key.mp4"), &options, NULL, &input, NULL), 0);
  assert_true(df_input_entered(input) == INT64_MIN);
  df_input_close(&input);
}

static void refuses_a_start_after_the_end(void **state)
{
  (void)state;
  clip_make(SECOND_OF_TEST "whole.mp4");
  struct df_error err = {0};
  struct df_input *input = NULL;
  struct df_input_options options = {.start = 5};
  assert_int_equal(df_input_open(clip_path("whole.mp4"), &options, NULL, &input, &err), DF_EINPUT);
  assert_non_null(strstr(err.text, "1.000 s long"));
}

static void an_interrupt_stops_reading(void **state)
{
  (void)state;
  clip_make(SECOND_OF_TEST "whole.mp4");
  struct df_error err = {0};
  struct df_input *input = NULL;
  clip_open("whole.mp4", 0, 0, NULL, &input);
  df_input_interrupt(input);
  AVPacket *packet = av_packet_alloc();
  assert_int_equal(df_input_read(input, packet, &err), DF_ESTOPPED);
  av_packet_free(&packet);
  df_input_close(&input);
}

static void a_truncated_file_ends_with_a_warning(void **state)
{
  (void)state;
  clip_make("-f lavfi -i testsrc2=s=320x240:r=25:d=4 -c:v libx264 -movflags faststart whole.mp4");
  clip_run("head -c $(($(stat -c %s whole.mp4) / 2)) whole.mp4 >half.mp4");
  struct df_log *log = df_log_create(DF_LOG_WARNING, NULL, NULL);
  struct clip_result r;
  clip_decode("half.mp4", 0, 0, log, &r);
  assert_in_range(r.count, 20, 90);
  assert_int_equal(df_log_kept(log), 1);
  assert_non_null(strstr(df_log_kept_line(log, 0, NULL), "4.0 s long"));
  clip_free(&r);
  clip_decode("whole.mp4", 0, 0, log, &r);
  assert_int_equal(r.count, 100);
  assert_int_equal(df_log_kept(log), 1);
  clip_free(&r);
  df_log_destroy(&log);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(says_in_one_sentence_what_cannot_be_a_video),
      cmocka_unit_test(opens_files_only),
      cmocka_unit_test(says_that_an_index_is_missing),
      cmocka_unit_test(tells_size_rate_and_length),
      cmocka_unit_test(enlarges_in_one_direction_for_sample_aspect),
      cmocka_unit_test(guesses_colour_by_size_only_where_nothing_is_said),
      cmocka_unit_test(reads_hdr_from_the_stream_itself),
      cmocka_unit_test(tells_hlg),
      cmocka_unit_test(shows_the_video_and_never_the_cover),
      cmocka_unit_test(stops_reading_once_all_is_past_the_end),
      cmocka_unit_test(it_can_be_entered_past_its_beginning),
      cmocka_unit_test(where_only_its_beginning_is_a_key_frame_it_is_read_from_there),
      cmocka_unit_test(refuses_a_start_after_the_end),
      cmocka_unit_test(an_interrupt_stops_reading),
      cmocka_unit_test(a_truncated_file_ends_with_a_warning),
  };
  return cmocka_run_group_tests(tests, clip_setup, clip_teardown);
}
