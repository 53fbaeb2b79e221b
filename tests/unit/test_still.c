/* Each test is named after the promise of still.h that it checks. */
#include "clip.h"

#include "media/still.h"

static void write_picture(const char *name, int width, int height, unsigned char *rgb)
{
  struct df_error err = {0};
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      unsigned char *p = rgb + (y * width + x) * 3;
      p[0] = x < width / 2 ? 200 : 20;
      p[1] = y < height / 2 ? 180 : 40;
      p[2] = 90;
    }
  if (df_still_write_png(clip_path(name), rgb, width, height, &err) < 0)
    fail_msg("%s", err.text);
}

static void what_is_written_as_png_is_read_back(void **state)
{
  (void)state;
  static unsigned char rgb[61 * 47 * 3], back[61 * 47 * 3];
  write_picture("a.png", 61, 47, rgb);
  struct df_picture *picture = NULL;
  struct df_error err = {0};
  assert_int_equal(df_still_read(clip_path("a.png"), &picture, &err), 0);
  assert_int_equal(picture->width, 61);
  assert_int_equal(picture->height, 47);
  assert_int_equal(df_still_to_rgb(picture, 61, 47, back, &err), 0);
  for (size_t i = 0; i < sizeof rgb; i++)
    assert_true(abs(rgb[i] - back[i]) <= 4);
  df_picture_unref(&picture);
}

static void a_png_appears_whole_or_not_at_all(void **state)
{
  (void)state;
  unsigned char rgb[12] = {0};
  struct df_error err = {0};
  assert_int_equal(df_still_write_png("/nonexistent/folder/a.png", rgb, 2, 2, &err), DF_EOUTPUT);
  assert_non_null(strstr(err.text, "/nonexistent/folder"));
}

static void scales_to_the_size_asked_for(void **state)
{
  (void)state;
  static unsigned char rgb[64 * 64 * 3], small[16 * 8 * 3];
  write_picture("a.png", 64, 64, rgb);
  struct df_picture *picture = NULL;
  struct df_error err = {0};
  assert_int_equal(df_still_read(clip_path("a.png"), &picture, &err), 0);
  assert_int_equal(df_still_to_rgb(picture, 16, 8, small, &err), 0);
  assert_true(abs(small[(2 * 16 + 3) * 3] - 200) <= 4);
  assert_true(abs(small[(6 * 16 + 12) * 3] - 20) <= 4);
  assert_true(abs(small[(6 * 16 + 12) * 3 + 1] - 40) <= 4);
  df_picture_unref(&picture);
}

/* Puts an EXIF segment with nothing but an orientation behind the first marker of a JPEG. */
static void set_orientation(const char *from, const char *to, int orientation)
{
  const unsigned char exif[] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0,
      0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (unsigned char)orientation, 0, 0, 0, 0, 0, 0};
  static unsigned char bytes[1 << 16];
  FILE *file = fopen(clip_path(from), "rb");
  assert_non_null(file);
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  file = fopen(clip_path(to), "wb");
  assert_non_null(file);
  fwrite(bytes, 1, 2, file);
  fwrite(exif, 1, sizeof exif, file);
  fwrite(bytes + 2, 1, size - 2, file);
  fclose(file);
}

/* Where red (left half) and green (upper half) of the stored picture are as shown, for EXIF 1 to 8. */
static void turns_a_photo_as_its_metadata_says(void **state)
{
  (void)state;
  static const char *const bright_red[9] = {
      "", "left", "right", "right", "left", "top", "top", "bottom", "bottom"};
  static unsigned char rgb[64 * 32 * 3], back[64 * 32 * 3];
  write_picture("a.png", 64, 32, rgb);
  clip_make("-i a.png -c:v mjpeg -qscale 2 -pix_fmt yuvj444p a.jpg");
  for (int o = 1; o <= 8; o++) {
    set_orientation("a.jpg", "b.jpg", o);
    struct df_picture *picture = NULL;
    struct df_error err = {0};
    if (df_still_read(clip_path("b.jpg"), &picture, &err) < 0)
      fail_msg("%s", err.text);
    int w = picture->width, h = picture->height;
    assert_int_equal(w, o >= 5 ? 32 : 64);
    assert_int_equal(df_still_to_rgb(picture, w, h, back, &err), 0);
    int x = bright_red[o][0] == 'l' ? w / 8 : bright_red[o][0] == 'r' ? w * 7 / 8 : w / 2;
    int y = bright_red[o][0] == 't' ? h / 8 : bright_red[o][0] == 'b' ? h * 7 / 8 : h / 2;
    if (abs(back[(y * w + x) * 3] - 200) > 25)
      fail_msg("orientation %d: red is %d at %d,%d", o, back[(y * w + x) * 3], x, y);
    df_picture_unref(&picture);
  }
}

static void says_what_is_no_picture(void **state)
{
  (void)state;
  clip_run("echo hello >text.jpg");
  clip_make("-f lavfi -i sine=d=1 sound.mp3");
  const char *names[] = {"text.jpg", "sound.mp3", "missing.png"};
  for (int i = 0; i < 3; i++) {
    struct df_picture *picture = NULL;
    struct df_error err = {0};
    assert_int_equal(df_still_read(clip_path(names[i]), &picture, &err), DF_EINPUT);
    assert_non_null(strstr(err.text, names[i]));
    assert_null(picture);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_as_png_is_read_back),
      cmocka_unit_test(a_png_appears_whole_or_not_at_all),
      cmocka_unit_test(scales_to_the_size_asked_for),
      cmocka_unit_test(turns_a_photo_as_its_metadata_says),
      cmocka_unit_test(says_what_is_no_picture),
  };
  return cmocka_run_group_tests(tests, clip_setup, clip_teardown);
}
