/* Chooses the detector's input size from the faces of the pictures before. Looks at no pixel. */
#include "vision/effort.h"

const int df_effort_areas[DF_EFFORT_LEVELS] = {
    640 * 384, 512 * 288, 352 * 192, 288 * 160, 224 * 128};

/* A face this high in the input is found as surely, and placed as well, as in a larger one: the detector
   was seen to find all from 16 pixels on, the rest is margin for turned and blurred ones. */
static const float face_floor = 24;

/* A difference from which on another shot, or something quick, is likely; talking stays below 0.1. */
static const float restless = 0.2f;

enum {
  CALM_PICTURES = 10, /* before less is tried */
  FULL_EVERY = 30,    /* pictures from one close look to the next */
  SEEK_EVERY = 8, /* while there are fewer faces than there were in this shot: one may come back */
  GONE_AFTER = 900, /* and is not waited for any longer */
};

void df_effort_init(
    struct df_effort *effort, const float scales[DF_EFFORT_LEVELS], float sure_score)
{
  *effort = (struct df_effort){.sure_score = sure_score};
  for (int i = 0; i < DF_EFFORT_LEVELS; i++)
    effort->scales[i] = scales[i];
}

static void look_closely(struct df_effort *effort)
{
  effort->level = 0;
  effort->calm = 0;
}

int df_effort_next(struct df_effort *effort, float difference)
{
  if (difference > restless) {
    look_closely(effort);
    effort->most = 0;
  }
  int every = effort->faces < effort->most ? SEEK_EVERY : FULL_EVERY;
  if (effort->level == 0 || ++effort->since_full >= every) {
    effort->since_full = 0;
    return 0;
  }
  return effort->level;
}

/* The least effort at which a face of this height is still large enough. */
static int level_for(const struct df_effort *effort, float height)
{
  int level = 0;
  while (level + 1 < DF_EFFORT_LEVELS && height * effort->scales[level + 1] >= face_floor)
    level++;
  return level;
}

void df_effort_learn(struct df_effort *effort, const struct df_face *faces, size_t count)
{
  size_t sure = 0;
  float smallest = 0;
  for (size_t i = 0; i < count; i++) {
    if (!(faces[i].score >= effort->sure_score))
      continue;
    if (sure++ == 0 || faces[i].box.h < smallest)
      smallest = faces[i].box.h;
  }
  bool missed = sure == 0 || sure < effort->faces;
  effort->faces = sure;
  if (sure >= effort->most || ++effort->away > GONE_AFTER) {
    effort->most = sure;
    effort->away = 0;
  }
  int enough = missed ? 0 : level_for(effort, smallest);
  if (enough < effort->level)
    effort->level = enough;
  if (enough <= effort->level)
    effort->calm = 0;
  else if (++effort->calm >= CALM_PICTURES) {
    effort->level = enough;
    effort->calm = 0;
  }
}
