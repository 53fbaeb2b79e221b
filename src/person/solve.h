/* From the tracklets of a whole video to its plan; shared by the files that solve. Internal to person/. Pure. */
#ifndef DF_PERSON_SOLVE_H
#define DF_PERSON_SOLVE_H

#include "person/plan.h"
#include "person/seats.h"
#include "person/tracklets.h"

/** A stretch of a track. */
struct df_stretch {
  int track;
  long first, last;
  double dwell;
  int person; /* or DF_NOBODY */
};

struct df_plan {
  struct df_stretch *spans; /* by track, then by frame */
  size_t span_count;
  size_t people_count;
  int seat_person[DF_SEATS];
};

struct df_solver {
  const struct df_tracklets *tracklets;
  float threshold;
  double width, height; /* of the picture, displayed pixels */
  bool swap;
  const struct df_gallery *photos; /* one a seat */
  int *cluster;    /* of each tracklet: the tracklet that stands for its cluster, or -1 */
  size_t *by_time; /* tracklets in the order in which they begin */
  double *longest; /* for each of by_time: the latest end of those up to it */
};

/** Decides all of it. `photos` is one gallery a seat. The caller owns *ret_plan. 0 or DF_ENOMEM. */
int df_solve(const struct df_tracklets *tracklets, const struct df_identifier_options *options,
    const struct df_gallery photos[DF_SEATS], struct df_plan **ret_plan);

/** Whether two tracklets were seen at the same time, so cannot be one person. */
bool df_tracklets_apart(const struct df_tracklet *a, const struct df_tracklet *b);

/** How many of by_time begin at or before `t`. */
size_t df_solver_begun_by(const struct df_solver *solver, double t);

/** Whether any tracklet of `cluster` was seen together with tracklet `i`. */
bool df_solver_apart(const struct df_solver *solver, size_t i, int cluster);

/** Gives tracklets with looks their clusters (solve_looks.c). 0 or DF_ENOMEM. */
int df_solver_cluster_looks(struct df_solver *solver);

/** And the others, by place and motion (solve_places.c). 0 or DF_ENOMEM. */
int df_solver_follow_places(struct df_solver *solver);

/**
 * Numbers the people, writing to ret_person[i] that of the cluster for which tracklet i stands, and gives the seats
 * (solve_seats.c). 0 or DF_ENOMEM.
 */
int df_solver_seat(struct df_solver *solver, struct df_plan *plan, int *ret_person);

#endif
