/*
 * A session of a detector and the workspace to decode what it says. Outputs are found by their published
 * names, else by their shapes, so exports that renamed them work as well. Never sees a picture: tensors
 * come from preprocess, faces go to the tracker.
 */
#include "vision/detector.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS = 4 };

struct df_detector {
  struct df_model model;
  struct df_session *session;
  float low_score;
  struct df_face *work; /* candidates of one picture */
  size_t work_size;
};

/* What YuNet gives for each cell. */
static const struct {
  const char *name;
  int values;
} kinds[KINDS] = {{"cls", 1}, {"obj", 1}, {"bbox", 4}, {"kps", 10}};

static bool has_shape(const struct df_tensor *t, int batch, int64_t cells, int values)
{
  const int64_t *shape = t->shape;
  if (t->rank == 3)
    return shape[0] == batch && shape[1] == cells && shape[2] == values;
  return t->rank == 2 && batch == 1 && shape[0] == cells && shape[1] == values;
}

/* By name; else the first of the right shape that is not in use (class and objectness may change places,
 * their product is the same). -1 when there is none. */
static int find_output(const struct df_session *session, const struct df_tensor *outputs,
    const char *name, int batch, int64_t cells, int values, unsigned used)
{
  int count = (int)df_session_outputs(session), by_shape = -1;
  for (int i = count - 1; i >= 0; i--) {
    if (used & 1U << i || !has_shape(&outputs[i], batch, cells, values))
      continue;
    if (strcmp(df_session_output_name(session, (size_t)i), name) == 0)
      return i;
    by_shape = i;
  }
  return by_shape;
}

/* The outputs of the whole batch as levels of its first picture. */
static int map_outputs(const struct df_detector *d, const struct df_tensor *outputs, int batch,
    int width, int height, struct df_yunet_level ret_levels[DF_YUNET_LEVELS], struct df_error *err)
{
  unsigned used = 0;
  for (int l = 0; l < DF_YUNET_LEVELS; l++) {
    int stride = 8 << l;
    int64_t cells = (int64_t)(width / stride) * (height / stride);
    const float *data[KINDS];
    for (int k = 0; k < KINDS; k++) {
      char name[16];
      snprintf(name, sizeof name, "%s_%d", kinds[k].name, stride);
      int i = find_output(d->session, outputs, name, batch, cells, kinds[k].values, used);
      if (i < 0)
        return df_fail(err, DF_EINPUT,
            "the model %s (%s) does not have the layout \"yunet\": no output %s of shape "
            "%dx%lldx%d",
            d->model.name, d->model.path, name, batch, (long long)cells, kinds[k].values);
      used |= 1U << i;
      data[k] = outputs[i].data;
    }
    ret_levels[l] = (struct df_yunet_level){stride, data[0], data[1], data[2], data[3]};
  }
  return 0;
}

static int infer(struct df_detector *d, const float *tensor, int batch, int width, int height,
    struct df_yunet_level ret_levels[DF_YUNET_LEVELS], struct df_error *err)
{
  struct df_tensor input = {{batch, 3, height, width}, 4, tensor}, outputs[DF_SESSION_OUTPUTS];
  int result = df_session_run(d->session, d->model.input.name, &input, outputs, err);
  return result < 0 ? result : map_outputs(d, outputs, batch, width, height, ret_levels, err);
}

/* One run on the smallest input there is tells whether the model has the layout. */
static int try_model(struct df_detector *d, struct df_error *err)
{
  int side = d->model.input.multiple;
  float *black = calloc((size_t)3 * side * side, sizeof *black);
  if (!black)
    return df_fail(err, DF_ENOMEM, "no memory to try the model %s", d->model.name);
  struct df_yunet_level levels[DF_YUNET_LEVELS];
  int result = infer(d, black, 1, side, side, levels, err);
  free(black);
  return result;
}

static int wait_for_stream(const struct df_session_place *place, struct df_error *err)
{
  df_gpu_event done = NULL;
  int result = df_gpu_event_create(place->gpu, &done, err);
  if (result == 0)
    result = df_gpu_event_record(place->gpu, done, place->stream, err);
  if (result == 0)
    result = df_gpu_event_wait_host(place->gpu, done, err);
  df_gpu_event_destroy(place->gpu, &done);
  return result;
}

/* The same with memory of the GPU, which also shows early that a provider cannot do the work. */
static int try_model_at(
    struct df_detector *d, const struct df_session_place *place, struct df_error *err)
{
  int side = d->model.input.multiple;
  size_t size = (size_t)3 * side * side * sizeof(float);
  df_gpu_memory black = 0, outputs[DF_YUNET_LEVELS][KINDS];
  int result = df_gpu_allocate(place->gpu, size, "a picture to try the detector", &black, err);
  if (result == 0)
    result = df_gpu_fill(place->gpu, black, 0, size, place->stream, err);
  if (result == 0)
    result = df_detector_run_at(d, black, 1, side, side, outputs, err);
  int waited = black ? wait_for_stream(place, err) : 0;
  df_gpu_free(place->gpu, &black);
  return result < 0 ? result : waited;
}

static int make(const struct df_model *model, float low_score, struct df_detector **ret_detector,
    struct df_error *err)
{
  if (model->task != DF_TASK_DETECT || model->layout != DF_LAYOUT_YUNET)
    return df_fail(err, DF_EUSAGE, "the model %s is no detector", model->name);
  struct df_detector *d = calloc(1, sizeof *d);
  if (!d)
    return df_fail(err, DF_ENOMEM, "no memory for the detector %s", model->name);
  d->model = *model;
  d->low_score = low_score;
  *ret_detector = d;
  return 0;
}

