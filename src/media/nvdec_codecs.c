/* Asks libnvcuvid.so.1, opened at run time, which is what FFmpeg decodes with too. */
#include "media/nvdec_codecs.h"

#include <dlfcn.h>
#include <ffnvcodec/dynlink_cuda.h> /* before the next, which needs its types */
#include <ffnvcodec/dynlink_cuviddec.h>

static const struct {
  const char *name;
  cudaVideoCodec codec;
} codecs[DF_NVDEC_CODECS] = {
    {"h264", cudaVideoCodec_H264},
    {"hevc", cudaVideoCodec_HEVC},
    {"vp9", cudaVideoCodec_VP9},
    {"av1", cudaVideoCodec_AV1},
    {"mpeg2", cudaVideoCodec_MPEG2},
};

typedef CUresult get_caps(CUVIDDECODECAPS *caps);

static int find(get_caps **ret_get, struct df_error *err)
{
  void *library = dlopen("libnvcuvid.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library)
    return df_fail(err, DF_EMISSING,
        "the driver's decoder cannot be opened (%.300s); install the driver's video libraries",
        dlerror());
  *(void **)ret_get = dlsym(library, "cuvidGetDecoderCaps");
  if (!*ret_get)
    return df_fail(err, DF_EMISSING,
        "libnvcuvid.so.1 has no cuvidGetDecoderCaps; it is too old, install a newer driver");
  return 0;
}

static int ask(get_caps *get, int i, int depth, CUVIDDECODECAPS *ret_caps, struct df_error *err)
{
  *ret_caps = (CUVIDDECODECAPS){
      .eCodecType = codecs[i].codec,
      .eChromaFormat = cudaVideoChromaFormat_420,
      .nBitDepthMinus8 = (unsigned)depth - 8,
  };
  CUresult result = get(ret_caps);
  if (result != CUDA_SUCCESS)
    return df_fail(err, DF_ELIBRARY, "cuvidGetDecoderCaps for %s, %d bit: CUDA error %d",
        codecs[i].name, depth, (int)result);
  return 0;
}

static int describe(get_caps *get, int i, struct df_nvdec_codec *ret_codec, struct df_error *err)
{
  CUVIDDECODECAPS eight, ten;
  int result = ask(get, i, 8, &eight, err);
  if (result == 0)
    result = ask(get, i, 10, &ten, err);
  if (result < 0)
    return result;
  const CUVIDDECODECAPS *best = eight.bIsSupported ? &eight : &ten;
  *ret_codec = (struct df_nvdec_codec){
      .name = codecs[i].name,
      .bits8 = eight.bIsSupported,
      .bits10 = ten.bIsSupported,
      .width = best->bIsSupported ? (int)best->nMaxWidth : 0,
      .height = best->bIsSupported ? (int)best->nMaxHeight : 0,
      .engines = best->nNumNVDECs,
  };
  return 0;
}

int df_nvdec_codecs(
    struct df_gpu *gpu, struct df_nvdec_codec ret_codecs[DF_NVDEC_CODECS], struct df_error *err)
{
  get_caps *get = NULL;
  int result = find(&get, err);
  if (result == 0)
    result = df_gpu_enter(gpu, err);
  if (result < 0)
    return result;
  for (int i = 0; i < DF_NVDEC_CODECS && result == 0; i++)
    result = describe(get, i, &ret_codecs[i], err);
  df_gpu_leave(gpu);
  return result;
}
