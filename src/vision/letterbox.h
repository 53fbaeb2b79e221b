/* For tests: df_letterbox_cpu with the row operations of one's choice, and which rows it reads. */
#ifndef DF_VISION_LETTERBOX_H
#define DF_VISION_LETTERBOX_H

#include "vision/preprocess.h"
#include "vision/rows.h"

int df_letterbox_with(const struct df_row_operations *operations, const struct df_picture *picture,
    const struct df_letterbox *letterbox, const struct df_model_input *input, float *tensor,
    struct df_error *err);

/**
 * When an output row covers `step` rows of a plane, every how manyth is read: every second from a step
 * of 4 on, else each.
 */
int df_letterbox_spacing(double step);

#endif