int df_detector_create(struct df_runtime *runtime, const struct df_model *model, float low_score,
    int threads, struct df_detector **ret_detector, struct df_error *err)
{
  struct df_detector *d = NULL;
  int result = make(model, low_score, &d, err);
  if (result < 0)
    return result;
  result = df_session_create(runtime, model->path, model->sha256, threads, &d->session, err);
  if (result == 0)
    result = try_model(d, err);
  if (result < 0) {
    df_detector_destroy(&d);
    return result;
  }
  *ret_detector = d;
  return 0;
}

/* What an engine is built for: pictures of any usual shape, and best for a wide one. */
static void set_shapes(struct df_session_place *place, const struct df_model *model, int batch)
{
  enum { LONGEST = 1280 };
  int side = model->input.multiple;
  int longest = LONGEST / side * side;
  struct df_letterbox usual = df_letterbox_fit(1920, 1080, 1, 1, side, 0);
  int shapes[3][4] = {
      {1, 3, side, side}, {batch, 3, usual.height, usual.width}, {batch, 3, longest, longest}};
  memcpy(place->shapes, shapes, sizeof shapes);
}

int df_detector_create_at(struct df_runtime *runtime, const struct df_model *model, float low_score,
    const struct df_session_place *place, int batch, struct df_detector **ret_detector,
    struct df_error *err)
{
  struct df_session_place here = *place;
  struct df_detector *d = NULL;
  int result = make(model, low_score, &d, err);
  if (result < 0)
    return result;
  set_shapes(&here, model, batch);
  result = df_session_create_at(runtime, model->path, model->sha256, &here, &d->session, err);
  if (result == 0)
    result = try_model_at(d, &here, err);
  if (result < 0) {
    df_detector_destroy(&d);
    return result;
  }
  *ret_detector = d;
  return 0;
}

void df_detector_destroy(struct df_detector **detector_ptr)
{
  struct df_detector *d = *detector_ptr;
  if (!d)
    return;
  df_session_destroy(&d->session);
  free(d->work);
  free(d);
  *detector_ptr = NULL;
}

static int reserve(struct df_detector *d, size_t cells, struct df_error *err)
{
  if (cells <= d->work_size)
    return 0;
  struct df_face *work = realloc(d->work, cells * sizeof *work);
  if (!work)
    return df_fail(err, DF_ENOMEM, "no memory to look for faces in %zu places", cells);
  d->work = work;
  d->work_size = cells;
  return 0;
}

/* Levels of the next picture of the batch. */
static void advance(struct df_yunet_level levels[DF_YUNET_LEVELS], int width, int height)
{
  for (int l = 0; l < DF_YUNET_LEVELS; l++) {
    struct df_yunet_level *level = &levels[l];
    assert(level->stride > 0);
    size_t cells = (size_t)(width / level->stride) * (size_t)(height / level->stride);
    level->cls += cells;
    level->obj += cells;
    level->boxes += 4 * cells;
    level->points += 10 * cells;
  }
}

static float round_to_64th(float x)
{
  return roundf(x * 64) / 64;
}

static struct df_face rounded(struct df_face face)
{
  face.box.x = round_to_64th(face.box.x);
  face.box.y = round_to_64th(face.box.y);
  face.box.w = round_to_64th(face.box.w);
  face.box.h = round_to_64th(face.box.h);
  for (int i = 0; i < DF_FACE_POINTS; i++) {
    face.points[i].x = round_to_64th(face.points[i].x);
    face.points[i].y = round_to_64th(face.points[i].y);
  }
  return face;
}

void df_detector_finish(const struct df_letterbox *letterbox, struct df_face *faces, size_t count)
{
  for (size_t i = 0; i < count; i++)
    faces[i] = rounded(df_letterbox_unmap(letterbox, faces[i]));
}

int df_detector_run(struct df_detector *detector, const float *tensor, int batch,
    const struct df_letterbox *letterbox, struct df_face (*ret_faces)[DF_FACES_MAX],
    size_t *ret_counts, struct df_error *err)
{
  struct df_detector *d = detector;
  int width = letterbox->width, height = letterbox->height;
  struct df_yunet_level levels[DF_YUNET_LEVELS] = {0};
  int result = reserve(d, df_yunet_cells(width, height), err);
  if (result == 0)
    result = infer(d, tensor, batch, width, height, levels, err);
  if (result < 0)
    return result;
  for (int i = 0; i < batch; i++) {
    struct df_face *faces = ret_faces[i];
    ret_counts[i] = df_yunet_decode(
        levels, width, height, d->low_score, d->model.nms, d->work, faces, DF_FACES_MAX);
    df_detector_finish(letterbox, faces, ret_counts[i]);
    advance(levels, width, height);
  }
  return 0;
}

static df_gpu_memory address(const float *data)
{
  return (uintptr_t)data;
}

int df_detector_run_at(struct df_detector *detector, df_gpu_memory tensor, int batch, int width,
    int height, df_gpu_memory ret_outputs[DF_YUNET_LEVELS][4], struct df_error *err)
{
  struct df_yunet_level levels[DF_YUNET_LEVELS] = {0};
  const float *input = (const float *)(uintptr_t)tensor;
  int result = infer(detector, input, batch, width, height, levels, err);
  for (int l = 0; result == 0 && l < DF_YUNET_LEVELS; l++) {
    ret_outputs[l][0] = address(levels[l].cls);
    ret_outputs[l][1] = address(levels[l].obj);
    ret_outputs[l][2] = address(levels[l].boxes);
    ret_outputs[l][3] = address(levels[l].points);
  }
  return result;
}

void df_detector_provider_report(
    const struct df_detector *detector, struct df_provider_report *ret_report)
{
  df_session_provider_report(detector->session, ret_report);
}
