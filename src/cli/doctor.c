/*
 * `dualface doctor`: looks at what the machine has and says what the program can make of it, what is missing
 * and how to get it. Changes nothing. Each topic has one function that adds its findings in order.
 */
#include <libavcodec/avcodec.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "cli/cli.h"
#include "cli/console.h"
#include "cli/findings.h"
#include "gpu/gpu.h"
#include "gpu/nvml.h"
#include "media/encoder.h"
#include "media/nvdec_codecs.h"
#include "media/profile.h"
#include "vision/checksum.h"
#include "vision/manifest.h"
#include "vision/provider.h"
#include "vision/runtime.h"

static const char get_packages[] = "apt-get install ffmpeg, or take tools/bundle's libraries";
static const char get_models[] = "run tools/setup, or name them with DUALFACE_MODELS";
static const char get_runtime[] = "run tools/setup, or name one with DUALFACE_ONNXRUNTIME";
static const char get_gpu_runtime[] =
    "run tools/setup --gpu, or unpack the bundle's -cuda archive; folders of CUDA 13 and cuDNN 9 "
    "may be named with DUALFACE_CUDA_LIBRARIES";

static void processor_name(char *name, size_t size)
{
  char line[512];
  snprintf(name, size, "unknown processor");
  FILE *info = fopen("/proc/cpuinfo", "re");
  while (info && fgets(line, sizeof line, info)) {
    char *value = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || !value)
      continue;
    line[strcspn(line, "\n")] = '\0';
    snprintf(name, size, "%s", value + 1 + strspn(value + 1, " "));
    break;
  }
  if (info)
    fclose(info);
}

static const char *vector_words(void)
{
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi"))
    return "AVX-512";
  return __builtin_cpu_supports("avx2") ? "AVX2" : "no AVX2 (slow)";
}

static void look_at_machine(struct df_findings *findings)
{
  char name[256];
  cpu_set_t set;
  struct utsname system;
  struct sysinfo memory;
  int cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  processor_name(name, sizeof name);
  df_findings_add(findings, "Machine", "dualface", DF_FOUND, NULL, "%s", DF_VERSION);
  df_findings_add(findings, "Machine", "processor", DF_FOUND, NULL, "%s, %d core%s to use, %s",
      name, cores, cores == 1 ? "" : "s", vector_words());
  if (sysinfo(&memory) == 0)
    df_findings_add(findings, "Machine", "memory", DF_FOUND, NULL, "%.1f GB",
        (double)memory.totalram * memory.mem_unit / 1e9);
  if (uname(&system) == 0)
    df_findings_add(
        findings, "Machine", "system", DF_FOUND, NULL, "%s %s", system.sysname, system.release);
}

/* A software encoder is needed for what is encoded by default; the others are as good as they come. */
static void look_at_encoder(struct df_findings *findings, enum df_codec codec)
{
  const char *encoder = df_profile_get(codec, DF_PROFILE_BALANCED)->encoder;
  bool there = avcodec_find_encoder_by_name(encoder) != NULL;
  char name[64];
  snprintf(name, sizeof name, "%s encoder", df_codec_names[codec]);
  if (there)
    df_findings_add(findings, "FFmpeg", name, DF_FOUND, NULL, "%s", encoder);
  else
    df_findings_add(findings, "FFmpeg", name, codec == DF_CODEC_H264 ? DF_MISSING : DF_ABSENT,
        get_packages, "this FFmpeg was built without %s", encoder);
}

static void look_at_decoders(struct df_findings *findings)
{
  static const struct {
    const char *name;
    enum AVCodecID id;
  } wanted[] = {{"h264", AV_CODEC_ID_H264}, {"hevc", AV_CODEC_ID_HEVC}, {"vp9", AV_CODEC_ID_VP9},
      {"av1", AV_CODEC_ID_AV1}, {"mpeg2", AV_CODEC_ID_MPEG2VIDEO}};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    const AVCodec *decoder = avcodec_find_decoder(wanted[i].id);
    char name[64];
    snprintf(name, sizeof name, "%s decoder", wanted[i].name);
    if (decoder)
      df_findings_add(findings, "FFmpeg", name, DF_FOUND, NULL, "%s", decoder->name);
    else
      df_findings_add(
          findings, "FFmpeg", name, DF_ABSENT, get_packages, "this FFmpeg was built without one");
  }
}

static void look_at_ffmpeg(struct df_findings *findings)
{
  unsigned codec = avcodec_version();
  df_findings_add(findings, "FFmpeg", "version", DF_FOUND, NULL, "%s, libavcodec %u.%u.%u",
      av_version_info(), AV_VERSION_MAJOR(codec), AV_VERSION_MINOR(codec), AV_VERSION_MICRO(codec));
  look_at_decoders(findings);
  for (enum df_codec c = DF_CODEC_H264; c < DF_CODECS; c++)
    look_at_encoder(findings, c);
}

