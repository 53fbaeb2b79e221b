/*
 * The host's side of compose.cu: places tiles, builds their filter tables, sends those that changed up and
 * starts two kernels a plane and tile. Never touches a sample, and never waits for the device but when a
 * buffer must grow, which is made large enough for the whole picture in the tile at first.
 */
#include "compose/compose_cuda.h"

#include <stdlib.h>
#include <string.h>

#include "compose/blur.h"
#include "compose/check.h"
#include "compose/compose_arguments.h"
#include "compose/filter.h"
#include "compose/gaps.h"
#include "compose/geometry.h"
#include "gpu/staging.h"

enum { ALIGNMENT = 256, STRIDE_ALIGNMENT = 64, TAPS_PER_STEP = 6 };

/* One filter in device memory, and what of the source it needs. */
struct table {
  size_t starts, weights; /* from the beginning of the slot's memory */
  int taps;
};

/* What is kept of the tile that was drawn at the same place of the list last time. */
struct slot {
  struct df_filter across[DF_PLANE_KINDS], down[DF_PLANE_KINDS];
  struct table across_tables[DF_PLANE_KINDS], down_tables[DF_PLANE_KINDS];
  df_gpu_memory memory;
  size_t room;
  bool sent; /* the tables in memory are those of the filters */
  /* What a blurred tile goes through. */
  struct df_picture small;
  df_gpu_memory small_memory;
  size_t small_room;
};

struct df_cuda_composer {
  struct df_gpu *gpu;
  df_gpu_stream stream;
  struct df_gpu_module *module;
  df_gpu_function across, down, fill, dim;
  struct df_staging *staging;
  df_gpu_event idle; /* for waiting until the stream is done */
  struct slot *slots;
  struct df_placement *placements; /* beside them */
  struct df_tile *tiles;           /* likewise: what is drawn, where nothing is blurred any more */
  size_t slot_count;
  df_gpu_memory scratch; /* intermediates of one plane of one tile */
  size_t scratch_room;
};

static int find_kernels(struct df_cuda_composer *c, struct df_error *err)
{
  int result = df_gpu_module_load(c->gpu, df_ptx_compose, &c->module, err);
  if (result == 0)
    result = df_gpu_module_function(c->gpu, c->module, "df_compose_across", &c->across, err);
  if (result == 0)
    result = df_gpu_module_function(c->gpu, c->module, "df_compose_down", &c->down, err);
  if (result == 0)
    result = df_gpu_module_function(c->gpu, c->module, "df_compose_fill", &c->fill, err);
  if (result == 0)
    result = df_gpu_module_function(c->gpu, c->module, "df_compose_dim", &c->dim, err);
  return result;
}

int df_cuda_composer_create(struct df_gpu *gpu, df_gpu_stream stream,
    struct df_cuda_composer **ret_composer, struct df_error *err)
{
  struct df_cuda_composer *c = calloc(1, sizeof *c);
  if (!c)
    return df_fail(err, DF_ENOMEM, "no memory for the GPU's composer");
  c->gpu = gpu;
  c->stream = stream;
  int result = find_kernels(c, err);
  if (result == 0)
    result = df_staging_create(gpu, &c->staging, err);
  if (result == 0)
    result = df_gpu_event_create(gpu, &c->idle, err);
  if (result < 0) {
    df_cuda_composer_destroy(&c);
    return result;
  }
  *ret_composer = c;
  return 0;
}

static int wait_idle(struct df_cuda_composer *c, struct df_error *err)
{
  int result = df_gpu_event_record(c->gpu, c->idle, c->stream, err);
  return result < 0 ? result : df_gpu_event_wait_host(c->gpu, c->idle, err);
}

void df_cuda_composer_destroy(struct df_cuda_composer **composer_ptr)
{
  struct df_cuda_composer *c = *composer_ptr;
  if (!c)
    return;
  *composer_ptr = NULL;
  if (c->idle)
    wait_idle(c, NULL);
  for (size_t i = 0; i < c->slot_count; i++) {
    for (int kind = 0; kind < DF_PLANE_KINDS; kind++) {
      df_filter_finish(&c->slots[i].across[kind]);
      df_filter_finish(&c->slots[i].down[kind]);
    }
    df_gpu_free(c->gpu, &c->slots[i].memory);
    df_gpu_free(c->gpu, &c->slots[i].small_memory);
  }
  free(c->slots);
  free(c->placements);
  free(c->tiles);
  df_gpu_free(c->gpu, &c->scratch);
  df_gpu_event_destroy(c->gpu, &c->idle);
  df_staging_destroy(&c->staging);
  df_gpu_module_unload(c->gpu, &c->module);
  free(c);
}

