/*
 * Jobs as people and programs see them: a table of at most 100 columns, one job in full, and lines of JSON
 * (docs/cli.md). Whatever names have in them, a job never takes more than its line.
 */
#ifndef DF_CLI_JOBS_REPORT_H
#define DF_CLI_JOBS_REPORT_H

#include <stdio.h>

#include "jobs/ledger.h"

/** The table's first line. */
void df_jobs_report_head(FILE *out);
/** One line of the table. */
void df_jobs_report_line(FILE *out, const struct df_job *job);
/** Everything that is known of a job. */
void df_jobs_report_whole(FILE *out, const struct df_job *job);
/** "... and 99,800 earlier ones; --all lists them". */
void df_jobs_report_more(FILE *out, int64_t count);
/** "5 jobs: 2 waiting, 3 done". */
void df_jobs_report_counts(FILE *out, const int64_t counts[DF_JOB_STATES]);

/** The line {"type":"job",...}. */
void df_jobs_report_json(FILE *out, const struct df_job *job);

#endif
