/*
 * Finds models and makes embeddings with them, of faces in pictures and in photos. Decides nothing about
 * who is who.
 */
#include "pipeline/models.h"

#include <stdio.h>
#include <stdlib.h>

#include "media/still.h"
#include "vision/preprocess.h"

int df_models_init(struct df_models *models, const char *path, const char *detector,
    const char *embedder, struct df_error *err)
{
  char manifest_path[4096];
  int result = df_manifest_locate(path, manifest_path, sizeof manifest_path, err);
  if (result == 0)
    result = df_manifest_load(manifest_path, &models->manifest, err);
  if (result < 0)
    return result;
  models->detector = df_manifest_find(models->manifest, DF_TASK_DETECT, detector, err);
  models->embedder = df_manifest_find(models->manifest, DF_TASK_EMBED, embedder, err);
  if (!models->detector || !models->embedder)
    return err && err->code ? err->code : DF_EUSAGE;
  if (models->shared) {
    models->runtime = models->shared;
    return 0;
  }
  return models->for_gpu ? df_runtime_open_for_gpu(&models->runtime, err)
                         : df_runtime_open(NULL, &models->runtime, err);
}

void df_models_finish(struct df_models *models)
{
  if (!models->shared)
    df_runtime_close(&models->runtime);
  models->runtime = NULL;
  df_manifest_destroy(&models->manifest);
}

size_t df_models_tensor_size(int width, int height)
{
  return (size_t)3 * (size_t)width * (size_t)height;
}

int df_models_embed(struct df_device *device, struct df_embedder *embedder,
    const struct df_picture *picture, const struct df_face *face, float display_x, float display_y,
    float *tensor, struct df_embedding *ret_embedding, float *ret_sharpness, struct df_error *err)
{
  const struct df_model_input *input = &df_embedder_model(embedder)->input;
  float matrix[6];
  ret_embedding->dimensions = 0;
  *ret_sharpness = 0;
  if (!df_align_matrix(face->points, input->width, input->height, display_x, display_y, matrix))
    return 0;
  int result = device->operations->align(device, picture, matrix, input, tensor, err);
  if (result < 0)
    return result;
  *ret_sharpness = df_tensor_sharpness(input, tensor);
  return df_embedder_run(embedder, tensor, ret_embedding, err);
}

/* Faces that are surely some, the largest first. */
static size_t sort_faces(struct df_face *faces, size_t count, float score)
{
  size_t sure = 0;
  for (size_t i = 0; i < count; i++) {
    struct df_face face = faces[i];
    size_t at = sure;
    if (face.score < score)
      continue;
    for (; at > 0 && df_box_area(faces[at - 1].box) < df_box_area(face.box); at--)
      faces[at] = faces[at - 1];
    faces[at] = face;
    sure++;
  }
  return sure;
}

/* Where faces are: "96x128 at 812,301 and 90x120 at 100,320". */
static void describe_faces(const struct df_face *faces, size_t count, char *text, size_t size)
{
  size_t length = 0;
  for (size_t i = 0; i < count && length < size; i++)
    length += (size_t)snprintf(text + length, size - length, "%s%.0fx%.0f at %.0f,%.0f",
        i == 0          ? ""
        : i + 1 < count ? ", "
                        : " and ",
        (double)faces[i].box.w, (double)faces[i].box.h, (double)faces[i].box.x,
        (double)faces[i].box.y);
}

/* The first one is worth taking where it is the only one, or at least twice as large as any other. */
static int check_faces(const struct df_models *models, const struct df_face *faces, size_t count,
    const char *path, struct df_error *err)
{
  enum { SHOWN = 4 };
  char text[SHOWN * 48] = "";
  describe_faces(faces, count < SHOWN ? count : SHOWN, text, sizeof text);
  if (count == 0)
    return df_fail(
        err, DF_EINPUT, "no face found in %s: give a photo that shows the person's face", path);
  if (count == 1)
    return 0;
  if (df_box_area(faces[1].box) * 2 > df_box_area(faces[0].box))
    return df_fail(err, DF_EINPUT,
        "more than one face in %s (%zu: %s%s): give a photo of one person, or cut it to one face",
        path, count, text, count > SHOWN ? " and more" : "");
  df_log_say(models->log, DF_LOG_NOTE, "%s shows %zu faces; the largest one is taken: %s%s", path,
      count, text, count > SHOWN ? " and more" : "");
  return 0;
}

static int find_photo_face(const struct df_models *models, struct df_device *device,
    const struct df_picture *picture, const char *path, struct df_face *ret_face,
    struct df_error *err)
{
  struct df_detector *detector = NULL;
  struct df_letterbox box = df_letterbox_fit(
      (float)picture->width, (float)picture->height, 1, 1, models->detector->input.multiple, 0);
  float *tensor = malloc(df_models_tensor_size(box.width, box.height) * sizeof *tensor);
  struct df_face faces[1][DF_FACES_MAX];
  size_t count = 0;
  int result = tensor ? 0 : df_fail(err, DF_ENOMEM, "out of memory");
  if (result == 0)
    result = df_detector_create(
        models->runtime, models->detector, models->detector->score, 1, &detector, err);
  if (result == 0)
    result =
        device->operations->letterbox(device, picture, &box, &models->detector->input, tensor, err);
  if (result == 0)
    result = df_detector_run(detector, tensor, 1, &box, faces, &count, err);
  if (result == 0) {
    count = sort_faces(faces[0], count, models->detector->score);
    result = check_faces(models, faces[0], count, path, err);
  }
  if (result == 0)
    *ret_face = faces[0][0];
  df_detector_destroy(&detector);
  free(tensor);
  return result;
}

int df_models_embed_photo(const struct df_models *models, struct df_device *device,
    struct df_embedder *embedder, const char *path, struct df_embedding *ret_embedding,
    struct df_error *err)
{
  struct df_picture *picture = NULL;
  struct df_face face;
  float sharpness;
  const struct df_model_input *input = &models->embedder->input;
  float *tensor = malloc(df_models_tensor_size(input->width, input->height) * sizeof *tensor);
  int result = tensor ? 0 : df_fail(err, DF_ENOMEM, "out of memory");
  if (result == 0)
    result = df_still_read(path, &picture, err);
  if (result == 0)
    result = find_photo_face(models, device, picture, path, &face, err);
  if (result == 0)
    result = df_models_embed(
        device, embedder, picture, &face, 1, 1, tensor, ret_embedding, &sharpness, err);
  if (result == 0 && ret_embedding->dimensions == 0)
    result = df_fail(
        err, DF_EINPUT, "the face in %s cannot be used: give a sharper, frontal photo", path);
  df_picture_unref(&picture);
  free(tensor);
  return result;
}