static int grow_slots(struct df_cuda_composer *c, size_t count)
{
  if (count <= c->slot_count)
    return 0;
  struct slot *slots = realloc(c->slots, count * sizeof *slots);
  if (!slots)
    return DF_ENOMEM;
  memset(slots + c->slot_count, 0, (count - c->slot_count) * sizeof *slots);
  c->slots = slots;
  struct df_placement *placements = realloc(c->placements, count * sizeof *placements);
  if (!placements)
    return DF_ENOMEM;
  c->placements = placements;
  struct df_tile *room = realloc(c->tiles, count * sizeof *room);
  if (!room)
    return DF_ENOMEM;
  c->tiles = room;
  c->slot_count = count;
  return 0;
}

/* Makes device memory at least `size` large; what it held is lost. */
static int reserve(struct df_cuda_composer *c, size_t size, const char *what, df_gpu_memory *memory,
    size_t *room, struct df_error *err)
{
  if (size <= *room)
    return 0;
  int result = *memory ? wait_idle(c, err) : 0;
  if (result < 0)
    return result;
  df_gpu_free(c->gpu, memory);
  *room = 0;
  result = df_gpu_allocate(c->gpu, size, what, memory, err);
  if (result == 0)
    *room = size;
  return result;
}

static size_t align(size_t bytes, size_t alignment)
{
  return (bytes + alignment - 1) / alignment * alignment;
}

/* Copies of single samples need one weight, whatever the filter's width, and no sample besides. */
static int taps_of(const struct df_filter *f)
{
  return f->identity ? 1 : f->taps;
}

/* Gives the filter its place behind `at`; returns where the next one's is. */
static size_t place(const struct df_filter *f, size_t at, struct table *ret_table)
{
  size_t count = (size_t)f->axis.count;
  ret_table->taps = taps_of(f);
  ret_table->starts = at;
  ret_table->weights = align(at + count * sizeof(int32_t), ALIGNMENT);
  return align(ret_table->weights + count * (size_t)ret_table->taps * sizeof(int16_t), ALIGNMENT);
}

/* The most that an axis takes whatever the window: where the picture shrinks, a weight for each of six
 * times its samples, else some six for each of the tile's. */
static size_t most_of_axis(int tile, int picture)
{
  size_t count = (size_t)tile, widest = (size_t)(picture > tile ? picture : tile);
  return count * sizeof(int32_t) + (TAPS_PER_STEP * widest + 2 * count) * sizeof(int16_t) +
         2 * ALIGNMENT;
}

static size_t most_of_slot(const struct df_tile *tile)
{
  size_t across = most_of_axis(tile->rect.w, tile->picture->width);
  return DF_PLANE_KINDS * (across + most_of_axis(tile->rect.h, tile->picture->height));
}

/* Weights of one output lie together for down, where a row of threads shares them, and apart by the number
 * of outputs for across, where neighbours read neighbouring ones. */
static void write_table(
    const struct df_filter *f, int first, bool transposed, const struct table *table, char *memory)
{
  int32_t *starts = (int32_t *)(void *)(memory + table->starts);
  int16_t *weights = (int16_t *)(void *)(memory + table->weights);
  size_t count = (size_t)f->axis.count, taps = (size_t)table->taps;
  for (size_t i = 0; i < count; i++) {
    const int16_t *of_one = f->coefficients + i * taps;
    int start = f->starts[i];
    if (f->identity)
      df_filter_trimmed(f, (int)i, &start, &of_one);
    starts[i] = start - first;
    for (size_t k = 0; k < taps; k++)
      weights[transposed ? k * count + i : i * taps + k] = of_one[k];
  }
}

