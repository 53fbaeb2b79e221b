/*
 * What a video stream says of itself, made complete: everything df_video_info holds, from the stream's
 * parameters, its side data and, where there is one, its first decoded frame. Internal to media/.
 */
#ifndef DF_MEDIA_VIDEO_INFO_H
#define DF_MEDIA_VIDEO_INFO_H

#include <libavformat/avformat.h>
#include <stdbool.h>

#include "media/input.h"

/**
 * Whether the stream's parameters leave open what a decoded frame would tell: its size or format, or, for
 * what may be HDR, its transfer or its mastering data.
 */
bool df_video_info_wants_frame(const AVStream *stream);

/**
 * Fills everything. `frame`, the first decoded one, may be NULL. DF_EINPUT when the picture size or format
 * stays unknown.
 */
int df_video_info_fill(AVFormatContext *context, AVStream *stream, const AVFrame *frame,
    struct df_span span, struct df_video_info *info, struct df_error *err);

/** The format that pictures of this pixel format are decoded or converted to: the nearest one. */
enum AVPixelFormat df_video_target(enum AVPixelFormat pixel_format);

/** Whether it has nothing but luma. */
bool df_video_is_grey(enum AVPixelFormat pixel_format);

/** Whether it is R'G'B' in some form (palettes and sensor data too), which decoding turns to Y'CbCr. */
bool df_video_is_rgb(enum AVPixelFormat pixel_format);

#endif
