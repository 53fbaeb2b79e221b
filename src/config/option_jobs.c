/* What `dualface jobs` is told to do: its first word, the ids after it, and the states that stand for ids. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/option_table.h"

static const char *const actions[] = {
    [DF_JOBS_LIST] = "list",
    [DF_JOBS_SHOW] = "show",
    [DF_JOBS_RETRY] = "retry",
    [DF_JOBS_FORGET] = "forget",
    [DF_JOBS_SWEEP] = "sweep",
};
enum { ACTIONS = sizeof actions / sizeof *actions };

static int read_action(const char *word, enum df_jobs_action *ret_action, struct df_error *err)
{
  int nearest = -1, least = 0;
  for (int i = 0; i < ACTIONS; i++) {
    int distance = df_spelling_distance(word, actions[i]);
    if (distance == 0) {
      *ret_action = (enum df_jobs_action)i;
      return 0;
    }
    if (df_spelling_near(word, actions[i], distance) && (nearest < 0 || distance < least)) {
      nearest = i;
      least = distance;
    }
  }
  if (nearest >= 0)
    return df_fail(err, DF_EUSAGE, "jobs cannot \"%s\"; did you mean %s?", word, actions[nearest]);
  return df_fail(err, DF_EUSAGE,
      "jobs cannot \"%s\"; it can list, show ID, retry ID, forget ID and sweep", word);
}

int64_t df_options_job_id(const char *word)
{
  char *end;
  errno = 0;
  long long id = strtoll(word, &end, 10);
  bool whole = word[0] >= '0' && word[0] <= '9' && *end == '\0' && errno == 0;
  return whole && id > 0 ? id : 0;
}

static unsigned states_of(const struct df_options *options)
{
  unsigned states = 0;
  for (int i = 0; i < DF_JOB_STATES; i++)
    states |= options->job_states[i] ? 1U << i : 0;
  return states;
}

/* Which jobs: ids, or for what is done to many, states. */
static int check_which(const struct df_options *options, struct df_error *err)
{
  const char *name = actions[options->jobs_action];
  size_t ids = options->input_count - 1;
  unsigned states = states_of(options), ended = 1 << DF_JOB_FAILED | 1 << DF_JOB_QUARANTINED;
  if (options->jobs_action == DF_JOBS_FORGET)
    ended |= 1 << DF_JOB_DONE | 1 << DF_JOB_WAITING;
  if (ids == 0 && states == 0)
    return df_fail(
        err, DF_EUSAGE, "say which job: dualface jobs %s ID, or %s --failed", name, name);
  if (ids > 0 && states != 0)
    return df_fail(err, DF_EUSAGE, "jobs %s takes ids or states, not both", name);
  if (states & ~ended)
    return df_fail(err, DF_EUSAGE, "jobs %s cannot be done to all jobs that are %s", name,
        options->jobs_action == DF_JOBS_FORGET ? "running" : "waiting, running or done");
  return 0;
}

static int check_action(const struct df_options *options, struct df_error *err)
{
  size_t ids = options->input_count - 1;
  switch (options->jobs_action) {
  case DF_JOBS_LIST:
    return ids == 0 ? 0
                    : df_fail(err, DF_EUSAGE, "jobs list takes no id; see jobs show %s",
                          options->inputs[1]);
  case DF_JOBS_SWEEP:
    return ids == 0 && states_of(options) == 0
               ? 0
               : df_fail(err, DF_EUSAGE, "jobs sweep takes neither ids nor states");
  case DF_JOBS_SHOW:
    if (states_of(options) != 0)
      return df_fail(err, DF_EUSAGE, "jobs show takes an id; see jobs list for states");
    return ids == 1 ? 0 : df_fail(err, DF_EUSAGE, "jobs show takes one id: dualface jobs show ID");
  default:
    return check_which(options, err);
  }
}

int df_options_check_jobs(struct df_options *options, struct df_error *err)
{
  if (options->input_count == 0)
    return df_fail(err, DF_EUSAGE, "say what to do, such as dualface jobs list");
  int result = read_action(options->inputs[0], &options->jobs_action, err);
  for (size_t i = 1; i < options->input_count && result == 0; i++)
    if (df_options_job_id(options->inputs[i]) == 0)
      result = df_fail(err, DF_EUSAGE,
          "\"%s\" is no id of a job, which is a whole number; dualface jobs list shows them",
          options->inputs[i]);
  return result < 0 ? result : check_action(options, err);
}
