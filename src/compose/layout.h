/* Where the tiles lie in the output picture. Pure. */
#ifndef DF_COMPOSE_LAYOUT_H
#define DF_COMPOSE_LAYOUT_H

#include "base/error.h"
#include "base/seat.h"

/** Whole output pixels; all four even, so that chroma belongs to one tile. */
struct df_rect {
  int x, y, w, h;
};

/** The output's size and the tile of each seat, left (or top) first. Tiles never overlap. */
struct df_layout {
  int width, height;
  struct df_rect tiles[DF_SEATS];
};

/**
 * Makes a layout by name: "side-by-side" (1920x1080 unless told otherwise, halves left and right)
 * or "stacked" (1080x1920, halves above each other). width and height 0 take the layout's own;
 * otherwise both must be even, 64 to 8192. Where half a side is odd the first tile is two pixels
 * larger.
 *
 * Returns 0 or DF_EUSAGE with the sentence in `err`.
 */
int df_layout_init(
    struct df_layout *ret_layout, const char *name, int width, int height, struct df_error *err);

/** The names that df_layout_init knows, NULL-terminated. */
extern const char *const df_layout_names[];

#endif
