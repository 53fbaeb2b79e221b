/* `dualface --version`: the program and the libraries it found on this machine. */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
#include <link.h>
#include <string.h>

#include "cli/cli.h"
#include "media/filter_chain.h"
#include "vision/runtime.h"

static void print_library(FILE *out, const char *name, unsigned version)
{
  fprintf(out, "  %-14s %u.%u.%u\n", name, AV_VERSION_MAJOR(version), AV_VERSION_MINOR(version),
      AV_VERSION_MICRO(version));
}

/* Finds ONNX Runtime among the libraries that are loaded now. */
static int find_onnxruntime(struct dl_phdr_info *info, size_t size, void *context)
{
  (void)size;
  char *path = context;
  if (!info->dlpi_name || !strstr(info->dlpi_name, "libonnxruntime.so"))
    return 0;
  snprintf(path, 4096, "%s", info->dlpi_name);
  return 1;
}

void df_cli_onnxruntime_path(char *ret_path, size_t size)
{
  char path[4096] = "";
  dl_iterate_phdr(find_onnxruntime, path);
  snprintf(ret_path, size, "%s", path);
}

static void print_onnxruntime(FILE *out)
{
  struct df_runtime *runtime = NULL;
  struct df_error err = {0};
  if (df_runtime_open(NULL, &runtime, &err) < 0) {
    fprintf(out, "ONNX Runtime: not usable: %s\n", err.text);
    return;
  }
  char path[4096];
  df_cli_onnxruntime_path(path, sizeof path);
  fprintf(out, "ONNX Runtime %s%s%s\n", df_runtime_version(runtime), path[0] ? " from " : "", path);
  df_runtime_close(&runtime);
}

void df_cli_version(FILE *out)
{
  fprintf(out, "dualface %s\n", DF_VERSION);
  fprintf(out, "FFmpeg %s\n", av_version_info());
  print_library(out, "libavformat", avformat_version());
  print_library(out, "libavcodec", avcodec_version());
  print_library(out, "libavfilter", df_filter_version());
  print_library(out, "libswscale", swscale_version());
  print_library(out, "libswresample", swresample_version());
  print_library(out, "libavutil", avutil_version());
  print_onnxruntime(out);
}
