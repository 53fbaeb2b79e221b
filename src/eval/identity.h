/*
 * Whether who was found is who it is, over the whole video. Pure.
 *
 * IDF1 after Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking",
 * 2016; switches after Bernardin and Stiefelhagen, "Evaluating Multiple Object Tracking Performance: The CLEAR
 * MOT Metrics", 2008; HOTA after Luiten et al., "HOTA: A Higher Order Metric for Evaluating Multi-Object
 * Tracking", 2021.
 */
#ifndef DF_EVAL_IDENTITY_H
#define DF_EVAL_IDENTITY_H

#include "eval/record.h"

/** Counts of faces that are asked for and of found ones that are not left out. NAN: nothing to judge. */
struct df_identity_score {
  size_t true_faces, found_faces;
  size_t
      matched; /* faces that were found as the one whom they are paired with over the whole video */
  double idf1; /* 0..1 */
  long long switches; /* a true face is paired with another found id than the last time */
};

/** The means over the overlaps 0.05, 0.10, ... 0.95 that a match may need; 0..1. NAN: nothing to judge. */
struct df_hota {
  double hota, detection, association; /* HOTA, DetA, AssA */
};

/** 0 or DF_ENOMEM. `record` has been through df_match_leave_out. */
int df_identity_measure(
    const struct df_record *record, struct df_identity_score *ret_identity, struct df_error *err);
int df_hota_measure(const struct df_record *record, struct df_hota *ret_hota, struct df_error *err);

#endif
