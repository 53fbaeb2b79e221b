/* `dualface bench`: measures the pipeline on given videos; writes none. */
#include "base/clock.h"
#include "cli/bench_report.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/report.h"
#include "cli/stop.h"

#include <stdlib.h>

struct run {
  struct df_options options;
  struct df_console console;
  struct df_log *log;
  struct df_bench_result result;
  struct df_error err;
  atomic_bool stop;
};

static void measure(struct run *r)
{
  const struct df_options *o = &r->options;
  struct df_bench_options options = {
      .task = &o->task,
      .inputs = o->inputs,
      .input_count = o->input_count,
      .streams = o->streams,
      .seconds = o->seconds,
      .rate = o->rate,
      .loop = o->loop,
  };
  df_stop_watch(&r->stop);
  int code = df_bench_run(&options, r->log, &r->stop, &r->result, &r->err);
  if (code < 0)
    df_fail(&r->err, code, "%s", df_error_text(code)); /* keeps the sentence that is there */
  df_stop_release();
}

static void report(struct run *r)
{
  bool failed = r->err.code != 0;
  if (failed)
    df_console_say(&r->console, DF_LOG_ERROR, r->err.text);
  if (r->options.json)
    df_bench_report_json(stdout, &r->options, &r->result, r->log, &r->err);
  else if (!failed && !r->options.quiet)
    df_bench_report(stdout, &r->options, &r->result);
}

static enum df_exit run(struct run *r)
{
  df_console_init(&r->console, r->options.quiet, false);
  r->log = df_log_create(DF_LOG_NOTE, df_console_say, &r->console);
  if (r->log)
    measure(r);
  else
    df_fail(&r->err, DF_ENOMEM, "out of memory");
  report(r);
  df_log_destroy(&r->log);
  df_console_finish(&r->console);
  return df_cli_exit(r->err.code);
}

enum df_exit df_cli_bench(int argc, const char *const *argv)
{
  struct run *r = calloc(1, sizeof *r);
  if (!r) {
    df_console_error("out of memory");
    return DF_EXIT_FAILED;
  }
  enum df_exit status = DF_EXIT_DONE;
  if (df_options_parse(DF_COMMAND_BENCH, argc, argv, &r->options, &r->err) < 0)
    status = df_cli_refuse(DF_COMMAND_BENCH, argc, argv, &r->err);
  else if (r->options.help)
    df_options_help(DF_COMMAND_BENCH, stdout);
  else
    status = run(r);
  free(r);
  return status;
}
