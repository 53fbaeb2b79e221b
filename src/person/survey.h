/*
 * The first of two passes over a video: sees every frame once, asks for a few good looks at every stretch of a track,
 * and says at the end who is who in all of it, from the first frame to the last (plan.h).
 *
 * Pure: no pixels, clock, threads or I/O. Like df_identifier a frame takes two calls, and what it is given decides what
 * comes out, bit for bit. It keeps no frames: memory grows with the number of stretches.
 *
 * Stretches of tracks are joined to people by clustering the means of their looks (average linkage); two that were seen
 * at the same time are never one person. Those without a usable look follow the track they belong to, or who was last
 * seen at their place.
 */
#ifndef DF_PERSON_SURVEY_H
#define DF_PERSON_SURVEY_H

#include "person/identifier.h"
#include "person/plan.h"

struct df_survey;

/** NULL when memory runs out. `options->settle` is not looked at. */
struct df_survey *df_survey_create(const struct df_identifier_options *options);
void df_survey_destroy(struct df_survey **survey);

/** Names the person of a seat by an embedding of a photo, as df_identifier_name does. 0 or DF_EUSAGE. */
int df_survey_name(
    struct df_survey *survey, enum df_seat seat, const struct df_embedding *embedding);

/** Begins a frame, with the arguments of df_identifier_ask. Returns how many questions there are, or DF_ENOMEM. */
int df_survey_ask(struct df_survey *survey, double t, bool cut, const struct df_face *faces,
    const struct df_tracked *tracked, size_t count, struct df_ask ret_asks[DF_ASK_MAX]);

/** Ends the frame with looks at its faces, whether they were asked for or not. 0 or DF_ENOMEM. */
int df_survey_tell(struct df_survey *survey, const struct df_answer *answers, size_t count);

/** Ends the survey and decides. The caller owns *ret_plan. 0 or DF_ENOMEM. */
int df_survey_solve(struct df_survey *survey, struct df_plan **ret_plan);

#endif
