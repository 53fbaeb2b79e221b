/*
 * What a profile and the user's own wishes come to for each of the three software encoders and for NVENC:
 * checks, and FFmpeg's fields and options. Opens nothing.
 */
#ifndef DF_MEDIA_ENCODER_SETTINGS_H
#define DF_MEDIA_ENCODER_SETTINGS_H

#include <stdbool.h>

#include "base/error.h"
#include "media/encoder.h"

struct AVCodecContext;
struct AVDictionary;

/** DF_EUSAGE for a preset that the codec (not AUTO) does not have; names those it has. */
int df_encoder_check_preset(enum df_codec codec, const char *preset, struct df_error *err);

/** Whether it is one of NVENC's: p1 to p7. */
bool df_encoder_is_nvenc_preset(const char *preset);

/** DF_EUSAGE for a constant quality outside the codec's scale, or together with a bit rate. */
int df_encoder_check_rate(enum df_codec codec, int crf, int bitrate, struct df_error *err);

/**
 * The most B-frames in a row that a codec (not AUTO) is given: the profile's, but none where the preset
 * has none.
 */
int df_encoder_b_frames(enum df_codec codec, enum df_profile_name profile, const char *preset);

/**
 * Fills `context` (fresh, of the plan's encoder) and *dictionary (the caller frees it) for
 * avcodec_open2. `colour` is that of the pictures as encoded. 0 or DF_ENOMEM.
 */
int df_encoder_settings(const struct df_encoder_options *options,
    const struct df_encoder_plan *plan, const struct df_colour *colour,
    struct AVCodecContext *context, struct AVDictionary **dictionary, struct df_error *err);

/**
 * The same for NVENC. `plain` leaves out what not every chip has: B-frames, look-ahead, adaptive quantisation.
 * A preset that is not NVENC's is left to the profile.
 */
int df_encoder_nvenc_settings(const struct df_encoder_options *options,
    const struct df_encoder_plan *plan, const struct df_colour *colour, bool plain,
    struct AVCodecContext *context, struct AVDictionary **dictionary, struct df_error *err);

/** Sets a bit rate in kb/s with the bounds that go with it: a burst of half as much again unless `constant`. */
void df_encoder_set_rate(struct AVCodecContext *context, int bitrate, bool constant);

#endif
