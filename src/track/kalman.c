/* The filter of kalman.h: four independent filters of a value and its velocity. */
#include "track/kalman.h"

/* Standard deviations as shares of the height; those of the aspect have no unit. */
static const double position_weight = 1.0 / 20;
static const double velocity_weight = 1.0 / 160;
static const double aspect_deviation = 1e-2;
static const double aspect_velocity_deviation = 1e-5;
static const double aspect_measured_deviation = 1e-1;

static double square(double x)
{
  return x * x;
}

static void measure(struct df_box box, double ret_values[DF_KALMAN_AXES])
{
  ret_values[DF_KALMAN_X] = (double)box.x + (double)box.w / 2;
  ret_values[DF_KALMAN_Y] = (double)box.y + (double)box.h / 2;
  ret_values[DF_KALMAN_ASPECT] = (double)box.w / (double)box.h;
  ret_values[DF_KALMAN_HEIGHT] = box.h;
}

void df_kalman_init(struct df_kalman *kalman, struct df_box box)
{
  double values[DF_KALMAN_AXES];
  measure(box, values);
  for (int i = 0; i < DF_KALMAN_AXES; i++) {
    double position = 2 * position_weight * values[DF_KALMAN_HEIGHT];
    double velocity = 10 * velocity_weight * values[DF_KALMAN_HEIGHT];
    if (i == DF_KALMAN_ASPECT) {
      position = aspect_deviation;
      velocity = aspect_velocity_deviation;
    }
    kalman->axes[i] = (struct df_kalman_axis){
        .value = values[i], .var_value = square(position), .var_velocity = square(velocity)};
  }
}

void df_kalman_predict(struct df_kalman *kalman)
{
  double height = kalman->axes[DF_KALMAN_HEIGHT].value;
  for (int i = 0; i < DF_KALMAN_AXES; i++) {
    struct df_kalman_axis *axis = &kalman->axes[i];
    double position = position_weight * height, velocity = velocity_weight * height;
    if (i == DF_KALMAN_ASPECT) {
      position = aspect_deviation;
      velocity = aspect_velocity_deviation;
    }
    axis->value += axis->velocity;
    axis->var_value += 2 * axis->covariance + axis->var_velocity + square(position);
    axis->covariance += axis->var_velocity;
    axis->var_velocity += square(velocity);
  }
}

void df_kalman_update(struct df_kalman *kalman, struct df_box box)
{
  double values[DF_KALMAN_AXES];
  measure(box, values);
  double height = kalman->axes[DF_KALMAN_HEIGHT].value;
  for (int i = 0; i < DF_KALMAN_AXES; i++) {
    struct df_kalman_axis *axis = &kalman->axes[i];
    double noise = i == DF_KALMAN_ASPECT ? aspect_measured_deviation : position_weight * height;
    double total = axis->var_value + square(noise);
    double surprise = values[i] - axis->value;
    double gain = axis->var_value / total, velocity_gain = axis->covariance / total;
    axis->value += gain * surprise;
    axis->velocity += velocity_gain * surprise;
    axis->var_velocity -= velocity_gain * axis->covariance;
    axis->covariance -= velocity_gain * axis->var_value;
    axis->var_value -= gain * axis->var_value;
  }
}

void df_kalman_hold_size(struct df_kalman *kalman)
{
  kalman->axes[DF_KALMAN_HEIGHT].velocity = 0;
}

struct df_box df_kalman_box(const struct df_kalman *kalman)
{
  double height = kalman->axes[DF_KALMAN_HEIGHT].value;
  double width = kalman->axes[DF_KALMAN_ASPECT].value * height;
  if (!(height > 0 && width > 0))
    return (struct df_box){0};
  return (struct df_box){(float)(kalman->axes[DF_KALMAN_X].value - width / 2),
      (float)(kalman->axes[DF_KALMAN_Y].value - height / 2), (float)width, (float)height};
}
