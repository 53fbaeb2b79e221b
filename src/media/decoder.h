/*
 * From packets of the video stream to pictures as displayed but for their sample aspect: decoded,
 * deinterlaced (bwdif, one picture a frame) where a picture is interlaced, rotated, and in a format that
 * df_picture can name (anything else is converted by swscale to the nearest one). Always the size that
 * df_video_info says: a picture of another size (a change in mid-stream) is scaled to it, and that is said.
 *
 * Time stamps are those of the file (best effort), made to grow strictly where they are missing or
 * repeated, so every picture has its own. With the input's start and duration, pictures outside are left
 * out. Bits that cannot be decoded are skipped; their count is kept.
 *
 * With a GPU the pictures are in its memory: those of 4:2:0 as NV12 or P010, others planar as they are. NVDEC
 * decodes H.264, HEVC, VP9, AV1 and MPEG-2 of 8 and 10 bit 4:2:0; each of its surfaces is copied at once, so
 * that whoever keeps pictures never starves it. What it refuses or fails on, interlaced pictures and a change
 * of size in mid-stream go to the CPU, whose pictures are then uploaded; that is said once, with the driver's
 * reason, and changes neither the number of pictures nor their times.
 */
#ifndef DF_MEDIA_DECODER_H
#define DF_MEDIA_DECODER_H

#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "frame/picture.h"
#include "gpu/gpu.h"
#include "media/input.h"

struct df_decoder;

/** Zero-initialised: on the CPU, with as many threads as there are cores. All is borrowed. */
struct df_decoder_options {
  int threads;              /* of a decoder on the CPU; 0: as many as there are cores */
  struct df_gpu *gpu;       /* NULL: pictures in host memory */
  struct df_device *device; /* with a GPU: what its pictures say they live on */
  df_gpu_stream stream;     /* with a GPU: the video's, in whose order its pictures are written */
  size_t
      pictures; /* with a GPU: that are under way at most; so many are made at first, memory permitting */
};

/** Borrows `input`, `log` and what the options name. DF_EMISSING when no decoder knows the codec. */
int df_decoder_create(struct df_input *input, const struct df_decoder_options *options,
    struct df_log *log, struct df_decoder **ret_decoder, struct df_error *err);
/** Waits for copies that still read the decoder's surfaces. Pictures already given stay valid. */
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

/** Why NVDEC does not decode, in the driver's words; NULL while it does, and where there is no GPU. */
const char *df_decoder_refusal(const struct df_decoder *decoder);

#endif
