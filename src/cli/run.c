/* `dualface run`: a video in, its split screen out. */
#include "cli/batch.h"
#include "cli/cli.h"
#include "cli/report.h"

static void summarise(
    FILE *out, const struct df_task *task, const struct df_result *result, double speed)
{
  df_report_speed(out, result->output, result, speed);
  df_report_people(out, task, result);
  df_report_details(out, result);
  df_report_device(out, result);
}

enum df_exit df_cli_run(int argc, const char *const *argv)
{
  static const struct df_cli_command command = {
      DF_COMMAND_RUN, summarise, df_batch_is_meant, df_batch_run};
  return df_cli_execute(&command, argc, argv);
}
