#include "jobs/ledger_source.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "jobs/workplace.h"

/* What a job's task points to. */
struct taken {
  struct df_job *job;
  char work[DF_PATH_BYTES];
};

struct df_ledger_source {
  struct df_ledger_source_options options;
  pthread_mutex_t lock; /* over what follows */
  int64_t *ids;         /* of jobs that have not ended, in the order in which they are taken */
  size_t count, room;
  bool closed; /* no more will come */
};

int df_ledger_source_create(const struct df_ledger_source_options *options,
    struct df_ledger_source **ret_source, struct df_error *err)
{
  struct df_ledger_source *s = calloc(1, sizeof *s);
  if (!s)
    return df_fail(err, DF_ENOMEM, "out of memory");
  s->options = *options;
  pthread_mutex_init(&s->lock, NULL);
  *ret_source = s;
  return 0;
}

void df_ledger_source_destroy(struct df_ledger_source **source)
{
  if (!*source)
    return;
  pthread_mutex_destroy(&(*source)->lock);
  free((*source)->ids);
  free(*source);
  *source = NULL;
}

static bool make_room(struct df_ledger_source *s)
{
  if (s->count < s->room)
    return true;
  size_t room = s->room ? 2 * s->room : 64;
  int64_t *ids = realloc(s->ids, room * sizeof *ids);
  if (!ids)
    return false;
  s->ids = ids;
  s->room = room;
  return true;
}

int df_ledger_source_add(struct df_ledger_source *source, int64_t id, struct df_error *err)
{
  pthread_mutex_lock(&source->lock);
  bool fits = make_room(source);
  if (fits)
    source->ids[source->count++] = id;
  pthread_mutex_unlock(&source->lock);
  return fits ? 0 : df_fail(err, DF_ENOMEM, "out of memory");
}

void df_ledger_source_close(struct df_ledger_source *source)
{
  pthread_mutex_lock(&source->lock);
  source->closed = true;
  pthread_mutex_unlock(&source->lock);
}

void df_ledger_source_drain(struct df_ledger_source *source)
{
  pthread_mutex_lock(&source->lock);
  source->closed = true;
  source->count = 0;
  pthread_mutex_unlock(&source->lock);
}

static void forget(struct df_ledger_source *s, int64_t id)
{
  pthread_mutex_lock(&s->lock);
  for (size_t i = 0; i < s->count; i++)
    if (s->ids[i] == id) {
      memmove(&s->ids[i], &s->ids[i + 1], (--s->count - i) * sizeof *s->ids);
      break;
    }
  pthread_mutex_unlock(&s->lock);
}

/* As df_ledger_claim, but LATER while more may come. */
static int claim(struct df_ledger_source *s, struct df_job **ret_job, struct df_error *err)
{
  pthread_mutex_lock(&s->lock);
  int taken = df_ledger_claim(s->options.ledger, s->ids, s->count, ret_job, err);
  if (taken == DF_CLAIM_NONE)
    taken = s->closed ? DF_RUNNER_NONE : DF_RUNNER_LATER;
  else if (taken > 0)
    taken = taken == DF_CLAIM_TAKEN ? DF_RUNNER_TAKEN : DF_RUNNER_LATER;
  pthread_mutex_unlock(&s->lock);
  return taken;
}

/*
 * Whether the output is there since a process died after it had given it its name and before it could say so: it came
 * after the job was ordered, and another one in its place would have been refused by the attempt that ended so.
 */
static bool was_made_by_the_dead(const struct df_job *job)
{
  struct stat info;
  if (job->attempts < 2 || stat(job->output, &info) < 0)
    return false;
  return (double)info.st_mtim.tv_sec + (double)info.st_mtim.tv_nsec / 1e9 >= job->created;
}

static int take(void *context, struct df_runner_job *ret_job, struct df_error *err)
{
  struct df_ledger_source *s = context;
  struct taken *own = calloc(1, sizeof *own);
  if (!own)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int taken = claim(s, &own->job, err);
  if (taken != DF_RUNNER_TAKEN) {
    free(own);
    return taken;
  }
  const struct df_job *job = own->job;
  *ret_job = (struct df_runner_job){.id = job->id, .task = *s->options.task, .of_source = own};
  ret_job->task.kind = DF_TASK_RUN;
  ret_job->task.input = job->input.path;
  ret_job->task.output = job->output;
  if (ret_job->task.jobs == 0) /* it is other videos that are made beside this one */
    ret_job->task.jobs = 1;
  ret_job->task.overwrite |= was_made_by_the_dead(job);
  df_workplace_choose(&ret_job->task, s->options.state, own->work);
  return DF_RUNNER_TAKEN;
}

/* A beat that is missed once is no reason to stop; a job that is somebody else's is. */
static int beat(
    void *context, const struct df_runner_job *job, long long frames, long long frames_total)
{
  struct df_ledger_source *s = context;
  int result = df_ledger_beat(s->options.ledger, job->id, frames, frames_total, NULL);
  return result == DF_ECLOSED ? result : 0;
}

static void ended(void *context, const struct df_runner_job *job, const struct df_runner_end *end)
{
  struct df_ledger_source *s = context;
  struct taken *own = job->of_source;
  struct df_error unkept = {0};
  enum df_job_state state = end->code == 0             ? DF_JOB_DONE
                            : end->code == DF_ESTOPPED ? DF_JOB_WAITING
                                                       : DF_JOB_FAILED;
  if (end->result) /* the last beat was up to a second ago */
    df_ledger_beat(s->options.ledger, job->id, end->result->frames, end->result->frames, NULL);
  int kept = df_ledger_finish(s->options.ledger, job->id, state, end->err, &unkept);
  forget(s, job->id);
  s->options.ended(s->options.context, job, end, kept < 0 ? &unkept : NULL);
  df_workplace_leave(&job->task);
  df_job_destroy(&own->job);
  free(own);
}

struct df_runner_source df_ledger_source_of(struct df_ledger_source *source)
{
  return (struct df_runner_source){source, take, beat, ended};
}
