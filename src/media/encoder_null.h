/*
 * An encoder that encodes nothing, for benchmarks of all that is before it: it only sees to it that each
 * picture has really been made. Internal to media/. One thread.
 */
#ifndef DF_MEDIA_ENCODER_NULL_H
#define DF_MEDIA_ENCODER_NULL_H

#include <stdint.h>

#include "base/error.h"
#include "gpu/gpu.h"

struct df_encoder_null;

/** Borrows `gpu` (NULL: pictures are in host memory, and made when they come) and `stream`. */
int df_encoder_null_create(struct df_gpu *gpu, df_gpu_stream stream,
    struct df_encoder_null **ret_null, struct df_error *err);
void df_encoder_null_destroy(struct df_encoder_null **null);

/**
 * A picture whose making is on the stream has come: waits for the one before it, so that the device is never
 * idle meanwhile.
 */
int df_encoder_null_count(struct df_encoder_null *null, struct df_error *err);

/** There are no more: waits for the last one. */
int df_encoder_null_end(struct df_encoder_null *null, struct df_error *err);

#endif
