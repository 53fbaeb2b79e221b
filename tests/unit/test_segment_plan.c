/* Each test is named after the promise of segment_plan.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pipeline/segment_plan.h"

/* 100 units a second, a picture every 10, segments of a second each. */
enum { STEP = 10, SECOND = 100, PLANS_MAX = 16 };

struct world {
  struct df_segment_planner *planner;
  struct df_segment_plan *plans[PLANS_MAX];
  size_t count;
};

static int begin(void **state)
{
  static struct world world;
  world = (struct world){.planner = df_segment_planner_create(SECOND)};
  *state = &world;
  return world.planner ? 0 : -1;
}

static int end(void **state)
{
  struct world *w = *state;
  for (size_t i = 0; i < w->count; i++)
    df_segment_plan_free(w->plans[i]);
  df_segment_planner_destroy(&w->planner);
  return 0;
}

static struct df_planned picture(int64_t n, int64_t pts)
{
  struct df_planned planned = {.place = {n, pts}, .difference = (float)n};
  for (int s = 0; s < DF_SEATS; s++)
    planned.shots[s].window = (struct df_box){(float)n, (float)s, 8, 9};
  return planned;
}

static void push(struct world *w, const struct df_planned *planned)
{
  int result = df_segment_planner_push(
      w->planner, planned, planned->place.pts / SECOND, &w->plans[w->count]);
  assert_true(result >= 0);
  w->count += result == 1;
}

/* Pictures from `first` up to but not including `end`. */
static void push_some(struct world *w, int64_t first, int64_t end, enum df_window_state left)
{
  for (int64_t n = first; n < end; n++) {
    struct df_planned planned = picture(n, n * STEP);
    planned.shots[DF_LEFT].state = left;
    push(w, &planned);
  }
}

static void finish(struct world *w)
{
  w->plans[w->count] = df_segment_planner_end(w->planner);
  w->count += w->plans[w->count] != NULL;
}

static void a_plan_comes_when_its_segment_is_left(void **state)
{
  struct world *w = *state;
  push_some(w, 0, 10, DF_WINDOW_SEEN);
  assert_int_equal(w->count, 0);
  push_some(w, 10, 11, DF_WINDOW_SEEN);
  assert_int_equal(w->count, 1);
  finish(w);
  assert_int_equal(w->count, 2);
}

static void a_video_without_pictures_has_none(void **state)
{
  struct world *w = *state;
  finish(w);
  assert_int_equal(w->count, 0);
}

static void segments_are_as_the_journal_has_them(void **state)
{
  struct world *w = *state;
  push_some(w, 0, 35, DF_WINDOW_SEEN);
  finish(w);
  assert_int_equal(w->count, 4);
  for (size_t i = 0; i < 4; i++) {
    const struct df_segment *s = &w->plans[i]->segment;
    int64_t last = i < 3 ? (int64_t)i * 10 + 9 : 34;
    assert_int_equal(s->index, i);
    assert_int_equal(s->first, i * 10);
    assert_int_equal(s->count, i < 3 ? 10 : 5);
    assert_int_equal(s->tail_count, 2);
    assert_int_equal(s->tail[0], (last - 1) * STEP);
    assert_int_equal(s->tail[1], last * STEP);
    assert_int_equal(s->last, i == 3);
  }
}

static void a_plan_says_what_goes_before_and_after(void **state)
{
  struct world *w = *state;
  push_some(w, 0, 25, DF_WINDOW_SEEN);
  finish(w);
  assert_int_equal(w->plans[0]->before_count, 0);
  assert_int_equal(w->plans[0]->after, 10 * STEP);
  assert_int_equal(w->plans[1]->before_count, 2);
  assert_int_equal(w->plans[1]->before[0], 8 * STEP);
  assert_int_equal(w->plans[1]->before[1], 9 * STEP);
  assert_int_equal(w->plans[1]->after, 20 * STEP);
}

static void decoding_begins_as_long_before_as_it_takes_to_warm_up(void **state)
{
  struct world *w = *state;
  push_some(w, 0, 35, DF_WINDOW_SEEN);
  finish(w);
  for (size_t i = 0; i < w->count; i++) {
    const struct df_segment_plan *plan = w->plans[i];
    int64_t first = plan->segment.first, entry = first < 10 ? 0 : first - 10;
    assert_int_equal(plan->lead, first - entry);
    assert_int_equal(plan->count, first - entry + plan->segment.count);
    for (size_t k = 0; k < plan->count; k++) {
      struct df_planned wanted = picture(entry + (int64_t)k, (entry + (int64_t)k) * STEP);
      assert_memory_equal(&plan->pictures[k].place, &wanted.place, sizeof wanted.place);
      assert_true(plan->pictures[k].difference == wanted.difference);
      assert_memory_equal(&plan->pictures[k].shots, &wanted.shots, sizeof wanted.shots);
    }
  }
}

static void it_begins_further_back_where_pictures_are_sparse(void **state)
{
  struct world *w = *state;
  const int64_t times[] = {0, 50, 320, 350, 370};
  for (int64_t n = 0; n < 5; n++) {
    struct df_planned planned = picture(n, times[n]);
    push(w, &planned);
  }
  finish(w);
  assert_int_equal(w->count, 2);
  assert_int_equal(w->plans[1]->segment.index, 3);
  assert_int_equal(w->plans[1]->pictures[0].place.n, 1);
  assert_int_equal(w->plans[1]->lead, 1);
}

static void a_frozen_seat_shows_what_it_showed_last(void **state)
{
  struct world *w = *state;
  push_some(w, 0, 17, DF_WINDOW_SEEN);
  push_some(w, 17, 30, DF_WINDOW_FROZEN);
  push_some(w, 30, 35, DF_WINDOW_BLACK);
  push_some(w, 35, 45, DF_WINDOW_FROZEN);
  finish(w);
  assert_int_equal(w->count, 5);
  assert_int_equal(w->plans[0]->stills[DF_LEFT].place.n, -1);
  assert_int_equal(w->plans[1]->stills[DF_LEFT].place.n, 9);
  for (size_t i = 2; i < 5; i++) {
    const struct df_still *left = &w->plans[i]->stills[DF_LEFT];
    const struct df_still *right = &w->plans[i]->stills[DF_RIGHT];
    assert_int_equal(left->place.n, 16);
    assert_int_equal(left->place.pts, 16 * STEP);
    assert_int_equal(left->entry.n, 6);
    assert_int_equal(left->entry.pts, 6 * STEP);
    assert_true(left->window.x == 16);
    assert_int_equal(right->place.n, i * 10 - 1);
  }
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
  const struct CMUnitTest tests[] = {
      ONE(a_plan_comes_when_its_segment_is_left),
      ONE(a_video_without_pictures_has_none),
      ONE(segments_are_as_the_journal_has_them),
      ONE(a_plan_says_what_goes_before_and_after),
      ONE(decoding_begins_as_long_before_as_it_takes_to_warm_up),
      ONE(it_begins_further_back_where_pictures_are_sparse),
      ONE(a_frozen_seat_shows_what_it_showed_last),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
