/*
 * From pictures in device memory to what models are fed, and from what a detector says to candidates. The
 * CPU's code (letterbox.c and rows.c, sketch.c, align.c, yunet.c) is the specification, to the bit: integer
 * sums, and each float operation by itself in the CPU's order.
 */
#include "vision/preprocess_arguments.h"

#include "gpu/kernel.h"
#include "vision/candidates.h"

#define PLANES 3
#define CURVE_SIZE 1024

DF_DEVICE int32_t load(uint64_t at, int32_t bytes, int32_t shift)
{
  return bytes == 1 ? *DF_POINTER(const uint8_t, at) : *DF_POINTER(const uint16_t, at) >> shift;
}

DF_DEVICE float clamp_level(float x)
{
  x = x > 0.0F ? x : 0.0F;
  return x < 255.0F ? x : 255.0F;
}

DF_DEVICE float curve_at(const float DF_GLOBAL *curve, float level)
{
  float at = df_mul(level, (CURVE_SIZE - 1) / 255.0F);
  int32_t i = (int32_t)at;
  if (i >= CURVE_SIZE - 1)
    return curve[CURVE_SIZE - 1];
  return df_add(curve[i], df_mul(df_sub(curve[i + 1], curve[i]), df_sub(at, (float)i)));
}

/* The samples of one column that a line covers, summed; on the scale of 8 bit. */
DF_DEVICE int32_t sum_column(uint64_t column, int64_t stride, const int16_t DF_GLOBAL *weights,
    int32_t taps, int32_t bytes, int32_t shift)
{
  uint32_t sum = 0;
  for (int32_t t = 0; t < taps; t++) {
    uint32_t weight = (uint32_t)weights[t];
    if (weight) /* one that does not count may not be there */
      sum += weight * (uint32_t)load(column + (uint64_t)(t * stride), bytes, shift);
  }
  return bytes == 1 ? (int32_t)sum : (int32_t)((sum & 0xffff) >> 2);
}

/* Mean of the samples under tensor pixel (x, y), 2^20 steps a level. */
DF_DEVICE int32_t average(const struct df_component_arguments *component,
    const struct df_area_arguments *across, const struct df_area_arguments *down, int32_t x,
    int32_t y, int32_t columns, int32_t bytes, int32_t shift)
{
  const int16_t DF_GLOBAL *weights = DF_POINTER(const int16_t, across->weights) + x;
  const int16_t DF_GLOBAL *down_weights =
      DF_POINTER(const int16_t, down->weights) + (int64_t)y * down->taps;
  int64_t row = DF_POINTER(const int32_t, down->starts)[y];
  int64_t column = DF_POINTER(const int32_t, across->starts)[x];
  uint64_t at = component->data + (uint64_t)(row * component->stride + column * component->step);
  int32_t total = 0;
  for (int32_t t = 0; t < across->taps; t++) {
    int32_t weight = weights[(int64_t)t * columns];
    if (weight)
      total +=
          weight * sum_column(at + (uint64_t)(t * component->step),
                       component->stride * down->spacing, down_weights, down->taps, bytes, shift);
  }
  return total;
}

DF_KERNEL(df_letterbox, struct df_letterbox_arguments)
{
  int32_t x = point.x, y = point.y;
  if (x >= arguments.width || y >= arguments.height)
    return;
  int64_t size = (int64_t)arguments.width * arguments.height;
  float DF_GLOBAL *out = DF_POINTER(float, arguments.tensor) + (int64_t)y * arguments.width + x;
  if (x >= arguments.columns || y >= arguments.lines) {
    for (int k = 0; k < PLANES; k++)
      out[k * size] = 0;
    return;
  }
  float means[PLANES];
  for (int k = 0; k < PLANES; k++)
    means[k] = (float)average(&arguments.components[k], &arguments.across[k > 0],
        &arguments.down[k > 0], x, y, arguments.columns, arguments.bytes, arguments.shift);
  float luma = df_mul(means[0], arguments.luma);
  for (int k = 0; k < PLANES; k++) {
    float value = df_add(luma, df_mul(means[1], arguments.planes[k].blue));
    value = df_add(value, df_mul(means[2], arguments.planes[k].red));
    value = clamp_level(df_add(value, arguments.planes[k].constant));
    if (arguments.curve)
      value = curve_at(DF_POINTER(const float, arguments.curve), value);
    out[k * size] = df_mul(df_sub(value, arguments.planes[k].mean), arguments.planes[k].scale);
  }
}

