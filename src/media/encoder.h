/*
 * Encodes composed pictures (NV12 or P010) with an encoder set by a profile: from device memory with NVENC,
 * or, where that is refused or not wanted, with the profile's software twin, for which the pictures are copied
 * to page-locked host memory; from host memory in software.
 *
 * When NVENC fails in the middle it is opened anew, and where that does not help either its software twin goes
 * on (with DF_HARDWARE_NVENC it is an error), from the first picture whose packet was not handed on: no picture
 * is missing. Packets are handed on only once all that are shown before them have been.
 *
 * Pictures keep their own time stamps and their number. Where the encoder wants planar input the
 * interleaved chroma is taken apart. An HDR picture is encoded as 10 bit with its tags and mastering data
 * (HEVC, AV1), or tone-mapped to BT.709 first when the codec's output is 8 bit.
 */
#ifndef DF_MEDIA_ENCODER_H
#define DF_MEDIA_ENCODER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "frame/picture.h"
#include "gpu/gpu.h"
#include "media/input.h"
#include "media/nvenc_gate.h"
#include "media/profile.h"

struct AVCodecContext;
struct AVPacket;
struct df_encoder;

/** Who encodes pictures that are in device memory. */
enum df_hardware {
  DF_HARDWARE_AUTO,     /* NVENC, or software where it refuses */
  DF_HARDWARE_NVENC,    /* NVENC; its refusal is the error */
  DF_HARDWARE_SOFTWARE, /* software */
  DF_HARDWARES
};
/** "auto", "nvenc", "software". */
extern const char *const df_hardware_names[DF_HARDWARES];

/** What to do while NVENC serves as many encoders as it can, some of them this process's. */
enum df_busy {
  DF_BUSY_WAIT,     /* until one of them is closed */
  DF_BUSY_SOFTWARE, /* encode in software */
  DF_BUSIES
};
/** "wait", "software". */
extern const char *const df_busy_names[DF_BUSIES];

struct df_encoder_options {
  const char *input; /* the video's path, for base/fault.h; NULL: nobody's. Borrowed */
  enum df_codec
      codec; /* AUTO: HEVC for PQ and HLG, else H.264; DF_CODEC_NONE: pictures are only counted */
  enum df_profile_name profile;
  int width, height;       /* of the composed pictures */
  int depth;               /* of what the input decodes to, 8 or 10 */
  struct df_colour colour; /* of the input */
  enum df_transfer_kind transfer;
  struct df_hdr hdr;
  struct df_rational time_base, frame_rate;
  int crf;     /* -1: the profile's */
  int bitrate; /* kb/s; 0: the profile's */
  const char
      *preset; /* NULL: the profile's; the software encoder's name of one, or NVENC's: p1 to p7 */
  int threads; /* 0: as many as there are cores */
  bool global_header;         /* the container wants it */
  struct df_gpu *gpu;         /* NULL: pictures are in host memory; else in this one's. Borrowed */
  df_gpu_stream stream;       /* with a GPU: in whose order the pictures are made */
  enum df_hardware hardware;  /* with a GPU */
  struct df_nvenc_gate *gate; /* of that GPU, borrowed; NULL: nobody is waited for */
  enum df_busy busy;
  const atomic_bool *stop; /* with a gate: ends the waiting; only df_encoder_create looks at it */
};

/** What the options come to; decided before anything is composed. */
struct df_encoder_plan {
  enum df_codec codec;
  struct df_format format; /* what pictures to compose: NV12 or P010 */
  bool tone_map;           /* HDR in, SDR out */
  bool keeps_hdr;
};

/** Pure. DF_EUNSUPPORTED for what does not go together. */
int df_encoder_plan(const struct df_encoder_options *options, struct df_encoder_plan *ret_plan,
    struct df_error *err);

/**
 * Opens the encoder. Says in `log` (borrowed as long as the encoder lives) what was tone-mapped or reduced to
 * 8 bit, and, once, what NVENC was refused for. With DF_HARDWARE_NVENC: DF_EMISSING (no NVENC on this chip, no or too old a driver),
 * DF_EUNSUPPORTED (codec or profile not offered) or DF_ELIBRARY (session limit and all else).
 */
int df_encoder_create(const struct df_encoder_options *options, struct df_log *log,
    struct df_encoder **ret_encoder, struct df_error *err);
/** Before the pool of its pictures in device memory. */
void df_encoder_destroy(struct df_encoder **encoder);

/**
 * For a video that several encoders make one after the other. Before the first picture: the pts of pictures that
 * went before it, oldest first, so that decoding times go on from theirs; the last two are enough. 0 or DF_ENOMEM.
 */
int df_encoder_follow(
    struct df_encoder *encoder, const int64_t *pts, size_t count, struct df_error *err);
/** And before the end: the pts of the picture after the last one, which lasts so long if it does not say. */
void df_encoder_lead(struct df_encoder *encoder, int64_t pts);

/**
 * Gives a picture (borrowed; the encoder takes its own reference if it needs one), of the plan's format and
 * a pts above the last one; or NULL at the end. All packets must be received (until 0) between two sends.
 */
int df_encoder_send(struct df_encoder *encoder, struct df_picture *picture, struct df_error *err);

/** 1 with a packet in `packet` (blank; the caller unrefs it), 0 when it wants the next picture or is done.
 * Packet times are in the options' time base. */
int df_encoder_receive(struct df_encoder *encoder, struct AVPacket *packet, struct df_error *err);

/**
 * Changes the bit rate (kb/s, > 0) from the next picture on; from the thread that sends. DF_EUNSUPPORTED when
 * the encoder holds a quality, or cannot change it while it runs (x265, SVT-AV1).
 */
int df_encoder_set_bitrate(struct df_encoder *encoder, int bitrate, struct df_error *err);

/** Why NVENC does not encode, from the start or any more, as first said; NULL when it does or was not asked for. */
const char *df_encoder_refusal(const struct df_encoder *encoder);

/** FFmpeg's name of the encoder, "none" for DF_CODEC_NONE. */
const char *df_encoder_name(const struct df_encoder *encoder);

/** FFmpeg's context, borrowed, for the output's stream; NULL for DF_CODEC_NONE, which has nothing to write. */
struct AVCodecContext *df_encoder_context(struct df_encoder *encoder);

#endif
