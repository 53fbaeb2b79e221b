/*
 * The aligned face an embedder is fed: the similarity transform from its five landmarks, the sampling
 * along it, and how sharp the result is. Luma and chroma are averaged over as many points of an output
 * pixel as the face is larger than the tensor, so nothing aliases; the sum is turned to R'G'B' once.
 */
#include "vision/align.h"

#include <math.h>
#include <string.h>

#include "vision/colour.h"

enum { TEMPLATE_SIDE = 112, POINTS_MAX = 4 };

/* The ArcFace template (Deng et al. 2019) as published: indices of pixels of a 112x112 face. */
static const struct df_point template_points[DF_FACE_POINTS] = {{38.2946F, 51.6963F},
    {73.5318F, 51.5014F}, {56.0252F, 71.7366F}, {41.5493F, 92.3655F}, {70.7299F, 92.2041F}};

/* Where template point i lies in a tensor of this size; a pixel's middle is at its index + 0.5. */
static void template_point(int i, int width, int height, double *ret_x, double *ret_y)
{
  double side = width < height ? width : height, factor = side / TEMPLATE_SIDE;
  *ret_x = (template_points[i].x + 0.5) * factor + (width - side) / 2;
  *ret_y = (template_points[i].y + 0.5) * factor + (height - side) / 2;
}

/*
 * In the plane the least-squares similarity has a closed form: with both sets of points centred and read
 * as complex numbers, rotation and scale are sum(conj(p) q) / sum(|p|^2).
 */
bool df_align_matrix(const struct df_point points[DF_FACE_POINTS], int width, int height,
    float display_x, float display_y, float ret_matrix[6])
{
  double px[DF_FACE_POINTS], py[DF_FACE_POINTS], mean_px = 0, mean_py = 0, mean_qx = 0, mean_qy = 0;
  for (int i = 0; i < DF_FACE_POINTS; i++) {
    template_point(i, width, height, &px[i], &py[i]);
    mean_px += px[i] / DF_FACE_POINTS;
    mean_py += py[i] / DF_FACE_POINTS;
    mean_qx += (double)points[i].x / DF_FACE_POINTS;
    mean_qy += (double)points[i].y / DF_FACE_POINTS;
  }
  double along = 0, across = 0, spread = 0;
  for (int i = 0; i < DF_FACE_POINTS; i++) {
    double x = px[i] - mean_px, y = py[i] - mean_py, u = points[i].x - mean_qx,
           v = points[i].y - mean_qy;
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  }
  double a = along / spread, b = across / spread;
  if (!isfinite(a) || !isfinite(b) || a * a + b * b < 1e-8)
    return false;
  const double matrix[6] = {a * display_x, -b * display_x,
      (mean_qx - a * mean_px + b * mean_py) * display_x, b * display_y, a * display_y,
      (mean_qy - b * mean_px - a * mean_py) * display_y};
  for (int i = 0; i < 6; i++)
    ret_matrix[i] = (float)matrix[i];
  return true;
}

static struct df_align_component component_of(const struct df_picture *picture, int k)
{
  const struct df_format f = picture->format;
  int plane = k > 0 && f.semi_planar ? 1 : k, bytes = f.depth > 8 ? 2 : 1;
  bool half_x = k > 0 && f.shift_x, half_y = k > 0 && f.shift_y;
  int location = picture->colour.chroma_location;
  return (struct df_align_component){
      .data = picture->planes[plane] + (k == 2 && f.semi_planar ? bytes : 0),
      .row = picture->strides[plane],
      .step = k > 0 && f.semi_planar ? 2 * bytes : bytes,
      .bytes = bytes,
      .shift = f.high_aligned ? 6 : 0,
      .width = df_format_plane_width(f, k, picture->width),
      .height = df_format_plane_height(f, k, picture->height),
      .unit = bytes == 2 ? 0.25F : 1,
      .scale_x = half_x ? 0.5F : 1,
      .scale_y = half_y ? 0.5F : 1,
      .move_x = half_x && location != 2 ? 0.25F : 0,
      .move_y = half_y && location == 3 ? 0.25F : 0,
  };
}

static float sample_at(const struct df_align_component *c, int x, int y)
{
  const uint8_t *at = c->data + y * c->row + (ptrdiff_t)x * c->step;
  if (c->bytes == 1)
    return *at;
  uint16_t sample;
  memcpy(&sample, at, sizeof sample);
  return (float)(sample >> c->shift) * c->unit;
}

/* Splits a position into the two samples around it and the share of the second; ends repeat. */
static float between(float at, int count, int *ret_first, int *ret_second)
{
  at = at < 0 ? 0 : at > (float)(count - 1) ? (float)(count - 1) : at;
  int first = (int)at;
  *ret_first = first;
  *ret_second = first + 1 < count ? first + 1 : first;
  return at - (float)first;
}

/* Bilinear, at a position in luma samples. */
static float component_at(const struct df_align_component *c, float x, float y)
{
  int x0, x1, y0, y1;
  float right = between(x * c->scale_x + c->move_x - 0.5F, c->width, &x0, &x1);
  float below = between(y * c->scale_y + c->move_y - 0.5F, c->height, &y0, &y1);
  float left_top = sample_at(c, x0, y0), left_bottom = sample_at(c, x0, y1);
  float top = left_top + (sample_at(c, x1, y0) - left_top) * right;
  float bottom = left_bottom + (sample_at(c, x1, y1) - left_bottom) * right;
  return top + (bottom - top) * below;
}

