#include "pipeline/picture_md5.h"

#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <stdio.h>
#include <stdlib.h>

struct df_picture_md5 {
  struct AVMD5 *state;
};

struct df_picture_md5 *df_picture_md5_create(void)
{
  struct df_picture_md5 *md5 = calloc(1, sizeof *md5);
  if (!md5)
    return NULL;
  md5->state = av_md5_alloc();
  if (!md5->state) {
    free(md5);
    return NULL;
  }
  av_md5_init(md5->state);
  return md5;
}

void df_picture_md5_destroy(struct df_picture_md5 **md5)
{
  if (*md5)
    av_free((*md5)->state);
  free(*md5);
  *md5 = NULL;
}

void df_picture_md5_add(struct df_picture_md5 *md5, const struct df_picture *picture)
{
  const struct df_format format = picture->format;
  const int planes = format.semi_planar ? 2 : 3, sample = format.depth > 8 ? 2 : 1;
  for (int plane = 0; plane < planes; plane++) {
    int interleaved = plane == 1 && format.semi_planar ? 2 : 1;
    int bytes = df_format_plane_width(format, plane, picture->width) * sample * interleaved;
    int rows = df_format_plane_height(format, plane, picture->height);
    for (int y = 0; y < rows; y++)
      av_md5_update(
          md5->state, picture->planes[plane] + y * picture->strides[plane], (size_t)bytes);
  }
}

void df_picture_md5_finish(struct df_picture_md5 *md5, char ret_text[DF_MD5_TEXT])
{
  uint8_t digest[16];
  av_md5_final(md5->state, digest);
  for (int i = 0; i < 16; i++)
    snprintf(ret_text + 2 * i, 3, "%02x", digest[i]);
}
