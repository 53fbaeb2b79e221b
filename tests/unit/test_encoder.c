/* Each test is named after the promise of encoder.h that it checks. Pictures are made here and decoded
 * again with FFmpeg's decoders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libavcodec/avcodec.h>
#include <libavutil/mastering_display_metadata.h>

#include "media/encoder.h"

enum { WIDTH = 192, HEIGHT = 128, FRAMES_MAX = 400 };

static const enum df_codec codecs[] = {DF_CODEC_H264, DF_CODEC_HEVC, DF_CODEC_AV1};
enum { CODECS = sizeof codecs / sizeof *codecs };

/* What came out of an encoder, and of a decoder behind it. */
struct outcome {
  int packets, frames;
  int64_t pts[FRAMES_MAX], durations[FRAMES_MAX]; /* of packets, in presentation order */
  int64_t decoded_pts[FRAMES_MAX];
  AVFrame *first;
  bool dts_in_order;
};

static struct df_encoder_options options_for(enum df_codec codec)
{
  return (struct df_encoder_options){
      .codec = codec,
      .profile = DF_PROFILE_REALTIME,
      .width = WIDTH,
      .height = HEIGHT,
      .depth = 8,
      .colour = {.primaries = 1, .transfer = 1, .matrix = 1, .chroma_location = 1},
      .time_base = {1, 1000},
      .frame_rate = {25, 1},
      .crf = -1,
      .threads = 1,
  };
}

static int luma_at(int x, int y, int n)
{
  return 40 + x / 2 + y / 2 + n % 16; /* stays in limited range */
}

/* A moving ramp with flat chroma, 8 or 10 bit. */
static struct df_picture *ramp(struct df_pool *pool, int n)
{
  struct df_picture *picture = df_pool_take(pool);
  assert_non_null(picture);
  bool ten = picture->format.depth > 8;
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      uint8_t *row = picture->planes[0] + y * picture->strides[0];
      if (ten)
        ((uint16_t *)row)[x] = (uint16_t)(luma_at(x, y, n) << 8);
      else
        row[x] = (uint8_t)luma_at(x, y, n);
    }
  for (int y = 0; y < HEIGHT / 2; y++)
    for (int x = 0; x < WIDTH / 2; x++) {
      uint8_t *row = picture->planes[1] + y * picture->strides[1];
      if (ten) {
        ((uint16_t *)row)[2 * x] = 100 << 8;
        ((uint16_t *)row)[2 * x + 1] = 160 << 8;
      } else {
        row[2 * x] = 100;
        row[2 * x + 1] = 160;
      }
    }
  return picture;
}

static void insert_sorted(struct outcome *outcome, const AVPacket *packet)
{
  int i = outcome->packets++;
  for (; i > 0 && outcome->pts[i - 1] > packet->pts; i--) {
    outcome->pts[i] = outcome->pts[i - 1];
    outcome->durations[i] = outcome->durations[i - 1];
  }
  outcome->pts[i] = packet->pts;
  outcome->durations[i] = packet->duration;
}

static void take_frames(AVCodecContext *decoder, struct outcome *outcome)
{
  AVFrame *frame = av_frame_alloc();
  while (avcodec_receive_frame(decoder, frame) >= 0) {
    outcome->decoded_pts[outcome->frames++] = frame->pts;
    if (!outcome->first)
      outcome->first = av_frame_clone(frame);
    av_frame_unref(frame);
  }
  av_frame_free(&frame);
}

static void take_packets(
    struct df_encoder *encoder, AVCodecContext *decoder, struct outcome *outcome)
{
  struct df_error err = {0};
  AVPacket *packet = av_packet_alloc();
  static int64_t last_dts;
  int result;
  while ((result = df_encoder_receive(encoder, packet, &err)) > 0) {
    if (outcome->packets > 0 && packet->dts <= last_dts)
      outcome->dts_in_order = false;
    if (packet->dts > packet->pts)
      outcome->dts_in_order = false;
    last_dts = packet->dts;
    insert_sorted(outcome, packet);
    assert_true(avcodec_send_packet(decoder, packet) >= 0);
    take_frames(decoder, outcome);
    av_packet_unref(packet);
  }
  assert_int_equal(result, 0);
  av_packet_free(&packet);
}

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

