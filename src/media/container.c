#include "media/container.h"

#include <libavformat/avformat.h>
#include <libavutil/mem.h>
#include <string.h>
#include <strings.h>

static const struct df_container containers[] = {
    {"mp4", "MP4", "mp4", "aac", AV_CODEC_ID_MOV_TEXT, .is_mov = true},
    {"m4v", "MP4", "mp4", "aac", AV_CODEC_ID_MOV_TEXT, .is_mov = true},
    {"mov", "MOV", "mov", "aac", AV_CODEC_ID_MOV_TEXT, .is_mov = true},
    {"mkv", "Matroska", "matroska", "aac", AV_CODEC_ID_SUBRIP, .attachments = true},
    {"webm", "WebM", "webm", "libopus", AV_CODEC_ID_WEBVTT, .av1_only = true},
};
enum { CONTAINERS = sizeof containers / sizeof *containers };

const struct df_container *df_container_of(const char *path)
{
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  const char *dot = strrchr(name, '.');
  if (!dot || dot == name)
    return NULL;
  for (int i = 0; i < CONTAINERS; i++)
    if (strcasecmp(dot + 1, containers[i].extension) == 0)
      return &containers[i];
  return NULL;
}

const char *df_container_extensions(void)
{
  return ".mp4, .m4v, .mov, .mkv, .webm";
}

static bool is_pcm(enum AVCodecID id)
{
  return id >= AV_CODEC_ID_FIRST_AUDIO && id < AV_CODEC_ID_ADPCM_IMA_QT;
}

/* MOV and its kin leave out what decoders of it need, FFmpeg's own included. */
static bool is_windows_media(enum AVCodecID id)
{
  return id == AV_CODEC_ID_WMAV1 || id == AV_CODEC_ID_WMAV2 || id == AV_CODEC_ID_WMAPRO ||
         id == AV_CODEC_ID_WMALOSSLESS || id == AV_CODEC_ID_WMAVOICE;
}

/* FFmpeg can write it, PCM in MP4 from 6.1 on, but hardly a player knows what to make of it. */
static bool is_unheard_of(const struct df_container *container, enum AVCodecID id)
{
  return (container->is_mov && (id == AV_CODEC_ID_VORBIS || is_windows_media(id))) ||
         (strcmp(container->muxer, "mp4") == 0 && is_pcm(id));
}

int df_container_copy_parameters(
    const struct df_container *container, AVCodecParameters *to, const AVCodecParameters *from)
{
  int result = avcodec_parameters_copy(to, from);
  if (result < 0)
    return result;
  const AVOutputFormat *format = av_guess_format(container->muxer, NULL, NULL);
  unsigned tag = 0;
  bool has_other = format && format->codec_tag &&
                   av_codec_get_id(format->codec_tag, from->codec_tag) != from->codec_id &&
                   av_codec_get_tag2(format->codec_tag, from->codec_id, &tag);
  /* A tag that no list of the container knows would only make its muxer refuse. */
  if (has_other || container->is_mov)
    to->codec_tag = 0;
  return 0;
}

static bool header_succeeds(const struct df_container *container, AVFormatContext *trial,
    const AVCodecParameters *parameters)
{
  AVStream *stream = avformat_new_stream(trial, NULL);
  if (!stream || df_container_copy_parameters(container, stream->codecpar, parameters) < 0)
    return false;
  int rate = parameters->sample_rate;
  stream->time_base = (AVRational){1, rate > 0 ? rate : 1000};
  trial->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  if (avio_open_dyn_buf(&trial->pb) < 0)
    return false;
  bool succeeds = avformat_write_header(trial, NULL) >= 0;
  uint8_t *bytes = NULL;
  avio_close_dyn_buf(trial->pb, &bytes);
  trial->pb = NULL;
  av_free(bytes);
  return succeeds;
}

bool df_container_carries(const struct df_container *container, const AVCodecParameters *parameters)
{
  if (parameters->codec_id == AV_CODEC_ID_NONE || is_unheard_of(container, parameters->codec_id))
    return false;
  AVFormatContext *trial = NULL;
  if (avformat_alloc_output_context2(&trial, NULL, container->muxer, NULL) < 0)
    return false;
  bool succeeds = header_succeeds(container, trial, parameters);
  avformat_free_context(trial);
  return succeeds;
}
