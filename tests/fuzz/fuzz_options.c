/* Command lines: the first byte picks the command, NUL bytes part the words. */
#include <math.h>
#include <string.h>

#include "config/options.h"
#include "target.h"

enum { WORDS_MAX = 64 };

static const enum df_command commands[] = {
    DF_COMMAND_RUN, DF_COMMAND_ANALYZE, DF_COMMAND_RENDER, DF_COMMAND_GENERAL, DF_COMMAND_PEOPLE};

static void check_error(int result, const struct df_error *err)
{
  DF_PROMISE(result == DF_EUSAGE);
  DF_PROMISE(err->code == DF_EUSAGE);
  DF_PROMISE(err->text[0] != '\0' && memchr(err->text, '\0', sizeof err->text));
}

static void check_task(const struct df_task *task)
{
  DF_PROMISE(task->input && task->input[0]);
  DF_PROMISE(task->output || task->kind == DF_TASK_ANALYZE);
  DF_PROMISE(task->tracks || task->kind != DF_TASK_RENDER);
  DF_PROMISE(task->crf >= -1 && task->crf <= (task->codec == DF_CODEC_AV1 ? 63 : 51));
  DF_PROMISE(task->crf < 0 || task->bitrate == 0);
  DF_PROMISE(task->bitrate >= 0 && task->bitrate <= 1000000);
  DF_PROMISE(task->lookahead >= 0 && task->lookahead <= 10);
  DF_PROMISE(task->start >= 0 && isfinite(task->start));
  DF_PROMISE(task->duration >= 0 && isfinite(task->duration));
  DF_PROMISE(task->face_height > 0 && task->headroom > 0);
  DF_PROMISE(task->face_height + task->headroom <= 1);
  DF_PROMISE((unsigned)task->codec < DF_CODECS && (unsigned)task->profile < DF_PROFILES);
  DF_PROMISE((unsigned)task->absent < DF_ABSENT_POLICIES && (unsigned)task->fit <= DF_FIT_CENTRE);
  DF_PROMISE(task->fixes.count <= DF_WORDS_MAX);
  DF_PROMISE(!task->people || (!task->swap && !task->photos[DF_LEFT] && !task->photos[DF_RIGHT]));
  DF_PROMISE(task->threads >= 0 && task->threads <= 256);
  DF_PROMISE(task->layout.width >= 64 && task->layout.width % 2 == 0);
  DF_PROMISE(task->layout.height >= 64 && task->layout.height % 2 == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  enum df_command command = commands[data[0] % (sizeof commands / sizeof *commands)];
  char *text = calloc(1, size);
  DF_PROMISE(text);
  memcpy(text, data + 1, size - 1);
  const char *argv[WORDS_MAX];
  int argc = 0;
  for (size_t at = 0; at + 1 < size && argc < WORDS_MAX; at += strlen(text + at) + 1)
    argv[argc++] = text + at;

  struct df_options options;
  struct df_error err = {0};
  int result = df_options_parse(command, argc, argv, &options, &err);
  if (result != 0)
    check_error(result, &err);
  else if (!options.help && command != DF_COMMAND_GENERAL)
    check_task(&options.task);
  df_command_nearest(text);
  free(text);
  return 0;
}
