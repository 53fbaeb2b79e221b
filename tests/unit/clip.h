/*
 * Little media files for the tests of media/: made by the ffmpeg command in a folder of the test's own,
 * deleted at the end. Fails the test when there is no ffmpeg; never skips.
 */
#ifndef DF_TEST_CLIP_H
#define DF_TEST_CLIP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/decoder.h"
#include "media/input.h"

enum { CLIP_PICTURES_MAX = 2000, CLIP_NAME = 256 };

static char clip_folder[64];

static int clip_setup(void **state)
{
  (void)state;
  strcpy(clip_folder, "/tmp/df-clip-XXXXXX");
  return mkdtemp(clip_folder) ? 0 : -1;
}

static int clip_teardown(void **state)
{
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", clip_folder);
  return system(command);
}

/* Runs a command in the folder; it must succeed. */
static void clip_run(const char *command)
{
  char line[2048];
  snprintf(line, sizeof line, "cd %s && %s", clip_folder, command);
  if (system(line) != 0)
    fail_msg("this failed (is ffmpeg installed?): %s", command);
}

/* ffmpeg with `arguments`, quietly, replacing what is there. */
static void clip_make(const char *arguments)
{
  char command[1536];
  snprintf(command, sizeof command, "ffmpeg -v error -nostdin -y %s </dev/null", arguments);
  clip_run(command);
}

static const char *clip_path(const char *name)
{
  static char path[CLIP_NAME];
  snprintf(path, sizeof path, "%s/%s", clip_folder, name);
  return path;
}

static inline void clip_open(const char *name, double start, double duration, struct df_log *log,
    struct df_input **ret_input)
{
  struct df_error err = {0};
  struct df_input_options options = {start, duration};
  if (df_input_open(clip_path(name), &options, log, ret_input, &err) < 0)
    fail_msg("%s: %s", name, err.text);
}

/* Everything that decoding a file gives; the first picture is kept. */
struct clip_result {
  struct df_video_info info;
  int count, packets;
  int64_t pts[CLIP_PICTURES_MAX], damaged;
  struct df_picture *first, *last;
};

static inline void clip_receive(struct df_decoder *decoder, struct clip_result *r)
{
  struct df_error err = {0};
  struct df_picture *picture = NULL;
  int ret;
  while ((ret = df_decoder_receive(decoder, &picture, &err)) == 1) {
    assert_true(r->count < CLIP_PICTURES_MAX);
    assert_int_equal(picture->width, r->info.width);
    assert_int_equal(picture->height, r->info.height);
    assert_int_equal(picture->format.depth, r->info.depth);
    if (r->count > 0)
      assert_true(picture->pts > r->pts[r->count - 1]);
    r->pts[r->count++] = picture->pts;
    df_picture_unref(&r->last);
    r->last = picture;
    if (!r->first)
      r->first = df_picture_ref(picture);
    picture = NULL;
  }
  if (ret < 0)
    fail_msg("%s", err.text);
}

static inline void clip_decode_input(
    struct df_input *input, struct df_log *log, struct clip_result *r)
{
  struct df_error err = {0};
  struct df_decoder *decoder = NULL;
  memset(r, 0, sizeof *r);
  r->info = *df_input_video(input);
  assert_int_equal(
      df_decoder_create(input, &(struct df_decoder_options){.threads = 2}, log, &decoder, &err), 0);
  AVPacket *packet = av_packet_alloc();
  int ret;
  while ((ret = df_input_read(input, packet, &err)) == 1) {
    r->packets++;
    if (packet->stream_index == df_input_video_stream(input)->index) {
      assert_int_equal(df_decoder_send(decoder, packet, &err), 0);
      clip_receive(decoder, r);
    }
    av_packet_unref(packet);
  }
  if (ret < 0)
    fail_msg("%s", err.text);
  assert_int_equal(df_decoder_send(decoder, NULL, &err), 0);
  clip_receive(decoder, r);
  r->damaged = df_decoder_damaged(decoder);
  av_packet_free(&packet);
  df_decoder_destroy(&decoder);
}

static inline void clip_decode(
    const char *name, double start, double duration, struct df_log *log, struct clip_result *r)
{
  struct df_input *input = NULL;
  clip_open(name, start, duration, log, &input);
  clip_decode_input(input, log, r);
  df_input_close(&input);
}

static inline void clip_free(struct clip_result *r)
{
  df_picture_unref(&r->first);
  df_picture_unref(&r->last);
}

/* A sample of a picture, as a number of its own depth. */
static inline int clip_sample(const struct df_picture *p, int plane, int x, int y)
{
  const uint8_t *row = p->planes[plane] + y * p->strides[plane];
  if (p->format.depth == 8)
    return row[x];
  return row[2 * x] | row[2 * x + 1] << 8;
}

#endif
