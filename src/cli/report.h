/*
 * What came of a task: for people in sentences, for programs as lines of JSON (docs/cli.md). Writes to the
 * stream it is given and judges nothing.
 */
#ifndef DF_CLI_REPORT_H
#define DF_CLI_REPORT_H

#include <stdio.h>

#include "base/error.h"
#include "base/log.h"
#include "cli/json_writer.h"
#include "cli/progress.h"
#include "config/options.h"
#include "pipeline/pipeline.h"

/** "out.mp4: 2880 frames in 15.4 s, 187.0 fps, 7.48x real time". */
void df_report_speed(FILE *out, const char *path, const struct df_result *result, double speed);
/** Who was seen, and clearly so when somebody was not. */
void df_report_people(FILE *out, const struct df_task *task, const struct df_result *result);
/** Embeddings, cuts, identity switches, damage. */
void df_report_details(FILE *out, const struct df_result *result);
/** Who did the work and what it cost the GPU; nothing where the CPU did it as asked. */
void df_report_device(FILE *out, const struct df_result *result);

/** The line {"type":"progress",...}; flushed. */
void df_report_json_progress(FILE *out, const struct df_reading *reading);

/** Everything a result line is made of. Borrows all; NULL where there is nothing of the kind. */
struct df_report {
  const char *command;
  const struct df_task *task;     /* NULL: the command line was refused */
  const struct df_result *result; /* NULL: the task failed */
  double speed;
  struct df_log *log;
  const struct df_error *error; /* NULL or code 0: done */
};

/** Writes who did the work, with what a GPU was made to do, into the object that is open. */
void df_report_json_device(struct df_json_writer *json, const struct df_result *result);
/** The keys of what was done to a GPU in all that made `frames` pictures, into the object that is open. */
void df_report_json_gpu(struct df_json_writer *json, const struct df_gpu_use *use, int64_t frames);

/** Begins a line of `out`, which other threads wait for to end before they begin one. */
void df_report_json_begin(struct df_json_writer *json, FILE *out);
/** Ends the object that is open and the line with it; flushes. */
void df_report_json_end(struct df_json_writer *json);
/** Writes the log's warnings, its notes, and the error, into the object that is open. */
void df_report_json_said(
    struct df_json_writer *json, struct df_log *log, const struct df_error *error);

/** The line {"type":"result",...}; flushed. */
void df_report_json_result(FILE *out, const struct df_report *report);

#endif
