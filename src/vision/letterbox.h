/*
 * What the letterboxes of all devices have in common: which samples a tensor pixel averages. And for tests
 * df_letterbox_cpu with the row operations of one's choice.
 */
#ifndef DF_VISION_LETTERBOX_H
#define DF_VISION_LETTERBOX_H

#include "vision/preprocess.h"
#include "vision/rows.h"

int df_letterbox_with(const struct df_row_operations *operations, const struct df_picture *picture,
    const struct df_letterbox *letterbox, const struct df_model_input *input, float *tensor,
    struct df_error *err);

/** The part of the tensor that the picture covers, and the filters of luma and of chroma. */
struct df_letterbox_plan {
  int columns, lines;                       /* the rest of the tensor is 0 */
  struct df_area_filter across[2], down[2]; /* total DF_COLUMN_WEIGHTS and DF_ROW_WEIGHTS */
};

/** 0 or DF_ENOMEM; df_letterbox_plan_finish releases. Looks at size, format and siting only. */
int df_letterbox_plan_init(struct df_letterbox_plan *plan, const struct df_picture *picture,
    const struct df_letterbox *letterbox);
void df_letterbox_plan_finish(struct df_letterbox_plan *plan);

/**
 * When an output row covers `step` rows of a plane, every how manyth is read: every fourth from a step of
 * 8 on, every second from 4 on, else each; so two at least.
 */
int df_letterbox_spacing(double step);

#endif
