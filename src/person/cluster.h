/*
 * Agglomerative clustering with average linkage under constraints: the two most alike clusters become one,
 * again and again, unless some of one must be apart from some of the other (cannot-link: Wagstaff et al.,
 * "Constrained K-means Clustering with Background Knowledge", ICML 2001). Internal to person/. Pure.
 */
#ifndef DF_PERSON_CLUSTER_H
#define DF_PERSON_CLUSTER_H

#include <stddef.h>

/** The likeness of two that must be apart, whatever else they are. */
#define DF_APART (-1e9f)

/**
 * Joins items until no two clusters are at least as alike as `least`. `likeness` is a symmetric table of
 * count x count, which is overwritten: afterwards it holds, at their first items, that of the clusters
 * that are left. `weight` (above 0) says how much an item counts in the mean, and is summed up. Writes to
 * ret_cluster[i] the first item of the cluster that item i is in. Of equally alike pairs the one that comes
 * first is joined. 0 or DF_ENOMEM.
 */
int df_cluster(size_t count, float *likeness, double *weight, float least, size_t *ret_cluster);

/** Makes one cluster of two in what df_cluster has left: `from` becomes part of `to`, both being first items. */
void df_cluster_join(
    size_t count, float *likeness, double *weight, size_t *cluster, size_t to, size_t from);

#endif
