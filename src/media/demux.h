/*
 * Opens one file with FFmpeg's demuxers, safely: a regular file, the file protocol and nothing else. A
 * playlist or a pattern that would make FFmpeg open further files is refused, whatever the file's name is.
 *
 * Internal to media/. Knows nothing of decoding.
 */
#ifndef DF_MEDIA_DEMUX_H
#define DF_MEDIA_DEMUX_H

#include <libavformat/avformat.h>
#include <stdbool.h>

#include "base/error.h"

/**
 * Opens `path` and lets FFmpeg find its streams. `interrupt` (may be NULL) is copied. DF_EINPUT says in one
 * sentence what is wrong with the file. The caller closes *ret_context with df_demux_close.
 */
int df_demux_open(const char *path, const AVIOInterruptCB *interrupt, AVFormatContext **ret_context,
    struct df_error *err);

/** Accepts NULL, sets *context to NULL. */
void df_demux_close(AVFormatContext **context);

/** Whether the format is one of single pictures (PNG, JPEG, ...), even if it may hold several. */
bool df_demux_is_image(const AVFormatContext *context);

/**
 * The video stream to show: never a cover picture; the default one first, then the largest. -1 when there
 * is none.
 */
int df_demux_best_video(const AVFormatContext *context);

#endif