static int send_tables(
    struct df_cuda_composer *c, struct slot *slot, const struct df_tile *tile, struct df_error *err)
{
  size_t size = 0, most = most_of_slot(tile);
  for (int kind = 0; kind < DF_PLANE_KINDS; kind++) {
    size = place(&slot->across[kind], size, &slot->across_tables[kind]);
    size = place(&slot->down[kind], size, &slot->down_tables[kind]);
  }
  void *memory;
  size_t room = size > most ? size : most; /* here and there, so that neither grows later */
  int result = reserve(c, room, "filter tables", &slot->memory, &slot->room, err);
  if (result == 0)
    result = df_staging_take(c->staging, room, &memory, err);
  if (result < 0)
    return result;
  for (int kind = 0; kind < DF_PLANE_KINDS; kind++) {
    write_table(&slot->across[kind], 0, true, &slot->across_tables[kind], memory);
    write_table(&slot->down[kind], slot->down[kind].first, false, &slot->down_tables[kind], memory);
  }
  result = df_staging_send(c->staging, slot->memory, size, c->stream, err);
  slot->sent = result == 0;
  return result;
}

/* Tables for where the tile's window lies now; what did not change stays where it is. */
static int prepare_slot(
    struct df_cuda_composer *c, size_t i, const struct df_tile *tile, struct df_error *err)
{
  struct slot *slot = &c->slots[i];
  struct df_placement *placement = &c->placements[i];
  df_placement_init(placement, tile);
  if (placement->black)
    return 0;
  for (int kind = 0; kind < DF_PLANE_KINDS; kind++) {
    int across = df_filter_build(&slot->across[kind], &placement->x[kind]);
    int down = df_filter_build(&slot->down[kind], &placement->y[kind]);
    if (across || down)
      slot->sent = false;
    if (across < 0 || down < 0)
      return df_fail(err, DF_ENOMEM, "no memory left for filter tables");
  }
  return slot->sent ? 0 : send_tables(c, slot, tile, err);
}

static int scratch_stride(int width)
{
  return (int)align((size_t)width, STRIDE_ALIGNMENT);
}

/* Enough for any window: all rows of the picture, as wide as the tile. */
static int reserve_scratch(
    struct df_cuda_composer *c, const struct df_tile *tile, struct df_error *err)
{
  size_t row = (size_t)scratch_stride(tile->rect.w) * sizeof(int16_t);
  return reserve(c, row * (size_t)tile->picture->height, "rows filtered across", &c->scratch,
      &c->scratch_room, err);
}

static int start_across(struct df_cuda_composer *c, const struct slot *slot,
    const struct df_picture *picture, enum df_plane_kind kind, struct df_error *err)
{
  struct df_format format = picture->format;
  const struct table *table = &slot->across_tables[kind];
  const struct df_filter *down = &slot->down[kind];
  int bytes = format.depth > 8 ? 2 : 1, channels = kind == DF_PLANE_CHROMA ? 2 : 1;
  int second = format.semi_planar ? 1 : 2; /* the plane of Cr */
  uint64_t first_plane = (uintptr_t)picture->planes[kind];
  uint64_t second_plane =
      format.semi_planar ? first_plane + (uint64_t)bytes : (uintptr_t)picture->planes[second];
  struct df_compose_across_arguments arguments = {
      .first = first_plane + (uint64_t)(down->first * picture->strides[kind]),
      .first_stride = picture->strides[kind],
      .starts = slot->memory + table->starts,
      .weights = slot->memory + table->weights,
      .out = c->scratch,
      .out_stride = scratch_stride(slot->across[kind].axis.count * channels),
      .outputs = slot->across[kind].axis.count,
      .channels = channels,
      .rows = down->span,
      .taps = table->taps,
      .step = bytes * (channels == 2 && format.semi_planar ? 2 : 1),
      .depth = format.depth,
      .shift = format.high_aligned ? 6 : 0,
  };
  if (channels == 2) {
    arguments.second = second_plane + (uint64_t)(down->first * picture->strides[second]);
    arguments.second_stride = picture->strides[second];
  }
  const struct df_gpu_launch launch = {"df_compose_across", c->across, arguments.outputs * channels,
      (arguments.rows + DF_COMPOSE_ACROSS_ROWS - 1) / DF_COMPOSE_ACROSS_ROWS, 1, &arguments,
      sizeof arguments};
  return df_gpu_start(c->gpu, &launch, c->stream, err);
}

