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
  PEOPLE = DF_COMMAND_PEOPLE,
};

_Static_assert(sizeof(enum df_absent_policy) == sizeof(int), "a choice is stored as an int");

const struct df_option df_option_people[] = {
    {.name = "left",
        .placeholder = "PHOTO",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(photos[DF_LEFT]),
        .commands = DECIDE | PEOPLE | SERVE,
        .group = DF_GROUP_PEOPLE,
        .help = "Who sits left: a photo of this person."},
    {.name = "right",
        .placeholder = "PHOTO",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(photos[DF_RIGHT]),
        .commands = DECIDE | PEOPLE | SERVE,
        .group = DF_GROUP_PEOPLE,
        .help = "Who sits right: a photo of this person."},
    {.name = "two-pass",
        .kind = DF_VALUE_NONE,
        .offset = TASK(two_pass),
        .commands = DECIDE | PEOPLE,
        .group = DF_GROUP_PEOPLE,
        .help = "See the whole video before deciding who is who; slower, and right where one pass "
                "would have to guess."},
    {.name = "swap",
        .kind = DF_VALUE_NONE,
        .offset = TASK(swap),
        .commands = DECIDE | PEOPLE | SERVE,
        .group = DF_GROUP_PEOPLE,
        .help = "Exchange left and right where the seats are given by position."},
    {.name = "people",
        .placeholder = "WHO",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(people),
        .commands = DECIDE,
        .group = DF_GROUP_PEOPLE,
        .help =
            "Who has which half, by the numbers that `dualface people` shows for this video, such "
            "as left=1,right=3."},
    {.name = "output",
        .letter = 'o',
        .placeholder = "SHEET",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(people_sheet),
        .commands = PEOPLE,
        .group = DF_GROUP_RESULT,
        .help = "The PNG picture to write, with the face and the number of each person."},
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
        .help =
            "What a half shows while its person is not in the picture: the whole picture, the "
            "place where the person was, a still of the last moment, black, or the whole picture "
            "so blurred that nobody can be made out."},
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

static int check_numbers(const struct df_task *task, struct df_error *err)
{
  struct df_fixes fixes = {0};
  if (!task->people)
    return 0;
  if (task->swap || task->photos[DF_LEFT] || task->photos[DF_RIGHT])
    return df_fail(err, DF_EUSAGE, "--people and %s exclude each other; give one of them",
        task->swap              ? "--swap"
        : task->photos[DF_LEFT] ? "--left"
                                : "--right");
  int result = df_fixes_parse_people(&fixes, task->people, err);
  if (result < 0)
    df_error_prefix(err, "--people \"%s\"", task->people);
  df_fixes_finish(&fixes);
  return result;
}

int df_options_check_people(const struct df_options *options, struct df_error *err)
{
  const struct df_words *fixes = &options->task.fixes;
  int result = check_numbers(&options->task, err);
  for (size_t i = 0; i < fixes->count && result == 0; i++) {
    struct df_fix fix;
    result = df_fix_parse(fixes->items[i], &fix, err);
    if (result < 0)
      df_error_prefix(err, "--fix \"%s\"", fixes->items[i]);
  }
  return result;
}
