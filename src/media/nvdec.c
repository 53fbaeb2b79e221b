#include "media/nvdec.h"

#include <libavutil/hwcontext.h>
#include <stdlib.h>
#include <string.h>

#include "frame/gpu_pool.h"
#include "media/cuda_context.h"
#include "media/ffmpeg.h"

enum { KEPT_MAX = 6 }; /* surfaces whose copies may be still to be done */

/* A surface that a copy reads. */
struct kept {
  AVFrame *frame;
  df_gpu_event copied;
};

struct df_nvdec {
  struct df_gpu *gpu; /* borrowed, as are the next three */
  df_gpu_stream stream;
  const struct df_video_info *info;
  AVBufferRef *device;
  struct df_gpu_pool *pool;
  struct df_turner *turner; /* NULL when pictures are upright */
  bool refused;             /* FFmpeg asked for a format without offering NVDEC's */
  struct kept kept[KEPT_MAX];
  int oldest, count;
};

bool df_nvdec_knows(enum AVCodecID codec)
{
  return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_VP9 ||
         codec == AV_CODEC_ID_AV1 || codec == AV_CODEC_ID_MPEG2VIDEO;
}

static int open_all(
    struct df_nvdec *n, struct df_device *device, size_t pictures, struct df_error *err)
{
  const struct df_video_info *info = n->info;
  int ret = df_cuda_context_create(n->gpu, n->stream, &n->device, err);
  if (ret == 0)
    ret = df_gpu_pool_create(n->gpu, device, info->depth > 8 ? DF_FORMAT_P010 : DF_FORMAT_NV12,
        info->width, info->height, &n->pool, err);
  if (ret == 0 && df_gpu_pool_reserve(n->pool, pictures, NULL) < 0)
    ret = 0; /* a short video needs fewer; when one is missing, that is said */
  if (ret == 0 && (info->rotation != 0 || info->flipped))
    ret = df_turner_create(n->gpu, &n->turner, err);
  for (int i = 0; i < KEPT_MAX && ret == 0; i++)
    ret = df_gpu_event_create(n->gpu, &n->kept[i].copied, err);
  return ret;
}

int df_nvdec_create(struct df_gpu *gpu, struct df_device *device, df_gpu_stream stream,
    const struct df_video_info *info, size_t pictures, struct df_nvdec **ret_nvdec,
    struct df_error *err)
{
  struct df_nvdec *n = calloc(1, sizeof *n);
  if (!n)
    return df_fail(err, DF_ENOMEM, "out of memory");
  n->gpu = gpu;
  n->stream = stream;
  n->info = info;
  int ret = open_all(n, device, pictures, err);
  if (ret < 0) {
    df_nvdec_destroy(&n);
    return ret;
  }
  *ret_nvdec = n;
  return 0;
}

static void drop_oldest(struct df_nvdec *n)
{
  av_frame_free(&n->kept[n->oldest].frame);
  n->oldest = (n->oldest + 1) % KEPT_MAX;
  n->count--;
}

void df_nvdec_destroy(struct df_nvdec **nvdec)
{
  struct df_nvdec *n = *nvdec;
  if (!n)
    return;
  while (n->count > 0) {
    /* When the GPU is lost nothing reads any more. */
    df_gpu_event_wait_host(n->gpu, n->kept[n->oldest].copied, NULL);
    drop_oldest(n);
  }
  for (int i = 0; i < KEPT_MAX; i++)
    if (n->kept[i].copied)
      df_gpu_event_destroy(n->gpu, &n->kept[i].copied);
  df_turner_destroy(&n->turner);
  df_gpu_pool_destroy(&n->pool);
  av_buffer_unref(&n->device);
  free(n);
  *nvdec = NULL;
}

/* FFmpeg asks anew, without NVDEC among what it offers, when NVDEC could not be set up. */
static enum AVPixelFormat choose_format(AVCodecContext *context, const enum AVPixelFormat *offered)
{
  struct df_nvdec *n = context->opaque;
  for (int i = 0; offered[i] != AV_PIX_FMT_NONE; i++)
    if (offered[i] == AV_PIX_FMT_CUDA)
      return AV_PIX_FMT_CUDA;
  n->refused = true;
  return AV_PIX_FMT_NONE;
}

int df_nvdec_attach(struct df_nvdec *n, AVCodecContext *context, struct df_error *err)
{
  context->hw_device_ctx = av_buffer_ref(n->device);
  if (!context->hw_device_ctx)
    return df_fail(err, DF_ENOMEM, "out of memory");
  context->opaque = n;
  context->get_format = choose_format;
  context->extra_hw_frames = KEPT_MAX;
  context->thread_count = 1; /* the GPU decodes; threads would only add delay */
#ifdef AV_HWACCEL_FLAG_UNSAFE_OUTPUT
  context->hwaccel_flags |= AV_HWACCEL_FLAG_UNSAFE_OUTPUT; /* surfaces are copied here, at once */
#endif
  return 0;
}

/* Some decoders of FFmpeg say that the hardware failed and go on. */
static bool hardware_complained(void)
{
  const char *said = df_ffmpeg_transcript();
  return strstr(said, "CUDA_ERROR") || strstr(said, "hardware accelerator failed");
}

bool df_nvdec_failed(const struct df_nvdec *n, int avcode)
{
  if (n->refused || hardware_complained())
    return true;
  return avcode < 0 && avcode != AVERROR(EAGAIN) && avcode != AVERROR_EOF &&
         avcode != AVERROR_INVALIDDATA;
}

