/*
 * The containers a result may be written to, by file name extension, and what each can carry. Internal to
 * media/. Pure but for df_container_carries, which asks FFmpeg's muxer by letting it try in memory.
 */
#ifndef DF_MEDIA_CONTAINER_H
#define DF_MEDIA_CONTAINER_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

struct df_container {
  const char *extension;     /* "mp4" */
  const char *name;          /* for people: "MP4" */
  const char *muxer;         /* FFmpeg's name */
  const char *audio_encoder; /* for audio it cannot carry */
  enum AVCodecID text;       /* text subtitles it can carry */
  bool is_mov;               /* of the QuickTime family: MP4, MOV */
  bool attachments;          /* carries files */
  bool av1_only;             /* and no other video that we make */
};

/** The container that the extension of `path` names; NULL when there is none. */
const struct df_container *df_container_of(const char *path);

/** ".mp4, .m4v, ...", for messages. */
const char *df_container_extensions(void);

/** Whether the container holds such a stream as it is, bit for bit, in a way that players understand. */
bool df_container_carries(
    const struct df_container *container, const AVCodecParameters *parameters);

/**
 * Copies what a stream is, with a codec tag that the container has (FFmpeg picks one where it is 0).
 * Returns 0 or FFmpeg's error.
 */
int df_container_copy_parameters(
    const struct df_container *container, AVCodecParameters *to, const AVCodecParameters *from);

#endif
