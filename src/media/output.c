#include "media/output.h"

#include <assert.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/whole_file.h"
#include "media/container.h"
#include "media/ffmpeg.h"
#include "media/hdr.h"
#include "media/metadata.h"
#include "media/routes.h"

enum { MOVIE_UNITS_MIN = 1000 }; /* a second, for MP4's edit lists */

/* What was last written to one output stream, in its time base. */
struct clock {
  int64_t last_dts, next_dts;
};

struct df_output {
  pthread_mutex_t lock; /* over everything below, once the output is created */
  struct df_whole_file file;
  AVFormatContext *format;
  const struct df_container *container;
  struct df_log *log;
  const char *input; /* the path of what is read; borrowed, while it is written */
  struct df_routes routes;
  struct clock *clocks; /* one for each output stream */
  AVStream *video;
  AVRational video_time_base; /* of the packets that come */
  struct df_span span;
  int64_t origin; /* microseconds of the input's time that become 0 */
  bool header_written;
  atomic_llong bytes;
};

/* The reason that the file itself gave goes before what the muxer makes of it. */
static int write_failed(struct df_output *output, int result, struct df_error *err)
{
  AVIOContext *io = output->format->pb;
  int reason = io && io->error < 0 ? io->error : result;
  int code = reason == AVERROR(ENOMEM) ? DF_ENOMEM : df_write_error_code(AVUNERROR(reason));
  const char *said = df_ffmpeg_complaint();
  if (code == DF_ENOSPACE)
    return df_fail(err, code,
        "no space left for %s after %.1f MB; free some, or write to another disk%s%s%s",
        output->file.path, (double)atomic_load(&output->bytes) / 1e6, said[0] ? " (" : "", said,
        said[0] ? ")" : "");
  return df_ffmpeg_error(err, code, reason, "cannot write %s", output->file.path);
}

static int64_t shift(const struct df_output *output, int64_t time, AVRational unit)
{
  if (time == AV_NOPTS_VALUE)
    return time;
  return time - av_rescale_q(output->origin, AV_TIME_BASE_Q, unit);
}

/*
 * Muxers insist on times, and on decoding times that grow and never pass presentation. Damaged inputs and
 * coarse units break that by a tick or two. Sound that does not say how long it lasts lasts as long as what
 * came before it: MP4 would hide a last packet without length.
 */
static void put_in_order(const struct df_output *output, struct clock *clock, AVPacket *packet)
{
  enum AVMediaType kind = output->format->streams[packet->stream_index]->codecpar->codec_type;
  if (packet->dts == AV_NOPTS_VALUE)
    packet->dts = packet->pts != AV_NOPTS_VALUE ? packet->pts : clock->next_dts;
  if (packet->pts == AV_NOPTS_VALUE)
    packet->pts = packet->dts;
  if (clock->last_dts != AV_NOPTS_VALUE) {
    bool may_repeat = output->format->oformat->flags & AVFMT_TS_NONSTRICT;
    packet->dts = FFMAX(packet->dts, clock->last_dts + (may_repeat ? 0 : 1));
    if (packet->duration <= 0 && kind == AVMEDIA_TYPE_AUDIO)
      packet->duration = packet->dts - clock->last_dts;
  }
  packet->pts = FFMAX(packet->pts, packet->dts);
  clock->last_dts = packet->dts;
  clock->next_dts = packet->dts + FFMAX(packet->duration, 0);
}

static int write_covers(struct df_output *output)
{
  int result = 0;
  for (size_t i = 0; i < output->routes.count && result >= 0; i++)
    if (output->routes.items[i].cover)
      result = av_write_frame(output->format, output->routes.items[i].cover);
  return result;
}

/* So that every time of the video is a whole number in MP4, its start included. */
static void set_mov_units(const struct df_output *output, AVDictionary **settings)
{
  int64_t units = output->video_time_base.den, movie = units;
  while (movie < MOVIE_UNITS_MIN)
    movie *= 2;
  av_dict_set(settings, "movflags", "+faststart", 0);
  av_dict_set_int(settings, "video_track_timescale", units, 0);
  av_dict_set_int(settings, "movie_timescale", movie, 0);
}

static int ensure_header(struct df_output *output, struct df_error *err)
{
  if (output->header_written)
    return 0;
  AVDictionary *settings = NULL;
  if (output->container->is_mov)
    set_mov_units(output, &settings);
  df_ffmpeg_forget();
  int result = df_ffmpeg_fault(DF_FAULT_AT_MUX_HEADER, output->input);
  if (result == 0)
    result = avformat_write_header(output->format, &settings);
  av_dict_free(&settings);
  if (result >= 0) {
    output->header_written = true;
    result = write_covers(output);
  }
  return result < 0 ? write_failed(output, result, err) : 0;
}

