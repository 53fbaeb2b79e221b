#include "media/tone_map.h"

#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <stdlib.h>

#include "media/ffmpeg.h"
#include "media/filter_chain.h"
#include "media/hdr.h"

/*
 * The light that becomes 1.0 before the curve, cd/m2. ITU-R BT.2408 puts diffuse white at 203; at 150 the
 * mid grey of HDR lands on the mid grey of SDR, and white keeps room above it for highlights.
 */
enum { NOMINAL_LIGHT = 150, HLG_PEAK = 1000, PQ_PEAK = 1000, PEAK_MIN = 400, PEAK_MAX = 4000 };

const struct df_colour df_tone_map_colour = {
    .primaries = AVCOL_PRI_BT709,
    .transfer = AVCOL_TRC_BT709,
    .matrix = AVCOL_SPC_BT709,
    .chroma_location = AVCHROMA_LOC_LEFT,
};

struct df_tone_map {
  struct df_filter_chain *chain;
};

static double peak_light(const struct df_tone_map_options *options)
{
  if (options->transfer == DF_TRANSFER_HLG)
    return HLG_PEAK;
  double peak = df_hdr_peak(&options->hdr);
  if (peak <= 0)
    peak = PQ_PEAK;
  return peak < PEAK_MIN ? PEAK_MIN : peak > PEAK_MAX ? PEAK_MAX : peak;
}

static void describe_chain(const struct df_tone_map_options *options, char *text, size_t size)
{
  const struct df_colour *in = &options->colour;
  const char *location = av_chroma_location_name(in->chroma_location);
  if (!location || in->chroma_location == AVCHROMA_LOC_UNSPECIFIED)
    location = "left";
  /* Per mille keeps a decimal comma of the user's locale out of the text. */
  int peak = (int)(peak_light(options) * 1000 / NOMINAL_LIGHT);
  snprintf(text, size,
      "setparams=range=%s:color_primaries=%d:color_trc=%d:colorspace=%d,"
      "zscale=transfer=linear:npl=%d:chromalin=%s,format=gbrpf32le,"
      "zscale=primaries=bt709,tonemap=mobius:desat=0:peak=%d.%03d,"
      "zscale=transfer=bt709:matrix=bt709:range=limited:chromal=left:dither=ordered,"
      "format=yuv420p",
      in->full_range ? "pc" : "tv", in->primaries, in->transfer, in->matrix, NOMINAL_LIGHT,
      location, peak / 1000, peak % 1000);
}

int df_tone_map_create(
    const struct df_tone_map_options *options, struct df_tone_map **ret_map, struct df_error *err)
{
  df_ffmpeg_quiet();
  if (!df_filter_known("zscale", err) || !df_filter_known("tonemap", err))
    return df_fail(err, DF_EMISSING,
        "HDR cannot be tone-mapped: this FFmpeg was built without its zscale and tonemap "
        "filters; encode with --codec hevc or av1, which keep HDR, or install Debian's FFmpeg");
  struct df_tone_map *map = calloc(1, sizeof *map);
  if (!map)
    return df_fail(err, DF_ENOMEM, "no memory for tone mapping");
  char filters[768];
  describe_chain(options, filters, sizeof filters);
  const struct df_filter_chain_options chain = {
      .filters = filters,
      .what = "tone mapping",
      .format = AV_PIX_FMT_YUV420P10LE,
      .width = options->width,
      .height = options->height,
      .time_base = {1, 1000000}, /* time passes through untouched, so any serves */
      .threads = options->threads,
  };
  int result = df_filter_chain_create(&chain, &map->chain, err);
  if (result < 0) {
    df_tone_map_destroy(&map);
    return result;
  }
  *ret_map = map;
  return 0;
}

void df_tone_map_destroy(struct df_tone_map **map_ptr)
{
  struct df_tone_map *map = *map_ptr;
  if (!map)
    return;
  df_filter_chain_destroy(&map->chain);
  free(map);
  *map_ptr = NULL;
}

int df_tone_map_apply(struct df_tone_map *map, struct AVFrame **frame, struct df_error *err)
{
  AVFrame *mapped = av_frame_alloc();
  if (!mapped)
    return df_fail(err, DF_ENOMEM, "no memory for a tone-mapped picture");
  int64_t pts = (*frame)->pts;
  /* The chain begins by saying them itself; other tags than the source was made with would upset it. */
  df_ffmpeg_set_colour(*frame, (struct df_colour){.primaries = 2, .transfer = 2, .matrix = 2});
  (*frame)->color_range = AVCOL_RANGE_UNSPECIFIED;
  int result = df_filter_chain_send(map->chain, *frame, err);
  if (result == 0)
    result = df_filter_chain_receive(map->chain, mapped, err);
  if (result == 0)
    result = df_fail(err, DF_ELIBRARY, "tone mapping gave no picture back");
  if (result < 0) {
    av_frame_free(&mapped);
    return result;
  }
  mapped->pts = pts;
  av_frame_free(frame);
  *frame = mapped;
  return 0;
}
