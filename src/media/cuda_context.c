#include "media/cuda_context.h"

#include <ffnvcodec/dynlink_cuda.h> /* before FFmpeg's, which would want the toolkit's */
#include <libavutil/hwcontext.h>
#include <libavutil/hwcontext_cuda.h>

#include "media/ffmpeg.h"

int df_cuda_context_create(
    struct df_gpu *gpu, df_gpu_stream stream, AVBufferRef **ret_device, struct df_error *err)
{
  AVBufferRef *device = av_hwdevice_ctx_alloc(AV_HWDEVICE_TYPE_CUDA);
  if (!device)
    return df_fail(err, DF_EMISSING, "this FFmpeg was built without CUDA");
  AVCUDADeviceContext *cuda = ((AVHWDeviceContext *)(void *)device->data)->hwctx;
  cuda->cuda_ctx = df_gpu_context(gpu);
  cuda->stream = stream;
  df_ffmpeg_forget();
  int ret = av_hwdevice_ctx_init(device);
  if (ret < 0) {
    av_buffer_unref(&device);
    return df_ffmpeg_error(err, DF_ELIBRARY, ret, "FFmpeg cannot use the GPU's context");
  }
  *ret_device = device;
  return 0;
}

int df_cuda_frames_create(AVBufferRef *device, struct df_format format, int width, int height,
    AVBufferRef **ret_frames, struct df_error *err)
{
  AVBufferRef *frames = av_hwframe_ctx_alloc(device);
  if (!frames)
    return df_fail(err, DF_ENOMEM, "out of memory");
  AVHWFramesContext *context = (AVHWFramesContext *)(void *)frames->data;
  context->format = AV_PIX_FMT_CUDA;
  context->sw_format = df_ffmpeg_pixel_format(format);
  context->width = width;
  context->height = height;
  df_ffmpeg_forget();
  int ret = av_hwframe_ctx_init(frames);
  if (ret < 0) {
    av_buffer_unref(&frames);
    return df_ffmpeg_error(err, DF_ELIBRARY, ret, "FFmpeg cannot describe the GPU's pictures");
  }
  *ret_frames = frames;
  return 0;
}

AVFrame *df_cuda_frame(AVBufferRef *frames, struct df_picture *picture)
{
  AVFrame *frame = df_ffmpeg_frame(picture);
  if (!frame)
    return NULL;
  frame->format = AV_PIX_FMT_CUDA;
  frame->hw_frames_ctx = av_buffer_ref(frames);
  if (!frame->hw_frames_ctx)
    av_frame_free(&frame);
  return frame;
}
