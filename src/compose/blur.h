/*
 * How a tile is shown blurred, in integers and so the same to the bit everywhere: what it would show is drawn into a
 * small picture of about 20 samples across, which no face survives, that is dimmed to three quarters and drawn over
 * the whole tile. Both drawings are ordinary ones, anti-aliased and smooth. Pure but for df_blur_dim.
 *
 *   dimmed = black + floor(3 * (sample - black) / 4)     black of luma: 16, or 0 in full range; of chroma 128
 *
 * in 8 bits; in 10 bits black is four times that.
 */
#ifndef DF_COMPOSE_BLUR_H
#define DF_COMPOSE_BLUR_H

#include "compose/compose.h"

/** Sides of the small picture for a tile of that size: even, at least 2. */
struct df_rect df_blur_size(struct df_rect rect);

/** The tile that is drawn into the small picture: fit to cover it, unless its shape may change. */
struct df_tile df_blur_small(const struct df_tile *tile);

/** The tile that shows the small picture in place of what it was made from. */
struct df_tile df_blur_large(const struct df_tile *tile, const struct df_picture *small);

/** What is said of a small picture whose samples are to be drawn: all but where they lie. */
void df_blur_describe(
    const struct df_tile *tile, const struct df_picture *out, struct df_picture *small);

/** Black of a plane, 0 luma, 1 chroma, as a sample of the picture's depth. */
int df_blur_black(const struct df_picture *picture, int plane);

/** Dims all samples of a picture in host memory (NV12 or P010). */
void df_blur_dim(struct df_picture *small);

#endif
