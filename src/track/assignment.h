/*
 * The cheapest way to pair rows with columns, each used at most once, leaving a pair out where it would
 * cost more than a limit: the linear assignment problem for rectangular tables.
 *
 * Shortest augmenting paths (Jonker and Volgenant, "A Shortest Augmenting Path Algorithm for Dense and
 * Sparse Linear Assignment Problems", 1987). Internal to the pure modules track/ and person/.
 */
#ifndef DF_TRACK_ASSIGNMENT_H
#define DF_TRACK_ASSIGNMENT_H

#include <stdbool.h>
#include <stddef.h>

/** Memory that solving needs, kept between calls. Zero-initialise. One thread at a time. */
struct df_assignment {
  double *row_price, *column_price, *distance;
  size_t *row_of, *previous;
  bool *visited;
  size_t row_room, column_room;
};

/** Frees what was kept; the struct may be used again. */
void df_assignment_finish(struct df_assignment *assignment);

/**
 * Pairs `rows` rows with `columns` columns: cost[row * columns + column], finite numbers or, for a pair
 * that must not be, INFINITY. Minimises the sum over pairs of (cost - limit), so a pair dearer than
 * `limit` is never made. Writes to ret_columns[0..rows) each row's column or -1. Among equally cheap
 * answers the same one is always found, and rows and columns that come first are preferred.
 *
 * Returns 0 or DF_ENOMEM.
 */
int df_assignment_solve(struct df_assignment *assignment, const double *cost, size_t rows,
    size_t columns, double limit, int *ret_columns);

#endif
