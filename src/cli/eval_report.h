/* What came of `dualface eval`: a table for people, a line of JSON for programs (docs/eval.md). */
#ifndef DF_CLI_EVAL_REPORT_H
#define DF_CLI_EVAL_REPORT_H

#include <stdio.h>

#include "config/options.h"
#include "eval/eval.h"

void df_eval_report(FILE *out, const struct df_evaluation *evaluation);

/** One line, flushed. Without figures where `error` says that there are none. */
void df_eval_report_json(FILE *out, const struct df_options *options,
    const struct df_evaluation *evaluation, const struct df_error *error);

#endif
