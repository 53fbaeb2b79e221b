/*
 * From the words of a command line to a checked struct df_options. Looks at nothing but the words and the
 * table: no file is opened and nothing is printed here.
 */
#include "config/options.h"

#include <stdint.h>
#include <string.h>

#include "config/option_table.h"
#include "pipeline/engine.h"

struct parser {
  enum df_command command;
  int argc;
  const char *const *argv;
  int at;          /* the next word */
  bool files_only; /* "--" was seen */
  struct df_options options;
  struct df_error *err;
};

static const char *command_name(enum df_command command)
{
  for (const struct df_command_info *info = df_commands; info->name; info++)
    if (info->command == command)
      return info->name;
  return NULL;
}

/* "dualface run", "dualface". */
static const char *program_name(enum df_command command, char text[32])
{
  const char *name = command_name(command);
  snprintf(text, 32, "dualface%s%s", name ? " " : "", name ? name : "");
  return text;
}

int df_options_defaults(
    enum df_command command, struct df_options *ret_options, struct df_error *err)
{
  *ret_options = (struct df_options){.task.crf = -1, .task.hold_seconds = -1};
  bool looks = command & (DF_COMMAND_ANALYZE | DF_COMMAND_PEOPLE);
  ret_options->task.kind = looks                          ? DF_TASK_ANALYZE
                           : command == DF_COMMAND_RENDER ? DF_TASK_RENDER
                                                          : DF_TASK_RUN;
  int result = 0;
  /* Also those of other commands, before its own: a task is complete, whoever reads it. */
  for (int own = 0; own < 2; own++)
    for (size_t i = 0; i < df_option_count() && result == 0; i++) {
      const struct df_option *option = df_option_at(i);
      if (option->fallback && !(option->commands & command) == !own)
        result = df_option_store(option, option->fallback, ret_options, err);
    }
  return result;
}

/* The option of this command (in the second place: of any) that `name` was probably meant to be. */
static const struct df_option *nearest_option(enum df_command command, const char *name)
{
  const struct df_option *best = NULL;
  int least = INT32_MAX;
  for (size_t i = 0; i < df_option_count(); i++) {
    const struct df_option *option = df_option_at(i);
    if (option->group == DF_GROUP_HIDDEN)
      continue;
    int distance = df_spelling_distance(name, option->name);
    if (!df_spelling_near(name, option->name, distance))
      continue;
    int rank = 2 * distance + !(option->commands & command);
    if (rank < least) {
      best = option;
      least = rank;
    }
  }
  return best;
}

static int unknown_option(struct parser *p, const char *dashes, const char *name, size_t length)
{
  char word[64], program[32];
  snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1), name);
  const struct df_option *near = nearest_option(p->command, word);
  program_name(p->command, program);
  if (near)
    return df_fail(p->err, DF_EUSAGE, "unknown option %s%s; did you mean --%s? See %s --help",
        dashes, word, near->name, program);
  return df_fail(p->err, DF_EUSAGE, "unknown option %s%s; see %s --help", dashes, word, program);
}

/* All commands that have an option of this name, as a set. */
static unsigned commands_of(const char *name)
{
  unsigned commands = 0;
  for (size_t i = 0; i < df_option_count(); i++)
    if (strcmp(df_option_at(i)->name, name) == 0)
      commands |= df_option_at(i)->commands;
  return commands;
}

static int not_for_this_command(struct parser *p, const struct df_option *option)
{
  unsigned commands = commands_of(option->name);
  if (p->command == DF_COMMAND_GENERAL)
    return df_fail(p->err, DF_EUSAGE, "--%s comes after a command: dualface run --%s", option->name,
        option->name);
  if (!(commands & ~(unsigned)DF_COMMAND_GENERAL))
    return df_fail(p->err, DF_EUSAGE, "--%s goes without a command: dualface --%s", option->name,
        option->name);
  char names[128] = "";
  size_t length = 0;
  int left = __builtin_popcount(commands & ~(unsigned)DF_COMMAND_GENERAL);
  for (const struct df_command_info *info = df_commands; info->name; info++)
    if (info->command & commands)
      length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", info->name,
          --left > 1  ? ", "
          : left == 1 ? " and "
                      : "");
  return df_fail(p->err, DF_EUSAGE, "--%s is an option of %s, not of %s", option->name, names,
      command_name(p->command));
}

