/*
 * Decodes an audio track and encodes it anew, for containers that cannot carry it as it is. Sample rate and
 * channels stay where the encoder has them. Times stay those of the input: a late start stays late, a gap is
 * filled with silence, an overlap is cut; what lies outside the span that is kept is cut to the sample.
 *
 * Internal to media/. One thread at a time; memory does not grow with the length of the track.
 */
#ifndef DF_MEDIA_AUDIO_TRANSCODER_H
#define DF_MEDIA_AUDIO_TRANSCODER_H

#include <libavcodec/avcodec.h>

#include "base/error.h"
#include "media/input.h"

struct df_audio_transcoder;

/** Receives one packet; unrefs it. Times are in the time base of the transcoder's context, 0 at `origin`. */
typedef int df_audio_packet_fn(void *context, AVPacket *packet, struct df_error *err);

struct df_audio_transcoder_options {
  const AVCodecParameters *input;
  AVRational time_base; /* of the input's packets */
  const char *encoder;  /* FFmpeg's name: "aac", "libopus" */
  int64_t origin;       /* microseconds of the input's time that become 0 */
  struct df_span span;  /* what is kept, in the input's time */
  df_audio_packet_fn *write;
  void *context;
};

/** DF_EMISSING when FFmpeg lacks the decoder or the encoder. */
int df_audio_transcoder_create(const struct df_audio_transcoder_options *options,
    struct df_audio_transcoder **ret_transcoder, struct df_error *err);
void df_audio_transcoder_destroy(struct df_audio_transcoder **transcoder);

/** Of the encoder, opened; borrowed, for the output's stream. */
const AVCodecContext *df_audio_transcoder_context(const struct df_audio_transcoder *transcoder);

/** Transcodes a packet (borrowed), or what is left when it is NULL. A damaged packet is no error. */
int df_audio_transcoder_send(
    struct df_audio_transcoder *transcoder, const AVPacket *packet, struct df_error *err);

#endif
