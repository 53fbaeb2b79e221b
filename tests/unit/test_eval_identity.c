/* Each test is named after the promise of eval/identity.h or eval/match.h that it checks. */
#include "records.h"

#include "eval/identity.h"

static struct df_identity_score identity_of(struct df_record *record)
{
  struct df_error err = {0};
  struct df_identity_score identity = {0};
  assert_int_equal(df_match_leave_out(record, &err), 0);
  assert_int_equal(df_identity_measure(record, &identity, &err), 0);
  return identity;
}

static struct df_hota hota_of(struct df_record *record)
{
  struct df_error err = {0};
  struct df_hota hota = {0};
  assert_int_equal(df_match_leave_out(record, &err), 0);
  assert_int_equal(df_hota_measure(record, &hota, &err), 0);
  return hota;
}

/* Two people who stay; found as `left` and `right`. */
static void two_people(struct df_record *record, int left, int right)
{
  is_at(record, 0, face_at(300, 300));
  is_at(record, 1, face_at(1300, 300));
  found_at(record, left, face_at(300, 300));
  found_at(record, right, face_at(1300, 300));
  frame_ends(record);
}

static void overlap_is_intersection_over_union(void **state)
{
  (void)state;
  assert_near(df_match_iou(face_at(0, 0), face_at(0, 0)), 1);
  assert_near(df_match_iou(face_at(0, 0), face_at(50, 0)), 5000.0 / 15000);
  assert_near(df_match_iou(face_at(0, 0), face_at(100, 0)), 0);
  assert_near(df_match_iou(face_at(0, 0), (struct df_box){0, 0, 0, 0}), 0);
}

static void what_is_all_right_is_one(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < 4; i++)
    two_people(&record, 7, 3); /* whatever they are called */
  struct df_identity_score identity = identity_of(&record);
  assert_near(identity.idf1, 1);
  assert_int_equal(identity.switches, 0);
  struct df_hota hota = hota_of(&record);
  assert_near(hota.hota, 1);
  assert_near(hota.association, 1);
  assert_near(hota.detection, 1);
  df_record_finish(&record);
}

/* Of 20 faces the 6 + 6 before the exchange are right: IDF1 is 2 * 12 / 40, and so is AssA
   (12 * 6 / 14 + 8 * 4 / 16) / 20. */
static void an_exchange_is_two_switches(void **state)
{
  (void)state;
  struct df_record record = some_record();
  for (int i = 0; i < 10; i++)
    two_people(&record, i < 6 ? 0 : 1, i < 6 ? 1 : 0);
  struct df_identity_score identity = identity_of(&record);
  assert_int_equal(identity.true_faces, 20);
  assert_int_equal(identity.found_faces, 20);
  assert_int_equal(identity.matched, 12);
  assert_near(identity.idf1, 0.6);
  assert_int_equal(identity.switches, 2);
  struct df_hota hota = hota_of(&record);
  double association = (12 * 6.0 / 14 + 8 * 4.0 / 16) / 20;
  assert_near(hota.association, association);
  assert_near(hota.detection, 1);
  assert_near(hota.hota, sqrt(association));
  df_record_finish(&record);
}

static void a_gap_hides_no_switch(void **state)
{
  (void)state;
  struct df_record record = some_record();
  two_people(&record, 0, 1);
  frame_ends(&record);
  two_people(&record, 0, 2);
  two_people(&record, 0, 2);
  assert_int_equal(identity_of(&record).switches, 1);
  df_record_finish(&record);
}

static void who_was_paired_stays_so_while_both_overlap(void **state)
{
  (void)state;
  struct df_record record = some_record();
  is_at(&record, 0, face_at(300, 300));
  found_at(&record, 0, face_at(300, 300));
  frame_ends(&record);
  is_at(&record, 0, face_at(300, 300));
  found_at(&record, 1, face_at(300, 300)); /* nearer */
  found_at(&record, 0, face_at(320, 300));
  frame_ends(&record);
  assert_int_equal(identity_of(&record).switches, 0);
  df_record_finish(&record);
}

