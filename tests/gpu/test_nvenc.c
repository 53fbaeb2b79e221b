/* NVENC, or its double: what goes in comes out, and what refuses says why. */
#include "media_test.h"

#include <libavcodec/avcodec.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "media/encoder.h"

enum { WIDTH = 320, HEIGHT = 192, PICTURES = 40 };

/* A GPU with what a stream of composed pictures needs. */
struct bench {
  struct df_gpu *gpu;
  df_gpu_stream stream;
  struct said said;
  struct df_log *log;
  struct df_gpu_pool *pool;
};

static void set_up(struct bench *b)
{
  *b = (struct bench){.gpu = open_gpu()};
  b->stream = make_stream(b->gpu);
  b->log = df_log_create(DF_LOG_DEBUG, keep_line, &b->said);
}

static void tear_down(struct bench *b)
{
  df_gpu_stream_destroy(b->gpu, &b->stream); /* first what is drawn into the pool's pictures */
  df_gpu_pool_destroy(&b->pool);
  df_log_destroy(&b->log);
  configure_nvenc(NULL);
  close_gpu(b->gpu);
}

static struct df_encoder_options options_for(const struct bench *b, enum df_codec codec)
{
  return (struct df_encoder_options){
      .codec = codec,
      .profile = DF_PROFILE_BALANCED,
      .width = WIDTH,
      .height = HEIGHT,
      .depth = 8,
      .colour = {.primaries = 1, .transfer = 1, .matrix = 1, .chroma_location = 1},
      .time_base = {1, 1000},
      .frame_rate = {25, 1},
      .crf = -1,
      .threads = 1,
      .gpu = b->gpu,
      .stream = b->stream,
  };
}

/* A grey picture whose shade tells its number, drawn in the order of the stream. */
static int shade_of(int n)
{
  return 40 + 4 * n;
}

static struct df_picture *draw(struct bench *b, int n)
{
  struct df_picture *picture = NULL;
  struct df_error err = {0};
  if (df_gpu_pool_take(b->pool, &picture, &err) < 0)
    fail_msg("%s", err.text);
  int depth = picture->format.depth;
  for (int p = 0; p < 2; p++) {
    size_t rows = p ? HEIGHT / 2 : HEIGHT;
    int value = p ? 128 : shade_of(n);
    /* of both bytes of a sample: its upper ten bits are all but the value */
    assert_int_equal(df_gpu_fill(b->gpu, (df_gpu_memory)(uintptr_t)picture->planes[p], value,
                         rows * (size_t)picture->strides[p], b->stream, &err),
        0);
  }
  assert_true(depth == 8 || depth == 10);
  picture->pts = 40 * n + (n % 3); /* not quite regular */
  return picture;
}

/* What came out, in the order of time. */
struct outcome {
  int packets, frames, keys;
  bool dts_in_order;
  int64_t last_dts, pts[PICTURES];
  int luma[PICTURES];
  struct df_error err;
};

static AVCodecContext *open_decoder(struct df_encoder *encoder)
{
  const AVCodecContext *from = df_encoder_context(encoder);
  AVCodecContext *decoder = avcodec_alloc_context3(avcodec_find_decoder(from->codec_id));
  AVCodecParameters *parameters = avcodec_parameters_alloc();
  assert_true(avcodec_parameters_from_context(parameters, from) >= 0);
  assert_true(avcodec_parameters_to_context(decoder, parameters) >= 0);
  decoder->pkt_timebase = from->time_base;
  avcodec_parameters_free(&parameters);
  assert_int_equal(avcodec_open2(decoder, decoder->codec, NULL), 0);
  return decoder;
}

static void take_frames(AVCodecContext *decoder, struct outcome *o)
{
  AVFrame *frame = av_frame_alloc();
  while (avcodec_receive_frame(decoder, frame) >= 0) {
    assert_true(o->frames < PICTURES);
    const uint8_t *row = frame->data[0] + frame->linesize[0] * 100;
    bool deep = frame->format == AV_PIX_FMT_YUV420P10LE;
    o->luma[o->frames] = deep ? ((const uint16_t *)(const void *)row)[100] >> 2 : row[100];
    o->pts[o->frames++] = frame->pts;
    av_frame_unref(frame);
  }
  av_frame_free(&frame);
}

