/*
 * A GPU as FFmpeg sees it: its hardware device context around the context and stream that are ours, and
 * frames around pictures of ours. Internal to media/.
 */
#ifndef DF_MEDIA_CUDA_CONTEXT_H
#define DF_MEDIA_CUDA_CONTEXT_H

#include <libavutil/buffer.h>

#include "base/error.h"
#include "frame/picture.h"
#include "gpu/gpu.h"

/**
 * A reference (the caller's) to an AVHWDeviceContext whose work is put on `stream`. `gpu` and `stream` stay
 * the owner's and must outlive all references.
 */
int df_cuda_context_create(
    struct df_gpu *gpu, df_gpu_stream stream, AVBufferRef **ret_device, struct df_error *err);

/** A reference (the caller's) to an AVHWFramesContext of `device` for pictures of this layout and size. */
int df_cuda_frames_create(AVBufferRef *device, struct df_format format, int width, int height,
    AVBufferRef **ret_frames, struct df_error *err);

/**
 * Makes a frame of `frames` of a picture in device memory, without a copy: it holds a reference to the picture
 * until its own last one is gone. NULL when memory runs out.
 */
struct AVFrame *df_cuda_frame(AVBufferRef *frames, struct df_picture *picture);

#endif
