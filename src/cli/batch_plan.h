/*
 * From the inputs of a command line to jobs in the ledger: which videos there are, what each one's result is called,
 * and what is left to do. Internal to cli/.
 */
#ifndef DF_CLI_BATCH_PLAN_H
#define DF_CLI_BATCH_PLAN_H

#include <stdbool.h>

#include "config/options.h"
#include "jobs/inputs.h"
#include "jobs/ledger.h"

/** What results have between the video's name and their extension. */
extern const char df_plan_suffix[];

/** Why something that was named is not among the jobs to do. */
enum df_leftover {
  DF_LEFT_SKIPPED, /* no video, or named before */
  DF_LEFT_REFUSED, /* an input that cannot be used */
  DF_LEFT_DONE,    /* in an earlier run, with the same options */
  DF_LEFT_TAKEN,   /* another process is at it */
  DF_LEFTOVERS
};

struct df_plan {
  int64_t *ids; /* the jobs, in order; own */
  size_t count;
  long long frames;               /* of all of them, estimated; 0: not known */
  long long frames_before;        /* of those done in earlier runs */
  size_t leftovers[DF_LEFTOVERS]; /* how many of each */
};

/** Told of each input that is left over, with the reason where there is one, else NULL. */
typedef void df_leftover_fn(
    void *context, enum df_leftover kind, const char *path, const char *reason);

/** Called before each input that is looked at; false ends the planning. */
typedef bool df_plan_fn(void *context);

/**
 * Plans what `options` (of run, with `output` a folder, made when there is none) ask for. Reads the beginning of every
 * video. Jobs that failed before wait again. DF_EUSAGE, DF_EINPUT, DF_EOUTPUT, the ledger's errors, or DF_ESTOPPED.
 */
int df_plan_make(const struct df_options *options, struct df_ledger *ledger, df_plan_fn *goes_on,
    df_leftover_fn *tell, void *context, struct df_plan *ret_plan, struct df_error *err);
/** The same for one video after the other, as they come. */
struct df_planner;

/** Borrows all until the end; makes the folder for the results. `plan` counts what is left over. */
int df_planner_create(const struct df_options *options, struct df_ledger *ledger,
    df_leftover_fn *tell, void *context, struct df_plan *plan, struct df_planner **ret_planner,
    struct df_error *err);
void df_planner_destroy(struct df_planner **planner);
/** 1 with a job to do in *ret_id, 0 when the video is left over, else an error that is not the video's. */
int df_planner_order(struct df_planner *planner, const struct df_candidate *candidate,
    int64_t *ret_id, struct df_error *err);

/** Says what a job in quarantine is; returns `text`. */
const char *df_plan_quarantine_text(const struct df_job *job, char *text, size_t size);

void df_plan_release(struct df_plan *plan);

#endif