/*
 * What Opus needs before its beginning is taken off by who reads Matroska, so a writer has to put it on.
 * FFmpeg's does not before 6.0: it moves everything else instead, by 7 ms a generation.
 */
static int64_t codec_delay(const struct df_output *output, const AVStream *stream)
{
  const AVCodecParameters *parameters = stream->codecpar;
  if (output->container->is_mov || parameters->codec_id != AV_CODEC_ID_OPUS ||
      avformat_version() > AV_VERSION_INT(59, 30, 100))
    return 0;
  return av_rescale_q(parameters->initial_padding, (AVRational){1, 48000}, stream->time_base);
}

/* Takes the packet, its times in the stream's time base and beginning at 0. */
static int write_packet(struct df_output *output, AVStream *stream, AVPacket *packet)
{
  int64_t delay = codec_delay(output, stream);
  if (packet->pts != AV_NOPTS_VALUE)
    packet->pts += delay;
  if (packet->dts != AV_NOPTS_VALUE)
    packet->dts += delay;
  packet->stream_index = stream->index;
  packet->pos = -1;
  put_in_order(output, &output->clocks[stream->index], packet);
  df_ffmpeg_forget();
  int result = df_ffmpeg_fault(DF_FAULT_AT_MUX_WRITE, output->input);
  if (result == 0)
    result = av_interleaved_write_frame(output->format, packet);
  atomic_store(&output->bytes, avio_tell(output->format->pb));
  return result;
}

static int write_transcoded(void *context, AVPacket *packet, struct df_error *err)
{
  struct df_route *route = context;
  struct df_output *output = route->owner;
  av_packet_rescale_ts(
      packet, df_audio_transcoder_context(route->audio)->time_base, route->stream->time_base);
  int result = write_packet(output, route->stream, packet);
  return result < 0 ? write_failed(output, result, err) : 0;
}

static AVStream *add_video(
    struct df_output *output, struct df_input *input, const AVCodecContext *video)
{
  AVStream *stream = avformat_new_stream(output->format, NULL);
  if (!stream || avcodec_parameters_from_context(stream->codecpar, video) < 0 ||
      df_metadata_copy_stream(stream, df_input_video_stream(input)) < 0)
    return NULL;
  if (output->container->is_mov && video->codec_id == AV_CODEC_ID_HEVC)
    stream->codecpar->codec_tag = MKTAG('h', 'v', 'c', '1'); /* what Apple's players want */
  stream->time_base = video->time_base;
  /* Not the encoder's: it was told a bounded one. */
  struct df_rational rate = df_input_video(input)->frame_rate;
  stream->avg_frame_rate = (AVRational){rate.num, rate.den};
  stream->sample_aspect_ratio = video->sample_aspect_ratio;
  bool hdr = video->color_trc == AVCOL_TRC_SMPTE2084 || video->color_trc == AVCOL_TRC_ARIB_STD_B67;
  if (hdr && df_hdr_attach(&df_input_video(input)->hdr, stream) < 0)
    return NULL;
  return stream;
}

/*
 * A whole unit of the video's time at or before the beginning: anywhere else, where a picture is a unit
 * long (AVI), pictures could only be shifted by another amount than sound. A microsecond is rounding.
 */
static int64_t find_origin(struct df_input *input)
{
  AVRational unit = df_input_video_stream(input)->time_base;
  int64_t beginning = df_input_beginning(input);
  int64_t units = av_rescale_q(beginning, AV_TIME_BASE_Q, unit);
  if (av_rescale_q(units, unit, AV_TIME_BASE_Q) > beginning + 1)
    units--;
  return av_rescale_q(units, unit, AV_TIME_BASE_Q);
}

static int open_file(
    struct df_output *output, const struct df_output_options *options, struct df_error *err)
{
  int result = df_whole_file_begin(&output->file, options->path, options->overwrite, err);
  if (result < 0)
    return result;
  char url[DF_PATH_BYTES + 8]; /* without the protocol's name a colon in the path would be one */
  snprintf(url, sizeof url, "file:%s", output->file.temporary);
  if (avformat_alloc_output_context2(&output->format, NULL, output->container->muxer, url) < 0)
    return df_fail(err, DF_ENOMEM, "no memory to write %s", options->path);
  output->format->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  df_ffmpeg_forget();
  result = avio_open2(&output->format->pb, url, AVIO_FLAG_WRITE, NULL, NULL);
  return result < 0 ? write_failed(output, result, err) : 0;
}

