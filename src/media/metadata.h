/*
 * What a file says about itself and its streams, carried from input to output: titles, languages,
 * dispositions, chapters. What is only true of the input's own bytes stays behind. Internal to media/.
 */
#ifndef DF_MEDIA_METADATA_H
#define DF_MEDIA_METADATA_H

#include <libavformat/avformat.h>

#include "media/input.h"

/** The file's own tags. 0 or FFmpeg's error, as below. */
int df_metadata_copy_global(AVFormatContext *to, const AVFormatContext *from);

/** A stream's tags and dispositions. */
int df_metadata_copy_stream(AVStream *to, const AVStream *from);

/** The chapters that lie in `span`, their times with `origin` (microseconds) as 0. */
int df_metadata_copy_chapters(
    AVFormatContext *to, const AVFormatContext *from, struct df_span span, int64_t origin);

#endif
