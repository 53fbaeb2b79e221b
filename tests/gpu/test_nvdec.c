/*
 * Decoding on a GPU: what NVDEC (or its double) makes, and what it leaves to the CPU. Each promise of decoder.h
 * is checked against the decoder on the CPU.
 */
#include "media_test.h"

#include "../unit/clip.h"

#define SOURCE(size, rate, seconds) "-f lavfi -i testsrc2=s=" size ":r=" rate ":d=" seconds " "

enum { PICTURES_MAX = 200 };

/* All pictures of a file, in host memory. */
struct pictures {
  struct df_picture *items[PICTURES_MAX];
  int count;
  int64_t damaged;
  char refusal[DF_ERROR_TEXT]; /* "" none */
};

static void free_pictures(struct pictures *pictures)
{
  for (int i = 0; i < pictures->count; i++)
    df_picture_unref(&pictures->items[i]);
}

/* Takes what the decoder has, brought down where it is on the GPU. */
static void take(
    struct df_decoder *decoder, const struct df_decoder_options *options, struct pictures *all)
{
  struct df_error err = {0};
  struct df_picture *picture = NULL;
  int ret;
  while ((ret = df_decoder_receive(decoder, &picture, &err)) == 1) {
    assert_true(all->count < PICTURES_MAX);
    assert_true(picture->device == options->device);
    struct df_picture *host = picture;
    if (options->gpu) {
      host = fetched(options->gpu, picture, options->stream);
      host->colour = picture->colour;
      host->pts = picture->pts;
      host->duration = picture->duration;
      df_picture_unref(&picture);
    }
    all->items[all->count++] = host;
    picture = NULL;
  }
  if (ret < 0)
    fail_msg("%s", err.text);
}

static void decode(const char *name, double start, const struct df_decoder_options *options,
    struct df_log *log, struct pictures *all)
{
  struct df_error err = {0};
  struct df_input *input = NULL;
  struct df_decoder *decoder = NULL;
  *all = (struct pictures){0};
  clip_open(name, start, 0, NULL, &input);
  if (df_decoder_create(input, options, log, &decoder, &err) < 0)
    fail_msg("%s", err.text);
  AVPacket *packet = av_packet_alloc();
  while (df_input_read(input, packet, &err) == 1) {
    if (packet->stream_index == df_input_video_stream(input)->index) {
      if (df_decoder_send(decoder, packet, &err) < 0)
        fail_msg("%s", err.text);
      take(decoder, options, all);
    }
    av_packet_unref(packet);
  }
  assert_int_equal(df_decoder_send(decoder, NULL, &err), 0);
  take(decoder, options, all);
  all->damaged = df_decoder_damaged(decoder);
  if (df_decoder_refusal(decoder))
    snprintf(all->refusal, sizeof all->refusal, "%s", df_decoder_refusal(decoder));
  av_packet_free(&packet);
  df_decoder_destroy(&decoder);
  df_input_close(&input);
}

/* A sample as a number of its own depth, wherever its layout keeps it. */
static int sample(const struct df_picture *p, int plane, int x, int y)
{
  bool paired = plane > 0 && p->format.semi_planar;
  const uint8_t *row = p->planes[paired ? 1 : plane] + y * p->strides[paired ? 1 : plane];
  int at = paired ? 2 * x + plane - 1 : x;
  if (p->format.depth == 8)
    return row[at];
  int value = row[2 * at] | row[2 * at + 1] << 8;
  return p->format.high_aligned ? value >> 6 : value;
}

static void expect_same_samples(const struct df_picture *a, const struct df_picture *b, int number)
{
  assert_int_equal(a->width, b->width);
  assert_int_equal(a->height, b->height);
  assert_int_equal(a->format.depth, b->format.depth);
  for (int p = 0; p < 3; p++)
    for (int y = 0; y < df_format_plane_height(a->format, p, a->height); y++)
      for (int x = 0; x < df_format_plane_width(a->format, p, a->width); x++)
        if (sample(a, p, x, y) != sample(b, p, x, y))
          fail_msg("picture %d, plane %d, %d,%d: %d is not %d", number, p, x, y, sample(a, p, x, y),
              sample(b, p, x, y));
}

