/*
 * What both halves of media/ need around FFmpeg: its errors as sentences, its log kept off the terminal,
 * its frames as pictures and back without a copy, and the few places where its releases differ.
 *
 * Never decides anything about a stream. Everything here is thread-safe.
 */
#ifndef DF_MEDIA_FFMPEG_H
#define DF_MEDIA_FFMPEG_H

#include <libavutil/frame.h>
#include <libavutil/pixfmt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/fault.h"
#include "frame/picture.h"

struct AVCodecContext;
struct AVPacket;
struct AVStream;

enum { DF_FFMPEG_REASON = 256, DF_FFMPEG_TRANSCRIPT = 512 };

/**
 * Takes FFmpeg's log over for the whole process: nothing of it is printed any more. Cheap; whoever opens
 * something of FFmpeg's calls it first. What FFmpeg last complained of is kept for each thread.
 */
void df_ffmpeg_quiet(void);

/** Forgets this thread's last complaint; before a call whose failure df_ffmpeg_error will explain. */
void df_ffmpeg_forget(void);

/** This thread's last complaint since df_ffmpeg_forget, without newline; "" when there is none. */
const char *df_ffmpeg_complaint(void);

/**
 * All that FFmpeg complained and warned of in this thread since df_ffmpeg_forget, in order, each once, with
 * "; " between; "" when there is nothing. What has no room is left out. For libraries of hardware, whose own
 * words come first and FFmpeg's conclusion last.
 */
const char *df_ffmpeg_transcript(void);

/**
 * df_fail with the formatted sentence, then in brackets FFmpeg's text for `avcode` (an AVERROR) and what
 * it last complained of in this thread. Out of memory, no space and an interrupt get their own codes
 * (DF_ENOMEM, DF_ENOSPACE, DF_ESTOPPED) instead of `code`. Returns the code recorded.
 */
int df_ffmpeg_error(struct df_error *err, int code, int avcode, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/**
 * Passes a point where a call of FFmpeg's can fail on purpose (base/fault.h): 0, or the AVERROR to take for that
 * call's answer; this thread's last complaint then says that it is injected.
 */
int df_ffmpeg_fault(enum df_fault_point point, const char *input);

/** The AVERROR of a fault that is due, and the complaint, as above. */
int df_ffmpeg_fault_code(const struct df_fault *fault);

/** The layout of FFmpeg's pixel format; false when df_format cannot name it. Alpha is left aside. */
bool df_ffmpeg_format(enum AVPixelFormat pixel_format, struct df_format *ret_format);

/** FFmpeg's name of a layout (never one of the deprecated full-range twins). */
enum AVPixelFormat df_ffmpeg_pixel_format(struct df_format format);

/**
 * Makes a picture of a frame in host memory, without a copy: takes *frame on success and sets it to NULL;
 * the picture's last unref frees it. Colour is `colour`; pts and duration are the frame's, 0 when it has
 * none. NULL when memory runs out or the pixel format has no df_format; *frame is the caller's then.
 */
struct df_picture *df_ffmpeg_wrap(struct AVFrame **frame, struct df_colour colour);

/**
 * Makes a frame of a host picture, without a copy: it holds a reference to the picture until its own last
 * reference is gone. Size, format, colour and pts are the picture's. NULL when memory runs out.
 */
struct AVFrame *df_ffmpeg_frame(struct df_picture *picture);

/** Writes colour, range and chroma location into a frame. */
void df_ffmpeg_set_colour(struct AVFrame *frame, struct df_colour colour);

/** Whether the frame is made of two fields. */
bool df_ffmpeg_interlaced(const struct AVFrame *frame);

/**
 * Lets frames say which packet they were made of: df_ffmpeg_number_packets before a decoder is opened, a
 * number (>= 0) on each packet, which its frame has too; -1 when it says nothing.
 */
void df_ffmpeg_number_packets(struct AVCodecContext *context);
void df_ffmpeg_set_number(struct AVPacket *packet, int64_t number);
int64_t df_ffmpeg_number(const struct AVFrame *frame);

/** How long the frame is shown, in its time base; 0 when unknown. */
int64_t df_ffmpeg_duration(const struct AVFrame *frame);
void df_ffmpeg_set_duration(struct AVFrame *frame, int64_t duration);

/** A stream's side data of one type (an AVPacketSideDataType), borrowed; NULL when there is none. */
const uint8_t *df_ffmpeg_side_data(const struct AVStream *stream, int type, size_t *ret_size);

#endif
