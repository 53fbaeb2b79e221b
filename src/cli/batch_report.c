#include "cli/batch_report.h"

#include "cli/cli.h"
#include "cli/report.h"

void df_batch_report_done(FILE *out, const struct df_runner_end *end)
{
  double seconds = end->result->seconds;
  df_report_speed(
      out, end->result->output, end->result, seconds > 0 ? end->media_seconds / seconds : 0);
}

static void add_count(FILE *out, const char *before, long long count, const char *word)
{
  if (count > 0)
    fprintf(out, "%s%lld %s", before, count, word);
}

void df_batch_report_sum(FILE *out, const struct df_batch_sum *sum)
{
  const size_t *left = sum->plan->leftovers;
  fprintf(out, "%lld video%s done", sum->done, sum->done == 1 ? "" : "s");
  add_count(out, ", ", (long long)left[DF_LEFT_DONE], "done before");
  add_count(out, ", ", sum->failed + (long long)left[DF_LEFT_REFUSED], "failed");
  add_count(out, ", ", sum->stopped, "stopped");
  add_count(out, ", ", (long long)left[DF_LEFT_TAKEN], "at another process");
  add_count(out, ", ", (long long)left[DF_LEFT_SKIPPED], "skipped");
  fprintf(out, "; %lld frames in %.1f s", sum->frames, sum->seconds);
  if (sum->seconds > 0)
    fprintf(out, ", %.1f fps", (double)sum->frames / sum->seconds);
  fputc('\n', out);
}

void df_batch_report_json_sum(
    FILE *out, const struct df_batch_sum *sum, const struct df_error *error)
{
  const size_t *left = sum->plan->leftovers;
  struct df_json_writer json;
  int code = error->code;
  df_report_json_begin(&json, out);
  df_json_write_text(&json, "type", "summary");
  df_json_write_text(&json, "command", "run");
  df_json_write_truth(&json, "ok", code == 0);
  df_json_write_whole(&json, "exit", df_cli_exit(code));
  df_json_write_whole(&json, "done", sum->done);
  df_json_write_whole(&json, "done_before", (long long)left[DF_LEFT_DONE]);
  df_json_write_whole(&json, "failed", sum->failed + (long long)left[DF_LEFT_REFUSED]);
  df_json_write_whole(&json, "stopped", sum->stopped);
  df_json_write_whole(&json, "at_another_process", (long long)left[DF_LEFT_TAKEN]);
  df_json_write_whole(&json, "skipped", (long long)left[DF_LEFT_SKIPPED]);
  df_json_write_whole(&json, "frames", sum->frames);
  df_json_write_number(&json, "seconds", sum->seconds);
  df_json_write_number(&json, "fps", sum->seconds > 0 ? (double)sum->frames / sum->seconds : 0);
  df_json_write_open(&json, "recoveries", '{');
  for (int i = 0; i < DF_EVENT_KIND_COUNT; i++) {
    enum df_event_kind kind = (enum df_event_kind)i;
    long long count = df_event_is_recovery(kind) ? df_events_count(sum->events, kind) : 0;
    if (count > 0)
      df_json_write_whole(&json, df_event_name(kind), count);
  }
  df_json_write_close(&json, '}');
  df_report_json_said(&json, NULL, error);
  df_report_json_end(&json);
}