/* 0 or the encoder's error. */
static int take_packets(struct df_encoder *encoder, AVCodecContext *decoder, struct outcome *o)
{
  AVPacket *packet = av_packet_alloc();
  int result;
  while ((result = df_encoder_receive(encoder, packet, &o->err)) > 0) {
    if ((o->packets > 0 && packet->dts <= o->last_dts) || packet->dts > packet->pts)
      o->dts_in_order = false;
    o->last_dts = packet->dts;
    o->packets++;
    o->keys += (packet->flags & AV_PKT_FLAG_KEY) != 0;
    assert_true(avcodec_send_packet(decoder, packet) >= 0);
    take_frames(decoder, o);
    av_packet_unref(packet);
  }
  av_packet_free(&packet);
  return result;
}

static struct df_encoder *open_encoder(struct bench *b, const struct df_encoder_options *options)
{
  struct df_error err = {0};
  struct df_encoder *encoder = NULL;
  struct df_encoder_plan plan;
  if (df_encoder_plan(options, &plan, &err) < 0 ||
      df_encoder_create(options, b->log, &encoder, &err) < 0)
    fail_msg("%s", err.text);
  df_gpu_pool_destroy(&b->pool);
  assert_int_equal(
      df_gpu_pool_create(b->gpu, some_device, plan.format, WIDTH, HEIGHT, &b->pool, &err), 0);
  return encoder;
}

/* Encodes PICTURES pictures, each dropped as soon as it is sent; *encoder ends. 0 or the error. */
static int encode(struct bench *b, struct df_encoder **encoder, struct outcome *o)
{
  *o = (struct outcome){.dts_in_order = true};
  AVCodecContext *decoder = open_decoder(*encoder);
  int result = 0;
  for (int n = 0; n < PICTURES && result == 0; n++) {
    struct df_picture *picture = draw(b, n);
    result = df_encoder_send(*encoder, picture, &o->err);
    df_picture_unref(&picture);
    if (result == 0)
      result = take_packets(*encoder, decoder, o);
  }
  if (result == 0)
    result = df_encoder_send(*encoder, NULL, &o->err);
  if (result == 0)
    result = take_packets(*encoder, decoder, o);
  avcodec_send_packet(decoder, NULL);
  take_frames(decoder, o);
  avcodec_free_context(&decoder);
  df_encoder_destroy(encoder);
  return result;
}

static void expect_all(const struct outcome *o)
{
  assert_int_equal(o->packets, PICTURES);
  assert_int_equal(o->frames, PICTURES);
  assert_true(o->dts_in_order);
  for (int n = 0; n < PICTURES; n++) {
    assert_int_equal(o->pts[n], 40 * n + (n % 3));
    assert_in_range(o->luma[n], shade_of(n) - 3, shade_of(n) + 3);
  }
}

static void encode_all(struct bench *b, const struct df_encoder_options *options, const char *by)
{
  struct outcome o;
  struct df_encoder *encoder = open_encoder(b, options);
  assert_string_equal(df_encoder_name(encoder), by);
  if (encode(b, &encoder, &o) < 0)
    fail_msg("%s", o.err.text);
  expect_all(&o);
}

static void every_profile_keeps_pictures_and_times(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  configure_nvenc(NULL);
  for (int profile = 0; profile < DF_PROFILES; profile++)
    for (int global = 0; global < 2; global++) {
      struct df_encoder_options options = options_for(&b, DF_CODEC_H264);
      options.profile = profile;
      options.global_header = global;
      options.hardware = DF_HARDWARE_NVENC;
      encode_all(&b, &options, "h264_nvenc");
      options.codec = DF_CODEC_HEVC;
      encode_all(&b, &options, "hevc_nvenc");
      options.depth = 10;
      encode_all(&b, &options, "hevc_nvenc");
    }
  assert_string_equal(b.said.text, "");
  tear_down(&b);
}