static void expect_same_times(const struct pictures *a, const struct pictures *b)
{
  assert_int_equal(a->count, b->count);
  for (int n = 0; n < a->count; n++) {
    assert_int_equal(a->items[n]->pts, b->items[n]->pts);
    assert_int_equal(a->items[n]->duration, b->items[n]->duration);
    assert_memory_equal(&a->items[n]->colour, &b->items[n]->colour, sizeof(struct df_colour));
  }
}

/* A GPU, and the same file decoded on the CPU and on it. */
struct bench {
  struct df_gpu *gpu;
  df_gpu_stream stream;
  struct said said;
  struct pictures cpu, gpu_pictures;
};

static void compare(struct bench *b, const char *name, double start)
{
  *b = (struct bench){.gpu = open_gpu()};
  b->stream = make_stream(b->gpu);
  struct df_log *log = df_log_create(DF_LOG_NOTE, keep_line, &b->said);
  struct df_decoder_options on_gpu = {
      .threads = 2, .gpu = b->gpu, .device = some_device, .stream = b->stream};
  struct df_decoder_options on_cpu = {.threads = 2};
  decode(name, start, &on_cpu, NULL, &b->cpu);
  decode(name, start, &on_gpu, log, &b->gpu_pictures);
  df_log_destroy(&log);
  expect_same_times(&b->cpu, &b->gpu_pictures);
  assert_int_equal(b->cpu.damaged, b->gpu_pictures.damaged);
}

/* All pictures from `first` on are the CPU's. */
static void expect_same_from(const struct bench *b, int first)
{
  for (int n = first; n < b->cpu.count; n++)
    expect_same_samples(b->cpu.items[n], b->gpu_pictures.items[n], n);
}

static void finish(struct bench *b)
{
  free_pictures(&b->cpu);
  free_pictures(&b->gpu_pictures);
  df_gpu_stream_destroy(b->gpu, &b->stream);
  configure_nvdec(NULL);
  close_gpu(b->gpu);
}

static void what_is_refused_comes_from_the_cpu(void **state)
{
  (void)state;
  static const struct {
    const char *arguments, *name, *reason;
  } kinds[] = {
      {"-c:v libx264 -pix_fmt yuv420p", "a.mp4", "cuvidCreateDecoder"},
      {"-c:v libx264 -pix_fmt yuv422p", "a.mp4", "NVDEC refused"},
      {"-c:v libx264 -pix_fmt yuv444p", "a.mkv", "NVDEC refused"},
      {"-c:v libx264 -pix_fmt yuv420p10le", "a.mp4", "NVDEC refused"},
      {"-c:v libx264 -pix_fmt yuv422p10le", "a.mp4", "NVDEC refused"},
      {"-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le", "a.mp4",
          "cuvidCreateDecoder"},
      {"-c:v libvpx-vp9 -deadline realtime -pix_fmt yuv420p", "a.webm", "cuvidCreateDecoder"},
      {"-c:v libaom-av1 -cpu-used 8 -usage realtime", "a.mp4", "NVDEC refused"},
      {"-c:v mpeg2video", "a.mpg", "cuvidCreateDecoder"},
      {"-c:v mpeg4 -bf 2", "a.avi", "does not know mpeg4"},
      {"-c:v prores_ks -pix_fmt yuv422p10le", "a.mov", "does not know prores"},
      {"-c:v mjpeg -pix_fmt yuvj420p", "a.mov", "does not know mjpeg"},
      {"-c:v ffv1 -pix_fmt yuv411p", "a.mkv", "does not know ffv1"},
      {"-c:v ffv1 -pix_fmt yuv420p12le", "a.mkv", "does not know ffv1"},
      {"-c:v ffv1 -pix_fmt gray", "a.mkv", "does not know ffv1"},
      {"-c:v ffv1 -pix_fmt gbrp10le", "a.mkv", "does not know ffv1"},
      {"-c:v rawvideo -pix_fmt nv12", "a.nut", "does not know rawvideo"},
      {"-c:v qtrle -pix_fmt rgb24", "a.mov", "does not know qtrle"},
  };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    char arguments[512];
    snprintf(arguments, sizeof arguments, SOURCE("318x242", "25", "0.4") "%s %s 2>/dev/null",
        kinds[i].arguments, kinds[i].name);
    configure_nvdec(NULL);
    clip_make(arguments);
    struct bench b;
    compare(&b, kinds[i].name, 0);
    assert_int_equal(b.cpu.count, 10);
    expect_same_from(&b, 0);
    if (!strstr(b.gpu_pictures.refusal, kinds[i].reason))
      fail_msg("%s: %s", kinds[i].arguments, b.gpu_pictures.refusal);
    assert_int_equal(b.said.warnings, 1);
    expect_said(&b.said, b.gpu_pictures.refusal);
    finish(&b);
  }
}

