/* A session with TensorRT: what its engine depends on, and where it is kept. */
#include <dlfcn.h>
#include <onnxruntime_c_api.h>
#include <stdio.h>
#include <string.h>

#include "base/paths.h"
#include "vision/checksum.h"
#include "vision/engine_build.h"
#include "vision/engine_cache.h"
#include "vision/session_internal.h"

enum { PATH = 4096, SAY_EVERY = 15 };

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

struct loading {
  struct df_session *session;
  const struct df_session_load *load;
  OrtSession **ret_session;
};

static int load_in(void *context, const char *folder, struct df_error *err)
{
  const struct loading *l = context;
  struct df_session_load load = *l->load;
  load.engines = folder;
  return df_session_load(l->session, &load, l->ret_session, err);
}

int df_session_load_tensorrt(struct df_session *s, const struct df_session_load *load,
    struct OrtSession **ret_session, struct df_error *err)
{
  char base[PATH], cache[PATH], key[DF_ENGINE_KEY];
  const struct df_session_place *place = load->place;
  if (!df_path_cache(place->cache, base, sizeof base) ||
      !df_path_join(base, "engines", cache, sizeof cache))
    return df_fail(err, DF_EOUTPUT, "there is no folder to keep its engine in; set XDG_CACHE_HOME");
  int result = make_key(s, place, key, err);
  if (result < 0)
    return result;
  struct loading loading = {s, load, ret_session};
  struct df_engine_order order = {cache, key, s->path, SAY_EVERY, place->log, load_in, &loading};
  return df_engine_obtain(&order, err);
}
