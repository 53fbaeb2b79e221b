/*
 * The operations on pixels that every kind of device offers, behind one table, so that the pipeline never
 * asks where a picture lives. The CPU is one device; all operations are required unless marked optional.
 *
 * Implementations live beside the code they speed up (vision/, compose/); who may include both ties them
 * into a table (pipeline/device_cpu.c).
 */
#ifndef DF_FRAME_DEVICE_H
#define DF_FRAME_DEVICE_H

#include "base/error.h"
#include "frame/picture.h"

struct df_letterbox;   /* vision/preprocess.h */
struct df_model_input; /* vision/manifest.h */
struct df_luma_sketch; /* vision/sketch.h */
struct df_tile;        /* compose/compose.h */

struct df_device_operations {
  const char *name; /* "cpu" */

  /** Fills `tensor` ([3,H,W] float, one slot of a batch) with the letterboxed picture. */
  int (*letterbox)(struct df_device *device, const struct df_picture *picture,
      const struct df_letterbox *letterbox, const struct df_model_input *input, float *tensor,
      struct df_error *err);

  /**
   * Fills `tensor` ([3,H,W] float) with the face that `matrix` (row-major 2x3, from the tensor's pixels
   * to the stored picture's) cuts out; what lies outside the picture is black.
   */
  int (*align)(struct df_device *device, const struct df_picture *picture, const float matrix[6],
      const struct df_model_input *input, float *tensor, struct df_error *err);

  /** A small grey copy of the picture, for finding cuts and judging blur. */
  int (*sketch)(struct df_device *device, const struct df_picture *picture,
      struct df_luma_sketch *ret_sketch, struct df_error *err);

  /** Draws `count` tiles onto `out` (NV12 or P010); what no tile covers is black. */
  int (*compose)(struct df_device *device, const struct df_tile *tiles, size_t count,
      struct df_picture *out, struct df_error *err);

  /** Releases the device and what it caches. */
  void (*destroy)(struct df_device *device);
};

/** Base of every device. One device serves one stream; its operations may run on different threads at
 * once as long as each operation runs on one thread at a time. */
struct df_device {
  const struct df_device_operations *operations;
};

#endif
