/* `dualface people`: a video in, out who is in it, with the numbers by which options know them. */
#include <inttypes.h>
#include <math.h>

#include "cli/cli.h"
#include "cli/report.h"

enum { TIME_TEXT = 32 };

/* H:MM:SS.s, as --fix takes it. */
static const char *time_text(double seconds, char text[TIME_TEXT])
{
  long long tenths = llround(seconds * 10), whole = tenths / 10;
  if (whole >= 3600)
    snprintf(text, TIME_TEXT, "%lld:%02lld:%02lld.%lld", whole / 3600, whole / 60 % 60, whole % 60,
        tenths % 10);
  else
    snprintf(text, TIME_TEXT, "%lld:%02lld.%lld", whole / 60, whole % 60, tenths % 10);
  return text;
}

static void print_person(FILE *out, const struct df_found *found)
{
  char name[8], first[TIME_TEXT], seen[TIME_TEXT], best[TIME_TEXT];
  df_person_name(found->person, name);
  fprintf(out, "%6d  %-6s  %-5s  %10s  %10s  %5.1f %%  %12s\n", found->person + 1, name,
      found->seat < DF_SEATS ? df_seat_names[found->seat] : "-", time_text(found->first_t, first),
      time_text(found->seconds, seen), 100 * found->share, time_text(found->view_t, best));
}

static void summarise(
    FILE *out, const struct df_task *task, const struct df_result *result, double speed)
{
  df_report_speed(out, task->input, result, speed);
  if (result->found_count == 0) {
    fprintf(out, "nobody was found\n");
    return;
  }
  fprintf(out, "%6s  %-6s  %-5s  %10s  %10s  %7s  %12s\n", "number", "letter", "half", "first seen",
      "seen for", "share", "seen best at");
  for (size_t i = 0; i < result->found_count; i++)
    print_person(out, &result->found[i]);
  if (task->people_sheet)
    fprintf(out, "%s shows them\n", task->people_sheet);
  df_report_device(out, result);
}

enum df_exit df_cli_people(int argc, const char *const *argv)
{
  static const struct df_cli_command command = {DF_COMMAND_PEOPLE, summarise};
  return df_cli_execute(&command, argc, argv);
}