/* On the whole path nothing crosses the bus and nothing waits. */
static void nothing_crosses_the_bus(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  configure_nvenc(NULL);
  struct df_encoder_options options = options_for(&b, DF_CODEC_H264);
  encode_all(&b, &options, "h264_nvenc");
  const struct df_gpu_counters *counters = df_gpu_counters(b.gpu);
  assert_int_equal(counters->bytes_up + counters->bytes_down, 0);
  assert_int_equal(counters->host_waits, 0);
  tear_down(&b);
}

static const struct {
  const char *settings;
  int code;
  const char *kind, *driver;
} refusals[] = {
    {"open=2", DF_EMISSING, "this GPU has no NVENC",
        "OpenEncodeSessionEx failed: unsupported device (2)"},
    {"open=1", DF_EMISSING, "this GPU has no NVENC", "no encode device (1)"},
    {"sessions=0", DF_ELIBRARY, "serves no more encoders at once",
        "OpenEncodeSessionEx failed: out of memory (10)"},
    {"open=21", DF_ELIBRARY, "serves no more encoders at once", "incompatible client key (21)"},
    {"codecs=hevc", DF_EUNSUPPORTED, "does not offer it", "Codec not supported"},
    {"version=8.0", DF_EMISSING, "driver is too old", "Found: 8.0"},
    {"open=20", DF_ELIBRARY, "NVENC cannot be opened", "generic error (20)"},
};

static void each_refusal_has_its_sentence(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    configure_nvenc(refusals[i].settings);
    struct df_encoder_options options = options_for(&b, DF_CODEC_H264);
    options.hardware = DF_HARDWARE_NVENC;
    struct df_encoder *encoder = NULL;
    struct df_error err = {0};
    assert_int_equal(df_encoder_create(&options, b.log, &encoder, &err), refusals[i].code);
    expect_error(&err, refusals[i].code, "h264_nvenc: ");
    expect_error(&err, refusals[i].code, refusals[i].kind);
    expect_error(&err, refusals[i].code, refusals[i].driver);
    expect_error(&err, refusals[i].code, df_gpu_info(b.gpu)->name);
    assert_null(encoder);
  }
  tear_down(&b);
}

static void a_refusal_falls_to_the_software_twin(void **state)
{
  (void)state;
  static const struct {
    enum df_codec codec;
    int depth;
    const char *twin;
  } kinds[] = {{DF_CODEC_H264, 8, "libx264"}, {DF_CODEC_HEVC, 10, "libx265"},
      {DF_CODEC_AV1, 8, "libsvtav1"}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    struct bench b;
    set_up(&b);
    configure_nvenc("open=2");
    struct df_encoder_options options = options_for(&b, kinds[i].codec);
    options.depth = kinds[i].depth;
    options.profile = DF_PROFILE_REALTIME;
    struct df_encoder *encoder = open_encoder(&b, &options);
    assert_string_equal(df_encoder_name(encoder), kinds[i].twin);
    assert_non_null(strstr(df_encoder_refusal(encoder), "_nvenc: this"));
    assert_int_equal(b.said.warnings, 1);
    expect_said(&b.said, df_encoder_refusal(encoder));
    struct outcome o;
    if (encode(&b, &encoder, &o) < 0)
      fail_msg("%s", o.err.text);
    expect_all(&o);
    const struct df_gpu_counters *counters = df_gpu_counters(b.gpu);
    assert_int_equal(counters->bytes_up, 0);
    int64_t bytes = WIDTH * HEIGHT * 3 / 2 * (kinds[i].depth > 8 ? 2 : 1);
    assert_int_equal(counters->bytes_down, PICTURES * bytes);
    assert_true(counters->host_waits <= PICTURES);
    tear_down(&b);
  }
}

static void software_is_as_good_as_chosen(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  configure_nvenc(NULL);
  struct df_encoder_options options = options_for(&b, DF_CODEC_H264);
  options.hardware = DF_HARDWARE_SOFTWARE;
  encode_all(&b, &options, "libx264");
  assert_string_equal(b.said.text, "");
  tear_down(&b);
}

