/*
 * Reads model manifests: JSON text in, a list of df_model out. Strict, because a key that is silently
 * ignored is a model that silently sees wrong colours. Never opens a model file; the session does.
 */
#include "vision/manifest.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedding.h"
#include "base/paths.h"
#include "base/whole_file.h"
#include "vision/json_reader.h"

enum { MANIFEST_BYTES_MAX = 1 << 20, SIDE_MAX = 2048, TASKS = 2 };

static const char *const task_names[TASKS] = {"detect", "embed"};
static const char *const layout_names[] = {"yunet", "arcface"};
static const char *const channel_names[] = {"rgb", "bgr"};

struct df_manifest {
  struct df_model *models;
  size_t count;
  size_t defaults[TASKS]; /* index of a model, count when there is none */
};

static int read_size(const struct df_json_reader *r, struct df_model_input *input)
{
  float sides[2];
  int result = df_json_numbers(r, "size", true, 2, sides);
  if (result < 0)
    return result;
  for (int i = 0; i < 2; i++)
    if (!(sides[i] >= 16 && sides[i] <= SIDE_MAX) || sides[i] != truncf(sides[i]))
      return df_fail(r->err, DF_EINPUT, "%s\"size\" must be two whole numbers from 16 to %d",
          r->where, SIDE_MAX);
  input->width = (int)sides[0];
  input->height = (int)sides[1];
  return 0;
}

static int read_multiple(const struct df_json_reader *r, struct df_model_input *input)
{
  input->multiple = 32;
  int result = df_json_integer(r, "multiple", false, 32, 256, &input->multiple);
  if (result == 0 && input->multiple % 32 != 0)
    return df_fail(
        r->err, DF_EINPUT, "%s\"multiple\" must be a multiple of 32 for a yunet model", r->where);
  return result;
}

static int read_input(const struct df_json_reader *model_reader, struct df_model *model)
{
  static const char *const detect_keys[] = {"name", "channels", "mean", "scale", "multiple"};
  static const char *const embed_keys[] = {"name", "channels", "mean", "scale", "size"};
  bool detect = model->task == DF_TASK_DETECT;
  struct df_model_input *input = &model->input;
  *input = (struct df_model_input){.scale = {1, 1, 1}};
  struct df_json_reader r;
  size_t channels = 0;
  int result = df_json_enter(model_reader, "input", &r);
  if (result == 0)
    result = df_json_check_keys(&r, detect ? detect_keys : embed_keys, 5);
  if (result == 0)
    result = df_json_text(&r, "name", false, input->name, sizeof input->name);
  if (result == 0)
    result = df_json_choice(&r, "channels", channel_names, 2, &channels);
  if (result == 0)
    result = df_json_numbers(&r, "mean", false, 3, input->mean);
  if (result == 0)
    result = df_json_numbers(&r, "scale", false, 3, input->scale);
  if (result == 0 && (input->scale[0] == 0 || input->scale[1] == 0 || input->scale[2] == 0))
    result = df_fail(r.err, DF_EINPUT, "%s\"scale\" must not be 0", r.where);
  if (result == 0)
    result = detect ? read_multiple(&r, input) : read_size(&r, input);
  input->bgr = channels == 1;
  return result;
}

static int read_sum(const struct df_json_reader *r, struct df_model *model)
{
  int result = df_json_text(r, "sha256", false, model->sha256, sizeof model->sha256);
  if (result < 0 || model->sha256[0] == '\0')
    return result;
  for (char *c = model->sha256; *c; c++)
    if (*c >= 'A' && *c <= 'F')
      *c = (char)(*c - 'A' + 'a');
  if (strspn(model->sha256, "0123456789abcdef") != 64)
    return df_fail(r->err, DF_EINPUT, "%s\"sha256\" must be 64 hexadecimal digits", r->where);
  return 0;
}

