/*
 * Feeds the decider with observations, answers its questions by embedding faces (or from a log), and
 * keeps the pictures until their windows are known. Writes the tracks file and the observation log.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "pipeline/decide.h"
#include "pipeline/detect.h"
#include "pipeline/fixes_read.h"
#include "pipeline/photos.h"

/* A look-ahead that is cut short to fewer pictures than these would show in the windows. */
enum { LOOKAHEAD_FRAMES_MIN = 4 };

/* Seconds that are looked ahead where all has been seen, and in frames at most, for memory. */
enum { PLANNED_LOOKAHEAD = 10, PLANNED_FRAMES = 1200 };

/* Of the look-ahead, the seconds over which the halves are given at most. */
static const double settle_most = 2;

struct decide {
  struct df_pipeline *p;
  struct df_decider *decider;
  struct df_embedder *embedder;
  float *tensor;
  struct df_frame **waiting; /* a ring of frames whose windows are open, oldest first */
  size_t capacity, head, count;
  struct df_misses misses;
  size_t ahead; /* pictures that wait for the future of the oldest, once there are enough */
};

/* Taken from the stream, not from a picture, so that a log alone gives the same decisions. */
static int64_t picture_bytes(const struct df_video_info *video)
{
  return (int64_t)video->width * video->height * (video->depth > 8 ? 2 : 1) * 3 / 2;
}

static double frames_a_second(const struct df_pipeline *p)
{
  return (double)p->video->frame_rate.num / p->video->frame_rate.den;
}

/* How many pictures may wait. */
static int64_t waiting_most(const struct df_pipeline *p)
{
  int64_t bound = p->lookahead_bytes / (picture_bytes(p->video) + 1);
  return bound < LOOKAHEAD_FRAMES_MIN ? LOOKAHEAD_FRAMES_MIN : bound;
}

/* And what that leaves of the look-ahead. */
static int bound_lookahead(struct df_pipeline *p)
{
  double wanted = p->task->lookahead;
  int64_t bound = waiting_most(p);
  double reached = (double)bound / frames_a_second(p);
  p->result->lookahead = wanted;
  if (wanted > reached && p->task->kind != DF_TASK_ANALYZE) {
    p->result->lookahead = reached;
    df_log_say(p->log, DF_LOG_NOTE,
        "look-ahead shortened from %.2f to %.2f seconds: %lld pictures of this size are what "
        "%lld MB%s hold",
        wanted, reached, (long long)bound, (long long)(p->lookahead_bytes >> 20),
        p->cuda ? " of the GPU's memory" : "");
  }
  return (int)(bound > 1 << 20 ? 1 << 20 : bound);
}

/* The task's "default" is below 0, the director's is 0, and its "not at all" is below 0. */
static double director_hold(const struct df_task *task)
{
  return task->hold_seconds < 0 ? 0 : task->hold_seconds > 0 ? task->hold_seconds : -1;
}

/* No picture waits, and all of the future is there. */
static void look_far_ahead(struct df_pipeline *p, struct df_director_options *director)
{
  director->lookahead = fmax(p->task->lookahead, PLANNED_LOOKAHEAD);
  director->lookahead_frames = PLANNED_FRAMES;
  p->result->lookahead = director->lookahead;
}

void df_decide_options(struct df_pipeline *p, struct df_decider_options *ret_options)
{
  const struct df_task *task = p->task;
  const struct df_video_info *video = p->video;
  p->census.frame_seconds = 1 / frames_a_second(p);
  p->census.picture_width = (float)video->display_width;
  p->census.picture_height = (float)video->display_height;
  struct df_decider_options o = {
      .director =
          {
              .picture_width = (float)video->display_width,
              .picture_height = (float)video->display_height,
              .lookahead = task->lookahead,
              .face_height = task->face_height,
              .headroom = task->headroom,
              .match_size = task->match_size,
              .absent = task->absent,
              .hold_seconds = director_hold(task),
          },
      .identifier =
          {
              .picture_width = (float)video->display_width,
              .picture_height = (float)video->display_height,
              .threshold = p->models.embedder->threshold,
              .fps = frames_a_second(p),
              .swap = task->swap,
          },
      .time_base = video->time_base,
      .start_pts = video->start_pts,
      .high_score = p->models.detector->score,
      .fixes = &p->fixes,
      .fixes_start = task->start,
  };
  o.survey = task->pass == DF_PASS_SURVEY;
  o.director.lookahead_frames = bound_lookahead(p);
  o.identifier.settle =
      fmin(p->result->lookahead, settle_most); /* no picture waits longer for it */
  if (task->pass == DF_PASS_PLAN)
    look_far_ahead(p, &o.director);
  for (int s = 0; s < DF_SEATS; s++) {
    const struct df_rect *tile = &task->layout.tiles[s];
    bool shaped = task->fit == DF_FIT_COVER || task->fit == DF_FIT_CENTRE;
    o.director.aspect[s] = shaped ? (float)tile->w / (float)tile->h
                                  : o.director.picture_width / o.director.picture_height;
    o.director.tile_height[s] = (float)tile->h;
    if (task->fit == DF_FIT_CENTRE)
      o.director.fixed_height[s] = (float)tile->h;
  }
  *ret_options = o;
}