/* Two at once where one is served: the second one is told so, and is served when the first has ended. */
static void sessions_are_limited(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  configure_nvenc("sessions=1");
  struct df_encoder_options options = options_for(&b, DF_CODEC_H264);
  struct df_encoder *first = open_encoder(&b, &options), *second = NULL;
  assert_null(df_encoder_refusal(first));
  second = open_encoder(&b, &options);
  assert_string_equal(df_encoder_name(second), "libx264");
  assert_non_null(strstr(df_encoder_refusal(second), "serves no more encoders at once"));
  df_encoder_destroy(&second);
  df_encoder_destroy(&first);
  second = open_encoder(&b, &options);
  assert_string_equal(df_encoder_name(second), "h264_nvenc");
  df_encoder_destroy(&second);
  tear_down(&b);
}

struct ender {
  struct df_encoder *encoder;
  struct bench *b;
};

/* Ends the encoder once somebody waits for that. */
static void *end_it_when_waited_for(void *context)
{
  struct ender *ender = context;
  bool waited = false;
  while (!waited) {
    usleep(1000);
    for (size_t i = 0; i < df_log_kept(ender->b->log); i++)
      waited |= strstr(df_log_kept_line(ender->b->log, i, NULL), "waiting for one of") != NULL;
  }
  df_encoder_destroy(&ender->encoder);
  return NULL;
}

static void a_session_is_waited_for_or_not(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  configure_nvenc("sessions=1");
  atomic_bool stop = false;
  struct df_encoder_options options = options_for(&b, DF_CODEC_H264);
  options.gate = df_nvenc_gate_create();
  options.stop = &stop;
  struct ender ender = {open_encoder(&b, &options), &b};
  options.busy = DF_BUSY_SOFTWARE;
  struct df_encoder *second = open_encoder(&b, &options);
  assert_string_equal(df_encoder_name(second), "libx264");
  df_encoder_destroy(&second);
  options.busy = DF_BUSY_WAIT;
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, end_it_when_waited_for, &ender), 0);
  second = open_encoder(&b, &options);
  pthread_join(thread, NULL);
  assert_string_equal(df_encoder_name(second), "h264_nvenc");
  stop = true; /* whoever waits is let go */
  struct df_encoder *third = open_encoder(&b, &options);
  assert_string_equal(df_encoder_name(third), "libx264");
  df_encoder_destroy(&third);
  df_encoder_destroy(&second);
  stop = false;
  configure_nvenc("sessions=0"); /* others have them all: nobody here can be waited for */
  second = open_encoder(&b, &options);
  assert_string_equal(df_encoder_name(second), "libx264");
  df_encoder_destroy(&second);
  df_nvenc_gate_destroy(&options.gate);
  tear_down(&b);
}

static void a_lesser_chip_does_without_refinements(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  configure_nvenc("plain");
  struct df_encoder_options options = options_for(&b, DF_CODEC_HEVC);
  options.profile = DF_PROFILE_QUALITY;
  options.hardware = DF_HARDWARE_NVENC;
  encode_all(&b, &options, "hevc_nvenc");
  tear_down(&b);
}

static void a_failing_picture_is_named(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  configure_nvenc("fail=17+");
  struct df_encoder_options options = options_for(&b, DF_CODEC_H264);
  options.hardware = DF_HARDWARE_NVENC;
  struct df_encoder *encoder = open_encoder(&b, &options);
  struct outcome o;
  assert_true(encode(&b, &encoder, &o) < 0);
  expect_error(&o.err, DF_ELIBRARY, "h264_nvenc failed on picture 17");
  expect_error(&o.err, DF_ELIBRARY, "generic error (20): the double fails as it was told");
  tear_down(&b);
}

