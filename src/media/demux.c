#include "media/demux.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/avstring.h>
#include <libavutil/dict.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/ffmpeg.h"

/* What FFmpeg cannot say as clearly itself. */
static int check_file(const char *path, struct df_error *err)
{
  struct stat status;
  if (stat(path, &status) < 0)
    return errno == ENOENT || errno == ENOTDIR
               ? df_fail(err, DF_EINPUT, "%s does not exist", path)
               : df_fail(err, DF_EINPUT, "%s cannot be looked at: %s", path, strerror(errno));
  if (S_ISDIR(status.st_mode))
    return df_fail(err, DF_EINPUT, "%s is a folder; name a video file", path);
  if (!S_ISREG(status.st_mode))
    return df_fail(err, DF_EINPUT, "%s is a device or pipe; name a video file", path);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return df_fail(err, DF_EINPUT, "%s cannot be opened: %s", path, strerror(errno));
  close(fd);
  if (status.st_size == 0)
    return df_fail(err, DF_EINPUT, "%s is empty (0 bytes)", path);
  return 0;
}

/* Formats that are lists of other files, need a terminal or a network, or draw pictures from text. */
static bool is_refused(const AVInputFormat *format)
{
  static const char *const refused[] = {"concat", "hls", "dash", "imf", "image2", "sdp", "rtsp",
      "rtp", "sap", "tty", "bin", "xbin", "adf", "idf", "lavfi", "webm_dash_manifest",
      "vapoursynth", "avisynth", "ffmetadata"};
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    if (av_match_name(refused[i], format->name))
      return true;
  return false;
}

static int no_other_file(
    AVFormatContext *context, AVIOContext **pb, const char *url, int flags, AVDictionary **options)
{
  (void)context, (void)pb, (void)url, (void)flags, (void)options;
  return AVERROR(EACCES);
}

/* "file:" keeps a name like "concat:a|b" or "http://x" from being read as a protocol. */
static int open_io(
    const char *path, const AVIOInterruptCB *interrupt, AVIOContext **ret_io, struct df_error *err)
{
  size_t size = strlen(path) + sizeof "file:";
  char *url = malloc(size);
  if (!url)
    return df_fail(err, DF_ENOMEM, "out of memory");
  snprintf(url, size, "file:%s", path);
  AVDictionary *options = NULL;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  int ret = avio_open2(ret_io, url, AVIO_FLAG_READ, interrupt, &options);
  av_dict_free(&options);
  free(url);
  return ret < 0 ? df_ffmpeg_error(err, DF_EINPUT, ret, "%s cannot be opened", path) : 0;
}

static int probe(
    const char *path, AVIOContext *io, const AVInputFormat **ret_format, struct df_error *err)
{
  df_ffmpeg_forget();
  int ret = av_probe_input_buffer2(io, ret_format, path, NULL, 0, 0);
  /* by the name alone a picture could be one of a numbered sequence; what is in it tells better */
  if (ret >= 0 && av_match_name("image2", (*ret_format)->name)) {
    *ret_format = NULL;
    ret = av_probe_input_buffer2(io, ret_format, "", NULL, 0, 0);
  }
  if (ret < 0)
    return ret == AVERROR_INVALIDDATA
               ? df_fail(err, DF_EINPUT, "%s is no video: its format is not known", path)
               : df_ffmpeg_error(err, DF_EINPUT, ret, "%s cannot be read", path);
  if (is_refused(*ret_format))
    return df_fail(err, DF_EINPUT, "%s is text or a list of files (%s), not a video file", path,
        (*ret_format)->name);
  return 0;
}

static int open_format(const char *path, AVIOContext *io, const AVInputFormat *format,
    const AVIOInterruptCB *interrupt, AVFormatContext **ret_context, struct df_error *err)
{
  AVFormatContext *context = avformat_alloc_context();
  if (!context)
    return df_fail(err, DF_ENOMEM, "out of memory");
  context->pb = io;
  context->io_open = no_other_file;
  if (interrupt)
    context->interrupt_callback = *interrupt;
  AVDictionary *options = NULL;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  df_ffmpeg_forget();
  int ret = avformat_open_input(&context, path, format, &options);
  av_dict_free(&options);
  if (ret < 0)
    return df_ffmpeg_error(err, DF_EINPUT, ret,
        "%s looks like %s but cannot be opened; it may be damaged or incomplete", path,
        format->name);
  *ret_context = context;
  return 0;
}

int df_demux_open(const char *path, const AVIOInterruptCB *interrupt, AVFormatContext **ret_context,
    struct df_error *err)
{
  df_ffmpeg_quiet();
  AVIOContext *io = NULL;
  const AVInputFormat *format = NULL;
  AVFormatContext *context = NULL;
  int ret = check_file(path, err);
  if (ret == 0)
    ret = open_io(path, interrupt, &io, err);
  if (ret == 0)
    ret = probe(path, io, &format, err);
  if (ret == 0)
    ret = open_format(path, io, format, interrupt, &context, err);
  if (ret < 0) {
    avio_closep(&io);
    return ret;
  }
  df_ffmpeg_forget();
  ret = avformat_find_stream_info(context, NULL);
  if (ret < 0) {
    ret = df_ffmpeg_error(err, DF_EINPUT, ret, "%s: what is in it cannot be found out", path);
    df_demux_close(&context);
    return ret;
  }
  *ret_context = context;
  return 0;
}

void df_demux_close(AVFormatContext **context)
{
  if (!*context)
    return;
  AVIOContext *io = (*context)->pb; /* ours, so FFmpeg leaves it open */
  avformat_close_input(context);
  avio_closep(&io);
}

bool df_demux_is_image(const AVFormatContext *context)
{
  static const char *const images[] = {
      "gif", "apng", "ico", "avif", "webp", "jpegxl_anim", "mjpeg", "webp_anim"};
  const char *name = context->iformat->name;
  size_t length = strlen(name);
  if (length > 5 && strcmp(name + length - 5, "_pipe") == 0)
    return true;
  for (size_t i = 0; i < sizeof images / sizeof *images; i++)
    if (av_match_name(images[i], name))
      return true;
  return false;
}

int df_demux_best_video(const AVFormatContext *context)
{
  const int cover = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS;
  int best = -1;
  double best_score = -1;
  for (unsigned i = 0; i < context->nb_streams; i++) {
    const AVStream *stream = context->streams[i];
    const AVCodecParameters *codec = stream->codecpar;
    if (codec->codec_type != AVMEDIA_TYPE_VIDEO || stream->disposition & cover)
      continue;
    double score = (double)codec->width * codec->height;
    if (stream->disposition & AV_DISPOSITION_DEFAULT)
      score += 1e12;
    if (score > best_score) {
      best = (int)i;
      best_score = score;
    }
  }
  return best;
}
