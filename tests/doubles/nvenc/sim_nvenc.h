/*
 * A double of libnvidia-encode.so.1 for tests: the NVENC API as FFmpeg calls it, on the device memory of the
 * libcuda double, encoding with libx264 and libx265. It behaves as the real one where FFmpeg could notice:
 * B-frames want more input, sessions are counted, and what is read is first waited for on the stream that it
 * was told.
 *
 * DUALFACE_DOUBLE_NVENC sets it up, read whenever a session is opened; sim_nvenc_configure does so at once:
 *   version=11.1   of the API that the driver serves (default: that of the headers)
 *   open=2         opening a session returns this NVENCSTATUS
 *   sessions=2     so many at once, then NV_ENC_ERR_OUT_OF_MEMORY
 *   codecs=hevc    what is offered: h264, hevc or both (default)
 *   plain          no B-frames, look-ahead or temporal AQ
 *   fail=5         the picture of this number (from 0, over all sessions since the settings changed) fails
 *   fail=5+        and all after it
 * Settings are parted by commas.
 */
#ifndef DF_TESTS_SIM_NVENC_H
#define DF_TESTS_SIM_NVENC_H

#include <ffnvcodec/dynlink_cuda.h>
#include <ffnvcodec/nvEncodeAPI.h>
#include <libavcodec/avcodec.h>
#include <stdbool.h>

struct sim_nvenc_settings {
  int major, minor;
  int open;     /* NVENCSTATUS */
  int sessions; /* at most */
  bool h264, hevc, plain;
  long fail; /* -1: none */
  bool fails_on;
};

/* settings.c */

struct sim_nvenc_settings sim_nvenc_settings(void);
/** Exported for tests: sets up anew; NULL or "" for the defaults. */
void sim_nvenc_configure(const char *settings);
/** Counts a picture; whether it is to fail. */
bool sim_nvenc_picture_fails(void);
/** Counts a session; false where there are too many. */
bool sim_nvenc_session_begins(void);
void sim_nvenc_session_ends(void);
/** Exported for tests: sessions now. */
int sim_nvenc_open_sessions(void);

/** A picture in device memory, registered. */
struct sim_resource {
  const unsigned char *memory;
  unsigned width, height, pitch;
  NV_ENC_BUFFER_FORMAT format;
  int mapped;
};

/** One of the application's output buffers. */
struct sim_output {
  AVPacket *packet; /* while it is locked */
};

struct sim_session {
  bool hevc;
  int width, height;
  AVCodecContext *codec;       /* H.264 */
  AVFrame *frame;              /* H.264 */
  struct sim_hevc *hevc_codec; /* HEVC */
  CUstream stream;
  AVPacket **packets; /* come out and not locked yet */
  size_t packet_count;
  int64_t *times; /* of the pictures, by number */
  int64_t pictures;
  unsigned interval; /* from one P-frame to the next */
  bool force_key, ended;
  char error[256];
};

/* hevc.c: libx265 itself, since FFmpeg does not let it be opened while it opens NVENC. */

struct sim_hevc;
/** NULL when it cannot be. */
struct sim_hevc *sim_hevc_open(const NV_ENC_INITIALIZE_PARAMS *parameters);
void sim_hevc_close(struct sim_hevc *hevc);
/** Its parameter sets, borrowed until the next call. */
const unsigned char *sim_hevc_header(struct sim_hevc *hevc, uint32_t *ret_size);
/**
 * Encodes a picture (NULL: the end). 1 with a packet that has the number of its picture as pts, 0 when there is
 * none, < 0 when it fails.
 */
int sim_hevc_encode(struct sim_hevc *hevc, const struct sim_resource *resource, int64_t number,
    bool key, AVPacket **ret_packet);

/* encode.c */

NVENCSTATUS sim_encode_open(
    struct sim_session *session, const NV_ENC_INITIALIZE_PARAMS *parameters);
void sim_encode_close(struct sim_session *session);
/** Its parameter sets, borrowed. */
const unsigned char *sim_encode_header(struct sim_session *session, uint32_t *ret_size);
/** Encodes a picture, or the end when it is NULL. */
NVENCSTATUS sim_encode(
    struct sim_session *session, const struct sim_resource *resource, int64_t time);
/** The oldest packet that is there, the caller's; NULL when there is none. */
AVPacket *sim_encode_take(struct sim_session *session);

#endif
