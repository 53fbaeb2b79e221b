/* What the options of an encoder come to, before one is opened. Opens nothing, and reads no pixels. */
#include "media/encoder.h"
#include "media/encoder_settings.h"

enum { SIDE_MIN = 16, SIDE_MAX = 16384, SVT_SIDE_MIN = 64, SVT_HEIGHT_MAX = 8704 };

const char *const df_hardware_names[DF_HARDWARES] = {"auto", "nvenc", "software"};
const char *const df_busy_names[DF_BUSIES] = {"wait", "software"};

static int check_size(enum df_codec codec, int width, int height, struct df_error *err)
{
  int side_min = codec == DF_CODEC_AV1 ? SVT_SIDE_MIN : SIDE_MIN;
  int height_max = codec == DF_CODEC_AV1 ? SVT_HEIGHT_MAX : SIDE_MAX;
  if (width < side_min || height < side_min || width > SIDE_MAX || height > height_max)
    return df_fail(err, DF_EUNSUPPORTED,
        "%s cannot encode %dx%d; it takes %dx%d to %dx%d: choose another size or codec",
        df_codec_names[codec], width, height, side_min, side_min, SIDE_MAX, height_max);
  if (width % 2 || height % 2)
    return df_fail(err, DF_EUNSUPPORTED, "%dx%d cannot be encoded; width and height must be even",
        width, height);
  return 0;
}

static enum df_codec choose_codec(const struct df_encoder_options *options)
{
  if (options->codec != DF_CODEC_AUTO && options->codec != DF_CODEC_NONE)
    return options->codec;
  return options->transfer == DF_TRANSFER_SDR ? DF_CODEC_H264 : DF_CODEC_HEVC;
}

/* NVENC's presets are understood where NVENC may be used; only they are where nothing else may. */
static int check_preset(
    const struct df_encoder_options *options, enum df_codec codec, struct df_error *err)
{
  const char *preset = options->preset;
  bool nvenc = options->gpu && options->hardware != DF_HARDWARE_SOFTWARE;
  if (!preset || (nvenc && df_encoder_is_nvenc_preset(preset)))
    return 0;
  if (nvenc && options->hardware == DF_HARDWARE_NVENC)
    return df_fail(err, DF_EUSAGE, "NVENC has no encoder preset \"%s\"; it has p1 to p7", preset);
  return df_encoder_check_preset(codec, preset, err);
}

int df_encoder_plan(const struct df_encoder_options *options, struct df_encoder_plan *ret_plan,
    struct df_error *err)
{
  enum df_codec codec = choose_codec(options);
  bool null = options->codec == DF_CODEC_NONE;
  int result = check_size(codec, options->width, options->height, err);
  if (result == 0)
    result = df_encoder_check_rate(codec, options->crf, options->bitrate, err);
  if (result == 0)
    result = check_preset(options, codec, err);
  if (result < 0)
    return result;

  bool hdr = options->transfer != DF_TRANSFER_SDR, keeps_ten = codec != DF_CODEC_H264;
  bool ten = hdr || (keeps_ten && options->depth > 8);
  *ret_plan = (struct df_encoder_plan){
      .codec = null ? DF_CODEC_NONE : codec,
      .format = ten ? DF_FORMAT_P010 : DF_FORMAT_NV12,
      .tone_map = hdr && !keeps_ten,
      .keeps_hdr = hdr && keeps_ten,
  };
  return 0;
}
