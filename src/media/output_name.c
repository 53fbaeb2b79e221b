/*
 * What the user's word for the output comes to: a final path, or a refusal before any work is done. Looks
 * at the file system, changes nothing there.
 */
#include <errno.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/whole_file.h"
#include "media/container.h"
#include "media/ffmpeg.h"
#include "media/output.h"

bool df_output_global_header(const char *path)
{
  const struct df_container *container = df_container_of(path);
  const AVOutputFormat *format = container ? av_guess_format(container->muxer, NULL, NULL) : NULL;
  return format && (format->flags & AVFMT_GLOBALHEADER);
}

const char *df_output_extension(struct df_input *input)
{
  const struct df_container *mp4 = df_container_of("x.mp4");
  const AVFormatContext *context = df_input_context(input);
  for (unsigned i = 0; i < context->nb_streams; i++) {
    const AVCodecParameters *parameters = context->streams[i]->codecpar;
    if (parameters->codec_type == AVMEDIA_TYPE_AUDIO && parameters->codec_id != AV_CODEC_ID_NONE &&
        !df_container_carries(mp4, parameters))
      return "mkv";
  }
  return "mp4";
}

static int name_in_folder(const char *folder, struct df_input *input, const char *input_path,
    char *ret_path, size_t size, struct df_error *err)
{
  const char *slash = strrchr(input_path, '/');
  const char *name = slash ? slash + 1 : input_path;
  const char *dot = strrchr(name, '.');
  int stem = dot && dot != name ? (int)(dot - name) : (int)strlen(name);
  size_t length = strlen(folder);
  const char *separator = length > 0 && folder[length - 1] == '/' ? "" : "/";
  int written = snprintf(ret_path, size, "%s%s%.*s-split.%s", folder, separator, stem, name,
      df_output_extension(input));
  if (written < 0 || (size_t)written >= size)
    return df_fail(err, DF_EOUTPUT, "%.80s...: the path of the output is too long", folder);
  return 0;
}

static int check_folder(const char *path, struct df_error *err)
{
  char folder[DF_PATH_BYTES];
  const char *slash = strrchr(path, '/');
  int length = slash == path ? 1 : slash ? (int)(slash - path) : 1;
  if (snprintf(folder, sizeof folder, "%.*s", length, slash ? path : ".") >= (int)sizeof folder)
    return df_fail(err, DF_EOUTPUT, "%.80s...: the path of the output is too long", path);
  struct stat info;
  if (stat(folder, &info) < 0)
    return df_fail(err, DF_EOUTPUT, "the folder %s cannot be written to: %s%s", folder,
        strerror(errno), errno == ENOENT ? "; create it first" : "");
  if (!S_ISDIR(info.st_mode))
    return df_fail(err, DF_EOUTPUT, "%s is not a folder, so %s cannot be in it", folder, path);
  if (access(folder, W_OK | X_OK) < 0)
    return df_fail(
        err, DF_EOUTPUT, "the folder %s cannot be written to: %s", folder, strerror(errno));
  return 0;
}

static int check_target(
    const char *path, const char *input_path, bool overwrite, struct df_error *err)
{
  struct stat target, input;
  if (stat(path, &target) < 0)
    return 0;
  if (stat(input_path, &input) == 0 && input.st_dev == target.st_dev &&
      input.st_ino == target.st_ino)
    return df_fail(
        err, DF_EOUTPUT, "%s is the input itself; choose another name for the output", path);
  if (!S_ISREG(target.st_mode))
    return df_fail(err, DF_EOUTPUT, "%s is not a regular file; the output can only be one", path);
  if (!overwrite)
    return df_fail(err, DF_EOUTPUT, "%s exists; --overwrite replaces it", path);
  return 0;
}

static bool is_folder(const char *path)
{
  struct stat info;
  size_t length = strlen(path);
  if (stat(path, &info) == 0)
    return S_ISDIR(info.st_mode);
  return length > 0 && path[length - 1] == '/';
}

int df_output_resolve(const char *output, struct df_input *input, const char *input_path,
    bool overwrite, char *ret_path, size_t size, struct df_error *err)
{
  df_ffmpeg_quiet();
  char path[DF_PATH_BYTES];
  if (is_folder(output)) {
    int result = name_in_folder(output, input, input_path, path, sizeof path, err);
    if (result < 0)
      return result;
  } else if (snprintf(path, sizeof path, "%s", output) >= (int)sizeof path)
    return df_fail(err, DF_EOUTPUT, "%.80s...: the path of the output is too long", output);
  if (!df_container_of(path))
    return df_fail(err, DF_EUSAGE,
        "%s: the extension names no container to write; end the name in one of %s", path,
        df_container_extensions());
  int result = check_folder(path, err);
  if (result == 0)
    result = check_target(path, input_path, overwrite, err);
  if (result < 0)
    return result;
  if (strlen(path) >= size)
    return df_fail(err, DF_EOUTPUT, "%.80s...: the path of the output is too long", path);
  memcpy(ret_path, path, strlen(path) + 1);
  return 0;
}
