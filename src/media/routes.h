/*
 * Which streams of the input go into the output besides the video, and how: copied bit for bit, transcoded,
 * or left out. Decided once, from what the container can carry; every loss the user should know of is said
 * in the log. Internal to media/.
 */
#ifndef DF_MEDIA_ROUTES_H
#define DF_MEDIA_ROUTES_H

#include <libavformat/avformat.h>

#include "base/error.h"
#include "base/log.h"
#include "media/audio_transcoder.h"
#include "media/container.h"
#include "media/input.h"
#include "media/text_transcoder.h"

enum df_route_kind { DF_ROUTE_DROP, DF_ROUTE_COPY, DF_ROUTE_AUDIO, DF_ROUTE_TEXT };

/** The way of one input stream. */
struct df_route {
  enum df_route_kind kind;
  AVStream *stream;      /* of the output, borrowed; NULL when dropped */
  AVRational time_base;  /* of the input's packets */
  int64_t rescale_state; /* of av_rescale_delta */
  struct df_audio_transcoder *audio;
  struct df_text_transcoder *text;
  AVPacket *cover; /* to be written once, after the header */
  void *owner;     /* what `write` of the options is given, beside the route itself */
};

struct df_routes {
  struct df_route *items; /* one for each input stream */
  size_t count;
};

struct df_routes_options {
  const struct df_container *container;
  struct df_input *input;
  AVFormatContext *output; /* streams are added here */
  int64_t origin;          /* microseconds of the input's time that become 0 */
  struct df_log *log;
  df_audio_packet_fn *write; /* for transcoded audio; its context is the struct df_route */
  void *owner;
};

/** Fills the caller's zeroed `routes`; on failure too they are to be finished. */
int df_routes_init(
    struct df_routes *routes, const struct df_routes_options *options, struct df_error *err);
void df_routes_finish(struct df_routes *routes);

#endif
