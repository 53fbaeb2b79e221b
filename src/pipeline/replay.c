/* Decides from an observation log alone: no picture is decoded, and no model loaded but for photos. */
#include "pipeline/decide.h"
#include "pipeline/photos.h"

/* Seconds by which the first and last picture may miss what the file says of itself. */
static const double part_tolerance = 0.5;

/* One reading of the log. */
struct replay {
  struct df_pipeline *p;
  struct df_decider *decider;
  bool surveys; /* to make a plan; nothing is written */
};

/* What the log knows of faces that were not asked about, as far as somebody else asked. */
static size_t add_unasked(const struct df_observation *o, struct df_answer *answers, size_t count)
{
  for (size_t k = 0; k < o->answer_count && count < DF_ASK_MAX; k++) {
    bool asked = o->answers[k].why == DF_ASK_UNASKED;
    for (size_t i = 0; i < count && !asked; i++)
      asked = answers[i].face == o->answers[k].face;
    if (!asked)
      answers[count++] = o->answers[k];
  }
  return count;
}

/*
 * What the log does not know is asked again in the next picture: options differ from those that it was made with.
 * Leaves the answers that were used.
 */
static int answer_from_log(
    struct replay *r, struct df_observation *o, const struct df_ask *asks, size_t count)
{
  struct df_answer answers[DF_ASK_MAX];
  size_t used = 0;
  for (size_t i = 0; i < count; i++) {
    answers[i] = (struct df_answer){.later = true};
    for (size_t k = 0; k < o->answer_count; k++)
      if (o->answers[k].face == asks[i].face)
        answers[i] = o->answers[k];
    used += !answers[i].later;
    answers[i].face = asks[i].face;
    answers[i].track = asks[i].track;
    answers[i].why = asks[i].why;
  }
  if (r->surveys)
    count = add_unasked(o, answers, count);
  o->answer_count = used;
  return df_decider_answer(r->decider, answers, count);
}

static int write_ready(struct replay *r, struct df_error *err)
{
  struct df_pipeline *p = r->p;
  struct df_tracks_frame decided;
  while (df_decider_pop(r->decider, &decided) == 1) {
    if (r->surveys)
      continue;
    df_census_see(&p->census, &decided);
    df_decide_count_frame(p, &decided);
    df_decide_progress(p, &decided);
    p->result->frames++;
    int result = p->tracks_writer ? df_tracks_write(p->tracks_writer, &decided, err) : 0;
    if (result < 0)
      return result;
  }
  return 0;
}

/* No picture is there to compare with, but what lies outside the part that is wanted cannot be of it. */
static int check_record(
    struct df_pipeline *p, const struct df_observation *o, int64_t n, struct df_error *err)
{
  double t = df_decide_seconds(p, o->pts), duration = p->task->duration;
  if (o->n == n && t > -part_tolerance && (duration == 0 || t < duration + part_tolerance))
    return 0;
  return df_fail(err, DF_EINPUT,
      "%s: picture %lld is not the one of the log: it was made from another video or part",
      p->task->replay, (long long)n);
}

/* A log whose run was stopped, or of a part, is of use; but it must not pass for the whole. */
static int check_coverage(
    struct df_pipeline *p, int64_t first, int64_t last, int64_t count, struct df_error *err)
{
  if (count == 0)
    return df_fail(err, DF_EINPUT, "%s holds no picture", p->task->replay);
  double begin = df_decide_seconds(p, first), end = df_decide_seconds(p, last);
  double duration = p->video->duration;
  if (p->task->own_log)
    return 0; /* which has all that there is */
  if (begin > part_tolerance || (duration > 0 && end < duration - part_tolerance))
    df_log_say(p->log, DF_LOG_WARNING,
        "%s goes from %.1f s to %.1f s of %.1f s; nothing is decided for the rest", p->task->replay,
        begin, end, duration);
  return 0;
}

static int replay_frames(struct replay *r, struct df_error *err)
{
  struct df_pipeline *p = r->p;
  struct df_observation o;
  struct df_ask asks[DF_ASK_MAX];
  int64_t n = 0, first = 0, last = 0;
  int result;
  while ((result = df_observation_read(p->log_reader, &o, err)) == 1) {
    if (atomic_load(&p->progress->stop))
      return df_fail(err, DF_ESTOPPED, "stopped before the end");
    result = check_record(p, &o, n, err);
    if (result < 0)
      return result;
    first = n++ == 0 ? o.pts : first;
    last = o.pts;
    int count = df_decider_see(r->decider, &o, asks);
    if (count < 0 || answer_from_log(r, &o, asks, (size_t)count) < 0)
      return df_fail(err, DF_ENOMEM, "out of memory");
    df_decide_count_asked(p, o.answer_count);
    result = write_ready(r, err);
    if (result < 0)
      return result;
  }
  return result < 0 || r->surveys ? result : check_coverage(p, first, last, n, err);
}

static int name_seats(struct df_pipeline *p, struct df_decider *decider, struct df_error *err)
{
  struct df_embedder *embedder = NULL;
  if (!p->task->photos[DF_LEFT] && !p->task->photos[DF_RIGHT])
    return 0;
  int result = df_embedder_create(p->models.runtime, p->models.embedder, 1, &embedder, err);
  if (result == 0)
    result = df_photos_name_seats(p, embedder, decider, err);
  df_embedder_destroy(&embedder);
  return result;
}

/* Reads the log once, from where its reader stands. */
static int replay_log(struct replay *r, struct df_error *err)
{
  int result = replay_frames(r, err);
  if (result == 0 && df_decider_finish(r->decider) < 0)
    result = df_fail(err, DF_ENOMEM, "out of memory");
  return result == 0 ? write_ready(r, err) : result;
}

/* The first of two passes, from which the plan of the second comes. Leaves the reader at the beginning. */
static int survey(struct df_pipeline *p, struct df_plan **ret_plan, struct df_error *err)
{
  struct df_decider_options options;
  struct df_observation_header header;
  df_decide_options(p, &options);
  options.survey = true;
  struct replay r = {.p = p, .decider = df_decider_create(&options), .surveys = true};
  int result = r.decider ? name_seats(p, r.decider, err) : df_fail(err, DF_ENOMEM, "out of memory");
  if (result == 0)
    result = replay_log(&r, err);
  if (result == 0 && df_decider_solve(r.decider, ret_plan) < 0)
    result = df_fail(err, DF_ENOMEM, "out of memory");
  df_decider_destroy(&r.decider);
  if (result < 0)
    return result;
  df_observation_end(&p->log_reader);
  return df_observation_open(p->task->replay, &p->log_reader, &header, err);
}

int df_decide_replay(struct df_pipeline *p, struct df_error *err)
{
  struct df_decider_options options;
  struct df_plan *plan = NULL;
  int result = p->task->pass == DF_PASS_PLAN ? survey(p, &plan, err) : 0;
  if (result < 0) {
    df_plan_destroy(&plan);
    return result;
  }
  df_decide_options(p, &options);
  options.plan = plan;
  struct replay r = {.p = p, .decider = df_decider_create(&options)};
  result = r.decider ? name_seats(p, r.decider, err) : df_fail(err, DF_ENOMEM, "out of memory");
  if (result == 0)
    result = replay_log(&r, err);
  if (result == 0)
    df_decide_finish(p, r.decider);
  df_decider_destroy(&r.decider);
  df_plan_destroy(&plan);
  return result;
}