static int allocate_clocks(struct df_output *output, struct df_error *err)
{
  unsigned count = output->format->nb_streams;
  output->clocks = calloc(count, sizeof *output->clocks);
  if (!output->clocks)
    return df_fail(err, DF_ENOMEM, "no memory to write %s", output->file.path);
  for (unsigned i = 0; i < count; i++)
    output->clocks[i] = (struct clock){.last_dts = AV_NOPTS_VALUE};
  return 0;
}

static int set_up(struct df_output *output, struct df_input *input, const AVCodecContext *video,
    struct df_error *err)
{
  output->span = df_input_span(input);
  output->origin = find_origin(input);
  output->video_time_base = video->time_base;
  output->video = add_video(output, input, video);
  const AVFormatContext *from = df_input_context(input);
  if (!output->video || df_metadata_copy_global(output->format, from) < 0 ||
      df_metadata_copy_chapters(output->format, from, output->span, output->origin) < 0)
    return df_fail(err, DF_ENOMEM, "no memory to write %s", output->file.path);
  struct df_routes_options options = {
      .container = output->container,
      .input = input,
      .output = output->format,
      .origin = output->origin,
      .log = output->log,
      .write = write_transcoded,
      .owner = output,
  };
  int result = df_routes_init(&output->routes, &options, err);
  return result < 0 ? result : allocate_clocks(output, err);
}

int df_output_create(const struct df_output_options *options, struct df_input *input,
    const struct AVCodecContext *video, struct df_log *log, struct df_output **ret_output,
    struct df_error *err)
{
  df_ffmpeg_quiet();
  const struct df_container *container = df_container_of(options->path);
  if (!container)
    return df_fail(err, DF_EUSAGE, "%s: the extension names no container to write", options->path);
  if (container->av1_only && video->codec_id != AV_CODEC_ID_AV1)
    return df_fail(err, DF_EUNSUPPORTED,
        "%s cannot carry %s; choose the codec av1, or a name that ends in .mkv or .mp4",
        container->name, avcodec_get_name(video->codec_id));
  struct df_output *output = calloc(1, sizeof *output);
  if (!output)
    return df_fail(err, DF_ENOMEM, "no memory to write %s", options->path);
  pthread_mutex_init(&output->lock, NULL);
  output->container = container;
  output->log = log;
  output->input = df_input_path(input);
  int result = open_file(output, options, err);
  if (result == 0)
    result = set_up(output, input, video, err);
  if (result < 0) {
    df_output_destroy(&output);
    return result;
  }
  *ret_output = output;
  return 0;
}

void df_output_destroy(struct df_output **output_ptr)
{
  struct df_output *output = *output_ptr;
  if (!output)
    return;
  df_routes_finish(&output->routes);
  if (output->format)
    avio_closep(&output->format->pb);
  avformat_free_context(output->format);
  df_whole_file_abandon(&output->file);
  free(output->clocks);
  pthread_mutex_destroy(&output->lock);
  free(output);
  *output_ptr = NULL;
}

bool df_output_wants(const struct df_output *output, int input_stream)
{
  return input_stream >= 0 && (size_t)input_stream < output->routes.count &&
         output->routes.items[input_stream].kind != DF_ROUTE_DROP;
}

int df_output_write_video(struct df_output *output, struct AVPacket *packet, struct df_error *err)
{
  pthread_mutex_lock(&output->lock);
  int result = ensure_header(output, err);
  if (result == 0) {
    packet->pts = shift(output, packet->pts, output->video_time_base);
    packet->dts = shift(output, packet->dts, output->video_time_base);
    av_packet_rescale_ts(packet, output->video_time_base, output->video->time_base);
    result = write_packet(output, output->video, packet);
    result = result < 0 ? write_failed(output, result, err) : 0;
  }
  pthread_mutex_unlock(&output->lock);
  av_packet_unref(packet);
  return result;
}

/* Whether the packet begins in the span that is kept; a subtitle on show at its edges is cut to it. */
static bool trim(const struct df_output *output, const struct df_route *route, AVPacket *packet)
{
  int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
  if (time == AV_NOPTS_VALUE)
    return true;
  AVRational unit = route->time_base;
  bool subtitle = route->stream->codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
  if (output->span.begin != INT64_MIN) {
    int64_t begin = av_rescale_q(output->span.begin, AV_TIME_BASE_Q, unit);
    if (time < begin && !(subtitle && time + packet->duration > begin))
      return false;
    if (time < begin) {
      packet->duration -= begin - time;
      packet->pts = packet->dts = time = begin;
    }
  }
  if (output->span.end == INT64_MAX)
    return true;
  int64_t end = av_rescale_q(output->span.end, AV_TIME_BASE_Q, unit);
  if (subtitle && time + packet->duration > end)
    packet->duration = FFMAX(end - time, 0);
  return time < end;
}

