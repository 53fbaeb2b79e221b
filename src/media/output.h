/*
 * Writes the result: the encoded video, and of the input all audio tracks, the subtitles the container
 * allows, attachments, chapters and metadata. Written beside its final name and renamed when whole.
 *
 * Audio packets are copied bit for bit where the container allows; else, when the user named the
 * container, the audio is transcoded (AAC; Opus in WebM) and that is said. Times of all streams keep their relation:
 * everything is shifted by the same amount, so that the output begins at 0.
 */
#ifndef DF_MEDIA_OUTPUT_H
#define DF_MEDIA_OUTPUT_H

#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "media/input.h"

struct AVCodecContext;
struct AVPacket;
struct df_output;

struct df_output_options {
  const char *path; /* final name; its extension names the container */
  bool overwrite;   /* replace what is there */
};

/**
 * What a final name comes to: `output` may be a folder (then the name is the input's with "-split" and
 * .mp4, or .mkv where MP4 cannot carry the audio as it is), or a file. Refuses (DF_EOUTPUT, DF_EUSAGE)
 * the input itself, a missing or unwritable folder, an existing file without `overwrite`, an extension
 * no container has. Writes the path into ret_path.
 */
int df_output_resolve(const char *output, struct df_input *input, const char *input_path,
    bool overwrite, char *ret_path, size_t size, struct df_error *err);

/**
 * The extension of the best container for an input, without a dot: "mp4", which plays everywhere, or "mkv" for audio
 * that would have to be encoded anew in it.
 */
const char *df_output_extension(struct df_input *input);

/** Whether the container that `path` names wants encoders to put headers beside the stream. */
bool df_output_global_header(const char *path);

/**
 * Opens a temporary file beside `options->path`. Borrows `input`, `log`. Streams are set up from `input`
 * and `video`; the header is written with the first packet.
 */
int df_output_create(const struct df_output_options *options, struct df_input *input,
    const struct AVCodecContext *video, struct df_log *log, struct df_output **ret_output,
    struct df_error *err);

/**
 * Drops what is unfinished: the temporary file is deleted, an existing file of the final name is as
 * before. Accepts NULL, sets *output to NULL.
 */
void df_output_destroy(struct df_output **output);

/** Whether packets of this input stream go into the output (audio, subtitles); the others are dropped. */
bool df_output_wants(const struct df_output *output, int input_stream);

/** Writes an encoded packet of the video (times in the time base of `video`); unrefs it. */
int df_output_write_video(struct df_output *output, struct AVPacket *packet, struct df_error *err);

/** Writes a packet of another input stream as read; unrefs it. Interleaving is done here. The two writes
 * may come from different threads. DF_ENOSPACE says how much was written where the disk is full. */
int df_output_write_other(struct df_output *output, struct AVPacket *packet, struct df_error *err);

/** Writes the end, makes it durable and renames it to its final name. */
int df_output_finish(struct df_output *output, struct df_error *err);

/** The file beside the final name that is written to; borrowed until the output is finished or destroyed. */
const char *df_output_temporary(const struct df_output *output);

/** Bytes written so far. */
int64_t df_output_bytes(const struct df_output *output);

#endif