/* Whether a word is an option that the table knows, and so hardly the value of another one. */
static bool is_known_option(const struct parser *p, const char *word)
{
  if (word[0] == '-' && word[1] != '-')
    return word[1] && !word[2] && df_option_find_letter(p->command, word[1]);
  return strncmp(word, "--", 2) == 0 &&
         df_option_find(p->command, word + 2, strcspn(word + 2, "="));
}

/* Stores `value`, or the next word when it is NULL. */
static int take_value(struct parser *p, const struct df_option *option, const char *value)
{
  if (!(option->commands & p->command))
    return not_for_this_command(p, option);
  if (option->kind == DF_VALUE_NONE)
    return value ? df_fail(p->err, DF_EUSAGE, "--%s takes no value, but got \"%s\"", option->name,
                       value)
                 : df_option_store(option, "", &p->options, p->err);
  if (!value) {
    if (p->at == p->argc)
      return df_fail(p->err, DF_EUSAGE, "--%s wants a value: --%s %s", option->name, option->name,
          option->placeholder);
    if (is_known_option(p, p->argv[p->at]))
      return df_fail(p->err, DF_EUSAGE, "--%s wants a value, but the option %s follows it",
          option->name, p->argv[p->at]);
    value = p->argv[p->at++];
  }
  return df_option_store(option, value, &p->options, p->err);
}

static int parse_long(struct parser *p, const char *word)
{
  size_t length = strcspn(word, "=");
  const struct df_option *option = df_option_find(p->command, word, length);
  if (!option)
    return unknown_option(p, "--", word, length);
  return take_value(p, option, word[length] == '=' ? word + length + 1 : NULL);
}

/* One dash: letters of switches in a row, the last may take a value: -q, -oFILE, -qo FILE. */
static int parse_short(struct parser *p, const char *letters)
{
  while (*letters) {
    const struct df_option *option = df_option_find_letter(p->command, *letters);
    if (!option)
      return unknown_option(p, "-", letters, strlen(letters));
    letters++;
    bool takes_rest = option->kind != DF_VALUE_NONE && *letters;
    int result = take_value(p, option, takes_rest ? letters : NULL);
    if (result < 0 || takes_rest)
      return result;
  }
  return 0;
}

static int parse_argument(struct parser *p, const char *word)
{
  if (p->command == DF_COMMAND_GENERAL)
    return df_fail(p->err, DF_EUSAGE, "the command comes first: dualface %s", word);
  if (p->command == DF_COMMAND_SERVE)
    return df_fail(p->err, DF_EUSAGE,
        "serve takes no INPUT, but got \"%s\"; it takes what comes into the folder of --watch",
        word);
  if (p->command == DF_COMMAND_DOCTOR)
    return df_fail(p->err, DF_EUSAGE, "doctor takes no argument, but got \"%s\"", word);
  bool pair = p->command == DF_COMMAND_EVAL && p->options.input_count < 2;
  bool several = pair || p->command & (DF_COMMAND_BENCH | DF_COMMAND_RUN | DF_COMMAND_JOBS);
  if (p->command == DF_COMMAND_EVAL && !pair)
    return df_fail(p->err, DF_EUSAGE,
        "eval takes a truth file and a tracks file; \"%s\" is a third one", word);
  if (p->options.input_count == DF_INPUTS_MAX)
    return df_fail(p->err, DF_EUSAGE,
        "at most %d INPUTs; \"%s\" is one more. Name their folder, or a file that lists them with "
        "--list",
        DF_INPUTS_MAX, word);
  if (p->options.task.input && !several)
    return df_fail(p->err, DF_EUSAGE,
        "%s takes one INPUT; \"%s\" is a second one. Call dualface once for each",
        command_name(p->command), word);
  if (strcmp(word, "-") == 0 && p->command != DF_COMMAND_JOBS)
    return df_fail(p->err, DF_EUSAGE, "INPUT cannot be standard input (-); name a file");
  if (word[0] == '\0' && p->command != DF_COMMAND_JOBS)
    return df_fail(p->err, DF_EUSAGE, "INPUT is empty; name a file");
  if (!p->options.task.input)
    p->options.task.input = word;
  p->options.inputs[p->options.input_count++] = word;
  return 0;
}