static void look_at_provider(
    struct df_findings *findings, struct df_runtime *runtime, enum df_provider provider, bool gpus)
{
  struct df_error err = {0};
  const char *name = df_provider_name(provider);
  if (df_provider_load(runtime, provider, &err) == 0)
    df_findings_add(findings, "ONNX Runtime", name, DF_FOUND, NULL, "can be used");
  else
    df_findings_add(findings, "ONNX Runtime", name, DF_ABSENT,
        gpus && provider == DF_PROVIDER_CUDA ? get_gpu_runtime : NULL, "%s", err.text);
}

static void look_at_runtime(struct df_findings *findings)
{
  struct df_runtime *runtime = NULL;
  struct df_error err = {0};
  char path[4096];
  bool gpus = df_gpu_count(NULL) > 0;
  int result =
      gpus ? df_runtime_open_for_gpu(&runtime, &err) : df_runtime_open(NULL, &runtime, &err);
  if (result < 0) {
    df_findings_add(findings, "ONNX Runtime", "library", DF_MISSING, get_runtime, "%s", err.text);
    return;
  }
  df_cli_onnxruntime_path(path, sizeof path);
  df_findings_add(findings, "ONNX Runtime", "library", DF_FOUND, NULL, "%s from %s",
      df_runtime_version(runtime), path);
  for (int provider = DF_PROVIDERS - 1; provider >= 0; provider--)
    look_at_provider(findings, runtime, (enum df_provider)provider, gpus);
  df_runtime_close(&runtime);
}

static void look_at_model(struct df_findings *findings, const struct df_manifest *manifest,
    enum df_model_task task, const char *what)
{
  struct df_error err = {0};
  const struct df_model *model = df_manifest_find(manifest, task, NULL, &err);
  if (model && model->sha256[0])
    df_checksum_verify(model->path, model->sha256, &err);
  if (err.code)
    df_findings_add(findings, "Models", what, DF_MISSING, get_models, "%s", err.text);
  else
    df_findings_add(findings, "Models", what, DF_FOUND, NULL, "%s: %s", model->name, model->path);
}

static void look_at_models(struct df_findings *findings)
{
  char path[4096];
  struct df_error err = {0};
  struct df_manifest *manifest = NULL;
  if (df_manifest_locate(NULL, path, sizeof path, &err) < 0 ||
      df_manifest_load(path, &manifest, &err) < 0) {
    df_findings_add(findings, "Models", "manifest", DF_MISSING, get_models, "%s", err.text);
    return;
  }
  look_at_model(findings, manifest, DF_TASK_DETECT, "detector");
  look_at_model(findings, manifest, DF_TASK_EMBED, "embedder");
  df_manifest_destroy(&manifest);
}

static void look_at_nvdec_codec(
    struct df_findings *findings, const char *topic, const struct df_nvdec_codec *codec)
{
  char name[64], engines[64] = "";
  snprintf(name, sizeof name, "NVDEC %s", codec->name);
  if (codec->engines > 0) /* older drivers do not say */
    snprintf(
        engines, sizeof engines, ", %d engine%s", codec->engines, codec->engines == 1 ? "" : "s");
  const char *depths = !codec->bits10 ? "8" : codec->bits8 ? "8 and 10" : "10";
  if (codec->width > 0)
    df_findings_add(findings, topic, name, DF_FOUND, NULL, "%s bit, up to %dx%d%s", depths,
        codec->width, codec->height, engines);
  else
    df_findings_add(
        findings, topic, name, DF_ABSENT, NULL, "not decoded by this chip; the CPU does it");
}

static void look_at_nvdec(struct df_findings *findings, const char *topic, struct df_gpu *gpu)
{
  struct df_nvdec_codec codecs[DF_NVDEC_CODECS];
  struct df_error err = {0};
  if (df_nvdec_codecs(gpu, codecs, &err) < 0) {
    df_findings_add(findings, topic, "NVDEC", DF_ABSENT, NULL, "%s", err.text);
    return;
  }
  for (int i = 0; i < DF_NVDEC_CODECS; i++)
    look_at_nvdec_codec(findings, topic, &codecs[i]);
}

