/*
 * All decisions of one video in their order: cut, track, identify, seat, direct. Pure: what it is given
 * are observations, what comes out are lines of the tracks file; the same observations give the same
 * lines, bit for bit, whether they come from a detector or from a log.
 *
 * A video may be decided in two passes: a survey, whose frames come back at once and undecided, and of which a plan is
 * made at the end (person/plan.h); then all of it again by that plan, from the same observations.
 *
 * A frame takes two calls: df_decider_see with the faces, df_decider_answer with the embeddings that it
 * asked for. Decided frames come back in order by df_decider_pop, later by the look-ahead.
 */
#ifndef DF_PIPELINE_DECIDER_H
#define DF_PIPELINE_DECIDER_H

#include <stdbool.h>

#include "camera/director.h"
#include "person/fixes.h"
#include "person/identifier.h"
#include "person/plan.h"
#include "pipeline/observation.h"
#include "pipeline/tracks.h"

struct df_decider_options {
  /* Corrections by hand, borrowed for the decider's life, NULL: none; and what of their time is t = 0. */
  const struct df_fixes *fixes;
  double fixes_start;
  struct df_director_options director;
  struct df_identifier_options identifier;
  struct df_rational time_base;
  int64_t start_pts;          /* where t is 0 */
  float high_score;           /* a detection at or above is surely a face */
  bool survey;                /* the first of two passes */
  const struct df_plan *plan; /* the second: by this one, borrowed; NULL: neither */
};

struct df_decider;

/** NULL when memory runs out. */
struct df_decider *df_decider_create(const struct df_decider_options *options);
void df_decider_destroy(struct df_decider **decider);

/**
 * Names the person of a seat by an embedding of a photo, before the first frame; not by a plan, for which that was
 * done. 0, or DF_EUSAGE when the embedding is none.
 */
int df_decider_name(
    struct df_decider *decider, enum df_seat seat, const struct df_embedding *embedding);

/**
 * Begins the next frame (of `observation` the answers are not looked at). Writes what it asks for and
 * returns how many, or DF_ENOMEM. `observation` is borrowed until df_decider_answer returns.
 */
int df_decider_see(struct df_decider *decider, const struct df_observation *observation,
    struct df_ask ret_asks[DF_ASK_MAX]);

/** Ends the frame with the answers in the order of the questions. 0 or DF_ENOMEM. */
int df_decider_answer(struct df_decider *decider, const struct df_answer *answers, size_t count);

/** Who has the halves at the newest frame, corrected by hand. */
void df_decider_seats(const struct df_decider *decider, int ret_person[DF_SEATS]);

/** Says that no more frames follow. 0 or DF_ENOMEM. */
int df_decider_finish(struct df_decider *decider);

/** Ends a survey, after df_decider_finish. The caller owns *ret_plan. 0 or DF_ENOMEM. */
int df_decider_solve(struct df_decider *decider, struct df_plan **ret_plan);

/** What is known of the people by now; none in a survey. */
struct df_decider_people {
  size_t count;
  size_t switches; /* identity switches */
};
void df_decider_people(const struct df_decider *decider, struct df_decider_people *ret_people);

/** Takes the oldest decided frame: 1 with one, 0 when more must be seen first. */
int df_decider_pop(struct df_decider *decider, struct df_tracks_frame *ret_frame);

#endif
