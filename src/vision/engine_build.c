#include "vision/engine_build.h"

#include <stdio.h>

#include "base/patience.h"
#include "vision/engine_cache.h"

enum { PATH = 4096 };

static int build(const struct df_engine_order *order, struct df_error *err)
{
  char building[PATH], what[PATH];
  struct df_patience patience;
  int result = df_engine_begin(order->cache, order->key, building, err);
  if (result < 0)
    return result;
  snprintf(what, sizeof what, "building TensorRT's engine for %s", order->model);
  df_log_say(
      order->log, DF_LOG_NOTE, "%s; this takes up to a few minutes, once for this card", what);
  df_patience_begin(&patience, order->log, what, order->say_every);
  result = order->load(order->context, building, err);
  double seconds = df_patience_end(&patience);
  if (result < 0) {
    df_engine_remove(building);
    return result;
  }
  struct df_error reason = {0};
  df_log_say(
      order->log, DF_LOG_NOTE, "built TensorRT's engine for %s in %.0f s", order->model, seconds);
  if (df_engine_commit(order->cache, order->key, building, &reason) < 0)
    df_log_say(order->log, DF_LOG_WARNING, "%s; it will be built again the next time", reason.text);
  return 0;
}

int df_engine_obtain(const struct df_engine_order *order, struct df_error *err)
{
  char path[PATH];
  struct df_error reason = {0};
  enum df_engine_state state = df_engine_find(order->cache, order->key, path);
  if (state == DF_ENGINE_WHOLE) {
    if (order->load(order->context, path, &reason) == 0)
      return 0;
    df_log_say(order->log, DF_LOG_WARNING,
        "TensorRT's engine in %s cannot be loaded (%s) and is built anew", path, reason.text);
    df_engine_remove(path);
  } else if (state == DF_ENGINE_DAMAGED)
    df_log_say(
        order->log, DF_LOG_WARNING, "TensorRT's engine in %s was damaged and is built anew", path);
  return build(order, err);
}
