/*
 * A double of libnvcuvid.so.1 for tests: it says which codecs it decodes and, unless told otherwise, refuses to
 * make a decoder. Surfaces are memory of the libcuda double; they are gone as soon as they are given back, so
 * that whoever still copies from one is found out.
 *
 * DUALFACE_DOUBLE_NVCUVID sets it up, read when a decoder is made; sim_nvcuvid_configure does so at once:
 *   decode    decoders are made; their pictures are grey, each of another shade: luma 16 + number % 200
 *   fail=5    so, but the picture of this number (in decoding order, from 0) fails
 * Settings are parted by commas.
 */
#include <dlfcn.h>
#include <ffnvcodec/dynlink_cuda.h>

#include <ffnvcodec/dynlink_nvcuvid.h> /* after its types */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SURFACES_MOST = 64, PITCH_ALIGNMENT = 256, SHADES = 200 };

#define NOT_SUPPORTED ((CUresult)801)
#define UNKNOWN ((CUresult)999)
#define OUT_OF_MEMORY ((CUresult)2)

struct decoder {
  CUVIDDECODECREATEINFO info;
  int shades[SURFACES_MOST];
  int mapped;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_set_up, decodes;
static long fail, pictures;

void sim_nvcuvid_configure(const char *settings);
tcuvidGetDecoderCaps cuvidGetDecoderCaps;
tcuvidCreateDecoder cuvidCreateDecoder;
tcuvidDestroyDecoder cuvidDestroyDecoder;
tcuvidDecodePicture cuvidDecodePicture;
tcuvidMapVideoFrame64 cuvidMapVideoFrame64;
tcuvidUnmapVideoFrame64 cuvidUnmapVideoFrame64;

static void configure(const char *settings)
{
  const char *at = settings ? strstr(settings, "fail=") : NULL;
  decodes = settings && (at || strstr(settings, "decode"));
  fail = at ? atol(at + 5) : -1;
  pictures = 0;
  is_set_up = true;
}

void sim_nvcuvid_configure(const char *settings)
{
  pthread_mutex_lock(&lock);
  configure(settings);
  pthread_mutex_unlock(&lock);
}

static void *cuda_function(const char *name)
{
  void *cuda = dlopen("libcuda.so.1", RTLD_NOW);
  return cuda ? dlsym(cuda, name) : NULL;
}

static bool is_offered(cudaVideoCodec codec)
{
  return codec == cudaVideoCodec_MPEG2 || codec == cudaVideoCodec_H264 ||
         codec == cudaVideoCodec_HEVC || codec == cudaVideoCodec_VP9 || codec == cudaVideoCodec_AV1;
}

CUresult CUDAAPI cuvidGetDecoderCaps(CUVIDDECODECAPS *caps)
{
  bool deep = caps->nBitDepthMinus8 > 0;
  caps->bIsSupported = is_offered(caps->eCodecType) && caps->nBitDepthMinus8 <= 2 &&
                       caps->eChromaFormat == cudaVideoChromaFormat_420 &&
                       !(deep && caps->eCodecType == cudaVideoCodec_H264);
  caps->nOutputFormatMask =
      (unsigned short)(1 << cudaVideoSurfaceFormat_NV12 | deep << cudaVideoSurfaceFormat_P016);
  caps->nMaxWidth = caps->nMaxHeight = 4096;
  caps->nMaxMBCount = 65536;
  caps->nMinWidth = caps->nMinHeight = 48;
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuvidCreateDecoder(CUvideodecoder *ret_decoder, CUVIDDECODECREATEINFO *info)
{
  pthread_mutex_lock(&lock);
  if (!is_set_up)
    configure(getenv("DUALFACE_DOUBLE_NVCUVID"));
  bool makes = decodes;
  pthread_mutex_unlock(&lock);
  if (!makes)
    return NOT_SUPPORTED;
  struct decoder *decoder = calloc(1, sizeof *decoder);
  decoder->info = *info;
  *ret_decoder = decoder;
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuvidDestroyDecoder(CUvideodecoder handle)
{
  free(handle);
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuvidDecodePicture(CUvideodecoder handle, CUVIDPICPARAMS *parameters)
{
  struct decoder *decoder = handle;
  pthread_mutex_lock(&lock);
  long number = pictures++;
  bool fails = number == fail;
  pthread_mutex_unlock(&lock);
  if (fails)
    return UNKNOWN;
  decoder->shades[parameters->CurrPicIdx] = 16 + (int)(number % SHADES);
  return CUDA_SUCCESS;
}

static void paint(const struct decoder *decoder, unsigned char *memory, size_t pitch, int shade)
{
  size_t width = decoder->info.ulTargetWidth, height = decoder->info.ulTargetHeight;
  bool deep = decoder->info.OutputFormat == cudaVideoSurfaceFormat_P016;
  for (size_t y = 0; y < height * 3 / 2; y++) {
    unsigned char *row = memory + y * pitch;
    int value = y < height ? shade : 128;
    for (size_t x = 0; x < width; x++) {
      if (deep)
        ((unsigned short *)(void *)row)[x] = (unsigned short)(value << 8);
      else
        row[x] = (unsigned char)value;
    }
  }
}

CUresult CUDAAPI cuvidMapVideoFrame64(CUvideodecoder handle, int index,
    unsigned long long *ret_memory, unsigned int *ret_pitch, CUVIDPROCPARAMS *parameters)
{
  (void)parameters;
  struct decoder *decoder = handle;
  tcuMemAlloc_v2 *allocate = NULL;
  *(void **)&allocate = cuda_function("cuMemAlloc_v2");
  if (!allocate || decoder->mapped >= (int)decoder->info.ulNumOutputSurfaces)
    return OUT_OF_MEMORY;
  size_t bytes = decoder->info.ulTargetWidth *
                 (decoder->info.OutputFormat == cudaVideoSurfaceFormat_P016 ? 2 : 1);
  size_t pitch = (bytes + PITCH_ALIGNMENT - 1) / PITCH_ALIGNMENT * PITCH_ALIGNMENT;
  CUdeviceptr memory = 0;
  CUresult result = allocate(&memory, pitch * (decoder->info.ulTargetHeight * 3 / 2));
  if (result != CUDA_SUCCESS)
    return result;
  paint(decoder, (unsigned char *)(uintptr_t)memory, pitch, decoder->shades[index]);
  decoder->mapped++;
  *ret_memory = memory;
  *ret_pitch = (unsigned)pitch;
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuvidUnmapVideoFrame64(CUvideodecoder handle, unsigned long long memory)
{
  struct decoder *decoder = handle;
  tcuMemFree_v2 *release = NULL;
  *(void **)&release = cuda_function("cuMemFree_v2");
  decoder->mapped--;
  return release ? release((CUdeviceptr)memory) : UNKNOWN;
}

/* What FFmpeg's loader looks for, and FFmpeg's decoders do not call. */
#define UNUSED(name)                                                                               \
  CUresult CUDAAPI name(void);                                                                     \
  CUresult CUDAAPI name(void)                                                                      \
  {                                                                                                \
    return NOT_SUPPORTED;                                                                          \
  }
UNUSED(cuvidGetDecodeStatus)
UNUSED(cuvidReconfigureDecoder)
UNUSED(cuvidCtxLockCreate)
UNUSED(cuvidCtxLockDestroy)
UNUSED(cuvidCtxLock)
UNUSED(cuvidCtxUnlock)
UNUSED(cuvidCreateVideoSource)
UNUSED(cuvidCreateVideoSourceW)
UNUSED(cuvidDestroyVideoSource)
UNUSED(cuvidSetVideoSourceState)
UNUSED(cuvidGetVideoSourceState)
UNUSED(cuvidGetSourceVideoFormat)
UNUSED(cuvidGetSourceAudioFormat)
UNUSED(cuvidCreateVideoParser)
UNUSED(cuvidParseVideoData)
UNUSED(cuvidDestroyVideoParser)
