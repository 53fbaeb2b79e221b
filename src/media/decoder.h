/*
 * From packets of the video stream to pictures as displayed but for their sample aspect: decoded,
 * deinterlaced (bwdif, one picture a frame) where a picture is interlaced, rotated, and in a format that
 * df_picture can name (anything else is converted by swscale to the nearest one). Always the size that
 * df_video_info says: a picture of another size (a change in mid-stream) is scaled to it, and that is said.
 *
 * Time stamps are those of the file (best effort), made to grow strictly where they are missing or
 * repeated, so every picture has its own. With the input's start and duration, pictures outside are left
 * out. Bits that cannot be decoded are skipped; their count is kept.
 */
#ifndef DF_MEDIA_DECODER_H
#define DF_MEDIA_DECODER_H

#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "frame/picture.h"
#include "media/input.h"

struct df_decoder;

/** Borrows `input` and `log`. `threads` 0 lets FFmpeg choose. DF_EMISSING when no decoder knows the codec. */
int df_decoder_create(struct df_input *input, int threads, struct df_log *log,
    struct df_decoder **ret_decoder, struct df_error *err);
void df_decoder_destroy(struct df_decoder **decoder);

/**
 * Gives a packet of the video stream (borrowed), or NULL at the end of the stream. A damaged packet is no
 * error. All pictures must be received (until 0) between two sends.
 */
int df_decoder_send(
    struct df_decoder *decoder, const struct AVPacket *packet, struct df_error *err);

/** 1 with a picture (the caller's reference), 0 when the next packet is needed or all is done. */
int df_decoder_receive(
    struct df_decoder *decoder, struct df_picture **ret_picture, struct df_error *err);

/** Pictures or packets that could not be decoded so far. */
int64_t df_decoder_damaged(const struct df_decoder *decoder);

#endif