/* Where the plane of a rectangle of `out` begins. Cb and Cr lie side by side, so x stays. */
static uint64_t address_of(
    const struct df_picture *out, enum df_plane_kind kind, struct df_rect rect)
{
  ptrdiff_t row = kind == DF_PLANE_CHROMA ? rect.y / 2 : rect.y;
  ptrdiff_t bytes = out->format.depth > 8 ? 2 : 1;
  return (uintptr_t)out->planes[kind] + (uint64_t)(row * out->strides[kind] + rect.x * bytes);
}

static int start_down(struct df_cuda_composer *c, const struct slot *slot, struct df_rect rect,
    enum df_plane_kind kind, const struct df_picture *out, struct df_error *err)
{
  const struct table *table = &slot->down_tables[kind];
  int width = rect.w; /* two channels of half as many samples */
  struct df_compose_down_arguments arguments = {
      .rows = c->scratch,
      .starts = slot->memory + table->starts,
      .weights = slot->memory + table->weights,
      .out = address_of(out, kind, rect),
      .out_stride = out->strides[kind],
      .stride = scratch_stride(width),
      .pairs = width / 2,
      .height = slot->down[kind].axis.count,
      .taps = table->taps,
      .out_depth = out->format.depth,
  };
  const struct df_gpu_launch launch = {"df_compose_down", c->down, arguments.pairs,
      arguments.height, 1, &arguments, sizeof arguments};
  return df_gpu_start(c->gpu, &launch, c->stream, err);
}

static int draw_tile(struct df_cuda_composer *c, size_t i, const struct df_tile *tile,
    const struct df_picture *out, struct df_error *err)
{
  int result = reserve_scratch(c, tile, err);
  for (int kind = 0; kind < DF_PLANE_KINDS && result == 0; kind++) {
    result = start_across(c, &c->slots[i], tile->picture, kind, err);
    if (result == 0)
      result = start_down(c, &c->slots[i], c->placements[i].rect, kind, out, err);
  }
  return result;
}

struct fill {
  struct df_cuda_composer *composer;
  const struct df_picture *out;
  struct df_error *err;
};

/* Two samples of an 8-bit level side by side, as they lie in memory. */
static uint32_t pair_of(uint32_t level, int depth)
{
  return depth == 8 ? level * 0x0101 : (level << 8) * 0x00010001;
}

static int fill_gap(void *context, struct df_rect gap)
{
  const struct fill *fill = context;
  const struct df_picture *out = fill->out;
  int depth = out->format.depth;
  struct df_compose_fill_arguments arguments = {
      .luma = address_of(out, DF_PLANE_LUMA, gap),
      .chroma = address_of(out, DF_PLANE_CHROMA, gap),
      .luma_stride = out->strides[0],
      .chroma_stride = out->strides[1],
      .columns = gap.w / 2,
      .rows = gap.h / 2,
      .bytes = depth > 8 ? 2 : 1,
      .luma_pair = pair_of(out->colour.full_range ? 0 : 16, depth),
      .chroma_pair = pair_of(128, depth),
  };
  const struct df_gpu_launch launch = {"df_compose_fill", fill->composer->fill, arguments.columns,
      arguments.rows, 1, &arguments, sizeof arguments};
  return df_gpu_start(fill->composer->gpu, &launch, fill->composer->stream, fill->err);
}

static bool is_aligned(const struct df_picture *picture, int alignment)
{
  uintptr_t all = 0;
  for (int p = 0; p < (picture->format.semi_planar ? 2 : 3); p++)
    all |= (uintptr_t)picture->planes[p] | (uintptr_t)picture->strides[p];
  return all % (uintptr_t)alignment == 0;
}

/* The device reads and writes samples, and pairs of them, at addresses that are multiples of their size. */
static int check_alignment(
    const struct df_tile *tiles, size_t count, const struct df_picture *out, struct df_error *err)
{
  bool good = is_aligned(out, 4);
  for (size_t i = 0; i < count; i++)
    if (tiles[i].picture && tiles[i].picture->format.depth > 8)
      good = good && is_aligned(tiles[i].picture, 2);
  if (good)
    return 0;
  return df_fail(err, DF_EUNSUPPORTED,
      "the GPU's composer needs rows of its output at multiples of 4 bytes, and of 10 bit pictures "
      "at multiples of 2");
}