/* On a GPU the batcher embeds faces of the video; photos are still looked at here. */
static int make_embedder(struct decide *d, struct df_error *err)
{
  const struct df_model *model = d->p->models.embedder;
  const char *const *photos = d->p->task->photos;
  if (d->p->client && !photos[DF_LEFT] && !photos[DF_RIGHT])
    return 0;
  d->tensor =
      malloc(df_models_tensor_size(model->input.width, model->input.height) * sizeof *d->tensor);
  if (!d->tensor)
    return df_fail(err, DF_ENOMEM, "out of memory");
  return df_embedder_create(d->p->models.runtime, model, 1, &d->embedder, err);
}

size_t df_decide_pictures_ahead(const struct df_pipeline *p)
{
  double wanted = ceil(p->task->lookahead * frames_a_second(p));
  return (size_t)fmin(fmax(wanted, 0), (double)waiting_most(p));
}

/*
 * Until the look-ahead is full the pictures that are still to wait may come already: so decoding and
 * detecting go on while the embedder is loaded, and no more memory is used than later.
 */
static int share_room(struct decide *d, struct df_error *err)
{
  size_t full = d->p->cuda ? 1 : 0; /* in host memory none is made before it is wanted */
  size_t room = d->count < d->ahead ? d->ahead - d->count : full;
  int result = df_queue_resize(d->p->observed, room);
  return result < 0 ? df_fail(err, result, "out of memory") : 0;
}

static int begin(struct decide *d, struct df_error *err)
{
  struct df_decider_options options;
  df_decide_options(d->p, &options);
  d->ahead = df_decide_pictures_ahead(d->p);
  d->decider = df_decider_create(&options);
  int result = d->decider ? share_room(d, err) : df_fail(err, DF_ENOMEM, "out of memory");
  if (result == 0)
    result = make_embedder(d, err);
  return result < 0 ? result : df_photos_name_seats(d->p, d->embedder, d->decider, err);
}

static int push_waiting(struct decide *d, struct df_frame *frame)
{
  if (d->count == d->capacity) {
    size_t capacity = d->capacity ? d->capacity * 2 : 16;
    struct df_frame **ring = malloc(capacity * sizeof *ring);
    if (!ring)
      return DF_ENOMEM;
    for (size_t i = 0; i < d->count; i++)
      ring[i] = d->waiting[(d->head + i) % d->capacity];
    free(d->waiting);
    d->waiting = ring;
    d->capacity = capacity;
    d->head = 0;
  }
  d->waiting[(d->head + d->count++) % d->capacity] = frame;
  return 0;
}

static struct df_frame *pop_waiting(struct decide *d)
{
  assert(d->count > 0 && d->waiting);
  struct df_frame *frame = d->waiting[d->head];
  d->head = (d->head + 1) % d->capacity;
  d->count--;
  return frame;
}

/* The log's answer to a question, if it has one. */
static const struct df_answer *find_answer(
    const struct df_answer *answers, size_t count, const struct df_ask *ask)
{
  for (size_t i = 0; i < count; i++)
    if (answers[i].face == ask->face)
      return &answers[i];
  return NULL;
}

static int try_to_embed(struct decide *d, const struct df_frame *frame, const struct df_face *face,
    struct df_answer *answer, struct df_error *err)
{
  struct df_pipeline *p = d->p;
  int result = df_fault_check(DF_FAULT_AT_EMBED, p->task->input, DF_ELIBRARY, err);
  if (result < 0)
    return result;
  if (p->client)
    return df_look_embed(p, frame->picture, face, answer, err);
  return df_models_embed(p->device, d->embedder, frame->picture, face, p->video->display_x,
      p->video->display_y, d->tensor, &answer->embedding, &answer->sharpness, err);
}