/* Encodes `count` pictures at the given times (durations unknown but for the last one's). */
static void encode(const struct df_encoder_options *options, struct df_log *log,
    const int64_t *times, int count, int64_t last_duration, struct outcome *outcome)
{
  *outcome = (struct outcome){.dts_in_order = true};
  struct df_error err = {0};
  struct df_encoder_plan plan;
  assert_int_equal(df_encoder_plan(options, &plan, &err), 0);
  struct df_encoder *encoder = NULL;
  if (df_encoder_create(options, log, &encoder, &err) < 0)
    fail_msg("%s", err.text);
  AVCodecContext *decoder = open_decoder(encoder);
  struct df_pool *pool = df_pool_create(plan.format, options->width, options->height);
  for (int i = 0; i < count; i++) {
    struct df_picture *picture = ramp(pool, i);
    picture->pts = times[i];
    picture->duration = i == count - 1 ? last_duration : 0;
    if (df_encoder_send(encoder, picture, &err) < 0)
      fail_msg("%s", err.text);
    df_picture_unref(&picture);
    take_packets(encoder, decoder, outcome);
  }
  assert_int_equal(df_encoder_send(encoder, NULL, &err), 0);
  take_packets(encoder, decoder, outcome);
  avcodec_send_packet(decoder, NULL);
  take_frames(decoder, outcome);
  avcodec_free_context(&decoder);
  df_encoder_destroy(&encoder);
  df_pool_destroy(&pool);
  assert_null(encoder);
}

static void assert_times(const struct outcome *outcome, const int64_t *times, int count)
{
  assert_int_equal(outcome->packets, count);
  assert_int_equal(outcome->frames, count);
  assert_true(outcome->dts_in_order);
  for (int i = 0; i < count; i++) {
    assert_int_equal(outcome->pts[i], times[i]);
    assert_int_equal(outcome->decoded_pts[i], times[i]);
  }
}

static void pictures_keep_their_time_and_number_in_any_time_base(void **state)
{
  (void)state;
  static const struct {
    struct df_rational time_base, rate;
    int64_t first, step;
  } cases[] = {
      {{1, 12800}, {25, 1}, 0, 512},
      {{1001, 30000}, {30000, 1001}, 0, 1},
      {{1, 90000}, {50, 1}, 126000, 1800},
      {{1, 1000000}, {24, 1}, INT64_C(36000000000), 41667},
      {{1, 1000}, {1000, 1}, 0, 1},
      {{1, 1000}, {1, 2}, 40, 2000},
      {{1, 90000}, {90000, 1}, 0, 3003},
  };
  int64_t times[48];
  struct outcome outcome;
  for (int c = 0; c < CODECS; c++)
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
      for (int profile = DF_PROFILE_REALTIME; profile <= DF_PROFILE_STREAMING; profile++) {
        struct df_encoder_options options = options_for(codecs[c]);
        options.profile = profile;
        options.time_base = cases[i].time_base;
        options.frame_rate = cases[i].rate;
        for (int n = 0; n < 48; n++)
          times[n] = cases[i].first + n * cases[i].step;
        encode(&options, NULL, times, 48, 0, &outcome);
        assert_times(&outcome, times, 48);
        av_frame_free(&outcome.first);
      }
}

static void rates_beyond_what_encoders_count_in_do_no_harm(void **state)
{
  (void)state;
  static const struct df_rational rates[] = {{1, 3}, {1, 1000}, {33554433, 1118482}, {INT32_MAX, 1},
      {1, INT32_MAX}, {INT32_MAX, INT32_MAX - 1}, {0, 0}};
  int64_t times[8];
  struct outcome outcome;
  for (int c = 0; c < CODECS; c++)
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
      struct df_encoder_options options = options_for(codecs[c]);
      options.profile = DF_PROFILE_STREAMING; /* by bit rate, which is where they divide by it */
      options.frame_rate = rates[i];
      for (int n = 0; n < 8; n++)
        times[n] = n * INT64_C(3000);
      encode(&options, NULL, times, 8, 0, &outcome);
      assert_times(&outcome, times, 8);
      av_frame_free(&outcome.first);
    }
}

