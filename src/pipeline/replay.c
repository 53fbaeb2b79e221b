/* Decides from an observation log alone: no picture is decoded, and no model loaded but for photos. */
#include "pipeline/decide.h"

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

static int replay_frames(struct df_pipeline *p, struct df_decider *decider, struct df_error *err)
{
  struct df_observation o;
  struct df_ask asks[DF_ASK_MAX];
  int result;
  while ((result = df_observation_read(p->log_reader, &o, err)) == 1) {
    if (atomic_load(&p->progress->stop))
      return df_fail(err, DF_ESTOPPED, "stopped");
    int count = df_decider_see(decider, &o, asks);
    if (count < 0 || answer_from_log(decider, &o, asks, (size_t)count) < 0)
      return df_fail(err, DF_ENOMEM, "out of memory");
    df_decide_count_observation(p, &o);
    result = write_ready(p, decider, err);
    if (result < 0)
      return result;
  }
  return result;
}

static int name_seats(struct df_pipeline *p, struct df_decider *decider, struct df_error *err)
{
  struct df_embedder *embedder = NULL;
  if (!p->task->photos[DF_LEFT] && !p->task->photos[DF_RIGHT])
    return 0;
  int result = df_embedder_create(p->models.runtime, p->models.embedder, 1, &embedder, err);
  if (result == 0)
    result = df_decide_name_seats(p, embedder, decider, err);
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
