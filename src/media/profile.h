/* The encoding profiles: one table of codec x profile. Pure data. */
#ifndef DF_MEDIA_PROFILE_H
#define DF_MEDIA_PROFILE_H

enum df_codec { DF_CODEC_AUTO, DF_CODEC_H264, DF_CODEC_HEVC, DF_CODEC_AV1, DF_CODECS };
/** "auto", "h264", "hevc", "av1". */
extern const char *const df_codec_names[DF_CODECS];

enum df_profile_name {
  DF_PROFILE_REALTIME,
  DF_PROFILE_STREAMING,
  DF_PROFILE_BALANCED,
  DF_PROFILE_QUALITY,
  DF_PROFILE_ARCHIVAL,
  DF_PROFILES
};
/** "realtime", "streaming", "balanced", "quality", "archival". */
extern const char *const df_profile_names[DF_PROFILES];

/** How one software encoder is set for one profile. */
struct df_profile {
  const char *encoder; /* FFmpeg's name: libx264, libx265, libsvtav1 */
  const char *preset;
  const char *tune;   /* NULL none */
  int crf;            /* constant quality; used when bitrate is 0 */
  int bitrate;        /* kb/s for 1080p30, scaled by size and, damped, by rate; 0: crf */
  double gop_seconds; /* key frame distance */
  int b_frames;
};

/** The entry for a codec (not AUTO) and a profile; never NULL. */
const struct df_profile *df_profile_get(enum df_codec codec, enum df_profile_name profile);

#endif
