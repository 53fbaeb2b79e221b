/*
 * The packets that a decoder was given lately, from a key frame on, and which of them have become pictures:
 * what another decoder needs to go on where the first one failed. Internal to media/. One thread.
 *
 * Kept are the last two stretches between key frames (the pictures that are shown before the newer key frame
 * may refer to the one before it), and never less than a decoder may hold back.
 */
#ifndef DF_MEDIA_BACKLOG_H
#define DF_MEDIA_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct AVPacket;
struct df_backlog;

/** NULL when memory runs out. `limit` bytes of packets are kept at most; > 0. */
struct df_backlog *df_backlog_create(int64_t limit);
void df_backlog_destroy(struct df_backlog **backlog);

/**
 * Adds a packet (borrowed; its data is shared) with the next number, counted from 0, which its *ret_numbered
 * copy carries for df_ffmpeg_number; that is the backlog's until the next call. After df_backlog_rewind
 * nothing is added, and the copy's number is -1. 0 or DF_ENOMEM.
 */
int df_backlog_push(struct df_backlog *backlog, const struct AVPacket *packet,
    const struct AVPacket **ret_numbered);

/** Notes that a picture of packet `number` was handed on. */
void df_backlog_given(struct df_backlog *backlog, int64_t number);

/** Begins to read from the oldest packet. False when more came since its key frame than the limit lets keep. */
bool df_backlog_rewind(struct df_backlog *backlog);
/** The next packet, released at the next call, or NULL after the last; all are to be read before the next push. */
const struct AVPacket *df_backlog_read(struct df_backlog *backlog);
/** Whether a picture of packet `number` that was decoded again had been given before; asked once each. */
bool df_backlog_repeats(struct df_backlog *backlog, int64_t number);

#endif
