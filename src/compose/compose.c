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
#include "compose/geometry.h"
#include "compose/plane.h"

enum { THREADS_MAX = 64, BAND_ROWS_MIN = 16 };

const char *const df_fit_names[] = {"cover", "contain", "stretch", "centre-crop", NULL};

/* What is kept of the tile that was drawn at the same place of the list last time. */
struct slot {
  struct df_placement placement;
  struct df_across across[DF_PLANE_KINDS];
  struct df_filter down[DF_PLANE_KINDS];
};

struct df_composer {
  const struct df_kernels *kernels;
  struct slot *slots;
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
  for (size_t i = 0; i < composer->slot_count; i++)
    for (int kind = 0; kind < DF_PLANE_KINDS; kind++) {
      df_filter_finish(&composer->slots[i].across[kind].filter);
      free(composer->slots[i].across[kind].packed.memory);
      df_filter_finish(&composer->slots[i].down[kind]);
    }
  free(composer->scratch);
  free(composer->slots);
  free(composer);
}

static int check_out(const struct df_picture *out, struct df_error *err)
{
  struct df_format f = out->format;
  if (out->device)
    return df_fail(err, DF_EUNSUPPORTED, "the CPU composer draws into host memory only");
  if (!f.semi_planar || f.shift_x != 1 || f.shift_y != 1 ||
      !(f.depth == 8 || (f.depth == 10 && f.high_aligned)))
    return df_fail(err, DF_EUNSUPPORTED, "the composer draws NV12 and P010 only");
  if (out->width <= 0 || out->height <= 0 || out->width % 2 || out->height % 2)
    return df_fail(err, DF_EUNSUPPORTED,
        "the composer cannot draw a picture of %dx%d: sides must be even", out->width, out->height);
  return 0;
}

static int check_rect(struct df_rect r, const struct df_picture *out, struct df_error *err)
{
  bool inside = r.x >= 0 && r.y >= 0 && r.w > 0 && r.h > 0 && r.w <= out->width - r.x &&
                r.h <= out->height - r.y;
  if (inside && r.x % 2 == 0 && r.y % 2 == 0 && r.w % 2 == 0 && r.h % 2 == 0)
    return 0;
  return df_fail(err, DF_EUSAGE,
      "a tile of %dx%d at %d,%d does not lie on even pixels inside the output of %dx%d", r.w, r.h,
      r.x, r.y, out->width, out->height);
}

static int check_tile(
    const struct df_tile *tile, const struct df_picture *out, struct df_error *err)
{
  int result = check_rect(tile->rect, out, err);
  const struct df_picture *picture = tile->picture;
  if (result < 0 || !picture)
    return result;
  struct df_format f = picture->format;
  if (picture->device)
    return df_fail(err, DF_EUNSUPPORTED, "the CPU composer reads pictures in host memory only");
  if ((f.depth != 8 && f.depth != 10) || f.shift_x > 1 || f.shift_y > 1)
    return df_fail(err, DF_EUNSUPPORTED,
        "the composer reads 8 and 10 bit 4:2:0, 4:2:2 and 4:4:4 only, not depth %d with chroma "
        "shifts %d, %d",
        f.depth, f.shift_x, f.shift_y);
  if (picture->width <= 0 || picture->height <= 0)
    return df_fail(err, DF_EUNSUPPORTED, "the composer cannot read a picture of %dx%d",
        picture->width, picture->height);
  return 0;
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
static int prepare_slot(struct df_composer *composer, struct slot *slot, const struct df_tile *tile)
{
  df_placement_init(&slot->placement, tile);
  if (slot->placement.black)
    return 0;
  for (int kind = 0; kind < DF_PLANE_KINDS; kind++) {
    int result = prepare_across(composer->kernels, &slot->across[kind], &slot->placement.x[kind],
        kind == DF_PLANE_CHROMA ? 2 : 1, tile->picture->format.depth);
    if (result == 0)
      result = df_filter_build(&slot->down[kind], &slot->placement.y[kind]);
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

static int draw_plane(struct df_composer *composer, const struct slot *slot,
    const struct df_picture *picture, enum df_plane_kind kind, struct df_picture *out)
{
  struct df_rect rect = slot->placement.rect;
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
  for (int i = 0; i < composer->workers; i++)
    if (df_scratch_prepare(&composer->scratch[i], &task) < 0)
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

/* Where the run of columns from `x` on that are all drawn, or all not, ends; says which. */
static int end_of_run(
    const struct slot *slots, size_t count, int x, int y, int width, bool *ret_drawn)
{
  int end = width;
  for (size_t i = 0; i < count; i++) {
    struct df_rect r = slots[i].placement.rect;
    if (slots[i].placement.black || y < r.y || y >= r.y + r.h)
      continue;
    if (x >= r.x && x < r.x + r.w) {
      *ret_drawn = true;
      return r.x + r.w;
    }
    if (r.x > x && r.x < end)
      end = r.x;
  }
  *ret_drawn = false;
  return end;
}

static void fill_gaps(const struct slot *slots, size_t count, struct df_picture *out)
{
  for (int y = 0; y < out->height; y += 2)
    for (int x = 0; x < out->width;) {
      bool drawn;
      int end = end_of_run(slots, count, x, y, out->width, &drawn);
      if (!drawn)
        fill_black(out, y, x, end);
      x = end;
    }
}

int df_composer_draw(struct df_composer *composer, const struct df_tile *tiles, size_t count,
    struct df_picture *out, struct df_error *err)
{
  int result = check_out(out, err);
  for (size_t i = 0; i < count && result == 0; i++)
    result = check_tile(&tiles[i], out, err);
  if (result < 0)
    return result;

  result = grow_slots(composer, count);
  for (size_t i = 0; i < count && result == 0; i++)
    result = prepare_slot(composer, &composer->slots[i], &tiles[i]);
  if (result == 0)
    fill_gaps(composer->slots, count, out);
  for (size_t i = 0; i < count && result == 0; i++)
    for (int kind = 0; kind < DF_PLANE_KINDS && result == 0; kind++)
      if (!composer->slots[i].placement.black)
        result = draw_plane(composer, &composer->slots[i], tiles[i].picture, kind, out);
  if (result < 0)
    return df_fail(
        err, result, "no memory left to compose a picture of %dx%d", out->width, out->height);
  return 0;
}
