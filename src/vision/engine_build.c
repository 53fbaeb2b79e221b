#include "vision/engine_build.h"

#include <dlfcn.h>
#include <onnxruntime_c_api.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "vision/checksum.h"
#include "vision/engine_cache.h"
#include "vision/paths.h"

enum { PATH = 4096, SAY_EVERY = 15 };

/* Says how long something takes, from a thread of its own, until it is ended. */
struct patience {
  struct df_log *log;
  const char *path; /* of the model */
  double begun;
  pthread_mutex_t lock;
  pthread_cond_t ended_now;
  bool ended, running;
  pthread_t thread;
};

static void *say_now_and_then(void *argument)
{
  struct patience *p = argument;
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  pthread_mutex_lock(&p->lock);
  while (!p->ended) {
    next.tv_sec += SAY_EVERY;
    while (!p->ended && pthread_cond_timedwait(&p->ended_now, &p->lock, &next) == 0)
      ;
    if (!p->ended)
      df_log_say(p->log, DF_LOG_NOTE, "still building TensorRT's engine for %s: %.0f s so far",
          p->path, df_clock_now() - p->begun);
  }
  pthread_mutex_unlock(&p->lock);
  return NULL;
}

static void begin_patience(struct patience *p, struct df_log *log, const char *path)
{
  *p = (struct patience){.log = log, .path = path, .begun = df_clock_now()};
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&p->lock, NULL);
  pthread_cond_init(&p->ended_now, &monotonic);
  pthread_condattr_destroy(&monotonic);
  df_log_say(log, DF_LOG_NOTE,
      "building TensorRT's engine for %s; this takes up to a few minutes, once for this card",
      path);
  p->running = pthread_create(&p->thread, NULL, say_now_and_then, p) == 0;
}

static double end_patience(struct patience *p)
{
  pthread_mutex_lock(&p->lock);
  p->ended = true;
  pthread_cond_signal(&p->ended_now);
  pthread_mutex_unlock(&p->lock);
  if (p->running)
    pthread_join(p->thread, NULL);
  pthread_cond_destroy(&p->ended_now);
  pthread_mutex_destroy(&p->lock);
  return df_clock_now() - p->begun;
}

/* As the kernel's module says it, with the highest CUDA version that it serves. */
static void driver_version(int served, char *ret_text, size_t size)
{
  char line[256] = "";
  FILE *file = fopen("/proc/driver/nvidia/version", "re");
  if (file && !fgets(line, sizeof line, file))
    line[0] = '\0';
  if (file)
    fclose(file);
  snprintf(ret_text, size, "%d %s", served, line);
}

/* TensorRT's library, loaded by df_provider_load, tells its own version. */
static void tensorrt_version(char *ret_text, size_t size)
{
  int (*version)(void);
  *(void **)&version = dlsym(RTLD_DEFAULT, "getInferLibVersion");
  snprintf(ret_text, size, "%d", version ? version() : 0);
}

static int make_key(struct df_session *s, const struct df_session_place *place,
    char ret_key[DF_ENGINE_KEY], struct df_error *err)
{
  const struct df_gpu_info *info = df_gpu_info(place->gpu);
  char driver[300], tensorrt[32], sum[DF_CHECKSUM_TEXT];
  driver_version(info->driver, driver, sizeof driver);
  tensorrt_version(tensorrt, sizeof tensorrt);
  snprintf(sum, sizeof sum, "%s", s->sha256);
  int result = sum[0] ? 0 : df_checksum_file(s->path, sum, err);
  if (result < 0)
    return result;
  struct df_engine_facts facts = {
      info->name, info->major, info->minor, driver, s->runtime->version, tensorrt, sum, {{0}}};
  memcpy(facts.shapes, place->shapes, sizeof facts.shapes);
  df_engine_key(&facts, ret_key);
  return 0;
}

static int build(struct df_session *s, struct df_session_load *load, const char *cache,
    const char *key, OrtSession **ret_session, struct df_error *err)
{
  char building[PATH];
  struct patience patience;
  int result = df_engine_begin(cache, key, building, err);
  if (result < 0)
    return result;
  load->engines = building;
  begin_patience(&patience, load->place->log, s->path);
  result = df_session_load(s, load, ret_session, err);
  double seconds = end_patience(&patience);
  if (result < 0) {
    df_engine_remove(building);
    return result;
  }
  struct df_error reason = {0};
  df_log_say(
      load->place->log, DF_LOG_NOTE, "built TensorRT's engine for %s in %.0f s", s->path, seconds);
  if (df_engine_commit(cache, key, building, &reason) < 0)
    df_log_say(
        load->place->log, DF_LOG_WARNING, "%s; it will be built again the next time", reason.text);
  return 0;
}

int df_engine_build(struct df_session *s, const struct df_session_load *load,
    struct OrtSession **ret_session, struct df_error *err)
{
  char base[PATH], cache[PATH], path[PATH], key[DF_ENGINE_KEY];
  struct df_session_load with_engine = *load;
  struct df_log *log = load->place->log;
  if (!df_path_cache(load->place->cache, base, sizeof base) ||
      !df_path_join(base, "engines", cache, sizeof cache))
    return df_fail(err, DF_EOUTPUT, "there is no folder to keep its engine in; set XDG_CACHE_HOME");
  int result = make_key(s, load->place, key, err);
  if (result < 0)
    return result;
  enum df_engine_state state = df_engine_find(cache, key, path);
  if (state == DF_ENGINE_WHOLE) {
    struct df_error reason = {0};
    with_engine.engines = path;
    if (df_session_load(s, &with_engine, ret_session, &reason) == 0)
      return 0;
    df_log_say(log, DF_LOG_WARNING,
        "TensorRT's engine in %s cannot be loaded (%s) and is built anew", path, reason.text);
    df_engine_remove(path);
  } else if (state == DF_ENGINE_DAMAGED)
    df_log_say(log, DF_LOG_WARNING, "TensorRT's engine in %s was damaged and is built anew", path);
  return build(s, &with_engine, cache, key, ret_session, err);
}
