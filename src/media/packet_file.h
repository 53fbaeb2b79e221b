/*
 * A file of encoded packets of one video, as an encoder handed them on: times, flags and bytes come back to the
 * bit (docs/segments.md). It says at its end how many there are, so that one that is cut short is never taken
 * for a whole one, and it appears under its name only when it is whole. No container: nothing is rounded.
 */
#ifndef DF_MEDIA_PACKET_FILE_H
#define DF_MEDIA_PACKET_FILE_H

#include <stdint.h>

#include "base/error.h"

struct AVCodecContext;
struct AVPacket;
struct df_packet_writer;
struct df_packet_reader;

/**
 * Begins a file that will replace what `path` may name. `video` (borrowed until this returns) is the encoder
 * whose headers the output has: its codec, size, time base and headers are what a reader must have too.
 * DF_EOUTPUT, DF_ENOSPACE.
 */
int df_packet_file_create(const char *path, const struct AVCodecContext *video,
    struct df_packet_writer **ret_writer, struct df_error *err);
/** Appends a packet (borrowed). DF_ENOSPACE says how much there was room for. */
int df_packet_file_append(
    struct df_packet_writer *writer, const struct AVPacket *packet, struct df_error *err);
/** Writes the end, makes the file durable and gives it its name. On failure it is gone. Sets *writer to NULL.
 * Gives its size in *ret_bytes. */
int df_packet_file_finish(
    struct df_packet_writer **writer, int64_t *ret_bytes, struct df_error *err);
/** Deletes what is unfinished. Accepts NULL, sets *writer to NULL. */
void df_packet_file_abandon(struct df_packet_writer **writer);

/** Opens a file. DF_EINPUT when it is none or was not made by an encoder like `video` (borrowed). */
int df_packet_file_open(const char *path, const struct AVCodecContext *video,
    struct df_packet_reader **ret_reader, struct df_error *err);
/** 1 with the next packet in `packet` (blank; the caller unrefs it), 0 after the last of a whole file, DF_EINPUT
 * where it is cut short or damaged. */
int df_packet_file_read(
    struct df_packet_reader *reader, struct AVPacket *packet, struct df_error *err);
/** Accepts NULL, sets *reader to NULL. */
void df_packet_file_close(struct df_packet_reader **reader);

/** Reads the whole file: 0 when all of it is as it was written, else DF_EINPUT. DF_ENOMEM. */
int df_packet_file_check(
    const char *path, const struct AVCodecContext *video, struct df_error *err);

#endif
