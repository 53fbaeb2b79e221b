/*
 * What the files of the command line share. Each command has a file of its own with its summary; execute.c
 * does for all of them what they have in common.
 */
#ifndef DF_CLI_CLI_H
#define DF_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "config/options.h"
#include "jobs/heartbeat.h"
#include "pipeline/pipeline.h"

/** How the program ends. */
enum df_exit {
  DF_EXIT_DONE = 0,
  DF_EXIT_FAILED = 1, /* an input, an output or a library failed */
  DF_EXIT_USAGE = 2,
  DF_EXIT_MISSING = 3, /* the machine lacks something */
  DF_EXIT_STOPPED = 130,
};

/** The exit status for 0 or a DF_E... code. */
enum df_exit df_cli_exit(int code);

/** What a command is besides its options. */
struct df_cli_command {
  enum df_command command;
  /** Prints what came of it, for people. `speed` is media time over wall time. */
  void (*summarise)(
      FILE *out, const struct df_task *task, const struct df_result *result, double speed);
  /** Does what several inputs ask for in the place of all else. NULL, or false: there is but one. */
  bool (*is_meant_for_several)(const struct df_options *options);
  enum df_exit (*run_several)(const struct df_options *options, struct df_heartbeat *heartbeat);
};

/**
 * Parses argv[0..argc) (what follows the command's name) and does what it says: in a thread of its own,
 * while the caller's shows progress and waits for signals. Says everything that there is to say.
 *
 * Returns the exit status.
 */
enum df_exit df_cli_execute(
    const struct df_cli_command *command, int argc, const char *const *argv);

/**
 * The same in a worker process that this one looks after (jobs/supervisor.h). `options` is what argv comes to. What
 * the worker has to say it says by itself; its exit status is returned, or what its deaths come to.
 */
enum df_exit df_cli_supervise(const struct df_cli_command *command,
    const struct df_options *options, int argc, const char *const *argv);

/** The commands; they return the exit status. */
enum df_exit df_cli_run(int argc, const char *const *argv);
enum df_exit df_cli_serve(int argc, const char *const *argv);
enum df_exit df_cli_analyze(int argc, const char *const *argv);
enum df_exit df_cli_people(int argc, const char *const *argv);
enum df_exit df_cli_render(int argc, const char *const *argv);
enum df_exit df_cli_doctor(int argc, const char *const *argv);
enum df_exit df_cli_bench(int argc, const char *const *argv);
enum df_exit df_cli_jobs(int argc, const char *const *argv);
enum df_exit df_cli_eval(int argc, const char *const *argv);

/** What a command is called. */
const char *df_cli_command_name(enum df_command command);

/** Says that a command line was refused, to programs too if it asked for that. Returns the exit status. */
enum df_exit df_cli_refuse(
    enum df_command command, int argc, const char *const *argv, const struct df_error *err);

/** `dualface --version`. */
void df_cli_version(FILE *out);

/** The path of the ONNX Runtime library that is open now; empty when none is. */
void df_cli_onnxruntime_path(char *ret_path, size_t size);

/** Refuses what would overwrite a file that is read, by whatever name: 0 or DF_EUSAGE. */
int df_cli_check_files(const struct df_task *task, struct df_error *err);
/** The same for what eval reads and writes. */
int df_cli_check_plot(const struct df_options *options, struct df_error *err);

#endif
