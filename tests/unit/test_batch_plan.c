/* Each test is named after the promise of batch_plan.h that it checks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vision/batch_plan.h"

enum { MANY = 64 };

static const struct df_batch_rules rules = {4, 0.006};

/* Clients who wait with `counts[i]` pictures each, the first of all since time 0, one a millisecond. */
struct scene {
  struct df_batch_share shares[4];
  struct df_batch_request requests[MANY];
  size_t clients, count, chosen[MANY];
  double virtual_time, wait;
};

static struct scene scene(size_t clients, const size_t *counts)
{
  struct scene s = {.clients = clients};
  for (size_t i = 0; i < clients; i++) {
    s.shares[i] = (struct df_batch_share){.weight = 1, .width = 640, .height = 384};
    for (size_t k = 0; k < counts[i]; k++) {
      s.requests[s.count] = (struct df_batch_request){i, 0.001 * (double)s.count};
      s.count++;
    }
  }
  return s;
}

static size_t plan(struct scene *s, double now)
{
  return df_batch_plan(s->requests, s->count, s->shares, s->clients, &rules, now, &s->virtual_time,
      s->chosen, &s->wait);
}

static size_t chosen_of(const struct scene *s, size_t count, size_t client)
{
  size_t found = 0;
  for (size_t i = 0; i < count; i++)
    found += s->requests[s->chosen[i]].client == client;
  return found;
}

static void nobody_waiting_is_waited_for_without_end(void **state)
{
  (void)state;
  struct scene s = scene(2, (size_t[]){0, 0});
  assert_int_equal(plan(&s, 10), 0);
  assert_true(isinf(s.wait));
  s.clients = 0;
  assert_int_equal(plan(&s, 10), 0);
}

static void too_few_wait_until_the_oldest_has_waited(void **state)
{
  (void)state;
  struct scene s = scene(2, (size_t[]){1, 1});
  assert_int_equal(plan(&s, 0.002), 0);
  assert_float_equal(s.wait, 0.004, 1e-9);
  assert_int_equal(plan(&s, 0.0065), 2);
}

static void a_full_batch_goes_at_once_and_takes_no_more(void **state)
{
  (void)state;
  struct scene s = scene(3, (size_t[]){2, 2, 2});
  assert_int_equal(plan(&s, 0), 4);
}

static void company_that_cannot_come_is_not_waited_for(void **state)
{
  (void)state;
  struct scene s = scene(2, (size_t[]){1, 1});
  s.shares[0].full = true;
  assert_int_equal(plan(&s, 0.001), 0);
  s.shares[1].full = true;
  assert_int_equal(plan(&s, 0.001), 2);
}

static void a_client_of_another_size_is_no_company(void **state)
{
  (void)state;
  struct scene s = scene(2, (size_t[]){3, 3});
  s.shares[1].height = 352;
  assert_int_equal(plan(&s, 0.001), 0);
  size_t count = plan(&s, 0.0065); /* the first one's oldest has waited, the second's has not */
  assert_int_equal(count, 3);
  assert_int_equal(chosen_of(&s, count, 0), 3);
}

static void of_two_sizes_that_are_due_the_one_least_served_goes_first(void **state)
{
  (void)state;
  struct scene s = scene(2, (size_t[]){4, 4});
  s.shares[1].width = 320;
  s.shares[0].served = 12;
  s.shares[1].served = 8;
  size_t count = plan(&s, 1);
  assert_int_equal(chosen_of(&s, count, 1), 4);
  assert_float_equal(s.shares[1].served, 12, 1e-9);
}

static void a_client_s_pictures_keep_their_order(void **state)
{
  (void)state;
  struct scene s = scene(1, (size_t[]){6});
  size_t count = plan(&s, 0);
  assert_int_equal(count, 4);
  for (size_t i = 0; i < count; i++)
    assert_int_equal(s.chosen[i], i);
}

static void a_client_with_much_to_do_does_not_push_out_one_with_little(void **state)
{
  (void)state;
  struct scene s = scene(3, (size_t[]){20, 1, 1});
  size_t count = plan(&s, 0.03);
  assert_int_equal(count, 4);
  assert_int_equal(chosen_of(&s, count, 0), 2);
  assert_int_equal(chosen_of(&s, count, 1), 1);
  assert_int_equal(chosen_of(&s, count, 2), 1);
}

/* Serves clients that always have `backlog` pictures waiting, `batches` times. */
static void serve(struct scene *s, int batches, size_t backlog, size_t *ret_served)
{
  for (int b = 0; b < batches; b++) {
    s->count = 0;
    for (size_t i = 0; i < s->clients; i++)
      for (size_t k = 0; k < backlog; k++)
        s->requests[s->count++] = (struct df_batch_request){i, b};
    size_t count = plan(s, b + 1);
    for (size_t i = 0; i < s->clients; i++)
      ret_served[i] += chosen_of(s, count, i);
  }
}

static void shares_follow_the_weights(void **state)
{
  (void)state;
  struct scene s = scene(3, (size_t[]){0, 0, 0});
  size_t served[4] = {0};
  s.shares[0].weight = 2;
  s.shares[2].weight = 0.5;
  serve(&s, 350, 6, served);
  assert_in_range(served[0], 796, 804);
  assert_in_range(served[1], 396, 404);
  assert_in_range(served[2], 196, 204);
}

