/*
 * The ledger: every job that was ever ordered, what became of it and who works on it now. An SQLite file
 * that any number of processes share; each call is one transaction, so whoever is killed leaves it whole.
 *
 *   waiting -> running -> done
 *                |    \-> failed        an error; retry makes it wait again
 *                |    \-> waiting       stopped, to be taken up again
 *                \------> quarantined   its process was killed three times while it worked on it
 *
 * A job is held by the process that claimed it. When that is gone, anybody may claim it: a process of this
 * machine is looked for (jobs/owner.h), of others only the age of the last beat is known.
 *
 * A ledger may be used by many threads, one at a time is served; it must not be used after a fork, where the
 * child opens its own. The file must not lie on a network file system: SQLite's log needs shared memory.
 */
#ifndef DF_JOBS_LEDGER_H
#define DF_JOBS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "jobs/identity.h"

/** The states of a job, and their names in lower case. The numbers stand in the file. */
enum df_job_state {
  DF_JOB_WAITING,
  DF_JOB_RUNNING,
  DF_JOB_DONE,
  DF_JOB_FAILED,
  DF_JOB_QUARANTINED,
  DF_JOB_STATES,
};
extern const char *const df_job_state_names[DF_JOB_STATES];

enum {
  DF_JOB_ALL = (1 << DF_JOB_STATES) - 1, /* the set of all states, one bit each */
  DF_JOB_ATTEMPTS_MAX = 3,               /* killed so often, a job is quarantined */
  DF_JOB_DEATHS_TOGETHER = 2,            /* and from so many on it is worked on alone */
};

struct df_ledger;

/** 0 where the default is meant. */
struct df_ledger_options {
  double patience; /* seconds to wait for a process that writes; default 10 */
  double silence;  /* seconds without a beat after which an owner elsewhere is gone; default 120 */
};

/** What is to be done. Borrows all. */
struct df_job_order {
  const struct df_identity *input;
  const char *output;  /* absolute, see df_identity_place */
  const char *options; /* canonical: the same text where the same comes out */
};

/** A job as it stands. Times are seconds since 1970 by the wall clock, 0: not yet. Texts belong to it. */
struct df_job {
  int64_t id;
  enum df_job_state state;
  struct df_job_input {
    const char *path;
    int64_t size, mtime_ns;
    uint8_t sum[DF_SHA256_BYTES];
  } input;
  const char *output, *options;
  int64_t output_size, output_mtime_ns; /* as it was when the job was done */
  const char *host;                     /* of who works on it or did last; NULL: nobody yet */
  int64_t pid;
  bool lost; /* running, but its owner is gone: it may be claimed */
  double heartbeat;
  int64_t frames, frames_total;         /* total 0: not known */
  int attempts;                         /* claims since it last came to an end */
  int error_code;                       /* of the last error; 0: none */
  const char *first_error, *last_error; /* NULL: none */
  double created, started, finished;    /* `started`: of the last attempt */
  double seconds;                       /* of work, all attempts together, by a steady clock */
};

/** Accepts NULL, sets *job to NULL. */
void df_job_destroy(struct df_job **job);

/**
 * Opens the ledger at `path`, making it when there is none (its folder must be there) and bringing an older
 * one up to date. `options` may be NULL.
 *
 * DF_EINPUT: damaged, made by a newer version, or no ledger at all. DF_EOUTPUT: cannot be written, or locked for
 * longer than the patience. DF_ENOSPACE: the disk is full. All calls below may end with these as well.
 */
int df_ledger_open(const char *path, const struct df_ledger_options *options,
    struct df_ledger **ret_ledger, struct df_error *err);

/** Jobs of this process that run go on being its own. Accepts NULL, sets *ledger to NULL. */
void df_ledger_close(struct df_ledger **ledger);

/**
 * As df_identity_read, but does not read the content of a file that a job of the ledger has had as its input,
 * unchanged since.
 */
int df_ledger_identify(struct df_ledger *ledger, const char *path, struct df_identity *ret_identity,
    struct df_error *err);

/**
 * Adds a job, waiting; or finds the one with the same input content, output and options, whatever its state.
 * One that is done waits again when its output is gone or is not what it was. An input that moved is known by
 * its new path from then on. The caller owns *ret_job.
 *
 * Returns 1 when the job is new, 0 when it was there.
 */