/* A face that cannot be embedded is one that tells nothing. */
static int embed(struct decide *d, const struct df_frame *frame, const struct df_face *face,
    struct df_answer *answer, struct df_error *err)
{
  struct df_error cause = {0};
  int result = try_to_embed(d, frame, face, answer, &cause);
  result = df_misses_take(&d->misses, result, &cause, d->p->log, err);
  if (result == 1)
    answer->embedding.dimensions = 0;
  return result < 0 ? result : 0;
}

/* Answers what was asked; the answers become part of the observation. */
static int answer(struct decide *d, struct df_frame *frame, const struct df_ask *asks, size_t count,
    struct df_error *err)
{
  struct df_observation *o = frame->observation;
  struct df_answer known[DF_ASK_MAX];
  size_t known_count = frame->from_log ? o->answer_count : 0;
  memcpy(known, o->answers, known_count * sizeof known[0]);
  for (size_t i = 0; i < count; i++) {
    const struct df_answer *old = find_answer(known, known_count, &asks[i]);
    struct df_answer *new = &o->answers[i];
    *new = old ? *old : (struct df_answer){0};
    new->face = asks[i].face;
    new->track = asks[i].track;
    new->why = asks[i].why;
    if (!old && !frame->picture)
      return df_segments_misfit(d->p, "the log lacks an answer", err);
    int result = old ? 0 : embed(d, frame, &o->faces[asks[i].face], new, err);
    if (result < 0)
      return result;
  }
  o->answer_count = count;
  return 0;
}

/* Whether the observation has the face's embedding. */
static bool is_answered(const struct df_observation *o, size_t face)
{
  return find_answer(o->answers, o->answer_count, &(struct df_ask){.face = face}) != NULL;
}

/* Looks at faces that nobody asked for, for the log: another way of deciding may ask for them. */
static int embed_rest(struct decide *d, const struct df_frame *frame, struct df_error *err)
{
  struct df_observation *o = frame->observation;
  int every = d->p->task->embed_all;
  if (every == 0 || o->n % every != 0 || !frame->picture)
    return 0;
  for (size_t i = 0; i < o->face_count && o->answer_count < DF_ASK_MAX; i++) {
    if (is_answered(o, i))
      continue;
    struct df_answer *unasked = &o->answers[o->answer_count];
    *unasked = (struct df_answer){.face = i, .why = DF_ASK_UNASKED};
    int result = embed(d, frame, &o->faces[i], unasked, err);
    if (result < 0)
      return result;
    o->answer_count++;
  }
  return 0;
}

/* To the user's log, and to the task's own what is not in it yet. */
static int append(struct df_pipeline *p, const struct df_frame *frame, struct df_error *err)
{
  int result = 0;
  if (p->log_writer)
    result = df_observation_append(p->log_writer, frame->observation, err);
  if (result == 0 && p->segments.log_writer && !frame->from_log)
    result = df_observation_append(p->segments.log_writer, frame->observation, err);
  return result;
}

static int decide_frame(struct decide *d, struct df_frame *frame, struct df_error *err)
{
  struct df_pipeline *p = d->p;
  struct df_ask asks[DF_ASK_MAX];
  int count = df_decider_see(d->decider, frame->observation, asks);
  if (count < 0)
    return df_fail(err, count, "out of memory");
  int result = answer(d, frame, asks, (size_t)count, err);
  if (result == 0)
    result = embed_rest(d, frame, err);
  if (result == 0)
    result = append(p, frame, err);
  if (result < 0)
    return result;
  result = df_decider_answer(d->decider, frame->observation->answers, (size_t)count);
  if (result < 0)
    return df_fail(err, result, "out of memory");
  df_decide_count_asked(p, (size_t)count);
  frame->difference = frame->observation->difference;
  free(frame->observation);
  frame->observation = NULL;
  if (p->task->kind == DF_TASK_ANALYZE || p->renderers.count > 0)
    df_picture_unref(&frame->picture);
  return 0;
}

