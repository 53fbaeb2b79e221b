/* The lines that programs read; see report.h and docs/cli.md. */
#include <math.h>

#include "cli/cli.h"
#include "cli/report.h"

static const char *error_name(int code)
{
  switch (code) {
#define NAME(name, number, text)                                                                   \
  case name:                                                                                       \
    return #name;
    DF_ERROR_LIST(NAME)
#undef NAME
  }
  return "unknown";
}

static double share(int64_t part, int64_t whole)
{
  return whole > 0 ? (double)part / (double)whole : 0;
}

/* Numbers that are not known are negative, and null for the reader. */
static void write_known(struct df_json_writer *json, const char *key, double number)
{
  df_json_write_number(json, key, number >= 0 ? number : (double)NAN);
}

void df_report_json_begin(struct df_json_writer *json, FILE *out)
{
  *json = (struct df_json_writer){.out = out};
  flockfile(out);
  df_json_write_open(json, NULL, '{');
}

void df_report_json_end(struct df_json_writer *json)
{
  df_json_write_close(json, '}');
  fputc('\n', json->out);
  fflush(json->out);
  funlockfile(json->out);
}

void df_report_json_progress(FILE *out, const struct df_reading *reading)
{
  struct df_json_writer json;
  df_report_json_begin(&json, out);
  df_json_write_text(&json, "type", "progress");
  df_json_write_whole(&json, "frames", reading->frames);
  if (reading->frames_total > 0)
    df_json_write_whole(&json, "frames_total", reading->frames_total);
  else
    df_json_write_text(&json, "frames_total", NULL);
  write_known(&json, "share", reading->share);
  write_known(&json, "fps", reading->fps);
  write_known(&json, "speed", reading->speed);
  df_json_write_number(&json, "seconds", reading->elapsed);
  write_known(&json, "eta", reading->eta);
  df_report_json_end(&json);
}

static void write_seats(struct df_json_writer *json, const struct df_result *result)
{
  df_json_write_open(json, "seats", '{');
  for (int seat = 0; seat < DF_SEATS; seat++) {
    df_json_write_open(json, df_seat_names[seat], '{');
    df_json_write_whole(json, "seen", result->seat_seen[seat]);
    df_json_write_number(json, "share", share(result->seat_seen[seat], result->frames));
    df_json_write_close(json, '}');
  }
  df_json_write_close(json, '}');
}

static void write_person(struct df_json_writer *json, const struct df_found *found)
{
  char name[8];
  const float view[4] = {found->view.x, found->view.y, found->view.w, found->view.h};
  df_person_name(found->person, name);
  df_json_write_open(json, NULL, '{');
  df_json_write_whole(json, "number", found->person + 1);
  df_json_write_text(json, "person", name);
  df_json_write_text(json, "seat", found->seat < DF_SEATS ? df_seat_names[found->seat] : NULL);
  df_json_write_number(json, "first_t", found->first_t);
  df_json_write_number(json, "seconds", found->seconds);
  df_json_write_number(json, "share", found->share);
  df_json_write_number(json, "best_t", found->view_t);
  df_json_write_open(json, "best_face", '[');
  for (int i = 0; i < 4; i++)
    df_json_write_number(json, NULL, (double)view[i]);
  df_json_write_close(json, ']');
  df_json_write_close(json, '}');
}

static void write_found(struct df_json_writer *json, const struct df_result *result)
{
  df_json_write_open(json, "found", '[');
  for (size_t i = 0; i < result->found_count; i++)
    write_person(json, &result->found[i]);
  df_json_write_close(json, ']');
}

/* Empty texts are null for the reader. */
static void write_part(struct df_json_writer *json, const char *key, const struct df_part *part)
{
  df_json_write_open(json, key, '{');
  df_json_write_text(json, "name", part->name[0] ? part->name : NULL);
  df_json_write_text(json, "refusal", part->refusal[0] ? part->refusal : NULL);
  df_json_write_close(json, '}');
}

void df_report_json_gpu(struct df_json_writer *json, const struct df_gpu_use *use, int64_t frames)
{
  double per = frames > 0 ? 1 / (double)frames : 0;
  df_json_write_number(json, "bytes_up_a_frame", (double)use->bytes_up * per);
  df_json_write_number(json, "bytes_down_a_frame", (double)use->bytes_down * per);
  df_json_write_number(json, "host_waits_a_frame", (double)use->host_waits * per);
  write_known(json, "allocations_after_warm_up", (double)use->allocations);
  df_json_write_whole(json, "memory_most", use->memory_most);
}

