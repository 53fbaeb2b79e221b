/* What of an output picture no tile covers, as rectangles to be painted black. Pure. */
#ifndef DF_COMPOSE_GAPS_H
#define DF_COMPOSE_GAPS_H

#include <stddef.h>

#include "compose/geometry.h"

/** Paints a rectangle (even numbers, not empty). 0 or an error, which ends the visit. */
typedef int df_gap_fn(void *context, struct df_rect gap);

/**
 * Calls `fn` for rectangles that together are all of width x height (even) that no placement draws; none
 * overlap. Returns what the last call returned, 0 when there was none.
 */
int df_gaps_visit(const struct df_placement *placements, size_t count, int width, int height,
    df_gap_fn *fn, void *context);

#endif
