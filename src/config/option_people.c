/*
 * The rows of the option table about the people: who they are, where they sit, and what is shown without them.
 * Nothing but data, and what of it must fit together.
 */
#include "config/option_table.h"
#include "person/fixes.h"

#define TASK(field) offsetof(struct df_options, task.field)

enum {
  RENDER = DF_COMMAND_RENDER,
  DECIDE = DF_COMMAND_RUN | DF_COMMAND_ANALYZE,
  BENCH = DF_COMMAND_BENCH,
  SERVE = DF_COMMAND_SERVE,
};

_Static_assert(sizeof(enum df_absent_policy) == sizeof(int), "a choice is stored as an int");

const struct df_option df_option_people[] = {
    {.name = "left",
        .placeholder = "PHOTO",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(photos[DF_LEFT]),
        .commands = DECIDE | SERVE,
        .group = DF_GROUP_PEOPLE,
        .help = "Who sits left: a photo of this person."},
    {.name = "right",
        .placeholder = "PHOTO",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(photos[DF_RIGHT]),
        .commands = DECIDE | SERVE,
        .group = DF_GROUP_PEOPLE,
        .help = "Who sits right: a photo of this person."},
    {.name = "swap",
        .kind = DF_VALUE_NONE,
        .offset = TASK(swap),
        .commands = DECIDE | SERVE,
        .group = DF_GROUP_PEOPLE,
        .help = "Exchange left and right where the seats are given by position."},
    {.name = "fix",
        .placeholder = "RULE",
        .kind = DF_VALUE_WORDS,
        .offset = TASK(fixes),
        .commands = DECIDE | RENDER,
        .group = DF_GROUP_PEOPLE,
        .help =
            "Correct who has which half: FROM-TO or FROM, and swap, left=WHO or right=WHO, such "
            "as \"12:30-14:10 swap\" or \"3:00 left=2\". May be given more than once."},
    {.name = "fix-file",
        .placeholder = "FILE",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(fix_file),
        .commands = DECIDE | RENDER,
        .group = DF_GROUP_PEOPLE,
        .help = "A text file with such rules, one a line; what follows # is left out."},
    {.name = "absent",
        .placeholder = "HOW",
        .kind = DF_VALUE_CHOICE,
        .offset = TASK(absent),
        .fallback = "wide",
        .choices = df_absent_policy_names,
        .choice_count = DF_ABSENT_POLICIES,
        .commands = DECIDE | SERVE | BENCH,
        .group = DF_GROUP_PEOPLE,
        .help = "What a half shows while its person is not in the picture: the whole picture, the "
                "place where "
                "the person was, a still of the last moment, or black."},
    {.name = "hold",
        .placeholder = "SECONDS",
        .kind = DF_VALUE_NUMBER,
        .offset = TASK(hold_seconds),
        .fallback = "2",
        .most = 3600,
        .commands = DECIDE | SERVE | BENCH,
        .group = DF_GROUP_PEOPLE,
        .help = "How long a half stays where its person was last seen before it does what --absent "
                "says."},
};
const size_t df_option_people_count = sizeof df_option_people / sizeof *df_option_people;

int df_options_check_people(const struct df_options *options, struct df_error *err)
{
  const struct df_words *fixes = &options->task.fixes;
  for (size_t i = 0; i < fixes->count; i++) {
    struct df_fix fix;
    int result = df_fix_parse(fixes->items[i], &fix, err);
    if (result < 0) {
      df_error_prefix(err, "--fix \"%s\"", fixes->items[i]);
      return result;
    }
  }
  return 0;
}