static void irregular_times_and_the_last_duration_are_kept(void **state)
{
  (void)state;
  int64_t times[60], time = 7;
  uint32_t seed = 1;
  struct outcome outcome;
  for (int n = 0; n < 60; n++) {
    times[n] = time;
    seed = seed * 1664525u + 1013904223u;
    time += 1 + (seed >> 20) % 400;
  }
  for (int c = 0; c < CODECS; c++) {
    struct df_encoder_options options = options_for(codecs[c]);
    options.profile = DF_PROFILE_BALANCED;
    options.preset = codecs[c] == DF_CODEC_AV1 ? "12" : "veryfast";
    encode(&options, NULL, times, 60, 777, &outcome);
    assert_times(&outcome, times, 60);
    assert_int_equal(outcome.durations[59], 777);
    for (int n = 0; n < 40; n++)
      assert_int_equal(outcome.durations[n], times[n + 1] - times[n]);
    av_frame_free(&outcome.first);
  }
}

static void very_short_videos_work(void **state)
{
  (void)state;
  const int64_t times[] = {0, 40, 80};
  struct outcome outcome;
  for (int c = 0; c < CODECS; c++)
    for (int count = 1; count <= 3; count++) {
      struct df_encoder_options options = options_for(codecs[c]);
      options.profile = DF_PROFILE_BALANCED;
      options.preset = codecs[c] == DF_CODEC_AV1 ? "12" : "veryfast";
      encode(&options, NULL, times, count, 0, &outcome);
      assert_times(&outcome, times, count);
      assert_int_equal(outcome.durations[count - 1], 40);
      av_frame_free(&outcome.first);
    }
}

/* Encodes the pictures from `begin` to `end` of a longer video by an encoder of their own. */
static void encode_part(const struct df_encoder_options *options, const int64_t *times, int count,
    int begin, int end, int64_t *last_dts, struct outcome *outcome)
{
  struct df_encoder_plan plan;
  struct df_encoder *encoder = NULL;
  AVPacket *packet = av_packet_alloc();
  assert_int_equal(df_encoder_plan(options, &plan, NULL), 0);
  assert_int_equal(df_encoder_create(options, NULL, &encoder, NULL), 0);
  if (begin > 0)
    assert_int_equal(df_encoder_follow(encoder, times, (size_t)begin, NULL), 0);
  struct df_pool *pool = df_pool_create(plan.format, options->width, options->height);
  for (int i = begin; i <= end; i++) {
    struct df_picture *picture = i < end ? ramp(pool, i) : NULL;
    if (picture)
      picture->pts = times[i];
    else if (end < count)
      df_encoder_lead(encoder, times[end]);
    assert_int_equal(df_encoder_send(encoder, picture, NULL), 0);
    df_picture_unref(&picture);
    while (df_encoder_receive(encoder, packet, NULL) == 1) {
      assert_true(*last_dts < packet->dts && packet->dts <= packet->pts);
      *last_dts = packet->dts;
      insert_sorted(outcome, packet);
      av_packet_unref(packet);
    }
  }
  av_packet_free(&packet);
  df_encoder_destroy(&encoder);
  df_pool_destroy(&pool);
}

static void one_video_may_be_made_by_several_encoders(void **state)
{
  (void)state;
  static const int cuts[] = {0, 9, 10, 12, 24}; /* one part has a single picture */
  int64_t times[24];
  for (int i = 0; i < 24; i++) /* slow where a part begins: the gap is longer than those behind it */
    times[i] = i == 0 ? 500 : times[i - 1] + (i % 3 == 1 ? 120 : 20);
  for (int c = 0; c < CODECS; c++) {
    struct df_encoder_options options = options_for(codecs[c]);
    struct outcome outcome = {0};
    int64_t last_dts = INT64_MIN;
    options.profile = DF_PROFILE_BALANCED;
    options.preset = codecs[c] == DF_CODEC_AV1 ? "10" : "veryfast";
    for (int k = 0; k < 4; k++)
      encode_part(&options, times, 24, cuts[k], cuts[k + 1], &last_dts, &outcome);
    assert_int_equal(outcome.packets, 24);
    for (int i = 0; i < 24; i++) {
      assert_int_equal(outcome.pts[i], times[i]);
      if (i < 23)
        assert_int_equal(outcome.durations[i], times[i + 1] - times[i]);
    }
  }
}

