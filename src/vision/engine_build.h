/*
 * An engine of TensorRT: taken from the disk, or built and kept there. Knows nothing of how one is loaded, so
 * that what is done about a missing or damaged one can be tested without TensorRT.
 */
#ifndef DF_VISION_ENGINE_BUILD_H
#define DF_VISION_ENGINE_BUILD_H

#include "base/error.h"
#include "base/log.h"

/** All borrowed. */
struct df_engine_order {
  const char *cache; /* folder of engines */
  const char *key;   /* df_engine_key */
  const char *model; /* for sentences */
  double say_every;  /* seconds between two words on how long it takes */
  struct df_log *log;
  /** Loads the model with the engine in `folder`, or builds one there when it is empty. */
  int (*load)(void *context, const char *folder, struct df_error *err);
  void *context;
};

/**
 * Loads with the engine that there is; one that is damaged, or cannot be loaded, is removed and built anew
 * once. While it builds, which takes from seconds to minutes, the log says how long it has been at it. An
 * engine that cannot be kept in the end is used all the same; where nothing can be begun, that is the error.
 */
int df_engine_obtain(const struct df_engine_order *order, struct df_error *err);

#endif
