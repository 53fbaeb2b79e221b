/* The turner against the filters that turn pictures on the CPU. */
#include "gpu_picture.h"

#include <libavutil/frame.h>

#include "frame/gpu_pool.h"
#include "media/conform.h"

/* A planar frame with the samples of an NV12 or P010 picture. */
static AVFrame *planar_frame(const struct df_picture *picture)
{
  AVFrame *frame = av_frame_alloc();
  bool ten = picture->format.depth > 8;
  frame->format = ten ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
  frame->width = picture->width;
  frame->height = picture->height;
  assert_int_equal(av_frame_get_buffer(frame, 0), 0);
  for (int p = 0; p < 3; p++)
    for (int y = 0; y < df_format_plane_height(picture->format, p, picture->height); y++)
      for (int x = 0; x < df_format_plane_width(picture->format, p, picture->width); x++) {
        int value =
            p == 0 ? get_sample(picture, 0, x, y) : get_sample(picture, 1, 2 * x + p - 1, y);
        uint8_t *row = frame->data[p] + y * frame->linesize[p];
        if (ten)
          ((uint16_t *)(void *)row)[x] = (uint16_t)value;
        else
          row[x] = (uint8_t)value;
      }
  return frame;
}

static int frame_sample(const AVFrame *frame, int plane, int x, int y)
{
  const uint8_t *row = frame->data[plane] + y * frame->linesize[plane];
  return frame->format == AV_PIX_FMT_YUV420P ? row[x] : ((const uint16_t *)(const void *)row)[x];
}

/* What decoding on the CPU makes of it; the caller's. */
static AVFrame *conformed(const struct df_picture *picture, int rotation, bool flipped)
{
  bool across = rotation % 180 != 0;
  AVFrame *frame = planar_frame(picture), *turned = NULL;
  struct df_video_info info = {.width = across ? picture->height : picture->width,
      .height = across ? picture->width : picture->height,
      .rotation = rotation,
      .flipped = flipped,
      .time_base = {1, 25}};
  struct df_error err = {0};
  struct df_conform *conform = df_conform_create(&info, frame->format, 1, NULL);
  assert_non_null(conform);
  if (df_conform_send(conform, &frame, &err) < 0)
    fail_msg("%s", err.text);
  if (!df_conform_receive(conform, &turned)) {
    assert_int_equal(df_conform_send(conform, NULL, &err), 0);
    assert_int_equal(df_conform_receive(conform, &turned), 1);
  }
  df_conform_destroy(&conform);
  return turned;
}

static void assert_same(const struct df_picture *picture, const AVFrame *frame)
{
  assert_int_equal(picture->width, frame->width);
  assert_int_equal(picture->height, frame->height);
  for (int p = 0; p < 3; p++)
    for (int y = 0; y < df_format_plane_height(picture->format, p, picture->height); y++)
      for (int x = 0; x < df_format_plane_width(picture->format, p, picture->width); x++)
        assert_int_equal(
            get_sample(picture, p > 0, p > 0 ? 2 * x + p - 1 : x, y), frame_sample(frame, p, x, y));
}

struct bench {
  struct df_gpu *gpu;
  df_gpu_stream stream;
  struct df_turner *turner;
};

static void compare(struct bench *b, struct df_format format, int width, int height, int rotation,
    bool flipped, uint64_t seed)
{
  bool across = rotation % 180 != 0;
  struct test_picture in, out;
  struct gpu_picture from, to;
  struct df_error err = {0};
  test_picture_init(&in, format, width, height, 3, 0, false);
  fill_noise(&in.picture, seed);
  test_picture_init(&out, format, across ? height : width, across ? width : height, 5, 0, false);
  gpu_picture_from(b->gpu, b->stream, &from, &in, (int)seed % 9);
  gpu_picture_init(
      b->gpu, b->stream, &to, format, out.picture.width, out.picture.height, (int)seed % 7);
  if (df_turner_turn(b->turner, &from.picture, rotation, flipped, &to.picture, b->stream, &err) < 0)
    fail_msg("%s", err.text);
  gpu_picture_read(b->gpu, b->stream, &to, &out);
  AVFrame *expected = conformed(&in.picture, rotation, flipped);
  assert_same(&out.picture, expected);
  av_frame_free(&expected);
  gpu_picture_finish(b->gpu, &from);
  gpu_picture_finish(b->gpu, &to);
  test_picture_finish(&in);
  test_picture_finish(&out);
}

static void set_up(struct bench *b)
{
  struct df_error err = {0};
  *b = (struct bench){.gpu = open_gpu()};
  b->stream = make_stream(b->gpu);
  if (df_turner_create(b->gpu, &b->turner, &err) < 0)
    fail_msg("%s", err.text);
}

static void tear_down(struct bench *b)
{
  df_turner_destroy(&b->turner);
  assert_null(b->turner);
  df_gpu_stream_destroy(b->gpu, &b->stream);
  close_gpu(b->gpu);
}

static void it_gives_the_samples_that_decoding_on_the_cpu_gives(void **state)
{
  (void)state;
  static const int sizes[][2] = {{64, 36}, {37, 21}, {2, 50}, {131, 2}, {90, 91}};
  const struct df_format formats[] = {DF_FORMAT_NV12, DF_FORMAT_P010};
  struct bench b;
  uint64_t seed = 1;
  set_up(&b);
  for (size_t f = 0; f < 2; f++)
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
      for (int rotation = 0; rotation < 360; rotation += 90)
        for (int flipped = 0; flipped < 2; flipped++)
          compare(&b, formats[f], sizes[s][0], sizes[s][1], rotation, flipped, seed++);
  tear_down(&b);
}

static void pictures_of_other_layouts_are_refused(void **state)
{
  (void)state;
  struct bench b;
  struct gpu_picture planar;
  struct df_error err = {0};
  set_up(&b);
  gpu_picture_init(b.gpu, b.stream, &planar,
      (struct df_format){.depth = 8, .shift_x = 1, .shift_y = 1}, 16, 16, 0);
  assert_int_equal(
      df_turner_turn(b.turner, &planar.picture, 180, false, &planar.picture, b.stream, &err),
      DF_EUNSUPPORTED);
  expect_error(&err, DF_EUNSUPPORTED, "NV12 and P010");
  gpu_picture_finish(b.gpu, &planar);
  tear_down(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_gives_the_samples_that_decoding_on_the_cpu_gives),
      cmocka_unit_test(pictures_of_other_layouts_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
