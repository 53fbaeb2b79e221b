/*
 * Draws rows of one kind of plane (luma, or both chroma planes together) of one tile. Stages source
 * rows, filters them across into a ring of intermediates as they are needed, and filters the ring
 * down into the output. Knows nothing of tiles beside each other, of threads or of black.
 */
#ifndef DF_COMPOSE_PLANE_H
#define DF_COMPOSE_PLANE_H

#include "compose/kernels.h"
#include "frame/picture.h"

/** What to draw. Borrows everything; several bands may be drawn from it at once. */
struct df_plane_task {
  const struct df_picture *picture;
  enum df_plane_kind kind;
  const struct df_across *across;
  const struct df_filter *down;
  uint8_t *out; /* first sample of the drawn rectangle in the output's plane */
  ptrdiff_t out_stride;
  int out_depth;
};

/** Working memory of one thread. Zero-initialise, finish at the end. */
struct df_scratch {
  void *staged;         /* one source row */
  int16_t *ring;        /* filtered source rows: row y in slot y modulo the slots */
  int *held;            /* which row a slot holds, -1: none */
  const int16_t **rows; /* the rows of one output row */
  void *memory;
  size_t room;
  int slots;
  size_t ring_stride;
  bool in_place; /* source rows are filtered across where they lie, not staged */
};

/** Makes room for a task. 0 or DF_ENOMEM. */
int df_scratch_prepare(struct df_scratch *scratch, const struct df_plane_task *task);
void df_scratch_finish(struct df_scratch *scratch);

/** Draws output rows `from` to `to` - 1 of the rectangle, with prepared scratch. */
void df_plane_draw(const struct df_plane_task *task, const struct df_kernels *kernels,
    struct df_scratch *scratch, int from, int to);

#endif
