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
#include "vision/session.h"
#include "vision/yunet.h"

enum { DF_FACES_MAX = 32 }; /* the best of a frame; more are not kept */

struct df_detector;

/**
 * Loads the detector. Borrows `runtime` (must outlive it), copies `model`. `low_score` is the least score
 * that is reported (ByteTrack wants the doubtful ones too).
 */
int df_detector_create(struct df_runtime *runtime, const struct df_model *model, float low_score,
    int threads, struct df_detector **ret_detector, struct df_error *err);
/** Loads it at a GPU; `place` is copied, its `shapes` are left to the detector: up to `batch` pictures a run. */
int df_detector_create_at(struct df_runtime *runtime, const struct df_model *model, float low_score,
    const struct df_session_place *place, int batch, struct df_detector **ret_detector,
    struct df_error *err);
void df_detector_destroy(struct df_detector **detector);

/**
 * Runs on `batch` letterboxed pictures ([batch,3,H,W] in `tensor`, all by `letterbox`) and writes the
 * faces of picture i, best first, displayed pixels, to ret_faces[i][0..ret_counts[i]). Coordinates and
 * scores are rounded to multiples of 1/64 and 1/1024, so that they survive any text. One thread at a time.
 */
int df_detector_run(struct df_detector *detector, const float *tensor, int batch,
    const struct df_letterbox *letterbox, struct df_face (*ret_faces)[DF_FACES_MAX],
    size_t *ret_counts, struct df_error *err);

/**
 * Runs a detector at a GPU on [batch,3,height,width] in device memory, in the order of its stream, and gives
 * what yunet.h describes for the whole batch, in device memory that is valid until the next run: of each
 * level cls, obj, boxes and points. DF_ENOMEM of the device is the caller's to mend by a smaller batch.
 */
int df_detector_run_at(struct df_detector *detector, df_gpu_memory tensor, int batch, int width,
    int height, df_gpu_memory ret_outputs[DF_YUNET_LEVELS][4], struct df_error *err);

/** Faces in input pixels as df_detector_run gives them: displayed pixels, rounded. Pure. */
void df_detector_finish(const struct df_letterbox *letterbox, struct df_face *faces, size_t count);

/** Who does the work, and why nobody better. Thread-safe. */
void df_detector_provider_report(
    const struct df_detector *detector, struct df_provider_report *ret_report);

#endif