static void make_long(const char *arguments, const char *name)
{
  char line[512];
  snprintf(line, sizeof line, SOURCE("320x240", "25", "4") "%s %s 2>/dev/null", arguments, name);
  clip_make(line);
}

/* The shades of the double's pictures: only that they came from it shows. */
static bool is_flat(const struct df_picture *p)
{
  return sample(p, 0, 5, 5) == sample(p, 0, 200, 150) &&
         sample(p, 1, 3, 3) == 128 << (p->format.depth - 8);
}

static void what_is_decoded_is_copied_whole_and_in_time(void **state)
{
  (void)state;
  static const char *const kinds[][2] = {
      {"-c:v libx264 -bf 3 -pix_fmt yuv420p", "h.mp4"},
      {"-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le", "h.mkv"},
      {"-c:v libvpx-vp9 -deadline realtime -pix_fmt yuv420p", "h.webm"},
      {"-c:v mpeg2video -bf 2", "h.mpg"},
  };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    configure_nvdec("decode");
    make_long(kinds[i][0], kinds[i][1]);
    struct bench b;
    compare(&b, kinds[i][1], 0);
    assert_int_equal(b.cpu.count, 100);
    assert_string_equal(b.gpu_pictures.refusal, "");
    assert_string_equal(b.said.text, "");
    for (int n = 0; n < 100; n++)
      assert_true(is_flat(b.gpu_pictures.items[n]));
    assert_int_equal(df_gpu_counters(b.gpu)->bytes_up, 0);
    finish(&b);
  }
}

/* NVDEC fails at a picture: the CPU goes on, and no picture is missing or comes twice. */
static void a_failure_in_the_middle_loses_nothing(void **state)
{
  (void)state;
  configure_nvdec(NULL);
  static const char *const kinds[][2] = {
      {"-c:v libx264 -bf 3 -g 250", "m.mp4"},
      {"-c:v libx264 -bf 3 -g 12 -x264-params open-gop=1", "o.mkv"},
      {"-c:v libx264 -g 1", "i.mp4"},
      {"-c:v libx265 -g 25 -x265-params log-level=none -pix_fmt yuv420p10le", "m.mkv"},
      {"-c:v libvpx-vp9 -deadline realtime -g 30", "m.webm"},
      {"-c:v mpeg2video -bf 2", "m.mpg"},
  };
  static const int numbers[] = {0, 1, 37, 99};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    make_long(kinds[i][0], kinds[i][1]);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
      char settings[32];
      snprintf(settings, sizeof settings, "fail=%d", numbers[k]);
      configure_nvdec(settings);
      struct bench b;
      compare(&b, kinds[i][1], 0);
      assert_int_equal(b.cpu.count, 100);
      expect_same_from(&b, numbers[k]);
      if (!strstr(b.gpu_pictures.refusal, "CUDA_ERROR_UNKNOWN"))
        fail_msg("%s: %s", kinds[i][0], b.gpu_pictures.refusal);
      assert_int_equal(b.said.warnings, 1);
      finish(&b);
    }
  }
}

