/* Each test is named after the promise of decoder.h that it checks. */
#include "clip.h"

#include <libavutil/display.h>

#include "media/ffmpeg.h"

#define SOURCE(size, rate, seconds) "-f lavfi -i testsrc2=s=" size ":r=" rate ":d=" seconds " "

struct kind {
  const char *arguments, *name;
  int depth, shift_x, shift_y;
};

static void decode_kind(const struct kind *kind)
{
  char arguments[512];
  snprintf(arguments, sizeof arguments, SOURCE("320x240", "25", "0.4") "%s %s 2>/dev/null",
      kind->arguments, kind->name);
  clip_make(arguments);
  struct clip_result r;
  clip_decode(kind->name, 0, 0, NULL, &r);
  if (r.count != 10 || r.first->format.depth != kind->depth ||
      r.first->format.shift_x != kind->shift_x || r.first->format.shift_y != kind->shift_y)
    fail_msg("%s: %d pictures, depth %d, shifts %d %d", kind->arguments, r.count,
        r.first->format.depth, r.first->format.shift_x, r.first->format.shift_y);
  assert_int_equal(r.damaged, 0);
  clip_free(&r);
}

static void decodes_all_codecs_to_the_nearest_layout(void **state)
{
  (void)state;
  static const struct kind kinds[] = {
      {"-c:v libx264 -pix_fmt yuv420p", "a.mp4", 8, 1, 1},
      {"-c:v libx264 -pix_fmt yuv422p", "a.mp4", 8, 1, 0},
      {"-c:v libx264 -pix_fmt yuv444p", "a.mkv", 8, 0, 0},
      {"-c:v libx264 -pix_fmt yuv420p10le", "a.mp4", 10, 1, 1},
      {"-c:v libx264 -pix_fmt yuv422p10le", "a.mp4", 10, 1, 0},
      {"-c:v libx264 -pix_fmt yuv444p10le", "a.mp4", 10, 0, 0},
      {"-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le", "a.mp4", 10, 1, 1},
      {"-c:v libvpx-vp9 -deadline realtime -pix_fmt yuv420p", "a.webm", 8, 1, 1},
      {"-c:v libaom-av1 -cpu-used 8 -usage realtime", "a.mp4", 8, 1, 1},
      {"-c:v mpeg2video", "a.mpg", 8, 1, 1},
      {"-c:v mpeg4 -bf 2", "a.avi", 8, 1, 1},
      {"-c:v prores_ks -pix_fmt yuv422p10le", "a.mov", 10, 1, 0},
      {"-c:v mjpeg -pix_fmt yuvj420p", "a.mov", 8, 1, 1},
      {"-c:v ffv1 -pix_fmt yuva444p", "a.mkv", 8, 0, 0},
      {"-c:v ffv1 -pix_fmt yuv411p", "a.mkv", 8, 1, 0},
      {"-c:v ffv1 -pix_fmt yuv440p", "a.mkv", 8, 0, 0},
      {"-c:v ffv1 -pix_fmt yuv420p12le", "a.mkv", 10, 1, 1},
      {"-c:v ffv1 -pix_fmt gray", "a.mkv", 8, 1, 1},
      {"-c:v ffv1 -pix_fmt gray10le", "a.mkv", 10, 1, 1},
      {"-c:v ffv1 -pix_fmt gbrp10le", "a.mkv", 10, 0, 0},
      {"-c:v rawvideo -pix_fmt yuyv422", "a.nut", 8, 1, 0},
      {"-c:v rawvideo -pix_fmt nv12", "a.nut", 8, 1, 1},
      {"-c:v qtrle -pix_fmt rgb24", "a.mov", 8, 0, 0},
      {"-c:v gif", "a.gif", 8, 0, 0},
  };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    decode_kind(&kinds[i]);
}

static void expect_sample(const char *arguments, int luma, int cb, int cr)
{
  char line[512];
  snprintf(line, sizeof line, "-f lavfi -i %s -frames:v 2 c.mkv", arguments);
  clip_make(line);
  struct clip_result r;
  clip_decode("c.mkv", 0, 0, NULL, &r);
  assert_in_range(clip_sample(r.first, 0, 20, 20), luma - 1, luma + 1);
  assert_in_range(clip_sample(r.first, 1, 5, 5), cb - 1, cb + 1);
  assert_in_range(clip_sample(r.first, 2, 5, 5), cr - 1, cr + 1);
  clip_free(&r);
}