/* What is cropped at the left and the top is still part of a frame on the device. */
static int shown_width(const AVFrame *frame)
{
  return frame->width - (int)frame->crop_left;
}

static int shown_height(const AVFrame *frame)
{
  return frame->height - (int)frame->crop_top;
}

const char *df_nvdec_unfit(const struct df_nvdec *n, const AVFrame *frame)
{
  const struct df_video_info *info = n->info;
  bool turned = info->rotation % 180 != 0;
  if (frame->format != AV_PIX_FMT_CUDA || !frame->hw_frames_ctx)
    return "its pictures are not in the GPU's memory";
  if (!frame->data[0] || frame->linesize[0] < frame->width)
    return "FFmpeg made up a picture that is missing, and only the CPU's decoder fills it";
  if (df_ffmpeg_interlaced(frame))
    return "its interlaced pictures are deinterlaced by the CPU";
  if (shown_width(frame) != (turned ? info->height : info->width) ||
      shown_height(frame) != (turned ? info->width : info->height))
    return "the size of its pictures changes, and the CPU scales them";
  const AVHWFramesContext *frames = (const AVHWFramesContext *)(void *)frame->hw_frames_ctx->data;
  if (frames->sw_format != (info->depth > 8 ? AV_PIX_FMT_P010 : AV_PIX_FMT_NV12))
    return "its samples are of a kind that the CPU converts";
  if (frame->crop_left % 2 || frame->crop_top % 2)
    return "it is cropped at an odd sample";
  return NULL;
}

/* The surface as a picture, what is cropped away left out. Only read, and never longer than the frame. */
static struct df_picture surface_of(const struct df_nvdec *n, const AVFrame *frame)
{
  struct df_format format = n->info->depth > 8 ? DF_FORMAT_P010 : DF_FORMAT_NV12;
  size_t bytes = format.depth > 8 ? 2 : 1;
  struct df_picture picture = {.width = shown_width(frame),
      .height = shown_height(frame),
      .format = format,
      .colour = n->info->colour};
  for (int p = 0; p < 2; p++) {
    size_t down = frame->crop_top >> p, across = frame->crop_left * bytes;
    picture.planes[p] = frame->data[p] + down * (size_t)frame->linesize[p] + across;
    picture.strides[p] = frame->linesize[p];
  }
  return picture;
}

static int copy_plane(struct df_nvdec *n, const struct df_picture *from, struct df_picture *to,
    int plane, struct df_error *err)
{
  struct df_gpu_rows source = {
      .device = (df_gpu_memory)(uintptr_t)from->planes[plane], .stride = from->strides[plane]};
  struct df_gpu_rows target = {
      .device = (df_gpu_memory)(uintptr_t)to->planes[plane], .stride = to->strides[plane]};
  size_t samples = (size_t)df_format_plane_width(from->format, plane, from->width);
  size_t bytes = samples * (from->format.depth > 8 ? 2 : 1) * (plane > 0 ? 2 : 1);
  size_t rows = (size_t)df_format_plane_height(from->format, plane, from->height);
  return df_gpu_copy(n->gpu, &target, &source, bytes, rows, n->stream, err);
}

static int copy_surface(
    struct df_nvdec *n, const AVFrame *frame, struct df_picture *to, struct df_error *err)
{
  struct df_picture from = surface_of(n, frame);
  if (n->turner)
    return df_turner_turn(
        n->turner, &from, n->info->rotation, n->info->flipped, to, n->stream, err);
  int ret = copy_plane(n, &from, to, 0, err);
  return ret < 0 ? ret : copy_plane(n, &from, to, 1, err);
}

/* Gives surfaces back whose copies have happened; waits for one only where all are still to be copied. */
static int make_room(struct df_nvdec *n, struct df_error *err)
{
  while (n->count > 0) {
    df_gpu_event copied = n->kept[n->oldest].copied;
    int ret = df_gpu_event_done(n->gpu, copied, err);
    if (ret == 0 && n->count < KEPT_MAX)
      return 0;
    if (ret == 0)
      ret = df_gpu_event_wait_host(n->gpu, copied, err);
    if (ret < 0)
      return ret;
    drop_oldest(n);
  }
  return 0;
}

static int copy_and_keep(
    struct df_nvdec *n, AVFrame **frame, struct df_picture *to, struct df_error *err)
{
  int ret = make_room(n, err);
  if (ret == 0)
    ret = copy_surface(n, *frame, to, err);
  if (ret < 0)
    return ret;
  struct kept *kept = &n->kept[(n->oldest + n->count) % KEPT_MAX];
  kept->frame = *frame;
  *frame = NULL;
  n->count++;
  return df_gpu_event_record(n->gpu, kept->copied, n->stream, err);
}

int df_nvdec_take(
    struct df_nvdec *n, AVFrame **frame, struct df_picture **ret_picture, struct df_error *err)
{
  struct df_picture *picture = NULL;
  int64_t pts = (*frame)->pts, duration = df_ffmpeg_duration(*frame);
  int ret = df_gpu_pool_take(n->pool, &picture, err);
  if (ret == 0)
    ret = copy_and_keep(n, frame, picture, err);
  av_frame_free(frame);
  if (ret < 0) {
    df_picture_unref(&picture);
    return ret;
  }
  picture->colour = n->info->colour;
  picture->pts = pts == AV_NOPTS_VALUE ? 0 : pts;
  picture->duration = duration;
  *ret_picture = picture;
  return 0;
}
