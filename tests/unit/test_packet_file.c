/* Each test is named after the promise of packet_file.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libavcodec/avcodec.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "media/packet_file.h"

enum { PACKETS = 5, SIZE_MAX_BYTES = 4096 };

static char folder[64], path[128];
static uint8_t content[SIZE_MAX_BYTES];

static AVCodecContext *encoder_with(const char *headers)
{
  AVCodecContext *video = avcodec_alloc_context3(NULL);
  assert_non_null(video);
  video->codec_id = AV_CODEC_ID_H264;
  video->width = 1920;
  video->height = 1080;
  video->time_base = (AVRational){1, 30000};
  video->extradata_size = (int)strlen(headers);
  video->extradata = av_mallocz(strlen(headers) + AV_INPUT_BUFFER_PADDING_SIZE);
  memcpy(video->extradata, headers, strlen(headers));
  return video;
}

static int set_up(void **state)
{
  snprintf(folder, sizeof folder, "/tmp/dualface-packets-XXXXXX");
  if (!mkdtemp(folder))
    return -1;
  snprintf(path, sizeof path, "%s/segment", folder);
  *state = encoder_with("headers");
  return 0;
}

static int tear_down(void **state)
{
  AVCodecContext *video = *state;
  avcodec_free_context(&video);
  unlink(path);
  return rmdir(folder); /* nothing may be left in it */
}

static void fill(AVPacket *packet, int i)
{
  assert_int_equal(av_new_packet(packet, 10 + i * 7), 0);
  for (int k = 0; k < packet->size; k++)
    packet->data[k] = (uint8_t)(i * 31 + k);
  packet->pts = INT64_C(9000000000000) + i;
  packet->dts = i == 2 ? AV_NOPTS_VALUE : -i * INT64_C(1001);
  packet->duration = i * 1001;
  packet->flags = i == 0 ? AV_PKT_FLAG_KEY : i == 1 ? AV_PKT_FLAG_DISPOSABLE : 0;
}

static void write_file(const AVCodecContext *video)
{
  struct df_packet_writer *writer = NULL;
  AVPacket *packet = av_packet_alloc();
  int64_t bytes = 0;
  assert_int_equal(df_packet_file_create(path, video, &writer, NULL), 0);
  for (int i = 0; i < PACKETS; i++) {
    fill(packet, i);
    assert_int_equal(df_packet_file_append(writer, packet, NULL), 0);
    av_packet_unref(packet);
  }
  assert_int_equal(access(path, F_OK), -1); /* not before it is whole */
  assert_int_equal(df_packet_file_finish(&writer, &bytes, NULL), 0);
  assert_null(writer);
  av_packet_free(&packet);
  FILE *stream = fopen(path, "r");
  assert_int_equal(fread(content, 1, sizeof content, stream), bytes);
  fclose(stream);
}

static size_t file_size(void)
{
  FILE *stream = fopen(path, "r");
  fseek(stream, 0, SEEK_END);
  long size = ftell(stream);
  fclose(stream);
  return (size_t)size;
}

static void put(size_t size)
{
  FILE *stream = fopen(path, "w");
  assert_int_equal(fwrite(content, 1, size, stream), size);
  fclose(stream);
}

static void packets_come_back_to_the_bit(void **state)
{
  struct df_packet_reader *reader = NULL;
  AVPacket *packet = av_packet_alloc(), *wanted = av_packet_alloc();
  write_file(*state);
  assert_int_equal(df_packet_file_open(path, *state, &reader, NULL), 0);
  for (int i = 0; i < PACKETS; i++) {
    fill(wanted, i);
    assert_int_equal(df_packet_file_read(reader, packet, NULL), 1);
    assert_int_equal(packet->size, wanted->size);
    assert_memory_equal(packet->data, wanted->data, (size_t)wanted->size);
    assert_true(packet->pts == wanted->pts && packet->dts == wanted->dts);
    assert_true(packet->duration == wanted->duration && packet->flags == wanted->flags);
    av_packet_unref(packet);
    av_packet_unref(wanted);
  }
  assert_int_equal(df_packet_file_read(reader, packet, NULL), 0);
  df_packet_file_close(&reader);
  av_packet_free(&packet);
  av_packet_free(&wanted);
}

