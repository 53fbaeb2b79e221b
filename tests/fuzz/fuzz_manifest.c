/* The model manifest. What is accepted must be usable: names, files and numbers as manifest.h says. */
#include <math.h>
#include <string.h>

#include "target.h"
#include "vision/manifest.h"

static void check_input(const struct df_model *model)
{
  const struct df_model_input *input = &model->input;
  for (int i = 0; i < 3; i++)
    DF_PROMISE(isfinite(input->mean[i]) && isfinite(input->scale[i]));
  if (model->task == DF_TASK_DETECT)
    DF_PROMISE(input->multiple > 0);
  else
    DF_PROMISE(input->width > 0 && input->height > 0 && model->dimensions > 0);
  DF_PROMISE(memchr(input->name, '\0', sizeof input->name));
}

static void check_model(const struct df_model *model, enum df_model_task task)
{
  DF_PROMISE(model->task == task);
  DF_PROMISE(model->name[0] && memchr(model->name, '\0', sizeof model->name));
  DF_PROMISE(model->path[0] && memchr(model->path, '\0', sizeof model->path));
  DF_PROMISE(model->sha256[0] == '\0' || strlen(model->sha256) == 64);
  check_input(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct df_manifest *manifest = NULL;
  struct df_error err = {0};
  int result = df_manifest_parse((const char *)data, size, "/models", &manifest, &err);
  if (result != 0) {
    DF_PROMISE(result == DF_EINPUT || result == DF_ENOMEM);
    DF_PROMISE(err.code == result && err.text[0]);
    DF_PROMISE(!manifest);
    return 0;
  }
  for (enum df_model_task task = DF_TASK_DETECT; task <= DF_TASK_EMBED; task++) {
    struct df_error none = {0};
    const struct df_model *model = df_manifest_find(manifest, task, NULL, &none);
    if (model)
      check_model(model, task);
    else
      DF_PROMISE(none.code < 0 && none.text[0]);
  }
  df_manifest_destroy(&manifest);
  DF_PROMISE(!manifest);
  return 0;
}
