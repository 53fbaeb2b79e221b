/* Each part is a task of its own, run as any other; here they are put in order and their results together. */
#include "pipeline/two_pass.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/whole_file.h"
#include "pipeline/stages.h"
#include "pipeline/task_text.h"
#include "pipeline/work.h"

struct two_pass {
  const struct df_task *task;
  struct df_log *log;
  struct df_progress *progress;
  struct df_result *result;
  double started;
  char *job;                      /* what the work folder is for */
  struct df_work *work;           /* NULL: nothing is kept */
  struct df_whole_file made[2];   /* in its place, and of what nobody wants: log, tracks */
  char seen[DF_PATH_BYTES];       /* the whole log */
  char unfinished[DF_PATH_BYTES]; /* the log while it grows */
  char left[DF_PATH_BYTES];       /* what an earlier run left of it; empty: nothing */
  char tracks[DF_PATH_BYTES];
};

/* What all parts have in common. */
static struct df_task part_of(const struct two_pass *t, enum df_task_kind kind, enum df_pass pass)
{
  struct df_task part = *t->task;
  part.kind = kind;
  part.pass = pass;
  part.output = part.tracks = part.observations = part.replay = part.debug = NULL;
  part.contact_sheet = part.people_sheet = part.work = NULL;
  part.md5 = false;
  return part;
}

/* All that can be wrong is found out before time is spent. Opens the work folder. */
static int check(struct two_pass *t, struct df_error *err)
{
  struct df_task task = *t->task;
  task.pass = DF_PASS_PLAN;
  task.work = NULL;
  task.overwrite |= df_segments_may_replace(t->task);
  task.observations = NULL; /* opening it would replace what is there */
  struct df_pipeline p = {.task = &task,
      .log = t->log,
      .progress = t->progress,
      .result = t->result,
      .started = df_clock_now()};
  struct df_whole_file probe = {0};
  int result = df_pipeline_open(&p, err);
  if (result == 0 && t->task->observations)
    result = df_whole_file_begin(&probe, t->task->observations, task.overwrite, err);
  df_whole_file_abandon(&probe);
  if (result == 0 && t->task->work && !t->task->replay) {
    t->job = df_task_describe(&p);
    result = t->job ? df_work_open(t->task->work, t->job, t->log, &t->work, err)
                    : df_fail(err, DF_ENOMEM, "out of memory");
  }
  df_pipeline_close(&p, false);
  return result;
}

/* A file beside a result, for the time of the task. */
static int make_beside(struct df_whole_file *file, const char *result, char ret_path[DF_PATH_BYTES],
    struct df_error *err)
{
  char path[DF_PATH_BYTES];
  snprintf(path, sizeof path, "%.*s.pass", DF_PATH_BYTES - 8, result);
  int code = df_whole_file_begin(file, path, true, err);
  if (code == 0)
    snprintf(ret_path, DF_PATH_BYTES, "%s", file->temporary);
  return code;
}

/* The result that temporary files go beside; where only words come out, the place for such files. */
static const char *main_result(const struct two_pass *t)
{
  const struct df_task *task = t->task;
  const char *const results[] = {
      t->result->output, task->tracks, task->observations, task->people_sheet};
  for (size_t i = 0; i < sizeof results / sizeof *results; i++)
    if (results[i] && results[i][0])
      return results[i];
  return P_tmpdir "/dualface";
}

/* A run has to look at the pictures anyway, and so goes on where its log ends. */
static bool decides_from_log(const struct df_task *task)
{
  return task->kind == DF_TASK_ANALYZE && task->replay;
}

/* Names the log and the tracks file of this task. */
static int choose_places(struct two_pass *t, struct df_error *err)
{
  const struct df_task *task = t->task;
  int result = 0;
  if (decides_from_log(task)) {
    snprintf(t->seen, sizeof t->seen, "%s", task->replay);
  } else if (t->work) {
    df_work_log_path(t->work, t->seen);
    df_work_path(t->work, "seeing", t->unfinished);
    df_work_path(t->work, "seen-before", t->left);
  } else {
    result = make_beside(&t->made[0], main_result(t), t->seen, err);
    snprintf(t->unfinished, sizeof t->unfinished, "%s", t->seen);
  }
  if (task->kind == DF_TASK_ANALYZE && task->tracks)
    snprintf(t->tracks, sizeof t->tracks, "%s", task->tracks);
  else if (t->work)
    df_work_path(t->work, "decided", t->tracks);
  else if (result == 0 && task->kind == DF_TASK_RUN)
    result = make_beside(&t->made[1], main_result(t), t->tracks, err);
  return result;
}

static int rename_log(const char *from, const char *to, struct df_error *err)
{
  if (rename(from, to) == 0)
    return 0;
  return df_fail(
      err, df_write_error_code(errno), "cannot rename %s to %s: %s", from, to, strerror(errno));
}

static off_t size_of(const char *path)
{
  struct stat info;
  return stat(path, &info) == 0 ? info.st_size : 0;
}

/* Whether there is a log in which something was seen. */
static bool has_pictures(const char *path)
{
  struct df_observation_reader *reader = NULL;
  struct df_observation_header header;
  struct df_observation *o = malloc(sizeof *o);
  bool has = o && df_observation_open(path, &reader, &header, NULL) == 0 &&
             df_observation_read(reader, o, NULL) == 1;
  df_observation_end(&reader);
  free(o);
  return has;
}

