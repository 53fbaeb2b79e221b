/*
 * Tells cuts from motion by the differences of neighbouring frames alone.
 *
 * A cut is a difference that is large in itself and stands out of what the shot has shown so far.
 * It knows no pixels and no future: a flash is one cut at most, because the way back from it comes
 * too soon.
 */
#include "camera/cut.h"

#include <math.h>
#include <string.h>

static const float floor_difference = 0.25f; /* below this nothing is a cut */
static const float sure_difference = 0.80f;  /* at and above this everything is one */
static const float times_median = 2.5f;
static const float above_median = 0.10f;
enum { SHORTEST_SHOT = 5 }; /* frames */

static float median(const struct df_cut_detector *detector)
{
  float sorted[DF_CUT_HISTORY];
  int count = detector->filled;
  for (int i = 0; i < count; i++) {
    int at = i;
    for (; at > 0 && sorted[at - 1] > detector->history[i]; at--)
      sorted[at] = sorted[at - 1];
    sorted[at] = detector->history[i];
  }
  return count > 0 ? sorted[count / 2] : 0;
}

static void remember(struct df_cut_detector *detector, float difference)
{
  detector->history[detector->next] = difference;
  detector->next = (detector->next + 1) % DF_CUT_HISTORY;
  if (detector->filled < DF_CUT_HISTORY)
    detector->filled++;
}

static float threshold(const struct df_cut_detector *detector)
{
  float level = times_median * median(detector) + above_median;
  return fminf(fmaxf(level, floor_difference), sure_difference);
}

bool df_cut_next(struct df_cut_detector *detector, float difference)
{
  float d = isfinite(difference) ? fminf(fmaxf(difference, 0), 1) : 0;
  bool early = detector->since_cut > 0 && detector->since_cut < SHORTEST_SHOT;
  bool cut = !early && d >= threshold(detector);
  if (cut)
    detector->since_cut = 1;
  else if (detector->since_cut > 0 && detector->since_cut < SHORTEST_SHOT)
    detector->since_cut++;
  /* A cut, and the way back from a flash, say nothing about the motion of the shot. */
  if (!cut && d < threshold(detector))
    remember(detector, d);
  return cut;
}
