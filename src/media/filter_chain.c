/*
 * libavfilter behind a table of its functions, and chains made with it. Never touches samples itself; its
 * callers (conform, tone_map) say what the filters are.
 */
#include "media/filter_chain.h"

#include <dlfcn.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/frame.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "media/ffmpeg.h"
#include "media/filter_library.h"

struct df_filter_chain {
  const char *what;
  AVFilterGraph *graph;
  AVFilterContext *source, *sink;
};

static struct df_filter_library library;
static char reason[512]; /* why it could not be opened; empty when it was */
static pthread_once_t opened = PTHREAD_ONCE_INIT;

#define TO_TEXT(x) #x
#define VALUE_TO_TEXT(x) TO_TEXT(x)

/* Of the very version whose headers this was built with; never closed, its libraries do not stand that. */
static void open_library(void)
{
  static const char name[] = "libavfilter.so." VALUE_TO_TEXT(LIBAVFILTER_VERSION_MAJOR);
  void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) {
    snprintf(reason, sizeof reason, "%s", dlerror());
    return;
  }
#define DF_FILTER_FIND(type, function, parameters)                                                 \
  *(void **)&library.function = dlsym(handle, #function);                                          \
  if (!library.function)                                                                           \
    snprintf(reason, sizeof reason, "%s has no %s", name, #function);
  DF_FILTER_FUNCTIONS(DF_FILTER_FIND)
#undef DF_FILTER_FIND
}

static int need_library(const char *what, struct df_error *err)
{
  pthread_once(&opened, open_library);
  if (reason[0])
    return df_fail(err, DF_EMISSING,
        "%s needs FFmpeg's libavfilter, which cannot be opened: %s; run tools/setup to get it",
        what, reason);
  return 0;
}

bool df_filter_known(const char *name, struct df_error *err)
{
  return need_library(name, err) == 0 && library.avfilter_get_by_name(name);
}

unsigned df_filter_version(void)
{
  return need_library("", NULL) == 0 ? library.avfilter_version() : 0;
}

static void set_colour(AVBufferSrcParameters *parameters, const struct df_colour *colour)
{
#if LIBAVFILTER_VERSION_INT >= AV_VERSION_INT(9, 16, 100)
  if (colour) {
    parameters->color_space = (enum AVColorSpace)colour->matrix;
    parameters->color_range = colour->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  }
#else
  (void)parameters, (void)colour;
#endif
}

static int add_source(struct df_filter_chain *c, const struct df_filter_chain_options *options)
{
  AVBufferSrcParameters *parameters = library.av_buffersrc_parameters_alloc();
  if (!parameters)
    return AVERROR(ENOMEM);
  parameters->format = options->format;
  parameters->width = options->width;
  parameters->height = options->height;
  parameters->time_base = options->time_base;
  parameters->sample_aspect_ratio = (AVRational){1, 1};
  set_colour(parameters, options->colour);
  const AVFilter *buffer = library.avfilter_get_by_name("buffer");
  c->source = library.avfilter_graph_alloc_filter(c->graph, buffer, "in");
  int ret =
      c->source ? library.av_buffersrc_parameters_set(c->source, parameters) : AVERROR(ENOMEM);
  av_free(parameters);
  return ret < 0 ? ret : library.avfilter_init_str(c->source, NULL);
}

static AVFilterInOut *one_end(const char *name, AVFilterContext *filter)
{
  AVFilterInOut *end = library.avfilter_inout_alloc();
  if (end)
    *end = (AVFilterInOut){.name = av_strdup(name), .filter_ctx = filter};
  if (end && !end->name)
    library.avfilter_inout_free(&end);
  return end;
}

static int connect_ends(struct df_filter_chain *c, const char *filters)
{
  AVFilterInOut *from = one_end("in", c->source), *to = one_end("out", c->sink);
  int ret = AVERROR(ENOMEM);
  if (from && to)
    ret = library.avfilter_graph_parse_ptr(c->graph, filters, &to, &from, NULL);
  library.avfilter_inout_free(&from);
  library.avfilter_inout_free(&to);
  return ret < 0 ? ret : library.avfilter_graph_config(c->graph, NULL);
}

static int build(struct df_filter_chain *c, const struct df_filter_chain_options *options)
{
  c->graph = library.avfilter_graph_alloc();
  if (!c->graph)
    return AVERROR(ENOMEM);
  c->graph->nb_threads = options->threads;
  int ret = add_source(c, options);
  if (ret >= 0)
    ret = library.avfilter_graph_create_filter(
        &c->sink, library.avfilter_get_by_name("buffersink"), "out", NULL, NULL, c->graph);
  return ret < 0 ? ret : connect_ends(c, options->filters);
}

int df_filter_chain_create(const struct df_filter_chain_options *options,
    struct df_filter_chain **ret_chain, struct df_error *err)
{
  int result = need_library(options->what, err);
  if (result < 0)
    return result;
  struct df_filter_chain *chain = calloc(1, sizeof *chain);
  if (!chain)
    return df_fail(err, DF_ENOMEM, "no memory for %s", options->what);
  chain->what = options->what;
  df_ffmpeg_forget();
  int ret = build(chain, options);
  if (ret < 0) {
    df_filter_chain_destroy(&chain);
    return df_ffmpeg_error(err, DF_ELIBRARY, ret, "%s cannot be set up", options->what);
  }
  *ret_chain = chain;
  return 0;
}

void df_filter_chain_destroy(struct df_filter_chain **chain_ptr)
{
  struct df_filter_chain *chain = *chain_ptr;
  if (!chain)
    return;
  library.avfilter_graph_free(&chain->graph);
  free(chain);
  *chain_ptr = NULL;
}

int df_filter_chain_send(struct df_filter_chain *chain, AVFrame *frame, struct df_error *err)
{
  df_ffmpeg_forget();
  int ret = library.av_buffersrc_add_frame_flags(chain->source, frame, AV_BUFFERSRC_FLAG_PUSH);
  return ret < 0 ? df_ffmpeg_error(err, DF_ELIBRARY, ret, "%s failed on a picture", chain->what)
                 : 0;
}

int df_filter_chain_receive(struct df_filter_chain *chain, AVFrame *frame, struct df_error *err)
{
  df_ffmpeg_forget();
  int ret = library.av_buffersink_get_frame(chain->sink, frame);
  if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF)
    return 0;
  return ret < 0 ? df_ffmpeg_error(err, DF_ELIBRARY, ret, "%s failed on a picture", chain->what)
                 : 1;
}

AVRational df_filter_chain_time_base(const struct df_filter_chain *chain)
{
  return library.av_buffersink_get_time_base(chain->sink);
}
