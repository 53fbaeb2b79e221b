#include "media/tone_map.h"

#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <stdlib.h>

#include "media/ffmpeg.h"
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
  AVFilterGraph *graph;
  AVFilterContext *source, *sink;
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

static int add_ends(struct df_tone_map *map, const struct df_tone_map_options *options)
{
  char source[128];
  /* Time passes through untouched, so any time base serves. */
  snprintf(source, sizeof source, "video_size=%dx%d:pix_fmt=%d:time_base=1/1000000", options->width,
      options->height, AV_PIX_FMT_YUV420P10LE);
  int result = avfilter_graph_create_filter(
      &map->source, avfilter_get_by_name("buffer"), "in", source, NULL, map->graph);
  if (result < 0)
    return result;
  return avfilter_graph_create_filter(
      &map->sink, avfilter_get_by_name("buffersink"), "out", NULL, NULL, map->graph);
}

static AVFilterInOut *one_end(const char *name, AVFilterContext *filter)
{
  AVFilterInOut *end = avfilter_inout_alloc();
  if (end)
    *end = (AVFilterInOut){.name = av_strdup(name), .filter_ctx = filter};
  if (end && !end->name)
    avfilter_inout_free(&end);
  return end;
}

static int connect(struct df_tone_map *map, const char *chain)
{
  AVFilterInOut *from = one_end("in", map->source), *to = one_end("out", map->sink);
  int result = AVERROR(ENOMEM);
  if (from && to)
    result = avfilter_graph_parse_ptr(map->graph, chain, &to, &from, NULL);
  avfilter_inout_free(&from);
  avfilter_inout_free(&to);
  return result < 0 ? result : avfilter_graph_config(map->graph, NULL);
}

static int build(struct df_tone_map *map, const struct df_tone_map_options *options)
{
  char chain[768];
  describe_chain(options, chain, sizeof chain);
  map->graph = avfilter_graph_alloc();
  if (!map->graph)
    return AVERROR(ENOMEM);
  map->graph->nb_threads = options->threads;
  int result = add_ends(map, options);
  return result < 0 ? result : connect(map, chain);
}

int df_tone_map_create(
    const struct df_tone_map_options *options, struct df_tone_map **ret_map, struct df_error *err)
{
  df_ffmpeg_quiet();
  if (!avfilter_get_by_name("zscale") || !avfilter_get_by_name("tonemap"))
    return df_fail(err, DF_EMISSING,
        "HDR cannot be tone-mapped: this FFmpeg was built without its zscale and tonemap "
        "filters; encode with --codec hevc or av1, which keep HDR, or install Debian's FFmpeg");
  struct df_tone_map *map = calloc(1, sizeof *map);
  if (!map)
    return df_fail(err, DF_ENOMEM, "no memory for tone mapping");
  df_ffmpeg_forget();
  int result = build(map, options);
  if (result < 0) {
    df_tone_map_destroy(&map);
    return df_ffmpeg_error(err, DF_ELIBRARY, result, "tone mapping cannot be set up");
  }
  *ret_map = map;
  return 0;
}

void df_tone_map_destroy(struct df_tone_map **map_ptr)
{
  struct df_tone_map *map = *map_ptr;
  if (!map)
    return;
  avfilter_graph_free(&map->graph);
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
  df_ffmpeg_forget();
  int result = av_buffersrc_add_frame_flags(
      map->source, *frame, AV_BUFFERSRC_FLAG_KEEP_REF | AV_BUFFERSRC_FLAG_PUSH);
  if (result >= 0)
    result = av_buffersink_get_frame(map->sink, mapped);
  if (result < 0) {
    av_frame_free(&mapped);
    return df_ffmpeg_error(err, DF_ELIBRARY, result, "a picture cannot be tone-mapped");
  }
  mapped->pts = pts;
  av_frame_free(frame);
  *frame = mapped;
  return 0;
}