static int parse_word(struct parser *p)
{
  const char *word = p->argv[p->at++];
  if (p->files_only || word[0] != '-' || word[1] == '\0')
    return parse_argument(p, word);
  if (word[1] != '-')
    return parse_short(p, word + 1);
  if (word[2] != '\0')
    return parse_long(p, word + 2);
  p->files_only = true;
  return 0;
}

static int missing(const struct parser *p, const char *what)
{
  const struct df_command_info *info = df_command_find(command_name(p->command));
  return df_fail(p->err, DF_EUSAGE, "%s: dualface %s %s", what, info->name, info->synopsis);
}

static int check_required(const struct parser *p)
{
  const struct df_task *task = &p->options.task;
  if (p->command == DF_COMMAND_SERVE)
    return !p->options.watch ? missing(p, "say which folder to watch")
           : !task->output   ? missing(p, "say where the videos go")
                             : 0;
  if (p->command == DF_COMMAND_EVAL)
    return p->options.input_count == 2 ? 0 : missing(p, "say which files to compare");
  if (!task->input && !p->options.list)
    return missing(p, "INPUT is missing");
  if (p->command & (DF_COMMAND_BENCH | DF_COMMAND_PEOPLE))
    return 0;
  if (p->command != DF_COMMAND_ANALYZE && !task->output)
    return missing(p, "say where the video goes");
  if (p->command == DF_COMMAND_RENDER && !task->tracks)
    return missing(p, "say which tracks file to render");
  if (p->command == DF_COMMAND_ANALYZE && !task->tracks && !task->observations)
    return missing(p, "say where the tracks go");
  if (task->embed_all > 0 && (!task->observations || task->replay))
    return missing(p, "--embed-all is for --observations without --replay");
  return 0;
}

static int check_encoding(const struct parser *p)
{
  const struct df_task *task = &p->options.task;
  if (task->crf >= 0 && task->bitrate > 0)
    return df_fail(p->err, DF_EUSAGE, "--crf and --bitrate exclude each other; give one of them");
  if (task->crf > 51 && task->codec != DF_CODEC_AV1)
    return df_fail(p->err, DF_EUSAGE,
        "--crf takes a whole number from 0 to 51 with --codec %s, not \"%d\"; only av1 goes "
        "up to 63",
        df_codec_names[task->codec], task->crf);
  return 0;
}

static int check_camera(const struct parser *p)
{
  const struct df_task *task = &p->options.task;
  if (task->face_height + task->headroom > 1)
    return df_fail(p->err, DF_EUSAGE,
        "--face-height %g and --headroom %g are more than the whole height together; their "
        "sum may be at most 1",
        (double)task->face_height, (double)task->headroom);
  return 0;
}

/* A file that is written must not be one that is read or written as something else. */
static int check_files(const struct parser *p)
{
  const struct df_task *task = &p->options.task;
  bool reads_tracks = p->command == DF_COMMAND_RENDER;
  const struct {
    const char *option, *path;
    bool written;
  } files[] = {
      {"INPUT", task->input, false},
      {"TRACKS", p->command == DF_COMMAND_EVAL ? p->options.inputs[1] : NULL, false},
      {"--left", task->photos[DF_LEFT], false},
      {"--right", task->photos[DF_RIGHT], false},
      {"--fix-file", task->fix_file, false},
      {"--replay", task->replay, false},
      {"--output", task->output, true},
      {"--output", task->people_sheet, true},
      {"--tracks", task->tracks, !reads_tracks},
      {"--observations", task->observations, true},
      {"--debug", task->debug, true},
      {"--contact-sheet", task->contact_sheet, true},
      {"--plot", p->options.plot, true},
      {"--events", p->options.events, true},
  };
  size_t count = sizeof files / sizeof *files;
  for (size_t i = 0; i < count; i++)
    for (size_t j = i + 1; j < count; j++)
      if ((files[i].written || files[j].written) && files[i].path && files[j].path &&
          strcmp(files[i].path, files[j].path) == 0)
        return df_fail(p->err, DF_EUSAGE, "%s and %s are the same file: %s", files[i].option,
            files[j].option, files[j].path);
  return 0;
}

