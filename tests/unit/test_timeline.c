/* Each test is named after the promise of timeline.h that it checks. Packets are made up, in milliseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "media/timeline.h"

enum { VIDEO, AUDIO, STREAMS };

struct fixture {
  AVFormatContext *context;
  struct df_timeline *timeline;
  AVPacket *packet;
};

/* `seconds` is what the file says of its length; 0: nothing. */
static void make(struct fixture *f, const char *format, int64_t seconds)
{
  f->context = avformat_alloc_context();
  f->packet = av_packet_alloc();
  assert_true(f->context && f->packet);
  f->context->iformat = av_find_input_format(format);
  assert_non_null(f->context->iformat);
  f->context->duration = seconds ? seconds * AV_TIME_BASE : AV_NOPTS_VALUE;
  f->context->start_time = 0;
  for (int i = 0; i < STREAMS; i++) {
    AVStream *stream = avformat_new_stream(f->context, NULL);
    assert_non_null(stream);
    stream->time_base = (AVRational){1, 1000};
    stream->codecpar->codec_type = i == VIDEO ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
  }
  f->timeline = df_timeline_create(f->context);
  assert_non_null(f->timeline);
}

static void unmake(struct fixture *f)
{
  df_timeline_destroy(&f->timeline);
  av_packet_free(&f->packet);
  avformat_free_context(f->context);
}

/* Passes a packet and returns the time that it comes out with. */
static int64_t pass(struct fixture *f, int stream, int64_t time)
{
  f->packet->stream_index = stream;
  f->packet->pts = f->packet->dts = time;
  f->packet->duration = 40;
  df_timeline_pass(f->timeline, f->packet, NULL);
  return f->packet->dts;
}

static void at_a_seam_all_streams_are_shifted_alike(void **state)
{
  struct fixture f;
  (void)state;
  make(&f, "mpegts", 100);
  assert_int_equal(pass(&f, VIDEO, 50000), 50000);
  assert_int_equal(pass(&f, AUDIO, 50010), 50010);
  assert_int_equal(pass(&f, VIDEO, 1000), 50040); /* back */
  assert_int_equal(pass(&f, AUDIO, 1010), 50050);
  assert_int_equal(pass(&f, VIDEO, 90000), 50080); /* ahead, as only broadcasts do */
  assert_int_equal(pass(&f, AUDIO, 90010), 50090);
  unmake(&f);
}

static void a_stream_that_leaps_out_of_the_file_is_shifted_alone(void **state)
{
  struct fixture f;
  (void)state;
  make(&f, "avi", 100);
  pass(&f, VIDEO, 1000);
  pass(&f, AUDIO, 1000);
  assert_int_equal(pass(&f, AUDIO, 22000000), 1040);
  assert_int_equal(pass(&f, VIDEO, 1040), 1040);
  assert_int_equal(pass(&f, AUDIO, 22000040), 1080);
  assert_int_equal(pass(&f, AUDIO, 1120), 1120); /* and the damage is over */
  assert_int_equal(pass(&f, AUDIO, 1160), 1160);
  assert_int_equal(pass(&f, VIDEO, 1080), 1080);
  unmake(&f);
}

static void a_pause_within_the_file_stays(void **state)
{
  struct fixture f;
  (void)state;
  make(&f, "matroska", 9000);
  assert_int_equal(pass(&f, VIDEO, 1000), 1000);
  assert_int_equal(pass(&f, VIDEO, 8000000), 8000000);
  unmake(&f);
}

static void a_file_without_length_may_pause_for_an_hour(void **state)
{
  struct fixture f;
  (void)state;
  make(&f, "matroska", 0);
  assert_int_equal(pass(&f, VIDEO, 1000), 1000);
  assert_int_equal(pass(&f, VIDEO, 3600000), 3600000);
  assert_int_equal(pass(&f, VIDEO, 9000000), 3600040);
  unmake(&f);
}

static void impossible_times_become_unknown(void **state)
{
  struct fixture f;
  (void)state;
  make(&f, "matroska", 0);
  pass(&f, VIDEO, 1000);
  assert_int_equal(pass(&f, VIDEO, INT64_MAX), AV_NOPTS_VALUE);
  assert_int_equal(pass(&f, VIDEO, INT64_MIN + 1), AV_NOPTS_VALUE);
  f.packet->dts = 1080;
  f.packet->pts = 400000;
  f.packet->duration = INT64_MAX;
  df_timeline_pass(f.timeline, f.packet, NULL);
  assert_int_equal(f.packet->dts, 1080);
  assert_int_equal(f.packet->pts, AV_NOPTS_VALUE);
  assert_int_equal(f.packet->duration, 0);
  assert_int_equal(df_timeline_end(f.timeline), 1080 * 1000);
  unmake(&f);
}

static void after_a_reset_nothing_is_remembered(void **state)
{
  struct fixture f;
  (void)state;
  make(&f, "avi", 100);
  pass(&f, VIDEO, 1000);
  pass(&f, VIDEO, 22000000);
  df_timeline_reset(f.timeline);
  assert_int_equal(df_timeline_end(f.timeline), INT64_MIN);
  assert_false(df_timeline_passed(f.timeline, VIDEO, 0));
  assert_int_equal(pass(&f, VIDEO, 500), 500);
  assert_true(df_timeline_passed(f.timeline, VIDEO, 500000));
  unmake(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(at_a_seam_all_streams_are_shifted_alike),
      cmocka_unit_test(a_stream_that_leaps_out_of_the_file_is_shifted_alone),
      cmocka_unit_test(a_pause_within_the_file_stays),
      cmocka_unit_test(a_file_without_length_may_pause_for_an_hour),
      cmocka_unit_test(impossible_times_become_unknown),
      cmocka_unit_test(after_a_reset_nothing_is_remembered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
