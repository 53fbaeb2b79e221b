#include "failing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <libavcodec/avcodec.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_long left; /* allocations until the one that fails; 0 or less: past it */
static atomic_bool armed, persistent, failed;

void failing_arm(long n, enum failing_how how)
{
  atomic_store(&left, n);
  atomic_store(&persistent, how == FAILING_AFTER);
  atomic_store(&failed, false);
  atomic_store(&armed, true);
}

bool failing_disarm(void)
{
  atomic_store(&armed, false);
  return atomic_load(&failed);
}

static bool fails(void)
{
  if (!atomic_load(&armed))
    return false;
  long before = atomic_fetch_sub(&left, 1);
  if (before > 1 || (before < 1 && !atomic_load(&persistent)))
    return false;
  atomic_store(&failed, true);
  errno = ENOMEM;
  return true;
}

/* meson.build reads the names from lines that begin so. */
#define WRAP(name, type, declared, passed, failure)                                                \
  type __real_##name declared;                                                                     \
  type __wrap_##name declared;                                                                     \
  type __wrap_##name declared                                                                      \
  {                                                                                                \
    return fails() ? (failure) : __real_##name passed;                                             \
  }

/* The same for a function that is found with dlsym. */
#define FILTER(name, type, declared, passed, failure)                                              \
  static type(*real_##name) declared;                                                              \
  static type failing_##name declared                                                              \
  {                                                                                                \
    return fails() ? (failure) : real_##name passed;                                               \
  }

/* One call a line, whatever its length. */
/* clang-format off */
WRAP(malloc, void *, (size_t size), (size), NULL)
WRAP(calloc, void *, (size_t count, size_t size), (count, size), NULL)
WRAP(realloc, void *, (void *old, size_t size), (old, size), NULL)
WRAP(reallocarray, void *, (void *old, size_t count, size_t size), (old, count, size), NULL)
WRAP(aligned_alloc, void *, (size_t alignment, size_t size), (alignment, size), NULL)
WRAP(strdup, char *, (const char *text), (text), NULL)
WRAP(fopen, FILE *, (const char *path, const char *mode), (path, mode), NULL)
WRAP(fopen64, FILE *, (const char *path, const char *mode), (path, mode), NULL)
WRAP(getline, ssize_t, (char **line, size_t *size, FILE *file), (line, size, file), -1)
WRAP(__getdelim, ssize_t, (char **line, size_t *size, int end, FILE *file), (line, size, end, file), -1)
WRAP(pthread_create, int, (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context), (thread, attributes, run, context), EAGAIN)
WRAP(json_string, json_t *, (const char *text), (text), NULL)
WRAP(json_dumps, char *, (const json_t *value, size_t flags), (value, flags), NULL)
WRAP(av_audio_fifo_alloc, AVAudioFifo *, (enum AVSampleFormat format, int channels, int samples), (format, channels, samples), NULL)
WRAP(av_buffer_allocz, AVBufferRef *, (size_t size), (size), NULL)
WRAP(av_buffer_create, AVBufferRef *, (uint8_t * data, size_t size, void (*release)(void *, uint8_t *), void *opaque, int flags), (data, size, release, opaque, flags), NULL)
WRAP(av_buffer_pool_get, AVBufferRef *, (AVBufferPool * pool), (pool), NULL)
WRAP(av_buffer_pool_init, AVBufferPool *, (size_t size, AVBufferRef *(*alloc)(size_t)), (size, alloc), NULL)
WRAP(av_content_light_metadata_alloc, AVContentLightMetadata *, (size_t * size), (size), NULL)
WRAP(av_frame_alloc, AVFrame *, (void), (), NULL)
WRAP(av_frame_clone, AVFrame *, (const AVFrame *frame), (frame), NULL)
WRAP(av_malloc, void *, (size_t size), (size), NULL)
WRAP(av_mallocz, void *, (size_t size), (size), NULL)
WRAP(av_mastering_display_metadata_alloc, AVMasteringDisplayMetadata *, (void), (), NULL)
WRAP(av_packet_alloc, AVPacket *, (void), (), NULL)
WRAP(av_packet_clone, AVPacket *, (const AVPacket *packet), (packet), NULL)
WRAP(av_realloc_array, void *, (void *old, size_t count, size_t size), (old, count, size), NULL)
WRAP(av_strdup, char *, (const char *text), (text), NULL)
WRAP(avcodec_alloc_context3, AVCodecContext *, (const AVCodec *codec), (codec), NULL)
WRAP(avformat_alloc_context, AVFormatContext *, (void), (), NULL)
WRAP(avformat_new_stream, AVStream *, (AVFormatContext * format, const AVCodec *codec), (format, codec), NULL)
WRAP(sws_alloc_context, struct SwsContext *, (void), (), NULL)
WRAP(av_audio_fifo_write, int, (AVAudioFifo * fifo, void **data, int count), (fifo, data, count), AVERROR(ENOMEM))
WRAP(av_channel_layout_copy, int, (AVChannelLayout * to, const AVChannelLayout *from), (to, from), AVERROR(ENOMEM))
WRAP(av_dict_set, int, (AVDictionary * *dictionary, const char *key, const char *value, int flags), (dictionary, key, value, flags), AVERROR(ENOMEM))
WRAP(av_dict_set_int, int, (AVDictionary * *dictionary, const char *key, int64_t value, int flags), (dictionary, key, value, flags), AVERROR(ENOMEM))
WRAP(av_frame_copy_props, int, (AVFrame * to, const AVFrame *from), (to, from), AVERROR(ENOMEM))
WRAP(av_frame_get_buffer, int, (AVFrame * frame, int alignment), (frame, alignment), AVERROR(ENOMEM))
WRAP(av_read_frame, int, (AVFormatContext * format, AVPacket *packet), (format, packet), AVERROR(ENOMEM))
WRAP(av_write_frame, int, (AVFormatContext * format, AVPacket *packet), (format, packet), AVERROR(ENOMEM))
WRAP(av_write_trailer, int, (AVFormatContext * format), (format), AVERROR(ENOMEM))
WRAP(avcodec_open2, int, (AVCodecContext * context, const AVCodec *codec, AVDictionary **options), (context, codec, options), AVERROR(ENOMEM))
WRAP(avcodec_parameters_copy, int, (AVCodecParameters * to, const AVCodecParameters *from), (to, from), AVERROR(ENOMEM))
WRAP(avcodec_parameters_from_context, int, (AVCodecParameters * to, const AVCodecContext *from), (to, from), AVERROR(ENOMEM))
WRAP(avcodec_parameters_to_context, int, (AVCodecContext * to, const AVCodecParameters *from), (to, from), AVERROR(ENOMEM))
WRAP(avcodec_receive_frame, int, (AVCodecContext * context, AVFrame *frame), (context, frame), AVERROR(ENOMEM))
WRAP(avcodec_receive_packet, int, (AVCodecContext * context, AVPacket *packet), (context, packet), AVERROR(ENOMEM))
WRAP(avcodec_send_frame, int, (AVCodecContext * context, const AVFrame *frame), (context, frame), AVERROR(ENOMEM))
WRAP(avcodec_send_packet, int, (AVCodecContext * context, const AVPacket *packet), (context, packet), AVERROR(ENOMEM))
WRAP(avformat_alloc_output_context2, int, (AVFormatContext * *made, const AVOutputFormat *format, const char *name, const char *path), (made, format, name, path), AVERROR(ENOMEM))
WRAP(avformat_find_stream_info, int, (AVFormatContext * format, AVDictionary **options), (format, options), AVERROR(ENOMEM))
WRAP(avformat_write_header, int, (AVFormatContext * format, AVDictionary **options), (format, options), AVERROR(ENOMEM))
WRAP(avio_open2, int, (AVIOContext * *made, const char *url, int flags, const AVIOInterruptCB *interrupt, AVDictionary **options), (made, url, flags, interrupt, options), AVERROR(ENOMEM))
WRAP(avio_open_dyn_buf, int, (AVIOContext * *made), (made), AVERROR(ENOMEM))
WRAP(swr_convert, int, (SwrContext * swr, uint8_t **to, int room, const uint8_t **from, int count), (swr, to, room, from, count), AVERROR(ENOMEM))
WRAP(swr_init, int, (SwrContext * swr), (swr), AVERROR(ENOMEM))
WRAP(sws_init_context, int, (struct SwsContext * sws, SwsFilter *from, SwsFilter *to), (sws, from, to), AVERROR(ENOMEM))
WRAP(sws_scale_frame, int, (struct SwsContext * sws, AVFrame *to, const AVFrame *from), (sws, to, from), AVERROR(ENOMEM))
/* libavfilter's are found by name at run time. */
FILTER(av_buffersrc_parameters_alloc, AVBufferSrcParameters *, (void), (), NULL)
FILTER(avfilter_graph_alloc, AVFilterGraph *, (void), (), NULL)
FILTER(avfilter_graph_alloc_filter, AVFilterContext *, (AVFilterGraph * graph, const AVFilter *filter, const char *name), (graph, filter, name), NULL)
FILTER(avfilter_inout_alloc, AVFilterInOut *, (void), (), NULL)
FILTER(av_buffersink_get_frame, int, (AVFilterContext * sink, AVFrame *frame), (sink, frame), AVERROR(ENOMEM))
FILTER(av_buffersrc_add_frame_flags, int, (AVFilterContext * source, AVFrame *frame, int flags), (source, frame, flags), AVERROR(ENOMEM))
FILTER(av_buffersrc_parameters_set, int, (AVFilterContext * source, AVBufferSrcParameters *parameters), (source, parameters), AVERROR(ENOMEM))
FILTER(avfilter_graph_config, int, (AVFilterGraph * graph, void *log), (graph, log), AVERROR(ENOMEM))
FILTER(avfilter_graph_create_filter, int, (AVFilterContext * *made, const AVFilter *filter, const char *name, const char *settings, void *opaque, AVFilterGraph *graph), (made, filter, name, settings, opaque, graph), AVERROR(ENOMEM))
FILTER(avfilter_graph_parse_ptr, int, (AVFilterGraph * graph, const char *text, AVFilterInOut **inputs, AVFilterInOut **outputs, void *log), (graph, text, inputs, outputs, log), AVERROR(ENOMEM))
FILTER(avfilter_init_str, int, (AVFilterContext * filter, const char *settings), (filter, settings), AVERROR(ENOMEM))
/* These end what they were given, or say why, also when they fail. */
WRAP(av_interleaved_write_frame, int, (AVFormatContext * format, AVPacket *packet), (format, packet), (av_packet_unref(packet), AVERROR(ENOMEM)))
WRAP(avformat_open_input, int, (AVFormatContext * *made, const char *url, const AVInputFormat *format, AVDictionary **options), (made, url, format, options), (avformat_free_context(*made), *made = NULL, AVERROR(ENOMEM)))
WRAP(json_loadb, json_t *, (const char *text, size_t size, size_t flags, json_error_t *error), (text, size, flags, error), (memset(error, 0, sizeof *error), error->text[sizeof error->text - 1] = json_error_out_of_memory, NULL))

#define FOUND(name) {#name, (void **)&real_##name, (void *)failing_##name}
static const struct {
  const char *name;
  void **real;
  void *failing;
} found_by_name[] = {
    FOUND(av_buffersrc_parameters_alloc),
    FOUND(avfilter_graph_alloc),
    FOUND(avfilter_graph_alloc_filter),
    FOUND(avfilter_inout_alloc),
    FOUND(av_buffersink_get_frame),
    FOUND(av_buffersrc_add_frame_flags),
    FOUND(av_buffersrc_parameters_set),
    FOUND(avfilter_graph_config),
    FOUND(avfilter_graph_create_filter),
    FOUND(avfilter_graph_parse_ptr),
    FOUND(avfilter_init_str),
};

/* clang-format on */

void *__real_dlsym(void *handle, const char *name);
void *__wrap_dlsym(void *handle, const char *name);
void *__wrap_dlsym(void *handle, const char *name)
{
  void *symbol = __real_dlsym(handle, name);
  for (size_t i = 0; symbol && i < sizeof found_by_name / sizeof found_by_name[0]; i++)
    if (strcmp(found_by_name[i].name, name) == 0) {
      *found_by_name[i].real = symbol;
      return found_by_name[i].failing;
    }
  return symbol;
}

/* Does nothing in builds without LeakSanitizer. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* One number for the names of all files in a folder, whatever their order. */
static uint64_t listing(const char *folder)
{
  uint64_t sum = 0;
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  for (struct dirent *entry; (entry = readdir(dir));) {
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *c = entry->d_name; *c; c++)
      hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    sum += hash;
  }
  closedir(dir);
  return sum;
}

