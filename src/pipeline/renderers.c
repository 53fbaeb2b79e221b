/* Whether segments are made side by side, by how many renderers, and on which GPUs. */
#include "pipeline/renderers.h"

#include <math.h>
#include <string.h>

#include "pipeline/decide.h"

/* Seconds from a key frame to what is wanted that are no matter however short segments are. */
enum { DETOUR_MOST = 10 };

/* From so many cores on it was seen to be faster, with this many; below, decoding twice costs what it gains. */
enum { CORES_LEAST = 16, COUNT_OF_MANY_CORES = 4 };

/* What the machine bears. With a GPU the encoders' part is small. */
static int choose_count(const struct df_pipeline *p)
{
  bool many = !p->cuda && df_pipeline_threads(p->task) >= CORES_LEAST;
  return many ? COUNT_OF_MANY_CORES : 1;
}

static int wanted_count(const struct df_pipeline *p)
{
  double segments = ceil(p->video->duration / p->task->segment);
  int wanted = p->task->jobs > 0 ? p->task->jobs : choose_count(p);
  return segments > 0 && segments < wanted ? (int)segments : wanted;
}

/* Whether decoding may begin in mid-file, and not too far before what is wanted, as it would for each segment. */
static bool can_be_entered(const struct df_pipeline *p)
{
  const struct df_task *task = p->task;
  struct df_input *input = NULL;
  struct df_input_options part = {
      .start = task->start,
      .duration = task->duration,
      .entry = df_input_beginning(p->input) + llround(p->video->duration / 2 * 1e6),
  };
  int64_t at = INT64_MIN, most = llround(fmax(task->segment, DETOUR_MOST) * 1e6);
  if (df_input_open(task->input, &part, NULL, &input, NULL) == 0)
    at = df_input_entered(input);
  df_input_close(&input);
  return at != INT64_MIN && part.entry - at <= most;
}

/* The other GPUs of the same kind, where none was chosen: all of a video is encoded alike. */
static void open_other_gpus(struct df_pipeline *p)
{
  struct df_renderers *r = &p->renderers;
  struct df_device_choice choice;
  const struct df_gpu_info *first = df_gpu_info(df_engine_gpu(p->engine));
  if (!p->own_engine || df_device_choice_parse(p->task->device, &choice, NULL) < 0 ||
      choice.ordinal >= 0)
    return;
  for (int i = first->ordinal + 1, count = df_gpu_count(NULL); i < count; i++) {
    struct df_engine **other = &r->others[r->other_count];
    bool has_room = r->other_count < DF_RENDERERS_GPUS_MAX && (int)r->other_count + 1 < r->count;
    struct df_device_choice next = {DF_DEVICE_CUDA, i};
    if (!has_room || df_engine_open(next, p->log, other, NULL) < 0)
      continue;
    if (strcmp(df_gpu_info(df_engine_gpu(*other))->name, first->name) == 0)
      r->other_count++;
    else
      df_engine_close(other);
  }
}

int df_renderers_open(struct df_pipeline *p, struct df_error *err)
{
  struct df_renderers *r = &p->renderers;
  if (!df_segments_wanted(&p->segments) || p->trust != DF_TRUST_ALL)
    return 0;
  int count = wanted_count(p);
  if (count < 2)
    return 0;
  if (!can_be_entered(p)) {
    df_log_say(p->log, DF_LOG_NOTE,
        "its segments are made one after the other, since %s has too few key frames to be entered "
        "where they begin",
        p->task->input);
    return 0;
  }
  r->plans = df_queue_create((size_t)count, df_segment_plan_free);
  if (!r->plans)
    return df_fail(err, DF_ENOMEM, "out of memory");
  pthread_mutex_init(&r->lock, NULL);
  r->count = count;
  if (p->cuda)
    open_other_gpus(p);
  for (int i = 0; i < count; i++) {
    size_t gpu = (size_t)i % (r->other_count + 1);
    r->each[i].of = p;
    r->each[i].engine = gpu > 0 ? r->others[gpu - 1] : p->engine;
  }
  return 0;
}

void df_renderers_close(struct df_pipeline *p)
{
  struct df_renderers *r = &p->renderers;
  if (r->count == 0)
    return;
  df_queue_destroy(&r->plans);
  while (r->other_count > 0)
    df_engine_close(&r->others[--r->other_count]);
  pthread_mutex_destroy(&r->lock);
  r->count = 0;
}

void df_renderers_stop(struct df_pipeline *p)
{
  for (int i = 0; i < p->renderers.count; i++)
    atomic_store(&p->renderers.each[i].progress.stop, true);
}

void df_renderers_progress(struct df_pipeline *p, const struct df_segment_plan *plan, size_t i)
{
  double since = i > 0 ? df_decide_seconds(p, plan->pictures[i - 1].place.pts) : 0;
  double t = df_decide_seconds(p, plan->pictures[i].place.pts);
  atomic_fetch_add(&p->progress->frames, 1);
  atomic_fetch_add(&p->progress->media_us, (long long)(t * 1e6) - (long long)(since * 1e6));
}