static double luma_error(const AVFrame *frame, int depth)
{
  double sum = 0;
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      const uint8_t *row = frame->data[0] + y * frame->linesize[0];
      double value = depth > 8 ? ((const uint16_t *)row)[x] / 4.0 : row[x];
      sum += abs((int)(value + 0.5) - luma_at(x, y, 0));
    }
  return sum / (WIDTH * HEIGHT);
}

static int chroma_of(const AVFrame *frame, int plane, int depth)
{
  const uint8_t *row = frame->data[plane] + 20 * frame->linesize[plane];
  return depth > 8 ? ((const uint16_t *)row)[30] / 4 : row[30];
}

static void samples_survive_at_both_depths(void **state)
{
  (void)state;
  const int64_t times[] = {0, 40, 80, 120};
  struct outcome outcome;
  for (int c = 0; c < CODECS; c++)
    for (int depth = 8; depth <= 10; depth += 2) {
      struct df_encoder_options options = options_for(codecs[c]);
      options.depth = depth;
      options.crf = 12;
      encode(&options, NULL, times, 4, 0, &outcome);
      int coded = codecs[c] == DF_CODEC_H264 ? 8 : depth;
      assert_int_equal(
          outcome.first->format, coded > 8 ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P);
      assert_true(luma_error(outcome.first, coded) < 2);
      assert_in_range(chroma_of(outcome.first, 1, coded), 98, 102);
      assert_in_range(chroma_of(outcome.first, 2, coded), 158, 162);
      av_frame_free(&outcome.first);
    }
}

static void colour_is_written_into_the_stream(void **state)
{
  (void)state;
  static const struct df_colour colours[] = {
      {.primaries = 1, .transfer = 1, .matrix = 1, .chroma_location = 1},
      {.primaries = 6, .transfer = 6, .matrix = 6, .full_range = true, .chroma_location = 1},
      {.primaries = 9, .transfer = 14, .matrix = 9, .chroma_location = 3},
  };
  const int64_t times[] = {0, 40};
  struct outcome outcome;
  for (int c = 0; c < CODECS; c++)
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
      struct df_encoder_options options = options_for(codecs[c]);
      options.colour = colours[i];
      encode(&options, NULL, times, 2, 0, &outcome);
      assert_int_equal(outcome.first->color_primaries, colours[i].primaries);
      assert_int_equal(outcome.first->color_trc, colours[i].transfer);
      assert_int_equal(outcome.first->colorspace, colours[i].matrix);
      assert_int_equal(
          outcome.first->color_range, colours[i].full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG);
      assert_int_equal(outcome.first->chroma_location, colours[i].chroma_location);
      av_frame_free(&outcome.first);
    }
}

static void make_hdr(struct df_encoder_options *options, enum df_transfer_kind kind)
{
  options->depth = 10;
  options->transfer = kind;
  options->colour = (struct df_colour){.primaries = 9,
      .transfer = kind == DF_TRANSFER_PQ ? 16 : 18,
      .matrix = 9,
      .chroma_location = 3};
  options->hdr = (struct df_hdr){
      .has_mastering = true,
      .has_light = true,
      .primaries = {{{34000, 50000}, {16000, 50000}}, {{13250, 50000}, {34500, 50000}},
          {{7500, 50000}, {3000, 50000}}},
      .white = {{15635, 50000}, {16450, 50000}},
      .max_luminance = {10000000, 10000},
      .min_luminance = {50, 10000},
      .max_content_light = 987,
      .max_average_light = 321,
  };
}

