/* What the video decoder of a GPU can decode, as the driver says. */
#ifndef DF_MEDIA_NVDEC_CODECS_H
#define DF_MEDIA_NVDEC_CODECS_H

#include <stdbool.h>

#include "base/error.h"
#include "gpu/gpu.h"

enum { DF_NVDEC_CODECS = 5 };

/** What it says of one codec, for 4:2:0. */
struct df_nvdec_codec {
  const char *name; /* "h264", "hevc", "vp9", "av1", "mpeg2" */
  bool bits8, bits10;
  int width, height; /* the largest picture; 0 where the codec cannot be decoded */
  int engines;       /* decoders that work at once; 0 where the driver does not say */
};

/** DF_EMISSING without libnvcuvid.so.1 or its function; DF_ELIBRARY with CUDA's number when it is refused. */
int df_nvdec_codecs(
    struct df_gpu *gpu, struct df_nvdec_codec ret_codecs[DF_NVDEC_CODECS], struct df_error *err);

#endif
