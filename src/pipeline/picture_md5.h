/*
 * The MD5 (RFC 1321) of pictures in their order: of their samples row by row, luma before chroma, without
 * what pads the rows. It says whether two runs composed the same, to the bit; nothing is secured by it.
 */
#ifndef DF_PIPELINE_PICTURE_MD5_H
#define DF_PIPELINE_PICTURE_MD5_H

#include "frame/picture.h"

enum { DF_MD5_TEXT = 33 };

struct df_picture_md5;

/** NULL when memory runs out. */
struct df_picture_md5 *df_picture_md5_create(void);
/** Accepts NULL, sets *md5 to NULL. */
void df_picture_md5_destroy(struct df_picture_md5 **md5);
/** Adds a picture in host memory. One thread at a time. */
void df_picture_md5_add(struct df_picture_md5 *md5, const struct df_picture *picture);
/** Writes the sum as hexadecimal digits; nothing may be added after it. */
void df_picture_md5_finish(struct df_picture_md5 *md5, char ret_text[DF_MD5_TEXT]);

#endif