int df_ledger_add(struct df_ledger *ledger, const struct df_job_order *order,
    struct df_job **ret_job, struct df_error *err);

/** What a claim comes to. */
enum df_claim {
  DF_CLAIM_NONE,  /* none may be taken */
  DF_CLAIM_TAKEN, /* one was */
  DF_CLAIM_LATER, /* none now, but when jobs of this process that run have ended */
};

/**
 * Takes the first of the `count` jobs, in this order, that waits or whose owner is gone, for this process.
 * No other process can take the same one. One that was killed with its owner DF_JOB_ATTEMPTS_MAX times is
 * quarantined instead. What is not in the ledger (any more) is passed over.
 *
 * One that was under way when its process died may be what killed it. After the first death it is taken like any
 * other: that a machine was switched off or memory ran out is no reason to work on one video at a time. What was
 * under way at DF_JOB_DEATHS_TOGETHER deaths is taken only while this process has no other at work, and none is
 * beside it. So no job is quarantined that did not end the program alone.
 *
 * Returns an enum df_claim, with *ret_job, which the caller owns, when one was taken.
 */
int df_ledger_claim(struct df_ledger *ledger, const int64_t *ids, size_t count,
    struct df_job **ret_job, struct df_error *err);

/**
 * Calls `quarantined` (NULL: nobody) for each job that a claim of this ledger quarantines, as it was before; the job
 * is borrowed for the call, which must not call the ledger. Before other threads use the ledger.
 */
void df_ledger_on_quarantine(struct df_ledger *ledger,
    void (*quarantined)(void *context, const struct df_job *job), void *context);

/**
 * Says that this process still works on a job, and how far it is. To be called every few seconds.
 * DF_ECLOSED: the job is no longer its own (taken over or forgotten), and it should stop.
 */
int df_ledger_beat(struct df_ledger *ledger, int64_t id, int64_t frames, int64_t frames_total,
    struct df_error *err);

/**
 * Ends the work of this process on a job: DF_JOB_DONE, with size and time of the output as it is now;
 * DF_JOB_FAILED for the reason `why`; or DF_JOB_WAITING, stopped, `why` may be NULL. Attempts count anew.
 * That somebody stopped it (DF_ESTOPPED) is not kept as an error of the job.
 * DF_ECLOSED as above; DF_EOUTPUT when a job that is done has no output, and it then is still running.
 */
int df_ledger_finish(struct df_ledger *ledger, int64_t id, enum df_job_state state,
    const struct df_error *why, struct df_error *err);

/**
 * Makes a job that failed, is quarantined or lost wait again; one that waits goes on waiting. DF_EUSAGE when it is
 * running or done, or when there is none.
 */
int df_ledger_retry(struct df_ledger *ledger, int64_t id, struct df_error *err);

/** Removes a job from the ledger; its files stay. DF_EUSAGE when it is running, or when there is none. */
int df_ledger_forget(struct df_ledger *ledger, int64_t id, struct df_error *err);

/** Gets a job, which the caller owns. DF_EUSAGE when there is none. */
int df_ledger_show(
    struct df_ledger *ledger, int64_t id, struct df_job **ret_job, struct df_error *err);

/** Receives a job, borrowed for the call. Must not call the ledger. Other than 0 ends the list. */
typedef int df_job_fn(void *context, const struct df_job *job);

/**
 * Hands the jobs in the states of the set `states` (bits) to `receive`: in order of their ids, where not all
 * states are wanted state by state. Returns 0, or what `receive` returned.
 */
int df_ledger_list(struct df_ledger *ledger, unsigned states, df_job_fn *receive, void *context,
    struct df_error *err);

/** As df_ledger_list, of the `most` jobs that were added last, in order of their ids; takes no longer with many others. */
int df_ledger_list_latest(struct df_ledger *ledger, unsigned states, int most, df_job_fn *receive,
    void *context, struct df_error *err);

/** How many jobs are in each state. */
int df_ledger_count(
    struct df_ledger *ledger, int64_t ret_counts[DF_JOB_STATES], struct df_error *err);

#endif
