#include "media/nvenc_refusal.h"

#include <stddef.h>
#include <string.h>

#include "base/error.h"

/*
 * Both halves of a sign must be said; NULL: one is enough. The first row that fits decides: what the driver
 * itself says stands before what FFmpeg concludes of it. Numbers are NVENCSTATUS as FFmpeg prints it.
 */
static const struct {
  const char *said, *also;
  enum df_nvenc_refusal refusal;
} signs[] = {
    {"Cannot load libnvidia-encode", NULL, DF_NVENC_NO_LIBRARY},
    {"Cannot load libcuda", NULL, DF_NVENC_NO_LIBRARY},
    {"does not support the required nvenc API", NULL, DF_NVENC_OLD_DRIVER},
    {"invalid version (15)", NULL, DF_NVENC_OLD_DRIVER},
    {"OpenEncodeSessionEx failed", "unsupported device (2)", DF_NVENC_NO_CHIP},
    {"OpenEncodeSessionEx failed", "no encode device (1)", DF_NVENC_NO_CHIP},
    {"OpenEncodeSessionEx failed", "out of memory (10)", DF_NVENC_SESSIONS},
    {"OpenEncodeSessionEx failed", "incompatible client key (21)", DF_NVENC_SESSIONS},
    {"Codec not supported", NULL, DF_NVENC_NOT_OFFERED},
    {"10 bit encode not supported", NULL, DF_NVENC_NOT_OFFERED},
    {"Width ", " exceeds ", DF_NVENC_NOT_OFFERED},
    {"Height ", " exceeds ", DF_NVENC_NOT_OFFERED},
    {"Max B-frames ", " exceed ", DF_NVENC_FEATURE},
    {"RC lookahead not supported", NULL, DF_NVENC_FEATURE},
    {"Temporal AQ not supported", NULL, DF_NVENC_FEATURE},
    {"frames as references are not supported", NULL, DF_NVENC_FEATURE},
    {"B frame as reference is not supported", NULL, DF_NVENC_FEATURE},
    {"InitializeEncoder failed", "unsupported param (12)", DF_NVENC_FEATURE},
    {"InitializeEncoder failed", "invalid param (8)", DF_NVENC_FEATURE},
};

static const struct {
  const char *text;
  int code;
} refusals[DF_NVENC_REFUSALS] = {
    [DF_NVENC_NOT_BUILT] = {"this FFmpeg was built without it", DF_EMISSING},
    [DF_NVENC_NO_CHIP] = {"this GPU has no NVENC", DF_EMISSING},
    [DF_NVENC_NO_LIBRARY] = {"the driver's libnvidia-encode.so.1 is missing", DF_EMISSING},
    [DF_NVENC_OLD_DRIVER] = {"the NVIDIA driver is too old for this FFmpeg", DF_EMISSING},
    [DF_NVENC_SESSIONS] = {"this GPU serves no more encoders at once", DF_ELIBRARY},
    [DF_NVENC_NOT_OFFERED] = {"this GPU's NVENC does not offer it", DF_EUNSUPPORTED},
    [DF_NVENC_FEATURE] = {"this GPU's NVENC lacks a setting of the profile", DF_EUNSUPPORTED},
    [DF_NVENC_OTHER] = {"NVENC cannot be opened", DF_ELIBRARY},
};

enum df_nvenc_refusal df_nvenc_classify(const char *said)
{
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
    if (strstr(said, signs[i].said) && (!signs[i].also || strstr(said, signs[i].also)))
      return signs[i].refusal;
  return DF_NVENC_OTHER;
}

const char *df_nvenc_refusal_text(enum df_nvenc_refusal refusal)
{
  return refusals[refusal].text;
}

int df_nvenc_refusal_code(enum df_nvenc_refusal refusal)
{
  return refusals[refusal].code;
}
