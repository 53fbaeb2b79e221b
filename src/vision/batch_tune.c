#include "vision/batch_tune.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/paths.h"
#include "base/whole_file.h"
#include "vision/checksum.h"
#include "vision/engine_cache.h"

enum { PATH = 4096, WARM_UPS = 2, RUNS = 16 };
static const double enough = 0.15; /* seconds of one size */

static bool file_of(const char *cache, const char *key, char ret_path[PATH])
{
  char name[DF_ENGINE_KEY + 8];
  snprintf(name, sizeof name, "%s.batch", key);
  return df_path_join(cache, name, ret_path, PATH);
}

int df_batch_recall(const char *cache, const char *key)
{
  char path[PATH];
  int batch = 0;
  FILE *file = file_of(cache, key, path) ? fopen(path, "re") : NULL;
  if (!file)
    return 0;
  bool read = fscanf(file, "%d", &batch) == 1;
  fclose(file);
  for (int i = 0; read && i < DF_BATCH_SIZES; i++)
    if (df_batch_sizes[i] == batch)
      return batch;
  return 0;
}

bool df_batch_remember(const char *cache, const char *key, int batch)
{
  char path[PATH];
  struct df_whole_file whole = {0};
  if (!df_path_make_folder(cache) || !file_of(cache, key, path) ||
      df_whole_file_begin(&whole, path, true, NULL) < 0)
    return false;
  FILE *file = fopen(whole.temporary, "we");
  bool written = file && fprintf(file, "%d\n", batch) > 0;
  if (file)
    written &= fclose(file) == 0;
  if (written)
    return df_whole_file_commit(&whole, NULL) == 0;
  df_whole_file_abandon(&whole);
  return false;
}

static void make_key(
    const struct df_batch_tuning *t, const struct df_letterbox *size, char ret_key[DF_ENGINE_KEY])
{
  const struct df_gpu_info *info = df_gpu_info(t->place->gpu);
  struct df_provider_report report;
  char driver[32], sum[DF_CHECKSUM_TEXT] = "";
  df_detector_provider_report(t->detector, &report);
  snprintf(driver, sizeof driver, "%d", info->driver);
  snprintf(sum, sizeof sum, "%s", t->model->sha256);
  if (!sum[0])
    df_checksum_file(t->model->path, sum, NULL);
  struct df_engine_facts facts = {info->name, info->major, info->minor, driver,
      df_runtime_version(t->runtime), df_provider_name(report.provider), sum,
      {{1, 3, size->height, size->width}}};
  df_engine_key(&facts, ret_key);
}

static int wait_for(const struct df_session_place *place, df_gpu_event event, struct df_error *err)
{
  int result = df_gpu_event_record(place->gpu, event, place->stream, err);
  return result < 0 ? result : df_gpu_event_wait_host(place->gpu, event, err);
}

/* Seconds of one run of `batch` pictures, in the mean. */
static int measure(const struct df_batch_tuning *t, df_gpu_memory tensor, int batch,
    const struct df_letterbox *size, df_gpu_event event, double *ret_seconds, struct df_error *err)
{
  df_gpu_memory outputs[DF_YUNET_LEVELS][4];
  double begun = 0;
  int runs = 0, result = 0;
  for (int i = -WARM_UPS; result == 0 && i < RUNS; i++) {
    if (i == 0)
      result = wait_for(t->place, event, err);
    double now = df_clock_now();
    if (i <= 0)
      begun = now;
    else if (now - begun > enough)
      break;
    if (result == 0)
      result =
          df_detector_run_at(t->detector, tensor, batch, size->width, size->height, outputs, err);
    runs = i + 1;
  }
  if (result == 0)
    result = wait_for(t->place, event, err);
  if (result == 0)
    *ret_seconds = (df_clock_now() - begun) / runs;
  return result;
}

static int measure_all(const struct df_batch_tuning *t, const struct df_letterbox *size,
    double ret_seconds[DF_BATCH_SIZES], struct df_error *err)
{
  struct df_gpu *gpu = t->place->gpu;
  size_t bytes =
      (size_t)DF_BATCH_MOST * 3 * (size_t)size->width * (size_t)size->height * sizeof(float);
  df_gpu_memory tensor = 0;
  df_gpu_event event = NULL;
  int result = df_gpu_allocate(gpu, bytes, "pictures to measure the detector with", &tensor, err);
  if (result == 0)
    result = df_gpu_event_create(gpu, &event, err);
  if (result == 0)
    result = df_gpu_fill(gpu, tensor, 0, bytes, t->place->stream, err);
  for (int i = 0; result == 0 && i < DF_BATCH_SIZES; i++) {
    struct df_error reason = {0};
    result = measure(t, tensor, df_batch_sizes[i], size, event, &ret_seconds[i], &reason);
    if (result == DF_ENOMEM && i > 0) {
      result = 0;
      break;
    }
    if (result < 0)
      df_fail(err, result, "%s", reason.text);
  }
  if (event)
    wait_for(t->place, event, NULL);
  df_gpu_event_destroy(gpu, &event);
  df_gpu_free(gpu, &tensor);
  return result;
}

int df_batch_tune(const struct df_batch_tuning *tuning, int *ret_batch, struct df_error *err)
{
  struct df_letterbox size = df_letterbox_fit(1920, 1080, 1, 1, tuning->model->input.multiple, 0);
  char base[PATH], cache[PATH], key[DF_ENGINE_KEY];
  double seconds[DF_BATCH_SIZES] = {0};
  bool folder = df_path_cache(tuning->place->cache, base, sizeof base) &&
                df_path_join(base, "batches", cache, sizeof cache);
  make_key(tuning, &size, key);
  int batch = folder ? df_batch_recall(cache, key) : 0;
  if (batch > 0) {
    *ret_batch = batch;
    return 0;
  }
  int result = measure_all(tuning, &size, seconds, err);
  if (result < 0)
    return result;
  *ret_batch = df_batch_best(seconds);
  df_log_say(tuning->place->log, DF_LOG_DEBUG,
      "the detector takes %.2f, %.2f, %.2f and %.2f ms for 1, 2, 4 and 8 pictures: %d a batch",
      seconds[0] * 1e3, seconds[1] * 1e3, seconds[2] * 1e3, seconds[3] * 1e3, *ret_batch);
  if (folder)
    df_batch_remember(cache, key, *ret_batch);
  return 0;
}
