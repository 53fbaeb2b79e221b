/*
 * The times of pictures while they are inside an encoder. Encoders hand on no durations, and x265 makes
 * decoding times of memory it never wrote when there are fewer pictures than it reorders, so both are made
 * here, from the times that went in. Internal to media/. One thread at a time.
 */
#ifndef DF_MEDIA_ENCODER_TIMES_H
#define DF_MEDIA_ENCODER_TIMES_H

#include <stddef.h>
#include <stdint.h>

struct AVPacket;

/** A picture's times, in the encoder's time base. */
struct df_encoder_time {
  int64_t pts, duration;
};

/** Plain memory of the encoder's. Zero-initialise, then set what is said to be the maker's. */
struct df_encoder_times {
  int64_t
      last_duration; /* of the newest picture whose duration is known; the maker's nominal one first */
  size_t delay;      /* pictures by which decoding runs ahead of presentation; the maker's */
  struct df_encoder_time *pending; /* gone in and not come out yet */
  size_t count, capacity;
  int64_t *starts; /* the pts of the latest pictures, oldest first: from number `first` on */
  size_t first, start_count, start_capacity;
  size_t packets; /* come out so far */
};

/** Releases what is held, not the struct itself. */
void df_encoder_times_finish(struct df_encoder_times *times);

/**
 * Notes a picture that goes in, later than all before; one of unknown duration (0) lasts until the next.
 * 0 or DF_ENOMEM.
 */
int df_encoder_times_push(struct df_encoder_times *times, int64_t pts, int64_t duration);

/**
 * Says, before the first picture, that pictures went before it whose packets another encoder made: their pts,
 * oldest first, of which the latest are used. Decoding times go on from there. 0 or DF_ENOMEM.
 */
int df_encoder_times_follow(struct df_encoder_times *times, const int64_t *pts, size_t count);

/** Says when the last picture ends, if that is not known. */
void df_encoder_times_end(struct df_encoder_times *times, int64_t pts);

/**
 * Gives `packet`, the next that came out, its duration and its decoding time: the pts of the picture that
 * went in `delay` before the packet's place in decoding order, which grows strictly and passes no pts.
 */
void df_encoder_times_stamp(struct df_encoder_times *times, struct AVPacket *packet);

#endif
