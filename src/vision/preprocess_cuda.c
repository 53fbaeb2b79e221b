/*
 * The host's side of preprocess.cu: tables, colours and launches. Never reads a sample. Tables of a letterbox
 * are sent up when its geometry changes, which within one video it does not.
 */
#include "vision/preprocess_cuda.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/staging.h"
#include "vision/align.h"
#include "vision/colour.h"
#include "vision/letterbox.h"
#include "vision/preprocess_arguments.h"

enum { ALIGNMENT = 256, PLANES = 3, CURVES = 2, AXES = 4 };

_Static_assert(sizeof(struct df_sharpness_sums) <= DF_SHARPNESS_BYTES, "it must fit");
_Static_assert(DF_CURVE_SIZE == 1024, "as in preprocess.cu");

static const char *const kernel_names[] = {"df_letterbox", "df_sketch", "df_align", "df_sharpness",
    "df_candidates_count", "df_candidates_select"};
enum kernel { LETTERBOX, SKETCH, ALIGN, SHARPNESS, COUNT, SELECT, KERNELS };

/* What the tables of a letterbox depend on. */
struct geometry {
  struct df_letterbox letterbox;
  int width, height, chroma_location;
  struct df_format format;
};

/* Area filters in device memory: across and down of luma, then of chroma. */
struct tables {
  struct geometry geometry;
  bool sent;
  int columns, lines;
  struct df_area_arguments across[2], down[2];
  struct df_staging *staging;
  df_gpu_stream stream; /* that they were sent on */
  df_gpu_event ready;
  df_gpu_memory memory;
  size_t room;
};

/* Where the kernels of candidates count. */
struct counting {
  df_gpu_memory memory;
  size_t room;
  df_gpu_event done;
};

struct df_preprocessor {
  struct df_gpu *gpu;
  struct df_gpu_module *module;
  df_gpu_function functions[KERNELS];
  df_gpu_memory curves; /* float [CURVES][DF_CURVE_SIZE]: PQ, HLG */
  struct tables tables;
  struct counting counting;
};

static int find_kernels(struct df_preprocessor *p, struct df_error *err)
{
  int result = df_gpu_module_load(p->gpu, df_ptx_preprocess, &p->module, err);
  for (int i = 0; i < KERNELS && result == 0; i++)
    result = df_gpu_module_function(p->gpu, p->module, kernel_names[i], &p->functions[i], err);
  return result;
}

/* Both at once, so that no picture of a later kind has to wait or send anything. */
static int send_curves(struct df_preprocessor *p, struct df_error *err)
{
  const size_t size = DF_CURVE_SIZE * sizeof(float);
  df_gpu_stream stream = NULL;
  int result = df_gpu_allocate(p->gpu, CURVES * size, "transfer curves", &p->curves, err);
  if (result == 0)
    result = df_gpu_stream_create(p->gpu, &stream, err);
  for (int i = 0; i < CURVES && result == 0; i++) {
    const float *curve = df_colour_curve(i == 0 ? DF_TRANSFER_PQ : DF_TRANSFER_HLG);
    struct df_gpu_rows to = {.device = p->curves + (uint64_t)i * size};
    struct df_gpu_rows from = {.host = (void *)(uintptr_t)curve};
    result = df_gpu_copy(p->gpu, &to, &from, size, 1, stream, err);
  }
  df_gpu_stream_destroy(p->gpu, &stream); /* waits */
  return result;
}

int df_preprocessor_create(
    struct df_gpu *gpu, struct df_preprocessor **ret_preprocessor, struct df_error *err)
{
  struct df_preprocessor *p = calloc(1, sizeof *p);
  if (!p)
    return df_fail(err, DF_ENOMEM, "no memory for preprocessing on the GPU");
  p->gpu = gpu;
  int result = find_kernels(p, err);
  if (result == 0)
    result = send_curves(p, err);
  if (result == 0)
    result = df_staging_create(gpu, &p->tables.staging, err);
  if (result == 0)
    result = df_gpu_event_create(gpu, &p->tables.ready, err);
  if (result == 0)
    result = df_gpu_event_create(gpu, &p->counting.done, err);
  if (result < 0) {
    df_preprocessor_destroy(&p);
    return result;
  }
  *ret_preprocessor = p;
  return 0;
}