/* R = 255, G = B = 0 by the BT.709 equations in limited range is 63, 102, 240. */
static void turns_rgb_to_limited_bt709_and_keeps_grey_as_it_is(void **state)
{
  (void)state;
  expect_sample("color=red:s=64x64:r=25,format=gbrp -c:v ffv1", 63, 102, 240);
  expect_sample("color=white:s=64x64:r=25,format=rgb24 -c:v png", 235, 128, 128);
  expect_sample("color=black:s=64x64:r=25,format=gray,geq=lum=200 -c:v ffv1", 200, 128, 128);
  expect_sample("color=black:s=64x64:r=25,format=gray10,geq=lum=800 -c:v ffv1", 800, 512, 512);
}

/* Four quadrants of different luma, so that every way of turning shows. */
enum { TOP_LEFT = 40, TOP_RIGHT = 90, BOTTOM_LEFT = 140, BOTTOM_RIGHT = 190 };

static void add_matrix(AVStream *stream, const int32_t matrix[9])
{
  size_t size = 9 * sizeof *matrix;
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
  AVPacketSideData *side = av_packet_side_data_new(&stream->codecpar->coded_side_data,
      &stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX, size, 0);
  uint8_t *data = side ? side->data : NULL;
#else
  uint8_t *data = av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, size);
#endif
  assert_non_null(data);
  memcpy(data, matrix, size);
}

/* Copies quads.mp4 to turned.mp4 with a display matrix. */
static void write_turned(const int32_t matrix[9])
{
  AVFormatContext *in = NULL, *out = NULL;
  assert_int_equal(avformat_open_input(&in, clip_path("quads.mp4"), NULL, NULL), 0);
  assert_true(avformat_find_stream_info(in, NULL) >= 0);
  const char *path = clip_path("turned.mp4");
  assert_true(avformat_alloc_output_context2(&out, NULL, NULL, path) >= 0);
  AVStream *stream = avformat_new_stream(out, NULL);
  avcodec_parameters_copy(stream->codecpar, in->streams[0]->codecpar);
  stream->codecpar->codec_tag = 0;
  stream->time_base = in->streams[0]->time_base;
  add_matrix(stream, matrix);
  assert_true(avio_open(&out->pb, path, AVIO_FLAG_WRITE) >= 0);
  assert_true(avformat_write_header(out, NULL) >= 0);
  AVPacket *packet = av_packet_alloc();
  while (av_read_frame(in, packet) == 0) {
    av_packet_rescale_ts(packet, in->streams[0]->time_base, stream->time_base);
    packet->pos = -1;
    assert_int_equal(av_interleaved_write_frame(out, packet), 0);
  }
  av_packet_free(&packet);
  assert_int_equal(av_write_trailer(out), 0);
  avio_closep(&out->pb);
  avformat_free_context(out);
  avformat_close_input(&in);
}

/* Where the matrix sends a corner of the stored picture is where its luma must be. */
static void check_corners(const struct df_picture *p, const int32_t m[9])
{
  static const int corners[4][3] = {
      {-1, -1, TOP_LEFT}, {1, -1, TOP_RIGHT}, {-1, 1, BOTTOM_LEFT}, {1, 1, BOTTOM_RIGHT}};
  for (int i = 0; i < 4; i++) {
    int x = corners[i][0], y = corners[i][1];
    int to_x = (m[0] * x + m[3] * y) / 65536, to_y = (m[1] * x + m[4] * y) / 65536;
    int at_x = to_x < 0 ? p->width / 4 : p->width * 3 / 4;
    int at_y = to_y < 0 ? p->height / 4 : p->height * 3 / 4;
    int luma = clip_sample(p, 0, at_x, at_y);
    assert_in_range(luma, corners[i][2] - 6, corners[i][2] + 6);
  }
}

