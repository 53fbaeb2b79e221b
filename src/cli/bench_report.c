#include "cli/bench_report.h"

#include <inttypes.h>
#include <math.h>

#include "cli/cli.h"
#include "cli/json_writer.h"
#include "cli/report.h"

static double rate(const struct df_bench_pass *pass)
{
  return pass->seconds > 0 ? (double)pass->frames / pass->seconds : 0;
}

static double ratio(const struct df_bench_result *result)
{
  double limit = rate(&result->decode);
  return limit > 0 ? rate(&result->whole) / limit : 0;
}

static double processor(const struct df_bench_pass *pass)
{
  return pass->frames > 0 ? 1000 * pass->processor_seconds / (double)pass->frames : 0;
}

static double per_frame(long long amount, const struct df_bench_pass *pass)
{
  return pass->frames > 0 ? (double)amount / (double)pass->frames : 0;
}

static void print_row(FILE *out, const char *what, double decode, double whole)
{
  fprintf(out, "%-34s %12.2f %12.2f\n", what, decode, whole);
}

static void print_gpu(FILE *out, const struct df_bench_pass *d, const struct df_bench_pass *w)
{
  print_row(out, "kB to the GPU a frame", per_frame(d->gpu.bytes_up, d) / 1000,
      per_frame(w->gpu.bytes_up, w) / 1000);
  print_row(out, "kB from the GPU a frame", per_frame(d->gpu.bytes_down, d) / 1000,
      per_frame(w->gpu.bytes_down, w) / 1000);
  print_row(out, "waits for the GPU a frame", per_frame(d->gpu.host_waits, d),
      per_frame(w->gpu.host_waits, w));
  print_row(out, "allocations after warm-up (-1: ?)", (double)d->gpu.allocations,
      (double)w->gpu.allocations);
  print_row(out, "MB of the GPU allocated at most", (double)d->gpu.memory_most / 1e6,
      (double)w->gpu.memory_most / 1e6);
  print_row(out, "MB of the GPU in use at most", (double)d->device_memory / 1e6,
      (double)w->device_memory / 1e6);
}

void df_bench_report(
    FILE *out, const struct df_options *options, const struct df_bench_result *result)
{
  const struct df_bench_pass *d = &result->decode, *w = &result->whole;
  const struct df_result *first = &result->first;
  fprintf(out, "%d stream%s on %s: decoder %s, faces %s, encoder %s\n", options->streams,
      options->streams == 1 ? "" : "s", first->device.name, first->decoder.name,
      first->provider.name, first->encoder.name);
  fprintf(out, "%-34s %12s %12s\n", "", "decode only", "everything");
  fprintf(out, "%-34s %12" PRId64 " %12" PRId64 "\n", "frames", d->frames, w->frames);
  print_row(out, "seconds", d->seconds, w->seconds);
  print_row(out, "frames a second, all streams", rate(d), rate(w));
  print_row(out, "share of decode only", 1, ratio(result));
  print_row(
      out, "ms from decoder to encoder, median", 1e3 * d->latency_median, 1e3 * w->latency_median);
  print_row(out, "ms from decoder to encoder, 95 %", 1e3 * d->latency_95, 1e3 * w->latency_95);
  print_row(out, "CPU seconds a 1,000 frames", processor(d), processor(w));
  if (first->on_gpu)
    print_gpu(out, d, w);
  for (int i = 0; i < options->streams; i++)
    if (result->md5[i][0])
      fprintf(out, "stream %d: MD5 of the composed pictures: %s\n", i, result->md5[i]);
}

static void write_pass(
    struct df_json_writer *json, const char *key, const struct df_bench_pass *pass, bool on_gpu)
{
  df_json_write_open(json, key, '{');
  df_json_write_whole(json, "frames", pass->frames);
  df_json_write_number(json, "seconds", pass->seconds);
  df_json_write_number(json, "fps", rate(pass));
  df_json_write_number(json, "latency_median", pass->latency_median);
  df_json_write_number(json, "latency_95", pass->latency_95);
  df_json_write_number(json, "cpu_seconds_a_1000_frames", processor(pass));
  if (on_gpu) {
    df_json_write_open(json, "gpu", '{');
    df_report_json_gpu(json, &pass->gpu, pass->frames);
    df_json_write_whole(json, "memory_in_use_most", pass->device_memory);
    df_json_write_close(json, '}');
  } else {
    df_json_write_text(json, "gpu", NULL);
  }
  df_json_write_close(json, '}');
}

static void write_results(struct df_json_writer *json, const struct df_options *options,
    const struct df_bench_result *result)
{
  df_json_write_whole(json, "streams", options->streams);
  df_report_json_device(json, &result->first);
  write_pass(json, "decode_only", &result->decode, result->first.on_gpu);
  write_pass(json, "everything", &result->whole, result->first.on_gpu);
  df_json_write_number(json, "ratio", ratio(result));
  df_json_write_open(json, "md5", '[');
  for (int i = 0; i < options->streams; i++)
    if (result->md5[i][0])
      df_json_write_text(json, NULL, result->md5[i]);
  df_json_write_close(json, ']');
}

void df_bench_report_json(FILE *out, const struct df_options *options,
    const struct df_bench_result *result, struct df_log *log, const struct df_error *error)
{
  struct df_json_writer json;
  bool ok = error->code == 0;
  df_report_json_begin(&json, out);
  df_json_write_text(&json, "type", "result");
  df_json_write_text(&json, "command", "bench");
  df_json_write_truth(&json, "ok", ok);
  df_json_write_whole(&json, "exit", df_cli_exit(error->code));
  df_json_write_open(&json, "inputs", '[');
  for (size_t i = 0; i < options->input_count; i++)
    df_json_write_text(&json, NULL, options->inputs[i]);
  df_json_write_close(&json, ']');
  if (ok)
    write_results(&json, options, result);
  df_report_json_said(&json, log, error);
  df_report_json_end(&json);
}
