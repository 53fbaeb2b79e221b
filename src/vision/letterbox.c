/*
 * The letterboxed picture a detector is fed. First its geometry (pure), then the pixels: for each output
 * row the rows it covers are summed, the sum is averaged along the row, luma and chroma each at their own
 * resolution, and Y'CbCr becomes R'G'B' in the tensor's own rows. Nothing of the picture is kept.
 *
 * Reading the picture is most of the work. A plane of which an output row covers many rows is read at
 * every second or fourth row only, the others counting as the mean of their neighbours
 * (df_letterbox_spacing).
 */
#include "vision/letterbox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vision/colour.h"

enum { DEFAULT_AREA = 640 * 384, PLANES = 3 };

static double round_up(double x, int multiple)
{
  double rounded = ceil(x / multiple - 1e-6) * multiple;
  return rounded > multiple ? rounded : multiple;
}

/* The largest scale, up to 1, at which one side is a whole number of multiples and the area is not
 * exceeded; 0 when there is none. `a` is that side, `b` the other. */
static double best_scale(double a, double b, int multiple, double area)
{
  double best = 0;
  for (double side = multiple; side * multiple <= area; side += multiple) {
    double scale = side / a < 1 ? side / a : 1;
    if (side * round_up(b * scale, multiple) > area)
      break;
    best = scale;
    if (scale == 1)
      break;
  }
  return best;
}

struct df_letterbox df_letterbox_fit(float display_width, float display_height, float display_x,
    float display_y, int multiple, int area)
{
  double w = display_width, h = display_height, pixels = area > 0 ? area : DEFAULT_AREA;
  double scale = fmax(best_scale(w, h, multiple, pixels), best_scale(h, w, multiple, pixels));
  if (scale == 0)
    scale = fmin(1, fmin(multiple / w, multiple / h));
  return (struct df_letterbox){
      .width = (int)round_up(w * scale, multiple),
      .height = (int)round_up(h * scale, multiple),
      .scale = (float)scale,
      .display_x = display_x,
      .display_y = display_y,
  };
}

struct df_face df_letterbox_unmap(const struct df_letterbox *letterbox, struct df_face face)
{
  float scale = letterbox->scale;
  face.box.x /= scale;
  face.box.y /= scale;
  face.box.w /= scale;
  face.box.h /= scale;
  for (int i = 0; i < DF_FACE_POINTS; i++) {
    face.points[i].x /= scale;
    face.points[i].y /= scale;
  }
  return face;
}

/* Everything that is worked out once a picture. Index 0 is luma, 1 chroma. */
struct plan {
  const struct df_row_operations *operations;
  const struct df_picture *picture;
  struct df_sample_layout layout;
  struct df_letterbox_plan filters;
  uint16_t *sums[PLANES]; /* a row of each plane, summed over the rows it covers */
  uint16_t *pairs;        /* Cb and Cr still interleaved */
  int32_t *averages[PLANES];
  const uint8_t **rows; /* of one plane, under one output row */
  uint16_t *weights;
  struct df_colour_matrix matrix;
  const float *curve; /* NULL: none */
};

static void finish_plan(struct plan *p)
{
  df_letterbox_plan_finish(&p->filters);
  for (int i = 0; i < PLANES; i++) {
    free(p->sums[i]);
    free(p->averages[i]);
  }
  free(p->pairs);
  free(p->rows);
  free(p->weights);
}

/* How far chroma samples lie from the middle of the luma samples they stand for, in chroma samples. */
static double chroma_shift(const struct df_picture *picture, bool down)
{
  int location = picture->colour.chroma_location;
  bool subsampled = down ? picture->format.shift_y : picture->format.shift_x;
  bool beside = down ? location == 3 : location != 2;
  return subsampled && beside ? 0.25 : 0;
}

/* Two rows read still make an output row an average, so edges do not jump from row to row. */
int df_letterbox_spacing(double step)
{
  return step >= 8 ? 4 : step >= 4 ? 2 : 1;
}

/* Tensor pixels whose middle lies in the picture, at least one. */
static int covered(int samples, float display, float scale, int limit)
{
  int count = (int)floor(samples / (double)display * scale + 0.5);
  return count < 1 ? 1 : count > limit ? limit : count;
}

static int plan_plane(struct df_letterbox_plan *plan, int i, const struct df_picture *picture,
    double step_x, double step_y)
{
  int width = df_format_plane_width(picture->format, i, picture->width);
  int height = df_format_plane_height(picture->format, i, picture->height);
  if (i > 0) {
    step_x /= 1 << picture->format.shift_x;
    step_y /= 1 << picture->format.shift_y;
  }
  int result = df_area_filter_init(&plan->across[i], plan->columns, width, 1, step_x,
      i ? chroma_shift(picture, false) : 0, DF_COLUMN_WEIGHTS);
  if (result < 0)
    return result;
  return df_area_filter_init(&plan->down[i], plan->lines, height, df_letterbox_spacing(step_y),
      step_y, i ? chroma_shift(picture, true) : 0, DF_ROW_WEIGHTS);
}

int df_letterbox_plan_init(struct df_letterbox_plan *plan, const struct df_picture *picture,
    const struct df_letterbox *letterbox)
{
  double step_x = letterbox->display_x / (double)letterbox->scale;
  double step_y = letterbox->display_y / (double)letterbox->scale;
  *plan = (struct df_letterbox_plan){
      .columns = covered(picture->width, letterbox->display_x, letterbox->scale, letterbox->width),
      .lines = covered(picture->height, letterbox->display_y, letterbox->scale, letterbox->height),
  };
  int result = 0;
  for (int i = 0; i < 2 && result == 0; i++)
    result = plan_plane(plan, i, picture, step_x, step_y);
  if (result < 0)
    df_letterbox_plan_finish(plan);
  return result;
}

