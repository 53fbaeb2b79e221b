/* `dualface jobs`: looks at the ledger, changes what jobs wait for, sweeps up; never looks at a video. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/whole_file.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/jobs_report.h"
#include "cli/report.h"
#include "jobs/state.h"
#include "jobs/workplace.h"

struct call {
  const struct df_options *options;
  char path[DF_PATH_BYTES]; /* of the ledger */
  struct df_ledger *ledger; /* NULL: there is none, and so no job */
  int64_t *ids;             /* of the jobs that something is done to */
  size_t id_count, capacity;
  int64_t counts[DF_JOB_STATES];
  size_t changed;
  struct df_work_sweep sweep;
  struct df_error err;
};

/* A ledger is not made to be looked at. */
static int open_ledger(struct call *c)
{
  int result = df_state_ledger(c->options->state, false, c->path, sizeof c->path, &c->err);
  if (result < 0)
    return result;
  if (access(c->path, F_OK) < 0 && errno == ENOENT)
    return 0;
  return df_ledger_open(c->path, NULL, &c->ledger, &c->err);
}

static bool is_wanted(const struct df_options *options, int state)
{
  bool any = false;
  for (int i = 0; i < DF_JOB_STATES; i++)
    any |= options->job_states[i];
  return !any || options->job_states[state];
}

static unsigned wanted_states(const struct df_options *options)
{
  unsigned states = 0;
  for (int i = 0; i < DF_JOB_STATES; i++)
    states |= is_wanted(options, i) ? 1U << i : 0;
  return states;
}

static int list_one(void *context, const struct df_job *job)
{
  struct call *c = context;
  bool is_first = true;
  for (int i = 0; i < DF_JOB_STATES; i++)
    is_first &= c->counts[i] == 0;
  c->counts[job->state]++;
  if (c->options->json) {
    df_jobs_report_json(stdout, job);
  } else if (!c->options->quiet) {
    if (is_first)
      df_jobs_report_head(stdout);
    df_jobs_report_line(stdout, job);
  }
  return 0;
}

static int list(struct call *c)
{
  int result = 0;
  if (c->ledger)
    result = df_ledger_list(c->ledger, wanted_states(c->options), list_one, c, &c->err);
  if (result == 0 && !c->options->json && !c->options->quiet)
    df_jobs_report_counts(stdout, c->counts);
  return result;
}

static int no_ledger(struct call *c, int64_t id)
{
  return df_fail(
      &c->err, DF_EUSAGE, "there is no job %" PRId64 ": %s is not there yet", id, c->path);
}

static int show(struct call *c)
{
  int64_t id = df_options_job_id(c->options->inputs[1]);
  struct df_job *job = NULL;
  int result = c->ledger ? df_ledger_show(c->ledger, id, &job, &c->err) : no_ledger(c, id);
  if (result < 0)
    return result;
  if (c->options->json)
    df_jobs_report_json(stdout, job);
  else if (!c->options->quiet)
    df_jobs_report_whole(stdout, job);
  df_job_destroy(&job);
  return 0;
}

static int add_id(struct call *c, int64_t id)
{
  if (c->id_count == c->capacity) {
    size_t capacity = c->capacity ? 2 * c->capacity : 64;
    int64_t *grown = realloc(c->ids, capacity * sizeof *grown);
    if (!grown)
      return df_fail(&c->err, DF_ENOMEM, "out of memory");
    c->ids = grown;
    c->capacity = capacity;
  }
  c->ids[c->id_count++] = id;
  return 0;
}

static int add_listed(void *context, const struct df_job *job)
{
  return add_id(context, job->id);
}

/* The ids that were named, or those of all jobs in the states that were. */
static int gather_ids(struct call *c)
{
  const struct df_options *o = c->options;
  int result = 0;
  for (size_t i = 1; i < o->input_count && result == 0; i++)
    result = add_id(c, df_options_job_id(o->inputs[i]));
  if (o->input_count == 1 && c->ledger)
    result = df_ledger_list(c->ledger, wanted_states(o), add_listed, c, &c->err);
  return result;
}

