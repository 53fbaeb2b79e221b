/* Records made by hand: what the tests of eval/ judge. */
#ifndef DF_TEST_RECORDS_H
#define DF_TEST_RECORDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "eval/match.h"
#include "eval/record.h"

/* People 0 (left) and 1 (right) in a picture of 1920x1080; anyone above belongs to no half. */
static inline struct df_record some_record(void)
{
  return (struct df_record){.width = 1920, .height = 1080, .seat_id = {0, 1}};
}

/* A face of 100x100 pixels. */
static inline struct df_box face_at(float x, float y)
{
  return (struct df_box){x, y, 100, 100};
}

static inline void is_at(struct df_record *record, int id, struct df_box box)
{
  struct df_error err = {0};
  assert_int_equal(df_record_add_true(record, &(struct df_true_face){id, true, box}, &err), 0);
}

static inline void is_hidden_at(struct df_record *record, int id, struct df_box box)
{
  struct df_error err = {0};
  assert_int_equal(df_record_add_true(record, &(struct df_true_face){id, false, box}, &err), 0);
}

static inline void found_at(struct df_record *record, int id, struct df_box box)
{
  struct df_error err = {0};
  assert_int_equal(
      df_record_add_found(record, &(struct df_found_face){.id = id, .box = box}, &err), 0);
}

/* Ends a frame of 1/30 second whose halves show these windows. */
static inline struct df_record_frame *frame_with(
    struct df_record *record, struct df_half left, struct df_half right)
{
  struct df_error err = {0};
  struct df_record_frame frame = {.t = (double)record->frame_count / 30, .halves = {left, right}};
  assert_int_equal(df_record_add_frame(record, &frame, &err), 0);
  return &record->frames[record->frame_count - 1];
}

/* Ends a frame in which the halves show the two sides of the picture. */
static inline struct df_record_frame *frame_ends(struct df_record *record)
{
  const struct df_half left = {.window = {0, 0, 960, 1080}},
                       right = {.window = {960, 0, 960, 1080}};
  return frame_with(record, left, right);
}

static inline void assert_near(double value, double wanted)
{
  if (!(fabs(value - wanted) < 1e-6))
    fail_msg("%.9g is not %.9g", value, wanted);
}

#endif
