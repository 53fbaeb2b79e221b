/*
 * Who is who in a whole video, once all of it has been seen: which track is which person from when to when, and who has
 * the seats. Made by df_survey_solve. Pure; unchanging, so that any number of threads may read it.
 */
#ifndef DF_PERSON_PLAN_H
#define DF_PERSON_PLAN_H

#include <stddef.h>

#include "base/seat.h"
#include "person/identifier.h"

struct df_plan;

/** Accepts NULL, sets *plan to NULL. */
void df_plan_destroy(struct df_plan **plan);

/**
 * Who the faces of frame `frame` (from 0) are: ret_person[i] is the person of track tracked[i].track, or DF_NOBODY. No
 * person twice.
 */
void df_plan_people_of(const struct df_plan *plan, long frame, const struct df_tracked *tracked,
    size_t count, int *ret_person);

/** Who has the seats, in every frame; DF_NOBODY where there is nobody to have it. */
void df_plan_seats(const struct df_plan *plan, int ret_person[DF_SEATS]);

/** How many people there are; they are numbered from 0 in the order in which they come. */
size_t df_plan_people(const struct df_plan *plan);

#endif
