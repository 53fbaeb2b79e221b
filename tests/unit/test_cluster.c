/* Each test is named after the promise of cluster.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "person/cluster.h"

enum { MOST = 8 };

struct items {
  size_t count;
  float likeness[MOST * MOST];
  double weight[MOST];
  size_t cluster[MOST];
};

static struct items items_of(size_t count)
{
  struct items items = {.count = count};
  for (size_t i = 0; i < count; i++)
    items.weight[i] = 1;
  return items;
}

static void set(struct items *items, size_t a, size_t b, float likeness)
{
  items->likeness[a * items->count + b] = items->likeness[b * items->count + a] = likeness;
}

static void solve(struct items *items, float least)
{
  assert_int_equal(
      df_cluster(items->count, items->likeness, items->weight, least, items->cluster), 0);
}

static void who_is_alike_is_joined_and_who_is_not_stays(void **state)
{
  (void)state;
  struct items items = items_of(4);
  set(&items, 0, 2, 0.8f);
  set(&items, 1, 3, 0.7f);
  solve(&items, 0.4f);
  const size_t expected[] = {0, 1, 0, 1};
  assert_memory_equal(items.cluster, expected, sizeof expected);
  assert_true(items.weight[0] == 2 && items.weight[1] == 2);
}

static void likeness_to_a_cluster_is_the_weighted_mean(void **state)
{
  (void)state;
  for (int heavy = 0; heavy < 2; heavy++) {
    struct items items = items_of(3);
    set(&items, 0, 1, 0.9f);
    set(&items, 0, 2, 0.6f);
    set(&items, 1, 2, 0.1f); /* the mean is 0.35, with a heavy first one 0.475 */
    items.weight[0] = heavy ? 3 : 1;
    solve(&items, 0.4f);
    assert_int_equal(items.cluster[1], 0);
    assert_int_equal(items.cluster[2], heavy ? 0 : 2);
  }
}

static void those_apart_are_never_joined_not_even_through_others(void **state)
{
  (void)state;
  struct items items = items_of(3);
  set(&items, 0, 1, DF_APART);
  set(&items, 0, 2, 0.9f);
  set(&items, 1, 2, 0.8f);
  solve(&items, 0.1f);
  assert_int_equal(items.cluster[2], 0);
  assert_int_equal(items.cluster[1], 1);
  assert_true(items.likeness[1] <= DF_APART);
}

static void joins_of_joins_name_their_first_item(void **state)
{
  (void)state;
  struct items items = items_of(6);
  for (size_t a = 0; a < 6; a++)
    for (size_t b = 0; b < a; b++)
      set(&items, a, b, 0.5f + 0.05f * (float)(b == a - 1) * (float)a);
  solve(&items, 0.4f);
  for (size_t i = 0; i < 6; i++)
    assert_int_equal(items.cluster[i], 0);
}

static void nobody_is_no_trouble(void **state)
{
  (void)state;
  struct items items = items_of(0);
  solve(&items, 0.4f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(who_is_alike_is_joined_and_who_is_not_stays),
      cmocka_unit_test(likeness_to_a_cluster_is_the_weighted_mean),
      cmocka_unit_test(those_apart_are_never_joined_not_even_through_others),
      cmocka_unit_test(joins_of_joins_name_their_first_item),
      cmocka_unit_test(nobody_is_no_trouble),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