static void boxes_that_overlap_by_less_than_half_are_not_the_same(void **state)
{
  (void)state;
  struct df_record record = some_record();
  is_at(&record, 0, face_at(300, 300));
  found_at(&record, 0, face_at(333, 300)); /* 67 / 133 */
  frame_ends(&record);
  is_at(&record, 0, face_at(300, 300));
  found_at(&record, 0, face_at(334, 300)); /* 66 / 134 */
  frame_ends(&record);
  assert_int_equal(identity_of(&record).matched, 1);
  df_record_finish(&record);
}

/* One face, found by 60 / 140: 3/7 is enough for the overlaps 0.05 to 0.40, 8 of 19. */
static void hota_is_the_mean_over_overlaps(void **state)
{
  (void)state;
  struct df_record record = some_record();
  is_at(&record, 0, face_at(300, 300));
  found_at(&record, 0, face_at(340, 300));
  frame_ends(&record);
  struct df_hota hota = hota_of(&record);
  assert_near(hota.hota, 8.0 / 19);
  assert_near(hota.association, 8.0 / 19);
  assert_near(hota.detection, 8.0 / 19);
  df_record_finish(&record);
}

static void a_hidden_face_is_neither_right_nor_wrong(void **state)
{
  (void)state;
  struct df_record record = some_record();
  two_people(&record, 0, 1);
  is_hidden_at(&record, 0, face_at(300, 300));
  found_at(&record, 5, face_at(310, 300));
  frame_ends(&record);
  is_hidden_at(&record, 0, face_at(300, 300));
  frame_ends(&record);
  struct df_identity_score identity = identity_of(&record);
  assert_int_equal(identity.true_faces, 2);
  assert_int_equal(identity.found_faces, 2);
  assert_near(identity.idf1, 1);
  assert_near(hota_of(&record).hota, 1);
  df_record_finish(&record);
}

static void a_found_face_goes_to_the_one_it_overlaps_most(void **state)
{
  (void)state;
  struct df_record record = some_record();
  is_hidden_at(&record, 0, face_at(300, 300));
  is_at(&record, 1, face_at(325, 300));
  found_at(&record, 1, face_at(320, 300)); /* both by more than half */
  frame_ends(&record);
  struct df_identity_score identity = identity_of(&record);
  assert_int_equal(identity.found_faces, 1);
  assert_int_equal(identity.matched, 1);
  df_record_finish(&record);
}

static void false_alarms_and_misses_count(void **state)
{
  (void)state;
  struct df_record record = some_record();
  two_people(&record, 0, 1);
  is_at(&record, 0, face_at(300, 300));
  found_at(&record, 1, face_at(900, 900));
  frame_ends(&record);
  assert_near(identity_of(&record).idf1, 2.0 * 2 / 6);
  assert_near(hota_of(&record).detection, 2.0 / 4);
  df_record_finish(&record);
}

static void where_there_is_nothing_there_is_no_figure(void **state)
{
  (void)state;
  struct df_record record = some_record();
  frame_ends(&record);
  assert_true(isnan(identity_of(&record).idf1));
  assert_true(isnan(hota_of(&record).hota));
  is_at(&record, 0, face_at(0, 0));
  frame_ends(&record);
  assert_near(identity_of(&record).idf1, 0);
  assert_near(hota_of(&record).hota, 0);
  df_record_finish(&record);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(overlap_is_intersection_over_union),
      cmocka_unit_test(what_is_all_right_is_one),
      cmocka_unit_test(an_exchange_is_two_switches),
      cmocka_unit_test(a_gap_hides_no_switch),
      cmocka_unit_test(who_was_paired_stays_so_while_both_overlap),
      cmocka_unit_test(boxes_that_overlap_by_less_than_half_are_not_the_same),
      cmocka_unit_test(hota_is_the_mean_over_overlaps),
      cmocka_unit_test(a_hidden_face_is_neither_right_nor_wrong),
      cmocka_unit_test(a_found_face_goes_to_the_one_it_overlaps_most),
      cmocka_unit_test(false_alarms_and_misses_count),
      cmocka_unit_test(where_there_is_nothing_there_is_no_figure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
