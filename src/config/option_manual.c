/*
 * The manual page dualface(1) as man(7) source, from the table. No date and no path of this machine is in
 * it, so that every build makes the same one.
 */
#include <stdio.h>

#include "config/option_text.h"

/* Text as roff wants it: hyphens that can be copied, nothing that looks like a request. */
static void print_roff(FILE *out, const char *text)
{
  if (*text == '.' || *text == '\'')
    fputs("\\&", out);
  for (; *text; text++) {
    if (*text == '\\')
      fputs("\\e", out);
    else if (*text == '-')
      fputs("\\-", out);
    else
      fputc(*text, out);
  }
}

static void print_line(FILE *out, const char *text)
{
  print_roff(out, text);
  fputc('\n', out);
}

static void print_items(FILE *out, const char *title, const struct df_manual_item *items)
{
  fprintf(out, ".SH %s\n", title);
  for (; items->term; items++) {
    fputs(".TP\n.B ", out);
    print_line(out, items->term);
    print_line(out, items->text);
  }
}

static void print_synopsis(FILE *out)
{
  fputs(".SH SYNOPSIS\n", out);
  for (const struct df_command_info *info = df_commands; info->name; info++) {
    fprintf(out, ".B dualface %s\n", info->name);
    print_roff(out, info->synopsis);
    fputs(" [OPTION...]\n.br\n", out);
  }
  fputs(".B dualface \\-\\-version\n.br\n.B dualface\n[COMMAND]\n.B \\-\\-help\n", out);
}

static void print_commands(FILE *out)
{
  fputs(".SH COMMANDS\n", out);
  for (const struct df_command_info *info = df_commands; info->name; info++) {
    fprintf(out, ".TP\n.B %s ", info->name);
    print_line(out, info->synopsis);
    print_line(out, info->summary);
  }
}

/* "(run and analyze only)" where not every command that makes something takes the option. */
static void print_takers(FILE *out, const struct df_option *option)
{
  enum { EVERY = DF_COMMAND_RUN | DF_COMMAND_ANALYZE | DF_COMMAND_RENDER };
  if ((option->commands & EVERY) == EVERY || !(option->commands & ~(unsigned)DF_COMMAND_GENERAL))
    return;
  const char *before = "(";
  for (const struct df_command_info *info = df_commands; info->name; info++)
    if (info->command & option->commands) {
      fprintf(out, "%s%s", before, info->name);
      before = " and ";
    }
  fputs(" only)\n", out);
}

static void print_option(FILE *out, const struct df_option *option)
{
  char text[1024];
  fputs(".TP\n", out);
  if (option->letter)
    fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
  fputs("\\fB\\-\\-", out);
  print_roff(out, option->name);
  fputs("\\fR", out);
  if (option->placeholder)
    fprintf(out, " \\fI%s\\fR", option->placeholder);
  fputc('\n', out);
  print_line(out, df_option_sentence(option, text, sizeof text));
  print_takers(out, option);
}

static void print_options(FILE *out)
{
  fputs(".SH OPTIONS\n", out);
  for (int group = 0; group < DF_GROUP_HIDDEN; group++) {
    fprintf(out, ".SS %s\n", df_option_group_names[group]);
    for (size_t i = 0; i < df_option_count(); i++)
      if ((int)df_option_at(i)->group == group)
        print_option(out, df_option_at(i));
  }
}

void df_options_manual(FILE *out)
{
  fputs(".TH DUALFACE 1 \"\" \"dualface " DF_VERSION "\" \"User Commands\"\n"
        ".SH NAME\ndualface \\- split screen that follows two faces\n",
      out);
  print_synopsis(out);
  fputs(".SH DESCRIPTION\n", out);
  print_line(out, df_program_description);
  print_commands(out);
  print_options(out);
  print_items(out, "EXIT STATUS", df_manual_statuses);
  print_items(out, "ENVIRONMENT", df_manual_environment);
  print_items(out, "EXAMPLES", df_manual_examples);
}
