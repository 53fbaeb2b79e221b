/* What every composer, on whatever device, refuses before it sets a sample. Pure. */
#ifndef DF_COMPOSE_CHECK_H
#define DF_COMPOSE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "compose/compose.h"

/**
 * 0, or what df_composer_draw promises for what cannot be drawn. All pictures must be in the memory of a GPU
 * where `on_gpu`, else in the host's.
 */
int df_tiles_check(const struct df_tile *tiles, size_t count, const struct df_picture *out,
    bool on_gpu, struct df_error *err);

#endif
