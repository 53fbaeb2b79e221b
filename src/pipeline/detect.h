/* What looking at pictures one by one (stage_detect.c) and by a batcher (stage_look.c) have in common. */
#ifndef DF_PIPELINE_DETECT_H
#define DF_PIPELINE_DETECT_H

#include "pipeline/stages.h"
#include "vision/sketch.h"

/**
 * Gives the frame its observation: that of the log that is replayed, as far as it reaches (from_log is set
 * then), else a blank one. One thread at a time. DF_EINPUT when the log is of other pictures.
 */
int df_detect_begin(struct df_pipeline *p, struct df_frame *frame, struct df_error *err);

/** Measures a picture in a GPU's memory that the batcher never had. */
int df_look_sketch(struct df_pipeline *p, const struct df_picture *picture,
    struct df_luma_sketch *ret_sketch, struct df_error *err);

/** Embeds a face of a picture with the batcher: see df_models_embed. */
int df_look_embed(struct df_pipeline *p, const struct df_picture *picture,
    const struct df_face *face, struct df_answer *ret_answer, struct df_error *err);

#endif