static void turns_and_mirrors_as_all_eight_matrices_say(void **state)
{
  (void)state;
  static const char *const formats[] = {"yuv420p", "yuv422p10le"};
  for (int f = 0; f < 2; f++) {
    char line[512];
    snprintf(line, sizeof line,
        "-f lavfi -i \"color=black:s=96x64:r=25:d=0.2,format=yuv420p,"
        "geq=lum='40+50*gte(X,48)+100*gte(Y,32)':cb=128:cr=128\" -pix_fmt %s -c:v libx264 "
        "-crf 4 quads.mp4",
        formats[f]);
    clip_make(line);
    for (int k = 0; k < 8; k++) {
      int one = 65536, s = k & 1 ? -one : one, t = k & 2 ? -one : one;
      int32_t m[9] = {
          k & 4 ? 0 : s, k & 4 ? s : 0, 0, k & 4 ? t : 0, k & 4 ? 0 : t, 0, 0, 0, 1 << 30};
      write_turned(m);
      struct clip_result r;
      clip_decode("turned.mp4", 0, 0, NULL, &r);
      assert_int_equal(r.count, 5);
      assert_int_equal(r.first->width, k & 4 ? 64 : 96);
      assert_int_equal(r.first->height, k & 4 ? 96 : 64);
      if (f == 0)
        check_corners(r.first, m);
      clip_free(&r);
    }
  }
}

/* How much neighbouring rows differ, against rows two apart: high only where fields are woven. */
static double combing(const struct df_picture *p)
{
  double near = 0, far = 1;
  for (int y = 0; y + 2 < p->height; y++)
    for (int x = 0; x < p->width; x++) {
      int a = clip_sample(p, 0, x, y);
      near += abs(a - clip_sample(p, 0, x, y + 1));
      far += abs(a - clip_sample(p, 0, x, y + 2));
    }
  return near / far;
}

static void deinterlaces_one_picture_a_frame(void **state)
{
  (void)state;
  clip_make("-f lavfi -i \"testsrc2=s=352x288:r=50:d=2,scroll=h=0.02,interlace=lowpass=off\" "
            "-c:v mpeg2video -qscale 2 -flags +ildct+ilme woven.mpg");
  clip_make("-i woven.mpg -c:v ffv1 -vf setfield=prog plain.mkv");
  struct clip_result woven, plain;
  clip_decode("woven.mpg", 0, 0, NULL, &woven);
  clip_decode("plain.mkv", 0, 0, NULL, &plain);
  assert_int_equal(woven.count, 50);
  assert_int_equal(woven.pts[49] - woven.pts[0], 49 * 3600);
  assert_true(combing(plain.last) > 1.2);
  assert_true(combing(woven.last) < 1);
  clip_free(&woven);
  clip_free(&plain);
}

static void keeps_the_times_of_the_file(void **state)
{
  (void)state;
  clip_make("-f lavfi -i sine=d=2 -itsoffset 0.5 " SOURCE("64x64", "25",
      "1") "-vf "
           "settb=1/1000,setpts=\"STARTPTS+N*N*0.001/TB\" -vsync vfr -enc_time_base:v 1/1000 -bf 2 "
           "-c:v libx264 vfr.mkv");
  struct clip_result r;
  clip_decode("vfr.mkv", 0, 0, NULL, &r);
  assert_int_equal(r.count, 25);
  int64_t start = r.pts[0];
  assert_in_range(start, 480, 600); /* a stream that starts late keeps its start */
  for (int n = 0; n < r.count; n++)
    assert_true(llabs(r.pts[n] - start - n * n) <= 1);
  clip_free(&r);
}

static void expect_count(const char *arguments, const char *name, int count)
{
  clip_make(arguments);
  struct clip_result r;
  clip_decode(name, 0, 0, NULL, &r);
  if (r.count != count)
    fail_msg("%s: %d pictures, expected %d", arguments, r.count, count);
  clip_free(&r);
}

static void takes_extreme_rates_and_sizes(void **state)
{
  (void)state;
  expect_count(SOURCE("64x64", "1000", "1") "-c:v libx264 fast.mp4", "fast.mp4", 1000);
  expect_count(SOURCE("64x64", "0.5", "20") "-c:v libx264 slow.mp4", "slow.mp4", 10);
  expect_count("-f lavfi -i color=red:s=2x2:r=25:d=0.4,format=gbrp,crop=1:1 -pix_fmt yuv420p -c:v "
               "ffv1 one.mkv",
      "one.mkv", 10);
  expect_count("-f lavfi -i color=red:s=2x2:r=25:d=0.4,format=gbrp,crop=1:1 -c:v ffv1 one.mkv",
      "one.mkv", 10);
  expect_count(SOURCE("16x16", "25", "0.4") "-c:v libx264 small.mp4", "small.mp4", 10);
  expect_count("-f lavfi -i color=red:s=854x482:r=25:d=0.4,format=gbrp,crop=853:481 -pix_fmt "
               "yuv420p -c:v ffv1 odd.mkv",
      "odd.mkv", 10);
  expect_count(
      "-f lavfi -i color=red:s=7680x4320:r=25:d=0.08 -c:v mjpeg large.avi", "large.avi", 2);
}

