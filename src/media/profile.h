/* The encoding profiles: one table of codec x profile. Pure data. */
#ifndef DF_MEDIA_PROFILE_H
#define DF_MEDIA_PROFILE_H

#include <stdbool.h>

enum df_codec {
  DF_CODEC_AUTO,
  DF_CODEC_H264,
  DF_CODEC_HEVC,
  DF_CODEC_AV1,
  DF_CODECS,
  DF_CODEC_NONE = DF_CODECS /* for benchmarks: encodes nothing; has no name, profile or limits */
};
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

/**
 * How NVENC is set for one profile, in NVIDIA's words, whatever the codec. Constant quality (its cq), bit rate
 * and distance of key frames are the software twin's.
 */
struct df_nvenc_profile {
  const char *preset;    /* p1 (fastest) to p7 (best) */
  const char *tune;      /* ull, ll, hq */
  const char *multipass; /* disabled, qres, fullres */
  int lookahead;         /* rc-lookahead, pictures */
  int b_frames;
  bool b_references; /* b_ref_mode middle, else disabled */
  bool adaptive;     /* spatial and temporal AQ */
};

/** NVENC's entry for a profile; never NULL. */
const struct df_nvenc_profile *df_profile_nvenc(enum df_profile_name profile);

/** FFmpeg's name of NVENC's encoder for a codec (not AUTO): "h264_nvenc". */
const char *df_profile_nvenc_encoder(enum df_codec codec);

/** The entry for a codec (not AUTO) and a profile; never NULL. */
const struct df_profile *df_profile_get(enum df_codec codec, enum df_profile_name profile);

#endif