double df_decide_seconds(const struct df_pipeline *p, int64_t pts)
{
  const struct df_video_info *video = p->video;
  return (double)(pts - video->start_pts) * video->time_base.num / video->time_base.den;
}

void df_decide_count_asked(struct df_pipeline *p, size_t asked)
{
  p->result->embeddings += (int64_t)asked;
  p->result->embedded_frames += asked > 0;
}

void df_decide_count_frame(struct df_pipeline *p, const struct df_tracks_frame *decided)
{
  p->result->cuts += decided->cut;
  p->result->faces += (int64_t)decided->face_count;
  for (int s = 0; s < DF_SEATS; s++)
    p->result->seat_seen[s] += decided->seats[s].seen;
}

void df_decide_progress(struct df_pipeline *p, const struct df_tracks_frame *decided)
{
  df_gauge_picture(&p->gauge);
  atomic_store(&p->progress->frames, decided->n + 1);
  atomic_store(&p->progress->media_us, (long long)(decided->t * 1e6));
}

/* Who was found, in times of the input. */
static void list_found(struct df_pipeline *p)
{
  struct df_result *result = p->result;
  result->found_count = df_census_list(&p->census, p->seat_person, result->found);
  for (size_t i = 0; i < result->found_count; i++) {
    result->found[i].first_t += p->task->start;
    result->found[i].view_t += p->task->start;
  }
}

void df_decide_finish(struct df_pipeline *p, struct df_decider *decider)
{
  struct df_decider_people people;
  df_decider_people(decider, &people);
  df_decider_seats(decider, p->seat_person);
  p->result->people = people.count;
  p->result->switches = (int64_t)people.switches;
  if (p->task->pass == DF_PASS_SURVEY)
    return; /* nobody is known yet */
  list_found(p);
  df_fixes_check_people(p);
  df_photos_check_people(p);
}

/* Hands on every frame whose windows are known by now. */
static int hand_on(struct decide *d, struct df_error *err)
{
  struct df_pipeline *p = d->p;
  struct df_tracks_frame decided;
  while (df_decider_pop(d->decider, &decided) == 1) {
    struct df_frame *frame = pop_waiting(d);
    frame->decided = decided;
    df_census_see(&p->census, &decided);
    df_decide_count_frame(p, &decided);
    int result = p->tracks_writer ? df_tracks_write(p->tracks_writer, &decided, err) : 0;
    if (p->task->kind == DF_TASK_ANALYZE)
      df_decide_progress(p, &decided);
    if (result < 0 || p->task->kind == DF_TASK_ANALYZE) {
      df_frame_free(frame);
      p->result->frames += result == 0;
    } else {
      result = df_queue_push(p->decided, frame);
    }
    if (result < 0)
      return result;
  }
  return 0;
}

static int take_frame(struct decide *d, struct df_frame *frame, struct df_error *err)
{
  int result = decide_frame(d, frame, err);
  if (result == 0 && push_waiting(d, frame) < 0)
    result = df_fail(err, DF_ENOMEM, "out of memory");
  if (result < 0) {
    df_frame_free(frame);
    return result;
  }
  result = hand_on(d, err);
  return result < 0 ? result : share_room(d, err);
}

static int finish(struct decide *d, struct df_error *err)
{
  if (df_decider_finish(d->decider) < 0)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = hand_on(d, err);
  if (result == 0)
    df_decide_finish(d->p, d->decider);
  if (result == 0 && d->p->log_writer)
    result = df_observation_close(&d->p->log_writer, err);
  return result;
}

int df_stage_decide(struct df_pipeline *p, struct df_error *err)
{
  struct decide d = {.p = p,
      .misses = {.what = "a face could not be told from others",
          .instead = "counts as one that tells nothing"}};
  void *item;
  int result = begin(&d, err);
  /* A decided picture waits in the ring, not in our hands. */
  while (result >= 0 && (result = df_queue_wait_room(p->decided)) == 0 &&
         (result = df_queue_pop(p->observed, &item)) == 1)
    result = take_frame(&d, item, err);
  if (result == 0)
    result = df_misses_finish(&d.misses, err);
  if (result == 0)
    result = finish(&d, err);
  p->result->unrecognised = d.misses.count;
  while (d.count > 0)
    df_frame_free(pop_waiting(&d));
  free(d.waiting);
  free(d.tensor);
  df_embedder_destroy(&d.embedder);
  df_decider_destroy(&d.decider);
  return result;
}
