/*
 * Brings decoded frames into the one form that df_video_info promises: its layout and size (swscale),
 * progressive (bwdif), upright (transpose, hflip, vflip). A frame that has it already passes untouched,
 * uncopied and undelayed; as many frames come out as go in. Internal to media/; one thread.
 */
#ifndef DF_MEDIA_CONFORM_H
#define DF_MEDIA_CONFORM_H

#include <libavutil/frame.h>

#include "base/error.h"
#include "base/log.h"
#include "media/input.h"

struct df_conform;

/**
 * `info` and `log` are borrowed. `format` is the target before rotation (df_video_target). `threads` 0 is
 * as many as there are cores. NULL when memory runs out.
 */
struct df_conform *df_conform_create(
    const struct df_video_info *info, enum AVPixelFormat format, int threads, struct df_log *log);
void df_conform_destroy(struct df_conform **conform);

/**
 * Gives a frame with its pts set (taken: *frame is NULL afterwards, on failure too), or NULL at the end.
 * All frames must be received (until 0) between two sends.
 */
int df_conform_send(struct df_conform *conform, AVFrame **frame, struct df_error *err);

/** 1 with a frame (the caller's), 0 when the next one is needed or all is done. */
int df_conform_receive(struct df_conform *conform, AVFrame **ret_frame);

#endif
