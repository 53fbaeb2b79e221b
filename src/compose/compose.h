/*
 * Cuts windows out of decoded pictures and resamples them into the tiles of an output picture,
 * straight from the planes as decoded (4:2:0, 4:2:2, 4:4:4, 8 or 10 bit, planar or semi-planar) to
 * NV12 or P010.
 *
 * The method: a separable Lanczos-3 filter, widened by the scale when shrinking (so it is
 * anti-aliased), evaluated at sub-pixel positions. All arithmetic on samples is in integers and
 * specified by the scalar reference, so that every implementation agrees to the bit. Range, matrix
 * and transfer pass through unchanged; only bit depth is converted (10 to 8 rounds, 8 to 10
 * shifts).
 */
#ifndef DF_COMPOSE_COMPOSE_H
#define DF_COMPOSE_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/geometry.h"
#include "compose/layout.h"
#include "frame/picture.h"

/** How a window that does not have its tile's shape fills it; geometry.h has the formulas. */
enum df_fit {
  DF_FIT_COVER,   /* fills the tile, what does not fit is cut off evenly */
  DF_FIT_CONTAIN, /* shows all of the window, black bars around it */
  DF_FIT_STRETCH, /* shows all of the window, its shape changed to the tile's */
  DF_FIT_CENTRE, /* one displayed pixel is one output pixel: the window's centre, black around it */
};

/** "cover", "contain", "stretch", "centre-crop", NULL: indexed by enum df_fit. */
extern const char *const df_fit_names[];

/**
 * One tile to draw. Borrows everything. A window that is empty, not a number or outside the picture
 * draws black, never more of the picture than was asked for.
 */
struct df_tile {
  const struct df_picture *picture; /* NULL draws black */
  struct df_box window; /* in displayed pixels: sub-pixel, inside the picture (cut at its edge) */
  float display_x;      /* stored samples a displayed pixel is wide (1 for square samples) */
  float display_y;      /* and high */
  enum df_fit fit;
  struct df_rect rect; /* where in the output: even numbers, inside it; tiles should not overlap */
  bool blurred;        /* shown without anything to be recognised, and dimmed; blur.h has how */
};

struct df_kernels;

/** Filter tables and scratch rows, kept from frame to frame. One thread at a time. */
struct df_composer;

struct df_composer_options {
  bool scalar; /* use the scalar reference even where the machine has vector units */
  int threads; /* bands of rows done side by side, at most 64; 0 or 1: the caller's thread only */
  const struct df_kernels *kernels; /* of kernels.h, that the machine can run; NULL: the fastest */
};

/** NULL when memory runs out. `options` may be NULL. */
struct df_composer *df_composer_create(const struct df_composer_options *options);
void df_composer_destroy(struct df_composer **composer);

/**
 * Draws `count` tiles onto `out` (host memory, NV12 or P010, even size); what no tile covers is
 * black in the range of `out->colour`. Sets nothing but samples. Pictures must be in host memory.
 * Where tiles do overlap the later one is seen.
 *
 * Returns 0, DF_ENOMEM, DF_EUNSUPPORTED for a format that is none of the above, or DF_EUSAGE for a
 * rect that is odd or not inside `out`; after the latter two no sample was set.
 */
int df_composer_draw(struct df_composer *composer, const struct df_tile *tiles, size_t count,
    struct df_picture *out, struct df_error *err);

#endif
