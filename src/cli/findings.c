#include "cli/findings.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/console.h"
#include "cli/json_writer.h"

static const char *const state_names[] = {
    [DF_FOUND] = "ok", [DF_ABSENT] = "absent", [DF_MISSING] = "missing"};

static bool make_room(struct df_findings *findings)
{
  if (findings->count < findings->room)
    return true;
  size_t room = findings->room ? 2 * findings->room : 32;
  struct df_finding *list = realloc(findings->list, room * sizeof *list);
  if (!list)
    return false;
  findings->list = list;
  findings->room = room;
  return true;
}

void df_findings_add(struct df_findings *findings, const char *topic, const char *name,
    enum df_finding_state state, const char *advice, const char *format, ...)
{
  if (!make_room(findings)) {
    findings->overflowed = true;
    return;
  }
  struct df_finding *finding = &findings->list[findings->count++];
  *finding = (struct df_finding){.topic = topic, .state = state};
  snprintf(finding->name, sizeof finding->name, "%s", name);
  snprintf(finding->advice, sizeof finding->advice, "%s", advice ? advice : "");
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(finding->text, sizeof finding->text, format, arguments);
  va_end(arguments);
}

void df_findings_finish(struct df_findings *findings)
{
  free(findings->list);
  *findings = (struct df_findings){0};
}

static size_t count_of(const struct df_findings *findings, enum df_finding_state state)
{
  size_t count = 0;
  for (size_t i = 0; i < findings->count; i++)
    count += findings->list[i].state == state;
  return count;
}

bool df_findings_usable(const struct df_findings *findings)
{
  return !findings->overflowed && count_of(findings, DF_MISSING) == 0;
}

static void print_finding(const struct df_finding *finding, FILE *out)
{
  char harmless[sizeof finding->text];
  df_console_harmless(harmless, sizeof harmless, finding->text);
  fprintf(out, "  %-8s%-16s  %s\n", state_names[finding->state], finding->name, harmless);
  if (finding->advice[0])
    fprintf(out, "  %-8s%-16s  -> %s\n", "", "", finding->advice);
}

void df_findings_print(const struct df_findings *findings, FILE *out)
{
  for (size_t i = 0; i < findings->count; i++) {
    const struct df_finding *finding = &findings->list[i];
    if (i == 0 || strcmp(finding->topic, findings->list[i - 1].topic) != 0)
      fprintf(out, "%s%s\n", i == 0 ? "" : "\n", finding->topic);
    print_finding(finding, out);
  }
  size_t missing = count_of(findings, DF_MISSING);
  if (findings->overflowed)
    fputs("\nOut of memory: not all that was found is shown.\n", out);
  else if (missing > 0)
    fprintf(out, "\nThe program cannot run here: %zu of the things it needs %s missing.\n", missing,
        missing == 1 ? "is" : "are");
  else
    fputs("\nThe program can run here.\n", out);
}

void df_findings_print_json(const struct df_findings *findings, int status, FILE *out)
{
  struct df_json_writer json = {.out = out};
  df_json_write_open(&json, NULL, '{');
  df_json_write_text(&json, "type", "doctor");
  df_json_write_truth(&json, "ok", df_findings_usable(findings));
  df_json_write_whole(&json, "exit", status);
  df_json_write_open(&json, "findings", '[');
  for (size_t i = 0; i < findings->count; i++) {
    const struct df_finding *finding = &findings->list[i];
    df_json_write_open(&json, NULL, '{');
    df_json_write_text(&json, "topic", finding->topic);
    df_json_write_text(&json, "name", finding->name);
    df_json_write_text(&json, "state", state_names[finding->state]);
    df_json_write_text(&json, "text", finding->text);
    df_json_write_text(&json, "advice", finding->advice[0] ? finding->advice : NULL);
    df_json_write_close(&json, '}');
  }
  df_json_write_close(&json, ']');
  df_json_write_close(&json, '}');
  fputc('\n', out);
  fflush(out);
}
