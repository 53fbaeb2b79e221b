/*
 * Rows of one kind of plane, as plane.h says. Reads no sample outside the source's rows and writes
 * none outside the drawn rectangle: vector loads run over the end of staged rows only, which are
 * ours, and over the end of what is needed of a source row where the row goes on.
 */
#include "compose/plane.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

static size_t align(size_t bytes)
{
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/*
 * Whether a source row is as if staged where it lies: samples of one byte in one plane, and the
 * slack behind those that are needed is the row's own.
 */
static bool staged_in_place(const struct df_plane_task *task)
{
  const struct df_picture *picture = task->picture;
  const struct df_across *across = task->across;
  bool chroma = task->kind == DF_PLANE_CHROMA;
  if (across->depth > 8 || (chroma && !picture->format.semi_planar))
    return false;
  int end = (across->filter.first + across->filter.span) * across->channels;
  return end + DF_STAGE_SLACK <= across->filter.axis.size * across->channels;
}

int df_scratch_prepare(struct df_scratch *scratch, const struct df_plane_task *task)
{
  const struct df_across *across = task->across;
  size_t channels = (size_t)across->channels;
  size_t staged =
      align((size_t)across->filter.span * channels * (across->depth > 8 ? 2 : 1) + DF_STAGE_SLACK);
  size_t width = (size_t)across->filter.axis.count * channels;
  size_t stride = (width + DF_ROW_BLOCK - 1) / DF_ROW_BLOCK * DF_ROW_BLOCK;
  size_t slots = (size_t)task->down->taps;
  size_t ring = align(slots * stride * sizeof *scratch->ring);
  size_t rows = align(slots * sizeof *scratch->rows);
  size_t total = staged + ring + rows + align(slots * sizeof *scratch->held);
  if (total > scratch->room) {
    free(scratch->memory);
    scratch->room = 0;
    scratch->memory = aligned_alloc(ALIGNMENT, total);
    if (!scratch->memory)
      return DF_ENOMEM;
    scratch->room = total;
    memset(scratch->memory, 0, total);
  }
  scratch->staged = scratch->memory;
  scratch->ring = (int16_t *)((char *)scratch->memory + staged);
  scratch->rows = (const int16_t **)((char *)scratch->memory + staged + ring);
  scratch->held = (int *)((char *)scratch->memory + staged + ring + rows);
  scratch->slots = task->down->taps;
  scratch->in_place = staged_in_place(task);
  scratch->ring_stride = stride;
  return 0;
}

void df_scratch_finish(struct df_scratch *scratch)
{
  free(scratch->memory);
  *scratch = (struct df_scratch){0};
}

static const uint8_t *source_at(const struct df_picture *picture, int plane, int y, size_t byte)
{
  return picture->planes[plane] + (ptrdiff_t)y * picture->strides[plane] + byte;
}

/* Where the samples of source row y that the filter needs begin. */
static struct df_stage_source row_source(const struct df_plane_task *task, int y)
{
  const struct df_picture *picture = task->picture;
  bool chroma = task->kind == DF_PLANE_CHROMA, two_planes = chroma && !picture->format.semi_planar;
  size_t samples = chroma && !two_planes ? 2 : 1; /* side by side in one plane */
  size_t bytes = picture->format.depth > 8 ? 2 : 1;
  size_t at = (size_t)task->across->filter.first * samples * bytes;
  return (struct df_stage_source){
      .first = source_at(picture, chroma ? 1 : 0, y, at),
      .second = two_planes ? source_at(picture, 2, y, at) : NULL,
      .shift = picture->format.high_aligned ? 6 : 0,
  };
}

/* The samples that the filter needs, low-aligned and interleaved, into `staged`. */
static void stage_row(const struct df_plane_task *task, const struct df_kernels *kernels,
    const struct df_stage_source *source, void *staged)
{
  size_t span = (size_t)task->across->filter.span;
  if (task->across->depth > 8)
    kernels->stage10(source, source->second ? span : span * (size_t)task->across->channels, staged);
  else if (source->second)
    kernels->interleave8(source->first, source->second, span, staged);
  else
    memcpy(staged, source->first, span * (size_t)task->across->channels);
}

/* Source row y filtered across, from the ring or anew. */
static const int16_t *filtered_row(const struct df_plane_task *task,
    const struct df_kernels *kernels, struct df_scratch *scratch, int y)
{
  int slot = y % scratch->slots;
  int16_t *row = scratch->ring + (size_t)slot * scratch->ring_stride;
  if (scratch->held[slot] != y) {
    struct df_stage_source source = row_source(task, y);
    const void *staged = source.first;
    if (!scratch->in_place) {
      stage_row(task, kernels, &source, scratch->staged);
      staged = scratch->staged;
    }
    kernels->across(task->across, staged, row);
    scratch->held[slot] = y;
  }
  return row;
}

/* Whether an output row of one weight is the staged source row as it is. */
static bool copies(const struct df_plane_task *task)
{
  return task->across->filter.identity && task->across->depth == 8 && task->out_depth == 8;
}

void df_plane_draw(const struct df_plane_task *task, const struct df_kernels *kernels,
    struct df_scratch *scratch, int from, int to)
{
  int width = task->across->filter.axis.count * task->across->channels;
  for (int i = 0; i < scratch->slots; i++)
    scratch->held[i] = -1;
  for (int y = from; y < to; y++) {
    uint8_t *out = task->out + (ptrdiff_t)y * task->out_stride;
    int start;
    const int16_t *coefficients;
    int taps = df_filter_trimmed(task->down, y, &start, &coefficients);
    if (taps == 1 && copies(task)) {
      struct df_stage_source source = row_source(task, start);
      stage_row(task, kernels, &source, out);
      continue;
    }
    for (int k = 0; k < taps; k++)
      scratch->rows[k] = filtered_row(task, kernels, scratch, start + k);
    kernels->down(scratch->rows, coefficients, taps, width, task->out_depth, out);
  }
}
