#include "media/routes.h"

#include <assert.h>
#include <libavutil/mem.h>
#include <stdlib.h>
#include <string.h>

#include "media/ffmpeg.h"
#include "media/metadata.h"

/* Everything that the functions here pass to each other for one stream. */
struct survey {
  const struct df_routes_options *options;
  const AVStream *from;
  struct df_route *route;
  struct df_error *err;
  int number; /* of the stream among its kind, from 1, as people count */
};

static int no_memory(const struct survey *s)
{
  return df_fail(s->err, DF_ENOMEM, "no memory for the output's streams");
}

static int add_stream(const struct survey *s, enum df_route_kind kind)
{
  AVStream *stream = avformat_new_stream(s->options->output, NULL);
  if (!stream || df_metadata_copy_stream(stream, s->from) < 0)
    return no_memory(s);
  s->route->stream = stream;
  s->route->kind = kind;
  return 0;
}

static int add_copy(const struct survey *s)
{
  int result = add_stream(s, DF_ROUTE_COPY);
  if (result < 0)
    return result;
  AVStream *to = s->route->stream;
  assert(to);
  if (df_container_copy_parameters(s->options->container, to->codecpar, s->from->codecpar) < 0)
    return no_memory(s);
  to->time_base = s->from->time_base;
  to->avg_frame_rate = s->from->avg_frame_rate;
  return 0;
}

/* Sets the stream up for what `encoder` makes. */
static int add_encoded(
    const struct survey *s, enum df_route_kind kind, const AVCodecContext *encoder)
{
  int result = add_stream(s, kind);
  if (result < 0)
    return result;
  AVStream *to = s->route->stream;
  assert(to);
  if (avcodec_parameters_from_context(to->codecpar, encoder) < 0)
    return no_memory(s);
  to->time_base = kind == DF_ROUTE_TEXT ? s->from->time_base : encoder->time_base;
  return 0;
}

static int add_transcoded_audio(const struct survey *s)
{
  const struct df_routes_options *o = s->options;
  const char *codec = avcodec_get_name(s->from->codecpar->codec_id);
  struct df_audio_transcoder_options options = {
      .input = s->from->codecpar,
      .time_base = s->from->time_base,
      .encoder = o->container->audio_encoder,
      .origin = o->origin,
      .span = df_input_span(o->input),
      .write = o->write,
      .context = s->route,
  };
  int result = df_audio_transcoder_create(&options, &s->route->audio, s->err);
  if (result < 0) {
    df_error_prefix(s->err, "audio track %d", s->number);
    return result;
  }
  const AVCodecContext *encoder = df_audio_transcoder_context(s->route->audio);
  df_log_say(o->log, DF_LOG_NOTE, "audio track %d is transcoded from %s to %s: %s cannot carry it",
      s->number, codec, avcodec_get_name(encoder->codec_id), o->container->name);
  return add_encoded(s, DF_ROUTE_AUDIO, encoder);
}

static int route_audio(const struct survey *s)
{
  const AVCodecParameters *parameters = s->from->codecpar;
  if (df_container_carries(s->options->container, parameters))
    return add_copy(s);
  if (parameters->codec_id == AV_CODEC_ID_NONE || parameters->sample_rate <= 0) {
    df_log_say(s->options->log, DF_LOG_WARNING,
        "audio track %d is left out: FFmpeg does not know what it is", s->number);
    return 0;
  }
  return add_transcoded_audio(s);
}

static int route_subtitles(const struct survey *s)
{
  const struct df_container *container = s->options->container;
  enum AVCodecID codec = s->from->codecpar->codec_id;
  if (df_container_carries(container, s->from->codecpar))
    return add_copy(s);
  if (!df_text_transcoder_knows(codec, container->text)) {
    df_log_say(s->options->log, DF_LOG_NOTE,
        "subtitle track %d (%s) is left out: %s cannot carry it; a .mkv may", s->number,
        avcodec_get_name(codec), container->name);
    return 0;
  }
  int result = df_text_transcoder_create(
      s->from->codecpar, s->from->time_base, container->text, &s->route->text, s->err);
  if (result < 0)
    return result;
  return add_encoded(s, DF_ROUTE_TEXT, df_text_transcoder_context(s->route->text));
}

static int set_default_tag(AVStream *stream, const char *key, const char *text)
{
  return av_dict_set(&stream->metadata, key, text, AV_DICT_DONT_OVERWRITE);
}

/* Matroska writes no attachment without a file name and a type. */
static int name_attachment(const struct survey *s, const char *name, const char *type)
{
  AVStream *to = s->route->stream;
  assert(to);
  if (set_default_tag(to, "filename", name) < 0 || set_default_tag(to, "mimetype", type) < 0)
    return no_memory(s);
  return 0;
}

