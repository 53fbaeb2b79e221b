/*
 * Where each stream of a file stands in time, packet by packet, and the mending of time stamps that jump:
 * a recording that was joined from pieces goes back or leaps ahead at each seam; all streams are shifted
 * by the same amount there, so that time goes on and their relation stays. A stream that alone leaps to
 * where the file does not reach was damaged, and is shifted back alone. Internal to media/; one thread.
 */
#ifndef DF_MEDIA_TIMELINE_H
#define DF_MEDIA_TIMELINE_H

#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"

struct df_timeline;

/** For the streams that `context` (borrowed) has now; later ones are not followed. NULL: out of memory. */
struct df_timeline *df_timeline_create(const AVFormatContext *context);
void df_timeline_destroy(struct df_timeline **timeline);

/** Forgets where the streams stand, after a seek. */
void df_timeline_reset(struct df_timeline *timeline);

/**
 * Takes note of a packet as read and, past a jump, moves its times. A jump is said once in `log`. Times
 * that no video can have, centuries away or minutes from the decoding time, become unknown.
 */
void df_timeline_pass(struct df_timeline *timeline, AVPacket *packet, struct df_log *log);

/** The end of what has been read, microseconds of the file's time; INT64_MIN when nothing has. */
int64_t df_timeline_end(const struct df_timeline *timeline);
int64_t df_timeline_stream_end(const struct df_timeline *timeline, int stream);

/** Whether what a stream sends next is decoded at `time` (microseconds) or later. */
bool df_timeline_passed(const struct df_timeline *timeline, int stream, int64_t time);

/** Whether `video` and all audio have passed `time`, or the video has by more than `overrun`. */
bool df_timeline_all_passed(
    const struct df_timeline *timeline, int video, int64_t time, int64_t overrun);

#endif
