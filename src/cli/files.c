/*
 * Keeps --overwrite from destroying what is read: two names of one file (a link, another spelling) are
 * found by what they lead to. The parser has compared the names themselves; the output's own name is
 * compared by who opens it.
 */
#include <stdbool.h>
#include <sys/stat.h>

#include "cli/cli.h"

struct named {
  const char *option, *path;
};

static bool same_file(const char *a, const char *b)
{
  struct stat a_is, b_is;
  return stat(a, &a_is) == 0 && stat(b, &b_is) == 0 && S_ISREG(a_is.st_mode) &&
         a_is.st_dev == b_is.st_dev && a_is.st_ino == b_is.st_ino;
}

static int check_written(const struct named *read, size_t reads, const struct named *written,
    size_t writes, struct df_error *err)
{
  for (size_t i = 0; i < reads; i++)
    for (size_t j = 0; j < writes; j++)
      if (read[i].path && written[j].path && same_file(read[i].path, written[j].path))
        return df_fail(err, DF_EUSAGE, "%s (%s) is the file that %s (%s) would replace",
            read[i].option, read[i].path, written[j].option, written[j].path);
  return 0;
}

int df_cli_check_files(const struct df_task *task, struct df_error *err)
{
  bool reads_tracks = task->kind == DF_TASK_RENDER;
  const struct named read[] = {
      {"INPUT", task->input},
      {"--replay", task->replay},
      {"--left", task->photos[DF_LEFT]},
      {"--right", task->photos[DF_RIGHT]},
      {"--fix-file", task->fix_file},
      {"--tracks", reads_tracks ? task->tracks : NULL},
  };
  const struct named written[] = {
      {"--output", task->output},
      {"--tracks", reads_tracks ? NULL : task->tracks},
      {"--observations", task->observations},
      {"--debug", task->debug},
      {"--contact-sheet", task->contact_sheet},
      {"--output", task->people_sheet},
  };
  return check_written(
      read, sizeof read / sizeof *read, written, sizeof written / sizeof *written, err);
}

int df_cli_check_plot(const struct df_options *options, struct df_error *err)
{
  const struct named read[] = {{"TRUTH", options->inputs[0]}, {"TRACKS", options->inputs[1]}};
  const struct named written = {"--plot", options->plot};
  return check_written(read, sizeof read / sizeof *read, &written, 1, err);
}
