/*
 * The composer on the CPU: places tiles (geometry.h), keeps their filter tables from frame to frame
 * (filter.h), draws their planes in bands (plane.h) with the fastest kernels of the machine
 * (kernels.h) and paints what is left black. Never changes a picture it reads; gives its result to
 * the encoder.
 */
#include "compose/compose.h"

#include <stdlib.h>
#include <string.h>

#include "compose/bands.h"
#include "compose/blur.h"
#include "compose/check.h"
#include "compose/gaps.h"
#include "compose/geometry.h"
#include "compose/plane.h"

enum { THREADS_MAX = 64, BAND_ROWS_MIN = 16 };

const char *const df_fit_names[] = {"cover", "contain", "stretch", "centre-crop", NULL};

/* What is kept of the tile that was drawn at the same place of the list last time. */
struct slot {
  struct df_across across[DF_PLANE_KINDS];
  struct df_filter down[DF_PLANE_KINDS];
  struct df_picture *small; /* what a blurred tile goes through; NULL before the first */
};

struct df_composer {
  const struct df_kernels *kernels;
  struct slot *slots;
  struct df_placement *placements; /* beside them */
  struct df_tile *tiles;           /* likewise: what is drawn, where nothing is blurred any more */
  size_t slot_count;
  struct df_bands *bands; /* NULL: the caller's thread only */
  int workers;
  struct df_scratch *scratch; /* [workers] */
};

/* Bands of one plane of one tile on their way to the workers. */
struct job {
  const struct df_kernels *kernels;
  const struct df_plane_task *task;
  struct df_scratch *scratch;
  int rows, bands;
};

static const struct df_kernels *fastest_kernels(void)
{
  const struct df_kernels *kernels = df_kernels_avx512();
  if (!kernels)
    kernels = df_kernels_avx2();
  return kernels ? kernels : &df_kernels_scalar;
}

struct df_composer *df_composer_create(const struct df_composer_options *options)
{
  struct df_composer_options o = options ? *options : (struct df_composer_options){0};
  struct df_composer *composer = calloc(1, sizeof *composer);
  if (!composer)
    return NULL;
  composer->kernels = o.kernels ? o.kernels : o.scalar ? &df_kernels_scalar : fastest_kernels();
  composer->workers = o.threads < 1 ? 1 : o.threads > THREADS_MAX ? THREADS_MAX : o.threads;
  composer->scratch = calloc((size_t)composer->workers, sizeof *composer->scratch);
  if (!composer->scratch)
    goto fail;
  if (composer->workers > 1) {
    composer->bands = df_bands_create(composer->workers);
    if (!composer->bands)
      goto fail;
  }
  return composer;

fail:
  df_composer_destroy(&composer);
  return NULL;
}

void df_composer_destroy(struct df_composer **composer_ptr)
{
  struct df_composer *composer = *composer_ptr;
  if (!composer)
    return;
  *composer_ptr = NULL;
  df_bands_destroy(&composer->bands);
  for (int i = 0; composer->scratch && i < composer->workers; i++)
    df_scratch_finish(&composer->scratch[i]);
  for (size_t i = 0; i < composer->slot_count; i++) {
    df_picture_unref(&composer->slots[i].small);
    for (int kind = 0; kind < DF_PLANE_KINDS; kind++) {
      df_filter_finish(&composer->slots[i].across[kind].filter);
      free(composer->slots[i].across[kind].packed.memory);
      df_filter_finish(&composer->slots[i].down[kind]);
    }
  }
  free(composer->scratch);
  free(composer->slots);
  free(composer->tiles);
  free(composer->placements);
  free(composer);
}

static int grow_slots(struct df_composer *composer, size_t count)
{
  if (count <= composer->slot_count)
    return 0;
  struct slot *slots = realloc(composer->slots, count * sizeof *slots);
  if (!slots)
    return DF_ENOMEM;
  memset(slots + composer->slot_count, 0, (count - composer->slot_count) * sizeof *slots);
  composer->slots = slots;
  struct df_placement *placements = realloc(composer->placements, count * sizeof *placements);
  if (!placements)
    return DF_ENOMEM;
  composer->placements = placements;
  struct df_tile *room = realloc(composer->tiles, count * sizeof *room);
  if (!room)
    return DF_ENOMEM;
  composer->tiles = room;
  composer->slot_count = count;
  return 0;
}

static int prepare_across(const struct df_kernels *kernels, struct df_across *across,
    const struct df_axis *axis, int channels, int depth)
{
  int built = df_filter_build(&across->filter, axis);
  if (built < 0)
    return built;
  if (!built && across->channels == channels && across->depth == depth)
    return 0;
  across->channels = channels;
  across->depth = depth;
  int result = kernels->pack ? kernels->pack(across) : 0;
  if (result < 0)
    df_filter_finish(&across->filter); /* so that the next frame packs again */
  return result;
}

/* Tables for where the tile's window lies now; what did not change is kept. */
static int prepare_slot(struct df_composer *composer, size_t i, const struct df_tile *tile)
{
  struct slot *slot = &composer->slots[i];
  struct df_placement *placement = &composer->placements[i];
  df_placement_init(placement, tile);
  if (placement->black)
    return 0;
  for (int kind = 0; kind < DF_PLANE_KINDS; kind++) {
    int result = prepare_across(composer->kernels, &slot->across[kind], &placement->x[kind],
        kind == DF_PLANE_CHROMA ? 2 : 1, tile->picture->format.depth);
    if (result == 0)
      result = df_filter_build(&slot->down[kind], &placement->y[kind]);
    if (result < 0)
      return result;
  }
  return 0;
}