/* Opens one encoder as `run` would, since only that tells what the chip and the driver allow. */
static void look_at_nvenc(struct df_findings *findings, const char *topic, struct df_gpu *gpu,
    df_gpu_stream stream, enum df_codec codec)
{
  struct df_encoder_options options = {
      .codec = codec,
      .profile = DF_PROFILE_BALANCED,
      .width = 1920,
      .height = 1080,
      .depth = 8,
      .transfer = DF_TRANSFER_SDR,
      .colour = {.primaries = 1, .transfer = 1, .matrix = 1},
      .time_base = {1, 30},
      .frame_rate = {30, 1},
      .crf = -1,
      .gpu = gpu,
      .stream = stream,
      .hardware = DF_HARDWARE_NVENC,
  };
  struct df_encoder *encoder = NULL;
  struct df_error err = {0};
  char name[64];
  snprintf(name, sizeof name, "NVENC %s", df_codec_names[codec]);
  if (df_encoder_create(&options, NULL, &encoder, &err) == 0)
    df_findings_add(findings, topic, name, DF_FOUND, NULL, "%s opens", df_encoder_name(encoder));
  else
    df_findings_add(findings, topic, name, DF_ABSENT, NULL, "%s; software does it", err.text);
  df_encoder_destroy(&encoder);
}

static void look_at_video_engines(
    struct df_findings *findings, const char *topic, struct df_gpu *gpu)
{
  df_gpu_stream stream = NULL;
  struct df_error err = {0};
  look_at_nvdec(findings, topic, gpu);
  if (df_gpu_stream_create(gpu, &stream, &err) < 0) {
    df_findings_add(findings, topic, "NVENC", DF_ABSENT, NULL, "%s", err.text);
    return;
  }
  for (enum df_codec c = DF_CODEC_H264; c < DF_CODECS; c++)
    look_at_nvenc(findings, topic, gpu, stream, c);
  df_gpu_stream_destroy(gpu, &stream);
}

/* The driver's own version, which only NVML tells. */
static void look_at_driver(struct df_findings *findings, const struct df_gpu_info *info)
{
  struct df_nvml *nvml = NULL;
  struct df_error err = {0};
  int major = info->driver / 1000, minor = info->driver % 1000 / 10;
  if (df_nvml_open(info->uuid, &nvml, &err) == 0)
    df_findings_add(findings, "GPU", "driver", DF_FOUND, NULL, "%s, serves CUDA %d.%d",
        df_nvml_info(nvml)->driver, major, minor);
  else
    df_findings_add(findings, "GPU", "driver", DF_FOUND, NULL,
        "serves CUDA %d.%d; its version is not known: %s", major, minor, err.text);
  df_nvml_close(&nvml);
}

static void look_at_gpu(struct df_findings *findings, int ordinal)
{
  struct df_gpu *gpu = NULL;
  struct df_error err = {0};
  char name[64];
  size_t unused = 0, total = 0;
  snprintf(name, sizeof name, "cuda:%d", ordinal);
  if (df_gpu_open(ordinal, &gpu, &err) < 0) {
    df_findings_add(findings, "GPU", name, DF_ABSENT, NULL, "%s", err.text);
    return;
  }
  const struct df_gpu_info *info = df_gpu_info(gpu);
  if (df_gpu_memory_free(gpu, &unused, &total, &err) < 0)
    df_findings_add(findings, "GPU", name, DF_ABSENT, NULL, "%s", err.text);
  else
    df_findings_add(findings, "GPU", name, DF_FOUND, NULL,
        "%s, compute capability %d.%d, %d processors, %.1f of %.1f GB free, %s", info->name,
        info->major, info->minor, info->processors, (double)unused / 1e9, (double)total / 1e9,
        info->uuid);
  look_at_driver(findings, info);
  look_at_video_engines(findings, "GPU", gpu);
  df_gpu_close(&gpu);
}

static void look_at_gpus(struct df_findings *findings)
{
  struct df_error err = {0};
  int count = df_gpu_count(&err);
  if (count == 0) {
    df_findings_add(findings, "GPU", "NVIDIA", DF_ABSENT, NULL, "%s", err.text);
    return;
  }
  for (int i = 0; i < count; i++)
    look_at_gpu(findings, i);
}

/* 3 where something needed is missing; 1 when memory ran out. */
static enum df_exit judge(const struct df_findings *findings)
{
  if (df_findings_usable(findings))
    return DF_EXIT_DONE;
  return findings->overflowed ? DF_EXIT_FAILED : DF_EXIT_MISSING;
}

enum df_exit df_cli_doctor(int argc, const char *const *argv)
{
  struct df_options options;
  struct df_findings findings = {0};
  struct df_error err = {0};
  if (df_options_parse(DF_COMMAND_DOCTOR, argc, argv, &options, &err) < 0)
    return df_cli_refuse(DF_COMMAND_DOCTOR, argc, argv, &err);
  if (options.help) {
    df_options_help(DF_COMMAND_DOCTOR, stdout);
    return DF_EXIT_DONE;
  }
  look_at_machine(&findings);
  look_at_ffmpeg(&findings);
  look_at_models(&findings);
  look_at_runtime(&findings);
  look_at_gpus(&findings);
  enum df_exit status = judge(&findings);
  if (options.json)
    df_findings_print_json(&findings, (int)status, stdout);
  else if (!options.quiet)
    df_findings_print(&findings, stdout);
  df_findings_finish(&findings);
  return status;
}
