/*
 * Preprocessing on a GPU, from pictures in device memory (of any layout) to tensors there: the same results as
 * preprocess.h's and sketch.h's CPU code, to the bit (plain integer sums; floats one operation at a time).
 */
#ifndef DF_VISION_PREPROCESS_CUDA_H
#define DF_VISION_PREPROCESS_CUDA_H

#include "gpu/gpu.h"
#include "vision/candidates.h"
#include "vision/preprocess.h"
#include "vision/sketch.h"
#include "vision/yunet.h"

/**
 * The kernels' module and the tables of one video's geometry. One thread at a time for each function; different
 * functions may be called at once.
 */
struct df_preprocessor;

/** Borrows `gpu`. Waits for a small copy. */
int df_preprocessor_create(
    struct df_gpu *gpu, struct df_preprocessor **ret_preprocessor, struct df_error *err);
/** All that was started with it must be done. Accepts NULL, sets *preprocessor to NULL. */
void df_preprocessor_destroy(struct df_preprocessor **preprocessor);

/** df_letterbox_cpu, `tensor` [3,H,W] in device memory. */
int df_preprocessor_letterbox(struct df_preprocessor *preprocessor,
    const struct df_picture *picture, const struct df_letterbox *letterbox,
    const struct df_model_input *input, df_gpu_memory tensor, df_gpu_stream stream,
    struct df_error *err);

/** df_sketch_cpu into a struct df_luma_sketch in device memory. */
int df_preprocessor_sketch(struct df_preprocessor *preprocessor, const struct df_picture *picture,
    df_gpu_memory sketch, df_gpu_stream stream, struct df_error *err);

/** df_align_cpu, and two sums of the Laplacian (as df_tensor_sharpness needs) into `sharpness`. */
int df_preprocessor_align(struct df_preprocessor *preprocessor, const struct df_picture *picture,
    const float matrix[6], const struct df_model_input *input, df_gpu_memory tensor,
    df_gpu_memory sharpness, df_gpu_stream stream, struct df_error *err);
/** df_tensor_sharpness from what was copied back of `sharpness`, which is this many bytes. */
float df_preprocessor_sharpness(const void *sums, const struct df_model_input *input);
enum { DF_SHARPNESS_BYTES = 32 };

/**
 * From the detector's outputs (device memory; of each level class, objectness, boxes and points as in yunet.h,
 * pictures one after the other) of `batch` pictures into as many struct df_candidates in device memory: the
 * cells whose score is at least `low_score`, at most DF_CANDIDATES_MAX of a picture. When there are more, those
 * with the best scores, of equal ones the first in the order of df_yunet_decode. Always in one stream's order.
 */
int df_preprocessor_candidates(struct df_preprocessor *preprocessor,
    const df_gpu_memory outputs[DF_YUNET_LEVELS][4], int batch, int width, int height,
    float low_score, df_gpu_memory candidates, df_gpu_stream stream, struct df_error *err);
/**
 * What df_yunet_decode gives from all cells, from the candidates (host memory) alone: same faces, same order,
 * same bits (as if cells that found no place had no score). `work` has room for DF_CANDIDATES_MAX faces.
 */
size_t df_candidates_decode(const struct df_candidates *candidates, int width, int height,
    float low_score, float nms, struct df_face *work, struct df_face *ret_faces, size_t limit);

#endif