static int route_attachment(const struct survey *s)
{
  if (!s->options->container->attachments) {
    df_log_say(s->options->log, DF_LOG_NOTE, "attachments are left out: %s cannot carry them",
        s->options->container->name);
    return 0;
  }
  int result = add_copy(s);
  return result < 0 ? result : name_attachment(s, "attachment", "application/octet-stream");
}

/* Matroska's cover is an attached file; the picture's bytes are that file. */
static int attach_cover(const struct survey *s)
{
  int result = add_stream(s, DF_ROUTE_DROP);
  if (result < 0)
    return result;
  const AVPacket *picture = &s->from->attached_pic;
  AVStream *to = s->route->stream;
  assert(to);
  bool png = s->from->codecpar->codec_id == AV_CODEC_ID_PNG;
  to->disposition = 0;
  to->codecpar->codec_type = AVMEDIA_TYPE_ATTACHMENT;
  to->codecpar->codec_id = s->from->codecpar->codec_id;
  to->codecpar->extradata = av_mallocz((size_t)picture->size + AV_INPUT_BUFFER_PADDING_SIZE);
  if (!to->codecpar->extradata)
    return no_memory(s);
  memcpy(to->codecpar->extradata, picture->data, (size_t)picture->size);
  to->codecpar->extradata_size = picture->size;
  return name_attachment(s, png ? "cover.png" : "cover.jpg", png ? "image/png" : "image/jpeg");
}

static int copy_cover(const struct survey *s)
{
  int result = add_copy(s);
  if (result < 0)
    return result;
  s->route->kind = DF_ROUTE_DROP; /* it comes from here, not from what is read */
  s->route->stream->disposition = AV_DISPOSITION_ATTACHED_PIC;
  s->route->cover = av_packet_clone(&s->from->attached_pic);
  if (!s->route->cover)
    return no_memory(s);
  s->route->cover->stream_index = s->route->stream->index;
  s->route->cover->pts = s->route->cover->dts = 0;
  return 0;
}

static int route_cover(const struct survey *s)
{
  enum AVCodecID codec = s->from->codecpar->codec_id;
  bool known = codec == AV_CODEC_ID_MJPEG || codec == AV_CODEC_ID_PNG;
  if (known && s->from->attached_pic.size > 0) {
    if (s->options->container->attachments)
      return attach_cover(s);
    if (strcmp(s->options->container->muxer, "mp4") == 0)
      return copy_cover(s);
  }
  df_log_say(s->options->log, DF_LOG_NOTE, "the cover picture is left out: %s cannot carry it",
      s->options->container->name);
  return 0;
}

static int route_stream(const struct survey *s)
{
  if (s->from == df_input_video_stream(s->options->input))
    return 0;
  switch (s->from->codecpar->codec_type) {
  case AVMEDIA_TYPE_AUDIO:
    return route_audio(s);
  case AVMEDIA_TYPE_SUBTITLE:
    return route_subtitles(s);
  case AVMEDIA_TYPE_ATTACHMENT:
    return route_attachment(s);
  case AVMEDIA_TYPE_VIDEO:
    if (s->from->disposition & AV_DISPOSITION_ATTACHED_PIC)
      return route_cover(s);
    df_log_say(s->options->log, DF_LOG_NOTE, "video tracks besides the best one are left out");
    return 0;
  default:
    df_log_say(s->options->log, DF_LOG_DEBUG, "stream %d (data) is left out", s->from->index);
    return 0;
  }
}

int df_routes_init(
    struct df_routes *routes, const struct df_routes_options *options, struct df_error *err)
{
  const AVFormatContext *input = df_input_context(options->input);
  routes->items = calloc(input->nb_streams, sizeof *routes->items);
  if (!routes->items)
    return df_fail(err, DF_ENOMEM, "no memory for the output's streams");
  routes->count = input->nb_streams;
  int numbers[AVMEDIA_TYPE_NB + 1] = {0};
  for (unsigned i = 0; i < input->nb_streams; i++) {
    const AVStream *from = input->streams[i];
    struct df_route *route = &routes->items[i];
    route->time_base = from->time_base;
    route->rescale_state = AV_NOPTS_VALUE;
    route->owner = options->owner;
    struct survey survey = {options, from, route, err, ++numbers[from->codecpar->codec_type + 1]};
    int result = route_stream(&survey);
    if (result < 0)
      return result;
  }
  return 0;
}

void df_routes_finish(struct df_routes *routes)
{
  for (size_t i = 0; i < routes->count; i++) {
    df_audio_transcoder_destroy(&routes->items[i].audio);
    df_text_transcoder_destroy(&routes->items[i].text);
    av_packet_free(&routes->items[i].cover);
  }
  free(routes->items);
  *routes = (struct df_routes){0};
}