/* NVENC fails at a picture, once or from then on: it is opened anew, or its twin goes on; nothing is missing. */
static void a_failure_in_the_middle_loses_nothing(void **state)
{
  (void)state;
  static const char *const settings[] = {
      "fail=0", "fail=17", "fail=39", "fail=0+", "fail=18+", "fail=39+", "sessions=1,fail=20"};
  static const enum df_profile_name profiles[] = {
      DF_PROFILE_REALTIME, DF_PROFILE_STREAMING, DF_PROFILE_BALANCED};
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    for (size_t k = 0; k < sizeof profiles / sizeof *profiles; k++)
      for (enum df_codec codec = DF_CODEC_H264; codec <= DF_CODEC_HEVC; codec++) {
        struct bench b;
        set_up(&b);
        configure_nvenc(settings[i]);
        struct df_encoder_options options = options_for(&b, codec);
        options.profile = profiles[k];
        options.global_header = true;
        encode_all(&b, &options, codec == DF_CODEC_H264 ? "h264_nvenc" : "hevc_nvenc");
        expect_said(&b.said, "failed on picture ");
        expect_said(&b.said, "generic error (20): the double fails as it was told");
        expect_said(&b.said, " goes on from picture ");
        bool again = strchr(settings[i], '+') == NULL;
        expect_said(&b.said, again ? "NVENC was opened anew" : "with headers of its own");
        tear_down(&b);
      }
}

/* Noise, which no encoder makes small but by giving up quality. */
static struct df_picture *draw_noise(struct bench *b, int n)
{
  static uint8_t noise[2048 * HEIGHT];
  struct df_picture *picture = draw(b, 0);
  uint32_t seed = 77 + (uint32_t)n;
  for (size_t i = 0; i < sizeof noise; i++)
    noise[i] = (uint8_t)(64 + ((seed = seed * 1664525 + 1013904223) >> 25));
  for (int p = 0; p < 2; p++) {
    size_t bytes = (size_t)picture->strides[p] * (p ? HEIGHT / 2 : HEIGHT);
    assert_true(bytes <= sizeof noise);
    upload(b->gpu, (df_gpu_memory)(uintptr_t)picture->planes[p], noise, bytes, b->stream);
  }
  picture->pts = n * 40;
  return picture;
}

/* Bytes of the packets of noise, with the bit rate changed to `second` in the middle when it is > 0. */
static int64_t bytes_at(struct bench *b, const struct df_encoder_options *options, int second)
{
  struct df_error err = {0};
  struct df_encoder *encoder = open_encoder(b, options);
  AVPacket *packet = av_packet_alloc();
  int64_t bytes = 0;
  for (int n = 0; n <= 2 * PICTURES; n++) {
    struct df_picture *picture = n < 2 * PICTURES ? draw_noise(b, n) : NULL;
    if (n == PICTURES && second > 0)
      assert_int_equal(df_encoder_set_bitrate(encoder, second, &err), 0);
    if (df_encoder_send(encoder, picture, &err) < 0)
      fail_msg("%s", err.text);
    df_picture_unref(&picture);
    while (df_encoder_receive(encoder, packet, &err) == 1) {
      bytes += packet->pts >= PICTURES * 40 ? packet->size : 0;
      av_packet_unref(packet);
    }
  }
  av_packet_free(&packet);
  if (second > 0)
    assert_int_equal(df_encoder_context(encoder)->bit_rate, second * 1000);
  df_encoder_destroy(&encoder);
  return bytes;
}

static void a_bit_rate_changes_while_running(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  configure_nvenc(NULL);
  for (int software = 0; software < 2; software++) {
    struct df_encoder_options options = options_for(&b, DF_CODEC_H264);
    options.profile = DF_PROFILE_STREAMING;
    options.bitrate = 4000;
    options.hardware = software ? DF_HARDWARE_SOFTWARE : DF_HARDWARE_NVENC;
    int64_t steady = bytes_at(&b, &options, 0), lower = bytes_at(&b, &options, 1000);
    assert_true(lower < steady * 2 / 3);
  }
  tear_down(&b);
}