static int read_path(const struct df_json_reader *r, const char *folder, struct df_model *model)
{
  char file[sizeof model->path];
  int result = df_json_text(r, "file", true, file, sizeof file);
  if (result < 0)
    return result;
  if (!df_path_join(folder, file, model->path, sizeof model->path))
    return df_fail(r->err, DF_EINPUT, "%sthe path of \"file\" is too long", r->where);
  return 0;
}

static int read_thresholds(const struct df_json_reader *r, struct df_model *model)
{
  if (model->task == DF_TASK_EMBED) {
    int result = df_json_integer(r, "dimensions", true, 1, DF_EMBEDDING_MAX, &model->dimensions);
    return result < 0 ? result : df_json_number(r, "threshold", true, -1, 1, &model->threshold);
  }
  model->score = 0.6F;
  model->nms = 0.4F;
  int result = df_json_number(r, "score", false, 0, 1, &model->score);
  return result < 0 ? result : df_json_number(r, "nms", false, 0, 1, &model->nms);
}

/* Which keys a model has depends on its task, so a threshold on a detector is an error as well. */
static int check_model_keys(const struct df_json_reader *r, enum df_model_task task)
{
  static const char *const detect_keys[] = {
      "name", "task", "layout", "file", "sha256", "input", "score", "nms", "license", "source"};
  static const char *const embed_keys[] = {"name", "task", "layout", "file", "sha256", "input",
      "dimensions", "threshold", "license", "source"};
  return df_json_check_keys(r, task == DF_TASK_DETECT ? detect_keys : embed_keys, 10);
}

static int read_kind(const struct df_json_reader *r, struct df_model *model)
{
  size_t task = 0, layout = 0;
  int result = df_json_choice(r, "task", task_names, TASKS, &task);
  if (result == 0)
    result = check_model_keys(r, (enum df_model_task)task);
  if (result == 0)
    result = df_json_choice(r, "layout", layout_names, 2, &layout);
  if (result == 0 && task != layout)
    return df_fail(r->err, DF_EINPUT, "%slayout \"%s\" is not one for the task \"%s\"; use \"%s\"",
        r->where, layout_names[layout], task_names[task], layout_names[task]);
  model->task = (enum df_model_task)task;
  model->layout = (enum df_model_layout)layout;
  return result;
}

static int read_model(
    const struct df_json_reader *unnamed, const char *folder, struct df_model *model)
{
  char ignored[1024];
  struct df_json_reader r = *unnamed;
  int result = df_json_text(&r, "name", true, model->name, sizeof model->name);
  if (result == 0)
    snprintf(r.where, sizeof r.where, "model \"%s\": ", model->name);
  if (result == 0)
    result = read_kind(&r, model);
  if (result == 0)
    result = read_path(&r, folder, model);
  if (result == 0)
    result = read_sum(&r, model);
  if (result == 0)
    result = read_input(&r, model);
  if (result == 0)
    result = read_thresholds(&r, model);
  if (result == 0)
    result = df_json_text(&r, "license", false, ignored, sizeof ignored);
  if (result == 0)
    result = df_json_text(&r, "source", false, ignored, sizeof ignored);
  return result;
}

static size_t index_of(const struct df_manifest *m, enum df_model_task task, const char *name)
{
  size_t i = 0;
  while (
      i < m->count && (m->models[i].task != task || (name && strcmp(m->models[i].name, name) != 0)))
    i++;
  return i;
}

static int read_models(const struct df_json_reader *root, const char *folder, struct df_manifest *m)
{
  const json_t *list;
  int result = df_json_get(root, "models", true, &list);
  if (result < 0)
    return result;
  if (!json_is_array(list) || json_array_size(list) == 0)
    return df_fail(root->err, DF_EINPUT, "\"models\" must be a list of at least one model");
  m->models = calloc(json_array_size(list), sizeof *m->models);
  if (!m->models)
    return df_fail(root->err, DF_ENOMEM, "no memory for %zu models", json_array_size(list));
  for (size_t i = 0; i < json_array_size(list); i++) {
    struct df_json_reader r = {.object = json_array_get(list, i), .err = root->err};
    snprintf(r.where, sizeof r.where, "models[%zu]: ", i);
    if (!json_is_object(r.object))
      return df_fail(r.err, DF_EINPUT, "models[%zu] must be an object", i);
    struct df_model *model = &m->models[i];
    if ((result = read_model(&r, folder, model)) < 0)
      return result;
    for (size_t j = 0; j < i; j++)
      if (strcmp(m->models[j].name, model->name) == 0)
        return df_fail(r.err, DF_EINPUT, "two models have the name \"%s\"", model->name);
    m->count++;
  }
  return 0;
}

