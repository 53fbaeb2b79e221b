/* What drives a card, while the host's memory runs out; the card is the double of libcuda. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "failing.h"
#include "gpu/gpu.h"
#include "gpu/nvml.h"
#include "probe.h"

enum { PIECES = 70 }; /* more than fit before the table of them grows */

static int allocate_and_free(struct df_gpu *gpu, struct df_error *err)
{
  df_gpu_memory pieces[PIECES] = {0};
  int r = 0;
  for (int i = 0; i < PIECES && r == 0; i++)
    r = df_gpu_allocate(gpu, 100, "a test", &pieces[i], err);
  for (int i = 0; i < PIECES; i++)
    df_gpu_free(gpu, &pieces[i]);
  return r;
}

static int use_gpu(void *context, struct df_error *err)
{
  (void)context;
  struct df_gpu *gpu = NULL;
  int r = df_gpu_open(0, &gpu, err);
  if (r < 0)
    return r;
  struct df_gpu_module *module = NULL;
  df_gpu_stream stream = NULL;
  r = df_gpu_module_load(gpu, df_ptx_probe, &module, err);
  if (r == 0)
    r = df_gpu_stream_create(gpu, &stream, err);
  if (r == 0)
    r = allocate_and_free(gpu, err);
  df_gpu_stream_destroy(gpu, &stream);
  df_gpu_module_unload(gpu, &module);
  df_gpu_close(&gpu);
  return r;
}

static int use_nvml(void *context, struct df_error *err)
{
  (void)context;
  struct df_nvml *nvml = NULL;
  int r = df_nvml_open("0000:01:00.0", &nvml, err);
  df_nvml_close(&nvml);
  return r;
}

static void a_gpu_survives(void **state)
{
  (void)state;
  survives(use_gpu, NULL, &(struct failing_options){0});
}

static void nvml_survives(void **state)
{
  (void)state;
  survives(use_nvml, NULL, &(struct failing_options){0});
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_gpu_survives),
      cmocka_unit_test(nvml_survives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
