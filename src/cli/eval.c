/* `dualface eval`: compares a tracks file with the truth. Reads no video. */
#include <stdlib.h>

#include "base/whole_file.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/eval_report.h"
#include "eval/plot.h"
#include "media/still.h"
#include "pipeline/comparison_read.h"

struct run {
  struct df_options options;
  struct df_record record;
  struct df_evaluation evaluation;
  struct df_error err;
};

/* Says before anything is read that the picture could not be written. */
static int check_plot(struct run *r)
{
  struct df_whole_file file = {0};
  if (!r->options.plot)
    return 0;
  int result = df_cli_check_plot(&r->options, &r->err);
  if (result == 0)
    result = df_whole_file_begin(&file, r->options.plot, r->options.task.overwrite, &r->err);
  df_whole_file_abandon(&file);
  return result;
}

static int draw(struct run *r)
{
  if (!r->options.plot)
    return 0;
  unsigned char *rgb = malloc((size_t)DF_PLOT_WIDTH * DF_PLOT_HEIGHT * 3);
  if (!rgb)
    return df_fail(&r->err, DF_ENOMEM, "out of memory");
  df_plot_draw(&r->record, rgb);
  int result = df_still_write_png(r->options.plot, rgb, DF_PLOT_WIDTH, DF_PLOT_HEIGHT, &r->err);
  free(rgb);
  return result;
}

static void compare(struct run *r)
{
  const struct df_layout *layout = &r->options.task.layout;
  const int tile_height[DF_SEATS] = {layout->tiles[DF_LEFT].h, layout->tiles[DF_RIGHT].h};
  int result = check_plot(r);
  if (result == 0)
    result = df_comparison_read(
        r->options.inputs[0], r->options.inputs[1], r->options.partial, &r->record, &r->err);
  if (result == 0)
    result = df_evaluate(&r->record, tile_height, &r->evaluation, &r->err);
  if (result == 0)
    draw(r);
  df_record_finish(&r->record);
}

static enum df_exit run(struct run *r)
{
  struct df_console console;
  df_console_init(&console, r->options.quiet, false);
  compare(r);
  if (r->err.code)
    df_console_say(&console, DF_LOG_ERROR, r->err.text);
  if (r->options.json)
    df_eval_report_json(stdout, &r->options, &r->evaluation, &r->err);
  else if (!r->err.code && !r->options.quiet)
    df_eval_report(stdout, &r->evaluation);
  df_console_finish(&console);
  return df_cli_exit(r->err.code);
}

enum df_exit df_cli_eval(int argc, const char *const *argv)
{
  struct run *r = calloc(1, sizeof *r);
  if (!r) {
    df_console_error("out of memory");
    return DF_EXIT_FAILED;
  }
  enum df_exit status = DF_EXIT_DONE;
  if (df_options_parse(DF_COMMAND_EVAL, argc, argv, &r->options, &r->err) < 0)
    status = df_cli_refuse(DF_COMMAND_EVAL, argc, argv, &r->err);
  else if (r->options.help)
    df_options_help(DF_COMMAND_EVAL, stdout);
  else
    status = run(r);
  free(r);
  return status;
}