static void who_wanted_nothing_for_long_gets_no_more_than_its_share_afterwards(void **state)
{
  (void)state;
  struct scene s = scene(2, (size_t[]){0, 0});
  size_t served[4] = {0};
  s.clients = 1;
  serve(&s, 100, 6, served);
  s.clients = 2;
  df_batch_enter(&s.shares[1], s.virtual_time);
  served[0] = 0;
  serve(&s, 100, 6, served);
  assert_in_range(served[0], 196, 204);
  assert_in_range(served[1], 196, 204);
}

/* Two that always have a full batch of their size, and one of another size with a picture now and then. */
static void a_rare_picture_of_another_size_goes_as_soon_as_it_is_due(void **state)
{
  (void)state;
  struct scene s = scene(3, (size_t[]){0, 0, 0});
  s.shares[2].width = 320;
  for (int b = 0; b < 100; b++) {
    double now = 0.010 * b;
    s.count = 0;
    for (size_t i = 0; i < 2; i++)
      for (size_t k = 0; k < 8; k++)
        s.requests[s.count++] = (struct df_batch_request){i, now - 0.004};
    bool due = b % 3 == 2; /* it came at the batch before, 10 ms ago */
    if (b % 3 == 1)
      df_batch_enter(&s.shares[2], s.virtual_time);
    if (b % 3 >= 1)
      s.requests[s.count++] = (struct df_batch_request){2, due ? now - 0.010 : now};
    size_t count = plan(&s, now);
    assert_int_equal(chosen_of(&s, count, 2), due);
    assert_int_equal(count, due ? 1 : 4);
  }
}

static void a_limit_that_memory_made_less_rises_after_good_batches(void **state)
{
  (void)state;
  struct df_batch_limit limit;
  df_batch_limit_init(&limit, 8, 2);
  for (int i = 0; i < 10; i++)
    assert_false(df_batch_limit_learn(&limit, 8)); /* there is nothing more to be had */
  df_batch_limit_shrink(&limit, 8);
  assert_int_equal(limit.most, 4);
  assert_false(df_batch_limit_learn(&limit, 4));
  for (int i = 0; i < 10; i++)
    assert_false(df_batch_limit_learn(&limit, 3)); /* says nothing of a full one */
  df_batch_limit_shrink(&limit, 4);
  assert_int_equal(limit.most, 2);
  for (int i = 1; i < 8; i++)
    assert_false(df_batch_limit_learn(&limit, 2)); /* twice as patient each time */
  assert_true(df_batch_limit_learn(&limit, 2));
  assert_int_equal(limit.most, 4);
  for (int i = 1; i < 8; i++)
    assert_false(df_batch_limit_learn(&limit, 4));
  assert_true(df_batch_limit_learn(&limit, 4));
  assert_int_equal(limit.most, 8);
  df_batch_limit_init(&limit, 5, 1);
  df_batch_limit_shrink(&limit, 5);
  assert_int_equal(limit.most, 2);
  for (int i = 0; i < 4; i++)
    df_batch_limit_learn(&limit, limit.most);
  assert_int_equal(limit.most, 5);
}

static void batches_are_filled_up_to_the_sizes_that_are_run(void **state)
{
  (void)state;
  static const int padded[] = {1, 2, 4, 4, 8, 8, 8, 8};
  for (int i = 0; i < 8; i++)
    assert_int_equal(df_batch_padded(i + 1), padded[i]);
}

static void the_smallest_batch_that_is_nearly_the_fastest_is_best(void **state)
{
  (void)state;
  assert_int_equal(df_batch_best((double[]){1, 2, 4, 8}), 1);
  assert_int_equal(df_batch_best((double[]){1, 1, 1, 1}), 8);
  assert_int_equal(
      df_batch_best((double[]){1, 1.2, 1.6, 3.1}), 4);          /* 2.58 a unit beats 2.5 by 3 % */
  assert_int_equal(df_batch_best((double[]){1, 1.1, 0, 0}), 2); /* no memory for more */
  assert_int_equal(df_batch_best((double[]){0, 0, 0, 0}), 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nobody_waiting_is_waited_for_without_end),
      cmocka_unit_test(too_few_wait_until_the_oldest_has_waited),
      cmocka_unit_test(a_full_batch_goes_at_once_and_takes_no_more),
      cmocka_unit_test(company_that_cannot_come_is_not_waited_for),
      cmocka_unit_test(a_client_of_another_size_is_no_company),
      cmocka_unit_test(of_two_sizes_that_are_due_the_one_least_served_goes_first),
      cmocka_unit_test(a_client_s_pictures_keep_their_order),
      cmocka_unit_test(a_client_with_much_to_do_does_not_push_out_one_with_little),
      cmocka_unit_test(shares_follow_the_weights),
      cmocka_unit_test(who_wanted_nothing_for_long_gets_no_more_than_its_share_afterwards),
      cmocka_unit_test(a_rare_picture_of_another_size_goes_as_soon_as_it_is_due),
      cmocka_unit_test(a_limit_that_memory_made_less_rises_after_good_batches),
      cmocka_unit_test(batches_are_filled_up_to_the_sizes_that_are_run),
      cmocka_unit_test(the_smallest_batch_that_is_nearly_the_fastest_is_best),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
