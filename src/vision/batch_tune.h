/* The best batch of a detector on a card: found by measurement once, then read from the cache. */
#ifndef DF_VISION_BATCH_TUNE_H
#define DF_VISION_BATCH_TUNE_H

#include "vision/batch_plan.h"
#include "vision/detector.h"

/** All borrowed. */
struct df_batch_tuning {
  struct df_detector *detector;
  const struct df_model *model;
  struct df_runtime *runtime;
  const struct df_session_place *place; /* the detector's */
};

/**
 * Pictures a run that df_batch_best recommends for the usual input size. A measurement that cannot be kept is
 * no error; sizes that do not fit the device's memory are left out.
 */
int df_batch_tune(const struct df_batch_tuning *tuning, int *ret_batch, struct df_error *err);

/** What was kept under `key` in folder `cache`, or 0 for nothing that can be used. */
int df_batch_recall(const char *cache, const char *key);
/** Keeps it; false when that cannot be. */
bool df_batch_remember(const char *cache, const char *key, int batch);

#endif