/* Draws tiles of which none is blurred, with the slots from `first` on. */
static int draw_tiles(struct df_cuda_composer *c, size_t first, const struct df_tile *tiles,
    size_t count, const struct df_picture *out, struct df_error *err)
{
  const struct df_placement *placements = c->placements + first;
  struct fill fill = {c, out, err};
  int result = 0;
  for (size_t i = 0; i < count && result == 0; i++)
    result = prepare_slot(c, first + i, &tiles[i], err);
  if (result == 0)
    result = df_gaps_visit(placements, count, out->width, out->height, fill_gap, &fill);
  for (size_t i = 0; i < count && result == 0; i++)
    if (!placements[i].black)
      result = draw_tile(c, first + i, &tiles[i], out, err);
  return result;
}

static int prepare_small(struct df_cuda_composer *c, struct slot *slot, const struct df_tile *tile,
    const struct df_picture *out, struct df_error *err)
{
  struct df_picture *small = &slot->small;
  df_blur_describe(tile, out, small);
  size_t stride = align((size_t)small->width * (out->format.depth > 8 ? 2 : 1), STRIDE_ALIGNMENT);
  size_t luma = stride * (size_t)small->height;
  int result =
      reserve(c, luma + luma / 2, "a blurred picture", &slot->small_memory, &slot->small_room, err);
  small->planes[0] = (uint8_t *)(uintptr_t)slot->small_memory;
  small->planes[1] = (uint8_t *)(uintptr_t)(slot->small_memory + luma);
  small->strides[0] = small->strides[1] = (ptrdiff_t)stride;
  return result;
}

static int start_dim(
    struct df_cuda_composer *c, const struct df_picture *small, struct df_error *err)
{
  struct df_compose_dim_arguments arguments = {
      .luma = (uintptr_t)small->planes[0],
      .chroma = (uintptr_t)small->planes[1],
      .luma_stride = small->strides[0],
      .chroma_stride = small->strides[1],
      .columns = small->width,
      .rows = small->height,
      .depth = small->format.depth,
      .luma_black = df_blur_black(small, 0),
      .chroma_black = df_blur_black(small, 1),
  };
  const struct df_gpu_launch launch = {"df_compose_dim", c->dim, arguments.columns,
      arguments.rows + arguments.rows / 2, 1, &arguments, sizeof arguments};
  return df_gpu_start(c->gpu, &launch, c->stream, err);
}

/* Draws what blurred tiles go through, and leaves in c->tiles what is then to be drawn. The slots for it lie behind
   those of the tiles. */
static int blur_tiles(struct df_cuda_composer *c, const struct df_tile *tiles, size_t count,
    const struct df_picture *out, struct df_error *err)
{
  int result = 0;
  for (size_t i = 0; i < count && result == 0; i++) {
    c->tiles[i] = tiles[i];
    if (!tiles[i].blurred)
      continue;
    struct slot *slot = &c->slots[count + i];
    struct df_tile small = df_blur_small(&tiles[i]);
    result = prepare_small(c, slot, &tiles[i], out, err);
    if (result == 0)
      result = draw_tiles(c, count + i, &small, 1, &slot->small, err);
    if (result == 0)
      result = start_dim(c, &slot->small, err);
    c->tiles[i] = df_blur_large(&tiles[i], &slot->small);
  }
  return result;
}

int df_cuda_composer_draw(struct df_cuda_composer *composer, const struct df_tile *tiles,
    size_t count, struct df_picture *out, struct df_error *err)
{
  struct df_cuda_composer *c = composer;
  int result = df_tiles_check(tiles, count, out, true, err);
  if (result == 0)
    result = check_alignment(tiles, count, out, err);
  if (result == 0 && grow_slots(c, 2 * count) < 0)
    result = df_fail(err, DF_ENOMEM, "no memory left for %zu tiles", count);
  if (result == 0)
    result = blur_tiles(c, tiles, count, out, err);
  return result == 0 ? draw_tiles(c, 0, c->tiles, count, out, err) : result;
}