static void a_failure_keeps_to_the_part_that_is_wanted(void **state)
{
  (void)state;
  configure_nvdec(NULL);
  make_long("-c:v libx264 -bf 3 -g 30", "s.mp4");
  configure_nvdec("fail=50");
  struct bench b;
  compare(&b, "s.mp4", 1.3);
  assert_int_equal(b.cpu.count, 67);
  expect_same_from(&b, 50);
  finish(&b);
}

static void interlaced_pictures_go_to_the_cpu(void **state)
{
  (void)state;
  configure_nvdec(NULL);
  clip_make("-f lavfi -i \"testsrc2=s=352x288:r=50:d=1,interlace=lowpass=off\" "
            "-c:v mpeg2video -qscale 2 -flags +ildct+ilme woven.mpg");
  configure_nvdec("decode");
  struct bench b;
  compare(&b, "woven.mpg", 0);
  assert_int_equal(b.cpu.count, 25);
  expect_same_from(&b, 0);
  expect_said(&b.said, "deinterlaced by the CPU");
  finish(&b);
}

static void a_change_of_size_goes_to_the_cpu(void **state)
{
  (void)state;
  configure_nvdec(NULL);
  clip_make(SOURCE("320x240", "25", "1") "-c:v libx264 -bf 2 first.ts");
  clip_make(SOURCE("352x288", "25", "1") "-output_ts_offset 1 -c:v libx264 -bf 2 second.ts");
  clip_run("cat first.ts second.ts > both.ts");
  configure_nvdec("decode");
  struct bench b;
  compare(&b, "both.ts", 0);
  assert_int_equal(b.cpu.count, 50);
  expect_same_from(&b, 25);
  expect_said(&b.said, "the size of its pictures changes");
  finish(&b);
}

/* Those that were decoded, not stood in for: NVDEC does not say what it lost. */
static int decoded(const struct pictures *pictures)
{
  int count = 0;
  for (int n = 0; n < pictures->count; n++)
    count += !pictures->items[n]->repeated;
  return count;
}

/* Whoever decodes in the end, damage costs no more pictures than it does on the CPU. */
static void damage_is_survived(void **state)
{
  (void)state;
  configure_nvdec(NULL);
  static const int amounts[] = {60, 90, 400}; /* one byte in so many */
  struct df_decoder_options on_cpu = {.threads = 1};
  struct bench b = {.gpu = open_gpu()};
  b.stream = make_stream(b.gpu);
  struct df_decoder_options on_gpu = {.gpu = b.gpu, .device = some_device, .stream = b.stream};
  for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
    char arguments[128];
    snprintf(arguments, sizeof arguments,
        "-c:v libx264 -threads 1 -bf 2 -g 25 -bsf:v noise=amount=%d", amounts[i]);
    make_long(arguments, "d.ts");
    configure_nvdec("decode");
    decode("d.ts", 0, &on_cpu, NULL, &b.cpu);
    decode("d.ts", 0, &on_gpu, NULL, &b.gpu_pictures);
    assert_true(decoded(&b.gpu_pictures) >= decoded(&b.cpu));
    for (int n = 1; n < b.gpu_pictures.count; n++)
      assert_true(b.gpu_pictures.items[n]->pts > b.gpu_pictures.items[n - 1]->pts);
    free_pictures(&b.cpu);
    free_pictures(&b.gpu_pictures);
  }
  b.cpu.count = b.gpu_pictures.count = 0;
  finish(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_refused_comes_from_the_cpu),
      cmocka_unit_test(what_is_decoded_is_copied_whole_and_in_time),
      cmocka_unit_test(a_failure_in_the_middle_loses_nothing),
      cmocka_unit_test(a_failure_keeps_to_the_part_that_is_wanted),
      cmocka_unit_test(interlaced_pictures_go_to_the_cpu),
      cmocka_unit_test(a_change_of_size_goes_to_the_cpu),
      cmocka_unit_test(damage_is_survived),
  };
  return cmocka_run_group_tests(tests, clip_setup, clip_teardown);
}
