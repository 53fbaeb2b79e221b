/*
 * Asks for looks early in a stretch, then at growing intervals, and whenever a face is seen clearly better than in any
 * look so far.
 */
#include "person/survey.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "person/solve.h"

/* Seconds between two questions about a stretch: while it has no fair look, then, growing up to the most. */
static const double first_interval = 0.1, interval_growth = 1.6, interval_most = 10;
/* So long only fair faces are asked about. */
static const double patience = 0.4;
/* A face that much better is asked about out of turn, but not more often than this. */
static const float better = 0.15f;
static const double better_interval = 0.2;

struct df_survey {
  struct df_identifier_options options;
  struct df_tracklets tracklets;
  struct df_gallery photos[DF_SEATS];
};

struct df_survey *df_survey_create(const struct df_identifier_options *options)
{
  struct df_survey *survey = calloc(1, sizeof *survey);
  if (!survey)
    return NULL;
  survey->options = *options;
  if (!(survey->options.threshold > 0))
    survey->options.threshold = 0.363f;
  df_tracklets_init(
      &survey->tracklets, options->picture_width, options->picture_height, options->fps);
  return survey;
}

void df_survey_destroy(struct df_survey **survey)
{
  if (!*survey)
    return;
  df_tracklets_finish(&(*survey)->tracklets);
  free(*survey);
  *survey = NULL;
}

int df_survey_name(
    struct df_survey *survey, enum df_seat seat, const struct df_embedding *embedding)
{
  struct df_embedding unit = *embedding;
  df_embedding_normalise(&unit);
  if (unit.dimensions <= 0)
    return DF_EUSAGE;
  df_gallery_add(&survey->photos[seat], &unit, 1, true);
  return 0;
}

static bool wants(const struct df_live_track *live, double t)
{
  if (live->track == 0 || !live->visible || live->quality < DF_QUALITY_LEAST)
    return false;
  if (live->tail.fair_looks == 0) {
    double waited = t - live->tail.begins;
    return t >= live->ask_at && (live->quality >= DF_QUALITY_FAIR || waited >= patience);
  }
  if (live->quality < DF_QUALITY_FAIR)
    return false;
  return t >= live->ask_at ||
         (live->quality >= live->asked_quality + better && t >= live->hurry_at);
}

static void note_asked(struct df_live_track *live, double t)
{
  live->interval = fmin(fmax(live->interval * interval_growth, first_interval), interval_most);
  live->ask_at = t + live->interval;
  live->hurry_at = t + better_interval;
  live->asked_quality = fmaxf(live->asked_quality, live->quality);
}

/* Who has fewest looks first, then the best face. */
static struct df_live_track *most_wanted(struct df_tracklets *tracklets)
{
  struct df_live_track *best = NULL;
  for (int i = 0; i < DF_LIVE_TRACKS; i++) {
    struct df_live_track *live = &tracklets->live[i];
    if (!wants(live, tracklets->t))
      continue;
    if (!best || live->tail.fair_looks < best->tail.fair_looks ||
        (live->tail.fair_looks == best->tail.fair_looks && live->quality > best->quality))
      best = live;
  }
  return best;
}

int df_survey_ask(struct df_survey *survey, double t, bool cut, const struct df_face *faces,
    const struct df_tracked *tracked, size_t count, struct df_ask ret_asks[DF_ASK_MAX])
{
  struct df_tracklets *tracklets = &survey->tracklets;
  if (df_tracklets_observe(tracklets, t, cut, faces, tracked, count) < 0)
    return DF_ENOMEM;
  int asked = 0;
  struct df_live_track *live;
  while (asked < DF_ASK_MAX && (live = most_wanted(tracklets))) {
    bool first = live->tail.looks == 0;
    note_asked(live, tracklets->t);
    ret_asks[asked++] = (struct df_ask){
        .face = live->face, .track = live->track, .why = first ? DF_ASK_BORN : DF_ASK_REFRESH};
  }
  return asked;
}

int df_survey_tell(struct df_survey *survey, const struct df_answer *answers, size_t count)
{
  int result = 0;
  for (size_t i = 0; i < count && result == 0; i++) {
    if (answers[i].later)
      df_tracklets_ask_again(&survey->tracklets, answers[i].track);
    else
      result = df_tracklets_look(&survey->tracklets, &answers[i]);
  }
  return result;
}

int df_survey_solve(struct df_survey *survey, struct df_plan **ret_plan)
{
  int result = df_tracklets_end(&survey->tracklets);
  if (result < 0)
    return result;
  return df_solve(&survey->tracklets, &survey->options, survey->photos, ret_plan);
}