static void a_bit_rate_that_cannot_change_says_so(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  configure_nvenc(NULL);
  struct df_error err = {0};
  struct df_encoder_options options = options_for(&b, DF_CODEC_H264);
  struct df_encoder *encoder = open_encoder(&b, &options); /* a constant quality */
  assert_int_equal(df_encoder_set_bitrate(encoder, 1000, &err), DF_EUNSUPPORTED);
  expect_error(&err, DF_EUNSUPPORTED, "holds a quality");
  df_encoder_destroy(&encoder);
  err = (struct df_error){0};
  options = options_for(&b, DF_CODEC_HEVC);
  options.bitrate = 1000;
  options.hardware = DF_HARDWARE_SOFTWARE;
  encoder = open_encoder(&b, &options);
  assert_int_equal(df_encoder_set_bitrate(encoder, 2000, &err), DF_EUNSUPPORTED);
  expect_error(&err, DF_EUNSUPPORTED, "libx265 cannot change its bit rate");
  df_encoder_destroy(&encoder);
  tear_down(&b);
}

static void presets_of_both_kinds_are_understood(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  configure_nvenc(NULL);
  struct df_encoder_options options = options_for(&b, DF_CODEC_H264);
  options.preset = "p1";
  encode_all(&b, &options, "h264_nvenc");
  options.hardware = DF_HARDWARE_SOFTWARE;
  struct df_encoder_plan plan;
  struct df_error err = {0};
  assert_int_equal(df_encoder_plan(&options, &plan, &err), DF_EUSAGE);
  options.hardware = DF_HARDWARE_AUTO;
  options.preset = "veryfast";
  encode_all(&b, &options, "h264_nvenc");
  expect_said(&b.said, "the preset veryfast is not NVENC's");
  options.hardware = DF_HARDWARE_NVENC;
  err = (struct df_error){0};
  assert_int_equal(df_encoder_plan(&options, &plan, &err), DF_EUSAGE);
  expect_error(&err, DF_EUSAGE, "p1 to p7");
  configure_nvenc("open=2");
  options.hardware = DF_HARDWARE_AUTO;
  options.preset = "p7";
  encode_all(&b, &options, "libx264");
  tear_down(&b);
}

static void where_nothing_is_encoded_nothing_is_waited_for(void **state)
{
  (void)state;
  struct bench b;
  set_up(&b);
  struct df_error err = {0};
  struct df_encoder_options options = options_for(&b, DF_CODEC_NONE);
  struct df_encoder *encoder = open_encoder(&b, &options);
  assert_null(df_encoder_context(encoder));
  assert_string_equal(df_encoder_name(encoder), "none");
  AVPacket *packet = av_packet_alloc();
  for (int n = 0; n <= PICTURES; n++) {
    struct df_picture *picture = n < PICTURES ? draw(&b, n) : NULL;
    assert_int_equal(df_encoder_send(encoder, picture, &err), 0);
    df_picture_unref(&picture);
    assert_int_equal(df_encoder_receive(encoder, packet, &err), 0);
  }
  av_packet_free(&packet);
  const struct df_gpu_counters *counters = df_gpu_counters(b.gpu);
  assert_int_equal(counters->host_waits, 0);
  assert_int_equal(counters->bytes_up + counters->bytes_down, 0);
  df_encoder_destroy(&encoder);
  tear_down(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_profile_keeps_pictures_and_times),
      cmocka_unit_test(nothing_crosses_the_bus),
      cmocka_unit_test(each_refusal_has_its_sentence),
      cmocka_unit_test(a_refusal_falls_to_the_software_twin),
      cmocka_unit_test(software_is_as_good_as_chosen),
      cmocka_unit_test(sessions_are_limited),
      cmocka_unit_test(a_session_is_waited_for_or_not),
      cmocka_unit_test(a_lesser_chip_does_without_refinements),
      cmocka_unit_test(a_failing_picture_is_named),
      cmocka_unit_test(a_failure_in_the_middle_loses_nothing),
      cmocka_unit_test(a_bit_rate_changes_while_running),
      cmocka_unit_test(a_bit_rate_that_cannot_change_says_so),
      cmocka_unit_test(presets_of_both_kinds_are_understood),
      cmocka_unit_test(where_nothing_is_encoded_nothing_is_waited_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