/* What is left of a first pass that was broken off, perhaps more than once: whatever got further. */
static int take_up(struct two_pass *t, struct df_error *err)
{
  if (!t->work || size_of(t->unfinished) <= size_of(t->left) || !has_pictures(t->unfinished))
    return 0;
  return rename_log(t->unfinished, t->left, err);
}

/* The first pass. */
static int see(struct two_pass *t, struct df_error *err)
{
  if (decides_from_log(t->task))
    return 0;
  if (t->work && has_pictures(t->seen)) {
    df_log_say(t->log, DF_LOG_NOTE, "the first pass is already done");
    return 0;
  }
  int result = take_up(t, err);
  if (result < 0)
    return result;
  struct df_task part = part_of(t, DF_TASK_ANALYZE, DF_PASS_SURVEY);
  part.observations = t->unfinished;
  part.overwrite = true;
  part.replay = t->task->replay;
  if (t->work && has_pictures(t->left))
    part.replay = t->left;
  result = df_pipeline_run(&part, t->log, t->progress, t->result, err);
  if (result == 0 && t->work)
    result = rename_log(t->unfinished, t->seen, err);
  if (result == 0 && t->work)
    unlink(t->left);
  return result;
}

/* Who did the first pass, and what it cost, belongs to the whole. */
static void add_result(struct df_result *result, const struct df_result *before)
{
  result->provider = before->provider;
  result->lookahead = before->lookahead;
  result->people = before->people;
  result->switches = before->switches;
  result->embeddings = before->embeddings;
  result->embedded_frames = before->embedded_frames;
  result->unsearched = before->unsearched;
  result->unrecognised = before->unrecognised;
  result->found_count = before->found_count;
  memcpy(result->found, before->found, sizeof result->found);
  result->damaged = result->damaged > before->damaged ? result->damaged : before->damaged;
}

/* Who looked at the pictures, where that was done just now. */
static void add_seeing(struct df_result *result, const struct df_result *seen)
{
  if (!seen->device.name[0])
    return;
  result->provider = seen->provider;
  result->decoder = seen->decoder;
  result->device = seen->device;
  result->on_gpu = seen->on_gpu;
  result->gpu = seen->gpu;
  result->damaged = seen->damaged;
  result->unsearched = seen->unsearched;
  result->unrecognised = seen->unrecognised;
}

/* Who is who, who sits where, every window. */
static int decide(struct two_pass *t, struct df_error *err)
{
  struct df_task part = part_of(t, DF_TASK_ANALYZE, DF_PASS_PLAN);
  struct df_result seen = *t->result;
  part.replay = t->seen;
  part.own_log = !decides_from_log(t->task);
  part.tracks = t->tracks[0] ? t->tracks : NULL;
  part.people_sheet = t->task->people_sheet;
  part.overwrite = t->task->overwrite || t->task->kind == DF_TASK_RUN;
  int result = df_pipeline_run(&part, t->log, t->progress, t->result, err);
  add_seeing(t->result, &seen);
  return result;
}

/* As a run does; with a work folder, which it uses itself, in segments. */
static int draw(struct two_pass *t, struct df_error *err)
{
  const struct df_task *task = t->task;
  struct df_task part = part_of(t, DF_TASK_RUN, DF_PASS_DRAW);
  struct df_result decided = *t->result;
  part.decided = t->tracks;
  part.output = task->output;
  part.tracks = task->tracks;
  part.observations = task->observations;
  part.debug = task->debug;
  part.contact_sheet = task->contact_sheet;
  part.md5 = task->md5;
  part.work = t->work ? task->work : NULL;
  df_work_close(&t->work);
  atomic_store(&t->progress->frames, 0); /* through the video once more */
  atomic_store(&t->progress->media_us, 0);
  double before = df_clock_now() - t->started;
  int result = df_pipeline_run(&part, t->log, t->progress, t->result, err);
  add_result(t->result, &decided);
  t->result->first_frame_seconds += before;
  return result;
}

/* Where the video was not cut into segments, the log is still where it was made. */
static int publish_log(struct two_pass *t, struct df_error *err)
{
  if (!t->task->observations || access(t->seen, F_OK) < 0)
    return 0;
  return df_whole_file_copy(t->seen, t->task->observations, t->task->overwrite, err);
}

static int run(struct two_pass *t, struct df_error *err)
{
  int result = check(t, err);
  if (result == 0)
    result = choose_places(t, err);
  if (result == 0)
    result = see(t, err);
  if (result == 0)
    result = decide(t, err);
  if (result == 0 && t->task->kind == DF_TASK_RUN)
    result = draw(t, err);
  return result == 0 ? publish_log(t, err) : result;
}

/* The job is done: nothing of it stays in the work folder. */
static void clear(struct two_pass *t)
{
  if (t->job && df_work_open(t->task->work, t->job, t->log, &t->work, NULL) == 0)
    df_work_remove(&t->work);
}

int df_two_pass_run(const struct df_task *task, struct df_log *log, struct df_progress *progress,
    struct df_result *ret_result, struct df_error *err)
{
  struct two_pass t = {.task = task,
      .log = log,
      .progress = progress,
      .result = ret_result,
      .started = df_clock_now()};
  *ret_result = (struct df_result){0};
  int result = run(&t, err);
  for (int i = 0; i < 2; i++)
    df_whole_file_abandon(&t.made[i]);
  if (result == 0)
    clear(&t);
  free(t.job);
  df_work_close(&t.work);
  ret_result->seconds = df_clock_now() - t.started;
  return result;
}