/* Without a default for a task its first model is the default. */
static int read_defaults(const struct df_json_reader *root, struct df_manifest *m)
{
  for (int task = 0; task < TASKS; task++)
    m->defaults[task] = index_of(m, (enum df_model_task)task, NULL);
  if (!json_object_get(root->object, "default"))
    return 0;
  struct df_json_reader r;
  int result = df_json_enter(root, "default", &r);
  if (result == 0)
    result = df_json_check_keys(&r, task_names, TASKS);
  for (int task = 0; result == 0 && task < TASKS; task++) {
    char name[64] = "";
    result = df_json_text(&r, task_names[task], false, name, sizeof name);
    if (result < 0 || name[0] == '\0')
      continue;
    m->defaults[task] = index_of(m, (enum df_model_task)task, name);
    if (m->defaults[task] == m->count)
      return df_fail(r.err, DF_EINPUT, "%s\"%s\" names \"%s\", which is no model for that task",
          r.where, task_names[task], name);
  }
  return result;
}

static int read_root(
    const json_t *json, const char *folder, struct df_manifest *m, struct df_error *err)
{
  static const char *const keys[] = {"manifest", "models", "default"};
  struct df_json_reader root = {.object = json, .err = err};
  if (!json_is_object(json))
    return df_fail(err, DF_EINPUT, "a model manifest is a JSON object");
  int version = 0;
  int result = df_json_check_keys(&root, keys, 3);
  if (result == 0)
    result = df_json_integer(&root, "manifest", true, 1, 1, &version);
  if (result == 0)
    result = read_models(&root, folder, m);
  if (result == 0)
    result = read_defaults(&root, m);
  return result;
}

int df_manifest_parse(const char *text, size_t size, const char *folder,
    struct df_manifest **ret_manifest, struct df_error *err)
{
  json_error_t syntax;
  json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &syntax);
  if (!json && json_error_code(&syntax) == json_error_out_of_memory)
    return df_fail(err, DF_ENOMEM, "no memory for a manifest");
  if (!json)
    return df_fail(err, DF_EINPUT, "not valid JSON, line %d, column %d: %s", syntax.line,
        syntax.column, syntax.text);
  struct df_manifest *m = calloc(1, sizeof *m);
  int result =
      m ? read_root(json, folder, m, err) : df_fail(err, DF_ENOMEM, "no memory for a manifest");
  json_decref(json);
  if (result < 0) {
    df_manifest_destroy(&m);
    return result;
  }
  *ret_manifest = m;
  return 0;
}

/* The whole file; one byte over the limit is read so that a longer one is noticed. */
static int read_file(const char *path, char **ret_text, size_t *ret_size, struct df_error *err)
{
  FILE *file = fopen(path, "rbe");
  if (!file)
    return df_fail(err, errno == ENOENT ? DF_EMISSING : df_read_error_code(errno),
        "cannot open %s: %s", path, strerror(errno));
  char *text = malloc(MANIFEST_BYTES_MAX + 1);
  size_t size = text ? fread(text, 1, MANIFEST_BYTES_MAX + 1, file) : 0;
  int result = 0;
  if (!text)
    result = df_fail(err, DF_ENOMEM, "no memory to read %s", path);
  else if (ferror(file))
    result = df_fail(err, DF_EINPUT, "cannot read %s: %s", path, strerror(errno));
  else if (size > MANIFEST_BYTES_MAX)
    result = df_fail(err, DF_EINPUT, "%s is longer than a model manifest can be", path);
  fclose(file);
  if (result < 0) {
    free(text);
    return result;
  }
  *ret_text = text;
  *ret_size = size;
  return 0;
}