/* Mean of the points of a pixel that lie in the picture; returns their share of all points. */
static float average(const struct df_align_component components[3], const float m[6], int column,
    int line, int points, float ret_means[3])
{
  int inside = 0;
  float sums[3] = {0};
  for (int i = 0; i < points * points; i++) {
    float u = (float)column + ((float)(i % points) + 0.5F) / (float)points;
    float v = (float)line + ((float)(i / points) + 0.5F) / (float)points;
    float x = m[0] * u + m[1] * v + m[2], y = m[3] * u + m[4] * v + m[5];
    if (!(x >= 0 && y >= 0 && x < (float)components[0].width && y < (float)components[0].height))
      continue;
    for (int k = 0; k < 3; k++)
      sums[k] += component_at(&components[k], x, y);
    inside++;
  }
  for (int k = 0; k < 3; k++)
    ret_means[k] = inside ? sums[k] / (float)inside : 0;
  return (float)inside / (float)(points * points);
}

static float to_level(
    const struct df_colour_matrix *matrix, const float *curve, int k, const float means[3])
{
  float level = means[0] * matrix->luma + means[1] * matrix->blue[k] + means[2] * matrix->red[k] +
                matrix->constant[k];
  level = level < 0 ? 0 : level > 255 ? 255 : level;
  return curve ? df_curve_at(curve, level) : level;
}

/* Points across a pixel: about as many as the samples it covers. */
static int points_across(const float m[6])
{
  float size = sqrtf(fabsf(m[0] * m[4] - m[1] * m[3]));
  int points = (int)ceilf(fminf(size, POINTS_MAX) - 0.25F);
  return points < 1 ? 1 : points;
}

int df_align_plan_init(struct df_align_plan *plan, const struct df_picture *picture,
    const float matrix[6], struct df_error *err)
{
  for (int i = 0; i < 6; i++)
    if (!isfinite(matrix[i]))
      return df_fail(err, DF_EUSAGE, "the matrix of a face is not finite");
  for (int k = 0; k < 3; k++)
    plan->components[k] = component_of(picture, k);
  plan->colours = df_colour_matrix_for(picture, 1);
  plan->points = points_across(matrix);
  return 0;
}

int df_align_cpu(const struct df_picture *picture, const float matrix[6],
    const struct df_model_input *input, float *tensor, struct df_error *err)
{
  struct df_align_plan plan;
  int result = df_align_plan_init(&plan, picture, matrix, err);
  if (result < 0)
    return result;
  const float *curve = df_colour_curve(picture->colour.transfer);
  size_t plane = (size_t)input->width * (size_t)input->height;
  for (int line = 0; line < input->height; line++)
    for (int column = 0; column < input->width; column++) {
      float means[3], *out = tensor + (size_t)line * (size_t)input->width + (size_t)column;
      float share = average(plan.components, matrix, column, line, plan.points, means);
      for (int k = 0; k < 3; k++) {
        float level = share * to_level(&plan.colours, curve, input->bgr ? 2 - k : k, means);
        out[(size_t)k * plane] = (level - input->mean[k]) * input->scale[k];
      }
    }
  return 0;
}

/* BT.601, red first. */
const float df_grey_weights[3] = {0.299F, 0.587F, 0.114F};

/* A grey level of a tensor's pixel. */
static float grey_at(const struct df_model_input *input, const float *tensor, int x, int y)
{
  size_t plane = (size_t)input->width * (size_t)input->height;
  const float *at = tensor + (size_t)y * (size_t)input->width + (size_t)x;
  float grey = 0;
  for (int k = 0; k < 3; k++)
    grey += df_grey_weights[input->bgr ? 2 - k : k] *
            (at[(size_t)k * plane] / input->scale[k] + input->mean[k]);
  return grey;
}

/* Rounded away from 0. What is no number, as of a model that scales by 0, counts as none. */
static int32_t to_steps(float laplacian)
{
  float steps = laplacian * DF_LAPLACIAN_STEPS;
  if (!(steps > -DF_LAPLACIAN_MOST && steps < DF_LAPLACIAN_MOST))
    return 0;
  return (int32_t)(steps < 0 ? steps - 0.5F : steps + 0.5F);
}

float df_sharpness_of(const struct df_sharpness_sums *sums, const struct df_model_input *input)
{
  double count = (double)(input->width - 2) * (input->height - 2);
  if (input->width < 3 || input->height < 3)
    return 0;
  double mean = (double)sums->sum / count, squares = (double)sums->squares / count;
  return (float)(sqrt(fmax(squares - mean * mean, 0)) / DF_LAPLACIAN_STEPS);
}

/* Sums of whole numbers are the same in any order, so a device with many threads finds them too. */
float df_tensor_sharpness(const struct df_model_input *input, const float *tensor)
{
  struct df_sharpness_sums sums = {0};
  for (int y = 1; y < input->height - 1; y++)
    for (int x = 1; x < input->width - 1; x++) {
      float around = grey_at(input, tensor, x - 1, y) + grey_at(input, tensor, x + 1, y) +
                     grey_at(input, tensor, x, y - 1) + grey_at(input, tensor, x, y + 1);
      int64_t steps = to_steps(around - 4 * grey_at(input, tensor, x, y));
      sums.sum += steps;
      sums.squares += (uint64_t)(steps * steps);
    }
  return df_sharpness_of(&sums, input);
}