static void draw_band(void *context, int band, int worker)
{
  const struct job *job = context;
  int from = job->rows * band / job->bands, to = job->rows * (band + 1) / job->bands;
  df_plane_draw(job->task, job->kernels, &job->scratch[worker], from, to);
}

static int draw_plane(struct df_composer *composer, size_t i, const struct df_picture *picture,
    enum df_plane_kind kind, struct df_picture *out)
{
  const struct slot *slot = &composer->slots[i];
  struct df_rect rect = composer->placements[i].rect;
  ptrdiff_t row =
      kind == DF_PLANE_CHROMA ? rect.y / 2 : rect.y; /* Cb and Cr side by side: x stays */
  ptrdiff_t bytes = out->format.depth > 8 ? 2 : 1;
  struct df_plane_task task = {
      .picture = picture,
      .kind = kind,
      .across = &slot->across[kind],
      .down = &slot->down[kind],
      .out = out->planes[kind] + row * out->strides[kind] + rect.x * bytes,
      .out_stride = out->strides[kind],
      .out_depth = out->format.depth,
  };
  for (int w = 0; w < composer->workers; w++)
    if (df_scratch_prepare(&composer->scratch[w], &task) < 0)
      return DF_ENOMEM;

  int rows = slot->down[kind].axis.count, bands = rows / BAND_ROWS_MIN;
  bands = bands > composer->workers ? composer->workers : bands < 1 ? 1 : bands;
  struct job job = {composer->kernels, &task, composer->scratch, rows, bands};
  if (bands > 1)
    df_bands_run(composer->bands, bands, draw_band, &job);
  else
    draw_band(&job, 0, 0);
  return 0;
}

static void fill_samples(uint8_t *at, int count, int depth, int value)
{
  if (depth == 8) {
    memset(at, value, (size_t)count);
    return;
  }
  uint16_t high = (uint16_t)(value << 8); /* the 8-bit value in the upper bits */
  for (int i = 0; i < count; i++)
    memcpy(at + 2 * (size_t)i, &high, sizeof high);
}

/* Columns `from` to `to` of the rows `y` and `y` + 1 and of their chroma. */
static void fill_black(struct df_picture *out, int y, int from, int to)
{
  int depth = out->format.depth, luma = out->colour.full_range ? 0 : 16;
  ptrdiff_t at = (ptrdiff_t)from * (depth > 8 ? 2 : 1);
  for (int i = 0; i < 2; i++)
    fill_samples(out->planes[0] + (y + i) * out->strides[0] + at, to - from, depth, luma);
  fill_samples(out->planes[1] + y / 2 * out->strides[1] + at, to - from, depth, 128);
}

static int fill_gap(void *context, struct df_rect gap)
{
  for (int y = gap.y; y < gap.y + gap.h; y += 2)
    fill_black(context, y, gap.x, gap.x + gap.w);
  return 0;
}

/* Draws tiles of which none is blurred, with the slots from `first` on. */
static int draw_tiles(struct df_composer *composer, size_t first, const struct df_tile *tiles,
    size_t count, struct df_picture *out)
{
  const struct df_placement *placements = composer->placements + first;
  int result = 0;
  for (size_t i = 0; i < count && result == 0; i++)
    result = prepare_slot(composer, first + i, &tiles[i]);
  if (result == 0)
    df_gaps_visit(placements, count, out->width, out->height, fill_gap, out);
  for (size_t i = 0; i < count && result == 0; i++)
    for (int kind = 0; kind < DF_PLANE_KINDS && result == 0; kind++)
      if (!placements[i].black)
        result = draw_plane(composer, first + i, tiles[i].picture, kind, out);
  return result;
}

/* Makes what the slot's tile goes through fit it; other sizes come only with other tiles. */
static int prepare_small(
    struct slot *slot, const struct df_tile *tile, const struct df_picture *out)
{
  struct df_rect size = df_blur_size(tile->rect);
  struct df_picture *small = slot->small;
  if (!small || small->width != size.w || small->height != size.h ||
      small->format.depth != out->format.depth) {
    df_picture_unref(&slot->small);
    struct df_pool *pool = df_pool_create(out->format, size.w, size.h);
    slot->small = pool ? df_pool_take(pool) : NULL;
    df_pool_destroy(&pool);
    if (!slot->small)
      return DF_ENOMEM;
  }
  df_blur_describe(tile, out, slot->small);
  return 0;
}

/* Draws what blurred tiles go through, and leaves in composer->tiles what is then to be drawn. The slots for it
   lie behind those of the tiles. */
static int blur_tiles(struct df_composer *composer, const struct df_tile *tiles, size_t count,
    const struct df_picture *out)
{
  int result = 0;
  for (size_t i = 0; i < count && result == 0; i++) {
    composer->tiles[i] = tiles[i];
    if (!tiles[i].blurred)
      continue;
    struct slot *slot = &composer->slots[count + i];
    struct df_tile small = df_blur_small(&tiles[i]);
    result = prepare_small(slot, &tiles[i], out);
    if (result == 0)
      result = draw_tiles(composer, count + i, &small, 1, slot->small);
    if (result < 0)
      return result;
    df_blur_dim(slot->small);
    composer->tiles[i] = df_blur_large(&tiles[i], slot->small);
  }
  return result;
}

int df_composer_draw(struct df_composer *composer, const struct df_tile *tiles, size_t count,
    struct df_picture *out, struct df_error *err)
{
  int result = df_tiles_check(tiles, count, out, false, err);
  if (result < 0)
    return result;
  result = grow_slots(composer, 2 * count);
  if (result == 0)
    result = blur_tiles(composer, tiles, count, out);
  if (result == 0)
    result = draw_tiles(composer, 0, composer->tiles, count, out);
  if (result < 0)
    return df_fail(
        err, result, "no memory left to compose a picture of %dx%d", out->width, out->height);
  return 0;
}
