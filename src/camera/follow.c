/* Dead band with hysteresis on position and size; see follow.h. */
#include "camera/follow.h"

#include <math.h>

static const float inner_band = 0.25f;  /* of the dead band: slack of a window that moves */
static const float rest_band = 0.5f;    /* of the dead band: a face that moves less is at rest */
static const float far_bands = 3;       /* dead bands: further away is not waited for the return */
static const float height_band = 0.12f; /* of the height: changes below are no reason to zoom */
static const float height_rest = 0.03f; /* of the height: it has come to rest */
static const float zoom_rate = 0.35f;   /* of the height, a second */

static float clamp(float value, float low, float high)
{
  return fmaxf(low, fminf(value, high));
}

void df_follow_place(struct df_follower *follower, struct df_point at, float height)
{
  *follower = (struct df_follower){.at = at, .height = height};
}

/* Whether what rests goes on resting: in the band, or back in it soon after a small move. */
static bool stays(float at, const struct df_follow_range *range, float band)
{
  bool returns = range->soon_low <= at + band && range->soon_high >= at - band;
  return fabsf(range->now - at) <= (returns ? far_bands * band : band);
}

static float follow_axis(
    float at, bool *moving, bool *settled, const struct df_follow_range *range, float band)
{
  *settled = false;
  if (!*moving && stays(at, range, band))
    return at;
  /* At rest again: in the middle of where it rests, so that the whole band is there on both
   * sides. */
  *moving = range->high - range->low > rest_band * band;
  *settled = !*moving;
  if (*settled)
    return range->mean;
  float slack = inner_band * band;
  return clamp(at, range->now - slack, range->now + slack);
}

static void follow_height(struct df_follower *f, const struct df_follow_range *range, double dt)
{
  float away = range->now - f->height;
  if (!f->zooming && fabsf(away) <= height_band * f->height)
    return;
  float most = zoom_rate * f->height * (float)dt;
  bool reached = fabsf(away) <= most;
  f->height = reached ? range->now : f->height + copysignf(most, away);
  f->zooming = !reached || range->high - range->low > height_rest * f->height;
}

void df_follow_step(
    struct df_follower *follower, const struct df_follow_sight *sight, float dead_band)
{
  float band = dead_band * follower->height;
  follower->at.x =
      follow_axis(follower->at.x, &follower->moving_x, &follower->settled_x, &sight->x, band);
  follower->at.y =
      follow_axis(follower->at.y, &follower->moving_y, &follower->settled_y, &sight->y, band);
  follow_height(follower, &sight->height, sight->dt);
}