DF_DEVICE int32_t edge(int32_t i, int32_t cells, int32_t samples)
{
  return (int32_t)((int64_t)samples * i / cells);
}

/* Doubles here: the device's division is IEEE's, so the mean rounds as on the host. */
DF_DEVICE uint8_t to_full_range(double level, int32_t full_range)
{
  if (!full_range)
    level = (level - 16) * 255 / 219;
  return (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level + 0.5);
}

DF_KERNEL(df_sketch, struct df_sketch_arguments)
{
  if (point.x >= arguments.columns || point.y >= arguments.rows)
    return;
  int32_t x0 = edge(point.x, arguments.columns, arguments.width);
  int32_t x1 = edge(point.x + 1, arguments.columns, arguments.width);
  int32_t y0 = edge(point.y, arguments.rows, arguments.height);
  int32_t y1 = edge(point.y + 1, arguments.rows, arguments.height);
  x1 = x1 > x0 ? x1 : x0 + 1;
  y1 = y1 > y0 ? y1 : y0 + 1;
  int32_t rows = y1 - y0 < arguments.rows_a_cell ? y1 - y0 : arguments.rows_a_cell;
  uint64_t total = 0;
  for (int32_t r = 0; r < rows; r++) {
    int64_t y = y0 + (2 * r + 1) * (y1 - y0) / (2 * rows);
    uint64_t at = arguments.luma + (uint64_t)(y * arguments.stride + (int64_t)x0 * arguments.bytes);
    for (int32_t x = 0; x < x1 - x0; x++)
      total +=
          (uint64_t)load(at + (uint64_t)(x * arguments.bytes), arguments.bytes, arguments.shift);
  }
  double mean = (double)total / ((double)rows * (x1 - x0)) / (arguments.bytes == 1 ? 1 : 4);
  DF_POINTER(uint8_t, arguments.cells)
  [point.y * arguments.columns + point.x] = to_full_range(mean, arguments.full_range);
}

/* A position split into the two samples around it and the share of the second; ends repeat. */
struct between {
  int32_t first, second;
  float share;
};

DF_DEVICE struct between between(float at, int32_t count)
{
  struct between b;
  float last = (float)(count - 1);
  at = at < 0 ? 0 : at > last ? last : at;
  b.first = (int32_t)at;
  b.second = b.first + 1 < count ? b.first + 1 : b.first;
  b.share = df_sub(at, (float)b.first);
  return b;
}

DF_DEVICE float sample_at(
    const struct df_component_arguments *c, int32_t x, int32_t y, int32_t bytes, int32_t shift)
{
  uint64_t at = c->data + (uint64_t)(y * c->stride + (int64_t)x * c->step);
  float sample = (float)load(at, bytes, shift);
  return bytes == 1 ? sample : df_mul(sample, c->unit);
}

DF_DEVICE float mix(float from, float to, float share)
{
  return df_add(from, df_mul(df_sub(to, from), share));
}

/* Bilinear, at a position in luma samples. */
DF_DEVICE float component_at(
    const struct df_component_arguments *c, float x, float y, int32_t bytes, int32_t shift)
{
  struct between across = between(df_sub(df_add(df_mul(x, c->scale_x), c->move_x), 0.5F), c->width);
  struct between down = between(df_sub(df_add(df_mul(y, c->scale_y), c->move_y), 0.5F), c->height);
  float top = mix(sample_at(c, across.first, down.first, bytes, shift),
      sample_at(c, across.second, down.first, bytes, shift), across.share);
  float bottom = mix(sample_at(c, across.first, down.second, bytes, shift),
      sample_at(c, across.second, down.second, bytes, shift), across.share);
  return mix(top, bottom, down.share);
}

/* Where the middle of point i of `points` of a pixel lies. */
DF_DEVICE float place_of(int32_t pixel, int32_t i, int32_t points)
{
  return df_add((float)pixel, df_div(df_add((float)i, 0.5F), (float)points));
}

struct ycbcr {
  float y, cb, cr;
};

/* Adds what the picture has at a position in luma samples; the components one by one, so that no sum needs
 * an index. */
