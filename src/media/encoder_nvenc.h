/*
 * Opens NVENC for pictures in the memory of a GPU, or says why not. Internal to media/.
 */
#ifndef DF_MEDIA_ENCODER_NVENC_H
#define DF_MEDIA_ENCODER_NVENC_H

#include "base/error.h"
#include "media/encoder.h"

struct AVBufferRef;
struct AVCodecContext;

/** NVENC, opened; zero-initialise. */
struct df_encoder_nvenc {
  struct AVCodecContext *context;
  struct AVBufferRef *frames; /* what df_cuda_frame makes frames of for it */
  bool busy;                  /* it was refused since as many are open as are served at once */
};

/**
 * Fills *nvenc. `colour` is that of the pictures. What not every chip has is left out where it is refused.
 * The error says what kind of refusal it is, with FFmpeg's and the driver's own words; its code is that of
 * df_nvenc_refusal_code, or DF_ENOMEM.
 */
int df_encoder_nvenc_open(const struct df_encoder_options *options,
    const struct df_encoder_plan *plan, const struct df_colour *colour,
    struct df_encoder_nvenc *nvenc, struct df_error *err);

/**
 * The same, counted at the options' gate; where it serves no more encoders at once, after one of this process was closed,
 * if the options say so.
 * Says in `log` that it waits.
 */
int df_encoder_nvenc_open_in_turn(const struct df_encoder_options *options,
    const struct df_encoder_plan *plan, const struct df_colour *colour, struct df_log *log,
    struct df_encoder_nvenc *nvenc, struct df_error *err);

/** Closes it; the struct may be filled again. */
void df_encoder_nvenc_close(struct df_encoder_nvenc *nvenc);

#endif
