/*
 * Rewrites text subtitles from one codec's syntax into another's (SubRip, ASS, WebVTT, MP4's timed text).
 * Internal to media/. One thread at a time.
 */
#ifndef DF_MEDIA_TEXT_TRANSCODER_H
#define DF_MEDIA_TEXT_TRANSCODER_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

#include "base/error.h"

struct df_text_transcoder;

/** Whether FFmpeg can rewrite `from` (a text codec) as `to`. */
bool df_text_transcoder_knows(enum AVCodecID from, enum AVCodecID to);

/** Borrows `input` only for the call. */
int df_text_transcoder_create(const AVCodecParameters *input, AVRational time_base,
    enum AVCodecID to, struct df_text_transcoder **ret_transcoder, struct df_error *err);
void df_text_transcoder_destroy(struct df_text_transcoder **transcoder);

/** Of the encoder, opened; borrowed, for the output's stream. */
const AVCodecContext *df_text_transcoder_context(const struct df_text_transcoder *transcoder);

/**
 * Rewrites the contents of `packet` in place; its times stay. Returns 1, or 0 when nothing is to be written
 * of it (it has no text, or is damaged).
 */
int df_text_transcoder_rewrite(
    struct df_text_transcoder *transcoder, AVPacket *packet, struct df_error *err);

#endif
