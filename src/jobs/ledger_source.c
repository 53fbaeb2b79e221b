#include "jobs/ledger_source.h"

#include <stdlib.h>

#include "jobs/workplace.h"

/* What a job's task points to. */
struct taken {
  struct df_job *job;
  char work[DF_PATH_BYTES];
};

static int take(void *context, struct df_runner_job *ret_job, struct df_error *err)
{
  struct df_ledger_source *s = context;
  struct taken *own = calloc(1, sizeof *own);
  if (!own)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int taken = df_ledger_claim(s->ledger, s->ids, s->count, &own->job, err);
  if (taken != DF_CLAIM_TAKEN) {
    free(own);
    return taken == DF_CLAIM_LATER ? DF_RUNNER_LATER : taken < 0 ? taken : DF_RUNNER_NONE;
  }
  const struct df_job *job = own->job;
  *ret_job = (struct df_runner_job){.id = job->id, .task = *s->task, .of_source = own};
  /* What was under way when a process died may be what killed it: alone it shows, and takes nothing along. */
  ret_job->alone = job->attempts > 1;
  ret_job->task.kind = DF_TASK_RUN;
  ret_job->task.input = job->input.path;
  ret_job->task.output = job->output;
  df_workplace_choose(&ret_job->task, s->state, own->work);
  return DF_RUNNER_TAKEN;
}

/* A beat that is missed once is no reason to stop; a job that is somebody else's is. */
static int beat(
    void *context, const struct df_runner_job *job, long long frames, long long frames_total)
{
  struct df_ledger_source *s = context;
  int result = df_ledger_beat(s->ledger, job->id, frames, frames_total, NULL);
  return result == DF_ECLOSED ? result : 0;
}

static void ended(
    void *context, const struct df_runner_job *job, const struct df_runner_end *end)
{
  struct df_ledger_source *s = context;
  struct taken *own = job->of_source;
  struct df_error unkept = {0};
  enum df_job_state state = end->code == 0              ? DF_JOB_DONE
                            : end->code == DF_ESTOPPED ? DF_JOB_WAITING
                                                       : DF_JOB_FAILED;
  if (end->result) /* the last beat was up to a second ago */
    df_ledger_beat(s->ledger, job->id, end->result->frames, end->result->frames, NULL);
  int kept = df_ledger_finish(s->ledger, job->id, state, end->err, &unkept);
  s->ended(s->context, job, end, kept < 0 ? &unkept : NULL);
  df_workplace_leave(&job->task);
  df_job_destroy(&own->job);
  free(own);
}

struct df_runner_source df_ledger_source(struct df_ledger_source *source)
{
  return (struct df_runner_source){source, take, beat, ended};
}
