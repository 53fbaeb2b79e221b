/*
 * Decodes the first picture of a stream from packets at hand, with a decoder of its own, to learn what only
 * a picture tells. Internal to media/; reads nothing itself.
 */
#ifndef DF_MEDIA_FIRST_FRAME_H
#define DF_MEDIA_FIRST_FRAME_H

#include <libavcodec/avcodec.h>

/** Gives the next packet, borrowed; NULL when there is none. */
typedef const AVPacket *df_next_packet_fn(void *context);

/**
 * The first frame that the packets from `next` decode to, the caller's. NULL when none does, or memory
 * runs out.
 */
AVFrame *df_first_frame(
    const AVCodecParameters *parameters, df_next_packet_fn *next, void *context);

#endif