void df_preprocessor_destroy(struct df_preprocessor **preprocessor)
{
  struct df_preprocessor *p = *preprocessor;
  if (!p)
    return;
  *preprocessor = NULL;
  df_staging_destroy(&p->tables.staging);
  df_gpu_event_destroy(p->gpu, &p->tables.ready);
  df_gpu_event_destroy(p->gpu, &p->counting.done);
  df_gpu_free(p->gpu, &p->tables.memory);
  df_gpu_free(p->gpu, &p->counting.memory);
  df_gpu_free(p->gpu, &p->curves);
  df_gpu_module_unload(p->gpu, &p->module);
  free(p);
}

static int start(struct df_preprocessor *p, enum kernel kernel, int columns, int rows,
    const void *arguments, size_t size, df_gpu_stream stream, struct df_error *err)
{
  const struct df_gpu_launch launch = {
      kernel_names[kernel], p->functions[kernel], columns, rows, 1, arguments, size};
  return df_gpu_start(p->gpu, &launch, stream, err);
}

/* Makes device memory at least `size` large once what is on `stream` is done; what it held is lost. */
static int reserve(struct df_preprocessor *p, size_t size, df_gpu_event event, df_gpu_stream stream,
    df_gpu_memory *memory, size_t *room, struct df_error *err)
{
  if (size <= *room)
    return 0;
  int result = 0;
  if (*memory) {
    result = df_gpu_event_record(p->gpu, event, stream, err);
    if (result == 0)
      result = df_gpu_event_wait_host(p->gpu, event, err);
  }
  if (result < 0)
    return result;
  df_gpu_free(p->gpu, memory);
  *room = 0;
  result = df_gpu_allocate(p->gpu, size, "preprocessing", memory, err);
  if (result == 0)
    *room = size;
  return result;
}

/* The device reads two-byte samples at even addresses only. */
static int check_picture(const struct df_picture *picture, struct df_error *err)
{
  uintptr_t all = 0;
  if (!picture->device)
    return df_fail(
        err, DF_EUNSUPPORTED, "a picture in host memory cannot be preprocessed on the GPU");
  for (int i = 0; i < (picture->format.semi_planar ? 2 : PLANES); i++)
    all |= (uintptr_t)picture->planes[i] | (uintptr_t)picture->strides[i];
  if (picture->format.depth == 8 || all % 2 == 0)
    return 0;
  return df_fail(err, DF_EUNSUPPORTED,
      "rows of a 10 bit picture on the GPU begin at odd addresses; they must be even");
}

static uint64_t curve_of(const struct df_preprocessor *p, const struct df_picture *picture)
{
  int transfer = picture->colour.transfer;
  if (!df_colour_curve(transfer))
    return 0;
  return p->curves + (transfer == DF_TRANSFER_PQ ? 0 : DF_CURVE_SIZE * sizeof(float));
}

/* Colours in the order of the tensor's planes. */
static void set_planes(struct df_plane_arguments planes[PLANES],
    const struct df_colour_matrix *matrix, const struct df_model_input *input)
{
  for (int i = 0; i < PLANES; i++) {
    int k = input->bgr ? 2 - i : i;
    planes[i] = (struct df_plane_arguments){
        matrix->blue[k], matrix->red[k], matrix->constant[k], input->mean[i], input->scale[i]};
  }
}