/* Goes on with the others where one cannot be changed; the first error is the last word. */
static int change(struct call *c, int (*act)(struct df_ledger *, int64_t, struct df_error *),
    const char *what_one, const char *what_many)
{
  int result = gather_ids(c);
  for (size_t i = 0; i < c->id_count && result != DF_ENOMEM; i++) {
    int code = c->ledger ? act(c->ledger, c->ids[i], &c->err) : no_ledger(c, c->ids[i]);
    c->changed += code >= 0;
    result = result < 0 ? result : code;
  }
  if (c->options->json || c->options->quiet)
    return result;
  if (c->changed == 1 && c->id_count == 1)
    printf("job %" PRId64 " %s\n", c->ids[0], what_one);
  else if (c->changed > 0 || result == 0)
    printf("%zu job%s %s\n", c->changed, c->changed == 1 ? "" : "s",
        c->changed == 1 ? what_one : what_many);
  return result;
}

static int sweep(struct call *c)
{
  int result = df_workplace_sweep(c->options->state, &c->sweep, &c->err);
  if (result == 0 && !c->options->json && !c->options->quiet)
    printf("%zu work folder%s deleted, %.1f MB; %zu left\n", c->sweep.swept,
        c->sweep.swept == 1 ? "" : "s", (double)c->sweep.bytes / 1e6, c->sweep.kept);
  return result;
}

static int act(struct call *c)
{
  if (c->options->jobs_action == DF_JOBS_SWEEP)
    return sweep(c);
  int result = open_ledger(c);
  if (result < 0)
    return result;
  switch (c->options->jobs_action) {
  case DF_JOBS_LIST:
    return list(c);
  case DF_JOBS_SHOW:
    return show(c);
  case DF_JOBS_RETRY:
    return change(c, df_ledger_retry, "waits for the next run", "wait for the next run");
  default:
    return change(
        c, df_ledger_forget, "is forgotten; its files stay", "are forgotten; their files stay");
  }
}

static void report_json(const struct call *c)
{
  struct df_json_writer json = {.out = stdout};
  df_json_write_open(&json, NULL, '{');
  df_json_write_text(&json, "type", "result");
  df_json_write_text(&json, "command", "jobs");
  df_json_write_truth(&json, "ok", c->err.code == 0);
  df_json_write_whole(&json, "exit", df_cli_exit(c->err.code));
  if (c->options->jobs_action == DF_JOBS_LIST) {
    df_json_write_open(&json, "counts", '{');
    for (int i = 0; i < DF_JOB_STATES; i++)
      df_json_write_whole(&json, df_job_state_names[i], c->counts[i]);
    df_json_write_close(&json, '}');
  } else if (c->options->jobs_action == DF_JOBS_SWEEP) {
    df_json_write_whole(&json, "swept", (long long)c->sweep.swept);
    df_json_write_whole(&json, "kept", (long long)c->sweep.kept);
    df_json_write_whole(&json, "bytes", c->sweep.bytes);
  } else if (c->options->jobs_action != DF_JOBS_SHOW) {
    df_json_write_whole(&json, "changed", (long long)c->changed);
  }
  df_report_json_said(&json, NULL, &c->err);
  df_report_json_end(&json);
}

static enum df_exit run(const struct df_options *options)
{
  struct call c = {.options = options};
  int code = act(&c);
  if (code < 0) {
    df_fail(&c.err, code, "%s", df_error_text(code)); /* keeps the sentence that is there */
    df_console_error(c.err.text);
  }
  if (options->json)
    report_json(&c);
  df_ledger_close(&c.ledger);
  free(c.ids);
  return df_cli_exit(c.err.code);
}

enum df_exit df_cli_jobs(int argc, const char *const *argv)
{
  struct df_options *options = malloc(sizeof *options);
  struct df_error err = {0};
  enum df_exit status = DF_EXIT_DONE;
  if (!options) {
    df_console_error("out of memory");
    return DF_EXIT_FAILED;
  }
  if (df_options_parse(DF_COMMAND_JOBS, argc, argv, options, &err) < 0)
    status = df_cli_refuse(DF_COMMAND_JOBS, argc, argv, &err);
  else if (options->help)
    df_options_help(DF_COMMAND_JOBS, stdout);
  else
    status = run(options);
  free(options);
  return status;
}
