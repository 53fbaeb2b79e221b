#include "cli/batch_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "jobs/inputs.h"
#include "media/input.h"
#include "media/output.h"

enum { OPTIONS_TEXT = 16384 };
const char df_plan_suffix[] = "-split";

struct df_planner {
  const struct df_options *options;
  struct df_ledger *ledger;
  df_leftover_fn *tell;
  void *context;
  char text[OPTIONS_TEXT]; /* the options' */
  struct df_plan *plan;
};

static int make_folder(const char *path, struct df_error *err)
{
  struct stat info;
  if (mkdir(path, 0777) == 0)
    return 0;
  int code = errno;
  if (code == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
    return 0;
  if (code == EEXIST)
    return df_fail(err, DF_EUSAGE,
        "--output (%s) is a file, but there are several videos to write; name a folder", path);
  return df_fail(err, DF_EOUTPUT, "the folder %s cannot be made: %s", path, strerror(code));
}

static void leave(struct df_planner *p, enum df_leftover kind, const char *path, const char *reason)
{
  p->plan->leftovers[kind]++;
  p->tell(p->context, kind, path, reason);
}

/* What the result is called, and how many frames there are, from the video itself. */
static int look_at(const struct df_planner *p, const struct df_candidate *candidate,
    char ret_output[DF_PATH_BYTES], long long *ret_frames, struct df_error *err)
{
  const struct df_input_options options = {
      .start = p->options->task.start, .duration = p->options->task.duration};
  struct df_input *input = NULL;
  char name[DF_PATH_BYTES];
  int result = df_input_open(candidate->path, &options, NULL, &input, err);
  if (result < 0)
    return result;
  *ret_frames = df_input_video(input)->frames;
  int length = snprintf(name, sizeof name, "%s/%s%s.%s", p->options->task.output, candidate->stem,
      df_plan_suffix, df_output_extension(input));
  df_input_close(&input);
  if (length >= (int)sizeof name)
    return df_fail(err, DF_EOUTPUT, "%s: the path of its output is too long", candidate->path);
  return df_identity_place(name, ret_output, DF_PATH_BYTES, err);
}

const char *df_plan_quarantine_text(const struct df_job *job, char *text, size_t size)
{
  snprintf(text, size,
      "%s: it ended the program %d times and is not tried again; `dualface jobs retry %lld` lets "
      "it",
      job->input.path, DF_JOB_ATTEMPTS_MAX, (long long)job->id);
  return text;
}

/* Whether the job is to be done now; one that failed before may try again. */
static int is_left(struct df_planner *p, const struct df_candidate *candidate, struct df_job *job,
    struct df_error *err)
{
  char reason[DF_ERROR_TEXT];
  switch (job->state) {
  case DF_JOB_DONE:
    p->plan->frames_before += job->frames;
    leave(p, DF_LEFT_DONE, candidate->path, NULL);
    return 0;
  case DF_JOB_QUARANTINED:
    leave(p, DF_LEFT_REFUSED, candidate->path, df_plan_quarantine_text(job, reason, sizeof reason));
    return 0;
  case DF_JOB_FAILED: {
    int result = df_ledger_retry(p->ledger, job->id, err);
    return result < 0 ? result : 1;
  }
  case DF_JOB_RUNNING:
    if (job->lost)
      return 1;
    leave(p, DF_LEFT_TAKEN, candidate->path, NULL);
    return 0;
  default:
    return 1;
  }
}

int df_planner_order(struct df_planner *p, const struct df_candidate *candidate, int64_t *ret_id,
    struct df_error *err)
{
  struct df_error refused = {0};
  char output[DF_PATH_BYTES];
  long long frames = 0;
  struct df_identity identity;
  int result = look_at(p, candidate, output, &frames, &refused);
  if (result == 0)
    result = df_ledger_identify(p->ledger, candidate->path, &identity, &refused);
  if (result < 0) {
    leave(p, DF_LEFT_REFUSED, candidate->path, refused.text);
    return 0;
  }
  const struct df_job_order what = {&identity, output, p->text};
  struct df_job *job = NULL;
  result = df_ledger_add(p->ledger, &what, &job, err);
  if (result < 0)
    return result;
  result = is_left(p, candidate, job, err);
  if (result > 0) {
    *ret_id = job->id;
    p->plan->frames += frames;
  }
  df_job_destroy(&job);
  return result;
}

int df_planner_create(const struct df_options *options, struct df_ledger *ledger,
    df_leftover_fn *tell, void *context, struct df_plan *plan, struct df_planner **ret_planner,
    struct df_error *err)
{
  struct df_planner *p = calloc(1, sizeof *p);
  if (!p)
    return df_fail(err, DF_ENOMEM, "out of memory");
  p->options = options;
  p->ledger = ledger;
  p->tell = tell;
  p->context = context;
  p->plan = plan;
  int result = df_options_canonical(options, p->text, sizeof p->text, err);
  if (result == 0)
    result = make_folder(options->task.output, err);
  if (result < 0) {
    df_planner_destroy(&p);
    return result;
  }
  *ret_planner = p;
  return 0;
}

void df_planner_destroy(struct df_planner **planner)
{
  free(*planner);
  *planner = NULL;
}

static int order_all(
    struct df_planner *p, const struct df_inputs *inputs, df_plan_fn *goes_on, struct df_error *err)
{
  struct df_plan *plan = p->plan;
  plan->ids = calloc(inputs->taken + 1, sizeof *plan->ids);
  if (!plan->ids)
    return df_fail(err, DF_ENOMEM, "out of memory");
  for (size_t i = 0; i < inputs->count; i++) {
    const struct df_candidate *candidate = &inputs->items[i];
    int result = 0;
    if (!goes_on(p->context))
      return df_fail(err, DF_ESTOPPED, "%s", df_error_text(DF_ESTOPPED));
    if (candidate->why_not)
      leave(p, DF_LEFT_SKIPPED, candidate->path, candidate->why_not);
    else
      result = df_planner_order(p, candidate, &plan->ids[plan->count], err);
    if (result < 0)
      return result;
    plan->count += (size_t)result;
  }
  return 0;
}

static int refuse_all(
    const struct df_inputs *inputs, df_leftover_fn *tell, void *context, struct df_error *err)
{
  for (size_t i = 0; i < inputs->count; i++)
    tell(context, DF_LEFT_SKIPPED, inputs->items[i].path, inputs->items[i].why_not);
  return df_fail(err, DF_EINPUT, "there is no video in what was named");
}

int df_plan_make(const struct df_options *options, struct df_ledger *ledger, df_plan_fn *goes_on,
    df_leftover_fn *tell, void *context, struct df_plan *ret_plan, struct df_error *err)
{
  const struct df_inputs_order named = {
      .names = options->inputs,
      .name_count = options->input_count,
      .lists = &options->list,
      .list_count = options->list ? 1 : 0,
      .output_folder = options->task.output,
      .output_suffix = df_plan_suffix,
  };
  struct df_inputs *inputs = NULL;
  struct df_planner *planner = NULL;
  *ret_plan = (struct df_plan){0};
  int result = df_inputs_expand(&named, &inputs, err);
  if (result == 0 && inputs->taken == 0)
    result = refuse_all(inputs, tell, context, err);
  if (result == 0)
    result = df_planner_create(options, ledger, tell, context, ret_plan, &planner, err);
  if (result == 0)
    result = order_all(planner, inputs, goes_on, err);
  df_planner_destroy(&planner);
  df_inputs_destroy(&inputs);
  return result;
}

void df_plan_release(struct df_plan *plan)
{
  free(plan->ids);
  *plan = (struct df_plan){0};
}
