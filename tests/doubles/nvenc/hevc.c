/* HEVC by libx265. */
#include <stdlib.h>
#include <string.h>
#include <x265.h>

#include "sim_nvenc.h"

struct sim_hevc {
  const x265_api *api;
  x265_param *parameters;
  x265_encoder *encoder;
  x265_picture *picture;
  int depth, width, height;
  void *planes[3];
};

static void set_rate(x265_param *p, const NV_ENC_RC_PARAMS *rc)
{
  if (rc->averageBitRate == 0) {
    p->rc.rateControlMode = X265_RC_CRF;
    p->rc.rfConstant = rc->targetQuality ? rc->targetQuality : 28;
    return;
  }
  p->rc.rateControlMode = X265_RC_ABR;
  p->rc.bitrate = (int)(rc->averageBitRate / 1000);
  p->rc.vbvMaxBitrate = (int)(rc->maxBitRate / 1000);
  p->rc.vbvBufferSize = (int)(rc->vbvBufferSize / 1000);
}

/* Nothing may be held back longer than FFmpeg waits: by B-frames only. */
static void set_up(struct sim_hevc *h, const NV_ENC_INITIALIZE_PARAMS *parameters)
{
  const NV_ENC_CONFIG *config = parameters->encodeConfig;
  x265_param *p = h->parameters;
  h->api->param_default_preset(p, "ultrafast", config->frameIntervalP == 1 ? "zerolatency" : NULL);
  p->sourceWidth = h->width;
  p->sourceHeight = h->height;
  p->fpsNum = parameters->frameRateNum;
  p->fpsDenom = parameters->frameRateDen;
  p->internalCsp = X265_CSP_I420;
  p->logLevel = X265_LOG_NONE;
  p->numaPools = "1";
  p->frameNumThreads = 1;
  p->bOpenGOP = 0;
  p->keyframeMax = (int)config->gopLength;
  p->bframes = config->frameIntervalP - 1;
  if (p->bframes > 0) {
    p->bFrameAdaptive = 0;
    p->lookaheadDepth = p->bframes + 1;
  }
  p->bRepeatHeaders = !config->encodeCodecConfig.hevcConfig.disableSPSPPS;
  p->bAnnexB = 1;
  p->bEmitInfoSEI = 0; /* FFmpeg has room for parameter sets only */
  set_rate(p, &config->rcParams);
}

struct sim_hevc *sim_hevc_open(const NV_ENC_INITIALIZE_PARAMS *parameters)
{
  struct sim_hevc *h = calloc(1, sizeof *h);
  h->depth = 8 + (int)parameters->encodeConfig->encodeCodecConfig.hevcConfig.pixelBitDepthMinus8;
  h->width = (int)parameters->encodeWidth;
  h->height = (int)parameters->encodeHeight;
  h->api = x265_api_get(h->depth);
  if (h->api) {
    h->parameters = h->api->param_alloc();
    set_up(h, parameters);
    h->encoder = h->api->encoder_open(h->parameters);
  }
  if (!h->encoder) {
    sim_hevc_close(h);
    return NULL;
  }
  h->picture = h->api->picture_alloc();
  h->api->picture_init(h->parameters, h->picture);
  for (int p = 0; p < 3; p++)
    h->planes[p] = calloc((size_t)h->width * (size_t)h->height, sizeof(uint16_t));
  return h;
}

void sim_hevc_close(struct sim_hevc *h)
{
  if (!h)
    return;
  if (h->encoder)
    h->api->encoder_close(h->encoder);
  if (h->picture)
    h->api->picture_free(h->picture);
  if (h->parameters)
    h->api->param_free(h->parameters);
  for (int p = 0; p < 3; p++)
    free(h->planes[p]);
  free(h);
}

const unsigned char *sim_hevc_header(struct sim_hevc *h, uint32_t *ret_size)
{
  x265_nal *nals = NULL;
  uint32_t count = 0;
  int size = h->api->encoder_headers(h->encoder, &nals, &count);
  *ret_size = size > 0 ? (uint32_t)size : 0;
  return count > 0 ? nals[0].payload : NULL; /* one behind the other */
}

/* Sample `x` of a row, where it stands. */
static void put(
    const struct sim_hevc *h, const unsigned char *row, unsigned x, void *plane, size_t at)
{
  if (h->depth > 8)
    ((uint16_t *)plane)[at] = ((const uint16_t *)(const void *)row)[x] >> 6;
  else
    ((uint8_t *)plane)[at] = row[x];
}

/* NV12 or P010 into planes. */
static void split(struct sim_hevc *h, const struct sim_resource *r)
{
  const unsigned char *chroma = r->memory + (size_t)r->pitch * r->height;
  unsigned width = (unsigned)h->width, height = (unsigned)h->height;
  for (unsigned y = 0; y < height; y++)
    for (unsigned x = 0; x < width; x++)
      put(h, r->memory + (size_t)r->pitch * y, x, h->planes[0], (size_t)y * width + x);
  for (unsigned y = 0; y < height / 2; y++)
    for (unsigned x = 0; x < width; x++)
      put(h, chroma + (size_t)r->pitch * y, x, h->planes[1 + x % 2],
          (size_t)y * (width / 2) + x / 2);
}

static x265_picture *fill(
    struct sim_hevc *h, const struct sim_resource *r, int64_t number, bool key)
{
  split(h, r);
  int bytes = h->depth > 8 ? 2 : 1;
  for (int p = 0; p < 3; p++) {
    h->picture->planes[p] = h->planes[p];
    h->picture->stride[p] = (p ? h->width / 2 : h->width) * bytes;
  }
  h->picture->bitDepth = h->depth;
  h->picture->colorSpace = X265_CSP_I420;
  h->picture->pts = number;
  h->picture->sliceType = key ? X265_TYPE_IDR : X265_TYPE_AUTO;
  return h->picture;
}

static AVPacket *packet_of(const x265_nal *nals, uint32_t count, const x265_picture *out)
{
  int size = 0;
  for (uint32_t i = 0; i < count; i++)
    size += (int)nals[i].sizeBytes;
  AVPacket *packet = av_packet_alloc();
  if (!packet || av_new_packet(packet, size) < 0)
    abort();
  memcpy(packet->data, nals[0].payload, (size_t)size); /* one behind the other */
  packet->pts = out->pts;
  if (out->sliceType == X265_TYPE_IDR)
    packet->flags |= AV_PKT_FLAG_KEY;
  return packet;
}

int sim_hevc_encode(struct sim_hevc *h, const struct sim_resource *resource, int64_t number,
    bool key, AVPacket **ret_packet)
{
  x265_nal *nals = NULL;
  uint32_t count = 0;
  x265_picture *out = h->api->picture_alloc();
  h->api->picture_init(h->parameters, out);
  int result = h->api->encoder_encode(
      h->encoder, &nals, &count, resource ? fill(h, resource, number, key) : NULL, out);
  if (result > 0)
    *ret_packet = packet_of(nals, count, out);
  h->api->picture_free(out);
  return result;
}
