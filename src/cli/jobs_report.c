#include "cli/jobs_report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "cli/console.h"
#include "cli/json_writer.h"

enum {
  TEXT_BYTES = DF_PATH_BYTES,
  INPUT_COLUMNS = 27,
  LAST_COLUMNS = 33, /* what the others leave of 100 */
};

/* What is shown for the state: what looks as if it ran, but is done by nobody, has a word of its own. */
static const char *state_word(const struct df_job *job)
{
  return job->lost ? "lost" : df_job_state_names[job->state];
}

/* Bytes of the character at `text`, and how many columns it takes on a screen; a wrong byte is one. */
static int character(const char *text, int *ret_columns)
{
  unsigned char first = (unsigned char)text[0];
  int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  unsigned point = length == 1 ? first : first & (0x7FU >> length);
  for (int i = 1; i < length; i++) {
    unsigned char next = (unsigned char)text[i];
    if ((next & 0xC0) != 0x80) {
      *ret_columns = 1;
      return 1;
    }
    point = point << 6 | (next & 0x3F);
  }
  /* East Asian writing, and pictures. */
  bool wide = (point >= 0x1100 && point < 0x1160) || (point >= 0x2E80 && point < 0xD7B0) ||
              (point >= 0xF900 && point < 0xFB00) || (point >= 0xFE30 && point < 0xFE70) ||
              (point >= 0xFF00 && point < 0xFF61) || point >= 0x1F000;
  *ret_columns = wide ? 2 : 1;
  return length;
}

static int columns_of(const char *text)
{
  int columns = 0, width;
  for (; *text; columns += width)
    text += character(text, &width);
  return columns;
}

/* The end of `text` that fits. */
static const char *last_of(const char *text, int columns)
{
  int used = columns_of(text), width;
  for (; used > columns; used -= width)
    text += character(text, &width);
  return text;
}

/* How many bytes of the beginning of `text` fit. */
static int first_of(const char *text, int columns)
{
  int bytes = 0, used = 0;
  while (text[bytes]) {
    int width, length = character(text + bytes, &width);
    if (used + width > columns)
      break;
    used += width;
    bytes += length;
  }
  return bytes;
}

/* The end of a path says most, and the beginning of a sentence. */
static void print_path(FILE *out, const char *path, int columns, bool pad)
{
  char text[TEXT_BYTES];
  df_console_harmless(text, sizeof text, path);
  bool fits = columns_of(text) <= columns;
  const char *shown = fits ? text : last_of(text, columns - 3);
  int used = columns_of(shown) + (fits ? 0 : 3);
  fprintf(out, "%s%s%*s", fits ? "" : "...", shown, pad ? columns - used : 0, "");
}

static void print_sentence(FILE *out, const char *sentence, int columns)
{
  char text[TEXT_BYTES];
  df_console_harmless(text, sizeof text, sentence);
  bool fits = columns_of(text) <= columns;
  fprintf(out, "%.*s%s", fits ? (int)strlen(text) : first_of(text, columns - 3), text,
      fits ? "" : "...");
}

static bool has_trouble(const struct df_job *job)
{
  return (job->state == DF_JOB_FAILED || job->state == DF_JOB_QUARANTINED) && job->last_error;
}

static void print_share(FILE *out, const struct df_job *job)
{
  double share = -1;
  if (job->state == DF_JOB_DONE)
    share = 1;
  else if (job->frames_total > 0)
    share = (double)job->frames / (double)job->frames_total;
  if (share < 0)
    fprintf(out, "  %5s", "-");
  else
    fprintf(out, "  %3.0f %%", fmin(floor(100 * share), 100));
}

/* Hours, minutes and seconds; days where that would be too long. */
static void print_work(FILE *out, double seconds)
{
  char text[32] = "-";
  long long whole = (long long)seconds;
  if (whole >= 100 * 3600)
    snprintf(text, sizeof text, "%lld d", whole / 86400);
  else if (seconds > 0)
    snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  fprintf(out, "  %8s  ", text);
}

void df_jobs_report_head(FILE *out)
{
  fprintf(out, "%6s  %-11s  %5s  %8s  %-*s  %s\n", "ID", "STATE", "DONE", "WORK", INPUT_COLUMNS,
      "INPUT", "OUTPUT OR ERROR");
}

void df_jobs_report_line(FILE *out, const struct df_job *job)
{
  fprintf(out, "%6" PRId64 "  %-11s", job->id, state_word(job));
  print_share(out, job);
  print_work(out, job->seconds);
  print_path(out, job->input.path, INPUT_COLUMNS, true);
  fputs("  ", out);
  if (has_trouble(job))
    print_sentence(out, job->last_error, LAST_COLUMNS);
  else
    print_path(out, job->output, LAST_COLUMNS, false);
  fputc('\n', out);
}

static void print_text(FILE *out, const char *name, const char *text)
{
  char harmless[TEXT_BYTES];
  if (text && text[0])
    fprintf(out, "  %-12s  %s\n", name, df_console_harmless(harmless, sizeof harmless, text));
}

static void print_time(FILE *out, const char *name, double seconds)
{
  time_t whole = (time_t)seconds;
  struct tm parts;
  char text[64];
  if (seconds <= 0 || !localtime_r(&whole, &parts))
    return;
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  print_text(out, name, text);
}

