/* For tests of output.h: one input remade into one output as the pipeline does it, with grey pictures. */
#ifndef DF_TESTS_UNIT_REMAKE_H
#define DF_TESTS_UNIT_REMAKE_H

#include "clip.h"

#include "media/encoder.h"
#include "media/output.h"

enum { WIDTH = 128, HEIGHT = 96, TEXT = 16384 };

#define VIDEO "-f lavfi -i testsrc2=s=160x120:r=25:d=2 "
#define SINE "-f lavfi -i sine=440:r=48000:d=2 "

/* One input being remade: what the pipeline does, with grey pictures in place of composed ones. */
struct remake {
  struct df_input *input;
  struct df_decoder *decoder;
  struct df_encoder *encoder;
  struct df_output *output;
  struct df_pool *pool;
  AVPacket *packet;
  struct df_error err;
};

static enum df_codec codec_wanted = DF_CODEC_H264;

/* Runs a command in the folder and returns what it prints; valid until the next call. */
__attribute__((format(printf, 1, 2))) static inline const char *said(const char *format, ...)
{
  static char text[TEXT];
  char command[1024], line[1280];
  va_list args;
  va_start(args, format);
  vsnprintf(command, sizeof command, format, args);
  va_end(args);
  snprintf(line, sizeof line, "cd %s && { %s; } 2>&1", clip_folder, command);
  FILE *pipe = popen(line, "r");
  assert_non_null(pipe);
  size_t length = fread(text, 1, sizeof text - 1, pipe);
  text[length] = '\0';
  if (pclose(pipe) != 0)
    fail_msg("this failed: %s: %s", command, text);
  return text;
}

static inline void assert_says(const char *text, const char *what)
{
  if (!strstr(text, what))
    fail_msg("\"%s\" is not in: %s", what, text);
}

static inline void assert_silent_of(const char *text, const char *what)
{
  if (strstr(text, what))
    fail_msg("\"%s\" is in: %s", what, text);
}

static inline struct df_encoder_options encoder_options(
    const struct df_input *input, const char *path)
{
  const struct df_video_info *info = df_input_video(input);
  return (struct df_encoder_options){
      .codec = codec_wanted,
      .profile = DF_PROFILE_BALANCED,
      .preset = codec_wanted == DF_CODEC_AV1 ? "12" : "superfast",
      .width = WIDTH,
      .height = HEIGHT,
      .depth = info->depth,
      .colour = info->colour,
      .transfer = info->transfer,
      .hdr = info->hdr,
      .time_base = info->time_base,
      .frame_rate = info->frame_rate,
      .crf = -1,
      .threads = 1,
      .global_header = df_output_global_header(path),
  };
}

static inline int remake_open(struct remake *r, const char *from, const char *path, double start,
    double duration, bool overwrite, struct df_log *log)
{
  memset(r, 0, sizeof *r);
  clip_open(from, start, duration, log, &r->input);
  r->packet = av_packet_alloc();
  assert_int_equal(df_decoder_create(r->input, &(struct df_decoder_options){.threads = 1}, log,
                       &r->decoder, &r->err),
      0);
  struct df_encoder_options options = encoder_options(r->input, path);
  struct df_encoder_plan plan;
  assert_int_equal(df_encoder_plan(&options, &plan, &r->err), 0);
  r->pool = df_pool_create(plan.format, WIDTH, HEIGHT);
  if (df_encoder_create(&options, log, &r->encoder, &r->err) < 0)
    fail_msg("%s", r->err.text);
  struct df_output_options output = {path, overwrite};
  return df_output_create(
      &output, r->input, df_encoder_context(r->encoder), log, &r->output, &r->err);
}

static inline int write_encoded(struct remake *r)
{
  AVPacket *packet = av_packet_alloc();
  int result;
  while ((result = df_encoder_receive(r->encoder, packet, &r->err)) > 0) {
    result = df_output_write_video(r->output, packet, &r->err);
    if (result < 0)
      break;
  }
  av_packet_free(&packet);
  return result;
}

static inline void fill_grey(struct df_picture *picture)
{
  for (int p = 0; p < 2; p++) {
    int rows = df_format_plane_height(picture->format, p, picture->height);
    memset(picture->planes[p], 0x80, (size_t)(picture->strides[p] * rows));
  }
}

static inline int encode_decoded(struct remake *r)
{
  struct df_picture *picture = NULL;
  int result = 0;
  while (result == 0 && df_decoder_receive(r->decoder, &picture, &r->err) == 1) {
    struct df_picture *composed = df_pool_take(r->pool);
    fill_grey(composed);
    composed->pts = picture->pts;
    composed->duration = picture->duration;
    df_picture_unref(&picture);
    result = df_encoder_send(r->encoder, composed, &r->err);
    df_picture_unref(&composed);
    if (result == 0)
      result = write_encoded(r);
  }
  return result;
}

static inline int remake_all(struct remake *r)
{
  int result = 0, read;
  while (result == 0 && (read = df_input_read(r->input, r->packet, &r->err)) > 0) {
    if (r->packet->stream_index != df_input_video_stream(r->input)->index)
      result = df_output_write_other(r->output, r->packet, &r->err);
    else if ((result = df_decoder_send(r->decoder, r->packet, &r->err)) == 0)
      result = encode_decoded(r);
    av_packet_unref(r->packet);
  }
  if (result == 0 && (result = df_decoder_send(r->decoder, NULL, &r->err)) == 0)
    result = encode_decoded(r);
  if (result == 0 && (result = df_encoder_send(r->encoder, NULL, &r->err)) == 0)
    result = write_encoded(r);
  return result < 0 ? result : df_output_finish(r->output, &r->err);
}

static inline void remake_close(struct remake *r)
{
  df_output_destroy(&r->output);
  df_encoder_destroy(&r->encoder);
  df_decoder_destroy(&r->decoder);
  df_pool_destroy(&r->pool);
  df_input_close(&r->input);
  av_packet_free(&r->packet);
}

static inline void remake_part(
    const char *from, const char *to, double start, double duration, struct df_log *log)
{
  struct remake r;
  char path[CLIP_NAME];
  snprintf(path, sizeof path, "%s", clip_path(to));
  if (remake_open(&r, from, path, start, duration, true, log) < 0 || remake_all(&r) < 0)
    fail_msg("%s to %s: %s", from, to, r.err.text);
  remake_close(&r);
}

static inline void remake(const char *from, const char *to)
{
  remake_part(from, to, 0, 0, NULL);
}

static inline double seconds_of(const struct clip_result *r, int i)
{
  return (double)r->pts[i] * r->info.time_base.num / r->info.time_base.den;
}

static inline void assert_same_times(const char *from, const char *to, bool exactly)
{
  struct clip_result a, b;
  clip_decode(from, 0, 0, NULL, &a);
  clip_decode(to, 0, 0, NULL, &b);
  assert_int_equal(a.count, b.count);
  struct df_rational ta = a.info.time_base, tb = b.info.time_base;
  for (int i = 0; i < a.count; i++) {
    /* From the first one: the file's beginning, or another container's, may not be 0. */
    if (exactly)
      assert_true(
          (a.pts[i] - a.pts[0]) * ta.num * tb.den == (b.pts[i] - b.pts[0]) * tb.num * ta.den);
    double drift = seconds_of(&a, i) - seconds_of(&a, 0) - (seconds_of(&b, i) - seconds_of(&b, 0));
    assert_true(fabs(drift) <= 0.001);
  }
  clip_free(&a);
  clip_free(&b);
}

#endif
