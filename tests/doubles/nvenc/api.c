/* The functions of the API, as the function list names them. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_nvenc.h"

static bool same(const GUID *a, const GUID *b)
{
  return memcmp(a, b, sizeof *a) == 0;
}

static NVENCSTATUS open_session(
    NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS *parameters, void **ret_encoder)
{
  struct sim_nvenc_settings settings = sim_nvenc_settings();
  if (parameters->deviceType != NV_ENC_DEVICE_TYPE_CUDA || !parameters->device)
    return NV_ENC_ERR_INVALID_DEVICE;
  if (settings.open != NV_ENC_SUCCESS)
    return (NVENCSTATUS)settings.open;
  if (!sim_nvenc_session_begins())
    return NV_ENC_ERR_OUT_OF_MEMORY;
  *ret_encoder = calloc(1, sizeof(struct sim_session));
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS destroy_session(void *encoder)
{
  struct sim_session *session = encoder;
  sim_encode_close(session);
  free(session);
  sim_nvenc_session_ends();
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS count_codecs(void *encoder, uint32_t *ret_count)
{
  (void)encoder;
  struct sim_nvenc_settings settings = sim_nvenc_settings();
  *ret_count = settings.h264 + settings.hevc;
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS list_codecs(void *encoder, GUID *guids, uint32_t room, uint32_t *ret_count)
{
  (void)encoder;
  struct sim_nvenc_settings settings = sim_nvenc_settings();
  uint32_t count = 0;
  if (settings.h264 && count < room)
    guids[count++] = NV_ENC_CODEC_H264_GUID;
  if (settings.hevc && count < room)
    guids[count++] = NV_ENC_CODEC_HEVC_GUID;
  *ret_count = count;
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS tell_capability(
    void *encoder, GUID codec, NV_ENC_CAPS_PARAM *parameters, int *ret_value)
{
  (void)encoder;
  bool plain = sim_nvenc_settings().plain, hevc = same(&codec, &NV_ENC_CODEC_HEVC_GUID);
  switch (parameters->capsToQuery) {
  case NV_ENC_CAPS_NUM_MAX_BFRAMES:
    *ret_value = plain ? 0 : 4;
    break;
  case NV_ENC_CAPS_SUPPORT_LOOKAHEAD:
  case NV_ENC_CAPS_SUPPORT_TEMPORAL_AQ:
    *ret_value = !plain;
    break;
  case NV_ENC_CAPS_SUPPORT_BFRAME_REF_MODE:
    *ret_value = plain ? 0 : 3;
    break;
  case NV_ENC_CAPS_WIDTH_MAX:
  case NV_ENC_CAPS_HEIGHT_MAX:
    *ret_value = hevc ? 8192 : 4096;
    break;
  case NV_ENC_CAPS_SUPPORT_10BIT_ENCODE:
    *ret_value = hevc;
    break;
  case NV_ENC_CAPS_SUPPORT_CABAC:
    *ret_value = !hevc;
    break;
  case NV_ENC_CAPS_SUPPORT_DYN_BITRATE_CHANGE:
    *ret_value = 1;
    break;
  default:
    *ret_value = 0;
  }
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS preset_config(void *encoder, GUID codec, GUID preset, NV_ENC_TUNING_INFO tuning,
    NV_ENC_PRESET_CONFIG *ret_config)
{
  (void)encoder, (void)preset;
  NV_ENC_CONFIG *config = &ret_config->presetCfg;
  if (tuning == NV_ENC_TUNING_INFO_UNDEFINED)
    return NV_ENC_ERR_INVALID_PARAM;
  config->gopLength = 250;
  config->frameIntervalP = 1;
  config->rcParams.rateControlMode = NV_ENC_PARAMS_RC_VBR;
  if (same(&codec, &NV_ENC_CODEC_H264_GUID))
    config->encodeCodecConfig.h264Config.chromaFormatIDC = 1;
  else
    config->encodeCodecConfig.hevcConfig.chromaFormatIDC = 1;
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS initialise(void *encoder, NV_ENC_INITIALIZE_PARAMS *parameters)
{
  struct sim_session *session = encoder;
  session->hevc = same(&parameters->encodeGUID, &NV_ENC_CODEC_HEVC_GUID);
  return sim_encode_open(session, parameters);
}

static NVENCSTATUS reconfigure(void *encoder, NV_ENC_RECONFIGURE_PARAMS *parameters)
{
  struct sim_session *session = encoder;
  const NV_ENC_CONFIG *config = parameters->reInitEncodeParams.encodeConfig;
  if (!config)
    return NV_ENC_SUCCESS;
  if (!session->hevc) {
    session->codec->bit_rate = config->rcParams.averageBitRate;
    session->codec->rc_max_rate = config->rcParams.maxBitRate;
    session->codec->rc_buffer_size = (int)config->rcParams.vbvBufferSize;
  }
  session->force_key = parameters->forceIDR;
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS set_streams(void *encoder, NV_ENC_CUSTREAM_PTR in, NV_ENC_CUSTREAM_PTR out)
{
  (void)out;
  ((struct sim_session *)encoder)->stream = *(CUstream *)in;
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS sequence_parameters(void *encoder, NV_ENC_SEQUENCE_PARAM_PAYLOAD *payload)
{
  uint32_t size = 0;
  const unsigned char *header = sim_encode_header(encoder, &size);
  if (size > payload->inBufferSize)
    return NV_ENC_ERR_NOT_ENOUGH_BUFFER;
  memcpy(payload->spsppsBuffer, header, size);
  *payload->outSPSPPSPayloadSize = size;
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS create_output(void *encoder, NV_ENC_CREATE_BITSTREAM_BUFFER *parameters)
{
  (void)encoder;
  parameters->bitstreamBuffer = calloc(1, sizeof(struct sim_output));
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS destroy_output(void *encoder, NV_ENC_OUTPUT_PTR buffer)
{
  (void)encoder;
  struct sim_output *output = buffer;
  av_packet_free(&output->packet);
  free(output);
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS register_resource(void *encoder, NV_ENC_REGISTER_RESOURCE *parameters)
{
  (void)encoder;
  if (parameters->resourceType != NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR ||
      parameters->pitch % 4 != 0)
    return NV_ENC_ERR_RESOURCE_REGISTER_FAILED;
  struct sim_resource *resource = calloc(1, sizeof *resource);
  *resource = (struct sim_resource){parameters->resourceToRegister, parameters->width,
      parameters->height, parameters->pitch, parameters->bufferFormat, 0};
  parameters->registeredResource = resource;
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS unregister_resource(void *encoder, NV_ENC_REGISTERED_PTR registered)
{
  (void)encoder;
  free(registered);
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS map_resource(void *encoder, NV_ENC_MAP_INPUT_RESOURCE *parameters)
{
  (void)encoder;
  struct sim_resource *resource = parameters->registeredResource;
  resource->mapped++;
  parameters->mappedResource = resource;
  parameters->mappedBufferFmt = resource->format;
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS unmap_resource(void *encoder, NV_ENC_INPUT_PTR mapped)
{
  (void)encoder;
  struct sim_resource *resource = mapped;
  if (resource->mapped == 0)
    return NV_ENC_ERR_RESOURCE_NOT_MAPPED;
  resource->mapped--;
  return NV_ENC_SUCCESS;
}

/* The picture is read once all that is on the stream is done, as the real one does. */
static bool wait_for_stream(const struct sim_session *session)
{
  CUresult (*synchronize)(CUstream) = NULL;
  void *cuda = dlopen("libcuda.so.1", RTLD_NOW);
  if (cuda)
    *(void **)&synchronize = dlsym(cuda, "cuStreamSynchronize");
  return synchronize && synchronize(session->stream) == CUDA_SUCCESS;
}