static void scales_another_size_to_the_first_and_says_so_once(void **state)
{
  (void)state;
  clip_make(SOURCE("320x240", "25", "1") "-c:v libx264 -bsf:v h264_mp4toannexb a.h264");
  clip_make(SOURCE("160x120", "25", "1") "-pix_fmt yuv420p -c:v libx264 b.h264");
  clip_run("cat a.h264 b.h264 a.h264 b.h264 >mixed.h264");
  struct df_log *log = df_log_create(DF_LOG_WARNING, NULL, NULL);
  struct clip_result r;
  clip_decode("mixed.h264", 0, 0, log, &r);
  assert_int_equal(r.count, 100);
  assert_int_equal(r.info.width, 320);
  assert_int_equal(df_log_kept(log), 1);
  assert_non_null(strstr(df_log_kept_line(log, 0, NULL), "160x120"));
  clip_free(&r);
  df_log_destroy(&log);
}

static void converts_another_layout_to_the_first_and_says_so_once(void **state)
{
  (void)state;
  clip_make(SOURCE("64x64", "25", "1") "-pix_fmt yuv420p -c:v libx264 a.h264");
  clip_make(SOURCE("64x64", "25", "1") "-pix_fmt yuv444p10le -c:v libx264 b.h264");
  clip_run("cat a.h264 b.h264 a.h264 >mixed.h264");
  struct df_log *log = df_log_create(DF_LOG_WARNING, NULL, NULL);
  struct clip_result r;
  clip_decode("mixed.h264", 0, 0, log, &r);
  assert_int_equal(r.count, 75);
  assert_int_equal(r.info.depth, 8);
  assert_int_equal(df_log_kept(log), 1);
  assert_non_null(strstr(df_log_kept_line(log, 0, NULL), "yuv444p10le"));
  clip_free(&r);
  df_log_destroy(&log);
}

static void takes_exactly_the_part_asked_for(void **state)
{
  (void)state;
  static const char *const names[] = {"p.mp4", "p.mkv", "p.ts", "p.avi", "p.h264"};
  for (int i = 0; i < 5; i++) {
    char line[256];
    snprintf(line, sizeof line, SOURCE("64x64", "25", "6") "-c:v libx264 -g 50 -bf 2 %s", names[i]);
    clip_make(line);
    struct clip_result whole, part;
    clip_decode(names[i], 0, 0, NULL, &whole);
    clip_decode(names[i], 3.2, 1, NULL, &part);
    assert_int_equal(whole.count, 150);
    assert_int_equal(part.count, 25);
    double tb = (double)whole.info.time_base.num / whole.info.time_base.den;
    double first = (double)(part.pts[0] - whole.pts[0]) * tb;
    assert_true(first > 3.2 - 0.121 && first < 3.2 + 0.041);
    for (int n = 0; n < part.count; n++)
      assert_int_equal(part.pts[n], whole.pts[n + (int)(first * 25 + 0.5)]);
    clip_free(&whole);
    clip_free(&part);
  }
}

static void times_grow_where_they_are_missing_or_go_back(void **state)
{
  (void)state;
  struct clip_result r;
  clip_make(SOURCE("64x64", "25", "2") "-c:v libx264 -bf 2 none.h264");
  clip_decode("none.h264", 0, 0, NULL, &r); /* checks that they grow */
  assert_int_equal(r.count, 50);
  assert_int_equal(r.pts[49] - r.pts[0], 49 * (int64_t)r.info.time_base.den / 25);
  clip_free(&r);

  clip_make(SOURCE("64x64", "25", "2") "-c:v mpeg2video -g 10 piece.ts");
  clip_run("cat piece.ts piece.ts piece.ts >joined.ts");
  clip_decode("joined.ts", 0, 0, NULL, &r);
  assert_int_equal(r.count, 150);
  double length = (double)(r.pts[149] - r.pts[0]) / r.info.time_base.den;
  assert_true(length > 5.8 && length < 6.1);
  clip_free(&r);
}

#define HEVC "-c:v libx265 -x265-params log-level=none"