static void hdr_keeps_its_tags_and_mastering_data(void **state)
{
  (void)state;
  const int64_t times[] = {0, 40, 80};
  struct outcome outcome;
  for (int c = 1; c < CODECS; c++) {
    struct df_encoder_options options = options_for(codecs[c]);
    make_hdr(&options, DF_TRANSFER_PQ);
    encode(&options, NULL, times, 3, 0, &outcome);
    assert_int_equal(outcome.first->format, AV_PIX_FMT_YUV420P10LE);
    assert_int_equal(outcome.first->color_trc, AVCOL_TRC_SMPTE2084);
    assert_int_equal(outcome.first->color_primaries, AVCOL_PRI_BT2020);
    AVFrameSideData *side =
        av_frame_get_side_data(outcome.first, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
    assert_non_null(side);
    const AVMasteringDisplayMetadata *mastering = (const void *)side->data;
    assert_true(abs((int)(av_q2d(mastering->display_primaries[0][0]) * 50000 + 0.5) - 34000) < 3);
    assert_true(abs((int)(av_q2d(mastering->display_primaries[2][1]) * 50000 + 0.5) - 3000) < 3);
    assert_true(abs((int)(av_q2d(mastering->white_point[1]) * 50000 + 0.5) - 16450) < 3);
    assert_int_equal((int)(av_q2d(mastering->max_luminance) + 0.5), 1000);
    side = av_frame_get_side_data(outcome.first, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
    assert_non_null(side);
    assert_int_equal(((const AVContentLightMetadata *)(const void *)side->data)->MaxCLL, 987);
    av_frame_free(&outcome.first);
  }
}

/* The 10-bit PQ or HLG code of a grey, in P010's upper bits. */
static struct df_picture *grey(struct df_pool *pool, int code)
{
  struct df_picture *picture = df_pool_take(pool);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      ((uint16_t *)(picture->planes[0] + y * picture->strides[0]))[x] = (uint16_t)(code << 6);
  for (int y = 0; y < HEIGHT / 2; y++)
    for (int x = 0; x < WIDTH; x++)
      ((uint16_t *)(picture->planes[1] + y * picture->strides[1]))[x] = 512 << 6;
  return picture;
}

static int tone_mapped_grey(enum df_transfer_kind kind, int code)
{
  struct df_encoder_options options = options_for(DF_CODEC_H264);
  make_hdr(&options, kind);
  options.crf = 5;
  struct df_error err = {0};
  struct df_encoder *encoder = NULL;
  if (df_encoder_create(&options, NULL, &encoder, &err) < 0)
    fail_msg("%s", err.text);
  AVCodecContext *decoder = open_decoder(encoder);
  struct df_pool *pool = df_pool_create(DF_FORMAT_P010, WIDTH, HEIGHT);
  struct df_picture *picture = grey(pool, code);
  struct outcome outcome = {.dts_in_order = true};
  assert_int_equal(df_encoder_send(encoder, picture, &err), 0);
  df_picture_unref(&picture);
  take_packets(encoder, decoder, &outcome);
  assert_int_equal(df_encoder_send(encoder, NULL, &err), 0);
  take_packets(encoder, decoder, &outcome);
  avcodec_send_packet(decoder, NULL);
  take_frames(decoder, &outcome);
  assert_int_equal(outcome.frames, 1);
  assert_int_equal(outcome.first->format, AV_PIX_FMT_YUV420P);
  assert_int_equal(outcome.first->color_trc, AVCOL_TRC_BT709);
  assert_int_equal(outcome.first->color_primaries, AVCOL_PRI_BT709);
  assert_int_equal(outcome.first->colorspace, AVCOL_SPC_BT709);
  assert_in_range(chroma_of(outcome.first, 1, 8), 126, 130);
  assert_in_range(chroma_of(outcome.first, 2, 8), 126, 130);
  int luma = outcome.first->data[0][outcome.first->linesize[0] * 60 + 90];
  av_frame_free(&outcome.first);
  avcodec_free_context(&decoder);
  df_encoder_destroy(&encoder);
  df_pool_destroy(&pool);
  return luma;
}

static void hdr_is_tone_mapped_to_sane_greys(void **state)
{
  (void)state;
  /* ITU-R BT.2408: 18 % grey is 38 % of either signal, diffuse white is 58 % of PQ and 75 % of HLG.
   * SDR shows that grey at about 41 % and white below the top. */
  const int black = 64, grey_code = 64 + 876 * 38 / 100;
  const int white[] = {
      [DF_TRANSFER_PQ] = 64 + 876 * 58 / 100, [DF_TRANSFER_HLG] = 64 + 876 * 75 / 100};
  for (int kind = DF_TRANSFER_PQ; kind <= DF_TRANSFER_HLG; kind++) {
    assert_in_range(tone_mapped_grey(kind, black), 14, 18);
    assert_in_range(tone_mapped_grey(kind, grey_code), 90, 125);
    assert_in_range(tone_mapped_grey(kind, white[kind]), 185, 232);
    assert_in_range(tone_mapped_grey(kind, 940), 230, 254);
  }
}

static void plan_of(const struct df_encoder_options *options, struct df_encoder_plan *plan)
{
  struct df_error err = {0};
  assert_int_equal(df_encoder_plan(options, plan, &err), 0);
}

static void the_plan_follows_codec_depth_and_transfer(void **state)
{
  (void)state;
  struct df_encoder_plan plan;
  struct df_encoder_options options = options_for(DF_CODEC_AUTO);
  plan_of(&options, &plan);
  assert_int_equal(plan.codec, DF_CODEC_H264);
  assert_int_equal(plan.format.depth, 8);

  options.depth = 10;
  plan_of(&options, &plan);
  assert_int_equal(plan.codec, DF_CODEC_H264);
  assert_int_equal(plan.format.depth, 8);
  assert_false(plan.tone_map);

  options.codec = DF_CODEC_AV1;
  plan_of(&options, &plan);
  assert_int_equal(plan.format.depth, 10);
  assert_false(plan.keeps_hdr);

  options.transfer = DF_TRANSFER_HLG;
  options.codec = DF_CODEC_AUTO;
  plan_of(&options, &plan);
  assert_int_equal(plan.codec, DF_CODEC_HEVC);
  assert_true(plan.keeps_hdr && plan.format.depth == 10 && !plan.tone_map);

  options.codec = DF_CODEC_H264;
  plan_of(&options, &plan);
  assert_true(plan.tone_map && plan.format.depth == 10 && !plan.keeps_hdr);
}

static void assert_refused(const struct df_encoder_options *options, int code, const char *says)
{
  struct df_error err = {0};
  struct df_encoder_plan plan;
  assert_int_equal(df_encoder_plan(options, &plan, &err), code);
  assert_int_equal(err.code, code);
  if (!strstr(err.text, says))
    fail_msg("\"%s\" does not say \"%s\"", err.text, says);
}

static void what_does_not_go_together_is_refused(void **state)
{
  (void)state;
  struct df_encoder_options options = options_for(DF_CODEC_H264);
  options.preset = "warp";
  assert_refused(&options, DF_EUSAGE, "ultrafast, superfast");
  options = options_for(DF_CODEC_AV1);
  options.preset = "medium";
  assert_refused(&options, DF_EUSAGE, "0, 1, 2");
  options = options_for(DF_CODEC_AV1);
  options.width = 62;
  assert_refused(&options, DF_EUNSUPPORTED, "64x64");
  options = options_for(DF_CODEC_HEVC);
  options.height = 131;
  assert_refused(&options, DF_EUNSUPPORTED, "even");
  options = options_for(DF_CODEC_H264);
  options.crf = 52;
  assert_refused(&options, DF_EUSAGE, "0 to 51");
  options = options_for(DF_CODEC_H264);
  options.crf = 20;
  options.bitrate = 4000;
  assert_refused(&options, DF_EUSAGE, "exclude each other");
}

static void losses_are_said_once_as_notes(void **state)
{
  (void)state;
  struct df_error err = {0};
  struct df_encoder *encoder = NULL;
  struct df_log *log = df_log_create(DF_LOG_NOTE, NULL, NULL);
  struct df_encoder_options options = options_for(DF_CODEC_H264);
  assert_int_equal(df_encoder_create(&options, log, &encoder, &err), 0);
  df_encoder_destroy(&encoder);
  assert_int_equal(df_log_kept(log), 0);

  options.depth = 10;
  assert_int_equal(df_encoder_create(&options, log, &encoder, &err), 0);
  df_encoder_destroy(&encoder);
  assert_int_equal(df_log_kept(log), 1);
  assert_non_null(strstr(df_log_kept_line(log, 0, NULL), "10 bit"));

  make_hdr(&options, DF_TRANSFER_HLG);
  assert_int_equal(df_encoder_create(&options, log, &encoder, &err), 0);
  df_encoder_destroy(&encoder);
  assert_int_equal(df_log_kept(log), 2);
  assert_non_null(strstr(df_log_kept_line(log, 1, NULL), "tone-mapped"));
  df_log_destroy(&log);
}

static void an_encoder_may_end_at_any_point(void **state)
{
  (void)state;
  for (int c = 0; c < CODECS; c++)
    for (int pictures = 0; pictures < 3; pictures++)
      for (int flush = 0; flush < 2; flush++) {
        struct df_error err = {0};
        struct df_encoder *encoder = NULL;
        struct df_encoder_options options = options_for(codecs[c]);
        assert_int_equal(df_encoder_create(&options, NULL, &encoder, &err), 0);
        struct df_pool *pool = df_pool_create(DF_FORMAT_NV12, WIDTH, HEIGHT);
        AVPacket *packet = av_packet_alloc();
        for (int n = 0; n < pictures; n++) {
          struct df_picture *picture = ramp(pool, n);
          picture->pts = n * 40;
          assert_int_equal(df_encoder_send(encoder, picture, &err), 0);
          df_picture_unref(&picture);
          while (df_encoder_receive(encoder, packet, &err) > 0)
            av_packet_unref(packet);
        }
        if (flush) {
          assert_int_equal(df_encoder_send(encoder, NULL, &err), 0);
          while (df_encoder_receive(encoder, packet, &err) > 0)
            av_packet_unref(packet);
        }
        df_encoder_destroy(&encoder);
        av_packet_free(&packet);
        df_pool_destroy(&pool);
      }
}

static void crf_and_bitrate_override_the_profile(void **state)
{
  (void)state;
  for (int c = 0; c < CODECS; c++)
    for (int profile = 0; profile < DF_PROFILES; profile++) {
      struct df_error err = {0};
      struct df_encoder *encoder = NULL;
      struct df_encoder_options options = options_for(codecs[c]);
      options.profile = profile;
      options.preset = codecs[c] == DF_CODEC_AV1 ? "12" : "ultrafast";
      options.bitrate = 900;
      if (df_encoder_create(&options, NULL, &encoder, &err) < 0)
        fail_msg("%s", err.text);
      assert_int_equal(df_encoder_context(encoder)->bit_rate, 900000);
      df_encoder_destroy(&encoder);
      options.bitrate = 0;
      options.crf = 33;
      if (df_encoder_create(&options, NULL, &encoder, &err) < 0)
        fail_msg("%s", err.text);
      assert_int_equal(df_encoder_context(encoder)->bit_rate, 0);
      df_encoder_destroy(&encoder);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_plan_follows_codec_depth_and_transfer),
      cmocka_unit_test(what_does_not_go_together_is_refused),
      cmocka_unit_test(samples_survive_at_both_depths),
      cmocka_unit_test(colour_is_written_into_the_stream),
      cmocka_unit_test(hdr_keeps_its_tags_and_mastering_data),
      cmocka_unit_test(hdr_is_tone_mapped_to_sane_greys),
      cmocka_unit_test(very_short_videos_work),
      cmocka_unit_test(rates_beyond_what_encoders_count_in_do_no_harm),
      cmocka_unit_test(irregular_times_and_the_last_duration_are_kept),
      cmocka_unit_test(one_video_may_be_made_by_several_encoders),
      cmocka_unit_test(pictures_keep_their_time_and_number_in_any_time_base),
      cmocka_unit_test(losses_are_said_once_as_notes),
      cmocka_unit_test(an_encoder_may_end_at_any_point),
      cmocka_unit_test(crf_and_bitrate_override_the_profile),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