void df_report_json_device(struct df_json_writer *json, const struct df_result *result)
{
  df_json_write_text(json, "device", result->device.name);
  write_part(json, "decoder", &result->decoder);
  write_part(json, "provider", &result->provider);
  write_part(json, "encoder", &result->encoder);
}

static void write_device(struct df_json_writer *json, const struct df_result *result)
{
  df_report_json_device(json, result);
  if (result->on_gpu) {
    df_json_write_open(json, "gpu", '{');
    df_report_json_gpu(json, &result->gpu, result->frames);
    df_json_write_close(json, '}');
  } else {
    df_json_write_text(json, "gpu", NULL);
  }
  df_json_write_text(json, "md5", result->md5[0] ? result->md5 : NULL);
}

static void write_result(struct df_json_writer *json, const struct df_result *result, double speed)
{
  df_json_write_text(json, "output", result->output[0] ? result->output : NULL);
  df_json_write_whole(json, "frames", result->frames);
  df_json_write_number(json, "seconds", result->seconds);
  df_json_write_number(
      json, "fps", result->seconds > 0 ? (double)result->frames / result->seconds : 0);
  df_json_write_number(json, "speed", speed);
  df_json_write_number(json, "first_frame_seconds", result->first_frame_seconds);
  df_json_write_number(json, "lookahead", result->lookahead);
  write_seats(json, result);
  df_json_write_whole(json, "people", (long long)result->people);
  write_found(json, result);
  df_json_write_whole(json, "faces", result->faces);
  df_json_write_whole(json, "embeddings", result->embeddings);
  df_json_write_whole(json, "embedded_frames", result->embedded_frames);
  df_json_write_number(json, "embedded_share", share(result->embedded_frames, result->frames));
  df_json_write_whole(json, "cuts", result->cuts);
  df_json_write_whole(json, "switches", result->switches);
  df_json_write_whole(json, "damaged", result->damaged);
  df_json_write_whole(json, "unsearched", result->unsearched);
  df_json_write_whole(json, "unrecognised", result->unrecognised);
  df_json_write_whole(json, "undrawn", result->undrawn);
  write_device(json, result);
}

static void write_lines(
    struct df_json_writer *json, const char *key, enum df_log_level wanted, struct df_log *log)
{
  df_json_write_open(json, key, '[');
  for (size_t i = 0; log && i < df_log_kept(log); i++) {
    enum df_log_level level;
    const char *line = df_log_kept_line(log, i, &level);
    if (level == wanted)
      df_json_write_text(json, NULL, line);
  }
  df_json_write_close(json, ']');
}

static void write_error(struct df_json_writer *json, const struct df_error *error)
{
  if (!error || !error->code) {
    df_json_write_text(json, "error", NULL);
    return;
  }
  df_json_write_open(json, "error", '{');
  df_json_write_whole(json, "code", error->code);
  df_json_write_text(json, "name", error_name(error->code));
  df_json_write_text(json, "text", error->text);
  df_json_write_close(json, '}');
}

void df_report_json_said(
    struct df_json_writer *json, struct df_log *log, const struct df_error *error)
{
  write_lines(json, "warnings", DF_LOG_WARNING, log);
  write_lines(json, "notes", DF_LOG_NOTE, log);
  write_error(json, error);
}

void df_report_json_result(FILE *out, const struct df_report *report)
{
  struct df_json_writer json;
  int code = report->error ? report->error->code : 0;
  df_report_json_begin(&json, out);
  df_json_write_text(&json, "type", "result");
  df_json_write_text(&json, "command", report->command);
  df_json_write_truth(&json, "ok", code == 0);
  df_json_write_whole(&json, "exit", df_cli_exit(code));
  if (report->task) {
    df_json_write_text(&json, "input", report->task->input);
    df_json_write_text(&json, "tracks", report->task->tracks);
  }
  if (report->result)
    write_result(&json, report->result, report->speed);
  df_report_json_said(&json, report->log, report->error);
  df_report_json_end(&json);
}
