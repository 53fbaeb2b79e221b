#include "media/encoder_nvenc.h"

#include <libavcodec/avcodec.h>
#include <libavutil/dict.h>

#include "media/cuda_context.h"
#include "media/encoder_settings.h"
#include "media/ffmpeg.h"
#include "media/nvenc_refusal.h"

/* What one attempt is made with. */
struct attempt {
  const struct df_encoder_options *options;
  const struct df_encoder_plan *plan;
  const struct df_colour *colour;
  const AVCodec *codec;
  bool plain;
};

static int refuse(const struct attempt *attempt, enum df_nvenc_refusal refusal, const char *said,
    struct df_error *err)
{
  return df_fail(err, df_nvenc_refusal_code(refusal), "%s: %s (%s%s%s)",
      df_profile_nvenc_encoder(attempt->plan->codec), df_nvenc_refusal_text(refusal),
      df_gpu_info(attempt->options->gpu)->name, said[0] ? ": " : "", said);
}

void df_encoder_nvenc_close(struct df_encoder_nvenc *nvenc)
{
  avcodec_free_context(&nvenc->context);
  av_buffer_unref(&nvenc->frames);
}

static int make_frames(
    const struct attempt *attempt, struct df_encoder_nvenc *nvenc, struct df_error *err)
{
  const struct df_encoder_options *options = attempt->options;
  AVBufferRef *device = NULL;
  int result = df_cuda_context_create(options->gpu, options->stream, &device, err);
  if (result == 0)
    result = df_cuda_frames_create(
        device, attempt->plan->format, options->width, options->height, &nvenc->frames, err);
  av_buffer_unref(&device);
  if (result < 0)
    return result;
  nvenc->context->hw_frames_ctx = av_buffer_ref(nvenc->frames);
  return nvenc->context->hw_frames_ctx ? 0 : df_fail(err, DF_ENOMEM, "no memory for NVENC");
}

/* avcodec_open2 itself: FFmpeg's answer, with what was said left for df_ffmpeg_transcript. */
static int open_codec(const struct attempt *attempt, AVCodecContext *context,
    AVDictionary **dictionary, struct df_error *err)
{
  df_ffmpeg_forget();
  int opened = df_ffmpeg_fault(DF_FAULT_AT_ENCODE_OPEN, attempt->options->input);
  if (opened == 0)
    opened = avcodec_open2(context, attempt->codec, dictionary);
  if (opened < 0) {
    const char *said = df_ffmpeg_transcript();
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(opened, text, sizeof text);
    return refuse(attempt, df_nvenc_classify(said), said[0] ? said : text, err);
  }
  if (av_dict_count(*dictionary) > 0)
    return df_fail(err, DF_ELIBRARY, "%s does not know its option %s", attempt->codec->name,
        av_dict_get(*dictionary, "", NULL, AV_DICT_IGNORE_SUFFIX)->key);
  return 0;
}

static int try_open(
    const struct attempt *attempt, struct df_encoder_nvenc *nvenc, struct df_error *err)
{
  nvenc->context = avcodec_alloc_context3(attempt->codec);
  if (!nvenc->context)
    return df_fail(err, DF_ENOMEM, "no memory for NVENC");
  AVDictionary *dictionary = NULL;
  int result = make_frames(attempt, nvenc, err);
  if (result == 0)
    result = df_encoder_nvenc_settings(attempt->options, attempt->plan, attempt->colour,
        attempt->plain, nvenc->context, &dictionary, err);
  if (result == 0)
    result = open_codec(attempt, nvenc->context, &dictionary, err);
  av_dict_free(&dictionary);
  if (result < 0)
    df_encoder_nvenc_close(nvenc);
  return result;
}

int df_encoder_nvenc_open(const struct df_encoder_options *options,
    const struct df_encoder_plan *plan, const struct df_colour *colour,
    struct df_encoder_nvenc *nvenc, struct df_error *err)
{
  struct attempt attempt = {options, plan, colour,
      avcodec_find_encoder_by_name(df_profile_nvenc_encoder(plan->codec)), .plain = false};
  if (!attempt.codec)
    return refuse(&attempt, DF_NVENC_NOT_BUILT, "", err);
  struct df_error first = {0};
  int result = try_open(&attempt, nvenc, &first);
  if (result == 0)
    return 0;
  if (df_nvenc_classify(first.text) == DF_NVENC_FEATURE) {
    attempt.plain = true;
    if (try_open(&attempt, nvenc, NULL) == 0)
      return 0;
  }
  nvenc->busy = df_nvenc_classify(first.text) == DF_NVENC_SESSIONS;
  return df_fail(err, result, "%s", first.text);
}

int df_encoder_nvenc_open_in_turn(const struct df_encoder_options *options,
    const struct df_encoder_plan *plan, const struct df_colour *colour, struct df_log *log,
    struct df_encoder_nvenc *nvenc, struct df_error *err)
{
  for (;;) {
    long long closings = options->gate ? df_nvenc_gate_enter(options->gate) : 0;
    struct df_error refused = {0};
    nvenc->busy = false;
    int result = df_encoder_nvenc_open(options, plan, colour, nvenc, &refused);
    if (options->gate)
      df_nvenc_gate_leave(options->gate, result == 0);
    bool waits = nvenc->busy && options->gate && options->busy == DF_BUSY_WAIT;
    if (waits)
      df_log_say(log, DF_LOG_NOTE,
          "this GPU's NVENC serves no more encoders at once; waiting for one of this program's to "
          "end");
    if (!waits || !df_nvenc_gate_wait(options->gate, closings, options->stop))
      return result < 0 ? df_fail(err, result, "%s", refused.text) : 0;
  }
}