void df_letterbox_plan_finish(struct df_letterbox_plan *plan)
{
  for (int i = 0; i < 2; i++) {
    df_area_filter_finish(&plan->across[i]);
    df_area_filter_finish(&plan->down[i]);
  }
}

static int plan_rows(struct plan *p)
{
  bool good = true;
  for (int i = 0; i < PLANES; i++) {
    const struct df_area_filter *across = &p->filters.across[i > 0];
    size_t samples = (size_t)df_format_plane_width(p->picture->format, i, p->picture->width);
    p->sums[i] = calloc(samples + (size_t)across->taps, sizeof(uint16_t));
    p->averages[i] = calloc((size_t)across->padded, sizeof(int32_t));
    good = good && p->sums[i] && p->averages[i];
    if (i == 1)
      p->pairs = calloc(2 * samples, sizeof(uint16_t));
  }
  const struct df_area_filter *down = p->filters.down;
  size_t taps = (size_t)(down[0].taps > down[1].taps ? down[0].taps : down[1].taps);
  p->rows = calloc(taps, sizeof *p->rows);
  p->weights = calloc(taps, sizeof *p->weights);
  return good && p->pairs && p->rows && p->weights ? 0 : DF_ENOMEM;
}

/* Sums the rows of plane `plane` that output row `line` covers into `out`. */
static void sum_rows(struct plan *p, int plane, int line, int samples, uint16_t *out)
{
  const struct df_area_filter *down = &p->filters.down[plane > 0];
  int count = 0;
  for (int t = 0; t < down->taps; t++) {
    int16_t weight = df_area_filter_weight(down, line, t);
    if (weight == 0)
      continue;
    ptrdiff_t row = down->starts[line] + t * down->spacing;
    p->rows[count] = p->picture->planes[plane] + row * p->picture->strides[plane];
    p->weights[count++] = (uint16_t)weight;
  }
  p->operations->sum(p->rows, p->weights, count, p->layout, samples, out);
}

static void resample_line(struct plan *p, int line)
{
  const struct df_format format = p->picture->format;
  sum_rows(p, 0, line, p->picture->width, p->sums[0]);
  int width = df_format_plane_width(format, 1, p->picture->width);
  if (format.semi_planar) {
    sum_rows(p, 1, line, 2 * width, p->pairs);
    p->operations->split(p->pairs, width, p->sums[1], p->sums[2]);
  } else {
    sum_rows(p, 1, line, width, p->sums[1]);
    sum_rows(p, 2, line, width, p->sums[2]);
  }
  for (int i = 0; i < PLANES; i++)
    p->operations->shrink(p->sums[i], &p->filters.across[i > 0], p->averages[i]);
}

static void apply_curve(const float *curve, float *row, int samples)
{
  for (int i = 0; i < samples; i++)
    row[i] = df_curve_at(curve, row[i]);
}

static void normalise_row(float *row, int samples, float mean, float scale)
{
  if (mean == 0 && scale == 1)
    return;
  for (int i = 0; i < samples; i++)
    row[i] = (row[i] - mean) * scale;
}

/* Writes one row of the tensor's three planes; what is right of the picture is 0. */
static void write_line(struct plan *p, const struct df_model_input *input, int columns, int width,
    float *const rows[PLANES])
{
  float *const rgb[PLANES] = {rows[input->bgr ? 2 : 0], rows[1], rows[input->bgr ? 0 : 2]};
  p->operations->colour(p->averages[0], p->averages[1], p->averages[2], &p->matrix, columns, rgb);
  for (int k = 0; k < PLANES; k++) {
    if (p->curve)
      apply_curve(p->curve, rows[k], columns);
    normalise_row(rows[k], columns, input->mean[k], input->scale[k]);
    memset(rows[k] + columns, 0, (size_t)(width - columns) * sizeof(float));
  }
}

int df_letterbox_with(const struct df_row_operations *operations, const struct df_picture *picture,
    const struct df_letterbox *letterbox, const struct df_model_input *input, float *tensor,
    struct df_error *err)
{
  int width = letterbox->width, height = letterbox->height;
  struct plan p = {
      .operations = operations,
      .picture = picture,
      .layout = {picture->format.depth > 8 ? 2 : 1, picture->format.high_aligned ? 6 : 0},
      .matrix = df_colour_matrix_for(picture, (float)DF_ROW_WEIGHTS * DF_COLUMN_WEIGHTS),
      .curve = df_colour_curve(picture->colour.transfer),
  };
  int result = df_letterbox_plan_init(&p.filters, picture, letterbox);
  int columns = p.filters.columns, lines = p.filters.lines;
  if (result == 0)
    result = plan_rows(&p);
  size_t plane = (size_t)width * (size_t)height;
  for (int line = 0; result == 0 && line < lines; line++) {
    float *row = tensor + (size_t)line * (size_t)width;
    float *const rows[PLANES] = {row, row + plane, row + 2 * plane};
    resample_line(&p, line);
    write_line(&p, input, columns, width, rows);
  }
  finish_plan(&p);
  if (result < 0)
    return df_fail(err, result, "no memory to bring a picture to the detector's size");
  size_t filled = (size_t)lines * (size_t)width;
  for (int k = 0; k < PLANES; k++)
    memset(tensor + (size_t)k * plane + filled, 0, (plane - filled) * sizeof(float));
  return 0;
}

int df_letterbox_cpu(const struct df_picture *picture, const struct df_letterbox *letterbox,
    const struct df_model_input *input, float *tensor, struct df_error *err)
{
  const struct df_row_operations *operations = df_row_operations_avx2();
  return df_letterbox_with(
      operations ? operations : &df_row_operations_plain, picture, letterbox, input, tensor, err);
}