static void set_component(
    struct df_component_arguments *component, const struct df_picture *picture, int k)
{
  const struct df_format format = picture->format;
  int plane = k > 0 && format.semi_planar ? 1 : k, bytes = format.depth > 8 ? 2 : 1;
  component->data =
      (uintptr_t)picture->planes[plane] + (uint64_t)(k == 2 && format.semi_planar ? bytes : 0);
  component->stride = picture->strides[plane];
  component->step = k > 0 && format.semi_planar ? 2 * bytes : bytes;
}

static bool same_geometry(const struct geometry *a, const struct geometry *b)
{
  return a->width == b->width && a->height == b->height &&
         a->chroma_location == b->chroma_location && a->format.shift_x == b->format.shift_x &&
         a->format.shift_y == b->format.shift_y && a->letterbox.width == b->letterbox.width &&
         a->letterbox.height == b->letterbox.height && a->letterbox.scale == b->letterbox.scale &&
         a->letterbox.display_x == b->letterbox.display_x &&
         a->letterbox.display_y == b->letterbox.display_y;
}

static size_t align(size_t bytes)
{
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Taps up to the last that any output needs; a filter has them in fours. */
static int taps_of(const struct df_area_filter *filter)
{
  for (int t = filter->taps; t > 1; t--)
    for (int i = 0; i < filter->count; i++)
      if (df_area_filter_weight(filter, i, t - 1) != 0)
        return t;
  return 1;
}

static size_t size_of(const struct df_area_filter *filter)
{
  size_t count = (size_t)filter->count;
  return align(count * sizeof(int32_t)) + align(count * (size_t)taps_of(filter) * sizeof(int16_t));
}

/* Writes a filter at `at` of `staged`, which goes to `memory`; returns where the next one's place is. */
static size_t write_filter(const struct df_area_filter *filter, bool across, char *staged,
    df_gpu_memory memory, size_t at, struct df_area_arguments *ret_arguments)
{
  size_t count = (size_t)filter->count, starts = at, weights = at + align(count * sizeof(int32_t));
  int taps = taps_of(filter);
  int16_t *to = (int16_t *)(void *)(staged + weights);
  memcpy(staged + starts, filter->starts, count * sizeof(int32_t));
  for (int i = 0; i < filter->count; i++)
    for (int t = 0; t < taps; t++)
      to[across ? t * filter->count + i : i * taps + t] = df_area_filter_weight(filter, i, t);
  *ret_arguments =
      (struct df_area_arguments){memory + starts, memory + weights, taps, filter->spacing};
  return at + size_of(filter);
}

static int send_plan(struct df_preprocessor *p, const struct df_letterbox_plan *plan,
    df_gpu_stream stream, struct df_error *err)
{
  struct tables *t = &p->tables;
  size_t size = 0, at = 0;
  for (int i = 0; i < 2; i++)
    size += size_of(&plan->across[i]) + size_of(&plan->down[i]);
  void *staged;
  int result = df_staging_take(t->staging, size, &staged, err);
  if (result == 0)
    result = reserve(p, size, t->ready, t->stream, &t->memory, &t->room, err);
  if (result < 0)
    return result;
  for (int i = 0; i < 2; i++) {
    at = write_filter(&plan->across[i], true, staged, t->memory, at, &t->across[i]);
    at = write_filter(&plan->down[i], false, staged, t->memory, at, &t->down[i]);
  }
  t->columns = plan->columns;
  t->lines = plan->lines;
  return df_staging_send(t->staging, t->memory, size, stream, err);
}

/* What reads the tables that are to be overwritten may be on another stream. */
static int follow(struct df_preprocessor *p, df_gpu_stream stream, struct df_error *err)
{
  struct tables *t = &p->tables;
  if (!t->memory || t->stream == stream)
    return 0;
  int result = df_gpu_event_record(p->gpu, t->ready, t->stream, err);
  return result < 0 ? result : df_gpu_stream_wait(p->gpu, stream, t->ready, err);
}

static int prepare_tables(struct df_preprocessor *p, const struct df_picture *picture,
    const struct df_letterbox *letterbox, df_gpu_stream stream, struct df_error *err)
{
  struct tables *t = &p->tables;
  struct geometry geometry = {*letterbox, picture->width, picture->height,
      picture->colour.chroma_location, picture->format};
  int result = follow(p, stream, err);
  if (result == 0 && t->sent && same_geometry(&geometry, &t->geometry)) {
    t->stream = stream;
    return 0;
  }
  struct df_letterbox_plan plan;
  if (result == 0 && df_letterbox_plan_init(&plan, picture, letterbox) < 0)
    result = df_fail(err, DF_ENOMEM, "no memory to bring a picture to the detector's size");
  if (result < 0)
    return result;
  t->sent = false;
  result = send_plan(p, &plan, stream, err);
  df_letterbox_plan_finish(&plan);
  if (result < 0)
    return result;
  t->geometry = geometry;
  t->stream = stream;
  t->sent = true;
  return 0;
}

int df_preprocessor_letterbox(struct df_preprocessor *preprocessor,
    const struct df_picture *picture, const struct df_letterbox *letterbox,
    const struct df_model_input *input, df_gpu_memory tensor, df_gpu_stream stream,
    struct df_error *err)
{
  struct df_preprocessor *p = preprocessor;
  const struct tables *t = &p->tables;
  int result = check_picture(picture, err);
  if (result == 0)
    result = prepare_tables(p, picture, letterbox, stream, err);
  if (result < 0)
    return result;
  const struct df_colour_matrix matrix =
      df_colour_matrix_for(picture, (float)DF_ROW_WEIGHTS * DF_COLUMN_WEIGHTS);
  struct df_letterbox_arguments arguments = {
      .across = {t->across[0], t->across[1]},
      .down = {t->down[0], t->down[1]},
      .tensor = tensor,
      .curve = curve_of(p, picture),
      .width = letterbox->width,
      .height = letterbox->height,
      .columns = t->columns,
      .lines = t->lines,
      .bytes = picture->format.depth > 8 ? 2 : 1,
      .shift = picture->format.high_aligned ? 6 : 0,
      .luma = matrix.luma,
  };
  set_planes(arguments.planes, &matrix, input);
  for (int k = 0; k < PLANES; k++)
    set_component(&arguments.components[k], picture, k);
  return start(
      p, LETTERBOX, letterbox->width, letterbox->height, &arguments, sizeof arguments, stream, err);
}

int df_preprocessor_sketch(struct df_preprocessor *preprocessor, const struct df_picture *picture,
    df_gpu_memory sketch, df_gpu_stream stream, struct df_error *err)
{
  int result = check_picture(picture, err);
  if (result < 0)
    return result;
  const struct df_sketch_arguments arguments = {
      .luma = (uintptr_t)picture->planes[0],
      .stride = picture->strides[0],
      .cells = sketch,
      .width = picture->width,
      .height = picture->height,
      .bytes = picture->format.depth > 8 ? 2 : 1,
      .shift = picture->format.high_aligned ? 6 : 0,
      .columns = DF_SKETCH_WIDTH,
      .rows = DF_SKETCH_HEIGHT,
      .rows_a_cell = DF_SKETCH_ROWS_A_CELL,
      .full_range = picture->colour.full_range,
  };
  return start(preprocessor, SKETCH, DF_SKETCH_WIDTH, DF_SKETCH_HEIGHT, &arguments,
      sizeof arguments, stream, err);
}

static int start_sharpness(struct df_preprocessor *p, const struct df_model_input *input,
    df_gpu_memory tensor, df_gpu_memory sharpness, df_gpu_stream stream, struct df_error *err)
{
  int result = df_gpu_fill(p->gpu, sharpness, 0, DF_SHARPNESS_BYTES, stream, err);
  if (result < 0 || input->width < 3 || input->height < 3)
    return result;
  struct df_sharpness_arguments arguments = {
      .tensor = tensor,
      .sums = sharpness,
      .width = input->width,
      .height = input->height,
      .steps = DF_LAPLACIAN_STEPS,
      .most = DF_LAPLACIAN_MOST,
  };
  for (int i = 0; i < PLANES; i++) {
    arguments.weights[i] = df_grey_weights[input->bgr ? 2 - i : i];
    arguments.mean[i] = input->mean[i];
    arguments.scale[i] = input->scale[i];
  }
  int rows = (input->height - 2 + DF_SHARPNESS_ROWS - 1) / DF_SHARPNESS_ROWS;
  return start(p, SHARPNESS, input->width - 2, rows, &arguments, sizeof arguments, stream, err);
}

int df_preprocessor_align(struct df_preprocessor *preprocessor, const struct df_picture *picture,
    const float matrix[6], const struct df_model_input *input, df_gpu_memory tensor,
    df_gpu_memory sharpness, df_gpu_stream stream, struct df_error *err)
{
  struct df_align_plan plan;
  int result = check_picture(picture, err);
  if (result == 0)
    result = df_align_plan_init(&plan, picture, matrix, err);
  if (result < 0)
    return result;
  struct df_align_arguments arguments = {
      .tensor = tensor,
      .curve = curve_of(preprocessor, picture),
      .width = input->width,
      .height = input->height,
      .bytes = plan.components[0].bytes,
      .shift = plan.components[0].shift,
      .points = plan.points,
      .luma = plan.colours.luma,
  };
  memcpy(arguments.matrix, matrix, sizeof arguments.matrix);
  set_planes(arguments.planes, &plan.colours, input);
  for (int k = 0; k < PLANES; k++) {
    const struct df_align_component *c = &plan.components[k];
    arguments.components[k] = (struct df_component_arguments){(uintptr_t)c->data, c->row, c->step,
        c->width, c->height, c->unit, c->scale_x, c->scale_y, c->move_x, c->move_y};
  }
  result = start(
      preprocessor, ALIGN, input->width, input->height, &arguments, sizeof arguments, stream, err);
  return result < 0 ? result : start_sharpness(preprocessor, input, tensor, sharpness, stream, err);
}

float df_preprocessor_sharpness(const void *sums, const struct df_model_input *input)
{
  struct df_sharpness_sums copy;
  memcpy(&copy, sums, sizeof copy);
  return df_sharpness_of(&copy, input);
}

int df_preprocessor_candidates(struct df_preprocessor *preprocessor,
    const df_gpu_memory outputs[DF_YUNET_LEVELS][4], int batch, int width, int height,
    float low_score, df_gpu_memory candidates, df_gpu_stream stream, struct df_error *err)
{
  struct df_preprocessor *p = preprocessor;
  struct counting *c = &p->counting;
  size_t cells = df_yunet_cells(width, height);
  size_t counters = align((size_t)batch * 2 * sizeof(uint32_t));
  assert(batch > 0 && cells > 0);
  int result = reserve(p, counters + (size_t)batch * cells * sizeof(uint16_t), c->done, stream,
      &c->memory, &c->room, err);
  if (result == 0)
    result = df_gpu_fill(p->gpu, c->memory, 0, counters, stream, err);
  struct df_candidates_arguments arguments = {
      .scores = c->memory + counters,
      .counters = c->memory,
      .candidates = candidates,
      .batch = batch,
      .cells = (int32_t)cells,
      .low_score = low_score,
  };
  for (int l = 0, first = 0; l < DF_YUNET_LEVELS; l++) {
    int stride = df_yunet_stride(l), count = (width / stride) * (height / stride);
    arguments.levels[l] = (struct df_level_arguments){
        outputs[l][0], outputs[l][1], outputs[l][2], outputs[l][3], first, count};
    first += count;
  }
  for (enum kernel kernel = COUNT; kernel <= SELECT && result == 0; kernel++)
    result = start(p, kernel, (int)cells, batch, &arguments, sizeof arguments, stream, err);
  return result;
}
