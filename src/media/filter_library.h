/* The functions of libavfilter that chains are made with. Only for filter_chain.c. */
#ifndef DF_MEDIA_FILTER_LIBRARY_H
#define DF_MEDIA_FILTER_LIBRARY_H

#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>

/* what it returns, name, parameters */
#define DF_FILTER_FUNCTIONS(X)                                                                     \
  X(unsigned, avfilter_version, (void))                                                            \
  X(const AVFilter *, avfilter_get_by_name, (const char *))                                        \
  X(AVFilterGraph *, avfilter_graph_alloc, (void))                                                 \
  X(void, avfilter_graph_free, (AVFilterGraph **))                                                 \
  X(AVFilterContext *, avfilter_graph_alloc_filter,                                                \
      (AVFilterGraph *, const AVFilter *, const char *))                                           \
  X(int, avfilter_graph_create_filter,                                                             \
      (AVFilterContext **, const AVFilter *, const char *, const char *, void *, AVFilterGraph *)) \
  X(int, avfilter_graph_parse_ptr,                                                                 \
      (AVFilterGraph *, const char *, AVFilterInOut **, AVFilterInOut **, void *))                 \
  X(int, avfilter_graph_config, (AVFilterGraph *, void *))                                         \
  X(int, avfilter_init_str, (AVFilterContext *, const char *))                                     \
  X(AVFilterInOut *, avfilter_inout_alloc, (void))                                                 \
  X(void, avfilter_inout_free, (AVFilterInOut **))                                                 \
  X(AVBufferSrcParameters *, av_buffersrc_parameters_alloc, (void))                                \
  X(int, av_buffersrc_parameters_set, (AVFilterContext *, AVBufferSrcParameters *))                \
  X(int, av_buffersrc_add_frame_flags, (AVFilterContext *, AVFrame *, int))                        \
  X(int, av_buffersink_get_frame, (AVFilterContext *, AVFrame *))                                  \
  X(AVRational, av_buffersink_get_time_base, (const AVFilterContext *))

struct df_filter_library {
#define DF_FILTER_POINTER(type, name, parameters) type(*name) parameters;
  DF_FILTER_FUNCTIONS(DF_FILTER_POINTER)
#undef DF_FILTER_POINTER
};

#endif