DF_DEVICE void add_components(
    const struct df_align_arguments *a, float x, float y, struct ycbcr *sums)
{
  sums->y = df_add(sums->y, component_at(&a->components[0], x, y, a->bytes, a->shift));
  sums->cb = df_add(sums->cb, component_at(&a->components[1], x, y, a->bytes, a->shift));
  sums->cr = df_add(sums->cr, component_at(&a->components[2], x, y, a->bytes, a->shift));
}

/* Mean of the points of a pixel that lie in the picture; returns their share of all points. */
DF_DEVICE float average_points(
    const struct df_align_arguments *a, int32_t column, int32_t line, struct ycbcr *ret_means)
{
  int32_t inside = 0, points = a->points;
  float width = (float)a->components[0].width, height = (float)a->components[0].height;
  struct ycbcr sums = {0, 0, 0};
  for (int32_t i = 0; i < points * points; i++) {
    float u = place_of(column, i % points, points), v = place_of(line, i / points, points);
    float x = df_add(df_add(df_mul(a->matrix[0], u), df_mul(a->matrix[1], v)), a->matrix[2]);
    float y = df_add(df_add(df_mul(a->matrix[3], u), df_mul(a->matrix[4], v)), a->matrix[5]);
    if (!(x >= 0 && y >= 0 && x < width && y < height))
      continue;
    add_components(a, x, y, &sums);
    inside++;
  }
  ret_means->y = inside ? df_div(sums.y, (float)inside) : 0;
  ret_means->cb = inside ? df_div(sums.cb, (float)inside) : 0;
  ret_means->cr = inside ? df_div(sums.cr, (float)inside) : 0;
  return df_div((float)inside, (float)(points * points));
}

DF_KERNEL(df_align, struct df_align_arguments)
{
  if (point.x >= arguments.width || point.y >= arguments.height)
    return;
  struct ycbcr means;
  float share = average_points(&arguments, point.x, point.y, &means);
  int64_t size = (int64_t)arguments.width * arguments.height;
  float DF_GLOBAL *out =
      DF_POINTER(float, arguments.tensor) + (int64_t)point.y * arguments.width + point.x;
  for (int k = 0; k < PLANES; k++) {
    const struct df_plane_arguments *plane = &arguments.planes[k];
    float level = df_add(df_mul(means.y, arguments.luma), df_mul(means.cb, plane->blue));
    level = df_add(df_add(level, df_mul(means.cr, plane->red)), plane->constant);
    level = level < 0 ? 0 : level > 255 ? 255 : level;
    if (arguments.curve)
      level = curve_at(DF_POINTER(const float, arguments.curve), level);
    out[k * size] = df_mul(df_sub(df_mul(share, level), plane->mean), plane->scale);
  }
}

DF_DEVICE float grey_at(const struct df_sharpness_arguments *a, int32_t x, int32_t y)
{
  int64_t size = (int64_t)a->width * a->height;
  const float DF_GLOBAL *at = DF_POINTER(const float, a->tensor) + (int64_t)y * a->width + x;
  float grey = 0;
  for (int k = 0; k < PLANES; k++)
    grey =
        df_add(grey, df_mul(a->weights[k], df_add(df_div(at[k * size], a->scale[k]), a->mean[k])));
  return grey;
}

DF_KERNEL(df_sharpness, struct df_sharpness_arguments)
{
  int32_t x = point.x + 1, first = point.y * DF_SHARPNESS_ROWS + 1;
  if (x >= arguments.width - 1 || first >= arguments.height - 1)
    return;
  int64_t sum = 0;
  uint64_t squares = 0;
  for (int32_t y = first; y < first + DF_SHARPNESS_ROWS && y < arguments.height - 1; y++) {
    float around = df_add(grey_at(&arguments, x - 1, y), grey_at(&arguments, x + 1, y));
    around = df_add(around, grey_at(&arguments, x, y - 1));
    around = df_add(around, grey_at(&arguments, x, y + 1));
    float laplacian = df_sub(around, df_mul(4, grey_at(&arguments, x, y)));
    float steps = df_mul(laplacian, arguments.steps);
    if (!(steps > -arguments.most && steps < arguments.most))
      continue;
    int64_t whole = (int32_t)(steps < 0 ? df_sub(steps, 0.5F) : df_add(steps, 0.5F));
    sum += whole;
    squares += (uint64_t)(whole * whole);
  }
  df_atomic_add_64(DF_POINTER(uint64_t, arguments.sums), (uint64_t)sum);
  df_atomic_add_64(DF_POINTER(uint64_t, arguments.sums) + 1, squares);
}

