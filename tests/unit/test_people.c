/* Each test is named after the promise of people.h or seats.h that it checks. */
#include <stdlib.h>

#include "identifier_world.h"
#include "person/people.h"
#include "person/seats.h"

/* Somebody who was seen for `dwell` seconds at x with a face of this share of the picture's area. */
static int seen(struct df_people *people, double dwell, double x, double area)
{
  int slot = df_people_found(people);
  assert_true(slot >= 0);
  struct df_person *p = &people->slots[slot];
  uint32_t random = (uint32_t)slot + 7;
  struct df_embedding look = world_look(slot, 0.3f, &random);
  df_gallery_add(&p->gallery, &look, 1, false);
  p->dwell = dwell;
  p->presence = dwell * sqrt(area);
  p->area_sum = dwell * area;
  p->x_sum = dwell * x;
  p->side_time[x < 0.5 ? DF_LEFT : DF_RIGHT] = dwell;
  return slot;
}

static void the_least_present_is_forgotten_first(void **state)
{
  (void)state;
  struct df_people *people = calloc(1, sizeof *people);
  for (int i = 0; i < DF_PEOPLE_MAX; i++)
    assert_int_equal(seen(people, 1 + (i * 37) % 64, 0.3, 0.01), i);
  int least = 0;
  for (int i = 0; i < DF_PEOPLE_MAX; i++)
    if (people->slots[i].presence < people->slots[least].presence)
      least = i;
  people->slots[least].seated = true; /* seat owners, named and visible people stay */
  int second = DF_NOBODY;
  for (int i = 0; i < DF_PEOPLE_MAX; i++)
    if (i != least && (second < 0 || people->slots[i].presence < people->slots[second].presence))
      second = i;
  people->slots[second].together[3] = 9;
  people->slots[3].together[second] = 9;
  assert_int_equal(df_people_found(people), second);
  assert_int_equal(people->slots[second].id, DF_PEOPLE_MAX); /* ids are never used again */
  assert_false(df_people_distinct(people, second, 3));
  assert_false(df_people_distinct(people, 3, second));
  for (int i = 0; i < DF_PEOPLE_MAX; i++)
    people->slots[i].visible = true;
  assert_int_equal(df_people_found(people), DF_NOBODY);
  free(people);
}

static void twins_are_found_unless_seen_together(void **state)
{
  (void)state;
  struct df_people *people = calloc(1, sizeof *people);
  int a = seen(people, 3, 0.3, 0.01), b = seen(people, 2, 0.6, 0.01);
  assert_int_equal(df_people_twin(people, a, 0.5f), DF_NOBODY);
  people->slots[b].gallery = people->slots[a].gallery;
  assert_int_equal(df_people_twin(people, a, 0.5f), b);
  people->slots[a].together[b] = people->slots[b].together[a] = 1;
  assert_int_equal(df_people_twin(people, a, 0.5f), DF_NOBODY);
  free(people);
}

static void a_merger_keeps_the_seat_and_the_times(void **state)
{
  (void)state;
  struct df_people *people = calloc(1, sizeof *people);
  int a = seen(people, 3, 0.3, 0.01), b = seen(people, 2, 0.6, 0.01),
      c = seen(people, 1, 0.9, 0.01);
  people->slots[b].seated = true;
  people->slots[a].together[c] = people->slots[c].together[a] = 4;
  assert_int_equal(df_people_merge(people, a, b), b);
  assert_false(people->slots[a].known);
  assert_true(fabs(people->slots[b].dwell - 5) < 1e-9);
  assert_int_equal(people->slots[b].gallery.count, 2);
  assert_true(df_people_distinct(people, b, c)); /* who cannot be a cannot be b */
  assert_true(df_people_distinct(people, c, b));
  people->slots[c].named = true;
  assert_int_equal(df_people_merge(people, b, c), c);
  free(people);
}

