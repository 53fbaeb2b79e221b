/* `dualface analyze`: a video in, what `run` would have shown of it out, as a tracks file. */
#include "cli/cli.h"
#include "cli/report.h"

static void summarise(
    FILE *out, const struct df_task *task, const struct df_result *result, double speed)
{
  const char *path = task->tracks ? task->tracks : task->observations;
  df_report_speed(out, path, result, speed);
  df_report_people(out, task, result);
  df_report_details(out, result);
  df_report_device(out, result);
}

enum df_exit df_cli_analyze(int argc, const char *const *argv)
{
  static const struct df_cli_command command = {DF_COMMAND_ANALYZE, summarise};
  return df_cli_execute(&command, argc, argv);
}
