/*
 * Which source samples an output sample is made of: from a tile's window, fit, picture size and
 * chroma siting to one affine map an axis. Pure: looks at a picture's size, format and colour,
 * never at samples. Every composer, on whatever device, starts from these numbers and from the
 * tables of filter.h.
 *
 * Coordinates. "Displayed" pixels are what the camera thinks in; stored = displayed * display_x (or
 * _y). A pixel's centre lies at +0.5. Out of the fit come a drawn rectangle D (even output pixels,
 * inside the tile) and a source rectangle S (stored luma samples, real numbers) that is mapped onto
 * it:
 *
 *   W = the window cut to the picture's edge: sub-pixel, in displayed pixels
 *   cover    D = tile; S = W, its longer side trimmed evenly to the tile's shape
 *   contain  D = W scaled by s = min(tile.w / W.w, tile.h / W.h), sides rounded to the nearest even
 *            number (2 at least), in the middle of the tile (offset rounded down to even); S = W
 *   stretch  D = tile; S = W
 *   centre   D = min(tile, W rounded down to even, 2 at least), in the middle of the tile;
 *            S = D.w x D.h displayed pixels around the centre of W, at its sub-pixel position
 *
 * A tile without picture, and one whose W is empty or not a number, is black: to show nothing is
 * the one mistake that can show nobody's face by accident.
 *
 * Luma. The centre of output sample i of D lies at S.x + (i + 0.5) * S.w / D.w; as an index into
 * the source row, where whole numbers are sample centres, that is
 *
 *   origin = S.x + 0.5 * S.w / D.w - 0.5      step = S.w / D.w      index(i) = origin + i * step
 *
 * Chroma. The output is 4:2:0 sited left: output sample j lies in D at x = 2j + 0.5 and y = 2j + 1.
 * In a source axis that is not subsampled sample k lies at k + 0.5; in one that is, at 2k + o,
 * where o is 0.5 (together with the first of its two luma samples), 1 (between them) or 1.5 (with
 * the second):
 *
 *   siting (AVCHROMA_LOC_)   left, unspecified   centre   top left   top   bottom left   bottom
 *   o across                 0.5                 1        0.5        1     0.5           1
 *   o down                   1                   1        0.5        0.5   1.5           1.5
 *
 * With t = 0.5 across, 1 down and r = S.w / D.w (S.h / D.h):
 *
 *   subsampled       origin = (S.x + t * r - o) / 2      step = r
 *   not subsampled   origin = S.x + t * r - 0.5          step = 2 * r
 *
 * The filter is Lanczos-3 over the index, widened by `step` where that is above 1. Positions are
 * used in 1/65536 of a source sample: position(i) = floor((origin + i * step) * 65536 + 0.5). Where
 * a filter reaches over the edge of the picture (not of the window) the edge sample stands in.
 */
#ifndef DF_COMPOSE_GEOMETRY_H
#define DF_COMPOSE_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "compose/compose.h"

enum { DF_POSITION_BITS = 16 };

/** The map of one axis of one kind of plane; a plain value. */
struct df_axis {
  int count;     /* output samples, > 0 */
  int size;      /* source samples from edge to edge of the picture, > 0 */
  double origin; /* source index under output sample 0 */
  double step;   /* source samples from one output sample to the next, > 0 */
};

enum df_plane_kind { DF_PLANE_LUMA, DF_PLANE_CHROMA, DF_PLANE_KINDS };

/** What of a tile is drawn from the picture; the rest of it is black. */
struct df_placement {
  bool black;          /* nothing is drawn; the rest is zero */
  struct df_rect rect; /* D, in the output's luma pixels */
  struct df_axis x[DF_PLANE_KINDS], y[DF_PLANE_KINDS];
};

/** Places a tile. A display_x or display_y that is not above 0 counts as 1. Deterministic. */
void df_placement_init(struct df_placement *ret_placement, const struct df_tile *tile);

/** position(i): the source index under output sample i, in 1/65536 sample. */
int64_t df_axis_position(const struct df_axis *axis, int i);

/** How much the filter is widened, in 1/65536: 65536 unless the picture shrinks. */
int64_t df_axis_scale(const struct df_axis *axis);

#endif