static NVENCSTATUS encode_picture(void *encoder, NV_ENC_PIC_PARAMS *parameters)
{
  struct sim_session *session = encoder;
  if (!session->codec && !session->hevc_codec)
    return NV_ENC_ERR_ENCODER_NOT_INITIALIZED; /* FFmpeg ends what it could not begin, too */
  if (parameters->encodePicFlags & NV_ENC_PIC_FLAG_EOS)
    return sim_encode(session, NULL, 0);
  if (sim_nvenc_picture_fails()) {
    snprintf(session->error, sizeof session->error, "the double fails as it was told");
    return NV_ENC_ERR_GENERIC;
  }
  const struct sim_resource *resource = parameters->inputBuffer;
  if (resource->mapped == 0)
    return NV_ENC_ERR_RESOURCE_NOT_MAPPED;
  if (!wait_for_stream(session))
    return NV_ENC_ERR_GENERIC;
  session->force_key |= (parameters->encodePicFlags & NV_ENC_PIC_FLAG_FORCEIDR) != 0;
  return sim_encode(session, resource, (int64_t)parameters->inputTimeStamp);
}

static NV_ENC_PIC_TYPE picture_type(const AVPacket *packet)
{
  size_t size = 0;
  const uint8_t *stats = av_packet_get_side_data(packet, AV_PKT_DATA_QUALITY_STATS, &size);
  if (packet->flags & AV_PKT_FLAG_KEY)
    return NV_ENC_PIC_TYPE_IDR;
  return stats && size > 4 && stats[4] == AV_PICTURE_TYPE_B ? NV_ENC_PIC_TYPE_B : NV_ENC_PIC_TYPE_P;
}

