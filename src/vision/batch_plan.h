/*
 * Which waiting pictures go into the next batch, and when: what the inference thread (batcher.c) asks
 * each time it looks up. Pure: times come in as numbers, nothing is waited for here.
 *
 * Shares are kept by start-time fair queueing (Goyal, Vin and Cheng, "Start-Time Fair Queuing: A Scheduling
 * Algorithm for Integrated Services Packet Switching Networks", 1996): each client has a virtual time that
 * its pictures move forward by 1/weight, and the one that is least far goes first.
 */
#ifndef DF_VISION_BATCH_PLAN_H
#define DF_VISION_BATCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>

/** What is remembered of one client. Zero-initialise, then set `weight`, `width` and `height`. */
struct df_batch_share {
  double weight;     /* > 0 */
  double served;     /* its virtual time: pictures served, each divided by the weight */
  int width, height; /* of its input; only equal ones make a batch */
  bool full; /* can submit no more before it takes results, so it is not worth waiting for */
  size_t
      waiting; /* its pictures that wait; those of the arrays below, filled in by df_batch_plan */
};

/** One picture that waits. */
struct df_batch_request {
  size_t client; /* its place among the shares */
  double since;  /* seconds; a client's pictures are given in the order they came */
};

struct df_batch_rules {
  size_t most; /* pictures a batch, > 0 */
  double wait; /* seconds the oldest waits for company */
};

/**
 * Chooses the next batch at time `now`: the places in `requests` of at most rules->most pictures of one size,
 * in ret_chosen, and moves their clients' virtual times forward. A size is due when it has as many as a batch
 * holds, when its oldest has waited, or when none of its clients can submit more; of the sizes that are due
 * the one of the client least served goes first. *virtual_time, 0 at first, becomes what of all clients is
 * served now.
 *
 * Returns how many were chosen. 0: none is due before *ret_wait seconds from now (INFINITY: none waits).
 */
size_t df_batch_plan(const struct df_batch_request *requests, size_t count,
    struct df_batch_share *shares, size_t clients, const struct df_batch_rules *rules, double now,
    double *virtual_time, size_t *ret_chosen, double *ret_wait);

/** To be called when a client that had nothing waiting submits: it makes no claim for the time in which it
 * wanted nothing. */
void df_batch_enter(struct df_batch_share *share, double virtual_time);

/** How many pictures a batch may hold, as the device's memory has let it so far. */
struct df_batch_limit {
  size_t most;   /* now, > 0 */
  size_t wanted; /* while memory suffices */
  int good;      /* full batches since `most` was last changed */
  int patience; /* so many until more are tried again; twice as many each time that memory ran out */
};

enum { DF_BATCH_PATIENCE = 512 };

/** `patience` > 0: full batches that must go well before more are tried, at first. */
void df_batch_limit_init(struct df_batch_limit *limit, size_t wanted, int patience);
/** Memory ran out for a batch of `count` (> 1) pictures: half of them from now on. */
void df_batch_limit_shrink(struct df_batch_limit *limit, size_t count);
/** A batch of `count` pictures went well: true when so many did that from now on there may be twice as many. */
bool df_batch_limit_learn(struct df_batch_limit *limit, size_t count);

/** Batch sizes that are tried and run; a batch of another size is filled up to the next of them. */
enum { DF_BATCH_SIZES = 4, DF_BATCH_MOST = 8 };
extern const int df_batch_sizes[DF_BATCH_SIZES]; /* 1, 2, 4, 8 */

/** The least of them that holds `count` (1..DF_BATCH_MOST) pictures. */
int df_batch_padded(int count);

/**
 * The smallest batch that reaches 95 % of the best throughput: seconds[i] is what a run of df_batch_sizes[i]
 * pictures took. Sizes that could not be run have a time that is not above 0; 1 when none could.
 */
int df_batch_best(const double seconds[DF_BATCH_SIZES]);

#endif
