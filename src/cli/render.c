/* `dualface render`: a video and its tracks file in, the split screen out. Looks for nobody. */
#include "cli/cli.h"
#include "cli/report.h"

static void summarise(
    FILE *out, const struct df_task *task, const struct df_result *result, double speed)
{
  df_report_speed(out, result->output, result, speed);
  fprintf(out, "windows taken from %s\n", task->tracks);
  df_report_device(out, result);
}

enum df_exit df_cli_render(int argc, const char *const *argv)
{
  static const struct df_cli_command command = {DF_COMMAND_RENDER, summarise};
  return df_cli_execute(&command, argc, argv);
}
