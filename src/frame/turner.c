/* The host's side of turn.cu: which element comes from where, for each plane. */
#include <assert.h>
#include <stdlib.h>

#include "frame/gpu_pool.h"
#include "frame/turn_arguments.h"

struct df_turner {
  struct df_gpu *gpu;
  struct df_gpu_module *module;
  df_gpu_function turn;
};

int df_turner_create(struct df_gpu *gpu, struct df_turner **ret_turner, struct df_error *err)
{
  struct df_turner *turner = calloc(1, sizeof *turner);
  if (!turner)
    return df_fail(err, DF_ENOMEM, "out of memory to turn pictures");
  turner->gpu = gpu;
  int result = df_gpu_module_load(gpu, df_ptx_turn, &turner->module, err);
  if (result == 0)
    result = df_gpu_module_function(gpu, turner->module, "df_turn", &turner->turn, err);
  if (result < 0) {
    df_turner_destroy(&turner);
    return result;
  }
  *ret_turner = turner;
  return 0;
}

void df_turner_destroy(struct df_turner **turner_ptr)
{
  struct df_turner *turner = *turner_ptr;
  if (!turner)
    return;
  *turner_ptr = NULL;
  df_gpu_module_unload(turner->gpu, &turner->module);
  free(turner);
}

/*
 * Where element (x, y) of the turned plane comes from, `columns` x `rows` being the plane's size before. A
 * quarter clockwise takes the left column, read upwards, as its first row. The mirroring comes first, so in
 * the end it is the source's columns that are counted from the other side.
 */
static void place(struct df_turn_arguments *a, int columns, int rows, int rotation, bool flipped)
{
  switch (rotation) {
  case 90:
    a->x_of_y = 1;
    a->y_at = rows - 1;
    a->y_of_x = -1;
    break;
  case 180:
    a->x_at = columns - 1;
    a->x_of_x = -1;
    a->y_at = rows - 1;
    a->y_of_y = -1;
    break;
  case 270:
    a->x_at = columns - 1;
    a->x_of_y = -1;
    a->y_of_x = 1;
    break;
  default:
    a->x_of_x = 1;
    a->y_of_y = 1;
  }
  if (!flipped)
    return;
  a->x_at = columns - 1 - a->x_at;
  a->x_of_x = -a->x_of_x;
  a->x_of_y = -a->x_of_y;
}

static bool is_aligned(const struct df_turn_arguments *a)
{
  uint64_t all = a->from | a->to | (uint64_t)a->from_stride | (uint64_t)a->to_stride;
  return all % (uint64_t)a->bytes == 0;
}

static int turn_plane(struct df_turner *turner, const struct df_picture *from, int plane,
    int rotation, bool flipped, struct df_picture *to, df_gpu_stream stream, struct df_error *err)
{
  struct df_turn_arguments arguments = {
      .from = (uintptr_t)from->planes[plane],
      .to = (uintptr_t)to->planes[plane],
      .from_stride = from->strides[plane],
      .to_stride = to->strides[plane],
      .columns = df_format_plane_width(to->format, plane, to->width),
      .rows = df_format_plane_height(to->format, plane, to->height),
      .bytes = (from->format.depth > 8 ? 2 : 1) * (plane + 1),
  };
  place(&arguments, df_format_plane_width(from->format, plane, from->width),
      df_format_plane_height(from->format, plane, from->height), rotation, flipped);
  if (!is_aligned(&arguments))
    return df_fail(err, DF_EUNSUPPORTED,
        "rows of a picture to be turned on the GPU begin at odd addresses; they must be multiples "
        "of %d bytes",
        arguments.bytes);
  const struct df_gpu_launch launch = {
      "df_turn", turner->turn, arguments.columns, arguments.rows, 1, &arguments, sizeof arguments};
  return df_gpu_start(turner->gpu, &launch, stream, err);
}

int df_turner_turn(struct df_turner *turner, const struct df_picture *from, int rotation,
    bool flipped, struct df_picture *to, df_gpu_stream stream, struct df_error *err)
{
  bool across = rotation % 180 != 0;
  assert(rotation == 0 || rotation == 90 || rotation == 180 || rotation == 270);
  assert(from->device && to->device && from->format.depth == to->format.depth);
  assert(to->width == (across ? from->height : from->width));
  assert(to->height == (across ? from->width : from->height));
  if (!from->format.semi_planar || !to->format.semi_planar)
    return df_fail(err, DF_EUNSUPPORTED, "only NV12 and P010 pictures are turned on the GPU");
  int result = 0;
  for (int plane = 0; plane < 2 && result == 0; plane++)
    result = turn_plane(turner, from, plane, rotation, flipped, to, stream, err);
  return result;
}
