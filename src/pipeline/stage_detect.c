/*
 * Looks at every picture: finds the faces, measures how different it is from the one before. Where an
 * observation log is replayed the log is believed instead, as far as it reaches.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "pipeline/detect.h"
#include "vision/preprocess.h"
#include "vision/sketch.h"

const struct df_misses df_detect_misses = {
    .what = "a picture could not be searched for faces", .instead = "counts as showing nobody"};

struct detect {
  struct df_pipeline *p;
  struct df_detector *detector; /* made when first needed */
  struct df_effort effort;
  struct df_misses misses;
  float *tensor;                     /* of the largest input */
  struct df_luma_sketch sketches[2]; /* of this picture and the one before */
  int newest;
  bool has_sketch;
};

static int make_detector(struct detect *d, struct df_error *err)
{
  struct df_pipeline *p = d->p;
  const struct df_letterbox *box = &p->letterboxes[0];
  d->tensor = malloc(df_models_tensor_size(box->width, box->height) * sizeof *d->tensor);
  if (!d->tensor)
    return df_fail(err, DF_ENOMEM, "out of memory");
  return df_detector_create(
      p->models.runtime, p->models.detector, DF_LOW_SCORE, 1, &d->detector, err);
}

static int measure_difference(
    struct detect *d, const struct df_picture *picture, float *ret_difference, struct df_error *err)
{
  struct df_device *device = d->p->device;
  int fresh = !d->newest;
  int result = device->operations->sketch(device, picture, &d->sketches[fresh], err);
  if (result < 0)
    return result;
  *ret_difference =
      d->has_sketch ? df_sketch_difference(&d->sketches[d->newest], &d->sketches[fresh]) : 0;
  d->has_sketch = true;
  d->newest = fresh;
  return 0;
}

static int search(struct detect *d, const struct df_picture *picture, int level,
    struct df_observation *observation, struct df_error *err)
{
  struct df_pipeline *p = d->p;
  const struct df_letterbox *box = &p->letterboxes[level];
  int result = df_fault_check(DF_FAULT_AT_DETECT, p->task->input, DF_ELIBRARY, err);
  if (result == 0)
    result = p->device->operations->letterbox(
        p->device, picture, box, &p->models.detector->input, d->tensor, err);
  if (result == 0)
    result = df_detector_run(
        d->detector, d->tensor, 1, box, &observation->faces, &observation->face_count, err);
  return result;
}

/* A detector that cannot be made is none; one that fails on a picture has seen nobody there. */
static int detect_faces(struct detect *d, const struct df_picture *picture, int level,
    struct df_observation *observation, struct df_error *err)
{
  struct df_error cause = {0};
  int result = d->detector ? 0 : make_detector(d, err);
  if (result < 0)
    return result;
  result = search(d, picture, level, observation, &cause);
  result = df_misses_take(&d->misses, result, &cause, d->p->log, err);
  if (result == 1)
    observation->face_count = 0;
  return result < 0 ? result : 0;
}

static void begin_effort(struct detect *d)
{
  float scales[DF_EFFORT_LEVELS];
  for (int i = 0; i < DF_EFFORT_LEVELS; i++)
    scales[i] = d->p->letterboxes[i].scale;
  df_effort_init(&d->effort, scales, d->p->models.detector->score);
}

/* 1 when the log has this very picture, 0 when it ends before, or the picture is not the log's. */
static int read_log(struct df_pipeline *p, const struct df_frame *frame, struct df_error *err)
{
  struct df_observation *observation = frame->observation;
  if (!p->log_reader || p->log_ended)
    return 0;
  int result = df_observation_read(p->log_reader, observation, err);
  if (result < 0)
    return result;
  bool is_its = result == 1 && observation->n == frame->n &&
                (!frame->picture || observation->pts == frame->picture->pts);
  if (is_its)
    return 1;
  if (df_segments_wanted(&p->segments) && (result == 1 || !frame->picture))
    return df_segments_misfit(p, "the pictures are not those of the log", err);
  if (result == 1)
    return df_fail(err, DF_EINPUT,
        "%s: picture %lld is not the one of the log: it was made from another video "
        "or part",
        p->task->replay, (long long)frame->n);
  p->log_ended = true;
  return 0;
}

int df_detect_begin(struct df_pipeline *p, struct df_frame *frame, struct df_error *err)
{
  struct df_observation *o = frame->observation = calloc(1, sizeof *frame->observation);
  if (!o)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = read_log(p, frame, err);
  if (result < 0)
    return result;
  frame->from_log = result == 1;
  if (!frame->from_log)
    *o = (struct df_observation){.n = frame->n, .pts = frame->picture->pts};
  return 0;
}

/* Detects, unless the log knows the faces; the measure and the effort go on alike, so that the first
   picture beyond a log is looked at as if there had been none. */
static int observe(struct detect *d, struct df_frame *frame, struct df_error *err)
{
  int result = df_detect_begin(d->p, frame, err);
  if (result < 0)
    return result;
  struct df_observation *o = frame->observation;
  float difference = o->difference;
  bool comparable = d->has_sketch;
  if (frame->picture)
    result = measure_difference(d, frame->picture, &difference, err);
  if (result < 0)
    return result;
  if (frame->from_log && df_segments_wanted(&d->p->segments)) {
    if (comparable && difference != o->difference)
      return df_segments_misfit(d->p, "the pictures do not look like those of the log", err);
    difference = o->difference; /* also of the first one that is decoded */
  }
  int level = df_effort_next(&d->effort, difference);
  if (!frame->from_log) {
    o->difference = difference;
    result = detect_faces(d, frame->picture, level, o, err);
  }
  df_effort_learn(&d->effort, o->faces, o->face_count);
  return result;
}

int df_stage_detect(struct df_pipeline *p, struct df_error *err)
{
  struct detect d = {.p = p, .misses = df_detect_misses};
  void *item;
  int result;
  begin_effort(&d);
  while ((result = df_queue_wait_room(p->observed)) == 0 &&
         (result = df_queue_pop(p->decoded, &item)) == 1) {
    struct df_frame *frame = item;
    result = observe(&d, frame, err);
    if (result < 0) {
      df_frame_free(frame);
      break;
    }
    result = df_queue_push(p->observed, frame);
    if (result < 0)
      break;
  }
  if (result == 0)
    result = df_misses_finish(&d.misses, err);
  p->result->unsearched = d.misses.count;
  df_detector_destroy(&d.detector);
  free(d.tensor);
  return result;
}