int df_manifest_load(const char *path, struct df_manifest **ret_manifest, struct df_error *err)
{
  char folder[4096];
  if (strlen(path) >= sizeof folder)
    return df_fail(err, DF_EINPUT, "the path of the model manifest is too long");
  strcpy(folder, path);
  char *slash = strrchr(folder, '/');
  if (slash)
    slash[slash == folder ? 1 : 0] = '\0'; /* the root keeps its slash */
  else
    folder[0] = '\0';

  char *text = NULL;
  size_t size = 0;
  int result = read_file(path, &text, &size, err);
  if (result < 0)
    return result;
  result = df_manifest_parse(text, size, folder, ret_manifest, err);
  if (result < 0)
    df_error_prefix(err, "%s", path);
  free(text);
  return result;
}

void df_manifest_destroy(struct df_manifest **manifest_ptr)
{
  struct df_manifest *m = *manifest_ptr;
  if (!m)
    return;
  free(m->models);
  free(m);
  *manifest_ptr = NULL;
}

static const struct df_model *none_found(
    const struct df_manifest *m, enum df_model_task task, const char *name, struct df_error *err)
{
  char names[512] = "";
  for (size_t i = 0; i < m->count; i++) {
    size_t used = strlen(names);
    if (m->models[i].task == task)
      snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", m->models[i].name);
  }
  if (names[0] == '\0')
    df_fail(
        err, DF_EUSAGE, "the model manifest has no model for the task \"%s\"", task_names[task]);
  else
    df_fail(err, DF_EUSAGE, "no model for the task \"%s\" is called \"%s\"; there are: %s",
        task_names[task], name ? name : "", names);
  return NULL;
}

const struct df_model *df_manifest_find(const struct df_manifest *manifest, enum df_model_task task,
    const char *name, struct df_error *err)
{
  size_t i = name ? index_of(manifest, task, name) : manifest->defaults[task];
  return i < manifest->count ? &manifest->models[i] : none_found(manifest, task, name, err);
}

/* A path somebody named: the manifest, or the folder it lies in. */
static int locate_named(
    const char *path, const char *named_by, char *ret_path, size_t size, struct df_error *err)
{
  const char *file = df_path_is_folder(path) ? "models.json" : "";
  if (!df_path_join(file[0] ? path : "", file[0] ? file : path, ret_path, size))
    return df_fail(err, DF_EUSAGE, "the path of the model manifest (%s) is too long", named_by);
  if (!df_path_is_file(ret_path))
    return df_fail(err, DF_EMISSING,
        "there is no model manifest at %s (%s); name a manifest or its folder, or run "
        "tools/setup to get the models",
        ret_path, named_by);
  return 0;
}

int df_manifest_locate(const char *path, char *ret_path, size_t size, struct df_error *err)
{
  static const char *const places[] = {
      "../share/dualface/models/models.json", "../deps/models/models.json"};
  if (path)
    return locate_named(path, "as given", ret_path, size, err);
  const char *variable = getenv("DUALFACE_MODELS");
  if (variable && variable[0])
    return locate_named(variable, "from DUALFACE_MODELS", ret_path, size, err);
  char tried[2][400] = {"", ""};
  for (int i = 0; i < 2; i++) {
    if (!df_path_beside_executable(places[i], ret_path, size))
      continue;
    if (df_path_is_file(ret_path))
      return 0;
    snprintf(tried[i], sizeof tried[i], "%s", ret_path);
  }
  return df_fail(err, DF_EMISSING,
      "no model manifest in DUALFACE_MODELS (not set), %s or %s; run tools/setup to get the "
      "models",
      tried[0], tried[1]);
}
