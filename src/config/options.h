/*
 * The one table of options: name, value, default, range, which commands take it, and its sentence of help.
 * The command line, `--help` and the manual page all come from it.
 */
#ifndef DF_CONFIG_OPTIONS_H
#define DF_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "jobs/ledger.h"
#include "pipeline/pipeline.h"

/** The commands, as bits of a set. GENERAL is the program itself: `dualface --version`. */
enum df_command {
  DF_COMMAND_RUN = 1,
  DF_COMMAND_ANALYZE = 2,
  DF_COMMAND_RENDER = 4,
  DF_COMMAND_GENERAL = 8,
  DF_COMMAND_BENCH = 16,
  DF_COMMAND_DOCTOR = 32,
  DF_COMMAND_JOBS = 64,
  DF_COMMAND_SERVE = 128,
  DF_COMMAND_EVAL = 256,
};

/** A command as the user knows it. */
struct df_command_info {
  enum df_command command;
  const char *name;     /* "run" */
  const char *synopsis; /* what follows the name: "INPUT -o OUT"; empty: nothing */
  const char *summary;  /* one sentence */
};

/** run, analyze, render, bench, eval, doctor, jobs, serve; ends with an entry whose name is NULL. */
extern const struct df_command_info df_commands[];

/** The command called `name`, borrowed; NULL when there is none. */
const struct df_command_info *df_command_find(const char *name);

/** The command whose name is nearest to a mistyped one, borrowed; NULL when none is near. */
const struct df_command_info *df_command_nearest(const char *name);

enum { DF_INPUTS_MAX = 4096 };

/** Who encodes in a benchmark: nobody, or as enum df_hardware after it. */
enum df_bench_encoder { DF_BENCH_ENCODER_NULL, DF_BENCH_ENCODER_HARDWARE };

/** What jobs does. */
enum df_jobs_action { DF_JOBS_LIST, DF_JOBS_SHOW, DF_JOBS_RETRY, DF_JOBS_FORGET, DF_JOBS_SWEEP };

/** What a command line comes to. Strings point into argv. */
struct df_options {
  struct df_task task;
  const char *inputs
      [DF_INPUTS_MAX]; /* RUN and BENCH; EVAL: truth and tracks; JOBS: its words. task.input is
                                        the first */
  size_t input_count;
  const char *list;     /* RUN: a file with more of them */
  int streams;          /* RUN (0: what the machine bears) and BENCH */
  double seconds, rate; /* BENCH from here on */
  bool loop;
  int encoder;       /* enum df_bench_encoder */
  const char *state; /* folder of what the program keeps; NULL: the usual one */
  const char *plot;  /* EVAL: a PNG to write, NULL: none; and whether the lengths may differ */
  bool partial;
  const char *layout; /* name; its size is in the next two, 0: the layout's own */
  int width, height;
  const char *watch; /* SERVE: the folder that is watched; its results go to task.output */
  double settle;     /* SERVE: seconds without a change after which a file is complete */
  bool supervise;
  double stall;                    /* with supervise: seconds */
  enum df_jobs_action jobs_action; /* JOBS: to the jobs whose ids are inputs[1] and on */
  bool job_states[DF_JOB_STATES];  /* or that are in these */
  bool quiet, json, help;
  bool version, manual; /* GENERAL only */
};

/**
 * Parses argv[0..argc) (without program and command name) for `command`: long options as `--name value`
 * and `--name=value`, short ones where the table has them, `--` ends options. The result is complete
 * and checked (task.layout is made), defaults filled in. `--help`, `--version` and `--manual` end the
 * parsing at once: what follows is not looked at and nothing is missing.
 *
 * DF_EUSAGE with one sentence: an unknown option (with the nearest known one), a value missing, out of
 * range or not of its kind (with what is allowed), a missing or surplus argument, two that exclude each
 * other. *ret_options is touched only on success.
 */
int df_options_parse(enum df_command command, int argc, const char *const *argv,
    struct df_options *ret_options, struct df_error *err);

/** What a command line without any option comes to, but for the layout. */
int df_options_defaults(
    enum df_command command, struct df_options *ret_options, struct df_error *err);

/**
 * Writes which of the options that change the result of `run` are not at their default, as a command line would
 * have them, in the table's order: the same text where the same comes out. Leaves out how the work is done (device,
 * threads, streams) and where its results lie. DF_EUSAGE when `size` bytes are too few.
 */
int df_options_canonical(
    const struct df_options *options, char *text, size_t size, struct df_error *err);

/** The id that a word of JOBS is; 0 when it is none. */
int64_t df_options_job_id(const char *word);

/** Prints what `--help` of `command` says, wrapped at 80 columns. */
void df_options_help(enum df_command command, FILE *out);

/** Prints the manual page dualface(1) as man(7) source. The same text on every machine and day. */
void df_options_manual(FILE *out);

#endif
