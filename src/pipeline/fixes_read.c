#include "pipeline/fixes_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/whole_file.h"
#include "pipeline/decide.h"

/* A rule, and what only the pipeline knows of what makes sense. */
static int add(struct df_pipeline *p, const char *text, struct df_error *err)
{
  struct df_fix fix;
  int result = df_fix_parse(text, &fix, err);
  if (result < 0)
    return result;
  double end = p->task->start + p->video->duration;
  if (p->task->kind == DF_TASK_RENDER && fix.kind != DF_FIX_SWAP)
    return df_fail(err, DF_EUSAGE,
        "render draws the windows of its tracks file, so that a rule can only swap them; give this "
        "one to run or analyze");
  /* Of a part the end of the whole is not known. */
  if (p->task->duration == 0 && p->video->duration > 0 && fix.from >= end)
    return df_fail(
        err, DF_EINPUT, "%s ends at %.3f s, before the rule begins", p->task->input, end);
  return df_fixes_add(&p->fixes, &fix, err);
}

static int add_line(
    struct df_pipeline *p, int number, char *line, size_t length, struct df_error *err)
{
  int result;
  if (number == 1 && strncmp(line, "\xEF\xBB\xBF", 3) == 0)
    memset(line, ' ', 3); /* what some editors begin a text with */
  if (strlen(line) != length) {
    result = df_fail(err, DF_EINPUT, "there is a zero byte; a file of rules is a text");
  } else {
    line[strcspn(line, "#\r\n")] = '\0';
    result = line[strspn(line, " \t")] == '\0' ? 0 : add(p, line, err);
  }
  if (result < 0) {
    df_error_prefix(err, "%s, line %d", p->task->fix_file, number);
    result = err->code = result == DF_EUSAGE ? DF_EINPUT : result;
  }
  return result;
}

static int read_file(struct df_pipeline *p, struct df_error *err)
{
  const char *path = p->task->fix_file;
  char *line = NULL;
  size_t size = 0;
  ssize_t length = 0;
  int result = 0;
  if (!path)
    return 0;
  FILE *file = fopen(path, "re");
  for (int number = 1; file && result == 0 && (length = getline(&line, &size, file)) >= 0; number++)
    result = add_line(p, number, line, (size_t)length, err);
  if (!file || (result == 0 && !feof(file)))
    result = df_fail(
        err, df_read_error_code(errno), "cannot read the rules of %s: %s", path, strerror(errno));
  free(line);
  if (file)
    fclose(file);
  return result;
}

static int read_people(struct df_pipeline *p, struct df_error *err)
{
  const char *people = p->task->people;
  int result = people ? df_fixes_parse_people(&p->fixes, people, err) : 0;
  if (result < 0)
    df_error_prefix(err, "--people \"%s\"", people);
  return result;
}

int df_fixes_open(struct df_pipeline *p, struct df_error *err)
{
  const struct df_words *words = &p->task->fixes;
  int result = read_people(p, err);
  if (result == 0)
    result = read_file(p, err);
  for (size_t i = 0; i < words->count && result == 0; i++) {
    result = add(p, words->items[i], err);
    if (result < 0)
      df_error_prefix(err, "--fix \"%s\"", words->items[i]);
  }
  return result;
}

void df_fixes_check_people(const struct df_pipeline *p)
{
  char found[DF_FOUND_TEXT];
  for (size_t i = 0; i < p->fixes.count; i++) {
    int person = p->fixes.items[i].person;
    if (person != DF_NOBODY && !df_found_has(p->result, person))
      df_log_say(p->log, DF_LOG_WARNING, "person %d has been given a half, but was not found; %s",
          person + 1, df_found_text(p->result, found));
  }
}