static void begins_at_the_first_key_frame_of_a_cut_file(void **state)
{
  (void)state;
  clip_make(SOURCE("64x64", "25", "3") "-c:v libx264 -g 25 -bf 0 -sc_threshold 0 whole.ts");
  /* whole packets of 188 bytes, from somewhere in the first second on */
  clip_run("tail -c +$((188 * 20 + 1)) whole.ts >cut.ts");
  struct clip_result r;
  clip_decode("cut.ts", 0, 0, NULL, &r);
  assert_int_equal(r.count, 50);
  assert_int_equal(r.damaged, 0);
  clip_free(&r);
}

static void flip_bits(const char *from, const char *to, unsigned seed, int flips)
{
  static unsigned char bytes[1 << 20];
  FILE *file = fopen(clip_path(from), "rb");
  assert_non_null(file);
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  assert_in_range(size, 2000, sizeof bytes - 1);
  for (int i = 0; i < flips; i++) {
    seed = seed * 1664525 + 1013904223;
    size_t at = 600 + (seed >> 4) % (size - 600);
    bytes[at] ^= (unsigned char)(1u << (seed >> 29));
  }
  file = fopen(clip_path(to), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

static void passes_over_damaged_bits_and_counts_them(void **state)
{
  (void)state;
  static const char *const kinds[][2] = {{"-c:v libx264 -g 12", "ts"}, {"-c:v libx264", "mkv"},
      {"-c:v mpeg2video", "mpg"}, {HEVC, "ts"}, {"-c:v libvpx-vp9 -deadline realtime", "webm"},
      {"-c:v prores_ks", "mov"}};
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    char line[256], from[16], to[16];
    snprintf(from, sizeof from, "f.%s", kinds[k][1]);
    snprintf(to, sizeof to, "x.%s", kinds[k][1]);
    snprintf(
        line, sizeof line, SOURCE("160x120", "25", "1") "%s %s 2>/dev/null", kinds[k][0], from);
    clip_make(line);
    int64_t damaged = 0;
    for (unsigned seed = 1; seed <= 8; seed++) {
      flip_bits(from, to, seed * 7919, (int)seed * 4);
      struct df_error err = {0};
      struct df_input *input = NULL;
      if (df_input_open(clip_path(to), NULL, NULL, &input, &err) < 0) {
        assert_true(err.code < 0 && err.text[0]);
        continue;
      }
      struct clip_result r;
      clip_decode_input(input, NULL, &r);
      assert_in_range(r.count, 0, 40);
      damaged += r.damaged;
      clip_free(&r);
      df_input_close(&input);
    }
    bool tells = strcmp(kinds[k][0], HEVC) != 0; /* its decoder conceals without a word */
    if (tells && damaged == 0)
      fail_msg("%s: no damage was counted", kinds[k][0]);
  }
}

static void pictures_outlive_the_decoder(void **state)
{
  (void)state;
  clip_make(SOURCE("64x64", "25", "1") "-c:v libx264 a.mp4");
  struct clip_result r;
  clip_decode("a.mp4", 0, 0, NULL, &r); /* decoder and input are gone when it returns */
  int luma = clip_sample(r.first, 0, 10, 10);
  assert_in_range(luma, 0, 255);
  AVFrame *frame = df_ffmpeg_frame(r.first);
  assert_ptr_equal(frame->data[0], r.first->planes[0]);
  clip_free(&r);
  assert_int_equal(frame->data[0][10 * frame->linesize[0] + 10], luma);
  av_frame_free(&frame);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(decodes_all_codecs_to_the_nearest_layout),
      cmocka_unit_test(turns_rgb_to_limited_bt709_and_keeps_grey_as_it_is),
      cmocka_unit_test(turns_and_mirrors_as_all_eight_matrices_say),
      cmocka_unit_test(deinterlaces_one_picture_a_frame),
      cmocka_unit_test(keeps_the_times_of_the_file),
      cmocka_unit_test(takes_extreme_rates_and_sizes),
      cmocka_unit_test(scales_another_size_to_the_first_and_says_so_once),
      cmocka_unit_test(converts_another_layout_to_the_first_and_says_so_once),
      cmocka_unit_test(takes_exactly_the_part_asked_for),
      cmocka_unit_test(times_grow_where_they_are_missing_or_go_back),
      cmocka_unit_test(begins_at_the_first_key_frame_of_a_cut_file),
      cmocka_unit_test(passes_over_damaged_bits_and_counts_them),
      cmocka_unit_test(pictures_outlive_the_decoder),
  };
  return cmocka_run_group_tests(tests, clip_setup, clip_teardown);
}
