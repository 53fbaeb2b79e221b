/* Each test is named after the promise of eval/plot.h that it checks. */
#include "records.h"

#include <stdlib.h>
#include <string.h>

#include "eval/plot.h"

enum { STRIP_ROWS = (DF_PLOT_HEIGHT - 10) / 4 };

static const struct df_half left_side = {.window = {0, 0, 960, 1080}},
                            right_side = {.window = {960, 0, 960, 1080}};

/* Pixels of one colour in a strip, columns `from` to below `to`. */
static size_t count(const unsigned char *rgb, int strip, int from, int to, int r, int g, int b)
{
  size_t found = 0;
  for (int y = strip * STRIP_ROWS; y < (strip + 1) * STRIP_ROWS; y++)
    for (int x = from; x < to; x++) {
      const unsigned char *p = rgb + ((size_t)y * DF_PLOT_WIDTH + (size_t)x) * 3;
      found += p[0] == r && p[1] == g && p[2] == b;
    }
  return found;
}

static unsigned char *drawn(struct df_record *record)
{
  size_t size = (size_t)DF_PLOT_WIDTH * DF_PLOT_HEIGHT * 3;
  unsigned char *rgb = malloc(size + 16);
  assert_non_null(rgb);
  memset(rgb + size, 0x5A, 16);
  df_plot_draw(record, rgb);
  for (int i = 0; i < 16; i++)
    assert_int_equal(rgb[size + (size_t)i], 0x5A);
  df_record_finish(record);
  return rgb;
}

static void faces_windows_cuts_and_wrong_frames_are_drawn(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < 100; i++) {
    is_at(&record, 0, face_at(200, 300));
    if (i < 50)
      is_at(&record, 1, face_at(1300, 300));
    else
      is_hidden_at(&record, 1, face_at(1300, 300));
    frame_with(&record, left_side, i < 50 ? right_side : left_side)->cut = i == 25;
  }
  unsigned char *rgb = drawn(&record);
  const int half = DF_PLOT_WIDTH / 2;
  assert_true(count(rgb, 0, 0, DF_PLOT_WIDTH, 0, 0, 0) > 2 * DF_PLOT_WIDTH - 60);
  assert_true(count(rgb, 2, 0, half, 0, 0, 0) > DF_PLOT_WIDTH - 100);
  assert_int_equal(count(rgb, 2, half + 50, DF_PLOT_WIDTH, 0, 0, 0), 0);
  assert_true(count(rgb, 2, half + 50, DF_PLOT_WIDTH, 190, 190, 190) > DF_PLOT_WIDTH - 200);
  assert_true(count(rgb, 0, 0, DF_PLOT_WIDTH, 30, 90, 220) > 2 * DF_PLOT_WIDTH - 20);
  assert_true(count(rgb, 3, 0, DF_PLOT_WIDTH, 230, 120, 0) > 2 * DF_PLOT_WIDTH - 20);
  for (int strip = 0; strip < 4; strip++) {
    assert_true(count(rgb, strip, 390, 410, 170, 170, 170) > 200);
    bool is_wrong = count(rgb, strip, half + 50, DF_PLOT_WIDTH, 255, 150, 150) > 10000;
    assert_int_equal(is_wrong, strip >= 2);
    assert_int_equal(count(rgb, strip, 0, half - 50, 255, 150, 150), 0);
  }
  free(rgb);
}

static void places_outside_of_the_picture_stay_in_their_strip(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < 10; i++) {
    is_at(&record, 0, face_at(i % 2 ? -9e8f : 9e8f, -9e8f));
    frame_with(&record, left_side, right_side);
  }
  unsigned char *rgb = drawn(&record);
  assert_int_equal(count(rgb, 2, 0, DF_PLOT_WIDTH, 0, 0, 0), 0);
  free(rgb);
}

static void one_frame_is_enough(void **state)
{
  (void)state;
  struct df_record record = some_record();
  is_at(&record, 0, face_at(200, 300));
  frame_with(&record, left_side, (struct df_half){.state = DF_WINDOW_BLACK});
  unsigned char *rgb = drawn(&record);
  assert_true(count(rgb, 0, 0, 2, 0, 0, 0) > 0);
  assert_int_equal(count(rgb, 2, 0, DF_PLOT_WIDTH, 230, 120, 0), 0);
  free(rgb);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(faces_windows_cuts_and_wrong_frames_are_drawn),
      cmocka_unit_test(places_outside_of_the_picture_stay_in_their_strip),
      cmocka_unit_test(one_frame_is_enough),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