static void one_that_is_cut_short_anywhere_is_never_whole(void **state)
{
  write_file(*state);
  size_t size = file_size();
  assert_int_equal(df_packet_file_check(path, *state, NULL), 0);
  for (size_t left = 0; left < size; left++) {
    put(left);
    assert_int_equal(df_packet_file_check(path, *state, NULL), DF_EINPUT);
  }
}

static void one_with_more_behind_its_end_is_not_whole(void **state)
{
  write_file(*state);
  size_t size = file_size();
  content[size] = 0;
  put(size + 1);
  assert_int_equal(df_packet_file_check(path, *state, NULL), DF_EINPUT);
}

static void any_flipped_bit_is_found(void **state)
{
  write_file(*state);
  size_t size = file_size();
  for (size_t bit = 0; bit < size * 8; bit++) {
    content[bit / 8] ^= (uint8_t)(1 << bit % 8);
    put(size);
    assert_int_equal(df_packet_file_check(path, *state, NULL), DF_EINPUT);
    content[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
}

static void another_encoders_file_is_refused(void **state)
{
  struct df_error err = {0};
  write_file(*state);
  AVCodecContext *others[] = {encoder_with("header"), encoder_with("headerz"), encoder_with(""),
      encoder_with("headers"), encoder_with("headers")};
  others[3]->width = 1280;
  others[4]->codec_id = AV_CODEC_ID_HEVC;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    assert_int_equal(df_packet_file_check(path, others[i], &err), DF_EINPUT);
    assert_non_null(strstr(err.text, "another encoder"));
    avcodec_free_context(&others[i]);
  }
}

static void a_file_that_is_abandoned_leaves_nothing(void **state)
{
  struct df_packet_writer *writer = NULL;
  AVPacket *packet = av_packet_alloc();
  assert_int_equal(df_packet_file_create(path, *state, &writer, NULL), 0);
  fill(packet, 1);
  assert_int_equal(df_packet_file_append(writer, packet, NULL), 0);
  av_packet_free(&packet);
  df_packet_file_abandon(&writer);
  assert_null(writer);
  df_packet_file_abandon(&writer);
}

/* A limit on the size of files stands for a disk that is full. */
static void a_full_disk_is_said_with_a_number(void **state)
{
  struct df_packet_writer *writer = NULL;
  struct df_error err = {0};
  struct rlimit limit, before;
  AVPacket *packet = av_packet_alloc();
  getrlimit(RLIMIT_FSIZE, &before);
  limit = (struct rlimit){1000000, before.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  assert_int_equal(df_packet_file_create(path, *state, &writer, NULL), 0);
  assert_int_equal(av_new_packet(packet, 100000), 0);
  memset(packet->data, 0, 100000);
  int result = 0;
  for (int i = 0; i < 20 && result == 0; i++)
    result = df_packet_file_append(writer, packet, &err);
  setrlimit(RLIMIT_FSIZE, &before);
  assert_int_equal(result, DF_ENOSPACE);
  assert_non_null(strstr(err.text, " MB"));
  av_packet_free(&packet);
  df_packet_file_abandon(&writer);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      ONE(packets_come_back_to_the_bit),
      ONE(one_that_is_cut_short_anywhere_is_never_whole),
      ONE(one_with_more_behind_its_end_is_not_whole),
      ONE(any_flipped_bit_is_found),
      ONE(another_encoders_file_is_refused),
      ONE(a_file_that_is_abandoned_leaves_nothing),
      ONE(a_full_disk_is_said_with_a_number),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
