/*
 * NVDEC behind one of FFmpeg's decoders: chosen when the decoder asks for a format, its surfaces copied into
 * pictures of ours, on the device, in the order of the video's stream. Internal to media/. One thread.
 *
 * A surface is kept from the decoder only until its copy has happened, which is looked at, not waited for;
 * the decoder is given as many more as may be kept.
 */
#ifndef DF_MEDIA_NVDEC_H
#define DF_MEDIA_NVDEC_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

#include "base/error.h"
#include "frame/picture.h"
#include "gpu/gpu.h"
#include "media/input.h"

struct df_nvdec;

/** Whether NVDEC may know the codec at all. */
bool df_nvdec_knows(enum AVCodecID codec);

/** Borrows all. `device` is what the pictures, NV12 or P010 of the info's size, say they live on; `pictures`
 * of them are made at once, memory permitting. */
int df_nvdec_create(struct df_gpu *gpu, struct df_device *device, df_gpu_stream stream,
    const struct df_video_info *info, size_t pictures, struct df_nvdec **ret_nvdec,
    struct df_error *err);
/** Waits for copies to be done. The decoder that was set up with it is freed before. */
void df_nvdec_destroy(struct df_nvdec **nvdec);

/** Sets a context up, before it is opened, to decode with it. 0 or DF_ENOMEM. */
int df_nvdec_attach(struct df_nvdec *nvdec, AVCodecContext *context, struct df_error *err);

/**
 * Whether what FFmpeg just returned (an AVERROR; 0 none) or said means that NVDEC cannot decode, and not that
 * the video is damaged. df_ffmpeg_transcript has the reason then.
 */
bool df_nvdec_failed(const struct df_nvdec *nvdec, int avcode);

/** Why the frame, whole as it is, needs what only the CPU does; NULL when it does not. */
const char *df_nvdec_unfit(const struct df_nvdec *nvdec, const AVFrame *frame);

/** Makes a picture of a surface; takes *frame, on failure too. Its times are the frame's. */
int df_nvdec_take(
    struct df_nvdec *nvdec, AVFrame **frame, struct df_picture **ret_picture, struct df_error *err);

#endif
