/*
 * Numbers and times as people write them. They look the same in every locale: digits with at most one point, no
 * exponent, no blanks. Pure.
 */
#ifndef DF_BASE_NUMBER_TEXT_H
#define DF_BASE_NUMBER_TEXT_H

/** Reads a number at the start of `text`; returns what follows it, NULL when there is none. */
const char *df_number_scan(const char *text, double *ret_number);

/**
 * Reads a time at the start of `text`, in seconds: a number, or up to three fields between colons, of which all
 * but the first stay under 60 (90, 1:30.5, 1:02:03). Returns what follows it, NULL when there is none.
 */
const char *df_time_scan(const char *text, double *ret_seconds);

#endif
