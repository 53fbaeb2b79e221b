/*
 * Looks at every picture with the thread that runs the models for all videos of a GPU (vision/batcher.h). Two
 * stages: look hands pictures in, see takes what was seen in them, in order, as soon as it is there; some
 * pictures are under way in between. Where an observation log is replayed the log is believed instead, as far
 * as it reaches.
 *
 * Every picture is looked at as closely as can be: in a batch the closer look costs little, and pictures of one
 * size fill it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "pipeline/detect.h"
#include "pipeline/device_cuda.h"

/* A picture that is under way is not dropped, whatever becomes of its frame. */
static int submit(struct df_pipeline *p, struct df_frame *frame, int64_t turn, struct df_error *err)
{
  struct df_picture **held = &p->held[turn % DF_UNDER_WAY];
  assert(!*held);
  int result = df_batcher_submit(p->client, frame->picture, frame, err);
  if (result == 0)
    *held = df_picture_ref(frame->picture);
  return result;
}

int df_stage_look(struct df_pipeline *p, struct df_error *err)
{
  int64_t turn = 0;
  void *item;
  int result;
  while ((result = df_queue_pop(p->decoded, &item)) == 1) {
    struct df_frame *frame = item;
    result = df_detect_begin(p, frame, err);
    if (result == 0 && !frame->from_log)
      result = submit(p, frame, turn++, err);
    if (result < 0) {
      df_frame_free(frame);
      return result;
    }
    result = df_queue_push(p->looking, frame);
    if (result < 0)
      return result;
  }
  return result;
}

struct see {
  struct df_pipeline *p;
  int64_t turn;
  struct df_luma_sketch before; /* of the picture before, if has_before */
  bool has_before;
  struct df_picture *last_of_log;
};

int df_look_sketch(struct df_pipeline *p, const struct df_picture *picture,
    struct df_luma_sketch *ret_sketch, struct df_error *err)
{
  struct df_pool *pool = df_pool_create(picture->format, picture->width, picture->height);
  struct df_picture *host = pool ? df_pool_take(pool) : NULL;
  int result = host ? 0 : df_fail(err, DF_ENOMEM, "out of memory");
  if (result == 0)
    result = df_device_cuda_fetch(p->cuda, picture, host, err);
  if (result == 0) {
    host->colour = picture->colour;
    df_sketch_cpu(host, ret_sketch);
  }
  df_picture_unref(&host);
  df_pool_destroy(&pool);
  return result;
}

/* The first picture beyond a log is compared with the last one of it, whose sketch nobody made. */
static int sketch_last_of_log(struct see *s, struct df_error *err)
{
  int result = df_look_sketch(s->p, s->last_of_log, &s->before, err);
  s->has_before = result == 0;
  df_picture_unref(&s->last_of_log);
  return result;
}

/* Where a file was entered in its middle: whether the picture differs from the one before as the log says. */
static int check_entered(struct see *s, const struct df_frame *frame, struct df_error *err)
{
  struct df_luma_sketch now;
  int result = df_look_sketch(s->p, frame->picture, &now, err);
  if (result < 0)
    return result;
  if (s->has_before && df_sketch_difference(&s->before, &now) != frame->observation->difference)
    return df_segments_misfit(s->p, "the pictures do not look like those of the log", err);
  s->before = now;
  s->has_before = true;
  return 0;
}

static int pass_log(struct see *s, const struct df_frame *frame, struct df_error *err)
{
  df_picture_unref(&s->last_of_log);
  if (!frame->picture)
    return 0;
  s->last_of_log = df_picture_ref(frame->picture);
  return s->p->segments.skip > 0 ? check_entered(s, frame, err) : 0;
}

static int take(struct see *s, struct df_frame *frame, struct df_error *err)
{
  struct df_pipeline *p = s->p;
  struct df_sight_result seen;
  int result = df_fault_check(DF_FAULT_AT_DETECT, p->task->input, DF_ELIBRARY, err);
  if (result == 0 && s->last_of_log)
    result = sketch_last_of_log(s, err);
  if (result == 0)
    result = df_batcher_take(p->client, &seen, err);
  if (result < 0)
    return result;
  assert(result == 1 && seen.tag == frame);
  df_picture_unref(&p->held[s->turn++ % DF_UNDER_WAY]);
  struct df_observation *o = frame->observation;
  o->difference = s->has_before ? df_sketch_difference(&s->before, &seen.sketch) : 0;
  o->face_count = seen.count;
  memcpy(o->faces, seen.faces, seen.count * sizeof seen.faces[0]);
  s->before = seen.sketch;
  s->has_before = true;
  return 0;
}

int df_stage_see(struct df_pipeline *p, struct df_error *err)
{
  struct see s = {.p = p};
  void *item;
  int result;
  while ((result = df_queue_pop(p->looking, &item)) == 1) {
    struct df_frame *frame = item;
    result = frame->from_log ? pass_log(&s, frame, err) : take(&s, frame, err);
    if (result < 0) {
      df_frame_free(frame);
      break;
    }
    result = df_queue_push(p->observed, frame);
    if (result < 0)
      break;
  }
  df_picture_unref(&s.last_of_log);
  return result;
}

int df_look_embed(struct df_pipeline *p, const struct df_picture *picture,
    const struct df_face *face, struct df_answer *ret_answer, struct df_error *err)
{
  const struct df_model_input *input = &p->models.embedder->input;
  float matrix[6];
  ret_answer->embedding.dimensions = 0;
  ret_answer->sharpness = 0;
  if (!df_align_matrix(face->points, input->width, input->height, p->video->display_x,
          p->video->display_y, matrix))
    return 0;
  return df_batcher_embed(
      p->client, picture, matrix, &ret_answer->embedding, &ret_answer->sharpness, err);
}