static NVENCSTATUS lock_output(void *encoder, NV_ENC_LOCK_BITSTREAM *parameters)
{
  struct sim_session *session = encoder;
  struct sim_output *output = parameters->outputBitstream;
  output->packet = sim_encode_take(session);
  if (!output->packet) {
    snprintf(session->error, sizeof session->error, "libx264 or libx265 holds the picture back");
    return NV_ENC_ERR_GENERIC;
  }
  parameters->bitstreamBufferPtr = output->packet->data;
  parameters->bitstreamSizeInBytes = (uint32_t)output->packet->size;
  parameters->outputTimeStamp = (uint64_t)session->times[output->packet->pts];
  parameters->pictureType = picture_type(output->packet);
  parameters->frameAvgQP = 20;
  return NV_ENC_SUCCESS;
}

static NVENCSTATUS unlock_output(void *encoder, NV_ENC_OUTPUT_PTR buffer)
{
  (void)encoder;
  struct sim_output *output = buffer;
  av_packet_free(&output->packet);
  return NV_ENC_SUCCESS;
}

static const char *last_error(void *encoder)
{
  const struct sim_session *session = encoder;
  return session ? session->error : "";
}

NVENCSTATUS NVENCAPI NvEncodeAPIGetMaxSupportedVersion(uint32_t *version)
{
  struct sim_nvenc_settings settings = sim_nvenc_settings();
  *version = (uint32_t)(settings.major << 4 | settings.minor);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI NvEncodeAPICreateInstance(NV_ENCODE_API_FUNCTION_LIST *list)
{
  list->nvEncOpenEncodeSessionEx = open_session;
  list->nvEncDestroyEncoder = destroy_session;
  list->nvEncGetEncodeGUIDCount = count_codecs;
  list->nvEncGetEncodeGUIDs = list_codecs;
  list->nvEncGetEncodeCaps = tell_capability;
  list->nvEncGetEncodePresetConfigEx = preset_config;
  list->nvEncInitializeEncoder = initialise;
  list->nvEncReconfigureEncoder = reconfigure;
  list->nvEncSetIOCudaStreams = set_streams;
  list->nvEncGetSequenceParams = sequence_parameters;
  list->nvEncCreateBitstreamBuffer = create_output;
  list->nvEncDestroyBitstreamBuffer = destroy_output;
  list->nvEncRegisterResource = register_resource;
  list->nvEncUnregisterResource = unregister_resource;
  list->nvEncMapInputResource = map_resource;
  list->nvEncUnmapInputResource = unmap_resource;
  list->nvEncEncodePicture = encode_picture;
  list->nvEncLockBitstream = lock_output;
  list->nvEncUnlockBitstream = unlock_output;
  list->nvEncGetLastErrorString = last_error;
  return NV_ENC_SUCCESS;
}