/* A unit that times can be shifted in: that of the input or, where it is a packet long (AVI), a part. */
static AVRational refine(AVRational unit, AVPacket *packet)
{
  enum { PARTS = 1000 };
  if (av_cmp_q(unit, (AVRational){1, PARTS}) <= 0 || unit.den > INT_MAX / PARTS)
    return unit;
  AVRational part = {unit.num, unit.den * PARTS};
  av_packet_rescale_ts(packet, unit, part);
  return part;
}

/* Rounds audio times so that their errors do not add up, and a constant rate stays one. */
static void rescale(struct df_route *route, AVRational from, AVPacket *packet)
{
  const AVCodecParameters *parameters = route->stream->codecpar;
  AVRational to = route->stream->time_base;
  int samples = 0;
  if (parameters->codec_type == AVMEDIA_TYPE_AUDIO && parameters->sample_rate > 0)
    samples = av_get_audio_frame_duration2(route->stream->codecpar, packet->size);
  int64_t time = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
  av_packet_rescale_ts(packet, from, to);
  if (samples > 0 && time != AV_NOPTS_VALUE)
    packet->pts = packet->dts = av_rescale_delta(
        from, time, (AVRational){1, parameters->sample_rate}, samples, &route->rescale_state, to);
}

static int copy_packet(
    struct df_output *output, struct df_route *route, AVPacket *packet, struct df_error *err)
{
  if (!trim(output, route, packet))
    return 0;
  if (route->kind == DF_ROUTE_TEXT) {
    int result = df_text_transcoder_rewrite(route->text, packet, err);
    if (result <= 0)
      return result;
  }
  AVRational unit = refine(route->time_base, packet);
  packet->pts = shift(output, packet->pts, unit);
  packet->dts = shift(output, packet->dts, unit);
  rescale(route, unit, packet);
  int result = write_packet(output, route->stream, packet);
  if (result == AVERROR_INVALIDDATA && output->format->pb->error >= 0) {
    df_log_event(output->log, DF_LOG_WARNING, DF_EVENT_DAMAGED,
        "damaged packets of %s are left out", avcodec_get_name(route->stream->codecpar->codec_id));
    return 0;
  }
  return result < 0 ? write_failed(output, result, err) : 0;
}

int df_output_write_other(struct df_output *output, struct AVPacket *packet, struct df_error *err)
{
  pthread_mutex_lock(&output->lock);
  int result = 0;
  if (df_output_wants(output, packet->stream_index)) {
    struct df_route *route = &output->routes.items[packet->stream_index];
    result = ensure_header(output, err);
    if (result == 0 && route->kind == DF_ROUTE_AUDIO)
      result = df_audio_transcoder_send(route->audio, packet, err);
    else if (result == 0)
      result = copy_packet(output, route, packet, err);
  }
  pthread_mutex_unlock(&output->lock);
  av_packet_unref(packet);
  return result;
}

static int write_end(struct df_output *output, struct df_error *err)
{
  int result = ensure_header(output, err);
  for (size_t i = 0; i < output->routes.count && result == 0; i++)
    if (output->routes.items[i].kind == DF_ROUTE_AUDIO)
      result = df_audio_transcoder_send(output->routes.items[i].audio, NULL, err);
  if (result < 0)
    return result;
  df_ffmpeg_forget();
  int written = av_write_trailer(output->format);
  if (written < 0 || output->format->pb->error < 0)
    return write_failed(output, written, err);
  atomic_store(&output->bytes, avio_size(output->format->pb));
  written = avio_closep(&output->format->pb);
  return written < 0 ? write_failed(output, written, err) : 0;
}

int df_output_finish(struct df_output *output, struct df_error *err)
{
  pthread_mutex_lock(&output->lock);
  int result = write_end(output, err);
  if (result == 0)
    result = df_whole_file_commit(&output->file, err);
  pthread_mutex_unlock(&output->lock);
  return result;
}

const char *df_output_temporary(const struct df_output *output)
{
  return output->file.temporary;
}

int64_t df_output_bytes(const struct df_output *output)
{
  return atomic_load(&output->bytes);
}
