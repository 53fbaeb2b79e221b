#include "vision/colour.h"

#include <math.h>
#include <pthread.h>

/* H.273 matrix codes: weights of red and blue in luma. */
static void luma_weights(int matrix, int height, double *ret_red, double *ret_blue)
{
  switch (matrix) {
  case 1:
    break;
  case 4: /* FCC */
    *ret_red = 0.30;
    *ret_blue = 0.11;
    return;
  case 5:
  case 6: /* BT.601 */
    *ret_red = 0.299;
    *ret_blue = 0.114;
    return;
  case 7: /* SMPTE 240M */
    *ret_red = 0.212;
    *ret_blue = 0.087;
    return;
  case 9:
  case 10: /* BT.2020 */
    *ret_red = 0.2627;
    *ret_blue = 0.0593;
    return;
  default:
    if (height >= 720)
      break;
    *ret_red = 0.299;
    *ret_blue = 0.114;
    return;
  }
  *ret_red = 0.2126; /* BT.709 */
  *ret_blue = 0.0722;
}

struct df_colour_matrix df_colour_matrix_for(const struct df_picture *picture, float steps)
{
  double red, blue;
  luma_weights(picture->colour.matrix, picture->height, &red, &blue);
  bool full = picture->colour.full_range;
  double top = picture->format.depth > 8 ? 1023.0 / 4 : 255; /* of full range, in 8-bit levels */
  double luma = 255 / (full ? top : 219), chroma = 255 / (full ? top : 224);
  double black = full ? 0 : 16, green = 1 - red - blue;
  double from_red[3] = {2 * (1 - red), -2 * (1 - red) * red / green, 0};
  double from_blue[3] = {0, -2 * (1 - blue) * blue / green, 2 * (1 - blue)};
  struct df_colour_matrix m = {.luma = (float)(luma / steps)};
  for (int k = 0; k < 3; k++) {
    m.red[k] = (float)(from_red[k] * chroma / steps);
    m.blue[k] = (float)(from_blue[k] * chroma / steps);
    m.constant[k] = (float)(-black * luma - 128 * chroma * (from_red[k] + from_blue[k]));
  }
  return m;
}

static float pq_curve[DF_CURVE_SIZE], hlg_curve[DF_CURVE_SIZE];
static pthread_once_t curves_once = PTHREAD_ONCE_INIT;

/* SMPTE ST 2084: nits of a code value 0..1. */
static double pq_nits(double code)
{
  const double m1 = 1305.0 / 8192, m2 = 2523.0 / 32, c1 = 107.0 / 128, c2 = 2413.0 / 128,
               c3 = 2392.0 / 128;
  double root = pow(code, 1 / m2);
  double above = root > c1 ? root - c1 : 0;
  return 10000 * pow(above / (c2 - c3 * root), 1 / m1);
}

/* ARIB STD-B67: scene light 0..1 of a code value 0..1. */
static double hlg_light(double code)
{
  const double a = 0.17883277, b = 1 - 4 * a, c = 0.5 - a * log(4 * a);
  return code <= 0.5 ? code * code / 3 : (exp((code - c) / a) + b) / 12;
}

/* Light relative to diffuse white, to an SDR level: straight to 0.8, then bent so that nothing clips. */
static float sdr_level(double light)
{
  const double knee = 0.8;
  if (light > knee) {
    double over = light - knee;
    light = knee + (1 - knee) * over / (over + 1 - knee);
  }
  return (float)(255 * pow(light, 1 / 2.4));
}

/* Diffuse white is 203 nits in PQ and code 0.75 in HLG (BT.2408). */
static void make_curves(void)
{
  const double hlg_white = hlg_light(0.75);
  for (int i = 0; i < DF_CURVE_SIZE; i++) {
    double code = i / (DF_CURVE_SIZE - 1.0);
    pq_curve[i] = sdr_level(pq_nits(code) / 203);
    hlg_curve[i] = sdr_level(pow(hlg_light(code) / hlg_white, 1.2));
  }
}

const float *df_colour_curve(int transfer)
{
  if (transfer != DF_TRANSFER_PQ && transfer != DF_TRANSFER_HLG)
    return NULL;
  pthread_once(&curves_once, make_curves);
  return transfer == DF_TRANSFER_PQ ? pq_curve : hlg_curve;
}