/* Sentences and lines for programs do not go to one stream. */
static int check_events(const struct parser *p)
{
  const struct df_options *o = &p->options;
  if (!o->events || strcmp(o->events, "-") != 0 || o->json || o->quiet)
    return 0;
  return df_fail(p->err, DF_EUSAGE,
      "--events - leaves standard output to programs: add --json or --quiet, or name a file");
}

int df_options_check_several(const struct df_options *options, struct df_error *err)
{
  const struct df_task *task = &options->task;
  const struct {
    const char *option, *path;
  } single[] = {
      {"--tracks", task->tracks},
      {"--observations", task->observations},
      {"--replay", task->replay},
      {"--debug", task->debug},
      {"--contact-sheet", task->contact_sheet},
  };
  if (task->fixes.count > 0 || task->fix_file || task->people)
    return df_fail(err, DF_EUSAGE,
        "%s is about one video, but there are several INPUTs; call dualface once for each that "
        "needs it",
        task->people     ? "--people"
        : task->fix_file ? "--fix-file"
                         : "--fix");
  for (size_t i = 0; i < sizeof single / sizeof *single; i++)
    if (single[i].path)
      return df_fail(err, DF_EUSAGE,
          "%s names one file, but there are several INPUTs; call dualface once for each that needs "
          "it",
          single[i].option);
  return 0;
}

static int check_several(const struct parser *p)
{
  const struct df_options *o = &p->options;
  bool several = p->command == DF_COMMAND_RUN && (o->input_count > 1 || o->list);
  return several ? df_options_check_several(o, p->err) : 0;
}

/* The log has its name from the start, so that one of a worker that died would be in the way of the next. */
static int check_supervision(const struct parser *p)
{
  const struct df_options *o = &p->options;
  if (o->supervise && o->task.observations && !o->task.overwrite)
    return df_fail(p->err, DF_EUSAGE,
        "--supervise with --observations wants --overwrite, since a second attempt writes that "
        "file anew");
  return 0;
}

static int check_device(const struct parser *p)
{
  struct df_device_choice choice;
  return df_device_choice_parse(p->options.task.device, &choice, p->err);
}

/* Also that it ends some time. */
static int check_bench(struct parser *p)
{
  struct df_options *o = &p->options;
  if (p->command != DF_COMMAND_BENCH)
    return 0;
  if (o->loop && o->seconds == 0)
    return df_fail(p->err, DF_EUSAGE, "--loop never ends; say with --seconds how long");
  if (o->encoder == DF_BENCH_ENCODER_NULL)
    o->task.codec = DF_CODEC_NONE;
  else
    o->task.hardware = (enum df_hardware)(o->encoder - DF_BENCH_ENCODER_HARDWARE);
  return 0;
}

static int check(struct parser *p)
{
  int result = check_required(p);
  if (result == 0)
    result = check_device(p);
  if (result == 0)
    result = check_encoding(p);
  if (result == 0)
    result = check_camera(p);
  if (result == 0)
    result = check_files(p);
  if (result == 0)
    result = df_options_check_people(&p->options, p->err);
  if (result == 0)
    result = check_several(p);
  if (result == 0)
    result = check_events(p);
  if (result == 0)
    result = check_supervision(p);
  if (result == 0)
    result = check_bench(p);
  if (result == 0)
    result = df_layout_init(
        &p->options.task.layout, p->options.layout, p->options.width, p->options.height, p->err);
  return result;
}

int df_options_parse(enum df_command command, int argc, const char *const *argv,
    struct df_options *ret_options, struct df_error *err)
{
  struct parser p = {.command = command, .argc = argc, .argv = argv, .err = err};
  struct df_options *options = &p.options;
  int result = df_options_defaults(command, options, err);
  while (result == 0 && p.at < argc && !options->help && !options->version && !options->manual)
    result = parse_word(&p);
  bool has_task = command != DF_COMMAND_GENERAL && command != DF_COMMAND_DOCTOR;
  if (result == 0 && command == DF_COMMAND_JOBS && !options->help)
    result = df_options_check_jobs(options, err);
  else if (result == 0 && has_task && !options->help)
    result = check(&p);
  if (result == 0)
    *ret_options = *options;
  return result;
}
