/*
 * Opens a file, says what is in it, and hands out its packets. Files only: no network protocol is opened.
 */
#ifndef DF_MEDIA_INPUT_H
#define DF_MEDIA_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "frame/picture.h"

struct AVFormatContext;
struct AVPacket;
struct AVStream;
struct df_input;

struct df_rational {
  int num, den;
};

/** HDR10 static metadata as the file gives it (SMPTE ST 2086, CTA-861.3); has_ says what is there. */
struct df_hdr {
  bool has_mastering, has_light;
  /* chromaticity in 1/50000: red, green, blue, white; luminance in 1/10000 cd/m2 */
  struct df_rational primaries[3][2], white[2], max_luminance, min_luminance;
  unsigned max_content_light, max_average_light; /* cd/m2 */
};

enum df_transfer_kind { DF_TRANSFER_SDR, DF_TRANSFER_PQ, DF_TRANSFER_HLG };

/** What the rest of the program needs to know of the video stream before its first picture. */
struct df_video_info {
  int width, height; /* stored, after rotation */
  float display_x,
      display_y; /* stored samples a displayed pixel is wide and high: one of them is 1 */
  int display_width, display_height; /* displayed size, rounded */
  int rotation;                      /* degrees clockwise that decoding applies: 0, 90, 180, 270 */
  bool flipped;                      /* and whether it mirrors first */
  int depth;                         /* of the pictures that decoding gives: 8 or 10 */
  struct df_colour
      colour; /* unspecified values replaced by the guess for this size (H.273 numbers) */
  enum df_transfer_kind transfer;
  struct df_hdr hdr;
  struct df_rational time_base;
  struct df_rational frame_rate; /* nominal; 25/1 when the file does not say */
  int64_t start_pts;             /* first picture expected here (time_base) */
  int64_t frames;                /* estimated for the part that is read; 0 unknown */
  double duration;               /* seconds, of the part that is read; 0 unknown */
  char codec[32];                /* "h264" */
};

struct df_input_options {
  double start;    /* seconds from the beginning to skip; 0 none */
  double duration; /* seconds to take; 0 all */
  /* In the file's own time, microseconds: pictures before it need not be read, although they are of the part
     that is wanted; reading begins at a key frame before it where there is one. 0: all are wanted. */
  int64_t entry;
};

/**
 * The part that is read, in the file's own time, microseconds: begin <= t < end. INT64_MIN and INT64_MAX
 * where nothing bounds it.
 */
struct df_span {
  int64_t begin, end;
};

/** The path that it was opened by; borrowed, lives as long as the input. */
const char *df_input_path(const struct df_input *input);

/**
 * Opens `path` and finds its best video stream (never a cover picture).
 *
 * DF_EINPUT for a missing file, a folder, an empty or unreadable file, one that is no media, has no
 * video, or is a still picture: one sentence that says which. `log` is borrowed for the life of the input.
 */
int df_input_open(const char *path, const struct df_input_options *options, struct df_log *log,
    struct df_input **ret_input, struct df_error *err);
void df_input_close(struct df_input **input);

/** Borrowed until the input is closed. */
const struct df_video_info *df_input_video(const struct df_input *input);
/** What start and duration come to, for whoever leaves out what lies outside. */
struct df_span df_input_span(const struct df_input *input);
/**
 * Where reading began in mid-file, since what is wanted lies there: the time of a key frame, in the file's own time,
 * microseconds. INT64_MIN: it began with the file.
 */
int64_t df_input_entered(const struct df_input *input);
/**
 * Where what is read begins, in the file's own time, microseconds: with the wanted part, else with the
 * file. That begins with its earliest stream; samples before 0 that nobody hears do not count.
 */
int64_t df_input_beginning(const struct df_input *input);
/** FFmpeg's own view, borrowed, for the decoder and the output; not to be read from while others do. */
struct AVFormatContext *df_input_context(struct df_input *input);
struct AVStream *df_input_video_stream(struct df_input *input);

/**
 * Reads the next packet of any stream into `packet` (blank; the caller unrefs it): 1 with a packet, 0 at
 * the end of what is to be read, DF_EINPUT when the file cannot be read on (truncation is an end, with a
 * warning in the log). Damaged packets are skipped and counted. One thread at a time.
 */
int df_input_read(struct df_input *input, struct AVPacket *packet, struct df_error *err);

/** Packets that could not be read so far; any thread. */
int64_t df_input_damaged(const struct df_input *input);

/** Makes a read that waits return DF_ESTOPPED soon; any thread. */
void df_input_interrupt(struct df_input *input);

#endif
