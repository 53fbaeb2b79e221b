/* `--help`, in general and of each command, from the table, wrapped at 80 columns. */
#include <string.h>

#include "config/option_text.h"

enum { COLUMNS = 80, HELP_COLUMN = 27 };

/* Prints words from column `at` on, breaking lines before COLUMNS; later lines begin at `indent`. */
static void print_wrapped(FILE *out, const char *text, int at, int indent)
{
  bool first = true;
  while (*text) {
    int length = (int)strcspn(text, " ");
    if (!first && at + 1 + length > COLUMNS) {
      fprintf(out, "\n%*s", indent, "");
      at = indent;
    } else if (!first) {
      fputc(' ', out);
      at++;
    }
    fprintf(out, "%.*s", length, text);
    at += length;
    first = false;
    text += length;
    text += strspn(text, " ");
  }
  fputc('\n', out);
}

static void print_option(FILE *out, const struct df_option *option)
{
  char left[64], text[1024];
  int at;
  if (option->letter)
    at = snprintf(left, sizeof left, "  -%c, --%s", option->letter, option->name);
  else
    at = snprintf(left, sizeof left, "      --%s", option->name);
  if (option->placeholder)
    at += snprintf(left + at, sizeof left - (size_t)at, " %s", option->placeholder);
  fputs(left, out);
  if (at >= HELP_COLUMN - 1) {
    fputc('\n', out);
    at = 0;
  }
  fprintf(out, "%*s", HELP_COLUMN - at, "");
  print_wrapped(out, df_option_sentence(option, text, sizeof text), HELP_COLUMN, HELP_COLUMN);
}

static void print_groups(FILE *out, enum df_command command)
{
  for (int group = 0; group < DF_GROUP_HIDDEN; group++) {
    bool begun = false;
    for (size_t i = 0; i < df_option_count(); i++) {
      const struct df_option *option = df_option_at(i);
      if ((int)option->group != group || !(option->commands & command))
        continue;
      if (!begun)
        fprintf(out, "\n%s:\n", df_option_group_names[group]);
      begun = true;
      print_option(out, option);
    }
  }
}

static void print_general(FILE *out)
{
  fputs("Usage: dualface COMMAND ...\n\n", out);
  print_wrapped(out, df_program_description, 0, 0);
  fputs("\nCommands:\n", out);
  for (const struct df_command_info *info = df_commands; info->name; info++) {
    fprintf(out, "  dualface %s%s%s\n%*s", info->name, info->synopsis[0] ? " " : "", info->synopsis,
        6, "");
    print_wrapped(out, info->summary, 6, 6);
  }
  print_groups(out, DF_COMMAND_GENERAL);
  fputs("\nThe options of a command: dualface COMMAND --help. The manual: man dualface.\n", out);
}

void df_options_help(enum df_command command, FILE *out)
{
  if (command == DF_COMMAND_GENERAL) {
    print_general(out);
    return;
  }
  const struct df_command_info *info = df_commands;
  while (info->command != command)
    info++;
  fprintf(out, "Usage: dualface %s%s%s [OPTION...]\n\n", info->name, info->synopsis[0] ? " " : "",
      info->synopsis);
  print_wrapped(out, info->summary, 0, 0);
  print_groups(out, command);
}