static void check_outcome(long n, enum failing_how how, bool one_failed, bool any_error, int result,
    const struct df_error *err)
{
  if (result >= 0)
    return;
  const char *after = how == FAILING_AFTER ? " and all after it" : "";
  if (!one_failed)
    fail_msg("undisturbed: %d, %s", result, err->text);
  if (result != DF_ENOMEM && !any_error)
    fail_msg("allocation %ld%s failed: this is called %d, %s", n, after, result, err->text);
  if (err->code && !err->text[0])
    fail_msg("allocation %ld%s failed: no sentence says so", n, after);
}

/* The last of the runs is one in which nothing failed, so every n before it did. */
static long survive_all(failing_scenario *scenario, void *context,
    const struct failing_options *options, enum failing_how how)
{
  for (long n = 1, tries = 0;; tries++) {
    uint64_t files = options->folder ? listing(options->folder) : 0;
    uint64_t descriptors = listing("/proc/self/fd");
    struct df_error err = {0};
    failing_arm(n, how);
    int result = scenario(context, &err);
    bool one_failed = failing_disarm();
    check_outcome(n, how, one_failed, options->any_error, result, &err);
    if (listing("/proc/self/fd") != descriptors)
      fail_msg("allocation %ld failed: a file stays open", n);
    if (options->folder && result < 0 && listing(options->folder) != files)
      fail_msg("allocation %ld failed: a file is left behind", n);
    if (!one_failed)
      return tries;
    n = options->dense && n >= options->dense ? n + 1 + n * options->growth / 100 : n + 1;
  }
}

void survives(failing_scenario *scenario, void *context, const struct failing_options *options)
{
  static const struct failing_options all = {0};
  options = options ? options : &all;
  struct df_error err = {0};
  if (scenario(context, &err) < 0) /* also lets libraries take what they keep for good */
    fail_msg("undisturbed: %s", err.text);
  if (survive_all(scenario, context, options, FAILING_ONCE) < 1)
    fail_msg("nothing was allocated: what should this test?");
  if (!options->once)
    survive_all(scenario, context, options, FAILING_AFTER);
  if (__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check())
    fail_msg("memory is lost");
}
