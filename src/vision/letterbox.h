/* df_letterbox_cpu with the row operations of one's choice: for comparing them. */
#ifndef DF_VISION_LETTERBOX_H
#define DF_VISION_LETTERBOX_H

#include "vision/preprocess.h"
#include "vision/rows.h"

int df_letterbox_with(const struct df_row_operations *operations, const struct df_picture *picture,
    const struct df_letterbox *letterbox, const struct df_model_input *input, float *tensor,
    struct df_error *err);

#endif
