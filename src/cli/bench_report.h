/* What came of `dualface bench`: a table for people, a line of JSON for programs (docs/cli.md). */
#ifndef DF_CLI_BENCH_REPORT_H
#define DF_CLI_BENCH_REPORT_H

#include <stdio.h>

#include "config/options.h"
#include "pipeline/bench.h"

void df_bench_report(
    FILE *out, const struct df_options *options, const struct df_bench_result *result);

/** One line, flushed. Without results where `error` says that there are none. */
void df_bench_report_json(FILE *out, const struct df_options *options,
    const struct df_bench_result *result, struct df_log *log, const struct df_error *error);

#endif
