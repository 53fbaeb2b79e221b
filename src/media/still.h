/* Reads a photo and writes a PNG. */
#ifndef DF_MEDIA_STILL_H
#define DF_MEDIA_STILL_H

#include "base/error.h"
#include "frame/picture.h"

/** Decodes the first picture of an image file (JPEG, PNG, ...), rotated as its metadata says. */
int df_still_read(const char *path, struct df_picture **ret_picture, struct df_error *err);

/** Writes `width` x `height` RGB (3 bytes a pixel, rows without gaps) as PNG, whole or not at all. */
int df_still_write_png(
    const char *path, const unsigned char *rgb, int width, int height, struct df_error *err);

/** Converts a host picture to RGB of the given size (rows without gaps, borrowed memory of w*h*3 bytes). */
int df_still_to_rgb(const struct df_picture *picture, int width, int height, unsigned char *rgb,
    struct df_error *err);

#endif