static void most_presence_takes_the_seats_by_side(void **state)
{
  (void)state;
  struct df_people *people = calloc(1, sizeof *people);
  struct df_seats seats;
  df_seats_init(&seats, 3, false);
  int passer = seen(people, 0.6, 0.1, 0.02), right = seen(people, 3, 0.9, 0.02),
      left = seen(people, 2.5, 0.7, 0.02);
  df_seats_update(&seats, people, 10);
  assert_false(seats.settled);
  assert_int_equal(seats.owner[DF_LEFT], DF_NOBODY);
  int guess[DF_SEATS];
  df_seats_guess(&seats, people, guess);
  assert_int_equal(guess[DF_LEFT], left);
  df_seats_update(&seats, people, 13);
  assert_true(seats.settled);
  assert_int_equal(seats.owner[DF_LEFT], left);
  assert_int_equal(seats.owner[DF_RIGHT], right);
  people->slots[passer].presence = 1000; /* a seat once given stays */
  df_seats_update(&seats, people, 14);
  assert_int_equal(seats.owner[DF_LEFT], left);
  assert_int_equal(seats.owner[DF_RIGHT], right);
  free(people);
}

static void the_order_side_by_side_counts_more_than_each_ones_place(void **state)
{
  (void)state;
  struct df_people *people = calloc(1, sizeof *people);
  struct df_seats seats;
  df_seats_init(&seats, 1, false);
  int a = seen(people, 5, 0.4, 0.02), b = seen(people, 5, 0.6, 0.02);
  people->slots[a].joint_time = people->slots[b].joint_time = 1;
  people->slots[a].joint_x_sum = 0.8;
  people->slots[b].joint_x_sum = 0.2;
  df_seats_update(&seats, people, 0);
  df_seats_update(&seats, people, 1);
  assert_int_equal(seats.owner[DF_LEFT], b);
  assert_int_equal(seats.owner[DF_RIGHT], a);
  free(people);
}

static void an_open_seat_needs_dwell_and_size(void **state)
{
  (void)state;
  static const struct {
    double dwell, area;
    bool taken;
  } cases[] = {{0.4, 0.02, false}, {0.6, 0.02, true}, {2, 0.001, false}, {60, 0.001, true}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct df_people *people = calloc(1, sizeof *people);
    struct df_seats seats;
    df_seats_init(&seats, 1, false);
    int first = seen(people, 5, 0.3, 0.02);
    df_seats_update(&seats, people, 0);
    df_seats_update(&seats, people, 2);
    assert_int_equal(seats.owner[DF_LEFT], first);
    int second = seen(people, cases[i].dwell, 0.2, cases[i].area);
    df_seats_update(&seats, people, 3);
    assert_int_equal(seats.owner[DF_RIGHT], cases[i].taken ? second : DF_NOBODY);
    free(people);
  }
}

static void who_is_out_of_focus_counts_less(void **state)
{
  (void)state;
  struct df_people *people = calloc(1, sizeof *people);
  struct df_seats seats;
  df_seats_init(&seats, 1, false);
  int a = seen(people, 3, 0.8, 0.02), b = seen(people, 1, 0.3, 0.01),
      blurred = seen(people, 3, 0.1, 0.02);
  people->slots[blurred].gallery.count = 0;
  df_seats_update(&seats, people, 0);
  df_seats_update(&seats, people, 1);
  assert_int_equal(seats.owner[DF_LEFT], b);
  assert_int_equal(seats.owner[DF_RIGHT], a);
  free(people);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_least_present_is_forgotten_first),
      cmocka_unit_test(twins_are_found_unless_seen_together),
      cmocka_unit_test(a_merger_keeps_the_seat_and_the_times),
      cmocka_unit_test(most_presence_takes_the_seats_by_side),
      cmocka_unit_test(the_order_side_by_side_counts_more_than_each_ones_place),
      cmocka_unit_test(an_open_seat_needs_dwell_and_size),
      cmocka_unit_test(who_is_out_of_focus_counts_less),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
