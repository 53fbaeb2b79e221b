/* The ledger and the inputs, used while memory runs out. SQLite's own memory is not touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../unit/ledger_world.h"
#include "base/paths.h"
#include "failing.h"
#include "jobs/inputs.h"

enum { INPUTS = 40, MANY_IDS = 1000 };

static int order(struct df_ledger *ledger, struct df_job **ret_job, struct df_error *err)
{
  struct df_identity input;
  int result = df_ledger_identify(ledger, in_world("in.mp4"), &input, err);
  if (result < 0)
    return result;
  const struct df_job_order order = {
      .input = &input, .output = in_world("out.mp4"), .options = "--fit contain"};
  return df_ledger_add(ledger, &order, ret_job, err);
}

/* Claims with a list so long that it is not looked up one by one; whoever gets it ends it. */
static int work(struct df_ledger *ledger, int64_t id, struct df_error *err)
{
  static int64_t ids[MANY_IDS];
  const struct df_error why = {DF_EINPUT, "bad"};
  struct df_job *job = NULL;
  ids[MANY_IDS - 1] = id;
  int result = df_ledger_claim(ledger, ids, MANY_IDS, &job, err);
  if (result <= 0)
    return result;
  result = df_ledger_beat(ledger, job->id, 1, 2, err);
  if (result == 0)
    result = df_ledger_finish(ledger, job->id, DF_JOB_FAILED, &why, err);
  df_job_destroy(&job);
  return result < 0 ? result : df_ledger_retry(ledger, id, err);
}

static int use_ledger(void *context, struct df_error *err)
{
  (void)context;
  struct df_ledger *ledger = NULL;
  struct df_job *job = NULL, *shown = NULL;
  int result = df_ledger_open(in_world("ledger.db"), NULL, &ledger, err);
  if (result >= 0)
    result = order(ledger, &job, err);
  if (result >= 0)
    result = work(ledger, job->id, err);
  if (result >= 0)
    result = df_ledger_show(ledger, job->id, &shown, err);
  df_job_destroy(&shown);
  df_job_destroy(&job);
  df_ledger_close(&ledger);
  return result < 0 ? result : 0;
}

static void ledger(void **state)
{
  (void)state;
  write_file(in_world("in.mp4"), "a video");
  write_file(in_world("out.mp4"), "a video");
  survives(use_ledger, NULL, NULL);
}

static int use_inputs(void *context, struct df_error *err)
{
  (void)context;
  const struct df_inputs_order order = {
      .names = (const char *const[]){in_world("in")},
      .name_count = 1,
      .lists = (const char *const[]){in_world("list")},
      .list_count = 1,
      .output_folder = in_world("in"),
      .output_suffix = "-split",
  };
  struct df_inputs *inputs = NULL;
  int result = df_inputs_expand(&order, &inputs, err);
  if (result == 0)
    assert_int_equal(inputs->taken, INPUTS + 2); /* nothing is left out in silence */
  df_inputs_destroy(&inputs);
  return result;
}

static void inputs(void **state)
{
  (void)state;
  char name[64];
  for (int i = 0; i < INPUTS; i++) {
    snprintf(name, sizeof name, "in/%d", i);
    assert_true(df_path_make_folder(in_world(name)));
    snprintf(name, sizeof name, "in/%d/video.mp4", i);
    write_file(in_world(name), "x");
  }
  write_file(in_world("in/notes.txt"), "x");
  write_file(in_world("list"), "in/notes.txt\nsomewhere.mp4\nin/0/video.mp4\n");
  survives(use_inputs, NULL, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(ledger),
      TEST(inputs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
