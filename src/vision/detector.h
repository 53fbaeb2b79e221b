/*
 * Finds faces: runs a detector of a known layout and turns its outputs into faces.
 */
#ifndef DF_VISION_DETECTOR_H
#define DF_VISION_DETECTOR_H

#include <stddef.h>

#include "base/error.h"
#include "base/geometry.h"
#include "vision/manifest.h"
#include "vision/preprocess.h"
#include "vision/runtime.h"

enum { DF_FACES_MAX = 32 }; /* the best of a frame; more are not kept */

struct df_detector;

/**
 * Loads the detector. Borrows `runtime` (must outlive it), copies `model`. `low_score` is the least score
 * that is reported (ByteTrack wants the doubtful ones too).
 */
int df_detector_create(struct df_runtime *runtime, const struct df_model *model, float low_score,
    int threads, struct df_detector **ret_detector, struct df_error *err);
void df_detector_destroy(struct df_detector **detector);

/**
 * Runs on `batch` letterboxed pictures ([batch,3,H,W] in `tensor`, all by `letterbox`) and writes the
 * faces of picture i, best first, displayed pixels, to ret_faces[i][0..ret_counts[i]). Coordinates and
 * scores are rounded to multiples of 1/64 and 1/1024, so that they survive any text. One thread at a time.
 */
int df_detector_run(struct df_detector *detector, const float *tensor, int batch,
    const struct df_letterbox *letterbox, struct df_face (*ret_faces)[DF_FACES_MAX],
    size_t *ret_counts, struct df_error *err);

#endif
