#include "media/profile.h"

#include <assert.h>
#include <stddef.h>

const char *const df_codec_names[DF_CODECS] = {"auto", "h264", "hevc", "av1"};

const char *const df_profile_names[DF_PROFILES] = {
    "realtime", "streaming", "balanced", "quality", "archival"};

/*
 * Realtime gives up compression for speed and delay: no B-frames, no look-ahead. Streaming is the only
 * one bound to a bit rate, because a connection is; its short GOP is what players switch at. The other
 * three hold a quality: roughly the same one across a row, each codec on its own scale.
 */
static const struct df_profile table[DF_CODECS][DF_PROFILES] =
    {
        [DF_CODEC_H264] =
            {
                [DF_PROFILE_REALTIME] = {"libx264", "superfast", "zerolatency", 23, 0, 2, 0},
                [DF_PROFILE_STREAMING] = {"libx264", "veryfast", NULL, 0, 6000, 2, 2},
                [DF_PROFILE_BALANCED] = {"libx264", "fast", NULL, 20, 0, 5, 3},
                [DF_PROFILE_QUALITY] = {"libx264", "slow", NULL, 17, 0, 5, 3},
                [DF_PROFILE_ARCHIVAL] = {"libx264", "slower", NULL, 12, 0, 2, 3},
            },
        [DF_CODEC_HEVC] =
            {
                [DF_PROFILE_REALTIME] = {"libx265", "ultrafast", "zerolatency", 26, 0, 2, 0},
                [DF_PROFILE_STREAMING] = {"libx265", "veryfast", NULL, 0, 4000, 2, 3},
                [DF_PROFILE_BALANCED] = {"libx265", "fast", NULL, 22, 0, 5, 4},
                [DF_PROFILE_QUALITY] = {"libx265", "medium", NULL, 19, 0, 5, 4},
                [DF_PROFILE_ARCHIVAL] = {"libx265", "slow", NULL, 14, 0, 2, 4},
            },
        /* SVT-AV1 chooses its B pyramid itself: their number is only whether there are any. */
        [DF_CODEC_AV1] =
            {
                [DF_PROFILE_REALTIME] = {"libsvtav1", "12", NULL, 38, 0, 2, 0},
                [DF_PROFILE_STREAMING] = {"libsvtav1", "10", NULL, 0, 3500, 2, 15},
                [DF_PROFILE_BALANCED] = {"libsvtav1", "8", NULL, 30, 0, 5, 15},
                [DF_PROFILE_QUALITY] = {"libsvtav1", "6", NULL, 25, 0, 5, 15},
                [DF_PROFILE_ARCHIVAL] = {"libsvtav1", "4", NULL, 18, 0, 2, 15},
            },
};

const struct df_profile *df_profile_get(enum df_codec codec, enum df_profile_name profile)
{
  assert(codec > DF_CODEC_AUTO && codec < DF_CODECS && profile < DF_PROFILES);
  return &table[codec][profile];
}

/*
 * What NVIDIA's guide to NVENC recommends for each kind of use. Realtime: ultra low latency, nothing that waits
 * for later pictures. Streaming: low latency at a constant bit rate, whose first pass of a quarter of the size
 * keeps to it. The other three may take their time: high quality, look-ahead, adaptive quantisation, B-frames
 * of which the middle one is referred to.
 */
static const struct df_nvenc_profile nvenc_table[DF_PROFILES] = {
    [DF_PROFILE_REALTIME] = {"p2", "ull", "disabled", 0, 0, false, false},
    [DF_PROFILE_STREAMING] = {"p4", "ll", "qres", 0, 0, false, true},
    [DF_PROFILE_BALANCED] = {"p5", "hq", "disabled", 16, 3, true, true},
    [DF_PROFILE_QUALITY] = {"p6", "hq", "qres", 32, 3, true, true},
    [DF_PROFILE_ARCHIVAL] = {"p7", "hq", "fullres", 32, 3, true, true},
};

const struct df_nvenc_profile *df_profile_nvenc(enum df_profile_name profile)
{
  assert(profile < DF_PROFILES);
  return &nvenc_table[profile];
}

const char *df_profile_nvenc_encoder(enum df_codec codec)
{
  static const char *const names[DF_CODECS] = {
      [DF_CODEC_H264] = "h264_nvenc", [DF_CODEC_HEVC] = "hevc_nvenc", [DF_CODEC_AV1] = "av1_nvenc"};
  assert(codec > DF_CODEC_AUTO && codec < DF_CODECS);
  return names[codec];
}
