/*
 * Why NVENC does not encode, told apart by what FFmpeg and the driver say of it. Pure. Internal to media/.
 */
#ifndef DF_MEDIA_NVENC_REFUSAL_H
#define DF_MEDIA_NVENC_REFUSAL_H

enum df_nvenc_refusal {
  DF_NVENC_NOT_BUILT,   /* this FFmpeg has no such encoder */
  DF_NVENC_NO_CHIP,     /* the GPU has no NVENC */
  DF_NVENC_NO_LIBRARY,  /* the driver's library is missing */
  DF_NVENC_OLD_DRIVER,  /* the driver is older than FFmpeg wants */
  DF_NVENC_SESSIONS,    /* no more encoders at once */
  DF_NVENC_NOT_OFFERED, /* the codec, its 10 bit or the picture size */
  DF_NVENC_FEATURE,     /* a refinement (B-frames, look-ahead, AQ): worth trying without */
  DF_NVENC_OTHER,
  DF_NVENC_REFUSALS
};

/** What kind of refusal `said` (df_ffmpeg_transcript) is. */
enum df_nvenc_refusal df_nvenc_classify(const char *said);

/** One part of a sentence: "this GPU has no NVENC". */
const char *df_nvenc_refusal_text(enum df_nvenc_refusal refusal);

/** The DF_E... of it. */
int df_nvenc_refusal_code(enum df_nvenc_refusal refusal);

#endif
