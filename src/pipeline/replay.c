/* Decides from an observation log alone: no picture is decoded, and no model loaded but for photos. */
#include "pipeline/decide.h"
#include "pipeline/photos.h"

/* Seconds by which the first and last picture may miss what the file says of itself. */
static const double part_tolerance = 0.5;

/* What the log does not know stays unanswered: options differ from those that it was made with. */
static int answer_from_log(
    struct df_decider *decider, struct df_observation *o, const struct df_ask *asks, size_t count)
{
  struct df_answer answers[DF_ASK_MAX] = {0};
  for (size_t i = 0; i < count; i++) {
    for (size_t k = 0; k < o->answer_count; k++)
      if (o->answers[k].face == asks[i].face)
        answers[i] = o->answers[k];
    answers[i].face = asks[i].face;
    answers[i].track = asks[i].track;
    answers[i].why = asks[i].why;
  }
  return df_decider_answer(decider, answers, count);
}

static int write_ready(struct df_pipeline *p, struct df_decider *decider, struct df_error *err)
{
  struct df_tracks_frame decided;
  while (df_decider_pop(decider, &decided) == 1) {
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
  if (begin > part_tolerance || (duration > 0 && end < duration - part_tolerance))
    df_log_say(p->log, DF_LOG_WARNING,
        "%s goes from %.1f s to %.1f s of %.1f s; nothing is decided for the rest", p->task->replay,
        begin, end, duration);
  return 0;
}

static int replay_frames(struct df_pipeline *p, struct df_decider *decider, struct df_error *err)
{
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
    int count = df_decider_see(decider, &o, asks);
    if (count < 0 || answer_from_log(decider, &o, asks, (size_t)count) < 0)
      return df_fail(err, DF_ENOMEM, "out of memory");
    df_decide_count_observation(p, &o);
    result = write_ready(p, decider, err);
    if (result < 0)
      return result;
  }
  return result < 0 ? result : check_coverage(p, first, last, n, err);
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

int df_decide_replay(struct df_pipeline *p, struct df_error *err)
{
  struct df_decider_options options;
  df_decide_options(p, &options);
  struct df_decider *decider = df_decider_create(&options);
  if (!decider)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = name_seats(p, decider, err);
  if (result == 0)
    result = replay_frames(p, decider, err);
  if (result == 0 && df_decider_finish(decider) < 0)
    result = df_fail(err, DF_ENOMEM, "out of memory");
  if (result == 0)
    result = write_ready(p, decider, err);
  if (result == 0)
    df_decide_finish(p, decider);
  df_decider_destroy(&decider);
  return result;
}
