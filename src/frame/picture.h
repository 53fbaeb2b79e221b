/*
 * A picture and where it lives: reference-counted planes of Y'CbCr, and pools that make them anew without
 * allocating. A picture never knows how it was decoded; its maker's release function does.
 */
#ifndef DF_FRAME_PICTURE_H
#define DF_FRAME_PICTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct df_device;

/** How samples are laid out. Zero-initialised fields are meaningful: {8, 1, 1} is planar 4:2:0, 8 bit. */
struct df_format {
  uint8_t depth;     /* bits a sample: 8 (one byte) or 10 (two bytes, little-endian) */
  uint8_t shift_x;   /* log2 of chroma subsampling across: 0 or 1 */
  uint8_t shift_y;   /* log2 of chroma subsampling down: 0 or 1 */
  bool semi_planar;  /* plane 1 is Cb and Cr interleaved (NV12, P010), there is no plane 2 */
  bool high_aligned; /* depth 10: the sample is in the upper 10 of its 16 bits (P010) */
};

#define DF_FORMAT_NV12                                                                             \
  ((struct df_format){.depth = 8, .shift_x = 1, .shift_y = 1, .semi_planar = true})
#define DF_FORMAT_P010                                                                             \
  ((struct df_format){                                                                             \
      .depth = 10, .shift_x = 1, .shift_y = 1, .semi_planar = true, .high_aligned = true})

/** Colour as ITU-T H.273 numbers it (the values of FFmpeg's AVCOL_ enums); 2 is unspecified. */
struct df_colour {
  uint8_t primaries, transfer, matrix;
  bool full_range;
  uint8_t
      chroma_location; /* AVCHROMA_LOC_: 0 unspecified (taken as left), 1 left, 2 centre, 3 top left */
};

/**
 * One picture. Everything but the references is set by the maker before it is shared and only read
 * afterwards, so readers on several threads need no lock.
 */
struct df_picture {
  atomic_int references;
  struct df_device *device; /* where the planes live; NULL is host memory */
  int width, height;        /* samples of luma as stored: after rotation, before sample aspect */
  struct df_format format;
  struct df_colour colour;
  uint8_t *planes[3];
  ptrdiff_t strides[3]; /* bytes from a row to the next, may be negative */
  int64_t pts;          /* presentation time in the stream's time base */
  int64_t duration;     /* same unit; 0 when unknown */
  bool repeated;        /* stands in for a picture that could not be decoded */

  void (*release)(struct df_picture *picture); /* called when the last reference is gone */
  void *owner;                                 /* the maker's */
};

/** Adds a reference and returns `picture`. Thread-safe. */
struct df_picture *df_picture_ref(struct df_picture *picture);

/**
 * The same planes once more, as a picture of its own that stands in for one that is missing: at `pts`, for
 * `duration`. Adds a reference to `picture` for as long as it lives. NULL when memory runs out. Thread-safe.
 */
struct df_picture *df_picture_repeat(struct df_picture *picture, int64_t pts, int64_t duration);

/** Drops a reference; the last one releases. Accepts NULL, sets *picture to NULL. Thread-safe. */
void df_picture_unref(struct df_picture **picture);

/** Samples across and down plane `plane` (0..2) of a picture of this format and luma size, rounded up. */
int df_format_plane_width(struct df_format format, int plane, int width);
int df_format_plane_height(struct df_format format, int plane, int height);

/**
 * A pool of host pictures of one format and size, 64-byte aligned rows. It grows while more are wanted
 * than ever before and never shrinks, so what bounds it is the queues its pictures travel in.
 */
struct df_pool;

/** NULL when memory runs out. Sizes > 0. */
struct df_pool *df_pool_create(struct df_format format, int width, int height);

/**
 * Ends the pool. Pictures still out stay valid and free themselves when dropped. Accepts NULL.
 */
void df_pool_destroy(struct df_pool **pool);

/**
 * Takes a picture with one reference, contents undefined, pts 0. NULL when memory runs out. Thread-safe;
 * so is dropping it.
 */
struct df_picture *df_pool_take(struct df_pool *pool);

/** Pictures ever allocated; for proving that memory is constant. */
size_t df_pool_allocated(struct df_pool *pool);

#endif