/* What is not a number becomes 0. */
DF_DEVICE float clamp_unit(float x)
{
  return x > 0 ? (x < 1 ? x : 1) : 0;
}

/* In 1024ths, halves rounded up. */
DF_DEVICE int32_t score_of(float cls, float obj)
{
  float score = df_mul(df_sqrt(df_mul(clamp_unit(cls), clamp_unit(obj))), 1024);
  float whole = df_floor(score);
  return (int32_t)whole + (df_sub(score, whole) >= 0.5F);
}

/* The level of a cell and which of its cells it is. */
DF_DEVICE int32_t level_of(const struct df_candidates_arguments *a, int32_t cell)
{
  return cell >= a->levels[2].first ? 2 : cell >= a->levels[1].first ? 1 : 0;
}

DF_DEVICE float value_at(uint64_t values, int64_t i)
{
  return DF_POINTER(const float, values)[i];
}

DF_KERNEL(df_candidates_count, struct df_candidates_arguments)
{
  int32_t cell = point.x, picture = point.y;
  if (cell >= arguments.cells || picture >= arguments.batch)
    return;
  int32_t score = 0;
  for (int l = 0; l < 3; l++)
    if (level_of(&arguments, cell) == l) {
      const struct df_level_arguments *level = &arguments.levels[l];
      int64_t at = (int64_t)picture * level->cells + (cell - level->first);
      score = score_of(value_at(level->cls, at), value_at(level->obj, at));
    }
  if (!(df_div((float)score, 1024) >= arguments.low_score))
    score = 0;
  DF_POINTER(uint16_t, arguments.scores)
  [(int64_t)picture * arguments.cells + cell] = (uint16_t)score;
  if (score > 0)
    df_atomic_add(DF_POINTER(uint32_t, arguments.counters) + 2 * picture, 1);
}

/* How many of the picture's cells are better, equal ones in their order. */
DF_DEVICE int32_t rank_of(const uint16_t DF_GLOBAL *scores, int32_t cells, int32_t cell)
{
  int32_t rank = 0, score = scores[cell];
  for (int32_t i = 0; i < cells; i++)
    rank += scores[i] > score || (scores[i] == score && i < cell);
  return rank;
}

DF_DEVICE void write_candidate(const struct df_level_arguments *level, int32_t picture,
    int32_t number, int32_t cell, struct df_candidate DF_GLOBAL *out)
{
  int64_t at = (int64_t)picture * level->cells + cell;
  out->level = number;
  out->cell = cell;
  out->cls = value_at(level->cls, at);
  out->obj = value_at(level->obj, at);
  for (int i = 0; i < 4; i++)
    out->box[i] = value_at(level->boxes, 4 * at + i);
  for (int i = 0; i < 10; i++)
    out->points[i] = value_at(level->points, 10 * at + i);
}

DF_KERNEL(df_candidates_select, struct df_candidates_arguments)
{
  int32_t cell = point.x, picture = point.y;
  if (cell >= arguments.cells || picture >= arguments.batch)
    return;
  uint32_t DF_GLOBAL *counters = DF_POINTER(uint32_t, arguments.counters) + 2 * picture;
  struct df_candidates DF_GLOBAL *out =
      DF_POINTER(struct df_candidates, arguments.candidates) + picture;
  int32_t found = (int32_t)counters[0];
  if (cell == 0)
    out->count = found;
  const uint16_t DF_GLOBAL *scores =
      DF_POINTER(const uint16_t, arguments.scores) + (int64_t)picture * arguments.cells;
  if (scores[cell] == 0)
    return;
  int32_t place = found <= DF_CANDIDATES_MAX ? (int32_t)df_atomic_add(counters + 1, 1)
                                             : rank_of(scores, arguments.cells, cell);
  if (place >= DF_CANDIDATES_MAX)
    return;
  for (int l = 0; l < 3; l++)
    if (level_of(&arguments, cell) == l)
      write_candidate(
          &arguments.levels[l], picture, l, cell - arguments.levels[l].first, &out->items[place]);
}
