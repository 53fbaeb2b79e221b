/*
 * How fast one task is, for `bench`: when each picture left the decoder and when what was composed of it was
 * ready for the encoder. Also says how the input is to be fed: over and over, for so long, at a pace.
 *
 * As many pictures reach the encoder as leave the decoder, in the same order, so that the n-th of each are
 * the same one. Two threads of the task write; the results are read when it has ended.
 */
#ifndef DF_PIPELINE_PROBE_H
#define DF_PIPELINE_PROBE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DF_PROBE_UNDER_WAY = 8192 }; /* more than the longest look-ahead and all queues hold */

/** Zero-initialise and set the first part; plain memory of the caller's. */
struct df_probe {
  bool decode_only; /* pictures are dropped as soon as they are decoded */
  bool loop;        /* the input begins again when it ends */
  double seconds;   /* after the first picture no packet is read any more; 0: to the end */
  double rate;      /* pictures a second that are fed, 0: as fast as they are taken */

  _Atomic double first; /* df_clock_now() of the first decoded picture; 0 before */
  double last;          /* of the last that was ready to be encoded (decode_only: dropped) */
  int64_t frames;       /* these */
  float *latencies;     /* seconds, of each of them */
  size_t capacity;
  _Atomic double decoded[DF_PROBE_UNDER_WAY]; /* a ring by the number of the picture */
};

/** Picture `n` has left the decoder. One thread. */
void df_probe_decoded(struct df_probe *probe, int64_t n);
/** The next picture is ready to be encoded. One thread. DF_ENOMEM. */
int df_probe_ready(struct df_probe *probe);
/** Whether the time is over; any thread. */
bool df_probe_is_over(struct df_probe *probe);

/** Releases what it holds. */
void df_probe_release(struct df_probe *probe);

#endif