static void print_owner(FILE *out, const struct df_job *job)
{
  char text[512];
  if (!job->host)
    return;
  snprintf(text, sizeof text, "process %" PRId64 " of %s%s", job->pid, job->host,
      job->lost ? ", which is gone" : "");
  print_text(out, "done by", text);
}

static void print_progress(FILE *out, const struct df_job *job)
{
  char text[128];
  if (job->frames_total > 0)
    snprintf(
        text, sizeof text, "%" PRId64 " of %" PRId64 " frames", job->frames, job->frames_total);
  else
    snprintf(text, sizeof text, "%" PRId64 " frames", job->frames);
  if (job->frames > 0)
    print_text(out, "progress", text);
  snprintf(text, sizeof text, "%.1f s", job->seconds);
  print_text(out, "work", text);
  snprintf(text, sizeof text, "%d", job->attempts);
  if (job->attempts > 0)
    print_text(out, "attempts", text);
}

void df_jobs_report_whole(FILE *out, const struct df_job *job)
{
  fprintf(out, "job %" PRId64 "\n", job->id);
  print_text(out, "state", state_word(job));
  print_text(out, "input", job->input.path);
  print_text(out, "output", job->output);
  print_text(out, "options", job->options);
  print_progress(out, job);
  print_owner(out, job);
  print_time(out, "ordered", job->created);
  print_time(out, "begun", job->started);
  if (job->state == DF_JOB_RUNNING)
    print_time(out, "last beat", job->heartbeat);
  print_time(out, "ended", job->finished);
  if (job->first_error && strcmp(job->first_error, job->last_error ? job->last_error : "") != 0)
    print_text(out, "first error", job->first_error);
  print_text(out, "last error", job->last_error);
}

/* With a comma between the thousands. */
static void print_large(FILE *out, int64_t number)
{
  if (number >= 1000) {
    print_large(out, number / 1000);
    fprintf(out, ",%03d", (int)(number % 1000));
  } else {
    fprintf(out, "%d", (int)number);
  }
}

void df_jobs_report_more(FILE *out, int64_t count)
{
  fputs("... and ", out);
  print_large(out, count);
  fprintf(
      out, " earlier one%s; --all lists %s\n", count == 1 ? "" : "s", count == 1 ? "it" : "them");
}

void df_jobs_report_counts(FILE *out, const int64_t counts[DF_JOB_STATES])
{
  int64_t all = 0;
  for (int i = 0; i < DF_JOB_STATES; i++)
    all += counts[i];
  fprintf(out, "%" PRId64 " job%s", all, all == 1 ? "" : "s");
  const char *before = ": ";
  for (int i = 0; i < DF_JOB_STATES; i++)
    if (counts[i] > 0) {
      fprintf(out, "%s%" PRId64 " %s", before, counts[i], df_job_state_names[i]);
      before = ", ";
    }
  fputc('\n', out);
}

static void write_sum(struct df_json_writer *json, const uint8_t sum[DF_SHA256_BYTES])
{
  char text[2 * DF_SHA256_BYTES + 1];
  for (int i = 0; i < DF_SHA256_BYTES; i++)
    snprintf(text + 2 * i, 3, "%02x", sum[i]);
  df_json_write_text(json, "sha256_of_ends", text);
}

/* A moment that has not come is null. */
static void write_time(struct df_json_writer *json, const char *key, double seconds)
{
  if (seconds > 0)
    df_json_write_time(json, key, seconds);
  else
    df_json_write_text(json, key, NULL);
}

static void write_input(struct df_json_writer *json, const struct df_job_input *input)
{
  df_json_write_open(json, "input", '{');
  df_json_write_text(json, "path", input->path);
  df_json_write_whole(json, "bytes", input->size);
  write_sum(json, input->sum);
  df_json_write_close(json, '}');
}

static void write_work(struct df_json_writer *json, const struct df_job *job)
{
  df_json_write_text(json, "host", job->host);
  df_json_write_whole(json, "pid", job->pid);
  df_json_write_truth(json, "lost", job->lost);
  df_json_write_whole(json, "frames", job->frames);
  if (job->frames_total > 0)
    df_json_write_whole(json, "frames_total", job->frames_total);
  else
    df_json_write_text(json, "frames_total", NULL);
  df_json_write_whole(json, "attempts", job->attempts);
  df_json_write_number(json, "seconds", job->seconds);
}

void df_jobs_report_json(FILE *out, const struct df_job *job)
{
  struct df_json_writer json = {.out = out};
  df_json_write_open(&json, NULL, '{');
  df_json_write_text(&json, "type", "job");
  df_json_write_whole(&json, "id", job->id);
  df_json_write_text(&json, "state", df_job_state_names[job->state]);
  write_input(&json, &job->input);
  df_json_write_text(&json, "output", job->output);
  df_json_write_text(&json, "options", job->options);
  write_work(&json, job);
  write_time(&json, "created", job->created);
  write_time(&json, "started", job->started);
  write_time(&json, "heartbeat", job->heartbeat);
  write_time(&json, "finished", job->finished);
  df_json_write_text(&json, "first_error", job->first_error);
  df_json_write_text(&json, "last_error", job->last_error);
  df_json_write_close(&json, '}');
  fputc('\n', out);
}
