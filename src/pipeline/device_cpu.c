/* Forwards each operation of a device to the CPU code that implements it; holds no pixels itself. */
#include "pipeline/device_cpu.h"

#include <stdlib.h>

#include "compose/compose.h"
#include "vision/preprocess.h"
#include "vision/sketch.h"

struct cpu {
  struct df_device device; /* first: a device of this kind is its cpu */
  struct df_composer *composer;
};

static int letterbox(struct df_device *device, const struct df_picture *picture,
    const struct df_letterbox *box, const struct df_model_input *input, float *tensor,
    struct df_error *err)
{
  (void)device;
  return df_letterbox_cpu(picture, box, input, tensor, err);
}

static int align(struct df_device *device, const struct df_picture *picture, const float matrix[6],
    const struct df_model_input *input, float *tensor, struct df_error *err)
{
  (void)device;
  return df_align_cpu(picture, matrix, input, tensor, err);
}

static int sketch(struct df_device *device, const struct df_picture *picture,
    struct df_luma_sketch *ret_sketch, struct df_error *err)
{
  (void)device;
  (void)err;
  df_sketch_cpu(picture, ret_sketch);
  return 0;
}

static int compose(struct df_device *device, const struct df_tile *tiles, size_t count,
    struct df_picture *out, struct df_error *err)
{
  struct cpu *cpu = (struct cpu *)device;
  return df_composer_draw(cpu->composer, tiles, count, out, err);
}

static void destroy(struct df_device *device)
{
  struct cpu *cpu = (struct cpu *)device;
  df_composer_destroy(&cpu->composer);
  free(cpu);
}

static const struct df_device_operations operations = {
    .name = "cpu",
    .letterbox = letterbox,
    .align = align,
    .sketch = sketch,
    .compose = compose,
    .destroy = destroy,
};

struct df_device *df_device_cpu_create(int threads)
{
  struct cpu *cpu = calloc(1, sizeof *cpu);
  if (!cpu)
    return NULL;
  cpu->device.operations = &operations;
  cpu->composer = df_composer_create(&(struct df_composer_options){.threads = threads});
  if (!cpu->composer) {
    free(cpu);
    return NULL;
  }
  return &cpu->device;
}

void df_device_destroy(struct df_device **device)
{
  if (*device)
    (*device)->operations->destroy(*device);
  *device = NULL;
}
