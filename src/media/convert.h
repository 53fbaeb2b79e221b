/*
 * Converts a frame to one layout and size with swscale, exactly where it must be: a frame that has both is
 * left alone. Y'CbCr keeps its matrix and range; R'G'B' gets those of the target colour; grey gets neutral
 * chroma. Internal to media/; one thread.
 */
#ifndef DF_MEDIA_CONVERT_H
#define DF_MEDIA_CONVERT_H

#include <libavutil/frame.h>

#include "base/error.h"
#include "frame/picture.h"

struct df_convert;

/** NULL when memory runs out. */
struct df_convert *df_convert_create(
    int width, int height, enum AVPixelFormat format, struct df_colour colour, int threads);
void df_convert_destroy(struct df_convert **convert);

/** Replaces *frame by its conversion, which has its properties; on failure *frame is as it was. */
int df_convert_frame(struct df_convert *convert, AVFrame **frame, struct df_error *err);

#endif
