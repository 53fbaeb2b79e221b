/* What tests of decoding and encoding on a GPU share: the doubles of NVENC and NVDEC, and device pictures. */
#ifndef DF_TESTS_MEDIA_TEST_H
#define DF_TESTS_MEDIA_TEST_H

#include "gpu_test.h"

#include "base/log.h"
#include "frame/gpu_pool.h"
#include "frame/locked_pool.h"

/* What pictures say they live on; nobody asks it to do anything. */
static struct df_device *const some_device = (struct df_device *)(uintptr_t)1;

/* Calls `name` of a double with settings; skips the test on NVIDIA's own library, which takes no orders. */
static inline void configure_library(const char *library, const char *name, const char *settings)
{
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  void (*configure)(const char *) = NULL;
  if (handle)
    *(void **)&configure = dlsym(handle, name);
  if (!configure)
    skip();
  configure(settings);
}

static inline void configure_nvenc(const char *settings)
{
  configure_library("libnvidia-encode.so.1", "sim_nvenc_configure", settings);
}

static inline void configure_nvdec(const char *settings)
{
  configure_library("libnvcuvid.so.1", "sim_nvcuvid_configure", settings);
}

/* A copy of a device picture in host memory, waited for. */
static inline struct df_picture *fetched(
    struct df_gpu *gpu, struct df_picture *picture, df_gpu_stream stream)
{
  struct df_error err = {0};
  struct df_pool *pool = df_pool_create(picture->format, picture->width, picture->height);
  struct df_picture *host = df_pool_take(pool);
  df_gpu_event copied = make_event(gpu);
  if (df_gpu_copy_picture(gpu, picture, host, stream, &err) < 0 ||
      df_gpu_event_record(gpu, copied, stream, &err) < 0 ||
      df_gpu_event_wait_host(gpu, copied, &err) < 0)
    fail_msg("%s", err.text);
  df_gpu_event_destroy(gpu, &copied);
  df_pool_destroy(&pool);
  return host;
}

/* Lines of a log, one after the other. */
struct said {
  char text[4096];
  int warnings;
};

static inline void keep_line(void *context, enum df_log_level level, const char *line)
{
  struct said *said = context;
  said->warnings += level == DF_LOG_WARNING;
  strncat(said->text, line, sizeof said->text - strlen(said->text) - 2);
  strcat(said->text, "\n");
}

static inline void expect_said(const struct said *said, const char *part)
{
  if (!strstr(said->text, part))
    fail_msg("`%s` was not said: %s", part, said->text);
}

#endif
